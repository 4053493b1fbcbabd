//! Every key can be set in a file and one by one, to the same effect.

use std::ffi::OsString;

use otel_genai::{Settings, Source};
use proptest::prelude::*;

/// Every key, a value in TOML, and the same value as plain text.
const KEYS: [(&str, &str, &str); 92] = [
    ("enabled", "false", "false"),
    ("profile", "'production'", "production"),
    ("filter", "'warn,my_agent=debug'", "warn,my_agent=debug"),
    ("service.name", "'trip-planner'", "trip-planner"),
    ("context.agent", "'planner'", "planner"),
    ("context.project", "'travel'", "travel"),
    ("context.session", "'s-42'", "s-42"),
    ("context.user", "'u-7'", "u-7"),
    ("context.tenant", "'acme'", "acme"),
    ("context.environment", "'staging'", "staging"),
    ("context.inbound_baggage", "['session.id', 'user.id', 'user.id']", "session.id, user.id"),
    ("context.outbound_baggage", "['session.id']", "session.id"),
    ("pipeline.linger", "'2s'", "2s"),
    ("pipeline.grace", "'250ms'", "250ms"),
    ("pipeline.max_age", "'1h 30m'", "90m"),
    ("pipeline.max_bytes", "'1MiB'", "1048576"),
    ("pipeline.export_timeout", "'7s'", "7s"),
    ("queue.spans", "4_321", "4321"),
    ("queue.bytes", "0x10_0000", "1MiB"),
    ("queue.block_on_full", "'100ms'", "100ms"),
    ("queue.block_for", "'all'", "all"),
    ("enrichment.enabled", "true", "true"),
    ("enrichment.profile", "'latest'", "latest"),
    ("enrichment.drop_originals", "true", "true"),
    ("enrichment.aliases", "{ a = 'gen_ai.request.model' }", "{ a = 'gen_ai.request.model' }"),
    ("enrichment.input_counts", "{ acme = 'exclusive' }", "{ acme = 'exclusive' }"),
    ("enrichment.count_tokens", "true", "true"),
    ("enrichment.cost_targets", "['mlflow', 'langfuse', 'mlflow']", "mlflow, langfuse"),
    ("metrics.enabled", "false", "false"),
    ("metrics.profile", "'latest'", "latest"),
    ("pricing.enabled", "false", "false"),
    ("pricing.file", "'prices.json'", "prices.json"),
    ("pricing.cache", "'prices.deflate'", "prices.deflate"),
    ("pricing.discount", "{ openai = 0.1, xai = 0 }", "{ openai = 0.1, xai = 0 }"),
    ("pricing.override", "{ 'openai/gpt-4.1' = { input = 2 } }", "{ 'openai/gpt-4.1' = { input = 2 } }"),
    ("pricing.deployment", "{ chat = 'azure/gpt-4o' }", "{ chat = 'azure/gpt-4o' }"),
    ("guardrails.enabled", "false", "false"),
    ("guardrails.heuristics", "false", "false"),
    ("guardrails.suppress_missing", "['pii', 'moderation']", "pii, moderation"),
    ("guardrails.requirements", "{ uses_tools = ['pii'] }", "{ uses_tools = ['pii'] }"),
    ("redaction.enabled", "false", "false"),
    ("redaction.action", "'partial'", "partial"),
    ("redaction.content", "'off'", "off"),
    ("redaction.rules", "{ email = 'off' }", "{ email = 'off' }"),
    ("redaction.attributes", "{ 'user.id' = 'remove' }", "{ 'user.id' = 'remove' }"),
    ("redaction.patterns", "{ badge = 'B-[0-9]+' }", "{ badge = 'B-[0-9]+' }"),
    ("redaction.keys", "['badge', 'pin']", "badge, pin"),
    ("redaction.deny", "['Project Oak']", "Project Oak"),
    ("redaction.allow", "['help@example.com']", "help@example.com"),
    ("redaction.allow_patterns", "['.*@example\\.com']", ".*@example\\.com"),
    ("redaction.blobs", "'drop'", "drop"),
    ("redaction.resource", "true", "true"),
    ("redaction.key_file", "'key'", "key"),
    ("redaction.key", "'a:0123456789abcdef'", "a:0123456789abcdef"),
    ("limits.spans_per_trace", "1_000", "1000"),
    ("limits.tool_spans_per_trace", "200", "200"),
    ("limits.depth", "20", "20"),
    ("limits.value_length", "'64KiB'", "65536"),
    ("sampling.ratio", "0.1", "0.1"),
    ("sampling.rules", "['agent=planner; rate=0.5', 'tool_failed']", "agent=planner; rate=0.5, tool_failed"),
    ("sampling.keep_errors", "false", "false"),
    ("sampling.keep_guarded", "false", "false"),
    ("sampling.keep_slower_than", "'60s'", "60s"),
    ("sampling.keep_dearer_than", "1", "1.0"),
    ("sampling.max_trace_bytes", "'1MiB'", "1048576"),
    ("sampling.all_recorded", "true", "true"),
    ("rate_limit.traces_per_second", "100", "100"),
    ("rate_limit.spans_per_second", "100", "100"),
    ("rate_limit.burst", "300", "300"),
    ("rate_limit.key", "'tenant'", "tenant"),
    ("rate_limit.max_wait", "'2s'", "2s"),
    ("export.console.stream", "'stdout'", "stdout"),
    ("export.console.verbose", "true", "true"),
    ("export.jsonl.path", "'a b.jsonl'", "a b.jsonl"),
    ("export.jsonl.truncate", "true", "true"),
    ("export.jsonl.rotate_size", "'10MB'", "10000000"),
    ("export.jsonl.rotate_every", "'1d'", "24h"),
    ("export.jsonl.compress", "'zstd'", "zstd"),
    ("export.jsonl.fsync", "true", "true"),
    ("export.sqlite.path", "'traces.db'", "traces.db"),
    ("export.sqlite.text_search", "false", "false"),
    ("export.sqlite.synchronous", "'full'", "full"),
    ("export.sqlite.retain_age", "'30d'", "720h"),
    ("export.sqlite.retain_size", "'1GiB'", "1073741824"),
    ("export.sqlite.retain_traces", "10_000", "10000"),
    ("export.sqlite.key_file", "'key'", "key"),
    ("export.sqlite.key", "'passphrase'", "passphrase"),
    ("export.otlp.endpoint", "'http://localhost:4317/'", "http://localhost:4317"),
    ("export.otlp.protocol", "'grpc'", "grpc"),
    ("export.otlp.headers", "{ A = 'b=c', d = 'e' }", "a=b=c,d=e"),
    ("export.otlp.compression", "'gzip'", "gzip"),
    ("export.otlp.timeout", "'3s'", "3000ms"),
];

