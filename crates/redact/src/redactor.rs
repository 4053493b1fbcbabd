//! The stage that takes secrets and personal data out of spans.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use otel_genai_pipeline::{Segment, Span, Stage, Surface};
use otel_genai_semconv::names::otel_genai;

use crate::action::Action;
use crate::attributes::{Role, role};
use crate::content::{Content, ContentPolicy};
use crate::key_facts::{KeyFacts, is_clean, key_facts, remember_clean};
use crate::length::shorten;
use crate::rule_set::{RuleSet, Sought};
use crate::surroundings::Resources;

/// What stands in place of a value that could not be scanned.
pub const FAILED: &str = "[REDACTION FAILED]";

/// Why spans are dropped on which a rule with [`Action::DropSpan`] found something.
pub const DROP_REASON: &str = "redacted";

/// Takes out of every text of a span what its rules find.
///
/// Every text: the name, the status, attributes with their arrays, names and attributes of events (exceptions with
/// their stack traces among them), attributes of links, tracestate. Attributes that carry facts, such as token counts,
/// models, ids and costs, keep them: there only secrets are taken out, no personal data.
///
/// A value that cannot be scanned, because a check of the user's own panics, say, is replaced by [`FAILED`]. On the span
/// stands what was done: `otel_genai.redaction.count`, `otel_genai.redaction.rules` and, where a value could not be
/// scanned, `otel_genai.redaction.failures`; never what was found.
///
/// # Examples
///
/// ```
/// use otel_genai_pipeline::testing::SpanBuilder;
/// use otel_genai_redact::Redactor;
///
/// let mut span = SpanBuilder::new("chat").attribute("input.value", "write to jane@example.org").build();
/// Redactor::default().redact(&mut span);
/// assert_eq!(span.get_str("input.value"), Some("write to [EMAIL]"));
/// assert_eq!(span.get("otel_genai.redaction.count"), Some(&1.into()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    pub(crate) rules: RuleSet,
    content: ContentPolicy,
    most_bytes: Option<usize>,
    keys: bool,
    surroundings: bool,
    resources: Resources,
    attribute_actions: Vec<(String, Action)>,
}

/// What was done to a span, or to a resource.
#[derive(Debug, Default)]
pub(crate) struct Done {
    count: i64,
    failures: i64,
    rules: BTreeSet<String>,
    drops: bool,
}

impl Redactor {
    /// Makes a stage of a rule set.
    pub fn new(rules: RuleSet) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Sets what happens to prompts and answers.
    #[must_use]
    pub fn content(mut self, content: ContentPolicy) -> Self {
        self.content = content;
        self
    }

    /// Cuts values longer than this many bytes; JSON stays JSON, and the cut is marked.
    #[must_use]
    pub fn value_length(mut self, most_bytes: usize) -> Self {
        self.most_bytes = Some(most_bytes);
        self
    }

    /// Looks at the keys of attributes as well, which are names that programmers choose.
    #[must_use]
    pub fn attribute_keys(mut self) -> Self {
        self.keys = true;
        self
    }

    /// Sets what happens to a whole attribute, whatever is in it; [`Action::Report`] leaves it alone unseen.
    #[must_use]
    pub fn attribute_action(mut self, key: impl Into<String>, action: Action) -> Self {
        self.attribute_actions.push((key.into(), action));
        self
    }

    /// Looks at the resource and at the instrumentation scope as well, with their attributes.
    ///
    /// They are the program's own as a rule. Exporters get the resource without what was found; stages, those behind this
    /// one too, see the original, and so does whatever else the provider gave it to, such as metrics.
    #[must_use]
    pub fn resource_and_scope(mut self) -> Self {
        self.surroundings = true;
        self
    }

