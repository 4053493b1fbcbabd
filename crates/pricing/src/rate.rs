//! Rates per token, fees per unit, and multipliers.

use std::fmt;

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

    /// The kind for a catalogue key, or for the long word that settings use (`input`, `cache_read`, …).
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        let short = match key {
            "input" => "in",
            "output" => "out",
            "cache_read" => "cr",
            "cache_write" => "cw",
            "cache_write_1h" => "cw1h",
            "cache_write_12h" => "cw12h",
            "reasoning" => "reason",
            "citation" => "cite",
            "input_audio" => "in_audio",
            "input_image" => "in_image",
            "input_video" => "in_video",
            "output_audio" => "out_audio",
            "output_image" => "out_image",
            "output_video" => "out_video",
            other => other,
        };
        Self::ALL.into_iter().find(|meter| meter.key() == short)
    }
}

/// Things that are billed by the piece rather than by the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fee {
    /// One web search (or, for one search size, see the next two).
    WebSearch,
    /// One web search with a small context.
    WebSearchLow,
    /// One web search with a large context.
    WebSearchHigh,
    /// A request that searched at all, however many searches it made (Gemini 2 grounding).
    SearchedRequest,
    /// One request.
    Request,
    /// One request with a medium search context.
    RequestMedium,
    /// One request with a large search context.
    RequestHigh,
    /// One search in stored files.
    FileSearch,
    /// One query to a map service.
    MapQuery,
    /// One session of a code interpreter.
    CodeSession,
    /// One search or rerank query.
    Query,
    /// One image read.
    InputImage,
    /// One image made.
    OutputImage,
    /// One second of audio (or video) read.
    InputSecond,
    /// One second of audio or video made.
    OutputSecond,
    /// One character read.
    InputCharacter,
    /// One character written.
    OutputCharacter,
    /// One page read.
    Page,
    /// One page read and annotated.
    AnnotatedPage,
}

impl Fee {
    /// Every fee, in catalogue order.
    pub const ALL: [Self; 19] = [
        Self::WebSearch,
        Self::WebSearchLow,
        Self::WebSearchHigh,
        Self::SearchedRequest,
        Self::Request,
        Self::RequestMedium,
        Self::RequestHigh,
        Self::FileSearch,
        Self::MapQuery,
        Self::CodeSession,
        Self::Query,
        Self::InputImage,
        Self::OutputImage,
        Self::InputSecond,
        Self::OutputSecond,
        Self::InputCharacter,
        Self::OutputCharacter,
        Self::Page,
        Self::AnnotatedPage,
    ];

    /// The key in the `fee` object of a catalogue line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::WebSearch => "web_search",
            Self::WebSearchLow => "web_search_low",
            Self::WebSearchHigh => "web_search_high",
            Self::SearchedRequest => "searched_request",
            Self::Request => "request",
            Self::RequestMedium => "request_medium",
            Self::RequestHigh => "request_high",
            Self::FileSearch => "file_search",
            Self::MapQuery => "map_query",
            Self::CodeSession => "code_session",
            Self::Query => "query",
            Self::InputImage => "in_image",
            Self::OutputImage => "out_image",
            Self::InputSecond => "in_second",
            Self::OutputSecond => "out_second",
            Self::InputCharacter => "in_character",
            Self::OutputCharacter => "out_character",
            Self::Page => "page",
            Self::AnnotatedPage => "annotated_page",
        }
    }

    /// The fee for a catalogue key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fee| fee.key() == key)
    }
}

/// Ways of processing a request that have prices of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variant {
    /// Answered within hours: `batch`.
    Batch,
    /// Slower and cheaper: `flex`.
    Flex,
    /// Between flex and standard: `balanced`.
    Balanced,
    /// Faster and dearer: `priority`.
    Priority,
    /// Anthropic's fast mode, and OpenAI's newer word for priority: `fast`.
    Fast,
    /// `ultrafast`.
    Ultrafast,
}

impl Variant {
    /// Every variant, in catalogue order.
    pub const ALL: [Self; 6] =
        [Self::Batch, Self::Flex, Self::Balanced, Self::Priority, Self::Fast, Self::Ultrafast];

    /// The key in the `v` object of a catalogue line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Flex => "flex",
            Self::Balanced => "balanced",
            Self::Priority => "priority",
            Self::Fast => "fast",
            Self::Ultrafast => "ultrafast",
        }
    }

    /// The variant for a catalogue key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.key() == key)
    }

    /// The variant that a provider's word for a service tier, traffic type or speed means; `None` is the standard price.
    ///
    /// Words end in the tier (`ON_DEMAND_FLEX` of Vertex), so the last part decides.
    #[must_use]
    pub fn from_service_tier(word: &str) -> Option<Self> {
        let last = word.rsplit(['_', '-', '.']).next().unwrap_or(word);
        let is = |name: &str| last.eq_ignore_ascii_case(name);
        if is("batch") || is("batches") {
            Some(Self::Batch)
        } else if is("flex") {
            Some(Self::Flex)
        } else if is("balanced") {
            Some(Self::Balanced)
        } else if is("priority") {
            Some(Self::Priority)
        } else if is("fast") {
            Some(Self::Fast)
        } else if is("ultrafast") {
            Some(Self::Ultrafast)
        } else {
            None
        }
    }
}

