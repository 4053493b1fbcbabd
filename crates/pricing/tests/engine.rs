//! Each rule of the engine, with a catalogue of its own.

use std::time::{Duration, SystemTime};

use otel_genai_pricing::{
    Call, Catalogue, Context, Date, MatchKind, Modalities, Overrides, PriceTable, Priced, Pricer, Units,
    Unpriced, Usage, Usd,
};

const MODELS: &str = r#"{"manifest":{"schema":1,"generated_at":"2026-11-20","sources":[]},"providers":[
{"provider":"acme","otel":["acme.ai"],"hosts":["api.acme.test"],"fallback":["other"],"infer":["amodel"],"exclusive":["claude"],"geo":["us.","eu."],"free_suffix":":free","models":{
"plain":{"a":["plain-alias"],"p":["plain-family"],"in":1,"cr":0.1,"out":4,"s":"m"},
"tiers":{"in":1,"out":4,"tiers":[{"at":1000,"in":2,"out":6},{"at":5000,"in":3}],"s":"m"},
"variants":{"in":10,"out":10,"v":{"batch":{"in":5,"out":5},"priority":{"in":20},"flex":0.5},"h":[{"until":"2026-01-01","in":20,"out":20}],"s":"m"},
"writes":{"in":1,"cw":1.25,"cw1h":2,"out":4,"s":"m"},
"claude-x":{"in":1,"cr":0.1,"cw":1.25,"out":4,"s":"m"},
"voice":{"in":1,"cr":0.5,"out":4,"in_audio":10,"out_audio":20,"s":"m"},
"searcher":{"in":1,"out":4,"fee":{"web_search":0.01,"web_search_high":0.02,"request":0.005},"s":"m"},
"grounded":{"in":1,"out":4,"fee":{"searched_request":0.035},"s":"m"},
"whisper":{"fee":{"in_second":0.0001},"s":"m"},
"embedder":{"in":1,"s":"m"},
"regional":{"in":1,"out":4,"r":{"eu":1.1,"regional":1.2},"s":"m"},
"eu/zoned":{"in":2,"out":2,"s":"m"},
"zoned":{"in":1,"out":1,"s":"m"},
"eu.geo-v1:0":{"in":2,"out":2,"s":"m"},
"geo-v1:0":{"in":1,"out":1,"s":"m"},
"night":{"in":2,"out":2,"w":[{"days":"1-5","utc":["22:00-06:00"],"in":1}],"s":"m"},
"history":{"in":1,"out":1,"h":[{"until":"2026-06-01","in":2,"out":2},{"until":"2025-06-01","in":3,"out":3}],"s":"m"},
"ft:plain":{"in":2,"out":8,"s":"m"}
}},
{"provider":"other","tier_at":"ge","models":{"tiers-from":{"in":1,"out":1,"tiers":[{"at":1000,"in":2}],"s":"m"}}}
]}"#;

fn table() -> PriceTable {
    PriceTable::new(Catalogue::from_json(MODELS).expect("a catalogue"))
}

fn at(text: &str) -> SystemTime {
    let (day, hour) = text.split_once(' ').unwrap_or((text, "12"));
    day.parse::<Date>().expect("a date").start()
        + Duration::from_secs(3600 * hour.parse::<u64>().expect("an hour"))
}

fn tokens(input: u64, output: u64) -> Usage {
    Usage { input_tokens: Some(input), output_tokens: Some(output), ..Usage::default() }
}

fn call<'a>(model: &'a str, usage: &'a Usage) -> Call<'a> {
    Call {
        provider: Some("acme"),
        response_model: Some(model),
        request_model: None,
        usage,
        at: at("2026-11-18"),
        context: Context::default(),
    }
}

/// The cost in millionths of a dollar.
fn micro(table: &PriceTable, call: &Call<'_>) -> f64 {
    table.price(call).expect("a price").total.pico() as f64 / 1e6
}

fn matched(model: &str) -> Result<(String, MatchKind), Unpriced> {
    let (table, usage) = (table(), tokens(1, 1));
    let priced = table.price(&call(model, &usage))?;
    let row = priced.row.expect("a row");
    Ok((row.model.to_owned(), row.matched))
}

