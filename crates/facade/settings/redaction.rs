//! The redactor that the settings ask for.

use otel_genai_pipeline::PipelineBuilder;
use otel_genai_redact::{
    Action, Blobs, Category, Content, ContentPolicy, PseudonymKey, Redactor, RuleError, RuleSet,
    RuleSetBuilder, rules,
};

use super::Settings;
use super::error::{SettingsError, SettingsErrorKind};
use super::stages::texts;
use super::values::RedactionValues;

const ACTION: &str = "redaction.action";
const RULES: &str = "redaction.rules";
const ATTRIBUTES: &str = "redaction.attributes";
const PATTERNS: &str = "redaction.patterns";
const ALLOW_PATTERNS: &str = "redaction.allow_patterns";
const KEY: &str = "redaction.key";
const KEY_FILE: &str = "redaction.key_file";

impl Settings {
    /// Returns the rules of the section `redaction`, for guardrails that look at texts with the rules of the pipeline.
    ///
    /// They are a builder still, so that the program can add what no file can hold, such as validators. Whether the
    /// pipeline redacts (`redaction.enabled`) and what it does to prompts, attributes and the resource is not theirs.
    ///
    /// # Errors
    ///
    /// If the settings name a rule that does not exist, a pattern that is none, or a key that cannot be read, or ask for
    /// pseudonyms without a key.
    ///
    /// # Examples
    ///
    /// ```
    /// use otel_genai::Settings;
    ///
    /// let settings = Settings::from_toml_str(r#"redaction.rules = { email = "off", phone = "remove" }"#)?;
    /// let rules = settings.redaction_rules()?.build()?;
    /// assert_eq!(rules.redact("jane@example.org, phone +44 20 7946 0958").text, "jane@example.org, phone ");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn redaction_rules(&self) -> Result<RuleSetBuilder, SettingsError> {
        let redaction = &self.values.redaction;
        let builder = redaction.builder()?;
        // Only here is it known which key of the settings is wrong.
        redaction.build(builder.clone()).map(|_| builder)
    }

    pub(super) fn add_redactor(&self, builder: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
        let redaction = &self.values.redaction;
        let content = redaction.content_policy();
        let is_on = redaction.enabled != Some(false);
        let most_bytes = self.values.limits.value_length;
        if !is_on && content == ContentPolicy::default() && most_bytes.is_none() {
            return Ok(builder);
        }
        let rules = if is_on { redaction.build(redaction.builder()?)? } else { no_rules().map_err(wrong)? };
        let mut redactor = Redactor::new(rules).content(content);
        if let Some(most) = most_bytes {
            redactor = redactor.value_length(most);
        }
        if redaction.resource == Some(true) {
            redactor = redactor.resource_and_scope();
        }
        if is_on {
            for (key, action) in texts(&redaction.attributes) {
                redactor = redactor.attribute_action(key, redaction.whole_attribute(key, action)?);
            }
        }
        Ok(builder.stage(redactor))
    }
}

impl RedactionValues {
    /// What is to become of prompts and answers. What a variable of another library hides stays hidden, whatever else
    /// is set: whoever sets one of them relies on it.
    fn content_policy(&self) -> ContentPolicy {
        let content = match self.content {
            Some("off") => Content::Off,
            Some("full") => Content::Full,
            _ => Content::Redacted,
        };
        let hidden = |is_hidden| if is_hidden { Content::Off } else { content };
        ContentPolicy { inputs: hidden(self.hides_inputs), outputs: hidden(self.hides_outputs) }
    }

    fn builder(&self) -> Result<RuleSetBuilder, SettingsError> {
        let mut builder = RuleSet::builder();
        if let Some(action) = self.action {
            builder = builder.action(named(action));
        }
        for (rule, action) in texts(&self.rules) {
            builder = with_rule(builder, rule, action);
        }
        for (rule, pattern) in texts(&self.patterns) {
            builder = builder.pattern(rule, pattern);
        }
        builder = self.keys.iter().fold(builder, RuleSetBuilder::key);
        builder = self.deny.iter().fold(builder, RuleSetBuilder::deny);
        builder = self.allow.iter().fold(builder, RuleSetBuilder::allow);
        builder = self.allow_patterns.iter().fold(builder, RuleSetBuilder::allow_pattern);
        if self.blobs == Some("drop") {
            builder = builder.blobs(Blobs::Drop);
        }
        if let Some(key) = self.pseudonym_key()? {
            builder = builder.pseudonym_key(key);
        }
        Ok(builder)
    }

