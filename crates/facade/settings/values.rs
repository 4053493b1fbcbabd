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
    pub(super) pipeline: PipelineValues,
    pub(super) queue: QueueValues,
    pub(super) enrichment: EnrichmentValues,
    pub(super) metrics: MetricsValues,
    pub(super) pricing: PricingValues,
    /// Of an exporter, whether its section is there says whether it is wanted.
    pub(super) console: Option<ConsoleValues>,
    pub(super) json_lines: Option<JsonLinesValues>,
    pub(super) otlp: Option<OtlpValues>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct PipelineValues {
    pub(super) linger: Option<Duration>,
    pub(super) grace: Option<Duration>,
    pub(super) max_age: Option<Duration>,
    pub(super) max_bytes: Option<usize>,
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

/// Which names are written where the conventions changed theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Profile {
    #[default]
    Compat,
    Latest,
}

#[derive(Clone, Debug, Default)]
pub(super) struct ConsoleValues {
    pub(super) verbose: Option<bool>,
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
pub(super) struct OtlpValues {
    pub(super) endpoint: Option<String>,
    pub(super) protocol: Option<OtlpProtocol>,
    pub(super) headers: Headers,
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

/// Request headers: names in lower case, values secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Headers(pub(super) BTreeMap<String, String>);

impl fmt::Debug for Headers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.0.keys().map(|name| (name, "***"))).finish()
    }
}