#[test]
fn a_tier_holds_for_the_whole_request_above_its_threshold() {
    let table = table();
    for (input, expected) in [(1_000, 1_000.0), (1_001, 2_002.0), (5_001, 15_003.0)] {
        assert_eq!(micro(&table, &call("tiers", &tokens(input, 0))), expected, "{input}");
    }
    // The second tier names no output rate: that of the standard row holds.
    assert_eq!(micro(&table, &call("tiers", &tokens(5_001, 10))), 15_003.0 + 40.0);
    let from =
        |input| micro(&table, &Call { provider: Some("other"), ..call("tiers-from", &tokens(input, 0)) });
    assert_eq!((from(999), from(1_000)), (999.0, 2_000.0));
}

#[test]
fn variants_replace_what_they_name() {
    let (table, usage) = (table(), tokens(10, 10));
    let price = |context| micro(&table, &Call { context, ..call("variants", &usage) });
    assert_eq!(price(Context { batch: true, ..Context::default() }), 100.0);
    assert_eq!(price(Context { service_tier: Some("priority"), ..Context::default() }), 300.0);
    assert_eq!(price(Context { service_tier: Some("ON_DEMAND_FLEX"), ..Context::default() }), 100.0);
    assert_eq!(price(Context { speed: Some("fast"), ..Context::default() }), 300.0);
    assert_eq!(price(Context { service_tier: Some("default"), ..Context::default() }), 200.0);
}

#[test]
fn a_variant_without_a_rate_is_noted() {
    let (table, usage) = (table(), tokens(10, 10));
    let batch = Context { batch: true, ..Context::default() };
    let priced = table.price(&Call { context: batch, ..call("plain", &usage) }).expect("a price");
    assert!(priced.notes.variant_unpriced);
    let old = table
        .price(&Call { context: batch, at: at("2025-12-31"), ..call("variants", &usage) })
        .expect("a price");
    assert!(old.notes.variant_scaled);
    assert_eq!(old.total, Usd::from_pico(200_000_000));
}

#[test]
fn a_call_is_priced_at_its_own_time() {
    let (table, usage) = (table(), tokens(1, 1));
    for (day, expected) in
        [("2025-05-31 23", 6.0), ("2025-06-01 0", 4.0), ("2026-05-31", 4.0), ("2026-06-01 0", 2.0)]
    {
        assert_eq!(micro(&table, &Call { at: at(day), ..call("history", &usage) }), expected, "{day}");
    }
}

#[test]
fn windows_know_weekdays_and_midnight() {
    let (table, usage) = (table(), tokens(10, 0));
    // 2026-11-18 is a Wednesday, 2026-11-21 a Saturday.
    for (time, expected) in [
        ("2026-11-18 21", 20.0),
        ("2026-11-18 22", 10.0),
        ("2026-11-18 5", 10.0),
        ("2026-11-18 6", 20.0),
        ("2026-11-21 23", 20.0),
    ] {
        assert_eq!(micro(&table, &Call { at: at(time), ..call("night", &usage) }), expected, "{time}");
    }
}

#[test]
fn cache_lifetimes_have_rates_of_their_own() {
    let table = table();
    let split = Usage { cache_write_tokens: Some(30), cache_write_1h_tokens: Some(10), ..tokens(100, 0) };
    assert_eq!(micro(&table, &call("writes", &split)), 70.0 + 20.0 * 1.25 + 10.0 * 2.0);
    let priced = table
        .price(&call("claude-x", &split))
        .map(|priced| (priced.total, priced.notes.cache_lifetime_unpriced));
    assert_eq!(priced, Ok((Usd::from_pico(107_500_000), true)));
}

