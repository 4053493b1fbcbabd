//! Every golden case costs what it should when its provider's own usage object is given.

use serde_json::Value;

use crate::program::Scratch;

const CASES: &str = include_str!("../../../../pricing/tests/data/golden_costs.json");

#[test]
fn raw_usage_objects_cost_what_was_billed() {
    let cases: Value = serde_json::from_str(CASES).expect("JSON");
    let cases = cases.as_array().or_else(|| cases["cases"].as_array()).expect("cases");
    assert!(cases.len() >= 40, "{} cases", cases.len());
    let scratch = Scratch::new();
    for case in cases {
        let text = |name: &str| case[name].as_str();
        let context = |name: &str| case["price_context"][name].as_str();
        let model = text("response_model").or(text("request_model")).expect("a model");
        let usage = case["raw_usage"].to_string();
        let mut arguments = vec!["lookup", model, "--usage", &usage, "--json"];
        let tier = context("processing")
            .filter(|processing| *processing == "batch")
            .or(context("service_tier"))
            .or(context("speed"));
        let region = context("inference_geo").or(context("region")).or(context("data_zone"));
        let options = [
            ("--provider", text("provider")),
            ("--at", text("timestamp")),
            ("--tier", tier),
            ("--region", region),
        ];
        for (option, value) in options {
            arguments.extend(value.into_iter().flat_map(|value| [option, value]));
        }
        let ended = scratch.pricing(&arguments);
        let found: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        // To the pico-dollar.
        let pico = |usd: &Value| usd.as_f64().map(|usd| (usd * 1e12).round());
        let (expected, total) = (pico(&case["expected_cost_usd"]), pico(&found["cost"]["total_usd"]));
        assert_eq!(total, expected, "{}: {ended:?}", case["id"]);
    }
}
