//! Every key there is: the one table that reading, checking and documentation work from.

mod exporters;
mod program;
mod stages;

use std::path::PathBuf;
use std::time::Duration;

use super::values::{ConsoleValues, Headers, JsonLinesValues, OtlpValues, Secret, SqliteValues, Values};

/// One setting.
pub(super) struct Key {
    /// The section and the name, as in `queue.spans`.
    pub(super) path: &'static str,
    pub(super) kind: Kind,
    /// What holds where it is not set.
    pub(super) default: &'static str,
    /// What it sets, as a phrase.
    pub(super) doc: &'static str,
}

/// What a key takes, and where it goes.
pub(super) enum Kind {
    Switch(Field<bool>),
    Count {
        least: usize,
        most: usize,
        field: Field<usize>,
    },
    Bytes(Field<usize>),
    /// A number from 0 to this.
    Number {
        most: f64,
        field: Field<f64>,
    },
    Time {
        least: Duration,
        field: Field<Duration>,
    },
    Choice(&'static [Choice]),
    /// Several of these words.
    Words {
        words: &'static [&'static str],
        field: fn(&mut Values) -> &mut Vec<&'static str>,
    },
    Path(Field<PathBuf>),
    /// Any text that says something.
    Text(Field<String>),
    /// Which spans are recorded: a level, and others by target.
    Filter(Field<String>),
    /// Names that the user chooses.
    Names(fn(&mut Values) -> &mut Vec<String>),
    Endpoint(Field<String>),
    Headers(fn(&mut Values) -> &mut Headers),
    /// A text that is never shown.
    Secret(Field<Secret>),
    Table {
        entry: Entry,
        field: fn(&mut Values) -> &mut toml::Table,
    },
}

/// What stands under each name of a table whose names are the user's.
#[derive(Clone, Copy)]
pub(super) enum Entry {
    /// A number from 0 to 1.
    Part,
    /// A name.
    Name,
    /// An attribute's name.
    Attribute,
    /// Whether a library's input counts contain cached tokens.
    Meaning,
    /// Figures by name.
    Figures,
    /// A regular expression.
    Pattern,
    /// What happens to what a rule of redaction finds, or `off`.
    RuleAction,
    /// What happens to an attribute.
    AttributeAction,
    /// A list of categories of guardrails.
    Categories,
}

type Field<T> = fn(&mut Values) -> &mut Option<T>;

/// A text that a key takes, and what it sets.
type Choice = (&'static str, fn(&mut Values));

/// A table of the file.
pub(super) struct Section {
    pub(super) name: &'static str,
    /// What it means that the section is there.
    pub(super) open: fn(&mut Values),
}

pub(super) const SECTIONS: &[Section] = &[
    Section { name: "service", open: |_| {} },
    Section { name: CONTEXT, open: |_| {} },
    Section { name: "pipeline", open: |_| {} },
    Section { name: "queue", open: |_| {} },
    Section { name: "enrichment", open: |_| {} },
    Section { name: "metrics", open: |_| {} },
    Section { name: PRICING, open: |_| {} },
    Section { name: "guardrails", open: |_| {} },
    Section { name: "redaction", open: |_| {} },
    Section { name: "limits", open: |_| {} },
    Section { name: "sampling", open: |_| {} },
    Section { name: "rate_limit", open: |_| {} },
    Section {
        name: CONSOLE,
        open: |values| {
            console(values);
        },
    },
    Section {
        name: JSON_LINES,
        open: |values| {
            json_lines(values);
        },
    },
    Section {
        name: SQLITE,
        open: |values| {
            sqlite(values);
        },
    },
    Section {
        name: OTLP,
        open: |values| {
            otlp(values);
        },
    },
];

pub(super) const CONTEXT: &str = "context";
pub(super) const PRICING: &str = "pricing";
pub(super) const CONSOLE: &str = "export.console";
pub(super) const JSON_LINES: &str = "export.jsonl";
pub(super) const SQLITE: &str = "export.sqlite";
pub(super) const OTLP: &str = "export.otlp";

const NO_TIME: Duration = Duration::ZERO;
const ONE_MILLISECOND: Duration = Duration::from_millis(1);
const ONE_SECOND: Duration = Duration::from_secs(1);

/// The words of `CostTarget`, which is not there without the feature `enrich`.
pub(super) const COST_TARGETS: &[&str] = &["langfuse", "mlflow", "openlit", "logfire"];

/// The words of `GuardrailCategory`, less the one that says nothing.
pub(super) const GUARDRAIL_CATEGORIES: &[&str] = &[
    "input_validation",
    "prompt_injection",
    "pii",
    "moderation",
    "tool_permission",
    "output_validation",
    "rate_limit",
    "grounding",
];

/// What can happen to what redaction finds.
pub(super) const ACTIONS: &[&str] = &["mask", "hash", "partial", "remove", "drop_span", "report"];

/// Every key, in the order of the documentation.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    [program::KEYS, stages::KEYS, exporters::KEYS].into_iter().flatten()
}

pub(super) const PROFILE: &str = "profile";
pub(super) const INBOUND_BAGGAGE: &str = "context.inbound_baggage";
pub(super) const OUTBOUND_BAGGAGE: &str = "context.outbound_baggage";
pub(super) const HEADERS: &str = "export.otlp.headers";

/// Keys of stages and exporters that this version does not have yet, by section. They are known so that a file
/// written for a newer version gets a true answer.
const LATER: &[(&str, &[&str])] = &[("pipeline", &["order"]), ("export.otlp", &["preset", "spool"])];

fn console(values: &mut Values) -> &mut ConsoleValues {
    values.console.get_or_insert_default()
}

fn json_lines(values: &mut Values) -> &mut JsonLinesValues {
    values.json_lines.get_or_insert_default()
}

fn sqlite(values: &mut Values) -> &mut SqliteValues {
    values.sqlite.get_or_insert_default()
}

fn otlp(values: &mut Values) -> &mut OtlpValues {
    values.otlp.get_or_insert_default()
}

impl Key {
    pub(super) fn find(path: &str) -> Option<&'static Self> {
        all().find(|key| key.path == path)
    }
}

impl Section {
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        SECTIONS.iter().find(|section| section.name == name)
    }
}

/// Returns the paths of the keys that are known by name only.
pub(super) fn later_keys() -> impl Iterator<Item = String> {
    LATER.iter().flat_map(|(section, names)| names.iter().map(move |name| format!("{section}.{name}")))
}

/// Tells whether a path is a key of a later version, or lies below one.
pub(super) fn is_later(path: &str) -> bool {
    later_keys()
        .any(|later| path.strip_prefix(&later).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Tells whether this is the name of a section that only later versions have.
pub(super) fn is_later_section(name: &str) -> bool {
    Section::find(name).is_none() && LATER.iter().any(|(section, _)| *section == name)
}

/// Tells whether sections lie below this name.
pub(super) fn is_parent_of_sections(name: &str) -> bool {
    let names = SECTIONS.iter().map(|section| section.name).chain(LATER.iter().map(|(section, _)| *section));
    names.into_iter().any(|section| section.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}
