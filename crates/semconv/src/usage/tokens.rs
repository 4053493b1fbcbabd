//! The token counts of one call.

/// The token counts of one model call, each of which may be unknown.
///
/// Totals are **inclusive**, as the GenAI conventions say: `input` contains what was read from and written to a cache,
/// `output` contains the reasoning, and the counts of a modality are parts of their total. A count that nobody
/// reported is `None`, never zero.
///
/// # Examples
///
/// ```
/// use otel_genai_semconv::TokenUsage;
///
/// let usage = TokenUsage { input: Some(100), cache_read: Some(80), ..TokenUsage::default() };
/// assert_eq!(usage.uncached_input(), Some(20));
/// assert_eq!(usage.output, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TokenUsage {
    /// All input tokens.
    pub input: Option<u64>,
    /// Input tokens read from a cache.
    pub cache_read: Option<u64>,
    /// Input tokens written to a cache, whatever their lifetime.
    pub cache_write: Option<u64>,
    /// Cache writes that live five minutes.
    pub cache_write_5m: Option<u64>,
    /// Cache writes that live thirty minutes.
    pub cache_write_30m: Option<u64>,
    /// Cache writes that live one hour.
    pub cache_write_1h: Option<u64>,
    /// Cache writes that live twelve hours.
    pub cache_write_12h: Option<u64>,
    /// The text part of the input.
    pub text_input: Option<u64>,
    /// The audio part of the input.
    pub audio_input: Option<u64>,
    /// The image part of the input.
    pub image_input: Option<u64>,
    /// The video part of the input.
    pub video_input: Option<u64>,
    /// The text part of what was read from a cache.
    pub text_cache_read: Option<u64>,
    /// The audio part of what was read from a cache.
    pub audio_cache_read: Option<u64>,
    /// The image part of what was read from a cache.
    pub image_cache_read: Option<u64>,
    /// The video part of what was read from a cache.
    pub video_cache_read: Option<u64>,
    /// Input tokens that the provider's own tools brought in.
    pub tool_use_input: Option<u64>,
    /// Citation tokens, billed beside the input and not part of it (Perplexity).
    pub citation: Option<u64>,
    /// All output tokens.
    pub output: Option<u64>,
    /// Output tokens of hidden reasoning.
    pub reasoning: Option<u64>,
    /// The text part of the output.
    pub text_output: Option<u64>,
    /// The audio part of the output.
    pub audio_output: Option<u64>,
    /// The image part of the output.
    pub image_output: Option<u64>,
    /// The video part of the output.
    pub video_output: Option<u64>,
    /// The total that the provider reported; a check on the sums, never a source for them.
    pub total: Option<u64>,
}

impl TokenUsage {
    /// Returns the input that was neither read from nor written to a cache, as far as that was reported.
    ///
    /// `None` when the input is unknown. Never negative: a cache count above the input gives zero.
    pub fn uncached_input(&self) -> Option<u64> {
        let cached = self.cache_read.unwrap_or(0).saturating_add(self.cache_write.unwrap_or(0));
        self.input.map(|input| input.saturating_sub(cached))
    }

    /// Tells whether nothing at all is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
