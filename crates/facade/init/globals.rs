//! What is one per process: who has it, and giving it.

use opentelemetry::global;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Context, ContextGuard};

use super::running::Running;

/// Tells whether somebody has installed a tracer provider.
///
/// The API does not say it, so a span is asked for that nobody records: telemetry is suppressed, and its parent is
/// invented. Without a provider the answer has the parent's ids, the SDK's has none (both read in 0.33).
pub(super) fn has_tracer_provider() -> bool {
    let _suppressed: ContextGuard = Context::enter_telemetry_suppressed_scope();
    let parent = SpanContext::new(
        TraceId::from(1_u128),
        SpanId::from(1_u64),
        TraceFlags::NOT_SAMPLED,
        true,
        TraceState::NONE,
    );
    let context = Context::current().with_remote_span_context(parent.clone());
    let span = global::tracer("otel-genai").build_with_context(SpanBuilder::from_name("probe"), &context);
    span.span_context() != &parent
}

/// Installs the providers, and the propagator unless there is one.
pub(super) fn install(running: &Running, propagator: Option<TextMapCompositePropagator>) {
    global::set_tracer_provider(running.tracer_provider.clone());
    if let Some(provider) = &running.meter_provider {
        global::set_meter_provider(provider.clone());
    }
    let has_propagator = global::get_text_map_propagator(|propagator| propagator.fields().next().is_some());
    if let Some(propagator) = propagator
        && !has_propagator
    {
        global::set_text_map_propagator(propagator);
    }
}