#[test]
fn counts_that_break_the_convention_are_repaired_where_the_provider_says_how() {
    let table = table();
    let cached = Usage { cache_read_tokens: Some(100), ..tokens(10, 0) };
    let apart = table.price(&call("claude-x", &cached)).expect("a price");
    assert_eq!((apart.total, apart.notes.cache_added_to_input), (Usd::from_pico(20_000_000), true));
    let cut = table.price(&call("plain", &cached)).expect("a price");
    assert_eq!((cut.total, cut.notes.cache_cut_to_input), (Usd::from_pico(1_000_000), true));
    let thinking = Usage { reasoning_tokens: Some(100), ..tokens(0, 10) };
    let added = table.price(&call("plain", &thinking)).expect("a price");
    assert_eq!((added.total, added.notes.reasoning_added_to_output), (Usd::from_pico(440_000_000), true));
}

#[test]
fn cached_tokens_of_unknown_modality_are_text_first() {
    let usage = Usage {
        cache_read_tokens: Some(60),
        input: Modalities { audio: Some(50), ..Modalities::default() },
        ..tokens(100, 0)
    };
    // 50 cached text at 0.5, 10 cached audio without a rate of its own at 10, 40 audio at 10.
    assert_eq!(micro(&table(), &call("voice", &usage)), 25.0 + 100.0 + 400.0);
}

#[test]
fn fees_are_added_by_the_piece() {
    let table = table();
    let units = Units { web_searches: Some(3), ..Units::default() };
    let usage = Usage { units, ..tokens(0, 0) };
    assert_eq!(micro(&table, &call("searcher", &usage)), 35_000.0);
    let high = Context { search_context: Some("high"), ..Context::default() };
    assert_eq!(micro(&table, &Call { context: high, ..call("searcher", &usage) }), 65_000.0);
    assert_eq!(micro(&table, &call("grounded", &usage)), 35_000.0);
    let audio = Usage {
        units: Units { input_duration: Some(Duration::from_millis(1_500)), ..Units::default() },
        ..Usage::default()
    };
    assert_eq!(micro(&table, &call("whisper", &audio)), 150.0);
}

#[test]
fn what_is_not_known_has_a_reason_and_no_price() {
    let (table, usage) = (table(), tokens(1, 1));
    let reason = |call: &Call<'_>| table.price(call).expect_err("no price");
    assert_eq!(reason(&call("nobody", &usage)), Unpriced::UnknownModel);
    assert_eq!(
        reason(&Call { provider: Some("nobody"), ..call("plain", &usage) }),
        Unpriced::UnknownProvider
    );
    assert_eq!(reason(&Call { response_model: None, ..call("plain", &usage) }), Unpriced::NoModel);
    assert_eq!(reason(&call("plain", &Usage::default())), Unpriced::NoUsage);
    assert_eq!(reason(&call("embedder", &usage)).as_str(), "unknown_rate");
    assert_eq!(reason(&call("whisper", &usage)), Unpriced::NoUsage);
    assert_eq!(reason(&call(&"x".repeat(100_000), &usage)), Unpriced::UnknownModel);
    assert_eq!(
        reason(&call("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", &usage)),
        Unpriced::UnknownModel
    );
}

#[test]
fn one_unknown_total_is_noted() {
    let usage = Usage { input_tokens: Some(1), ..Usage::default() };
    assert!(table().price(&call("plain", &usage)).is_ok_and(|priced| priced.notes.partial_usage));
}

#[test]
fn names_lead_to_rows() {
    for (name, row, kind) in [
        ("plain", "plain", MatchKind::Exact),
        (" PLAIN ", "plain", MatchKind::Exact),
        ("plain-alias", "plain", MatchKind::Alias),
        ("models/plain", "plain", MatchKind::Exact),
        ("acme/plain", "plain", MatchKind::Exact),
        ("projects/p/locations/l/publishers/a/models/plain@20260101", "plain", MatchKind::DateStripped),
        ("plain-2026-01-01", "plain", MatchKind::DateStripped),
        ("plain:nitro", "plain", MatchKind::DateStripped),
        ("us.geo-v1:0", "geo-v1:0", MatchKind::RegionStripped),
        ("eu.geo-v1:0", "eu.geo-v1:0", MatchKind::Exact),
        ("plain-family-large", "plain", MatchKind::Prefix),
        ("tiers-from", "tiers-from", MatchKind::ProviderFallback),
        ("ft:plain:org::id", "ft:plain", MatchKind::Exact),
        ("whatever:free", "free", MatchKind::Alias),
    ] {
        assert_eq!(matched(name), Ok((row.to_owned(), kind)), "{name}");
    }
    assert_eq!(
        matched("ft:tiers:org::id"),
        Err(Unpriced::UnknownModel),
        "a fine-tune is not priced as its base"
    );
}

