//! What is observed, whose runs they are, and the pipeline's limits.

use otel_genai_pipeline::BlockFor;

use super::{INBOUND_BAGGAGE, Key, Kind, NO_TIME, ONE_MILLISECOND, OUTBOUND_BAGGAGE, PROFILE};
use crate::settings::values::RunProfile;

/// The queue's places are made when the pipeline starts, about a kilobyte each.
const MOST_QUEUED_SPANS: usize = 1_000_000;

pub(super) const KEYS: &[Key] = &[
    Key {
        path: "enabled",
        kind: Kind::Switch(|values| &mut values.enabled),
        default: "true, unless OTEL_SDK_DISABLED is true",
        doc: "whether anything is observed; if not, `init` starts no thread and creates no file",
    },
    Key {
        path: PROFILE,
        kind: Kind::Choice(&[
            ("development", |values| values.profile = Some(RunProfile::Development)),
            ("production", |values| values.profile = Some(RunProfile::Production)),
            ("debug", |values| values.profile = Some(RunProfile::Debug)),
        ]),
        default: "development with `load` and `init`, else none",
        doc: "what the program runs for: other defaults for other keys, never a value that is set",
    },
    Key {
        path: "filter",
        kind: Kind::Filter(|values| &mut values.filter),
        default: "info",
        doc: "which spans and events of `tracing` are recorded: a level, and levels of targets",
    },
    Key {
        path: "service.name",
        kind: Kind::Text(|values| &mut values.service.name),
        default: "OTEL_SERVICE_NAME, else unknown_service:PROGRAM",
        doc: "the name of this program in the traces, the resource's `service.name`",
    },
    Key {
        path: "context.agent",
        kind: Kind::Text(|values| &mut values.context.agent),
        default: "absent",
        doc: "`gen_ai.agent.name` of spans for which neither a run nor the span says one; not for hosts of several agents",
    },
    Key {
        path: "context.project",
        kind: Kind::Text(|values| &mut values.context.project),
        default: "absent",
        doc: "`otel_genai.project`, likewise",
    },
    Key {
        path: "context.session",
        kind: Kind::Text(|values| &mut values.context.session),
        default: "absent",
        doc: "`session.id`, likewise: for programs that are one session",
    },
    Key {
        path: "context.user",
        kind: Kind::Text(|values| &mut values.context.user),
        default: "absent",
        doc: "`user.id`, likewise: for programs of one user",
    },
    Key {
        path: "context.tenant",
        kind: Kind::Text(|values| &mut values.context.tenant),
        default: "absent",
        doc: "`otel_genai.tenant`, likewise: for programs of one tenant",
    },
    Key {
        path: "context.environment",
        kind: Kind::Text(|values| &mut values.context.environment),
        default: "absent",
        doc: "`deployment.environment.name`, likewise",
    },
    Key {
        path: INBOUND_BAGGAGE,
        kind: Kind::Names(|values| &mut values.context.inbound_baggage),
        default: "none",
        doc: "the baggage members, such as session.id, that callers over HTTP are believed",
    },
    Key {
        path: OUTBOUND_BAGGAGE,
        kind: Kind::Names(|values| &mut values.context.outbound_baggage),
        default: "none",
        doc: "the members that leave this program as baggage with its HTTP requests",
    },
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
        path: "pipeline.export_timeout",
        kind: Kind::Time { least: ONE_MILLISECOND, field: |values| &mut values.pipeline.export_timeout },
        default: "30s",
        doc: "how long one call of an exporter may take before its spans count as failed",
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
];
