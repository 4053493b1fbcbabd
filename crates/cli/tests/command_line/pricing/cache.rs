//! `import` fills the local cache, `status` shows it, `clear` empties it, and nothing broken gets in.

use serde_json::json;

use super::lists::small_catalogue;
use crate::program::Scratch;

#[test]
fn a_catalogue_goes_in_and_out() {
    let scratch = Scratch::new();
    let cache = scratch.cache().display().to_string();
    let bundled = scratch.pricing_json(&["status"]);
    assert_eq!(bundled["cache"], json!({"path": cache, "state": "absent"}));
    assert_eq!(bundled["models"], bundled["bundled"]["models"]);

    scratch.write("small.json", small_catalogue());
    let imported = scratch.pricing_json(&["import", "small.json"]);
    assert_eq!(
        (&imported["cache"], &imported["used"], &imported["models"]),
        (&json!(cache), &json!(true), &json!(3))
    );
    let used = scratch.pricing_json(&["status"]);
    assert_eq!(
        used["cache"],
        json!({"path": cache, "state": "used", "generated_at": "2100-01-01", "models": 3})
    );
    assert_eq!(used["models_by_layer"], json!({"cache": 3}));
    assert_eq!(
        (&used["generated_at"], &used["age_days"], &used["age"]),
        (&json!("2100-01-01"), &json!(0), &json!("fresh"))
    );

    assert_eq!(scratch.pricing_json(&["clear"]), json!({"cache": cache, "removed": true}));
    assert_eq!(scratch.pricing_json(&["clear"]), json!({"cache": cache, "removed": false}));
    assert_eq!(scratch.pricing_json(&["status"]), bundled);
}

#[test]
fn a_cache_can_be_imported_elsewhere() {
    let (here, there) = (Scratch::with_small_cache(), Scratch::new());
    there.pricing(&["import", &here.cache().display().to_string()]).silent_success();
    assert_eq!(std::fs::read(here.cache()).expect("a cache"), std::fs::read(there.cache()).expect("a cache"));
}

#[test]
fn what_is_no_catalogue_is_refused_and_the_cache_stays() {
    let scratch = Scratch::with_small_cache();
    let before = std::fs::read(scratch.cache()).expect("a cache");
    let negative = small_catalogue().replace("\"in\":1,", "\"in\":-1,");
    let newer = small_catalogue().replace("\"schema\":1", "\"schema\":9");
    let empty = r#"{"manifest":{"schema":1,"generated_at":"2100-01-01","sources":[]},"providers":[]}"#;
    let cases = [
        ("{}".to_owned(), "bad: missing field `manifest`"),
        ("not a catalogue".to_owned(), "bad: "),
        (negative, "bad: "),
        (newer, "bad: schema 9 is not 1"),
        (empty.to_owned(), "bad: it has no models"),
    ];
    for (text, message) in cases {
        scratch.write("bad", text);
        scratch.pricing(&["import", "bad"]).assert_error(1, message);
        assert_eq!(std::fs::read(scratch.cache()).expect("a cache"), before);
    }
    scratch.pricing(&["import", "absent"]).assert_error(1, "absent: ");
}

#[test]
fn an_older_catalogue_is_kept_but_not_used_and_that_is_said() {
    let scratch = Scratch::new();
    scratch.write("old.json", small_catalogue().replace("2100-01-01", "2020-01-01"));
    let imported = scratch.pricing(&["import", "old.json"]);
    assert!(imported.silent_success().contains("so these are not used"), "{imported:?}");
    assert_eq!(scratch.pricing_json(&["status"])["cache"]["state"], "older");
    assert!(
        scratch
            .pricing(&["status"])
            .silent_success()
            .contains("no newer than the prices compiled in, not used")
    );
}

#[test]
fn a_broken_cache_is_an_error_that_says_what_to_do() {
    let scratch = Scratch::with_small_cache();
    std::fs::write(scratch.cache(), "broken").expect("writable");
    let status = scratch.pricing(&["status", "--json"]);
    status.assert_error(1, "`otel-genai pricing clear` removes it");
    let printed: serde_json::Value = serde_json::from_str(&status.stdout).expect("JSON");
    assert_eq!(printed["cache"]["state"], "unreadable");
    scratch.pricing(&["lookup", "gpt-4o"]).assert_error(1, "`otel-genai pricing clear` removes it");
    scratch.pricing(&["clear"]).silent_success();
    scratch.pricing(&["lookup", "gpt-4o"]).silent_success();
}

#[test]
fn the_variable_names_another_cache() {
    let scratch = Scratch::new().variable("OTEL_GENAI_PRICING_CACHE", "mine.gz");
    scratch.write("small.json", small_catalogue());
    assert_eq!(scratch.pricing_json(&["import", "small.json"])["cache"], "mine.gz");
    assert_eq!(scratch.pricing_json(&["status"])["cache"]["state"], "used");
    assert!(!scratch.cache().exists());
}

#[test]
fn variables_and_the_price_file_are_shown() {
    let scratch = Scratch::new()
        .variable("OTEL_GENAI_PRICING_FILE", "prices.json")
        .variable("OTEL_GENAI_PRICING_OVERRIDE", r#"{"mine/m": {"input": 1, "output": 1}}"#);
    scratch.write("prices.json", r#"{"override": {"openai/gpt-4o": {"input": 2.0}}}"#);
    let status = scratch.pricing_json(&["status"]);
    assert_eq!(status["price_file"], "prices.json");
    assert_eq!(status["variables"], json!(["OTEL_GENAI_PRICING_OVERRIDE"]));
    assert_eq!(
        (&status["models_by_layer"]["file"], &status["models_by_layer"]["environment"]),
        (&json!(1), &json!(1))
    );
    let wrong = Scratch::new().variable("OTEL_GENAI_PRICING_DISCOUNT_OPENAI", "15");
    wrong.pricing(&["status"]).assert_error(2, "is not a number from 0 to 1");
}
