//! Samplers that say with what probability a span is to be kept, and leave it to another to decide.

use std::fmt;
use std::sync::Arc;

use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};

use crate::{OtelTraceState, Randomness, Threshold};

/// What is known of a span when it starts.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SpanStart<'a> {
    /// The context in which it starts, with baggage and the parent.
    pub context: Option<&'a Context>,
    /// The parent, in this process or another; `None` for the root of a trace.
    pub parent: Option<&'a SpanContext>,
    /// OpenTelemetry's member of the tracestate it starts with.
    pub trace_state: OtelTraceState<'a>,
    /// The trace.
    pub trace_id: TraceId,
    /// The randomness of the trace. A rule that looks at it makes all counts wrong: only thresholds may.
    pub randomness: Randomness,
    /// The name.
    pub name: &'a str,
    /// The kind.
    pub kind: &'a SpanKind,
    /// The attributes it starts with. With `tracing`, those recorded later are not among them.
    pub attributes: &'a [KeyValue],
    /// The links it starts with.
    pub links: &'a [Link],
}

/// What a [`ComposableSampler`] wants for a span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SamplingIntent {
    threshold: Option<Threshold>,
    is_countable: bool,
    attributes: Vec<KeyValue>,
}

impl SamplingIntent {
    /// Wants the span dropped.
    pub fn drop() -> Self {
        Self::default()
    }

    /// Wants the span kept with the probability of this threshold, and `th` to say so.
    pub fn keep(threshold: Threshold) -> Self {
        Self {
            threshold: Some(threshold).filter(|threshold| *threshold != Threshold::NEVER),
            is_countable: threshold != Threshold::NEVER,
            attributes: Vec::new(),
        }
    }

    /// Wants the span kept by this threshold, which is not the whole reason: `th` is erased, as nobody knows what the
    /// span stands for.
    pub fn keep_uncounted(threshold: Threshold) -> Self {
        Self { is_countable: false, ..Self::keep(threshold) }
    }

    /// Adds attributes that the span gets if it is kept.
    #[must_use]
    pub fn with_attributes(mut self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        self.attributes.extend(attributes);
        self
    }

    /// Returns the threshold, or `None` for a span to be dropped.
    pub fn threshold(&self) -> Option<Threshold> {
        self.threshold
    }

    /// Tells whether the threshold is the probability, so that what is kept can be counted by it.
    pub fn is_countable(&self) -> bool {
        self.is_countable
    }

    /// Returns the attributes for the span.
    pub fn attributes(&self) -> &[KeyValue] {
        &self.attributes
    }

    pub(crate) fn into_attributes(self) -> Vec<KeyValue> {
        self.attributes
    }
}

/// A sampler that composes with others: it says what it wants, and [`CompositeSampler`](crate::CompositeSampler)
/// decides, so that a trace is treated alike everywhere and `th` is right.
///
/// An implementation must not look at [`SpanStart::randomness`] to choose a threshold.
///
/// Source: OpenTelemetry specification, `trace/sdk.md`, "CompositeSampler" (status: development). Its optional provider
/// of a modified tracestate is left out: no built-in sampler has one.
///
/// # Examples
///
/// ```
/// use otel_genai_sampling::{ComposableSampler, CompositeSampler, SamplingIntent, SpanStart, Threshold};
///
/// #[derive(Debug)]
/// struct NoHealthChecks(Threshold);
///
/// impl ComposableSampler for NoHealthChecks {
///     fn intent(&self, span: &SpanStart<'_>) -> SamplingIntent {
///         if span.name == "GET /health" { SamplingIntent::drop() } else { SamplingIntent::keep(self.0) }
///     }
/// }
///
/// let sampler = CompositeSampler::new(NoHealthChecks(Threshold::from_ratio(0.1)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait ComposableSampler: fmt::Debug + Send + Sync {
    /// Returns what is wanted for a span.
    fn intent(&self, span: &SpanStart<'_>) -> SamplingIntent;
}

impl<S: ComposableSampler + ?Sized> ComposableSampler for Arc<S> {
    fn intent(&self, span: &SpanStart<'_>) -> SamplingIntent {
        (**self).intent(span)
    }
}

impl<S: ComposableSampler + ?Sized> ComposableSampler for Box<S> {
    fn intent(&self, span: &SpanStart<'_>) -> SamplingIntent {
        (**self).intent(span)
    }
}
