//! The detector keeps the contract of stages.

use otel_genai_enrich::Enricher;
use otel_genai_guardrail::GuardrailDetector;
use otel_genai_pipeline::testing::assert_stage_contract;

#[test]
fn the_detector_keeps_the_contract() {
    assert_stage_contract(GuardrailDetector::default());
    assert_stage_contract((Enricher::default(), GuardrailDetector::default()));
}
