//! The attribute of each token count.

use super::TokenUsage;
use crate::names::{gen_ai, otel_genai};

/// One count of a [`TokenUsage`], with the attribute it is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenField {
    /// [`TokenUsage::input`].
    Input,
    /// [`TokenUsage::cache_read`].
    CacheRead,
    /// [`TokenUsage::cache_write`].
    CacheWrite,
    /// [`TokenUsage::cache_write_5m`].
    CacheWrite5m,
    /// [`TokenUsage::cache_write_30m`].
    CacheWrite30m,
    /// [`TokenUsage::cache_write_1h`].
    CacheWrite1h,
    /// [`TokenUsage::cache_write_12h`].
    CacheWrite12h,
    /// [`TokenUsage::text_input`].
    TextInput,
    /// [`TokenUsage::audio_input`].
    AudioInput,
    /// [`TokenUsage::image_input`].
    ImageInput,
    /// [`TokenUsage::video_input`].
    VideoInput,
    /// [`TokenUsage::text_cache_read`].
    TextCacheRead,
    /// [`TokenUsage::audio_cache_read`].
    AudioCacheRead,
    /// [`TokenUsage::image_cache_read`].
    ImageCacheRead,
    /// [`TokenUsage::video_cache_read`].
    VideoCacheRead,
    /// [`TokenUsage::tool_use_input`].
    ToolUseInput,
    /// [`TokenUsage::citation`].
    Citation,
    /// [`TokenUsage::output`].
    Output,
    /// [`TokenUsage::reasoning`].
    Reasoning,
    /// [`TokenUsage::text_output`].
    TextOutput,
    /// [`TokenUsage::audio_output`].
    AudioOutput,
    /// [`TokenUsage::image_output`].
    ImageOutput,
    /// [`TokenUsage::video_output`].
    VideoOutput,
    /// [`TokenUsage::total`].
    Total,
}

impl TokenField {
    /// Every field, in the order in which they are written.
    pub const ALL: [Self; 24] = [
        Self::Input,
        Self::CacheRead,
        Self::CacheWrite,
        Self::CacheWrite5m,
        Self::CacheWrite30m,
        Self::CacheWrite1h,
        Self::CacheWrite12h,
        Self::TextInput,
        Self::AudioInput,
        Self::ImageInput,
        Self::VideoInput,
        Self::TextCacheRead,
        Self::AudioCacheRead,
        Self::ImageCacheRead,
        Self::VideoCacheRead,
        Self::ToolUseInput,
        Self::Citation,
        Self::Output,
        Self::Reasoning,
        Self::TextOutput,
        Self::AudioOutput,
        Self::ImageOutput,
        Self::VideoOutput,
        Self::Total,
    ];

