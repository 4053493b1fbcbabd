//! The rules as one object that scans and redacts text.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::action::{Action, Blobs, PseudonymKey, in_marker, replacement};
use crate::builder::RuleSetBuilder;
use crate::custom::Custom;
use crate::finding::{Finding, Redacted};
use crate::json::{Strings, is_in_string, is_json, may_be_json, with_sign};
use crate::key_facts::KeyFacts;
use crate::rule::{Category, Confidence};
use crate::rules::rules;
use crate::scan::{Candidate, Engine, Places, Scanned, part, resolve, unescape};

/// Finds secrets and personal data in text, and takes them out.
///
/// The default has every built-in rule and masks. Cheap to clone; scanning takes time linear in the text.
///
/// # Examples
///
/// An agent's own guardrail, before a tool is called:
///
/// ```
/// use otel_genai_redact::RuleSet;
///
/// let rules = RuleSet::default();
/// let arguments = r#"{"to": "jane@example.org", "amount": 12}"#;
/// assert_eq!(rules.scan(arguments)[0].rule, "email");
/// assert_eq!(rules.redact(arguments).text, r#"{"to": "[EMAIL]", "amount": 12}"#);
/// ```
#[derive(Clone, Debug)]
pub struct RuleSet(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) id: RuleSetId,
    pub(crate) engine: Arc<Engine>,
    pub(crate) customs: Vec<Custom>,
    pub(crate) deny: Option<AhoCorasick>,
    pub(crate) keys: Option<AhoCorasick>,
    pub(crate) allow: HashSet<String>,
    pub(crate) allow_patterns: Vec<Regex>,
    pub(crate) validators: HashMap<String, Validator>,
    pub(crate) disabled: HashSet<String>,
    pub(crate) action: Action,
    pub(crate) category_actions: HashMap<Category, Action>,
    pub(crate) rule_actions: HashMap<String, Action>,
    pub(crate) blobs: Blobs,
    pub(crate) key: Option<PseudonymKey>,
}

/// Tells rule sets of one process apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RuleSetId(u64);

impl RuleSetId {
    /// Returns an id that no other rule set has.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sought {
    Everything,
    /// All but personal data: where digits say nothing, as in ids and dates, or where content is recorded whole.
    NoPersonalData,
}

/// A user's own check of what a rule found.
#[derive(Clone)]
pub(crate) struct Validator(pub(crate) Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl std::fmt::Debug for Validator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Validator")
    }
}

/// Ids of the rules that have no row.
pub(crate) const DENIED: &str = "denied";
pub(crate) const SENSITIVE_KEY: &str = "sensitive_key";
pub(crate) const BLOB: &str = "blob";

/// How often a text is looked at again after a change, since a marker is shorter than what it replaced and so brings
/// words of context nearer. Two looks are enough for all but made-up text.
const LOOKS: usize = 5;

static BUILT_IN: LazyLock<Option<Arc<Engine>>> = LazyLock::new(|| Engine::new(rules()).ok().map(Arc::new));

/// Returns the built-in rules, compiled once per process.
pub(crate) fn built_in() -> Result<Arc<Engine>, crate::RuleError> {
    // A row that does not compile is a mistake of ours, which the tests find; the error then says which row.
    BUILT_IN.as_ref().map_or_else(|| Engine::new(rules()).map(Arc::new), |engine| Ok(Arc::clone(engine)))
}

impl Default for RuleSet {
    fn default() -> Self {
        Self::builder().build().expect("the built-in rows compile, as `rows.rs` in the tests checks")
    }
}

impl RuleSet {
    /// Starts a rule set with every built-in rule.
    pub fn builder() -> RuleSetBuilder {
        RuleSetBuilder::default()
    }

    /// Finds what the rules find, in the order in which it stands in the text; findings do not overlap.
    pub fn scan(&self, text: &str) -> Vec<Finding> {
        self.scan_for(text, Sought::Everything, None).0
    }

