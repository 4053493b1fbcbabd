//! Every golden case costs what it should, to the pico-dollar.

mod raw_usage;

use std::time::{Duration, SystemTime};

use otel_genai_pricing::{Call, Catalogue, Context, Date, Modalities, PriceTable, Usage, Usd};
use serde_json::Value;

const CASES: &str = include_str!("../data/golden_costs.json");

/// `2026-11-18T12:00:00Z`.
fn time(text: &str) -> SystemTime {
    let (day, clock) = text.trim_end_matches('Z').split_once('T').expect("a timestamp");
    let seconds = clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u64>().expect("a number"));
    day.parse::<Date>().expect("a date").start() + Duration::from_secs(seconds)
}

/// The usage that the conventions' attributes carry.
fn usage_of_attributes(attributes: &Value) -> Usage {
    let count = |name: &str| attributes[format!("gen_ai.usage.{name}")].as_u64();
    Usage {
        input_tokens: count("input_tokens"),
        output_tokens: count("output_tokens"),
        cache_read_tokens: count("cache_read.input_tokens"),
        cache_write_tokens: count("cache_creation.input_tokens"),
        reasoning_tokens: count("reasoning.output_tokens"),
        input: Modalities {
            text: count("text.input_tokens"),
            audio: count("audio.input_tokens"),
            image: count("image.input_tokens"),
            video: count("video.input_tokens"),
        },
        output: Modalities {
            text: count("text.output_tokens"),
            audio: count("audio.output_tokens"),
            image: None,
            video: None,
        },
        ..Usage::default()
    }
}

fn context(case: &Value) -> Context<'_> {
    let given = &case["price_context"];
    let attributes = &case["otel_attributes"];
    let text = |name: &str| given[name].as_str();
    Context {
        batch: text("processing") == Some("batch"),
        service_tier: text("service_tier").or_else(|| attributes["openai.response.service_tier"].as_str()),
        speed: text("speed"),
        region: text("inference_geo").or_else(|| text("region")).or_else(|| text("data_zone")),
        server_address: attributes["server.address"].as_str(),
        search_context: case["raw_usage"]["search_context_size"].as_str(),
    }
}

fn price(table: &PriceTable, case: &Value, model: Option<&str>, usage: &Usage) -> Option<Usd> {
    let call = Call {
        provider: case["provider"].as_str(),
        response_model: model.or(case["response_model"].as_str()),
        request_model: case["request_model"].as_str(),
        usage,
        at: time(case["timestamp"].as_str().expect("a timestamp")),
        context: context(case),
    };
    table.price(&call).ok().map(|priced| priced.total)
}

fn expected(case: &Value, name: &str) -> Option<Usd> {
    case[name].as_f64().map(|usd| Usd::from_f64(usd).expect("an amount"))
}

fn check(name: &str, actual: impl Fn(&PriceTable, &Value) -> Option<Usd>) {
    let cases: Vec<Value> = serde_json::from_str(CASES).expect("the golden cases");
    assert!(cases.len() >= 43, "only {} cases", cases.len());
    let table = PriceTable::new(Catalogue::bundled().expect("the bundled catalogue"));
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let (expected, actual) =
                (expected(case, name).map(Usd::pico), actual(&table, case).map(Usd::pico));
            (expected != actual)
                .then(|| format!("{}: expected {expected:?}, got {actual:?} pico-dollars", case["id"]))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases are wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn attributes_alone_give_the_best_possible_cost() {
    check("otel_only_cost_usd", |table, case| {
        price(table, case, None, &usage_of_attributes(&case["otel_attributes"]))
    });
}

#[test]
fn raw_usage_gives_the_true_cost() {
    check("expected_cost_usd", |table, case| {
        let passes = raw_usage::read(case["provider"].as_str().unwrap_or_default(), &case["raw_usage"]);
        passes.iter().map(|(model, usage)| price(table, case, model.as_deref(), usage)).sum()
    });
}