    /// Takes everything out of one span; tells whether the span is to be dropped.
    pub fn redact(&self, span: &mut Span) -> bool {
        let mut done = Done::default();
        self.take_out_content(span, &mut done);
        for (key, action) in &self.attribute_actions {
            self.whole_attribute(span, key, *action, &mut done);
        }
        span.edit_texts(|surface, text| {
            let key = match surface {
                Surface::Attribute { key }
                | Surface::EventAttribute { key, .. }
                | Surface::LinkAttribute { key } => key,
                _ => "",
            };
            self.edit_text(key, text, &mut done)
        });
        for attribute in span.attributes_mut() {
            self.redact_key(&mut attribute.key, &mut done);
        }
        if self.surroundings {
            self.redact_scope(span, &mut done);
        }
        if done.count > 0 {
            if let Some(Value::I64(before)) = span.get(otel_genai::REDACTION_COUNT) {
                // It may come from somebody else.
                done.count = done.count.saturating_add((*before).max(0));
            }
            if let Some(Value::Array(Array::String(rules))) = span.get(otel_genai::REDACTION_RULES) {
                done.rules.extend(rules.iter().map(|rule| rule.as_str().to_owned()));
            }
        }
        for attribute in done.attributes() {
            span.set(attribute.key, attribute.value);
        }
        done.drops
    }

    /// Returns the action for a whole attribute, if it has one.
    pub(crate) fn attribute_action_of(&self, key: &str) -> Option<Action> {
        self.attribute_actions.iter().find(|(name, _)| name == key).map(|(_, action)| *action)
    }

    /// Returns the new text of a value, or `None` where it stays. Texts other than attributes have no key.
    pub(crate) fn edit_text(&self, key: &str, text: &str, done: &mut Done) -> Option<String> {
        if text.is_empty() || self.attribute_action_of(key) == Some(Action::Report) {
            return None;
        }
        // A panic may come from a check of the user's own. What it had seen must not get past.
        let scanned = catch_unwind(AssertUnwindSafe(|| {
            let facts = key_facts(key);
            (facts.role, self.scan(key, &facts, text))
        }));
        let Ok((role, (new, findings))) = scanned else {
            done.failures += 1;
            return Some(FAILED.to_owned());
        };
        for (rule, action) in findings {
            done.note(&rule, action);
        }
        let text = new.as_deref().unwrap_or(text);
        let short = self.most_bytes.filter(|_| role != Role::Fact).and_then(|most| shorten(text, most));
        short.or(new)
    }

    fn scan(&self, key: &str, facts: &KeyFacts, text: &str) -> (Option<String>, Vec<(String, Action)>) {
        let sought = if facts.role == Role::Fact || self.content.of(facts.role) == Some(Content::Full) {
            Sought::NoPersonalData
        } else {
            Sought::Everything
        };
        let id = self.rules.id();
        if id.is_some_and(|id| is_clean(key, text, id, sought)) {
            return (None, Vec::new());
        }
        // The key may say that the value is secret: `http.request.header.authorization`.
        if self.rules.is_sensitive_key(key, facts, text)
            && let Some((marker, action)) = self.rules.replace_whole("generic_secret", text)
        {
            return (Some(marker), vec![("generic_secret".to_owned(), action)]);
        }
        let redacted = self.rules.redact_for(text, sought);
        if let Some(id) = id
            && redacted.findings.is_empty()
        {
            remember_clean(key, text, id, sought);
        }
        let new = match redacted.text {
            std::borrow::Cow::Owned(new) => Some(new),
            std::borrow::Cow::Borrowed(new) if new != text => Some(new.to_owned()),
            std::borrow::Cow::Borrowed(_) => None,
        };
        (
            new,
            redacted
                .findings
                .into_iter()
                .map(|finding| (finding.rule.into_owned(), finding.action))
                .collect(),
        )
    }