#[test]
fn the_provider_may_come_from_host_or_model() {
    let (table, usage) = (table(), tokens(1, 1));
    let by_host = Context { server_address: Some("api.acme.test"), ..Context::default() };
    assert!(table.price(&Call { provider: None, context: by_host, ..call("plain", &usage) }).is_ok());
    assert!(
        table
            .price(&Call { provider: Some("my-wrapper"), context: by_host, ..call("plain", &usage) })
            .is_ok()
    );
    assert!(table.price(&Call { provider: None, ..call("acme/plain", &usage) }).is_ok());
    assert!(table.price(&Call { provider: None, ..call("plain", &usage) }).is_err());
}

#[test]
fn the_request_is_asked_when_the_response_is_unknown() {
    let (table, usage) = (table(), tokens(1, 1));
    let priced =
        table.price(&Call { request_model: Some("plain"), ..call("nobody", &usage) }).expect("a price");
    assert!(priced.row.is_some_and(|row| row.by_request_model));
}

#[test]
fn regions_multiply_or_have_rows() {
    let (table, usage) = (table(), tokens(10, 0));
    let region = |model, region| {
        micro(
            &table,
            &Call { context: Context { region: Some(region), ..Context::default() }, ..call(model, &usage) },
        )
    };
    assert_eq!(region("regional", "eu"), 11.0);
    assert_eq!(region("regional", "us-east5"), 12.0);
    assert_eq!(region("regional", "global"), 10.0);
    assert_eq!(region("zoned", "data-zone-eu"), 20.0);
    assert_eq!(region("zoned", "us"), 10.0);
    let by_path = micro(&table, &call("projects/p/locations/us-east5/publishers/a/models/regional", &usage));
    assert_eq!(by_path, 12.0);
}

#[test]
fn a_reported_cost_beats_the_table_and_both_are_shown() {
    let table = table();
    let reported = Usage { provider_cost: Some(Usd::from_pico(7)), ..tokens(1, 0) };
    let Priced { total, parts, reported_by_provider, .. } =
        table.price(&call("plain", &reported)).expect("a price");
    assert_eq!((total, reported_by_provider), (Usd::from_pico(7), true));
    assert_eq!(parts.map(|parts| parts.total()), Some(Usd::from_pico(1_000_000)));
    let unknown = table.price(&call("nobody", &reported)).expect("a price");
    assert_eq!((unknown.total, unknown.parts, unknown.row), (Usd::from_pico(7), None, None));
}

fn with(overrides: &str) -> PriceTable {
    let overrides: Overrides = serde_json::from_str(overrides).expect("overrides");
    let builder = PriceTable::builder().catalogue(Catalogue::from_json(MODELS).expect("a catalogue"));
    builder.overrides(overrides).build().expect("a table")
}

