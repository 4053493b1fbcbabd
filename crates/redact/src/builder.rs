//! Builds a [`RuleSet`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::action::{Action, Blobs, PseudonymKey};
use crate::custom::Custom;
use crate::error::RuleError;
use crate::rule::Category;
use crate::rule_set::{BLOB, DENIED, Inner, RuleSet, RuleSetId, SENSITIVE_KEY, Validator, built_in};
use crate::rules::rules;

/// Builds a [`RuleSet`]: which rules run, what happens to what they find, and what the user adds.
///
/// # Examples
///
/// ```
/// use otel_genai_redact::{Action, Category, RuleSet};
///
/// let rules = RuleSet::builder()
///     .category_action(Category::PersonalData, Action::Report)
///     .rule_action("payment_card", Action::Partial)
///     .pattern("employee_id", r"\bE-[0-9]{6}\b")
///     .allow("support@example.com")
///     .build()?;
/// let redacted = rules.redact("E-123456 paid with 4111 1111 1111 1111, ask support@example.com");
/// assert_eq!(redacted.text, "[EMPLOYEE_ID] paid with [PAYMENT_CARD:*1111], ask support@example.com");
/// # Ok::<_, otel_genai_redact::RuleError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct RuleSetBuilder {
    patterns: Vec<(String, String)>,
    deny: Vec<String>,
    keys: Vec<String>,
    allow: HashSet<String>,
    allow_patterns: Vec<String>,
    validators: HashMap<String, Validator>,
    disabled: HashSet<String>,
    action: Action,
    category_actions: HashMap<Category, Action>,
    rule_actions: HashMap<String, Action>,
    blobs: Blobs,
    key: Option<PseudonymKey>,
}

impl RuleSetBuilder {
    /// Sets what happens to findings of which neither the rule nor the category has an action of its own.
    pub fn action(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    /// Sets what happens to findings of a category.
    pub fn category_action(mut self, category: Category, action: Action) -> Self {
        self.category_actions.insert(category, action);
        self
    }

    /// Sets what happens to findings of a rule.
    pub fn rule_action(mut self, rule: impl Into<String>, action: Action) -> Self {
        self.rule_actions.insert(rule.into(), action);
        self
    }

    /// Turns a rule off.
    pub fn disable(mut self, rule: impl Into<String>) -> Self {
        self.disabled.insert(rule.into());
        self
    }

    /// Lets a value stand, wherever a rule finds exactly it.
    pub fn allow(mut self, value: impl Into<String>) -> Self {
        self.allow.insert(value.into());
        self
    }

    /// Lets values stand that the pattern matches as a whole.
    pub fn allow_pattern(mut self, pattern: impl Into<String>) -> Self {
        self.allow_patterns.push(pattern.into());
        self
    }

    /// Redacts a text wherever it stands, in any case; the rule's id is `denied`. Empty texts count for nothing.
    pub fn deny(mut self, text: impl Into<String>) -> Self {
        self.deny.push(text.into());
        self
    }

    /// Redacts the values of a key, in any case, in JSON, headers and `key = value`; the rule's id is `sensitive_key`.
    ///
    /// The keys that name secrets, such as `password` and `api_key`, are known without this.
    pub fn key(mut self, name: impl Into<String>) -> Self {
        self.keys.push(name.into());
        self
    }

    /// Adds a rule of the user's own: an id of lower-case letters, digits and `_`, and a pattern in the syntax of the
    /// `regex` crate, which has no backtracking.
    ///
    /// Matches of up to 8 KiB are found. Of more than 256 matches in 8 KiB the rest of the stretch counts as one, so
    /// that no pattern takes more than linear time.
    pub fn pattern(mut self, rule: impl Into<String>, pattern: impl Into<String>) -> Self {
        self.patterns.push((rule.into(), pattern.into()));
        self
    }

    /// Adds a check: what the rule finds counts only if the function says so.
    pub fn validator(
        mut self,
        rule: impl Into<String>,
        is_valid: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.validators.insert(rule.into(), Validator(Arc::new(is_valid)));
        self
    }

    /// Sets what happens to `data:` URIs and long runs of base64.
    pub fn blobs(mut self, blobs: Blobs) -> Self {
        self.blobs = blobs;
        self
    }

    /// Sets the key under which pseudonyms are made.
    pub fn pseudonym_key(mut self, key: PseudonymKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Builds the rule set.
    ///
    /// # Errors
    ///
    /// If a pattern does not compile (the error names it), an id is unknown, taken or not of the form above, or
    /// pseudonyms are asked for without a key.
    pub fn build(self) -> Result<RuleSet, RuleError> {
        let mut known: HashSet<&str> =
            rules().map(super::rule::Rule::id).chain([DENIED, SENSITIVE_KEY, BLOB]).collect();
        for (id, _) in &self.patterns {
            let fits = id.len() >= 2
                && id.len() <= 48
                && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            let wrong = |reason| RuleError::Id { rule: id.clone(), reason };
            if !fits {
                return Err(wrong("it needs 2 to 48 lower-case letters, digits or _"));
            }
            if !known.insert(id) {
                return Err(wrong("another rule has it"));
            }
        }
        let named = self.rule_actions.keys().chain(&self.disabled).chain(self.validators.keys());
        if let Some(rule) = named.into_iter().find(|rule| !known.contains(rule.as_str())) {
            return Err(RuleError::UnknownRule { rule: rule.clone() });
        }
        let actions = self.rule_actions.values().chain(self.category_actions.values()).chain([&self.action]);
        let pseudonyms = actions.into_iter().any(|action| *action == Action::Pseudonym);
        if self.key.is_none() && pseudonyms {
            return Err(RuleError::NoKey);
        }
        let pattern =
            |rule: &str, pattern: &str| Regex::new(pattern).map_err(|error| RuleError::pattern(rule, &error));
        let customs =
            self.patterns.iter().map(|(id, text)| Custom::new(id, text)).collect::<Result<_, RuleError>>()?;
        let allow_patterns = self
            .allow_patterns
            .iter()
            .map(|text| pattern("allow", text).and_then(|_| pattern("allow", &format!("^(?:{text})$"))))
            .collect::<Result<_, _>>()?;
        Ok(RuleSet(Arc::new(Inner {
            id: RuleSetId::next(),
            engine: built_in()?,
            customs,
            deny: automaton(&self.deny)?,
            keys: automaton(&self.keys)?,
            allow: self.allow,
            allow_patterns,
            validators: self.validators,
            disabled: self.disabled,
            action: self.action,
            category_actions: self.category_actions,
            rule_actions: self.rule_actions,
            blobs: self.blobs,
            key: self.key,
        })))
    }
}

fn automaton(texts: &[String]) -> Result<Option<AhoCorasick>, RuleError> {
    let texts: Vec<&String> = texts.iter().filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return Ok(None);
    }
    let built = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(aho_corasick::MatchKind::LeftmostLongest)
        .build(texts);
    built.map(Some).map_err(RuleError::literals)
}
