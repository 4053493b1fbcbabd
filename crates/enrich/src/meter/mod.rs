//! The stage that records gen_ai metrics.

mod agent_runs;
mod facts;
mod instruments;
mod recorder;
mod series;

pub use instruments::MetricSet;
pub use recorder::UsageMeter;
pub use series::MAX_METRIC_SERIES;
