//! What a stage is, and how stages are put in a line.

use std::borrow::Cow;

use crate::{Segment, Span};

/// Edits, drops or holds the finished spans of one trace at a time.
///
/// Stages run one after another on the pipeline's own thread, never on the thread that ended the span, so a stage may
/// take its time but must not wait for anything. A stage sees the spans of one trace that have ended since the last
/// call (a [`Segment`]). What it must remember about a trace lives in [`Segment::state`], not in fields: the pipeline
/// creates it, hands it back and forgets it with the trace.
///
/// A stage that panics loses the segment in hand, the spans it held of that trace and its state of it; all of them
/// are counted under the reason `panic`, and the next segment flows. Nothing reaches the thread that ended the span.
///
/// # Examples
///
/// A complete stage, which counts the model calls of each trace and writes the number on the trace's local root:
///
/// ```
/// use otel_genai_pipeline::{Pipeline, Segment, SegmentKind, Span, Stage, testing::SpanBuilder};
///
/// struct CountCalls;
///
/// impl Stage for CountCalls {
///     fn process(&mut self, segment: &mut Segment<'_>) {
///         let is_last = segment.kind() == SegmentKind::Last;
///         let root = segment.spans().iter().position(|span| segment.is_local_root(span));
///         let parts = segment.split::<i64>();
///         let is_call = |span: &&Span| span.get("gen_ai.request.model").is_some();
///         *parts.state += parts.spans.iter().filter(is_call).count() as i64;
///         if let (true, Some(root)) = (is_last, root) {
///             parts.spans[root].set("app.calls", *parts.state);
///         }
///     }
/// }
///
/// let mut written = Vec::new();
/// let mut replay = Pipeline::builder().stage(CountCalls).replay(|_, spans| {
///     written.extend(spans);
///     Ok::<_, std::convert::Infallible>(())
/// });
/// let root = SpanBuilder::new("agent").build();
/// let call = SpanBuilder::new("chat").child_of(&root).attribute("gen_ai.request.model", "m").build();
/// let resource = std::sync::Arc::new(opentelemetry_sdk::Resource::builder_empty().build());
/// replay.push(&resource, call)?;
/// replay.push(&resource, root)?;
/// replay.finish()?;
/// assert_eq!(written[1].get("app.calls"), Some(&1.into()));
/// # Ok::<_, std::convert::Infallible>(())
/// ```
pub trait Stage: Send + 'static {
    /// Edits the spans of one trace; may drop spans, or hold, keep, release or drop the trace.
    fn process(&mut self, segment: &mut Segment<'_>);

    /// Returns the name under which the stage's drops are counted: by default the type's name without its path.
    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(short_type_name::<Self>())
    }
}

/// Returns a type's name without module path and generic arguments.
pub(crate) fn short_type_name<T: ?Sized>() -> &'static str {
    let name = std::any::type_name::<T>();
    let name = name.split_once('<').map_or(name, |(head, _)| head);
    name.rsplit_once("::").map_or(name, |(_, tail)| tail)
}

impl Stage for Box<dyn Stage> {
    fn process(&mut self, segment: &mut Segment<'_>) {
        self.as_mut().process(segment);
    }

    fn name(&self) -> Cow<'static, str> {
        self.as_ref().name()
    }
}

impl<S: Stage> Stage for Option<S> {
    fn process(&mut self, segment: &mut Segment<'_>) {
        if let Some(stage) = self {
            stage.process(segment);
        }
    }

    fn name(&self) -> Cow<'static, str> {
        self.as_ref().map_or(Cow::Borrowed("none"), Stage::name)
    }
}

/// One stage or several: what [`PipelineBuilder::stage`](crate::PipelineBuilder::stage) takes.
///
/// A pair stands for its two parts in order, so a function can return a group of stages as `(a, (b, c))`; a `Vec`
/// for its items. Every part is a stage of its own in the pipeline, with its own state and held spans.
pub trait IntoStages {
    /// Appends the stages in their order.
    fn append_to(self, stages: &mut Vec<Box<dyn Stage>>);
}

impl<S: Stage> IntoStages for S {
    fn append_to(self, stages: &mut Vec<Box<dyn Stage>>) {
        stages.push(Box::new(self));
    }
}

impl<A: IntoStages, B: IntoStages> IntoStages for (A, B) {
    fn append_to(self, stages: &mut Vec<Box<dyn Stage>>) {
        self.0.append_to(stages);
        self.1.append_to(stages);
    }
}

impl<S: IntoStages> IntoStages for Vec<S> {
    fn append_to(self, stages: &mut Vec<Box<dyn Stage>>) {
        for stage in self {
            stage.append_to(stages);
        }
    }
}

/// Makes a stage of a closure that edits each span.
///
/// # Examples
///
/// ```
/// use otel_genai_pipeline::{Pipeline, stage};
///
/// let builder = Pipeline::builder().stage(stage::each(|span| span.set("deployment.region", "eu")));
/// # let _ = builder;
/// ```
pub fn each<F>(edit: F) -> Each<F>
where
    F: FnMut(&mut Span) + Send + 'static,
{
    Each(edit)
}

/// The stage that [`each`] makes.
pub struct Each<F>(F);

impl<F> Stage for Each<F>
where
    F: FnMut(&mut Span) + Send + 'static,
{
    fn process(&mut self, segment: &mut Segment<'_>) {
        segment.spans_mut().iter_mut().for_each(&mut self.0);
    }
}

impl<F> std::fmt::Debug for Each<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Each")
    }
}

/// Makes a stage of a closure that says which spans stay; the others are dropped and counted under `reason`.
///
/// # Examples
///
/// ```
/// use otel_genai_pipeline::{Pipeline, stage};
///
/// let builder = Pipeline::builder().stage(stage::filter("health_check", |span| span.name() != "GET /health"));
/// # let _ = builder;
/// ```
pub fn filter<F>(reason: &'static str, keep: F) -> Filter<F>
where
    F: FnMut(&Span) -> bool + Send + 'static,
{
    Filter { reason, keep }
}

/// The stage that [`filter`] makes.
pub struct Filter<F> {
    reason: &'static str,
    keep: F,
}

impl<F> Stage for Filter<F>
where
    F: FnMut(&Span) -> bool + Send + 'static,
{
    fn process(&mut self, segment: &mut Segment<'_>) {
        segment.drop_spans(self.reason, |span| !(self.keep)(span));
    }
}

impl<F> std::fmt::Debug for Filter<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Filter").field("reason", &self.reason).finish_non_exhaustive()
    }
}
