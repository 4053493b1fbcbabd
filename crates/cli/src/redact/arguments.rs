//! What can be asked about redaction.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use otel_genai::redact::{Action, Blobs, Category, PseudonymKey, RuleSet, RuleSetBuilder, rules};

use crate::arguments::Stream;
use crate::failure::Failure;

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

    /// File to write, compressed if its name ends with .gz or .zst, or - for standard output
    #[arg(long, value_name = "FILE|-", default_value = "-")]
    pub(super) output: Stream,

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

    /// What happens to findings
    #[arg(long, value_enum, default_value_t = ActionName::Mask)]
    action: ActionName,

    /// What happens to findings of one rule; may be repeated
    #[arg(long, value_name = "RULE=ACTION", value_parser = rule_action)]
    rule_action: Vec<(String, ActionName)>,

    /// Looks for this kind only
    #[arg(long, value_enum, value_name = "KIND")]
    only: Option<Kind>,

    /// Turns a rule off; may be repeated
    #[arg(long, value_name = "RULE")]
    disable: Vec<String>,

    /// Lets a value stand; may be repeated
    #[arg(long, value_name = "VALUE")]
    allow: Vec<String>,

    /// Lets values stand that the pattern matches as a whole; may be repeated
    #[arg(long, value_name = "REGEX")]
    allow_pattern: Vec<String>,

    /// Redacts a text wherever it stands, in any case; may be repeated
    #[arg(long, value_name = "TEXT")]
    deny: Vec<String>,

    /// Redacts the values of a key, in any case; may be repeated
    #[arg(long, value_name = "NAME")]
    key: Vec<String>,

    /// Adds a rule of your own; may be repeated
    #[arg(long, value_name = "RULE=REGEX", value_parser = pattern)]
    pattern: Vec<(String, String)>,

    /// Replaces data: URIs and long runs of base64 by [BLOB]
    #[arg(long)]
    drop_blobs: bool,

    /// File with the key for pseudonyms, as ID:SECRET; without it OTEL_GENAI_REDACTION_KEY is read
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
    git diff --cached | otel-genai redact --only secrets --json --fail-on-finding

  Pseudonyms, the same for the same value, so that lines can still be joined:
    OTEL_GENAI_REDACTION_KEY=2026a:$SECRET otel-genai redact --action pseudonym access.log

  Rules of your own:
    otel-genai redact --pattern 'employee=\\bE-[0-9]{6}\\b' --allow support@example.com notes.txt

  How well the rules do on your own labelled texts, lines of
  {\"text\": \"to jane@example.org\", \"labels\": [{\"start\": 3, \"end\": 19, \"kind\": \"email\"}]}:
    otel-genai redact --evaluate labelled.jsonl

Actions: mask [EMAIL], pseudonym [EMAIL:2026a:1f0c6f2d0c1b9a7e], partial [PAYMENT_CARD:*1111], remove, report (it stays).

Exit code: 0 all was read and written; 1 something failed; 2 wrong usage, nothing was done; 3 something was found, with
--fail-on-finding.";

/// An action, as it is written on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ActionName {
    Mask,
    Pseudonym,
    Partial,
    Remove,
    Report,
}

impl ActionName {
    fn action(self) -> Action {
        match self {
            Self::Mask => Action::Mask,
            Self::Pseudonym => Action::Pseudonym,
            Self::Partial => Action::Partial,
            Self::Remove => Action::Remove,
            Self::Report => Action::Report,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Secrets,
    PersonalData,
}

fn rule_action(text: &str) -> Result<(String, ActionName), String> {
    const EXPECTED: &str = "expected RULE=ACTION, for example phone=report";
    let (rule, action) = text.split_once('=').ok_or(EXPECTED)?;
    Ok((rule.to_owned(), ActionName::from_str(action, true).map_err(|error| format!("{error}; {EXPECTED}"))?))
}

fn pattern(text: &str) -> Result<(String, String), &'static str> {
    let (rule, pattern) =
        text.split_once('=').ok_or("expected RULE=REGEX, for example employee=E-[0-9]{6}")?;
    Ok((rule.to_owned(), pattern.to_owned()))
}

impl RedactArguments {
    /// Builds the rules that are asked for.
    pub(super) fn rule_set(&self) -> Result<RuleSet, Failure> {
        let mut builder = RuleSet::builder().action(self.action.action());
        for (rule, action) in &self.rule_action {
            builder = builder.rule_action(rule, action.action());
        }
        let unwanted = self.only.map(|only| match only {
            Kind::Secrets => Category::PersonalData,
            Kind::PersonalData => Category::Secret,
        });
        for rule in rules().filter(|rule| Some(rule.category()) == unwanted) {
            builder = builder.disable(rule.id());
        }
        builder = self.disable.iter().fold(builder, RuleSetBuilder::disable);
        builder = self.allow.iter().fold(builder, RuleSetBuilder::allow);
        builder = self.allow_pattern.iter().fold(builder, RuleSetBuilder::allow_pattern);
        builder = self.deny.iter().fold(builder, RuleSetBuilder::deny);
        builder = self.key.iter().fold(builder, RuleSetBuilder::key);
        for (rule, pattern) in &self.pattern {
            builder = builder.pattern(rule, pattern);
        }
        if self.drop_blobs {
            builder = builder.blobs(Blobs::Drop);
        }
        if let Some(key) = self.pseudonym_key()? {
            builder = builder.pseudonym_key(key);
        }
        builder.build().map_err(|error| Failure::Usage(error.to_string()))
    }

    fn pseudonym_key(&self) -> Result<Option<PseudonymKey>, Failure> {
        if let Some(path) = &self.key_file {
            let key = PseudonymKey::from_file(path);
            return key.map(Some).map_err(|error| Failure::Usage(format!("--key-file: {error}")));
        }
        PseudonymKey::from_environment(|name| std::env::var(name).ok())
            .map_err(|error| Failure::Usage(format!("{}: {error}", otel_genai::redact::KEY_VARIABLE)))
    }
}
