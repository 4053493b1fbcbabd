//! Every key there is: the one table that reading, checking and documentation work from.

use std::path::PathBuf;
use std::time::Duration;

use otel_genai_pipeline::BlockFor;

use super::values::{
    Compress, ConsoleValues, Headers, JsonLinesValues, OtlpProtocol, OtlpValues, Profile, Values,
};

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
    Endpoint(Field<String>),
    Headers(fn(&mut Values) -> &mut Headers),
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
    Section { name: "pipeline", open: |_| {} },
    Section { name: "queue", open: |_| {} },
    Section { name: "enrichment", open: |_| {} },
    Section { name: "metrics", open: |_| {} },
    Section { name: PRICING, open: |_| {} },
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
        name: OTLP,
        open: |values| {
            otlp(values);
        },
    },
];

pub(super) const PRICING: &str = "pricing";
pub(super) const CONSOLE: &str = "export.console";
pub(super) const JSON_LINES: &str = "export.jsonl";
pub(super) const OTLP: &str = "export.otlp";

const NO_TIME: Duration = Duration::ZERO;
const ONE_MILLISECOND: Duration = Duration::from_millis(1);
const ONE_SECOND: Duration = Duration::from_secs(1);

/// The queue's places are made when the pipeline starts, about a kilobyte each.
const MOST_QUEUED_SPANS: usize = 1_000_000;

/// The words of `CostTarget`, which is not there without the feature `enrich`.
pub(super) const COST_TARGETS: &[&str] = &["langfuse", "mlflow", "openlit", "logfire"];

