//! Both stages keep the contract of stages.

use opentelemetry_sdk::metrics::SdkMeterProvider;
use otel_genai_enrich::{Enricher, MetricSet, UsageMeter};
use otel_genai_pipeline::testing::assert_stage_contract;

#[test]
fn the_enricher_keeps_the_contract() {
    assert_stage_contract(Enricher::default());
}

#[test]
fn the_meter_keeps_the_contract() {
    let provider = SdkMeterProvider::builder().build();
    for set in [MetricSet::Compat, MetricSet::Latest] {
        assert_stage_contract((Enricher::default(), UsageMeter::with_set(&provider, set)));
    }
}
