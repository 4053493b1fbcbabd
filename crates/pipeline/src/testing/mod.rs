//! For the tests of stages, ours and others'.

mod contract;
mod driver;
mod span_builder;

pub use contract::assert_stage_contract;
pub(crate) use driver::{Driver, Step};
pub use span_builder::SpanBuilder;