#[test]
fn the_list_is_complete() {
    let keys = include_str!("../crates/facade/settings/keys.md");
    let documented: Vec<&str> = keys.lines().filter_map(|row| row.split('`').nth(1)).collect();
    assert_eq!(documented, KEYS.map(|(key, _, _)| key));
}

#[test]
fn file_and_single_keys_say_the_same() {
    let default = format!("{:?}", Settings::default());
    let mut all_by_key = Settings::default();
    let mut text = String::new();
    for (key, toml, plain) in KEYS {
        text.push_str(&format!("{key} = {toml}\n"));
        let from_text = Settings::from_toml_str(&format!("{key} = {toml}")).expect(key);
        let mut by_key = Settings::default();
        by_key.set(key, plain).expect(key);
        all_by_key.set(key, plain).expect(key);
        assert_eq!(format!("{from_text:?}"), format!("{by_key:?}"), "{key}");
        assert_ne!(format!("{from_text:?}"), default, "{key} has an effect");
    }
    let all = Settings::from_toml_str(&text).expect("they go together");
    assert_eq!(format!("{all:?}"), format!("{all_by_key:?}"));
    assert_eq!(all.exporters(), ["export.console", "export.jsonl", "export.sqlite", "export.otlp"]);
}

#[test]
fn a_variable_says_the_same_and_code_beats_it_and_it_beats_the_file() {
    for (key, toml, plain) in KEYS {
        let name = format!("OTEL_GENAI_{}", key.replace('.', "_").to_uppercase());
        // Lists, tables and headers of prices are JSON in their variables, which the price table reads.
        let is_of_prices =
            key.starts_with("pricing.") && !["pricing.enabled", "pricing.discount"].contains(&key);
        let described = |settings: &Settings| {
            let keys = settings.describe();
            keys.into_iter().find(|described| described.key == key).expect("every key is described")
        };
        let file = Settings::from_toml_str(&format!("{key} = {toml}")).expect(key);
        assert_eq!(described(&file).variable, name);
        assert!(matches!(described(&file).source, Source::File(_)), "{key}");
        assert_eq!(described(&Settings::default()).source, Source::Default, "{key}");

        let variables = || [(OsString::from(&name), OsString::from(plain))];
        let from_variable = Settings::default().with_environment(variables()).expect(key);
        if !is_of_prices {
            assert_eq!(format!("{from_variable:?}"), format!("{file:?}"), "{key}");
            let over_file = file.clone().with_environment(variables()).expect(key);
            assert_eq!(
                described(&over_file).source,
                Source::Variable(format!("environment variable {name}"))
            );
        }
        let mut by_code = from_variable;
        by_code.set(key, plain).expect(key);
        assert_eq!(described(&by_code).source, Source::Code, "{key}");
    }
}

