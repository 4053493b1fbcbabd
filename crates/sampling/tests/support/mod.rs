//! What several tests need.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::sync::{Arc, Mutex};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use otel_genai_pipeline::{IntoStages, Pipeline, PipelineStats, Span};
use otel_genai_sampling::{OtelTraceState, Threshold};

/// Numbers without a pattern, the same in every run: splitmix64 (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn trace_id(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }
}

/// Keeps what is exported.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collector(Arc<Mutex<Vec<SpanData>>>);

impl Collector {
    pub(crate) fn take(&self) -> Vec<Span> {
        std::mem::take(&mut *self.0.lock().expect("no panic")).into_iter().map(Span::from).collect()
    }
}

impl SpanExporter for Collector {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("no panic").extend(batch);
        Ok(())
    }
}

/// Runs recorded spans through stages and returns what is left, with the counts.
pub(crate) fn replay(
    stages: impl IntoStages,
    spans: impl IntoIterator<Item = Span>,
) -> (Vec<Span>, PipelineStats) {
    let mut kept = Vec::new();
    let mut replay = Pipeline::builder().stage(stages).replay(|_, spans| {
        kept.extend(spans);
        Ok::<_, std::convert::Infallible>(())
    });
    let resource = Arc::new(Resource::builder_empty().build());
    for span in spans {
        let Ok(()) = replay.push(&resource, span);
    }
    let Ok(stats) = replay.finish();
    (kept, stats)
}

/// Returns the threshold that a span carries.
pub(crate) fn threshold(span: &Span) -> Option<Threshold> {
    OtelTraceState::of(span.trace_state()).threshold()
}

/// Returns the memory that this process occupies, where the system tells.
pub(crate) fn resident_bytes() -> Option<usize> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse::<usize>().ok()?;
    Some(pages * 4096)
}
