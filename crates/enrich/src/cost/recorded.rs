//! Costs that stand on a span already.

use opentelemetry::Value;
use otel_genai_pipeline::Span;
use otel_genai_pricing::Usd;
use otel_genai_semconv::names::{gen_ai, llm, otel_genai};

use super::Cost;

/// Attributes in which libraries write what they think a call cost, in USD: `OpenInference`, Traccia, Pydantic Logfire,
/// `OpenLIT`, Langfuse and MLflow. Of several the first counts.
const BY_LIBRARIES: [(&str, Form); 7] = [
    (llm::COST_TOTAL, Form::Number),
    ("llm.cost.usd", Form::Number),
    ("traccia.cost.usd", Form::Number),
    ("operation.cost", Form::Number),
    ("gen_ai.usage.cost", Form::Number),
    ("langfuse.observation.cost_details", Form::JsonWith("total")),
    ("mlflow.llm.cost", Form::JsonWith("total_cost")),
];

#[derive(Clone, Copy)]
enum Form {
    Number,
    /// A JSON object with the sum under this name.
    JsonWith(&'static str),
}

/// What a span says of its cost before it is priced.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    /// What an enricher made of it before.
    pub(super) ours: Option<Cost>,
    /// What the library that wrote the span says that it cost.
    pub(super) by_library: Option<f64>,
    /// Whether the library used names that we are about to write.
    pub(super) has_cost_names: bool,
    pub(super) has_server_address: bool,
}

impl Recorded {
    pub(super) fn read(span: &Span) -> Self {
        let mut recorded = Self::default();
        let (mut total, mut is_sourced, mut best) = (None, false, BY_LIBRARIES.len());
        for attribute in span.attributes() {
            let key = attribute.key.as_str();
            if key == gen_ai::SERVER_ADDRESS {
                recorded.has_server_address = true;
                continue;
            }
            // Spans have some twenty attributes, and hardly ever one of these.
            if !key.contains("cost") && !key.starts_with("llm.pricing.") {
                continue;
            }
            match key {
                llm::PRICING_SOURCE => is_sourced = true,
                otel_genai::COST_UNKNOWN => recorded.ours = Some(Cost::Unknown),
                llm::COST_TOTAL => total = number(&attribute.value),
                _ => {}
            }
            recorded.has_cost_names |= is_cost_name(key);
            if let Some(rank) =
                BY_LIBRARIES.iter().position(|(name, _)| *name == key).filter(|rank| *rank < best)
                && let Some(cost) = amount(&attribute.value, BY_LIBRARIES[rank].1)
            {
                best = rank;
                recorded.by_library = Some(cost);
            }
        }
        if let Some(total) = total.and_then(Usd::from_f64).filter(|_| is_sourced) {
            recorded.ours = Some(Cost::Known(total));
        }
        recorded
    }
}

/// Tells whether an attribute is part of a breakdown that ours replaces.
pub(super) fn is_cost_name(key: &str) -> bool {
    key.strip_prefix("llm.cost.").is_some_and(|part| {
        ["total", "prompt", "completion"].contains(&part)
            || part.starts_with("prompt_details.")
            || part.starts_with("completion_details.")
    })
}

fn amount(value: &Value, form: Form) -> Option<f64> {
    match form {
        Form::Number => number(value),
        Form::JsonWith(name) => {
            let json: serde_json::Value = serde_json::from_str(&value.as_str()).ok()?;
            json.get(name)?.as_f64().filter(|cost| cost.is_finite() && *cost >= 0.0)
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::F64(number) => *number,
        Value::I64(number) => *number as f64,
        Value::String(text) => text.as_str().trim().parse().ok()?,
        _ => return None,
    };
    (number.is_finite() && number >= 0.0).then_some(number)
}
