//! A value that was clean is looked at again by whoever may see it otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_redact::{Content, ContentPolicy, Redactor, RuleSet};

fn redacted(redactor: &Redactor, key: &'static str, value: &str) -> String {
    let mut span = SpanBuilder::new("chat").attribute(key, value.to_owned()).build();
    redactor.redact(&mut span);
    span.get_str(key).expect("a text stays a text").to_owned()
}

#[test]
fn other_rules_look_for_themselves() {
    let plain = Redactor::default();
    let strict = Redactor::new(RuleSet::builder().deny("Paris").build().expect("a word"));
    let lax = Redactor::new(RuleSet::builder().disable("email").build().expect("a rule's name"));
    for _ in 0..3 {
        assert_eq!(redacted(&plain, "app.place", "Paris"), "Paris");
        assert_eq!(redacted(&strict, "app.place", "Paris"), "[DENIED]");
        assert_eq!(redacted(&lax, "app.place", "jane@example.org"), "jane@example.org");
        assert_eq!(redacted(&plain, "app.place", "jane@example.org"), "[EMAIL]");
    }
}

#[test]
fn recorded_whole_is_not_clean_of_personal_data() {
    let full = Redactor::default().content(ContentPolicy::both(Content::Full));
    let plain = Redactor::default();
    for _ in 0..3 {
        assert_eq!(redacted(&full, "input.value", "jane@example.org"), "jane@example.org");
        assert_eq!(redacted(&plain, "input.value", "jane@example.org"), "[EMAIL]");
    }
}

#[test]
fn the_same_value_under_another_key_is_another() {
    let plain = Redactor::default();
    for _ in 0..3 {
        assert_eq!(redacted(&plain, "app.name", "kX81-qwZ3-ppL7"), "kX81-qwZ3-ppL7");
        assert_eq!(redacted(&plain, "app.password", "kX81-qwZ3-ppL7"), "[GENERIC_SECRET]");
    }
}

#[test]
fn a_check_of_the_users_own_may_change_its_mind() {
    let is_person = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_person);
    let rules = RuleSet::builder().validator("email", move |_| asked.load(Ordering::Relaxed));
    let redactor = Redactor::new(rules.build().expect("a rule's name"));
    assert_eq!(redacted(&redactor, "app.to", "jane@example.org"), "jane@example.org");
    is_person.store(true, Ordering::Relaxed);
    assert_eq!(redacted(&redactor, "app.to", "jane@example.org"), "[EMAIL]");
}
