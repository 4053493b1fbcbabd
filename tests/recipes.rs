//! The settings that the documentation shows can be used as they stand.

use otel_genai::Settings;

const PAGES: [(&str, &str); 3] = [
    ("recipes.md", include_str!("../docs/recipes.md")),
    ("sampling.md", include_str!("../docs/sampling.md")),
    ("getting-started.md", include_str!("../docs/getting-started.md")),
];

#[test]
fn every_settings_file_of_the_documentation_can_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("key");
    std::fs::write(&key, "2026a:0123456789abcdef").expect("writable");
    let key = key.to_str().expect("UTF-8").replace('\\', "/");
    let mut count = 0;
    for (page, text) in PAGES {
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().expect("it ends");
            // The one file that has to be there.
            let block = &block.replace("redaction.key", &key);
            if block.starts_with("[dependencies]") {
                continue;
            }
            count += 1;
            let settings =
                Settings::from_toml_str(block).unwrap_or_else(|error| panic!("{page}: {error}\n{block}"));
            if cfg!(all(
                feature = "otlp-tls",
                feature = "enrich",
                feature = "pricing",
                feature = "redact",
                feature = "sampling",
                feature = "sqlite"
            )) {
                settings.validate().unwrap_or_else(|error| panic!("{page}: {error}\n{block}"));
            }
        }
    }
    assert!(count >= 13, "{count}");
}