#[test]
fn limits_arrive_at_the_pipeline() {
    let default = format!("{:?}", Settings::default().pipeline().expect("valid"));
    for (key, toml, expected) in [
        ("pipeline.linger", "'1234s'", "linger: 1234s"),
        ("pipeline.grace", "'1234s'", "grace: 1234s"),
        ("pipeline.max_age", "'1234s'", "max_age: 1234s"),
        ("pipeline.max_bytes", "1234", "max_bytes: 1234"),
        ("pipeline.export_timeout", "'1234s'", "timeout: 1234s"),
        ("queue.spans", "1234", "spans: 1234"),
        ("queue.bytes", "1234", "bytes: 1234"),
        ("queue.block_on_full", "'1234s'", "block: Some((1234s, Roots))"),
    ] {
        let settings = Settings::from_toml_str(&format!("{key} = {toml}")).expect(key);
        let builder = format!("{:?}", settings.pipeline().expect("valid"));
        assert!(builder.contains(expected) && !default.contains(expected), "{key}: {builder}");
    }
    let both = Settings::from_toml_str("queue = { block_on_full = '1s', block_for = 'all' }").expect("valid");
    let builder = format!("{:?}", both.pipeline().expect("valid"));
    assert!(builder.contains("block: Some((1s, All))"), "{builder}");
}

#[test]
fn the_last_one_wins() {
    let mut settings = Settings::from_toml_str("[queue]\nspans = 1").expect("valid");
    for spans in ["2", "3"] {
        settings.set("queue.spans", spans).expect("valid");
    }
    let builder = format!("{:?}", settings.pipeline().expect("valid"));
    assert!(builder.contains("spans: 3"), "{builder}");
}

#[test]
fn headers_are_added_one_by_one_or_replaced_together() {
    let shown = |settings: &Settings| format!("{settings:?}");
    let mut settings = Settings::from_toml_str("export.otlp.headers = { a = '1' }").expect("valid");
    settings.set("export.otlp.headers.B", "2").expect("valid");
    let both = shown(&settings);
    assert!(both.contains(r#""a": "***", "b": "***""#), "{both}");
    settings.set("export.otlp.headers", "c=3").expect("valid");
    let one = shown(&settings);
    assert!(one.contains(r#"{"c": "***"}"#), "{one}");
}

#[test]
fn an_empty_section_asks_for_an_exporter_and_it_can_be_taken_back() {
    let mut settings = Settings::from_toml_str("[export.console]\n[export.otlp]").expect("valid");
    assert_eq!(settings.exporters(), ["export.console", "export.otlp"]);
    settings.prepare_replay();
    assert_eq!(settings.exporters(), [""; 0]);
    assert_eq!(Settings::from_toml_str("[export]\n[queue]").expect("valid").exporters(), [""; 0]);
}

proptest! {
    /// Not one text makes the parser panic, and what it accepts it can use.
    #[test]
    fn any_text_is_settings_or_an_error_with_a_message(
        section in "(pipeline|queue|export\\.jsonl|export\\.otlp|redaction|[a-z]{0,5})",
        key in "(linger|spans|bytes|path|headers|[a-z_]{1,8})",
        value in "(-?[0-9_]{1,20}|'[^'\n]{0,10}'|true|\\{ ?[a-z]? ?=? ?'?x?'? ?\\}|\\[1, 2\\]|.{0,10})",
    ) {
        let text = format!("[{section}]\n{key} = {value}\n");
        match Settings::from_toml_str(&text) {
            Ok(settings) => { let _ = settings.pipeline().map_err(|error| error.to_string()); }
            Err(error) => prop_assert!(error.line().is_some_and(|line| line <= 3), "{}", error),
        }
        let mut settings = Settings::default();
        let is_set = settings.set(&format!("{section}.{key}"), &value).is_ok();
        let is_unchanged = format!("{settings:?}") == format!("{:?}", Settings::default());
        prop_assert!(is_set || is_unchanged, "{settings:?}");
    }
}
