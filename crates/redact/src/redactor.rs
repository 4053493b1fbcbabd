//! The stage that takes secrets and personal data out of spans.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use otel_genai_pipeline::{Segment, Span, Stage, Surface};
use otel_genai_semconv::names::otel_genai;

use crate::action::Action;
use crate::attributes::{Role, role};
use crate::content::{Content, ContentPolicy};
use crate::length::shorten;
use crate::rule_set::RuleSet;

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
    rules: RuleSet,
    content: ContentPolicy,
    most_bytes: Option<usize>,
    keys: bool,
    attribute_actions: Vec<(String, Action)>,
}

/// What was done to a span.
#[derive(Debug, Default)]
struct Done {
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

    /// Takes everything out of one span; tells whether the span is to be dropped.
    pub fn redact(&self, span: &mut Span) -> bool {
        let mut done = Done::default();
        self.take_out_content(span, &mut done);
        for (key, action) in &self.attribute_actions {
            self.whole_attribute(span, key, *action, &mut done);
        }
        span.edit_texts(|surface, text| self.edit(surface, text, &mut done));
        if self.keys {
            self.redact_keys(span, &mut done);
        }
        if done.count > 0 {
            let before = match span.get(otel_genai::REDACTION_COUNT) {
                Some(Value::I64(before)) => *before,
                _ => 0,
            };
            if let Some(Value::Array(Array::String(rules))) = span.get(otel_genai::REDACTION_RULES) {
                done.rules.extend(rules.iter().map(|rule| rule.as_str().to_owned()));
            }
            span.set(otel_genai::REDACTION_COUNT, before + done.count);
            let rules = done.rules.into_iter().map(StringValue::from).collect();
            span.set(otel_genai::REDACTION_RULES, Value::Array(Array::String(rules)));
        }
        if done.failures > 0 {
            span.set(otel_genai::REDACTION_FAILURES, done.failures);
        }
        done.drops
    }

    /// Returns the new text of a surface, or `None` where it stays.
    fn edit(&self, surface: Surface<'_>, text: &str, done: &mut Done) -> Option<String> {
        let key = match surface {
            Surface::Attribute { key }
            | Surface::EventAttribute { key, .. }
            | Surface::LinkAttribute { key } => key,
            _ => "",
        };
        let left_alone =
            self.attribute_actions.iter().any(|(name, action)| name == key && *action == Action::Report);
        let role = role(key);
        let full = matches!(
            (role, self.content.inputs, self.content.outputs),
            (Role::Input, Content::Full, _) | (Role::Output, _, Content::Full)
        );
        if text.is_empty() || left_alone {
            return None;
        }
        if full {
            return self.most_bytes.and_then(|most| shorten(text, most));
        }
        // A panic may come from a check of the user's own. What it had seen must not get past.
        let scanned = catch_unwind(AssertUnwindSafe(|| self.scan(key, role, text)));
        let Ok((new, findings)) = scanned else {
            done.failures += 1;
            return Some(FAILED.to_owned());
        };
        for (rule, action) in findings {
            done.count += 1;
            done.drops |= action == Action::DropSpan;
            done.rules.insert(rule);
        }
        let text = new.as_deref().unwrap_or(text);
        let short = self.most_bytes.filter(|_| role != Role::Fact).and_then(|most| shorten(text, most));
        short.or(new)
    }

    fn scan(&self, key: &str, role: Role, text: &str) -> (Option<String>, Vec<(String, Action)>) {
        if role == Role::Fact {
            let findings = self.rules.scan(text);
            // Digits say nothing in an id or a date; a secret goes even there.
            let sure = |finding: &&crate::Finding| finding.category != crate::Category::PersonalData;
            let kept: Vec<_> = findings.iter().filter(sure).cloned().collect();
            let new = self.rules.replace(text, &kept);
            return (
                new,
                kept.into_iter().map(|finding| (finding.rule.into_owned(), finding.action)).collect(),
            );
        }
        // The key may say that the value is secret: `http.request.header.authorization`.
        if self.rules.is_sensitive_key(key, text)
            && let Some((marker, action)) = self.rules.replace_whole("generic_secret", text)
        {
            return (Some(marker), vec![("generic_secret".to_owned(), action)]);
        }
        let redacted = self.rules.redact(text);
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
        let gone = |key: &Key| {
            matches!(
                (role(key.as_str()), self.content.inputs, self.content.outputs),
                (Role::Input, Content::Off, _) | (Role::Output, _, Content::Off)
            )
        };
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
        let text = value.as_str().into_owned();
        match action {
            Action::Report => return,
            Action::Remove => {
                span.remove(key);
            }
            _ => match self.rules.replacement("attribute", &text, action) {
                Some(new) if text != new => span.set(key.to_owned(), new),
                _ => return,
            },
        }
        done.count += 1;
        done.drops |= action == Action::DropSpan;
        done.rules.insert("attribute".to_owned());
    }

    fn redact_keys(&self, span: &mut Span, done: &mut Done) {
        for attribute in span.attributes_mut() {
            let scanned = catch_unwind(AssertUnwindSafe(|| self.rules.redact(attribute.key.as_str())));
            match scanned {
                Ok(redacted) if redacted.findings.is_empty() => {}
                Ok(redacted) => {
                    done.count += 1;
                    done.rules.extend(redacted.findings.iter().map(|finding| finding.rule.to_string()));
                    attribute.key = Key::from(redacted.text.into_owned());
                }
                Err(_) => {
                    done.failures += 1;
                    attribute.key = Key::from_static_str(FAILED);
                }
            }
        }
    }
}

impl Stage for Redactor {
    fn process(&mut self, segment: &mut Segment<'_>) {
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
