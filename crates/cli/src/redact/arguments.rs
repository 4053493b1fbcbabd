//! What can be asked about redaction.

use std::fmt::Display;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use otel_genai::redact::{
    Action, Category, KEY_VARIABLE, PseudonymKey, RuleError, RuleSet, RuleSetBuilder, rules,
};

use crate::arguments::{SettingsArguments, Stream};
use crate::failure::Failure;
use crate::output::OutputArguments;

/// Takes secrets and personal data out of text
///
/// Reads UTF-8 text of any kind and writes it without what the rules find. Text goes out line by line as it comes in;
/// what spans lines, such as private keys and JSON, is held until it is complete. A word on a line before says what a
/// number is, a word on a line behind does not. JSON stays JSON. Recorded traces are redacted by `otel-genai process`.
#[derive(Args, Debug)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct RedactArguments {
    /// File to read, or - for standard input
    #[arg(value_name = "FILE|-", default_value = "-")]
    pub(super) input: Stream,

    #[command(flatten)]
    pub(super) output: OutputArguments,

    /// Writes what was found instead of the text: one line of JSON each, with where it stands and never what it is
    #[arg(long)]
    pub(super) json: bool,

    /// Lists the rules and does nothing else
    #[arg(long, conflicts_with_all = ["evaluate", "fail_on_finding", "output"])]
    pub(super) rules: bool,

    /// Measures precision, recall and F1 per rule on a file of labelled texts and does nothing else
    #[arg(long, value_name = "LABELLED.jsonl", conflicts_with_all = ["fail_on_finding", "output"])]
    pub(super) evaluate: Option<PathBuf>,

    /// Exits with 3 if anything was found
    #[arg(long)]
    pub(super) fail_on_finding: bool,

    #[command(flatten)]
    settings: SettingsArguments,

    /// What happens to findings: `redaction.action`
    #[arg(long, value_enum)]
    action: Option<ActionName>,

    /// What happens to findings of one rule or category, or off: added to `redaction.rules`; may be repeated
    #[arg(long, value_name = "RULE=ACTION", value_parser = rule_action)]
    rule: Vec<(String, Option<ActionName>)>,

    /// Looks for this category only
    #[arg(long, value_enum, value_name = "CATEGORY")]
    only: Option<Kind>,

    /// Lets a value stand: added to `redaction.allow`; may be repeated
    #[arg(long, value_name = "VALUE")]
    allow: Vec<String>,

    /// Lets values stand that the pattern matches as a whole: added to `redaction.allow_patterns`; may be repeated
    #[arg(long, value_name = "REGEX")]
    allow_pattern: Vec<String>,

    /// Redacts a text wherever it stands, in any case: added to `redaction.deny`; may be repeated
    #[arg(long, value_name = "TEXT")]
    deny: Vec<String>,

    /// Redacts the values of a key, in any case: added to `redaction.keys`; may be repeated
    #[arg(long, value_name = "NAME")]
    key: Vec<String>,

    /// Adds a rule of your own: added to `redaction.patterns`; may be repeated
    #[arg(long, value_name = "RULE=REGEX", value_parser = pattern)]
    pattern: Vec<(String, String)>,

    /// File with the key for pseudonyms, as ID:SECRET: `redaction.key_file`; without it OTEL_GENAI_REDACTION_KEY is read
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,

    /// Prints no counts, only errors
    #[arg(long, short)]
    pub(super) quiet: bool,
}

const AFTER_HELP: &str = "\
Examples:
  A file before it is shared:
    otel-genai redact incident.log > clean.log

  Stop a commit that has a secret in it:
    git diff --cached | otel-genai redact --only secret --json --fail-on-finding

  Pseudonyms, the same for the same value, so that lines can still be joined:
    OTEL_GENAI_REDACTION_KEY=2026a:$SECRET otel-genai redact --action hash access.log

  With the rules of the live service, less one:
    otel-genai redact --config otel-genai.toml --rule phone=off notes.txt

  Rules of your own:
    otel-genai redact --pattern 'employee=\\bE-[0-9]{6}\\b' --allow support@example.com notes.txt

  How well the rules do on your own labelled texts, lines of
  {\"text\": \"to jane@example.org\", \"labels\": [{\"start\": 3, \"end\": 19, \"kind\": \"email\"}]}:
    otel-genai redact --evaluate labelled.jsonl

Actions: mask [EMAIL], hash [EMAIL:2026a:1f0c6f2d0c1b9a7e], partial [PAYMENT_CARD:*1111], remove, report (it stays).

Keys for --config and --set: docs/settings.md in the repository. What counts here is which rules run, what they find and what
happens to it; what is about spans (redaction.enabled, content, attributes, resource, drop_span) does not.

Exit code: 0 all was read and written; 1 something failed; 2 wrong usage, nothing was done; 3 something was found, with
--fail-on-finding.";

/// An action, as it is written on the command line and in settings.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ActionName {
    Mask,
    Hash,
    Partial,
    Remove,
    Report,
}