    /// Returns what is found, and where the literals stand, for the next look; `before` is what the last look had.
    fn scan_for(
        &self,
        text: &str,
        sought: Sought,
        before: Option<(&str, &Places)>,
    ) -> (Vec<Finding>, Places) {
        let inner = &*self.0;
        let unescaped = unescape(text);
        let text = &*unescaped.text;
        let before = before.map(|(text, places)| (unescape(text).text, places));
        let before = before.as_ref().map(|(text, places)| (&**text, *places));
        let Scanned { mut candidates, blobs, places } = inner.engine.scan(text, before);
        let built_in = inner.engine.rules().len();
        let mut push =
            |rule, start, end, confidence| candidates.push(Candidate { rule, start, end, confidence });
        for found in inner.deny.iter().flat_map(|deny| deny.find_iter(text)) {
            push(built_in, found.start(), found.end(), Confidence::Validated);
        }
        let mut read = 0;
        for found in inner.keys.iter().flat_map(|keys| keys.find_iter(text)) {
            if found.start() >= read
                && let Some(named) = crate::scan::named_values(text, found.start(), found.end())
            {
                read = named.end;
                for (start, end) in named.values {
                    push(built_in + 1, start, end, Confidence::Validated);
                }
            }
        }
        if inner.blobs == Blobs::Drop {
            blobs.iter().for_each(|(start, end)| push(built_in + 2, *start, *end, Confidence::Form));
        }
        // Before overlaps are resolved: what is not sought must not stand in the way of what is.
        candidates
            .retain(|candidate| inner.is_sought(candidate.rule, sought) && inner.stands(text, candidate));
        for (index, custom) in inner.customs.iter().enumerate() {
            let candidate = |start, end| Candidate {
                rule: built_in + 3 + index,
                start,
                end,
                confidence: Confidence::Validated,
            };
            custom.find(
                text,
                |start, end| inner.stands(text, &candidate(start, end)),
                |start, end| candidates.push(candidate(start, end)),
            );
        }
        if candidates.is_empty() {
            return (Vec::new(), places);
        }
        let findings = resolve(text, candidates)
            .into_iter()
            .map(|candidate| {
                let mut finding = inner.finding(text, &candidate);
                let (start, end) = unescaped.in_original(finding.range.start, finding.range.end);
                finding.range = start..end;
                finding
            })
            .collect();
        (findings, places)
    }

    /// Takes out what the rules find.
    ///
    /// JSON stays JSON: what stands in strings is replaced there, a number becomes a string with the marker. Doing it
    /// twice is doing it once.
    pub fn redact<'t>(&self, text: &'t str) -> Redacted<'t> {
        self.redact_for(text, Sought::Everything)
    }

    pub(crate) fn redact_for<'t>(&self, text: &'t str, sought: Sought) -> Redacted<'t> {
        let mut redacted = Redacted { text: Cow::Borrowed(text), findings: Vec::new(), drops_span: false };
        let (mut was_json, mut stays_json) = (None, true);
        let mut before: Option<(Cow<'t, str>, Places)> = None;
        for look in 0..LOOKS {
            let last = before.as_ref().map(|(text, places)| (&**text, places));
            let (findings, places) = self.scan_for(&redacted.text, sought, last);
            redacted.drops_span |= findings.iter().any(|finding| finding.action == Action::DropSpan);
            // Only what is changed is read as JSON, and only where the change may matter.
            let stays = findings.iter().all(|Finding { action, range, .. }| {
                *action == Action::Report || is_in_string(redacted.text.as_bytes(), range.start, range.end)
            });
            let is_json_now = !stays && may_be_json(&redacted.text) && is_json(&redacted.text);
            if look == 0 && !stays {
                was_json = Some(is_json_now);
            }
            stays_json &= stays;
            let changed = self.apply(&redacted.text, &findings, is_json_now);
            if look == 0 {
                redacted.findings = findings;
            } else {
                redacted
                    .findings
                    .extend(findings.into_iter().filter(|finding| finding.action != Action::Report));
            }
            match changed {
                Some(changed) => {
                    let text = std::mem::replace(&mut redacted.text, Cow::Owned(changed));
                    before = places.are_all().then_some((text, places));
                }
                None => break,
            }
        }
        let was_json = || was_json.unwrap_or_else(|| may_be_json(text) && is_json(text));
        if !stays_json && matches!(redacted.text, Cow::Owned(_)) && was_json() && !is_json(&redacted.text) {
            redacted.text = Cow::Borrowed("\"[REDACTED]\"");
        }
        redacted
    }

    /// Returns what stands in place of a whole value, and the action; `None` if it stays.
    pub(crate) fn replace_whole(&self, rule: &str, value: &str) -> Option<(String, Action)> {
        let action = self.0.action_of(rule, Category::Secret);
        (!in_marker(value, 0, value.len())).then_some(())?;
        Some((self.replacement(rule, value, action)?, action))
    }

    /// Returns what stands in place of a whole value under an action; `None` if it stays.
    pub(crate) fn replacement(&self, rule: &str, value: &str, action: Action) -> Option<String> {
        replacement(action, rule, value, self.0.key.as_ref())
    }

    /// Returns what to remember clean values by; `None` where a user's own check may say otherwise the next time.
    pub(crate) fn id(&self) -> Option<RuleSetId> {
        self.0.validators.is_empty().then_some(self.0.id)
    }

    /// Tells whether the key of an attribute says that its value is secret, or the user does.
    pub(crate) fn is_sensitive_key(&self, key: &str, facts: &KeyFacts, value: &str) -> bool {
        let inner = &*self.0;
        let is_named = |keys: &AhoCorasick| {
            let last = key.rfind('.').map_or(key, |dot| &key[dot + 1..]);
            keys.find(last).is_some_and(|found| found.range() == (0..last.len()))
        };
        inner.keys.as_ref().is_some_and(is_named)
            || facts.secret_name.as_ref().is_some_and(|name| {
                !inner.disabled.contains("generic_secret")
                    && name.has_secret(value)
                    && !inner.allow.contains(value)
            })
    }

    /// Returns the literals that are looked for, for comparing speed with a pass of an automaton over them.
    #[doc(hidden)]
    pub fn literals(&self) -> &[String] {
        self.0.engine.literals()
    }

    fn apply(&self, text: &str, findings: &[Finding], is_json: bool) -> Option<String> {
        let mut out: Option<String> = None;
        let mut done = 0;
        let mut strings = is_json.then(Strings::default);
        for finding in findings {
            let range = finding.range.clone();
            let value = part(text, range.start, range.end);
            // The same value has the same pseudonym, however it is written.
            let value = unescape(value).text;
            let Some(marker) = replacement(finding.action, &finding.rule, &value, self.0.key.as_ref()) else {
                continue;
            };
            let out = out.get_or_insert_with(|| String::with_capacity(text.len()));
            let mut from = range.start;
            let quotes = strings.as_mut().and_then(|strings| {
                from = with_sign(text.as_bytes(), from);
                strings.quotes(text.as_bytes(), from, range.end)
            });
            let quotes = quotes.unwrap_or_default();
            let start = if quotes.is_empty() { range.start } else { from };
            out.push_str(part(text, done, start));
            out.push_str(&quotes);
            out.push_str(&marker);
            out.push_str(&quotes);
            done = range.end;
        }
        if let Some(out) = &mut out {
            out.push_str(part(text, done, text.len()));
        }
        out
    }
}