    fn take_out_content(&self, span: &mut Span, done: &mut Done) {
        let gone = |key: &Key| self.content.of(role(key.as_str())) == Some(Content::Off);
        if self.content.inputs != Content::Off && self.content.outputs != Content::Off {
            return;
        }
        let mut removed = 0;
        let mut retain = |attributes: &mut Vec<KeyValue>| {
            let before = attributes.len();
            attributes.retain(|attribute| !gone(&attribute.key));
            removed += before - attributes.len();
        };
        retain(span.attributes_mut());
        for event in span.events_mut() {
            // The message events of earlier conventions carry content under keys of their own.
            let is_output = event.name == "gen_ai.choice" || event.name == "gen_ai.content.completion";
            let is_message = event.name.starts_with("gen_ai.")
                && (event.name.ends_with(".message") || event.name == "gen_ai.content.prompt");
            if (is_output && self.content.outputs == Content::Off)
                || (is_message && self.content.inputs == Content::Off)
            {
                event.attributes.retain(|attribute| role(attribute.key.as_str()) == Role::Fact);
            } else {
                retain(&mut event.attributes);
            }
        }
        if removed > 0 {
            done.count += i64::try_from(removed).unwrap_or(i64::MAX);
            done.rules.insert("content".to_owned());
        }
    }

    fn whole_attribute(&self, span: &mut Span, key: &str, action: Action, done: &mut Done) {
        let Some(value) = span.get(key) else { return };
        match self.whole_value(value, action, done) {
            Some(Some(new)) => span.set(key.to_owned(), new),
            Some(None) => {}
            None => {
                span.remove(key);
            }
        }
    }

    /// Takes out of a key what the rules find, if keys are looked at.
    pub(crate) fn redact_key(&self, key: &mut Key, done: &mut Done) {
        if !self.keys {
            return;
        }
        match catch_unwind(AssertUnwindSafe(|| self.rules.redact(key.as_str()))) {
            Ok(redacted) => {
                for finding in &redacted.findings {
                    done.note(&finding.rule, finding.action);
                }
                if redacted.text != key.as_str() {
                    *key = Key::from(redacted.text.into_owned());
                }
            }
            Err(_) => {
                done.failures += 1;
                *key = Key::from_static_str(FAILED);
            }
        }
    }
}

impl Done {
    pub(crate) fn note(&mut self, rule: &str, action: Action) {
        self.count += 1;
        self.drops |= action == Action::DropSpan;
        if !self.rules.contains(rule) {
            self.rules.insert(rule.to_owned());
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.count += other.count;
        self.failures += other.failures;
        self.drops |= other.drops;
        self.rules.extend(other.rules);
    }

    pub(crate) fn is_any(&self) -> bool {
        self.count > 0 || self.failures > 0
    }

    /// Returns the attributes that say what was done.
    pub(crate) fn attributes(&self) -> Vec<KeyValue> {
        let mut attributes = Vec::new();
        if self.count > 0 {
            let rules = self.rules.iter().cloned().map(StringValue::from).collect();
            attributes.push(KeyValue::new(otel_genai::REDACTION_COUNT, self.count));
            attributes.push(KeyValue::new(otel_genai::REDACTION_RULES, Value::Array(Array::String(rules))));
        }
        if self.failures > 0 {
            attributes.push(KeyValue::new(otel_genai::REDACTION_FAILURES, self.failures));
        }
        attributes
    }
}

impl Stage for Redactor {
    fn process(&mut self, segment: &mut Segment<'_>) {
        if self.surroundings {
            // Taken and put back: it is filled by what this stage finds.
            let mut resources = std::mem::take(&mut self.resources);
            resources.redact(self, segment);
            self.resources = resources;
        }
        let mut drops = Vec::new();
        for span in segment.spans_mut() {
            // A span that cannot be redacted must not go on.
            let drop = catch_unwind(AssertUnwindSafe(|| self.redact(span))).unwrap_or(true);
            if drop {
                drops.push(span.span_id());
            }
        }
        if !drops.is_empty() {
            segment.drop_spans(DROP_REASON, |span| drops.contains(&span.span_id()));
        }
    }
}
