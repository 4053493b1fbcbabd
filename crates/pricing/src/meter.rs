//! The kinds of token that have rates.

/// The kinds of token a price list can tell apart.
///
/// The order is the order of keys in a catalogue line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Meter {
    /// Uncached input text, and every input kind without a rate of its own: `in`.
    Input,
    /// Input read from a cache: `cr`.
    CacheRead,
    /// Input written to a cache with the shortest lifetime (Anthropic: 5 minutes): `cw`.
    CacheWrite,
    /// Input written to a cache for one hour: `cw1h`.
    CacheWrite1h,
    /// Input written to a cache for twelve hours: `cw12h`.
    CacheWrite12h,
    /// Output text, and every output kind without a rate of its own: `out`.
    Output,
    /// Output spent on reasoning, where it has its own rate: `reason`.
    Reasoning,
    /// Tokens of cited sources (Perplexity): `cite`.
    Citation,
    /// Uncached audio input: `in_audio`.
    InputAudio,
    /// Uncached image input: `in_image`.
    InputImage,
    /// Uncached video input: `in_video`.
    InputVideo,
    /// Audio input read from a cache: `cr_audio`.
    CacheReadAudio,
    /// Image input read from a cache: `cr_image`.
    CacheReadImage,
    /// Video input read from a cache: `cr_video`.
    CacheReadVideo,
    /// Audio output: `out_audio`.
    OutputAudio,
    /// Image output: `out_image`.
    OutputImage,
    /// Video output: `out_video`.
    OutputVideo,
}

impl Meter {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// Every kind, in catalogue order.
    pub const ALL: [Self; 17] = [
        Self::Input,
        Self::CacheRead,
        Self::CacheWrite,
        Self::CacheWrite1h,
        Self::CacheWrite12h,
        Self::Output,
        Self::Reasoning,
        Self::Citation,
        Self::InputAudio,
        Self::InputImage,
        Self::InputVideo,
        Self::CacheReadAudio,
        Self::CacheReadImage,
        Self::CacheReadVideo,
        Self::OutputAudio,
        Self::OutputImage,
        Self::OutputVideo,
    ];

    /// The key in a catalogue line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Input => "in",
            Self::CacheRead => "cr",
            Self::CacheWrite => "cw",
            Self::CacheWrite1h => "cw1h",
            Self::CacheWrite12h => "cw12h",
            Self::Output => "out",
            Self::Reasoning => "reason",
            Self::Citation => "cite",
            Self::InputAudio => "in_audio",
            Self::InputImage => "in_image",
            Self::InputVideo => "in_video",
            Self::CacheReadAudio => "cr_audio",
            Self::CacheReadImage => "cr_image",
            Self::CacheReadVideo => "cr_video",
            Self::OutputAudio => "out_audio",
            Self::OutputImage => "out_image",
            Self::OutputVideo => "out_video",
        }
    }

    /// The long word that settings and the command line use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::CacheRead => "cache_read",
            Self::CacheWrite => "cache_write",
            Self::CacheWrite1h => "cache_write_1h",
            Self::CacheWrite12h => "cache_write_12h",
            Self::Output => "output",
            Self::Reasoning => "reasoning",
            Self::Citation => "citation",
            Self::InputAudio => "input_audio",
            Self::InputImage => "input_image",
            Self::InputVideo => "input_video",
            Self::CacheReadAudio => "cache_read_audio",
            Self::CacheReadImage => "cache_read_image",
            Self::CacheReadVideo => "cache_read_video",
            Self::OutputAudio => "output_audio",
            Self::OutputImage => "output_image",
            Self::OutputVideo => "output_video",
        }
    }

    /// The kind for a catalogue key or a long word.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|meter| meter.key() == key || meter.name() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_order_is_the_number() {
        assert!(Meter::ALL.into_iter().all(|meter| Meter::from_key(meter.key()) == Some(meter)));
        assert!(Meter::ALL.into_iter().all(|meter| Meter::from_key(meter.name()) == Some(meter)));
        assert_eq!(Meter::ALL.map(|meter| meter as usize), std::array::from_fn(|index| index));
    }
}
