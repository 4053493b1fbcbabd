//! What has been set, typed; what is `None` has its default.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use otel_genai_pipeline::BlockFor;

#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    /// Whether the stages run over recorded spans, where nothing waits for them.
    pub(super) is_replay: bool,
    pub(super) enabled: Option<bool>,
    pub(super) profile: Option<RunProfile>,
    pub(super) filter: Option<String>,
    /// Whether somebody said that no exporter is wanted, so that the profile's are not either.
    pub(super) wants_no_exporter: bool,
    pub(super) service: ServiceValues,
    pub(super) context: ContextValues,
    pub(super) pipeline: PipelineValues,
    pub(super) queue: QueueValues,
    pub(super) enrichment: EnrichmentValues,
    pub(super) metrics: MetricsValues,
    pub(super) pricing: PricingValues,
    pub(super) guardrails: GuardrailValues,
    pub(super) redaction: RedactionValues,
    pub(super) limits: LimitValues,
    pub(super) sampling: SamplingValues,
    pub(super) rate_limit: RateLimitValues,
    /// Of an exporter, whether its section is there says whether it is wanted.
    pub(super) console: Option<ConsoleValues>,
    pub(super) json_lines: Option<JsonLinesValues>,
    pub(super) sqlite: Option<SqliteValues>,
    pub(super) otlp: Option<OtlpValues>,
}

/// What a program is run for: which defaults hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunProfile {
    Development,
    Production,
    Debug,
}

impl RunProfile {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
            Self::Debug => "debug",
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct ServiceValues {
    pub(super) name: Option<String>,
}

/// What is known of every run of this program.
#[derive(Clone, Debug, Default)]
pub(super) struct ContextValues {
    pub(super) agent: Option<String>,
    pub(super) project: Option<String>,
    pub(super) session: Option<String>,
    pub(super) user: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) inbound_baggage: Vec<String>,
    pub(super) outbound_baggage: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct PipelineValues {
    pub(super) linger: Option<Duration>,
    pub(super) grace: Option<Duration>,
    pub(super) max_age: Option<Duration>,
    pub(super) max_bytes: Option<usize>,
    pub(super) export_timeout: Option<Duration>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct QueueValues {
    pub(super) spans: Option<usize>,
    pub(super) bytes: Option<usize>,
    pub(super) block_on_full: Option<Duration>,
    pub(super) block_for: Option<BlockFor>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PricingValues {
    pub(super) enabled: Option<bool>,
    pub(super) file: Option<PathBuf>,
    pub(super) cache: Option<PathBuf>,
    pub(super) discount: toml::Table,
    pub(super) rows: toml::Table,
    pub(super) deployment: toml::Table,
}

#[derive(Clone, Debug, Default)]
pub(super) struct EnrichmentValues {
    pub(super) enabled: Option<bool>,
    pub(super) profile: Option<Profile>,
    pub(super) drop_originals: Option<bool>,
    pub(super) count_tokens: Option<bool>,
    pub(super) cost_targets: Vec<&'static str>,
    pub(super) aliases: toml::Table,
    pub(super) input_counts: toml::Table,
}

#[derive(Clone, Debug, Default)]
pub(super) struct MetricsValues {
    pub(super) enabled: Option<bool>,
    pub(super) profile: Option<Profile>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct GuardrailValues {
    pub(super) enabled: Option<bool>,
    pub(super) heuristics: Option<bool>,
    pub(super) suppress_missing: Vec<&'static str>,
    pub(super) requirements: toml::Table,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RedactionValues {
    pub(super) enabled: Option<bool>,
    pub(super) action: Option<&'static str>,
    pub(super) content: Option<&'static str>,
    /// Whether a variable of another library says that prompts, or answers, are not to be recorded.
    pub(super) hides_inputs: bool,
    pub(super) hides_outputs: bool,
    pub(super) rules: toml::Table,
    pub(super) attributes: toml::Table,
    pub(super) patterns: toml::Table,
    pub(super) keys: Vec<String>,
    pub(super) deny: Vec<String>,
    pub(super) allow: Vec<String>,
    pub(super) allow_patterns: Vec<String>,
    pub(super) blobs: Option<&'static str>,
    pub(super) resource: Option<bool>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) key: Option<Secret>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LimitValues {
    pub(super) spans_per_trace: Option<usize>,
    pub(super) tool_spans_per_trace: Option<usize>,
    pub(super) depth: Option<usize>,
    pub(super) value_length: Option<usize>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SamplingValues {
    pub(super) ratio: Option<f64>,
    /// The sampler that `OTEL_TRACES_SAMPLER` names, with its argument; `ratio` beats it.
    pub(super) named: Option<(String, Option<String>)>,
    pub(super) rules: Vec<String>,
    pub(super) keep_errors: Option<bool>,
    pub(super) keep_guarded: Option<bool>,
    pub(super) keep_slower_than: Option<Duration>,
    pub(super) keep_dearer_than: Option<f64>,
    pub(super) max_trace_bytes: Option<usize>,
    pub(super) all_recorded: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RateLimitValues {
    pub(super) traces_per_second: Option<usize>,
    pub(super) spans_per_second: Option<usize>,
    pub(super) burst: Option<usize>,
    pub(super) key: Option<String>,
    pub(super) max_wait: Option<Duration>,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Which names are written where the conventions changed theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Profile {
    #[default]
    Compat,
    Latest,
}

#[derive(Clone, Debug, Default)]
pub(super) struct ConsoleValues {
    pub(super) stream: Option<ConsoleStream>,
    pub(super) verbose: Option<bool>,
}

/// Where trees are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ConsoleStream {
    /// Not the program's output, which somebody may want to read.
    #[default]
    StandardError,
    StandardOutput,
}

#[derive(Clone, Debug, Default)]
pub(super) struct JsonLinesValues {
    pub(super) path: Option<PathBuf>,
    pub(super) truncate: Option<bool>,
    pub(super) rotate_size: Option<usize>,
    pub(super) rotate_every: Option<Duration>,
    pub(super) compress: Option<Compress>,
    pub(super) fsync: Option<bool>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct SqliteValues {
    pub(super) path: Option<PathBuf>,
    pub(super) text_search: Option<bool>,
    pub(super) synchronous: Option<&'static str>,
    pub(super) retain_age: Option<Duration>,
    pub(super) retain_size: Option<usize>,
    pub(super) retain_traces: Option<usize>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) key: Option<Secret>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct OtlpValues {
    pub(super) endpoint: Option<String>,
    pub(super) protocol: Option<OtlpProtocol>,
    pub(super) headers: Headers,
    pub(super) timeout: Option<Duration>,
    pub(super) compression: Option<Compress>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compress {
    None,
    Gzip,
    Zstd,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OtlpProtocol {
    Grpc,
    /// The default that the OTLP exporter specification recommends.
    #[default]
    HttpProtobuf,
}

impl OtlpProtocol {
    /// Reads the name that the OTLP exporter specification has for it.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "grpc" => Some(Self::Grpc),
            "http/protobuf" => Some(Self::HttpProtobuf),
            _ => None,
        }
    }
}

/// Request headers: names in lower case, values secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Headers(pub(super) BTreeMap<String, String>);

impl fmt::Debug for Headers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.0.keys().map(|name| (name, "***"))).finish()
    }
}