#[test]
fn an_override_patches_a_row() {
    let usage = Usage { cache_read_tokens: Some(10), ..tokens(20, 10) };
    let table = with(r#"{"override":{"acme/plain":{"output":2}}}"#);
    assert_eq!(micro(&table, &call("plain-alias", &usage)), 10.0 + 1.0 + 20.0);
    let table = with(r#"{"override":{"acme/plain-alias":{"in":5}}}"#);
    assert_eq!(micro(&table, &call("plain-alias", &usage)), 50.0 + 1.0 + 40.0);
    assert_eq!(micro(&table, &call("plain", &usage)), 10.0 + 1.0 + 40.0);
    let table = with(r#"{"override":{"acme/history":{"in":9}}}"#);
    assert_eq!(micro(&table, &Call { at: at("2024-01-01"), ..call("history", &tokens(1, 0)) }), 9.0);
    let table = with(r#"{"override":{"my-server/llama":{"in":1,"out":1}}}"#);
    assert_eq!(micro(&table, &Call { provider: Some("my-server"), ..call("llama", &usage) }), 30.0);
}

#[test]
fn discounts_and_deployments_apply() {
    let table = with(r#"{"discount":{"acme.ai":0.15},"deployment":{"my-prod":"acme/plain"}}"#);
    assert_eq!(micro(&table, &call("my-prod", &tokens(100, 0))), 85.0);
    assert_eq!(micro(&table, &Call { provider: None, ..call("My-Prod", &tokens(100, 0)) }), 85.0);
}

#[test]
fn wrong_settings_say_what_is_wrong() {
    let error = |overrides: &str| {
        let overrides: Overrides = serde_json::from_str(overrides).expect("overrides");
        PriceTable::builder().overrides(overrides).build().expect_err("an error").to_string()
    };
    assert_eq!(
        error(r#"{"discount":{"openai":15}}"#),
        "discount of openai: `15` is not a number from 0 to 1; 0.15 is 15 % off"
    );
    assert_eq!(error(r#"{"discount":{"opnai":0.1}}"#), "discount of opnai: no such provider");
    assert_eq!(
        error(r#"{"override":{"my-llama":{"in":1}}}"#),
        "override of my-llama: write it as provider/model"
    );
    assert_eq!(
        error(r#"{"override":{"openai/gpt-999":{}}}"#),
        "override of openai/gpt-999: the model is new, so it needs at least `input` or a fee"
    );
    let typo = PriceTable::builder()
        .environment([("OTEL_GENAI_PRICING_FIEL", "x")])
        .expect_err("an error")
        .to_string();
    assert!(typo.starts_with("OTEL_GENAI_PRICING_FIEL: unknown variable"), "{typo}");
}

#[test]
fn builder_beats_environment_beats_file_beats_cache() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, cache) = (folder.path().join("prices.json"), folder.path().join("cache"));
    std::fs::write(
        &file,
        r#"{"override":{"acme/plain":{"in":3},"acme/zoned":{"in":3},"acme/tiers":{"in":3}}}"#,
    )
    .expect("a file");
    std::fs::write(&cache, MODELS.replace("2026-11-20", "2026-12-01").replace(r#""in":1,"#, r#""in":2,"#))
        .expect("a file");
    let variable = r#"{"acme/plain":{"in":4},"acme/zoned":{"in":4}}"#;
    let table = PriceTable::builder()
        .catalogue(Catalogue::from_json(MODELS).expect("a catalogue"))
        .overrides(serde_json::from_str(r#"{"override":{"acme/plain":{"in":5}}}"#).expect("overrides"))
        .environment([("OTEL_GENAI_PRICING_OVERRIDE", variable), ("PATH", "/bin")])
        .and_then(|builder| builder.file(&file))
        .and_then(|builder| builder.cache_file(&cache))
        .and_then(|builder| builder.cache_file(&folder.path().join("absent")))
        .and_then(otel_genai_pricing::PriceTableBuilder::build)
        .expect("a table");
    let usage = tokens(1, 0);
    let of = |model| {
        let priced = table.price(&call(model, &usage)).expect("a price");
        (priced.total.pico() as f64 / 1e6, priced.row.map(|row| row.layer.as_str()))
    };
    assert_eq!(of("plain"), (5.0, Some("builder")));
    assert_eq!(of("zoned"), (4.0, Some("environment")));
    assert_eq!(of("tiers"), (3.0, Some("file")));
    assert_eq!(of("grounded"), (2.0, Some("cache")));
}

#[test]
fn the_memory_changes_nothing() {
    let table = std::sync::Arc::new(table());
    let mut pricer = Pricer::new(std::sync::Arc::clone(&table));
    let usage = tokens(10, 10);
    for round in 0..3 {
        for model in ["plain", "nobody", "plain-alias", "regional", "ft:plain:a", "whatever:free"] {
            for region in [None, Some("eu")] {
                let call = Call { context: Context { region, ..Context::default() }, ..call(model, &usage) };
                assert_eq!(pricer.price(&call), table.price(&call), "{model} {round}");
            }
        }
    }
}
