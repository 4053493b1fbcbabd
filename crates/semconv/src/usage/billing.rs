//! What a provider bills by beside token counts.

use super::Units;

/// What a provider's answer says about its bill, beside the token counts.
///
/// A price engine needs these because no convention carries them; see the pricing rules of each provider.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Billing {
    /// The tier that served the call, such as `default`, `batch`, `flex`, `priority` or Google's `ON_DEMAND_FLEX`.
    pub service_tier: Option<String>,
    /// The region that the provider says it computed in (Anthropic's `inference_geo`).
    pub geo: Option<String>,
    /// The speed class that was billed (Anthropic's `speed`).
    pub speed: Option<String>,
    /// How much web content a search could bring in, which Perplexity bills by: `low`, `medium` or `high`.
    pub search_context_size: Option<String>,
    /// Web searches that the provider ran.
    pub web_searches: Option<u64>,
    /// Input tokens that are billed, where the provider reports them apart from those the model saw (Cohere).
    pub billed_input: Option<u64>,
    /// Output tokens that are billed, where the provider reports them apart from those the model wrote (Cohere).
    pub billed_output: Option<u64>,
    /// Seconds of audio, where those are billed instead of tokens.
    pub audio_seconds: Option<f64>,
    /// Seconds of audio or video that were made, where those are billed instead of tokens.
    pub output_seconds: Option<f64>,
    /// What else is billed by the piece.
    pub units: Units,
    /// The cost that the provider itself reported, in USD.
    pub reported_cost: Option<f64>,
}

impl Billing {
    /// Takes over what `other` knows and `self` does not.
    pub fn fill(&mut self, other: Self) {
        self.service_tier = self.service_tier.take().or(other.service_tier);
        self.geo = self.geo.take().or(other.geo);
        self.speed = self.speed.take().or(other.speed);
        self.search_context_size = self.search_context_size.take().or(other.search_context_size);
        self.web_searches = self.web_searches.or(other.web_searches);
        self.billed_input = self.billed_input.or(other.billed_input);
        self.billed_output = self.billed_output.or(other.billed_output);
        self.audio_seconds = self.audio_seconds.or(other.audio_seconds);
        self.output_seconds = self.output_seconds.or(other.output_seconds);
        self.units.fill(other.units);
        self.reported_cost = self.reported_cost.or(other.reported_cost);
    }
}
