//! Traces that the rate limiter drops are told in the log, once a minute of the spans' time, with their number.

mod support;

use std::fmt::Debug;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_sampling::RateLimiter;
use support::replay;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// What the lines say was refused by the backstop.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u64>>>);

impl Visit for Lines {
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "backstop" {
            self.0.lock().expect("no panic").push(value);
        }
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut self.clone());
    }
}

#[test]
fn once_a_minute_and_none_is_left_out() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry().with(lines.clone());
    // Two traces at once every ten seconds, of which one passes; no threshold rejects them.
    let traces = (0..15).flat_map(|step| {
        [1_u128, 2].map(|number| {
            let id = (step * 2 + number) << 64 | 0xff_ffff_ffff_ffff;
            let mut data = SpanBuilder::new("run").trace(id).build().into_data();
            data.end_time = data.start_time + Duration::from_secs(10 * step as u64);
            Span::from(data)
        })
    });
    let one = NonZeroU32::new(1).expect("not zero");
    let stats = tracing::subscriber::with_default(subscriber, || {
        replay(RateLimiter::traces_per_second(one), traces).1
    });
    assert_eq!(stats.dropped_for("rate_limit_backstop"), 15);
    // The first at once, those of a minute together, and the rest when the limiter goes.
    assert_eq!(*lines.0.lock().expect("no panic"), [1, 5, 6, 3]);
}
