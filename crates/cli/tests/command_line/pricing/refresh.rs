//! `refresh` merges the lists into the cache or a repository, and holds back what looks wrong.

use serde_json::{Value, json};

use super::lists::{lists, small_catalogue};
use crate::program::{Ended, Scratch};

fn refresh(scratch: &Scratch, second_input: f64, more: &[&str]) -> Ended {
    let lists = lists(scratch, second_input);
    let lists = lists.iter().map(String::as_str);
    let arguments: Vec<_> = ["refresh", "--json", "--date", "2100-02-01"]
        .into_iter()
        .chain(lists)
        .chain(more.iter().copied())
        .collect();
    scratch.pricing(&arguments)
}

fn input_price(scratch: &Scratch, model: &str) -> Value {
    let found = scratch.pricing_json(&["lookup", model, "--provider", "acme", "--at", "2100-02-02"]);
    found["price"]["usd_per_million_tokens"]["input"].clone()
}

#[test]
fn new_prices_go_into_the_cache() {
    let scratch = Scratch::with_small_cache();
    let ended = refresh(&scratch, 2.5, &[]);
    let report: Value = serde_json::from_str(ended.silent_success()).expect("JSON");
    let expected = json!({
        "written": scratch.cache().display().to_string(),
        "used": true,
        "generated_at": "2100-02-01",
        "models": 4,
        "providers": 1,
        "changed_figures": 3,
        "changed_models": 2,
        "conflicts": 0,
        "held": [],
        "skipped": [],
    });
    assert_eq!(report, expected);
    assert_eq!((input_price(&scratch, "acme-2"), input_price(&scratch, "acme-4")), (json!(2.5), json!(5.0)));
    let past = scratch.pricing_json(&["lookup", "acme-2", "--provider", "acme", "--at", "2100-01-31"]);
    assert_eq!(past["price"]["usd_per_million_tokens"]["input"], json!(2.0));
    // The record says which lists, and not where somebody's files are.
    let sources = &scratch.pricing_json(&["status"])["sources"];
    assert_eq!(
        (&sources[0]["version"], &sources[1]["version"]),
        (&json!("genai.json"), &json!("litellm.json"))
    );
}

#[test]
fn what_looks_wrong_is_held_back_until_accepted() {
    let scratch = Scratch::with_small_cache();
    for (price, reason) in [(2000.0, "`in` rises"), (0.002, "`in` falls")] {
        let ended = refresh(&scratch, price, &[]);
        let report: Value = serde_json::from_str(ended.silent_success()).expect("JSON");
        let held = &report["held"][0];
        assert_eq!((&held["provider"], &held["model"]), (&json!("acme"), &json!("acme-2")));
        assert!(held["reason"].as_str().is_some_and(|said| said.starts_with(reason)), "{held}");
        assert_eq!(input_price(&scratch, "acme-2"), json!(2.0));
    }
    refresh(&scratch, 2000.0, &["--accept", "acme/acme-3"]).silent_success();
    assert_eq!(input_price(&scratch, "acme-2"), json!(2.0));
    refresh(&scratch, 2000.0, &["--accept", "acme/acme-2"]).silent_success();
    assert_eq!(input_price(&scratch, "acme-2"), json!(2000.0));
}

#[test]
fn people_are_told_what_is_held_back() {
    let scratch = Scratch::with_small_cache();
    let lists = lists(&scratch, 9.0);
    let arguments: Vec<_> = ["refresh"].into_iter().chain(lists.iter().map(String::as_str)).collect();
    let ended = scratch.pricing(&arguments);
    assert!(ended.silent_success().contains("held back  acme/acme-2  `in` rises from"), "{ended:?}");
}

#[test]
fn a_list_that_cannot_be_read_and_a_name_that_accepts_nothing_change_nothing() {
    let scratch = Scratch::with_small_cache();
    let before = std::fs::read(scratch.cache()).expect("a cache");
    refresh(&scratch, 2.5, &["--accept", "acne"]).assert_error(2, "--accept acne: neither");
    let [_, genai, _, _] = lists(&scratch, 2.5);
    scratch.write("broken.json", "{");
    let broken = ["refresh", "--genai-prices", &genai, "--litellm", "broken.json"];
    scratch.pricing(&broken).assert_error(1, "litellm: ");
    let absent = ["refresh", "--genai-prices", "absent.json", "--litellm", "broken.json"];
    scratch.pricing(&absent).assert_error(1, "cannot read absent.json: ");
    assert_eq!(std::fs::read(scratch.cache()).expect("a cache"), before);
}

#[test]
fn a_repository_is_written_whole_and_reproducibly() {
    let write = || {
        let scratch = Scratch::with_small_cache();
        let catalogue = otel_genai::pricing::Catalogue::from_json(&small_catalogue()).expect("a catalogue");
        catalogue.write_dir(&scratch.path().join("pricing")).expect("writable");
        scratch.write("crates/pricing/data/catalogue.deflate", "");
        let versions = ["--genai-prices-version", "1.2", "--litellm-version", "3.4", "--repository", "."];
        refresh(&scratch, 2.5, &versions).silent_success();
        let read = |name: &str| std::fs::read(scratch.path().join(name)).expect("written");
        let folder =
            otel_genai::pricing::Catalogue::read_dir(&scratch.path().join("pricing")).expect("a catalogue");
        let packed = otel_genai::pricing::Catalogue::unpack(&read("crates/pricing/data/catalogue.deflate"));
        assert_eq!(packed.expect("a catalogue"), folder);
        assert_eq!(
            folder.manifest.sources.iter().map(|source| &*source.version).collect::<Vec<_>>(),
            ["1.2", "3.4"]
        );
        assert_eq!(String::from_utf8(read("pricing/conflicts.json")).expect("UTF-8"), "[\n\n]\n");
        assert_eq!(
            scratch.pricing_json(&["status"])["generated_at"],
            "2100-01-01",
            "the cache is left alone"
        );
        (read("pricing/manifest.json"), read("pricing/providers/acme.json"))
    };
    assert_eq!(write(), write());
    let scratch = Scratch::with_small_cache();
    refresh(&scratch, 2.5, &["--repository", "."]).assert_error(1, "manifest.json");
}
