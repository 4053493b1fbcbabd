//! Secrets planted on every text of spans of every dialect come out nowhere: not by an exporter, a metric, a finding, a
//! log line, a count or an error text.

mod outputs;
mod planted;

use opentelemetry_sdk::trace::SpanData;
use otel_genai::pipeline::{Segment, Stage, stage};
use otel_genai::redact::{Action, Redactor, RuleSet};
use otel_genai::{Span, enrich::Enricher};

use outputs::{Outputs, run};
use planted::{Secret, captured, plant, resource, secrets};

/// One span per secret, of all dialects in turn.
fn spans(secrets: &[Secret]) -> Vec<SpanData> {
    let captured = captured();
    assert!(captured.len() >= 20, "{} captures", captured.len());
    let mut spans = Vec::new();
    for (index, secret) in secrets.iter().enumerate() {
        let capture = &captured[index % captured.len()];
        let mut span = Span::from(capture[index / captured.len() % capture.len()].clone());
        plant(&mut span, secret);
        spans.push(span.into_data());
    }
    spans
}

fn redactor() -> Redactor {
    Redactor::default().resource_and_scope()
}

/// Returns the secrets of which a part stands in the text.
fn seen_in(secrets: &[Secret], text: &str) -> Vec<String> {
    let seen = secrets.iter().filter(|secret| secret.parts.iter().any(|part| text.contains(part.as_str())));
    seen.map(|secret| format!("{}: {}", secret.kind, secret.text)).collect()
}

#[track_caller]
fn assert_nothing_came_out(secrets: &[Secret], outputs: &Outputs) {
    for (name, text) in outputs.all() {
        let seen = seen_in(secrets, text);
        assert!(seen.is_empty(), "{} of {} by {name}: {seen:#?}", seen.len(), secrets.len());
    }
}

#[test]
fn two_hundred_secrets_come_out_nowhere() {
    let secrets = secrets(200);
    let spans = spans(&secrets);
    let count = spans.len();
    let stages = (Enricher::default(), (outputs::detector, redactor()));
    let outputs = run(&resource(&secrets), spans, |builder, metrics| {
        let (enricher, (detector, redactor)) = stages;
        builder.stage(enricher).stage(detector(metrics)).stage(redactor)
    });
    assert_eq!(outputs.delivered as usize, count);
    assert_nothing_came_out(&secrets, &outputs);
    assert!(outputs.json_lines.contains("otel_genai.redaction.rules"));
    assert!(outputs.metrics.contains("gen_ai.client.operation.duration"));
}

#[test]
fn without_the_redactor_every_exporter_shows_them() {
    // Else the other tests would prove nothing.
    let secrets = secrets(200);
    let outputs = run(&resource(&secrets), spans(&secrets), |builder, metrics| {
        builder.stage(outputs::detector(metrics))
    });
    // The console cuts long values.
    for (name, least) in [("json lines", 190), ("console", 100), ("store", 190), ("otlp", 190)] {
        let (_, text) = outputs.all().into_iter().find(|(other, _)| *other == name).expect("an output");
        let seen = seen_in(&secrets, text);
        assert!(seen.len() >= least, "{name} shows {} only", seen.len());
    }
    // Attributes of metrics are what the redactor must have seen before.
    assert!(!seen_in(&secrets, &outputs.metrics).is_empty());
}

/// Panics with a text of the span in its message, as careless code does.
struct Careless(fn(&Span) -> bool);

impl Stage for Careless {
    fn process(&mut self, segment: &mut Segment<'_>) {
        if let Some(span) = segment.spans().iter().find(|span| (self.0)(span)) {
            // As `panic!`, without the hook, which prints wherever the program says.
            std::panic::resume_unwind(Box::new(format!("cannot work on {}: {:?}", span.name(), span)));
        }
    }
}

#[test]
fn stages_that_panic_before_and_behind_let_nothing_out() {
    let secrets = secrets(60);
    let outputs = run(&resource(&secrets), spans(&secrets), |builder, metrics| {
        builder
            .stage(Careless(|span| span.span_id().to_bytes()[7].is_multiple_of(4)))
            .stage(outputs::detector(metrics))
            .stage(redactor())
            .stage(Careless(|span| span.span_id().to_bytes()[7] % 4 == 1))
    });
    assert!(outputs.delivered > 0 && outputs.stats.contains("panic"), "{}", outputs.stats);
    assert!(outputs.logs.contains("a stage panicked"), "{}", outputs.logs);
    assert_nothing_came_out(&secrets, &outputs);
}

#[test]
fn a_check_or_an_edit_that_panics_takes_the_value_along() {
    let secrets = secrets(60);
    let rules = RuleSet::builder()
        .validator("generic_secret", |value| std::panic::resume_unwind(Box::new(value.to_owned())))
        .rule_action("jwt", Action::Remove)
        .build()
        .expect("valid");
    let outputs = run(&resource(&secrets), spans(&secrets), |builder, _| {
        builder.stage(Redactor::new(rules).resource_and_scope()).stage(stage::each(|span| {
            span.set("seen", true);
        }))
    });
    assert!(outputs.json_lines.contains("[REDACTION FAILED]"));
    assert_nothing_came_out(&secrets, &outputs);
}

#[test]
fn hostile_patterns_and_hostile_text_let_nothing_out() {
    let secrets = secrets(40);
    let rules = RuleSet::builder()
        .pattern("hostile", "(?:(?:a|aa)+)+$")
        .pattern("greedy", ".*z|q")
        .allow_pattern("(?:x+x+)+y")
        .build()
        .expect("valid");
    let mut spans = spans(&secrets);
    for (span, secret) in spans.iter_mut().zip(&secrets) {
        let mut edited = Span::from(span.clone());
        let filler = "aaaaaaaaqqqqqqqq-----BEGIN password=://a:eyJ".repeat(200);
        edited.set("hostile", format!("{filler}\n{}\n{filler}", secret.text));
        *span = edited.into_data();
    }
    let outputs = run(&resource(&secrets), spans, |builder, _| {
        builder.stage(Redactor::new(rules).resource_and_scope())
    });
    assert_eq!(outputs.delivered, 40);
    assert_nothing_came_out(&secrets, &outputs);
}

#[test]
fn values_of_20_megabytes_let_nothing_out() {
    let secrets = secrets(200);
    let filler = "The quick brown fox jumps over the lazy dog.\n".repeat(20 * 1024 * 1024 / 200 / 45);
    // All of them in one value, far apart.
    let value = secrets.iter().fold(String::new(), |value, secret| value + &filler + &secret.text + "\n");
    assert!(value.len() > 20_000_000, "{}", value.len());
    let mut span = Span::from(captured()[0][0].clone());
    span.set("huge", value);
    span.set_sampled(true);
    let outputs = run(&resource(&[]), vec![span.into_data()], |builder, _| builder.stage(redactor()));
    assert_eq!(outputs.delivered, 1);
    assert_nothing_came_out(&secrets, &outputs);
    assert!(outputs.json_lines.len() > 15_000_000, "what is no secret stays");
}

#[test]
fn errors_of_rules_do_not_repeat_what_is_denied() {
    let secrets = secrets(20);
    for secret in &secrets {
        let builder = RuleSet::builder().deny(&secret.text).allow(&secret.text).key(&secret.text);
        let rules = builder.build().expect("valid");
        assert!(seen_in(&secrets, &format!("{:?}", rules.scan(&secret.text))).is_empty());
        let error = RuleSet::builder().deny(&secret.text).disable("no such rule").build().unwrap_err();
        assert!(seen_in(&secrets, &format!("{error} {error:?}")).is_empty());
    }
}
