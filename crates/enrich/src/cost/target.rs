//! The words in which backends that know no convention read usage and cost.

use opentelemetry::Value;
use otel_genai_pipeline::Span;
use otel_genai_pricing::Parts;
use otel_genai_semconv::TokenUsage;
use serde_json::{Map, json};

use super::Figures;

/// A backend that reads usage or cost under names of its own.
///
/// Each target adds its attributes to the spans that count. What a span has under these names already stays, as its
/// library wrote it.
///
/// # Examples
///
/// ```
/// use otel_genai_enrich::CostTarget;
///
/// assert_eq!(CostTarget::from_name("langfuse"), Some(CostTarget::Langfuse));
/// assert_eq!(CostTarget::ALL.map(CostTarget::as_str), ["langfuse", "mlflow", "openlit", "logfire"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CostTarget {
    /// `langfuse.observation.usage_details` and `cost_details`: JSON of buckets that do not overlap. Without them
    /// Langfuse adds up every number under `gen_ai.usage.` that it does not know, and prices by its own list.
    Langfuse,
    /// `mlflow.llm.cost`: JSON. Without it MLflow prices by its own list.
    Mlflow,
    /// `gen_ai.usage.cost`, which `OpenLIT` and Grafana's dashboards for it read.
    Openlit,
    /// `operation.cost`, which Pydantic Logfire reads.
    Logfire,
}

impl CostTarget {
    /// Every target.
    pub const ALL: [Self; 4] = [Self::Langfuse, Self::Mlflow, Self::Openlit, Self::Logfire];

    /// Returns the word for settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Langfuse => "langfuse",
            Self::Mlflow => "mlflow",
            Self::Openlit => "openlit",
            Self::Logfire => "logfire",
        }
    }

    /// Returns the target of a word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.as_str() == name)
    }

    pub(super) fn write(self, span: &mut Span, usage: &TokenUsage, figures: &Figures<'_>) {
        let total = figures.total.as_f64();
        let ours = figures.parts.as_ref().filter(|_| !figures.is_reported);
        match self {
            Self::Langfuse => {
                if usage.input.is_some() || usage.output.is_some() {
                    add(span, "langfuse.observation.usage_details", || buckets(usage).to_string().into());
                }
                add(span, "langfuse.observation.cost_details", || {
                    let mut costs = ours.map(costs).unwrap_or_default();
                    costs.insert("total".to_owned(), json!(total));
                    serde_json::Value::Object(costs).to_string().into()
                });
            }
            Self::Mlflow => add(span, "mlflow.llm.cost", || {
                let mut costs = Map::new();
                if let Some(parts) = ours {
                    costs.insert("input_cost".to_owned(), json!(parts.prompt().as_f64()));
                    costs.insert("output_cost".to_owned(), json!(parts.completion().as_f64()));
                }
                costs.insert("total_cost".to_owned(), json!(total));
                serde_json::Value::Object(costs).to_string().into()
            }),
            Self::Openlit => add(span, "gen_ai.usage.cost", || total.into()),
            Self::Logfire => add(span, "operation.cost", || total.into()),
        }
    }
}

fn add(span: &mut Span, key: &'static str, value: impl FnOnce() -> Value) {
    if span.get(key).is_none() {
        span.set(key, value());
    }
}

/// Token counts in Langfuse's buckets, each token in one, and their sum.
fn buckets(usage: &TokenUsage) -> serde_json::Value {
    let cached = [usage.cache_read, usage.cache_write].into_iter().flatten().fold(0, u64::saturating_add);
    let counts = [
        ("input", usage.input.map(|input| input.saturating_sub(cached))),
        ("input_cached_tokens", usage.cache_read),
        ("input_cache_creation", usage.cache_write),
        ("output", usage.output.map(|output| output.saturating_sub(usage.reasoning.unwrap_or(0)))),
        ("output_reasoning_tokens", usage.reasoning),
        ("total", usage.input.zip(usage.output).map(|(input, output)| input.saturating_add(output))),
    ];
    counts.into_iter().filter_map(|(name, count)| Some((name.to_owned(), json!(count?)))).collect()
}

/// Costs in the same buckets.
fn costs(parts: &Parts) -> Map<String, serde_json::Value> {
    let amounts = [
        ("input", parts.input + parts.input_audio + parts.input_image + parts.input_video),
        ("input_cached_tokens", parts.cache_read),
        ("input_cache_creation", parts.cache_write),
        ("output", parts.output + parts.output_audio + parts.output_image + parts.output_video),
        ("output_reasoning_tokens", parts.reasoning),
        ("citation", parts.citation),
        ("fees", parts.fees),
    ];
    amounts
        .into_iter()
        .filter(|(_, amount)| amount.atto() > 0)
        .map(|(name, amount)| (name.to_owned(), json!(amount.as_f64())))
        .collect()
}