    /// Returns the attribute's name; for cache writes the newest one (`cache_write`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => gen_ai::USAGE_INPUT_TOKENS,
            Self::CacheRead => gen_ai::USAGE_CACHE_READ_INPUT_TOKENS,
            Self::CacheWrite => gen_ai::USAGE_CACHE_WRITE_INPUT_TOKENS,
            Self::CacheWrite5m => otel_genai::USAGE_CACHE_WRITE_5M_INPUT_TOKENS,
            Self::CacheWrite30m => otel_genai::USAGE_CACHE_WRITE_30M_INPUT_TOKENS,
            Self::CacheWrite1h => otel_genai::USAGE_CACHE_WRITE_1H_INPUT_TOKENS,
            Self::CacheWrite12h => otel_genai::USAGE_CACHE_WRITE_12H_INPUT_TOKENS,
            Self::TextInput => gen_ai::USAGE_TEXT_INPUT_TOKENS,
            Self::AudioInput => gen_ai::USAGE_AUDIO_INPUT_TOKENS,
            Self::ImageInput => gen_ai::USAGE_IMAGE_INPUT_TOKENS,
            Self::VideoInput => otel_genai::USAGE_VIDEO_INPUT_TOKENS,
            Self::TextCacheRead => gen_ai::USAGE_TEXT_CACHE_READ_INPUT_TOKENS,
            Self::AudioCacheRead => gen_ai::USAGE_AUDIO_CACHE_READ_INPUT_TOKENS,
            Self::ImageCacheRead => gen_ai::USAGE_IMAGE_CACHE_READ_INPUT_TOKENS,
            Self::VideoCacheRead => otel_genai::USAGE_VIDEO_CACHE_READ_INPUT_TOKENS,
            Self::ToolUseInput => otel_genai::USAGE_TOOL_USE_INPUT_TOKENS,
            Self::Citation => otel_genai::USAGE_CITATION_INPUT_TOKENS,
            Self::Output => gen_ai::USAGE_OUTPUT_TOKENS,
            Self::Reasoning => gen_ai::USAGE_REASONING_OUTPUT_TOKENS,
            Self::TextOutput => gen_ai::USAGE_TEXT_OUTPUT_TOKENS,
            Self::AudioOutput => gen_ai::USAGE_AUDIO_OUTPUT_TOKENS,
            Self::ImageOutput => gen_ai::USAGE_IMAGE_OUTPUT_TOKENS,
            Self::VideoOutput => otel_genai::USAGE_VIDEO_OUTPUT_TOKENS,
            Self::Total => otel_genai::USAGE_TOTAL_TOKENS,
        }
    }

    /// Returns the field that an attribute of this name holds; both names of cache writes are known.
    pub fn from_name(name: &str) -> Option<Self> {
        // Most attributes of a span are no token counts; the suffix tells at once.
        if !name.ends_with("_tokens") {
            return None;
        }
        if name == gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS {
            return Some(Self::CacheWrite);
        }
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

impl TokenUsage {
    /// Returns every count, in the order of [`TokenField::ALL`].
    #[cfg(feature = "span")]
    pub(crate) fn counts(&self) -> [Option<u64>; TokenField::ALL.len()] {
        [
            self.input,
            self.cache_read,
            self.cache_write,
            self.cache_write_5m,
            self.cache_write_30m,
            self.cache_write_1h,
            self.cache_write_12h,
            self.text_input,
            self.audio_input,
            self.image_input,
            self.video_input,
            self.text_cache_read,
            self.audio_cache_read,
            self.image_cache_read,
            self.video_cache_read,
            self.tool_use_input,
            self.citation,
            self.output,
            self.reasoning,
            self.text_output,
            self.audio_output,
            self.image_output,
            self.video_output,
            self.total,
        ]
    }

    /// Returns one count.
    pub fn field(&self, field: TokenField) -> Option<u64> {
        let mut copy = *self;
        *copy.field_mut(field)
    }

    /// Returns one count for writing.
    pub fn field_mut(&mut self, field: TokenField) -> &mut Option<u64> {
        match field {
            TokenField::Input => &mut self.input,
            TokenField::CacheRead => &mut self.cache_read,
            TokenField::CacheWrite => &mut self.cache_write,
            TokenField::CacheWrite5m => &mut self.cache_write_5m,
            TokenField::CacheWrite30m => &mut self.cache_write_30m,
            TokenField::CacheWrite1h => &mut self.cache_write_1h,
            TokenField::CacheWrite12h => &mut self.cache_write_12h,
            TokenField::TextInput => &mut self.text_input,
            TokenField::AudioInput => &mut self.audio_input,
            TokenField::ImageInput => &mut self.image_input,
            TokenField::VideoInput => &mut self.video_input,
            TokenField::TextCacheRead => &mut self.text_cache_read,
            TokenField::AudioCacheRead => &mut self.audio_cache_read,
            TokenField::ImageCacheRead => &mut self.image_cache_read,
            TokenField::VideoCacheRead => &mut self.video_cache_read,
            TokenField::ToolUseInput => &mut self.tool_use_input,
            TokenField::Citation => &mut self.citation,
            TokenField::Output => &mut self.output,
            TokenField::Reasoning => &mut self.reasoning,
            TokenField::TextOutput => &mut self.text_output,
            TokenField::AudioOutput => &mut self.audio_output,
            TokenField::ImageOutput => &mut self.image_output,
            TokenField::VideoOutput => &mut self.video_output,
            TokenField::Total => &mut self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_an_attribute_and_a_place_of_its_own() {
        let mut usage = TokenUsage::default();
        for (value, field) in (0..).zip(TokenField::ALL) {
            assert_eq!(TokenField::from_name(field.name()), Some(field));
            *usage.field_mut(field) = Some(value);
        }
        for (value, field) in (0..).zip(TokenField::ALL) {
            assert_eq!(usage.field(field), Some(value));
        }
        assert!(usage.counts().into_iter().eq((0..).take(TokenField::ALL.len()).map(Some)));
        assert_eq!(TokenField::from_name("gen_ai.usage.cost"), None);
    }
}
