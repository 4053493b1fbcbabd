//! What a call consumed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::money::Usd;

/// What one model call consumed, as far as it is known; `None` is unknown, not zero.
///
/// Totals are **inclusive**, as the OpenTelemetry conventions ask: `input_tokens` holds the cached ones, and
/// `output_tokens` the reasoning. Counts that break this are repaired where the provider's own habit says how
/// (see [`Notes`](crate::Notes)).
///
/// As JSON the fields have the same names, durations are `input_seconds` and `output_seconds`, and a name that is none
/// of them is an error.
///
/// ```
/// use otel_genai_pricing::Usage;
///
/// let usage = Usage { input_tokens: Some(1_000), output_tokens: Some(500), cache_read_tokens: Some(400), ..Usage::default() };
/// let same: Usage = serde_json::from_str(r#"{"input_tokens": 1000, "output_tokens": 500, "cache_read_tokens": 400}"#)?;
/// assert_eq!(usage, same);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Usage {
    /// All input tokens: uncached, read from and written to a cache, of every modality.
    pub input_tokens: Option<u64>,
    /// All output tokens: visible text, reasoning, and every other modality.
    pub output_tokens: Option<u64>,
    /// Input tokens read from a cache.
    pub cache_read_tokens: Option<u64>,
    /// Input tokens written to a cache, of every lifetime.
    pub cache_write_tokens: Option<u64>,
    /// Part of `cache_write_tokens` that lives for five minutes.
    pub cache_write_5m_tokens: Option<u64>,
    /// Part of `cache_write_tokens` that lives for one hour.
    pub cache_write_1h_tokens: Option<u64>,
    /// Part of `cache_write_tokens` that lives for twelve hours.
    pub cache_write_12h_tokens: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Tokens of cited sources, which are in neither total (Perplexity).
    pub citation_tokens: Option<u64>,
    /// Input tokens by modality, cached ones included.
    pub input: Modalities,
    /// Output tokens by modality.
    pub output: Modalities,
    /// Tokens read from a cache by modality.
    pub cache_read: Modalities,
    /// Things that are billed by the piece.
    pub units: Units,
    /// What the provider itself says the call cost. It beats every table.
    pub provider_cost: Option<Usd>,
}

/// Token counts by modality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Modalities {
    /// Text, and documents that are billed as text.
    pub text: Option<u64>,
    /// Audio.
    pub audio: Option<u64>,
    /// Images.
    pub image: Option<u64>,
    /// Video.
    pub video: Option<u64>,
}

/// Counts of things that are billed by the piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Units {
    /// Searches of the web.
    pub web_searches: Option<u64>,
    /// Searches in stored files.
    pub file_searches: Option<u64>,
    /// Queries to a map service.
    pub map_queries: Option<u64>,
    /// Sessions of a code interpreter.
    pub code_sessions: Option<u64>,
    /// Search or rerank queries.
    pub queries: Option<u64>,
    /// Images read.
    pub input_images: Option<u64>,
    /// Images made.
    pub output_images: Option<u64>,
    /// Length of the audio or video read.
    #[serde(rename = "input_seconds", with = "seconds")]
    pub input_duration: Option<Duration>,
    /// Length of the audio or video made.
    #[serde(rename = "output_seconds", with = "seconds")]
    pub output_duration: Option<Duration>,
    /// Characters read.
    pub input_characters: Option<u64>,
    /// Characters written.
    pub output_characters: Option<u64>,
    /// Pages read.
    pub pages: Option<u64>,
    /// Pages read and annotated.
    pub annotated_pages: Option<u64>,
}

impl Usage {
    /// Whether nothing is known, so that nothing can be priced.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // Almost every usage has a total, and comparing some forty fields takes longer than the rest of a price.
        self.input_tokens.is_none() && self.output_tokens.is_none() && *self == Self::default()
    }

    /// The sum over the cache lifetimes and the total written, whichever is larger: some answers give only one of them.
    pub(crate) fn cache_writes(&self) -> u64 {
        let split = [self.cache_write_5m_tokens, self.cache_write_1h_tokens, self.cache_write_12h_tokens];
        let split = split.into_iter().flatten().fold(0_u64, u64::saturating_add);
        split.max(self.cache_write_tokens.unwrap_or(0))
    }
}

mod seconds {
    use std::time::Duration;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::{Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<f64>::deserialize(deserializer)?;
        let duration = |seconds: f64| {
            Duration::try_from_secs_f64(seconds)
                .map_err(|_| Error::custom(format!("{seconds} is no number of seconds")))
        };
        seconds.map(duration).transpose()
    }
}
