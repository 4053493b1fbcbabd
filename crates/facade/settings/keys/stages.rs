//! What the stages do.

use super::{COST_TARGETS, Entry, GUARDRAIL_CATEGORIES, Key, Kind, NO_TIME};
use crate::settings::values::Profile;

pub(super) const KEYS: &[Key] = &[
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
        doc: "whether gen_ai metrics are recorded; `init` exports them over OTLP, if that is exported to",
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
        path: "guardrails.enabled",
        kind: Kind::Switch(|values| &mut values.guardrails.enabled),
        default: "true",
        doc: "whether traces say which guardrails fired and which were missing",
    },
    Key {
        path: "guardrails.heuristics",
        kind: Kind::Switch(|values| &mut values.guardrails.heuristics),
        default: "true",
        doc: "whether guesses count too, such as phrases of refusal; always of low confidence",
    },
    Key {
        path: "guardrails.suppress_missing",
        kind: Kind::Words {
            words: GUARDRAIL_CATEGORIES,
            field: |values| &mut values.guardrails.suppress_missing,
        },
        default: "none",
        doc: "the categories that no trace is said to miss",
    },
    Key {
        path: "guardrails.requirements",
        kind: Kind::Table { entry: Entry::Categories, field: |values| &mut values.guardrails.requirements },
        default: "those of the page on guardrails",
        doc: "by what a run does, the categories that it calls for, instead of the default ones of that capability",
    },
    Key {
        path: "redaction.enabled",
        kind: Kind::Switch(|values| &mut values.redaction.enabled),
        default: "true",
        doc: "whether secrets and personal data are taken out of spans",
    },
    Key {
        path: "redaction.action",
        kind: Kind::Choice(&[
            ("mask", |values| values.redaction.action = Some("mask")),
            ("hash", |values| values.redaction.action = Some("hash")),
            ("partial", |values| values.redaction.action = Some("partial")),
            ("remove", |values| values.redaction.action = Some("remove")),
            ("drop_span", |values| values.redaction.action = Some("drop_span")),
            ("report", |values| values.redaction.action = Some("report")),
        ]),
        default: "mask",
        doc: "what happens to what is found: a marker in its place, a keyed pseudonym, its last four characters, nothing left, the span dropped, or only a count",
    },
    Key {
        path: "redaction.content",
        kind: Kind::Choice(&[
            ("off", |values| values.redaction.content = Some("off")),
            ("redacted", |values| values.redaction.content = Some("redacted")),
            ("full", |values| values.redaction.content = Some("full")),
        ]),
        default: "redacted",
        doc: "what becomes of prompts and answers: taken out, redacted, or kept with personal data but without secrets",
    },
    Key {
        path: "redaction.rules",
        kind: Kind::Table { entry: Entry::RuleAction, field: |values| &mut values.redaction.rules },
        default: "none",
        doc: "by rule, or category of rules, what happens to what it finds instead, or \"off\"",
    },
    Key {
        path: "redaction.attributes",
        kind: Kind::Table { entry: Entry::AttributeAction, field: |values| &mut values.redaction.attributes },
        default: "none",
        doc: "by attribute, what happens to the whole of it",
    },
    Key {
        path: "redaction.patterns",
        kind: Kind::Table { entry: Entry::Pattern, field: |values| &mut values.redaction.patterns },
        default: "none",
        doc: "rules of your own: by name, the pattern of what is to be found",
    },
    Key {
        path: "redaction.keys",
        kind: Kind::Names(|values| &mut values.redaction.keys),
        default: "none",
        doc: "more names whose values are secret, in JSON, headers and `name = value`",
    },
    Key {
        path: "redaction.deny",
        kind: Kind::Names(|values| &mut values.redaction.deny),
        default: "none",
        doc: "texts that are taken out wherever they stand",
    },
    Key {
        path: "redaction.allow",
        kind: Kind::Names(|values| &mut values.redaction.allow),
        default: "none",
        doc: "values that are left alone",
    },
    Key {
        path: "redaction.allow_patterns",
        kind: Kind::Names(|values| &mut values.redaction.allow_patterns),
        default: "none",
        doc: "patterns of values that are left alone",
    },
    Key {
        path: "redaction.blobs",
        kind: Kind::Choice(&[
            ("keep", |values| values.redaction.blobs = Some("keep")),
            ("drop", |values| values.redaction.blobs = Some("drop")),
        ]),
        default: "keep",
        doc: "what becomes of `data:` URIs and long runs of base64, which no rule looks into",
    },
    Key {
        path: "redaction.resource",
        kind: Kind::Switch(|values| &mut values.redaction.resource),
        default: "false",
        doc: "whether the attributes of resource and instrumentation scope are looked at too",
    },
    Key {
        path: "redaction.key_file",
        kind: Kind::Path(|values| &mut values.redaction.key_file),
        default: "none",
        doc: "the file with the key of pseudonyms, `id:secret`, which \"hash\" needs",
    },
    Key {
        path: "redaction.key",
        kind: Kind::Secret(|values| &mut values.redaction.key),
        default: "none",
        doc: "the key itself, meant for its environment variable; beats the file",
    },
    Key {
        path: "limits.spans_per_trace",
        kind: Kind::Count { least: 1, most: MOST, field: |values| &mut values.limits.spans_per_trace },
        default: "none",
        doc: "how many spans of a trace are kept; model calls, errors and roots are never cut",
    },
    Key {
        path: "limits.tool_spans_per_trace",
        kind: Kind::Count { least: 1, most: MOST, field: |values| &mut values.limits.tool_spans_per_trace },
        default: "none",
        doc: "how many of them may be tool calls",
    },
    Key {
        path: "limits.depth",
        kind: Kind::Count { least: 1, most: MOST, field: |values| &mut values.limits.depth },
        default: "none",
        doc: "how deep spans may lie below each other",
    },
    Key {
        path: "limits.value_length",
        kind: Kind::Bytes(|values| &mut values.limits.value_length),
        default: "none",
        doc: "the length beyond which redaction cuts a text; JSON stays JSON",
    },
    Key {
        path: "sampling.ratio",
        kind: Kind::Number { most: 1.0, field: |values| &mut values.sampling.ratio },
        default: "1, unless OTEL_TRACES_SAMPLER says otherwise",
        doc: "the share of traces that is kept, by their ids; what the keys below keep comes on top",
    },
    Key {
        path: "sampling.rules",
        kind: Kind::Names(|values| &mut values.sampling.rules),
        default: "none",
        doc: "rules in their order, the first that fits decides: `agent=planner; rate=0.5`; they stand before the keys below",
    },
    Key {
        path: "sampling.keep_errors",
        kind: Kind::Switch(|values| &mut values.sampling.keep_errors),
        default: "true",
        doc: "whether traces with an error in any span are all kept",
    },
    Key {
        path: "sampling.keep_guarded",
        kind: Kind::Switch(|values| &mut values.sampling.keep_guarded),
        default: "true",
        doc: "whether traces in which a guardrail fired are all kept",
    },
    Key {
        path: "sampling.keep_slower_than",
        kind: Kind::Time { least: NO_TIME, field: |values| &mut values.sampling.keep_slower_than },
        default: "none",
        doc: "the duration from which traces are all kept",
    },
    Key {
        path: "sampling.keep_dearer_than",
        kind: Kind::Number { most: f64::MAX, field: |values| &mut values.sampling.keep_dearer_than },
        default: "none",
        doc: "the cost in USD from which traces are all kept",
    },
    Key {
        path: "sampling.max_trace_bytes",
        kind: Kind::Bytes(|values| &mut values.sampling.max_trace_bytes),
        default: "16MiB",
        doc: "memory for one undecided trace; one that takes more is decided with what is known",
    },
    Key {
        path: "sampling.all_recorded",
        kind: Kind::Switch(|values| &mut values.sampling.all_recorded),
        default: "false",
        doc: "for recorded files and samplers of your own: that nothing was left out before, so that what is kept can be extrapolated",
    },
    Key {
        path: "rate_limit.traces_per_second",
        kind: Kind::Count { least: 1, most: MOST, field: |values| &mut values.rate_limit.traces_per_second },
        default: "none",
        doc: "how many traces are exported per second at the most",
    },
    Key {
        path: "rate_limit.spans_per_second",
        kind: Kind::Count { least: 1, most: MOST, field: |values| &mut values.rate_limit.spans_per_second },
        default: "none",
        doc: "how many spans, instead of traces",
    },
    Key {
        path: "rate_limit.burst",
        kind: Kind::Count { least: 1, most: MOST, field: |values| &mut values.rate_limit.burst },
        default: "what passes in a second",
        doc: "how many may pass at once",
    },
    Key {
        path: "rate_limit.key",
        kind: Kind::Text(|values| &mut values.rate_limit.key),
        default: "none",
        doc: "what has a rate of its own: agent, tenant, model or attribute:KEY",
    },
    Key {
        path: "rate_limit.max_wait",
        kind: Kind::Time { least: NO_TIME, field: |values| &mut values.rate_limit.max_wait },
        default: "0s",
        doc: "how long a trace above the limit waits for its turn before it is dropped",
    },
];

/// What fits every counter.
const MOST: usize = u32::MAX as usize;
