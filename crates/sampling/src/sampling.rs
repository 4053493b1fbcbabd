//! One object for both ends of sampling: the head, which decides first, and the tail, which knows better.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::condition::Condition;
use crate::head_sampler::HeadSampler;
use crate::rule::Rule;
use crate::rule_set::RuleSet;
use crate::tail_sampler::TailSampler;
use crate::{RatioError, Threshold};

/// How many bytes of one undecided trace are held at the most before it is decided with what is known (16 MiB): a
/// sixteenth of the pipeline's default budget, so that a run that never ends leaves room for the others.
pub const DEFAULT_MAX_TRACE_BYTES: usize = 16 << 20;

/// Which traces are kept: a ratio of all, and more of those that matter.
///
/// [`head`](Self::head) is the SDK's sampler. It chooses the ratio, by the trace's randomness, when the trace starts,
/// and has the spans that it does not choose recorded all the same. [`tail`](Self::tail) is a stage of the pipeline,
/// which holds each trace until it has ended and keeps it if a rule says so; of traces that no rule is for, it keeps
/// those that the head chose. Without the tail, the pipeline exports what the head chose and nothing else.
///
/// Every span that is kept carries `ot=th` with the probability that it had, so that totals can be told from what is
/// left: a trace that a rule keeps at rate 1 stands for itself, also if the head had chosen it; one of the rest at a
/// ratio of 0.1 stands for ten.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use otel_genai_pipeline::Pipeline;
/// use otel_genai_sampling::Sampling;
///
/// let sampling = Sampling::ratio(0.1)?
///     .keep_errors()
///     .keep_slower_than(Duration::from_secs(60))
///     .keep_dearer_than(0.5)
///     .keep_guarded()
///     .rule("agent=planner; rate=0.5".parse()?);
/// let pipeline = Pipeline::builder().stage(sampling.tail()).build()?;
/// let provider = SdkTracerProvider::builder()
///     .with_sampler(sampling.head())
///     .with_span_processor(pipeline)
///     .build();
/// # let _ = provider.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sampling {
    threshold: Threshold,
    rules: Vec<Rule>,
    max_trace_bytes: usize,
    is_all_recorded: bool,
    shared: Arc<Shared>,
}

/// What head and tail know of each other.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Whether the head is in use, so that spans come here whatever their flag.
    pub(crate) has_head: AtomicBool,
    pub(crate) kept: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) over_quota: AtomicU64,
    pub(crate) forced: AtomicU64,
    pub(crate) too_big: AtomicU64,
}

/// How many traces the tail has decided so far. A trace that is opened again is decided again, and counted again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SamplingCounts {
    /// Traces that were kept.
    pub kept: u64,
    /// Traces that were dropped, those above a quota included.
    pub dropped: u64,
    /// Traces that a rule's quota had no room for.
    pub over_quota: u64,
    /// Traces that were decided before they had ended, because a limit of the pipeline (age, bytes, number, shutdown)
    /// forced it: what they did later did not count.
    pub forced: u64,
    /// Traces that were decided before they had ended, because they took more than
    /// [`max_trace_bytes`](Sampling::max_trace_bytes).
    pub too_big: u64,
}

impl Sampling {
    /// Keeps this share of all traces, 0 to 1; rules that keep more come on top.
    ///
    /// # Errors
    ///
    /// If the ratio is out of range; see [`Threshold::from_ratio`].
    pub fn ratio(ratio: f64) -> Result<Self, RatioError> {
        Ok(Self {
            threshold: Threshold::from_ratio(ratio)?,
            rules: Vec::new(),
            max_trace_bytes: DEFAULT_MAX_TRACE_BYTES,
            is_all_recorded: false,
            shared: Arc::default(),
        })
    }

    /// Keeps every trace with an error in any of its spans ([`Condition::Error`]).
    #[must_use]
    pub fn keep_errors(self) -> Self {
        self.rule(Rule::keep(Condition::Error))
    }

    /// Keeps every trace that took longer than this ([`Condition::SlowerThan`]).
    #[must_use]
    pub fn keep_slower_than(self, duration: Duration) -> Self {
        self.rule(Rule::keep(Condition::SlowerThan(duration)))
    }

    /// Keeps every trace whose model calls cost more than this, in USD ([`Condition::DearerThan`]).
    #[must_use]
    pub fn keep_dearer_than(self, usd: f64) -> Self {
        self.rule(Rule::keep(Condition::DearerThan(usd)))
    }

    /// Keeps every trace in which a guardrail fired ([`Condition::Guarded`]).
    #[must_use]
    pub fn keep_guarded(self) -> Self {
        self.rule(Rule::keep(Condition::Guarded))
    }

    /// Adds a rule behind those before: the first that is met decides.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Sets how many bytes of one undecided trace are held; default [`DEFAULT_MAX_TRACE_BYTES`]. A trace that takes more
    /// is decided with what is known by then, and counted ([`SamplingCounts::too_big`]).
    #[must_use]
    pub fn max_trace_bytes(mut self, bytes: usize) -> Self {
        self.max_trace_bytes = bytes;
        self
    }

    /// States that spans without `th` come from a process that recorded everything, as a program without any sampler does.
    ///
    /// Needed only where the head is not in use: in a replay of files, or behind another sampler. There a span without
    /// `th` was kept with an unknown probability, so it is thinned as the rules say but gets no `th`.
    #[must_use]
    pub fn assume_all_recorded(mut self) -> Self {
        self.is_all_recorded = true;
        self
    }

    /// Returns the sampler for the SDK's tracer provider.
    pub fn head(&self) -> HeadSampler {
        HeadSampler::new(self.threshold, Arc::clone(&self.shared))
    }

    /// Returns the stage for the pipeline. It belongs behind every stage that finds out what the rules ask for, and
    /// behind those that must see all traces, such as a meter.
    pub fn tail(&self) -> TailSampler {
        TailSampler::new(
            self.threshold,
            RuleSet::new(self.rules.clone()),
            self.max_trace_bytes,
            self.is_all_recorded,
            Arc::clone(&self.shared),
        )
    }

    /// Returns what the tail has decided so far.
    pub fn counts(&self) -> SamplingCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        SamplingCounts {
            kept: read(&self.shared.kept),
            dropped: read(&self.shared.dropped),
            over_quota: read(&self.shared.over_quota),
            forced: read(&self.shared.forced),
            too_big: read(&self.shared.too_big),
        }
    }
}