    fn build(&self, builder: RuleSetBuilder) -> Result<RuleSet, SettingsError> {
        builder.build().map_err(|error| match error {
            RuleError::NoKey => self.no_key(),
            other => wrong(other),
        })
    }

    /// Says which setting asks for pseudonyms.
    fn no_key(&self) -> SettingsError {
        let key = if self.action == Some("hash") { ACTION } else { RULES };
        let message = format!(
            "`{key}`: \"hash\" needs a key: set `{KEY_FILE}`, or the variable OTEL_GENAI_REDACTION_KEY"
        );
        SettingsError::new(SettingsErrorKind::WrongValue, Some(key), message)
    }

    fn pseudonym_key(&self) -> Result<Option<PseudonymKey>, SettingsError> {
        let error = |key: &'static str, message: String| {
            SettingsError::new(SettingsErrorKind::WrongValue, Some(key), message)
        };
        if let Some(secret) = &self.key {
            let key = PseudonymKey::from_text(&secret.0);
            return key.map(Some).map_err(|reason| error(KEY, format!("`{KEY}`: {reason}")));
        }
        let Some(path) = &self.key_file else { return Ok(None) };
        let key = PseudonymKey::from_file(path);
        key.map(Some).map_err(|reason| {
            // Names the file.
            error(KEY_FILE, format!("`{KEY_FILE}`: cannot take a key from {reason}"))
        })
    }

    fn whole_attribute(&self, attribute: &str, action: &str) -> Result<Action, SettingsError> {
        let action = named(action);
        if action == Action::Pseudonym && self.key.is_none() && self.key_file.is_none() {
            let message = format!(
                "`{ATTRIBUTES}`: \"hash\" of {attribute} needs a key: set `{KEY_FILE}`, or the variable \
                 OTEL_GENAI_REDACTION_KEY"
            );
            return Err(SettingsError::new(SettingsErrorKind::Contradiction, Some(ATTRIBUTES), message));
        }
        Ok(action)
    }
}

fn named(action: &str) -> Action {
    match action {
        "hash" => Action::Pseudonym,
        "partial" => Action::Partial,
        "remove" => Action::Remove,
        "drop_span" => Action::DropSpan,
        "report" => Action::Report,
        _ => Action::Mask,
    }
}

/// Sets what happens to what a rule, or all rules of a category, find.
fn with_rule(builder: RuleSetBuilder, name: &str, action: &str) -> RuleSetBuilder {
    let categories = [Category::PersonalData, Category::Secret];
    match (categories.into_iter().find(|category| category.as_str() == name), action) {
        (None, "off") => builder.disable(name),
        (None, action) => builder.rule_action(name, named(action)),
        (Some(category), "off") => {
            let of_category = rules().filter(|rule| rule.category() == category);
            of_category.fold(builder, |builder, rule| builder.disable(rule.id()))
        }
        (Some(category), action) => builder.category_action(category, named(action)),
    }
}

/// For when contents are to be hidden or cut, and nothing else.
fn no_rules() -> Result<RuleSet, RuleError> {
    rules().fold(RuleSet::builder(), |builder, rule| builder.disable(rule.id())).build()
}

/// Says which key the rules do not like.
#[expect(clippy::needless_pass_by_value, reason = "passed to `map_err`")]
fn wrong(error: RuleError) -> SettingsError {
    let (key, message) = match &error {
        RuleError::Pattern { rule, .. } if rule == "allow" => {
            (ALLOW_PATTERNS, format!("`{ALLOW_PATTERNS}`: {error}"))
        }
        RuleError::UnknownRule { rule } => (
            RULES,
            format!(
                "`{RULES}`: there is no rule {rule:?}, and no category but \"personal_data\" and \"secret\"; \
                 `otel-genai redact --rules` lists the rules"
            ),
        ),
        _ => (PATTERNS, format!("`{PATTERNS}`: {error}")),
    };
    SettingsError::new(SettingsErrorKind::WrongValue, Some(key), message)
}
