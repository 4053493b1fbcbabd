//! Counts findings.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Meter};
use otel_genai_semconv::names::guardrail;
use otel_genai_semconv::{Enforcement, GuardrailStatus};

use crate::finding::Finding;

/// The counter of findings. Every attribute is a word of a closed list: at most 9 × 3 × 6 × 5 series.
#[derive(Clone, Debug)]
pub(crate) struct Metrics(Counter<u64>);

impl Metrics {
    pub(crate) fn new(meter: &Meter) -> Self {
        let counter = meter
            .u64_counter(guardrail::METRIC_FINDINGS)
            .with_unit("{finding}")
            .with_description("Guardrails and safety signals that were seen.")
            .build();
        Self(counter)
    }

    pub(crate) fn count(&self, finding: &Finding) {
        self.0.add(
            1,
            &[
                KeyValue::new(guardrail::CATEGORY, finding.category.as_str()),
                KeyValue::new(guardrail::SOURCE, finding.source.as_str()),
                KeyValue::new(guardrail::STATUS, finding.status.map_or("unknown", GuardrailStatus::as_str)),
                KeyValue::new(
                    guardrail::ENFORCEMENT_MODE,
                    finding.enforcement.map_or("unknown", Enforcement::as_str),
                ),
            ],
        );
    }
}