impl ActionName {
    fn action(self) -> Action {
        match self {
            Self::Mask => Action::Mask,
            Self::Hash => Action::Pseudonym,
            Self::Partial => Action::Partial,
            Self::Remove => Action::Remove,
            Self::Report => Action::Report,
        }
    }
}

/// A category, as findings name it.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Kind {
    Secret,
    PersonalData,
}

impl Kind {
    fn category(self) -> Category {
        match self {
            Self::Secret => Category::Secret,
            Self::PersonalData => Category::PersonalData,
        }
    }
}

/// Reads `RULE=ACTION`; no action is `off`.
fn rule_action(text: &str) -> Result<(String, Option<ActionName>), String> {
    const EXPECTED: &str = "expected RULE=ACTION, for example phone=report or phone=off";
    let (rule, action) = text.split_once('=').ok_or(EXPECTED)?;
    let action = match action {
        "off" => None,
        action => Some(ActionName::from_str(action, true).map_err(|_| {
            format!("the action {action:?} is none of off, mask, hash, partial, remove, report; {EXPECTED}")
        })?),
    };
    Ok((rule.to_owned(), action))
}

fn pattern(text: &str) -> Result<(String, String), &'static str> {
    let (rule, pattern) =
        text.split_once('=').ok_or("expected RULE=REGEX, for example employee=E-[0-9]{6}")?;
    Ok((rule.to_owned(), pattern.to_owned()))
}

impl RedactArguments {
    /// Builds the rules that are asked for.
    pub(super) fn rule_set(&self) -> Result<RuleSet, Failure> {
        let mut settings = self.settings.read()?;
        if let Some(key) = std::env::var(KEY_VARIABLE).ok().filter(|_| self.key_file.is_none()) {
            let wrong = |error: &dyn Display| Failure::Usage(format!("{KEY_VARIABLE}: {error}"));
            PseudonymKey::from_text(&key).map_err(|error| wrong(&error))?;
            settings.set("redaction.key", &key).map_err(|error| wrong(&error))?;
        }
        let mut builder = settings.redaction_rules().map_err(|error| Failure::Usage(error.to_string()))?;
        if let Some(path) = &self.key_file {
            let key = PseudonymKey::from_file(path);
            builder =
                builder.pseudonym_key(key.map_err(|error| Failure::Usage(format!("--key-file: {error}")))?);
        }
        if let Some(action) = self.action {
            builder = builder.action(action.action());
        }
        for (rule, action) in &self.rule {
            let category = Kind::from_str(rule, false).ok().map(Kind::category);
            builder = match (category, action) {
                (Some(category), Some(action)) => builder.category_action(category, action.action()),
                (Some(category), None) => without(builder, |rule| rule == category),
                (None, Some(action)) => builder.rule_action(rule, action.action()),
                (None, None) => builder.disable(rule),
            };
        }
        if let Some(only) = self.only {
            builder = without(builder, |category| category != only.category());
        }
        builder = self.allow.iter().fold(builder, RuleSetBuilder::allow);
        builder = self.allow_pattern.iter().fold(builder, RuleSetBuilder::allow_pattern);
        builder = self.deny.iter().fold(builder, RuleSetBuilder::deny);
        builder = self.key.iter().fold(builder, RuleSetBuilder::key);
        for (rule, pattern) in &self.pattern {
            builder = builder.pattern(rule, pattern);
        }
        builder.build().map_err(|error| {
            Failure::Usage(match error {
                RuleError::NoKey => format!("pseudonyms need a key: --key-file FILE, or {KEY_VARIABLE}"),
                RuleError::UnknownRule { rule } => {
                    format!("there is no rule called {rule}; `otel-genai redact --rules` lists them")
                }
                other => other.to_string(),
            })
        })
    }
}

/// Turns the rules of some categories off.
fn without(builder: RuleSetBuilder, is_unwanted: impl Fn(Category) -> bool) -> RuleSetBuilder {
    rules()
        .filter(|rule| is_unwanted(rule.category()))
        .fold(builder, |builder, rule| builder.disable(rule.id()))
}
