//! For the tests of stages, ours and others'.

mod span_builder;

pub use span_builder::SpanBuilder;
