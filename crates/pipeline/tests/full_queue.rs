//! What happens to a span that finds the queue full, and after the end.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanProcessor;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{BlockFor, Pipeline, PipelineBuilder, Segment, Stage};

/// Keeps the worker busy until told to go on, and tells when it has begun.
struct Gate {
    begun: Sender<()>,
    go_on: Arc<Mutex<Receiver<()>>>,
}

impl Stage for Gate {
    fn process(&mut self, _: &mut Segment<'_>) {
        let _ = self.begun.send(());
        let _ = self.go_on.lock().expect("no panic").recv();
    }
}

/// A pipeline with room for 20 spans whose worker is busy, and the means to let it go on.
fn stalled(configure: impl FnOnce(PipelineBuilder) -> PipelineBuilder) -> (Pipeline, Sender<()>) {
    let (begun, has_begun) = channel();
    let (go, go_on) = channel();
    let stage = Gate { begun, go_on: Arc::new(Mutex::new(go_on)) };
    let pipeline = configure(Pipeline::builder().stage(stage).queue(20, 1 << 20).grace(Duration::ZERO))
        .build()
        .expect("builds");
    pipeline.on_end(SpanBuilder::new("first").build().into_data());
    has_begun.recv().expect("the worker begins");
    (pipeline, go)
}

#[test]
fn a_tenth_of_the_queue_is_kept_for_roots_and_errors() {
    let (pipeline, go) = stalled(|builder| builder);
    let end = |builder: SpanBuilder| pipeline.on_end(builder.build().into_data());
    for _ in 0..25 {
        end(SpanBuilder::new("child").trace(2).parent(1));
    }
    assert_eq!(pipeline.handle().stats().queue_full, 7, "18 of 20 places are for anyone");
    end(SpanBuilder::new("failed").trace(2).parent(1).status(Status::error("x")));
    end(SpanBuilder::new("root").trace(2));
    assert_eq!(pipeline.handle().stats().queue_full, 7, "the last two are for these");
    end(SpanBuilder::new("root").trace(3));
    let stats = pipeline.handle().stats();
    assert_eq!(stats.queue_full, 8);
    assert!(stats.is_balanced(), "{stats:?}");
    drop(go);
    pipeline.shutdown().expect("shuts down");
}

#[test]
fn a_root_may_wait_for_room_if_asked_to() {
    let (pipeline, go) = stalled(|builder| builder.block_on_full(Duration::from_secs(60), BlockFor::Roots));
    for _ in 0..30 {
        pipeline.on_end(
            SpanBuilder::new("error").trace(2).parent(1).status(Status::error("x")).build().into_data(),
        );
    }
    assert_eq!(pipeline.handle().stats().queue_full, 10, "others do not wait");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| pipeline.on_end(SpanBuilder::new("root").trace(2).build().into_data()));
        drop(go);
        waiting.join().expect("no panic");
    });
    assert_eq!(pipeline.handle().stats().queue_full, 10, "the root found room");
    pipeline.shutdown().expect("shuts down");
}

#[test]
fn patience_ends() {
    let (pipeline, go) = stalled(|builder| builder.block_on_full(Duration::from_millis(1), BlockFor::All));
    for _ in 0..21 {
        pipeline.on_end(SpanBuilder::new("root").trace(2).build().into_data());
    }
    assert_eq!(pipeline.handle().stats().queue_full, 1);
    drop(go);
    pipeline.shutdown().expect("shuts down");
}

#[test]
fn spans_after_the_end_are_counted_and_ending_twice_is_harmless() {
    let pipeline = Pipeline::builder().build().expect("builds");
    pipeline.on_end(SpanBuilder::new("before").build().into_data());
    pipeline.shutdown().expect("shuts down");
    pipeline.shutdown().expect("says the same again");
    pipeline.on_end(SpanBuilder::new("after").build().into_data());
    let stats = pipeline.handle().stats();
    assert_eq!((stats.received, stats.after_shutdown, stats.delivered), (2, 1, 1), "{stats:?}");
    assert!(stats.is_balanced(), "{stats:?}");
    assert!(pipeline.force_flush().is_err(), "a flush after the end cannot have worked");
}

#[test]
fn limits_of_zero_are_refused_by_name() {
    let error = Pipeline::builder().queue(0, 1).build().expect_err("refused");
    assert!(Pipeline::builder().queue(usize::MAX, 1).build().is_err());
    assert_eq!(error.to_string(), "queue spans is 0; it must be from 1 to 16777216");
}
