//! Where spans go.

use super::{HEADERS, Key, Kind, ONE_MILLISECOND, ONE_SECOND, console, json_lines, otlp, sqlite};
use crate::settings::values::{Compress, ConsoleStream, OtlpProtocol};

pub(super) const KEYS: &[Key] = &[
    Key {
        path: "export.console.stream",
        kind: Kind::Choice(&[
            ("stderr", |values| console(values).stream = Some(ConsoleStream::StandardError)),
            ("stdout", |values| console(values).stream = Some(ConsoleStream::StandardOutput)),
        ]),
        default: "stderr",
        doc: "where traces are drawn",
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
        path: "export.sqlite.path",
        kind: Kind::Path(|values| &mut sqlite(values).path),
        default: "otel-genai/traces.db in the user's folder for state",
        doc: "the store that spans are written to, relative to the working directory",
    },
    Key {
        path: "export.sqlite.text_search",
        kind: Kind::Switch(|values| &mut sqlite(values).text_search),
        default: "true",
        doc: "whether texts can be searched; without it writing the store takes half of the processor time, and its file is smaller by a fifth",
    },
    Key {
        path: "export.sqlite.synchronous",
        kind: Kind::Choice(&[
            ("normal", |values| sqlite(values).synchronous = Some("normal")),
            ("full", |values| sqlite(values).synchronous = Some("full")),
        ]),
        default: "normal",
        doc: "what a power failure may cost: the last batches, or nothing, at one disk flush per batch",
    },
    Key {
        path: "export.sqlite.retain_age",
        kind: Kind::Time { least: ONE_SECOND, field: |values| &mut sqlite(values).retain_age },
        default: "for ever",
        doc: "the age at which traces are deleted",
    },
    Key {
        path: "export.sqlite.retain_size",
        kind: Kind::Bytes(|values| &mut sqlite(values).retain_size),
        default: "none",
        doc: "the size beyond which the oldest traces are deleted",
    },
    Key {
        path: "export.sqlite.retain_traces",
        kind: Kind::Count { least: 1, most: usize::MAX, field: |values| &mut sqlite(values).retain_traces },
        default: "none",
        doc: "how many traces are kept, the newest",
    },
    Key {
        path: "export.sqlite.key_file",
        kind: Kind::Path(|values| &mut sqlite(values).key_file),
        default: "none",
        doc: "the file with the passphrase of an encrypted store; needs the feature `encryption`",
    },
    Key {
        path: "export.sqlite.key",
        kind: Kind::Secret(|values| &mut sqlite(values).key),
        default: "none",
        doc: "the passphrase itself, meant for its environment variable; beats the file",
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
    Key {
        path: "export.otlp.timeout",
        kind: Kind::Time { least: ONE_MILLISECOND, field: |values| &mut otlp(values).timeout },
        default: "OTEL_EXPORTER_OTLP_TIMEOUT, else 10s",
        doc: "how long the receiver may take to answer a request, retries included",
    },
];
