//! The settings that the documentation shows can be used as they stand.

use otel_genai::Settings;

const PAGES: [(&str, &str); 2] = [
    ("recipes.md", include_str!("../docs/recipes.md")),
    ("getting-started.md", include_str!("../docs/getting-started.md")),
];

#[test]
fn every_settings_file_of_the_documentation_can_be_used() {
    let mut count = 0;
    for (page, text) in PAGES {
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().expect("it ends");
            if block.starts_with("[dependencies]") {
                continue;
            }
            count += 1;
            let settings =
                Settings::from_toml_str(block).unwrap_or_else(|error| panic!("{page}: {error}\n{block}"));
            if cfg!(all(feature = "otlp-tls", feature = "export", feature = "enrich", feature = "pricing")) {
                settings.validate().unwrap_or_else(|error| panic!("{page}: {error}\n{block}"));
            }
        }
    }
    assert!(count >= 9, "{count}");
}