pub(super) const KEYS: &[Key] = &[
    Key {
        path: "pipeline.linger",
        kind: Kind::Time { least: NO_TIME, field: |values| &mut values.pipeline.linger },
        default: "5s",
        doc: "how long a span of a running trace waits for others before it moves on",
    },
    Key {
        path: "pipeline.grace",
        kind: Kind::Time { least: NO_TIME, field: |values| &mut values.pipeline.grace },
        default: "1s",
        doc: "how long a trace whose local roots have ended waits for stragglers",
    },
    Key {
        path: "pipeline.max_age",
        kind: Kind::Time { least: ONE_MILLISECOND, field: |values| &mut values.pipeline.max_age },
        default: "1h",
        doc: "the age at which a trace is ended though it still runs",
    },
    Key {
        path: "pipeline.max_bytes",
        kind: Kind::Bytes(|values| &mut values.pipeline.max_bytes),
        default: "256MiB",
        doc: "memory for the spans of unfinished traces; beyond it the oldest move on",
    },
    Key {
        path: "queue.spans",
        kind: Kind::Count { least: 1, most: MOST_QUEUED_SPANS, field: |values| &mut values.queue.spans },
        default: "8192",
        doc: "how many spans may wait for the worker",
    },
    Key {
        path: "queue.bytes",
        kind: Kind::Bytes(|values| &mut values.queue.bytes),
        default: "64MiB",
        doc: "memory for the spans that wait for the worker",
    },
    Key {
        path: "queue.block_on_full",
        kind: Kind::Time { least: ONE_MILLISECOND, field: |values| &mut values.queue.block_on_full },
        default: "nobody waits",
        doc: "how long a thread may wait for room in the queue before its span is dropped",
    },
    Key {
        path: "queue.block_for",
        kind: Kind::Choice(&[
            ("roots", |values| values.queue.block_for = Some(BlockFor::Roots)),
            ("all", |values| values.queue.block_for = Some(BlockFor::All)),
        ]),
        default: "roots",
        doc: "for which spans a thread waits",
    },
    Key {
        path: "enrichment.enabled",
        kind: Kind::Switch(|values| &mut values.enrichment.enabled),
        default: "true",
        doc: "whether spans are brought into the words of the GenAI conventions and each call is counted once",
    },
    Key {
        path: "enrichment.profile",
        kind: Kind::Choice(&[
            ("compat", |values| values.enrichment.profile = Some(Profile::Compat)),
            ("latest", |values| values.enrichment.profile = Some(Profile::Latest)),
        ]),
        default: "compat",
        doc: "which names are written: those that today's backends read, or the newest of the conventions",
    },
    Key {
        path: "enrichment.drop_originals",
        kind: Kind::Switch(|values| &mut values.enrichment.drop_originals),
        default: "false",
        doc: "whether a library's own attributes go once their content stands under a convention's name",
    },
    Key {
        path: "enrichment.aliases",
        kind: Kind::Table { entry: Entry::Attribute, field: |values| &mut values.enrichment.aliases },
        default: "none",
        doc: "by attribute of yours (`key>json>path` goes on into its JSON text), the convention's attribute that it stands for",
    },
    Key {
        path: "enrichment.input_counts",
        kind: Kind::Table { entry: Entry::Meaning, field: |values| &mut values.enrichment.input_counts },
        default: "told by library, provider and arithmetic",
        doc: "by how a library's instrumentation scope begins, whether its input counts contain cached tokens",
    },
    Key {
        path: "enrichment.count_tokens",
        kind: Kind::Switch(|values| &mut values.enrichment.count_tokens),
        default: "false",
        doc: "whether tokens are counted from the recorded texts where nobody reported them; needs the feature `count-tokens`",
    },
    Key {
        path: "enrichment.cost_targets",
        kind: Kind::Words { words: COST_TARGETS, field: |values| &mut values.enrichment.cost_targets },
        default: "none",
        doc: "the backends that get usage and cost under their own names too",
    },
    Key {
        path: "metrics.enabled",
        kind: Kind::Switch(|values| &mut values.metrics.enabled),
        default: "true",
        doc: "whether gen_ai metrics are recorded, where the program gives a meter provider",
    },
    Key {
        path: "metrics.profile",
        kind: Kind::Choice(&[
            ("compat", |values| values.metrics.profile = Some(Profile::Compat)),
            ("latest", |values| values.metrics.profile = Some(Profile::Latest)),
        ]),
        default: "compat",
        doc: "which metrics are recorded: those that today's dashboards read, or the newest of the conventions",
    },
    Key {
        path: "pricing.enabled",
        kind: Kind::Switch(|values| &mut values.pricing.enabled),
        default: "true",
        doc: "whether calls get a cost",
    },
    Key {
        path: "pricing.file",
        kind: Kind::Path(|values| &mut values.pricing.file),
        default: "OTEL_GENAI_PRICING_FILE, else none",
        doc: "the file of your own prices, JSON; the variable beats it",
    },
    Key {
        path: "pricing.cache",
        kind: Kind::Path(|values| &mut values.pricing.cache),
        default: "OTEL_GENAI_PRICING_CACHE, else otel-genai/prices.deflate in the user's folder for caches",
        doc: "the newer prices that `otel-genai pricing refresh` keeps; the variable beats it",
    },
    Key {
        path: "pricing.discount",
        kind: Kind::Table { entry: Entry::Part, field: |values| &mut values.pricing.discount },
        default: "none",
        doc: "by provider, the part of the price that you do not pay",
    },
    Key {
        path: "pricing.override",
        kind: Kind::Table { entry: Entry::Figures, field: |values| &mut values.pricing.rows },
        default: "none",
        doc: "by model, what you pay in USD per million tokens",
    },
    Key {
        path: "pricing.deployment",
        kind: Kind::Table { entry: Entry::Name, field: |values| &mut values.pricing.deployment },
        default: "none",
        doc: "by name of a deployment, the model behind it",
    },
    Key {
        path: "export.console.verbose",
        kind: Kind::Switch(|values| &mut console(values).verbose),
        default: "false",
        doc: "whether the terminal shows every attribute",
    },
    Key {
        path: "export.jsonl.path",
        kind: Kind::Path(|values| &mut json_lines(values).path),
        default: "none: needed",
        doc: "the file that spans are written to, relative to the working directory",
    },
    Key {
        path: "export.jsonl.truncate",
        kind: Kind::Switch(|values| &mut json_lines(values).truncate),
        default: "false",
        doc: "whether an existing file is emptied rather than continued",
    },
    Key {
        path: "export.jsonl.rotate_size",
        kind: Kind::Bytes(|values| &mut json_lines(values).rotate_size),
        default: "never",
        doc: "the size at which the file is put aside and a new one begun",
    },
    Key {
        path: "export.jsonl.rotate_every",
        kind: Kind::Time { least: ONE_SECOND, field: |values| &mut json_lines(values).rotate_every },
        default: "never",
        doc: "the interval at which the file is put aside; `1h` cuts at full hours (UTC)",
    },
    Key {
        path: "export.jsonl.compress",
        kind: Kind::Choice(&[
            ("none", |values| json_lines(values).compress = Some(Compress::None)),
            ("gzip", |values| json_lines(values).compress = Some(Compress::Gzip)),
            ("zstd", |values| json_lines(values).compress = Some(Compress::Zstd)),
        ]),
        default: "as the path's extension says",
        doc: "how the file is compressed",
    },
    Key {
        path: "export.jsonl.fsync",
        kind: Kind::Switch(|values| &mut json_lines(values).fsync),
        default: "false",
        doc: "whether every batch is made durable before the next",
    },
    Key {
        path: "export.otlp.endpoint",
        kind: Kind::Endpoint(|values| &mut otlp(values).endpoint),
        default: "OTEL_EXPORTER_OTLP_ENDPOINT, else localhost",
        doc: "the receiver's base URL; `/v1/traces` is added for http/protobuf",
    },
    Key {
        path: "export.otlp.protocol",
        kind: Kind::Choice(&[
            ("grpc", |values| otlp(values).protocol = Some(OtlpProtocol::Grpc)),
            ("http/protobuf", |values| otlp(values).protocol = Some(OtlpProtocol::HttpProtobuf)),
        ]),
        default: "http/protobuf",
        doc: "the protocol that the receiver speaks",
    },
    Key {
        path: HEADERS,
        kind: Kind::Headers(|values| &mut otlp(values).headers),
        default: "none",
        doc: "headers of every request, such as credentials",
    },
    Key {
        path: "export.otlp.compression",
        kind: Kind::Choice(&[
            ("none", |values| otlp(values).compression = Some(Compress::None)),
            ("gzip", |values| otlp(values).compression = Some(Compress::Gzip)),
        ]),
        default: "OTEL_EXPORTER_OTLP_COMPRESSION, else none",
        doc: "how requests are compressed; `none` leaves it to the default",
    },
];

