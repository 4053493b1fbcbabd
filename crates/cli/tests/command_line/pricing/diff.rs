//! `diff` shows what would change, and changes nothing.

use serde_json::{Value, json};

use super::lists::{lists, small_catalogue};
use crate::program::Scratch;

#[test]
fn a_file_and_the_prices_in_use() {
    let scratch = Scratch::with_small_cache();
    let newer = small_catalogue().replace("\"in\":2,", "\"in\":2.25,").replace("2100-01-01", "2100-03-01");
    scratch.write("newer.json", newer);
    let expected = "\
before  in use, of 2100-01-01, 3 models
after   newer.json, of 2100-03-01, 3 models

model        figure  before  after
acme/acme-2  in      2       2.25
";
    assert_eq!(scratch.pricing(&["diff", "newer.json"]).silent_success(), expected);
    let change = json!({"provider": "acme", "model": "acme-2", "path": "in", "before": "2", "after": "2.25"});
    assert_eq!(scratch.pricing_json(&["diff", "newer.json"])["changes"], json!([change]));
    let same = scratch.pricing(&["diff", "small.json"]);
    assert!(same.silent_success().ends_with("\nno figure differs\n"), "{same:?}");
}

#[test]
fn a_refresh_before_it_is_made() {
    let scratch = Scratch::with_small_cache();
    let before = std::fs::read(scratch.cache()).expect("a cache");
    let lists = lists(&scratch, 9.0);
    let arguments: Vec<_> = ["diff"].into_iter().chain(lists.iter().map(String::as_str)).collect();
    let report = scratch.pricing_json(&arguments);
    let changed: Vec<_> =
        report["changes"].as_array().expect("changes").iter().map(|change| &change["model"]).collect();
    assert_eq!(changed, ["acme-4", "acme-4"], "only the new model: the other change is held back");
    assert_eq!(report["held"].as_array().map(Vec::len), Some(1));
    assert_eq!(std::fs::read(scratch.cache()).expect("a cache"), before);
}

#[test]
fn the_cache_and_what_is_compiled_in() {
    let scratch = Scratch::with_small_cache();
    let report = scratch.pricing_json(&["diff"]);
    assert_eq!(
        (&report["before"]["name"], &report["after"]["name"]),
        (&json!("compiled in"), &json!("local cache"))
    );
    let is_acme = |change: &&Value| change["provider"] == "acme" && change["model"] == "acme-3";
    let added = report["changes"].as_array().expect("changes").iter().filter(is_acme).count();
    assert_eq!(added, 2);
    Scratch::new().pricing(&["diff"]).assert_error(2, "--upstream to see what a refresh would change");
}
