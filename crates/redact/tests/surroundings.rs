//! Resource and instrumentation scope are redacted on request, and only then.

use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry::{InstrumentationScope, Key, KeyValue};
use opentelemetry_sdk::Resource;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{Pipeline, Span};
use otel_genai_redact::{Action, FAILED, Redactor, RuleSet};

fn resource() -> Resource {
    Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", "shop"),
            KeyValue::new("process.command_line", "agent --password=Hx7aQ2m9Lk --user jane@example.org"),
            KeyValue::new("host.owner", "Jane Doe"),
        ])
        .build()
}

fn span() -> Span {
    let mut span = SpanBuilder::new("chat").build();
    let scope = InstrumentationScope::builder("agent of jane@example.org")
        .with_version("1.2.3")
        .with_attributes([KeyValue::new("build.user", "jane@example.org"), KeyValue::new("build.number", 7)])
        .build();
    span.set_scope(scope);
    span
}

/// Returns what comes out, each span with its resource.
fn run(redactor: Redactor, spans: Vec<(Arc<Resource>, Span)>) -> Vec<(Arc<Resource>, Span)> {
    let mut out = Vec::new();
    let mut replay = Pipeline::builder().stage(redactor).replay(|resource, spans| {
        out.extend(spans.into_iter().map(|span| (Arc::clone(resource), span)));
        Ok::<_, std::convert::Infallible>(())
    });
    for (resource, span) in spans {
        let Ok(()) = replay.push(&resource, span);
    }
    let Ok(_) = replay.finish();
    out
}

fn text(resource: &Resource, key: &'static str) -> Option<String> {
    resource.get_ref(&Key::new(key)).map(|value| value.as_str().into_owned())
}

#[test]
fn nothing_is_looked_at_unless_asked_for() {
    let resource = Arc::new(resource());
    let out = run(Redactor::default(), vec![(Arc::clone(&resource), span())]);
    assert_eq!((&*out[0].0, out[0].1.scope()), (&*resource, span().scope()));
}

#[test]
fn one_resource_is_redacted_once_for_all_its_spans() {
    let (first, other) = (Arc::new(resource()), Arc::new(Resource::builder_empty().build()));
    // Two traces of the first resource.
    let mut second = span().into_data();
    second.span_context = opentelemetry::trace::SpanContext::new(
        TraceId::from(7),
        SpanId::from(7),
        second.span_context.trace_flags(),
        false,
        second.span_context.trace_state().clone(),
    );
    let spans = vec![
        (Arc::clone(&first), span()),
        (Arc::clone(&first), Span::from(second)),
        (Arc::clone(&other), SpanBuilder::new("chat").build()),
    ];
    let out =
        run(Redactor::default().resource_and_scope().attribute_action("host.owner", Action::Remove), spans);
    let of_first: Vec<_> = out.iter().filter(|(resource, _)| !resource.is_empty()).collect();
    assert_eq!((out.len(), of_first.len()), (3, 2));
    assert!(Arc::ptr_eq(&of_first[0].0, &of_first[1].0));
    let resource = &of_first[0].0;
    assert_eq!(text(resource, "service.name").as_deref(), Some("shop"));
    assert_eq!(
        text(resource, "process.command_line").as_deref(),
        Some("agent --password=[GENERIC_SECRET] --user [EMAIL]")
    );
    assert_eq!(text(resource, "host.owner"), None);
    assert_eq!(text(resource, "otel_genai.redaction.count").as_deref(), Some("3"));
    for (_, span) in of_first {
        let scope = span.scope();
        assert_eq!((scope.name(), scope.version()), ("agent of [EMAIL]", Some("1.2.3")));
        let attributes: Vec<_> = scope.attributes().cloned().collect();
        assert_eq!(attributes, [KeyValue::new("build.user", "[EMAIL]"), KeyValue::new("build.number", 7)]);
        assert_eq!(span.get("otel_genai.redaction.count"), Some(&2.into()));
    }
    assert!(!format!("{out:?}").contains("jane"));
}

#[test]
fn a_check_that_panics_takes_the_value_out() {
    let rules = RuleSet::builder().validator("email", |_| panic!("a mistake in a check")).build().unwrap();
    let out = run(Redactor::new(rules).resource_and_scope(), vec![(Arc::new(resource()), span())]);
    assert_eq!(text(&out[0].0, "process.command_line").as_deref(), Some(FAILED));
    assert_eq!(text(&out[0].0, "otel_genai.redaction.failures").as_deref(), Some("1"));
    assert_eq!(out[0].1.scope().name(), FAILED);
}