impl Inner {
    fn id(&self, rule: usize) -> (Cow<'static, str>, Category) {
        let built_in = self.engine.rules().len();
        match self.engine.rules().get(rule) {
            Some(row) => (Cow::Borrowed(row.id), row.category),
            None => match rule - built_in {
                0 => (Cow::Borrowed(DENIED), Category::Custom),
                1 => (Cow::Borrowed(SENSITIVE_KEY), Category::Custom),
                2 => (Cow::Borrowed(BLOB), Category::Blob),
                index => (Cow::Owned(self.customs[index - 3].id.clone()), Category::Custom),
            },
        }
    }

    fn is_sought(&self, rule: usize, sought: Sought) -> bool {
        sought == Sought::Everything
            || self.engine.rules().get(rule).is_none_or(|row| row.category != Category::PersonalData)
    }

    fn stands(&self, text: &str, candidate: &Candidate) -> bool {
        let value = part(text, candidate.start, candidate.end);
        let (id, _) = self.id(candidate.rule);
        candidate.start < candidate.end
            && !self.disabled.contains(id.as_ref())
            && !self.allow.contains(value)
            && !self.allow_patterns.iter().any(|pattern| pattern.is_match(value))
            && self.validators.get(id.as_ref()).is_none_or(|validator| (validator.0)(value))
            && !in_marker(text, candidate.start, candidate.end)
    }

    fn action_of(&self, rule: &str, category: Category) -> Action {
        let by_rule = self.rule_actions.get(rule);
        by_rule.or_else(|| self.category_actions.get(&category)).copied().unwrap_or(self.action)
    }

    fn finding(&self, text: &str, candidate: &Candidate) -> Finding {
        let (rule, category) = self.id(candidate.rule);
        let (mut start, mut end) = (candidate.start, candidate.end);
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let action = self.action_of(&rule, category);
        Finding { rule, category, confidence: candidate.confidence, range: start..end, action }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What rules find, what they need beside it, and what hides it.
    const PARTS: &[&str] = &[
        "jane@example.org",
        "\\u0040example.org",
        "4111 1111 1111 1111",
        "card number",
        "password=",
        "kX81-qwZ3-ppL7",
        "\"api_key\": \"",
        "Authorization: Bearer ",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLWhlcmU",
        "AKIAQYLPMN5HHHFPZAM2",
        "https:\\/\\/user:pw81xq@host",
        "-----BEGIN PRIVATE KEY-----",
        "[EMAIL]",
        "phone",
        "+49 30 901820",
        "{\"a\": [1, ",
        "\n",
        ", ",
        " ",
        "the weather in Paris is fine and ",
    ];

    fn text() -> impl Strategy<Value = Vec<&'static str>> {
        prop::collection::vec(prop::sample::select(PARTS), 0..60)
    }

    proptest! {
        #[test]
        fn a_changed_text_has_the_findings_of_a_new_one(
            mut parts in text(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(PARTS)), 1..4),
        ) {
            let rules = RuleSet::default();
            let old = parts.concat();
            let (_, places) = rules.scan_for(&old, Sought::Everything, None);
            for (place, part) in changes {
                if !parts.is_empty() {
                    let place = place.index(parts.len());
                    parts[place] = part;
                }
            }
            let new = parts.concat();
            let again = rules.scan_for(&new, Sought::Everything, Some((&old, &places)));
            let fresh = rules.scan_for(&new, Sought::Everything, None);
            prop_assert_eq!(again, fresh);
        }
    }
}
