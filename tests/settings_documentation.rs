//! `docs/settings.md` is true: its table is the one made of the code, and its file can be used and sets every key.

use otel_genai::Settings;

const PAGE: &str = include_str!("../docs/settings.md");
/// Checked against the code beside it.
const KEYS: &str = include_str!("../crates/facade/settings/keys.md");

fn example() -> &'static str {
    let (_, rest) = PAGE.split_once("```toml\n").expect("the page has an example");
    rest.split_once("```").expect("the example ends").0
}

#[test]
fn the_page_has_the_table_of_keys() {
    let header = "| --- | --- | --- | --- |\n";
    let (_, page) = PAGE.split_once("## Keys\n").expect("a section");
    let (_, rest) = page.split_once(header).expect("the page has a table");
    let table: String = rest.split_inclusive('\n').take_while(|line| line.starts_with('|')).collect();
    assert_eq!(table, KEYS, "the table of docs/settings.md should be crates/facade/settings/keys.md");
}

#[test]
fn the_page_has_the_table_of_standard_variables() {
    let effects = include_str!("../crates/facade/settings/standard.md");
    assert!(PAGE.contains(&format!("| variable | effect |\n| --- | --- |\n{effects}")));
}

#[test]
fn the_example_can_be_used() {
    // The one file that has to be there.
    let folder = tempfile::tempdir().expect("a folder");
    let prices = folder.path().join("prices.json");
    std::fs::write(&prices, "{}").expect("writable");
    let prices = prices.to_str().expect("UTF-8").replace('\\', "/");
    let settings = Settings::from_toml_str(&example().replace("prices.json", &prices));
    let settings = settings.expect("every key takes its value");
    assert_eq!(settings.exporters(), ["export.console", "export.jsonl", "export.sqlite", "export.otlp"]);
    if cfg!(all(
        feature = "enrich",
        feature = "export",
        feature = "otlp",
        feature = "pricing",
        feature = "count-tokens",
        feature = "encryption"
    )) {
        let _ = settings.pipeline().expect("the settings go together");
    }
}

#[test]
fn the_example_sets_every_key() {
    let table: toml::Table = example().parse().expect("TOML");
    for row in KEYS.lines() {
        let key = row.split('`').nth(1).expect("a key in each row");
        let mut names = key.split('.');
        let first = names.next().and_then(|name| table.get(name));
        let value = names.fold(first, |value, name| value?.get(name));
        // Two of them exclude each other, so one stands in a remark.
        let is_remark = key == "rate_limit.spans_per_second" && example().contains("or spans_per_second =");
        assert!(value.is_some() || is_remark, "the file in docs/settings.md does not set {key}");
    }
}
