//! The stages keep the contract that every stage keeps.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use otel_genai_pipeline::testing::assert_stage_contract;
use otel_genai_sampling::{RateKey, RateLimiter, Sampling, TraceCaps};

const ONE: NonZeroU32 = NonZeroU32::new(1).expect("not zero");

fn sampling() -> Sampling {
    Sampling::ratio(0.5)
        .expect("valid")
        .keep_errors()
        .keep_slower_than(Duration::from_secs(1))
        .max_trace_bytes(5000)
}

#[test]
fn the_tail_with_and_without_the_head() {
    assert_stage_contract(sampling().tail());
    assert_stage_contract(sampling().assume_all_recorded().tail());
}

#[test]
fn the_rate_limiter() {
    assert_stage_contract(RateLimiter::traces_per_second(ONE));
    assert_stage_contract(
        RateLimiter::spans_per_second(ONE).per(RateKey::Model).max_wait(Duration::from_secs(3)),
    );
}

#[test]
fn the_caps() {
    let two = NonZeroUsize::new(2).expect("not zero");
    assert_stage_contract(TraceCaps::default().spans(two).tool_spans(two));
    assert_stage_contract(TraceCaps::default().depth(two));
    assert_stage_contract((
        TraceCaps::default().depth(two),
        (sampling().tail(), RateLimiter::traces_per_second(ONE)),
    ));
}