/// A multiplier with six decimals, such as 1.1 for a regional endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor {
    millionths: u32,
}

impl Factor {
    /// Times one.
    pub const ONE: Self = Self { millionths: 1_000_000 };

    /// Makes a multiplier from a number between 0 and 1000; `None` outside it or for not-a-number.
    ///
    /// ```
    /// use otel_genai_pricing::Factor;
    ///
    /// assert_eq!(Factor::new(1.1).map(Factor::as_f64), Some(1.1));
    /// assert_eq!(Factor::new(-1.0), None);
    /// ```
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        if !(0.0..=1000.0).contains(&value) {
            return None;
        }
        let millionths = (value * 1e6).round() as u32;
        Some(Self { millionths })
    }

    /// The multiplier as a number.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.millionths) / 1e6
    }

    /// Millionths, so that pico-dollars times this are atto-dollars.
    pub(crate) const fn millionths(self) -> u32 {
        self.millionths
    }

    /// Both multipliers, one after the other, rounded to six decimals.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let product = (u64::from(self.millionths) * u64::from(other.millionths) + 500_000) / 1_000_000;
        Self { millionths: u32::try_from(product).unwrap_or(u32::MAX) }
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.as_f64())
    }
}

/// The largest rate that is believed, in pico-dollars per token: 1,000,000 USD per million tokens.
pub(crate) const MAX_RATE: u64 = 1_000_000_000_000;

/// Rates in pico-dollars per token, which is USD per million tokens times 1e6.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    // Sorted by meter. Rows have two to eight rates, so a dense array of 17 would be mostly empty.
    pairs: Vec<(Meter, u64)>,
}

impl Rates {
    /// The rate for a kind of token, if this list has one.
    #[must_use]
    pub fn get(&self, meter: Meter) -> Option<u64> {
        self.pairs.iter().find(|(candidate, _)| *candidate == meter).map(|(_, rate)| *rate)
    }

    /// Sets or replaces a rate, in pico-dollars per token.
    pub fn set(&mut self, meter: Meter, pico_per_token: u64) {
        match self.pairs.binary_search_by_key(&meter, |(candidate, _)| *candidate) {
            Ok(place) => self.pairs[place].1 = pico_per_token,
            Err(place) => self.pairs.insert(place, (meter, pico_per_token)),
        }
    }

    /// The rates in catalogue order.
    pub fn iter(&self) -> impl Iterator<Item = (Meter, u64)> + '_ {
        self.pairs.iter().copied()
    }

    /// Whether there is no rate at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(crate) fn shrink(&mut self) {
        self.pairs.shrink_to_fit();
    }
}

/// Rates spread out for fast reading while one call is priced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DenseRates([u64; Meter::COUNT]);

const ABSENT: u64 = u64::MAX;

impl DenseRates {
    pub(crate) fn of(rates: &Rates) -> Self {
        let mut dense = Self([ABSENT; Meter::COUNT]);
        dense.overlay(rates);
        dense
    }

    pub(crate) fn overlay(&mut self, rates: &Rates) {
        for (meter, rate) in rates.iter() {
            self.0[meter as usize] = rate;
        }
    }

    pub(crate) fn set(&mut self, meter: Meter, rate: u64) {
        self.0[meter as usize] = rate;
    }

    pub(crate) fn get(&self, meter: Meter) -> Option<u64> {
        Some(self.0[meter as usize]).filter(|rate| *rate != ABSENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        assert!(Meter::ALL.into_iter().all(|meter| Meter::from_key(meter.key()) == Some(meter)));
        assert!(Fee::ALL.into_iter().all(|fee| Fee::from_key(fee.key()) == Some(fee)));
        assert!(Variant::ALL.into_iter().all(|variant| Variant::from_key(variant.key()) == Some(variant)));
        assert_eq!(Meter::ALL.map(|meter| meter as usize), std::array::from_fn(|index| index));
    }

    #[test]
    fn service_tiers_of_several_providers() {
        for (word, variant) in [
            ("default", None),
            ("standard", None),
            ("ON_DEMAND", None),
            ("ON_DEMAND_FLEX", Some(Variant::Flex)),
            ("priority", Some(Variant::Priority)),
            ("batch", Some(Variant::Batch)),
        ] {
            assert_eq!(Variant::from_service_tier(word), variant, "{word}");
        }
    }
}
