//! The composable samplers that the specification names.

use std::fmt;

use opentelemetry::KeyValue;

use crate::{ComposableSampler, RatioError, SamplingIntent, SpanStart, Threshold};

/// Keeps every span; each stands for itself (`th:0`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlwaysOn;

impl ComposableSampler for AlwaysOn {
    fn intent(&self, _: &SpanStart<'_>) -> SamplingIntent {
        SamplingIntent::keep(Threshold::ALWAYS)
    }
}

/// Drops every span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlwaysOff;

impl ComposableSampler for AlwaysOff {
    fn intent(&self, _: &SpanStart<'_>) -> SamplingIntent {
        SamplingIntent::drop()
    }
}

/// Keeps a share of the traces, whatever the parent was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probability(Threshold);

impl Probability {
    /// Keeps `ratio` of the traces, 0 to 1.
    ///
    /// # Errors
    ///
    /// As [`Threshold::from_ratio`].
    pub fn ratio(ratio: f64) -> Result<Self, RatioError> {
        Threshold::from_ratio(ratio).map(Self)
    }
}

impl From<Threshold> for Probability {
    fn from(threshold: Threshold) -> Self {
        Self(threshold)
    }
}

impl ComposableSampler for Probability {
    fn intent(&self, _: &SpanStart<'_>) -> SamplingIntent {
        SamplingIntent::keep(self.0)
    }
}

/// Does what the parent did, with its threshold; asks another sampler for spans without a parent.
///
/// A sampled parent without `th` has sampled children without it. If the parent's `th` and its sampled flag contradict
/// each other, the flag is followed, so that the trace stays whole, and `th` is erased.
#[derive(Clone, Debug)]
pub struct ParentThreshold<Root> {
    root: Root,
}

impl<Root: ComposableSampler> ParentThreshold<Root> {
    /// Asks `root` for spans without a parent.
    pub fn new(root: Root) -> Self {
        Self { root }
    }
}

impl<Root: ComposableSampler> ComposableSampler for ParentThreshold<Root> {
    #[inline]
    fn intent(&self, span: &SpanStart<'_>) -> SamplingIntent {
        let Some(parent) = span.parent else { return self.root.intent(span) };
        match span.trace_state.threshold() {
            Some(threshold) if threshold.keeps(span.randomness) == parent.is_sampled() => {
                SamplingIntent::keep(threshold)
            }
            _ if parent.is_sampled() => SamplingIntent::keep_uncounted(Threshold::ALWAYS),
            _ => SamplingIntent::drop(),
        }
    }
}

/// Asks the sampler of the first rule that applies; without one the span is dropped.
///
/// # Examples
///
/// The example of the specification: no health checks, every checkout, a tenth of the rest, and children as their
/// parents.
///
/// ```
/// use otel_genai_sampling::{AlwaysOff, AlwaysOn, CompositeSampler, ParentThreshold, Probability, RuleBased};
///
/// let roots = RuleBased::new()
///     .rule("health check", |span| span.name == "GET /health", AlwaysOff)
///     .rule("checkout", |span| span.name == "POST /checkout", AlwaysOn)
///     .rule("rest", |_| true, Probability::ratio(0.1)?);
/// let sampler = CompositeSampler::new(ParentThreshold::new(roots));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct RuleBased {
    rules: Vec<Rule>,
}

struct Rule {
    name: String,
    applies: Box<dyn Fn(&SpanStart<'_>) -> bool + Send + Sync>,
    sampler: Box<dyn ComposableSampler>,
}

impl RuleBased {
    /// Starts without rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule after those that are there. Its name is for people who print the sampler.
    ///
    /// The rule must not look at the randomness of the trace: what it keeps could not be counted.
    #[must_use]
    pub fn rule(
        mut self,
        name: impl Into<String>,
        applies: impl Fn(&SpanStart<'_>) -> bool + Send + Sync + 'static,
        sampler: impl ComposableSampler + 'static,
    ) -> Self {
        self.rules.push(Rule { name: name.into(), applies: Box::new(applies), sampler: Box::new(sampler) });
        self
    }
}

impl ComposableSampler for RuleBased {
    fn intent(&self, span: &SpanStart<'_>) -> SamplingIntent {
        let rule = self.rules.iter().find(|rule| (rule.applies)(span));
        rule.map_or_else(SamplingIntent::drop, |rule| rule.sampler.intent(span))
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, applies: _, sampler } = self;
        formatter.debug_struct("Rule").field("name", name).field("sampler", sampler).finish_non_exhaustive()
    }
}

/// Adds attributes to the spans that another sampler keeps.
///
/// # Examples
///
/// ```
/// use opentelemetry::KeyValue;
/// use otel_genai_sampling::{Annotating, Probability};
///
/// let sampler = Annotating::new(Probability::ratio(0.1)?, [KeyValue::new("sampled.by", "head")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Annotating<Sampler> {
    sampler: Sampler,
    attributes: Vec<KeyValue>,
}

impl<Sampler: ComposableSampler> Annotating<Sampler> {
    /// Adds `attributes` to what `sampler` keeps.
    pub fn new(sampler: Sampler, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        Self { sampler, attributes: attributes.into_iter().collect() }
    }
}

impl<Sampler: ComposableSampler> ComposableSampler for Annotating<Sampler> {
    fn intent(&self, span: &SpanStart<'_>) -> SamplingIntent {
        let intent = self.sampler.intent(span);
        // Attributes of a span that will be dropped are not worth copying.
        if intent.threshold().is_some_and(|threshold| threshold.keeps(span.randomness)) {
            return intent.with_attributes(self.attributes.iter().cloned());
        }
        intent
    }
}
