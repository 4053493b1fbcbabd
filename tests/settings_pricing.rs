//! `[pricing]` and single keys set prices, and a wrong one is an error that names it.

use std::time::SystemTime;

use otel_genai::pricing::{Call, Context, PriceTable, Usage};
use otel_genai::{Settings, SettingsErrorKind};

const PRICES: &str = r#"
[pricing]
file = "FOLDER/prices.json"
cache = "FOLDER/absent.deflate"

[pricing.discount]
anthropic = 0.5

[pricing.deployment]
chat = "openai/gpt-4o"

[pricing.override."openai/gpt-4.1"]
input = 7
"#;

fn cost(table: &PriceTable, provider: &str, model: &str) -> String {
    let usage = Usage { input_tokens: Some(1_000_000), output_tokens: Some(1_000_000), ..Usage::default() };
    let call = Call {
        provider: Some(provider),
        response_model: Some(model),
        request_model: None,
        usage: &usage,
        at: SystemTime::now(),
        context: Context::default(),
    };
    table.price(&call).expect("a known model").total.to_string()
}

#[test]
fn a_file_and_single_keys_set_the_same_prices() {
    let folder = tempfile::tempdir().expect("a folder");
    let prices = r#"{"override": {"openai/gpt-4.1": {"input": 6, "output": 5}}}"#;
    std::fs::write(folder.path().join("prices.json"), prices).expect("writable");
    let path = folder.path().to_str().expect("UTF-8").replace('\\', "/");
    let from_text = Settings::from_toml_str(&PRICES.replace("FOLDER", &path)).expect("valid");
    let mut by_key = Settings::default();
    for (key, value) in [
        ("pricing.file", format!("{path}/prices.json")),
        ("pricing.cache", format!("{path}/absent.deflate")),
        ("pricing.discount.anthropic", "0.5".into()),
        ("pricing.deployment.chat", "openai/gpt-4o".into()),
        ("pricing.override.openai/gpt-4.1.input", "7".into()),
    ] {
        by_key.set(key, &value).expect(key);
    }
    for settings in [from_text, by_key] {
        let table = settings.price_table().expect("valid");
        assert_eq!(cost(&table, "openai", "gpt-4.1"), "$12", "the settings patch what the file says");
        assert_eq!(cost(&table, "azure", "chat"), "$12.5");
        assert_eq!(cost(&table, "anthropic", "claude-haiku-4-5"), "$3");
    }
}

#[test]
fn what_cannot_be_a_price_is_refused() {
    for (text, expected) in [
        ("discount = { openai = 15 }", "expected a table of numbers from 0 to 1"),
        ("discount = 0.1", "expected a table of numbers from 0 to 1"),
        ("deployment = { chat = 1 }", "expected a table of names"),
        ("override = { 'openai/gpt-4o' = 2 }", "expected a table of tables"),
    ] {
        let error = Settings::from_toml_str(&format!("[pricing]\n{text}")).expect_err(text);
        assert_eq!((error.kind(), error.line()), (SettingsErrorKind::WrongValue, Some(2)), "{text}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let mut settings = Settings::default();
    for (key, value) in [("pricing.discount.openai", "2"), ("pricing.deployment.chat", "")] {
        let error = settings.set(key, value).expect_err(key);
        assert_eq!((error.kind(), error.key()), (SettingsErrorKind::WrongValue, Some(key)));
    }
    let error = settings.set("pricing.override.gpt-4o", "2").expect_err("no figure");
    assert_eq!(error.kind(), SettingsErrorKind::UnknownKey, "{error}");
}

#[test]
fn a_wrong_figure_is_found_before_the_pipeline_runs() {
    let text = "[pricing.override.'openai/gpt-4o']\ninptu = 2";
    let settings = Settings::from_toml_str(text).expect("of the right shape");
    let error = settings.pipeline().expect_err("no such figure");
    assert_eq!((error.kind(), error.line()), (SettingsErrorKind::WrongValue, Some(1)), "{error}");
    assert!(error.to_string().contains("openai/gpt-4o") && error.to_string().contains("inptu"), "{error}");
    let settings =
        Settings::from_toml_str("[pricing]\ndiscount = { nobody = 0.1 }").expect("of the right shape");
    let error = settings.price_table().expect_err("no such provider");
    assert_eq!(error.kind(), SettingsErrorKind::Prices);
    assert_eq!(error.to_string(), "discount of nobody: no such provider");
}
