//! What is known of a provider as a whole.

use serde::{Deserialize, Serialize};

/// What a catalogue file says about a provider, apart from its models. Written by hand, kept by every refresh.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderHeader {
    /// Our name for the provider, also the name of its file.
    pub provider: String,
    /// Other names, first of all the values of `gen_ai.provider.name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub otel: Vec<String>,
    /// Ends of the host names of its API.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Providers whose models it resells at their price: asked when it has no row of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<String>,
    /// Beginnings of model names that mean this provider when a call names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub infer: Vec<String>,
    /// Parts of model names whose API counts cached tokens outside the input count; `*` for all, `!part` for all but.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusive: Vec<String>,
    /// Prefixes (`us.`) that choose a geography and may be missing in the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub geo: Vec<String>,
    /// Whether a tier holds from its threshold on (`ge`, xAI) rather than above it.
    #[serde(default, skip_serializing_if = "TierAt::is_above")]
    pub tier_at: TierAt,
    /// The ending of names that are known to cost nothing (`:free`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_suffix: Option<String>,
    /// Whether a price of zero is to be believed: local runtimes, subscriptions, sponsored hosts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub free: bool,
    /// Which upstream lists feed this file.
    #[serde(default, skip_serializing_if = "Upstream::is_empty")]
    pub upstream: Upstream,
}

/// When a tier starts to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TierAt {
    /// Above the threshold: almost everyone.
    #[default]
    Gt,
    /// From the threshold on: xAI.
    Ge,
}

impl TierAt {
    fn is_above(&self) -> bool {
        *self == Self::Gt
    }
}

/// The names under which the upstream lists know a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Provider ids in genai-prices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genai: Vec<String>,
    /// Values of `litellm_provider`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub litellm: Vec<String>,
    /// First path segments that LiteLLM puts before this provider's model names, beside `litellm` itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strip: Vec<String>,
    /// The list that is believed where both speak and differ: `genai` (default) or `litellm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefer: Option<String>,
}

impl Upstream {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