pub(super) const HEADERS: &str = "export.otlp.headers";

/// Keys of stages and exporters that this version does not have yet, by section. They are known so that a file
/// written for a newer version gets a true answer.
const LATER: &[(&str, &[&str])] = &[
    ("pipeline", &["order"]),
    ("guardrails", &["enabled", "heuristics", "suppress_missing"]),
    ("redaction", &["enabled", "action", "content", "keys", "allow", "rules", "key_file"]),
    ("sampling", &["ratio", "keep_errors", "keep_slower_than", "keep_dearer_than", "keep_guarded", "rules"]),
    ("rate_limit", &["spans_per_second", "traces_per_second", "burst", "key", "max_wait"]),
    ("limits", &["spans_per_trace", "tool_spans_per_trace", "depth", "value_length"]),
    ("context", &["agent", "project", "session", "user", "tenant", "environment", "inbound_baggage"]),
    ("export.sqlite", &["path", "compress", "key_file", "retain_age", "retain_size", "retain_traces"]),
    ("export.otlp", &["preset", "spool"]),
];

fn console(values: &mut Values) -> &mut ConsoleValues {
    values.console.get_or_insert_default()
}

fn json_lines(values: &mut Values) -> &mut JsonLinesValues {
    values.json_lines.get_or_insert_default()
}

fn otlp(values: &mut Values) -> &mut OtlpValues {
    values.otlp.get_or_insert_default()
}

impl Key {
    pub(super) fn find(path: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.path == path)
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
