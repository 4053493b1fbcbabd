//! Splits a usage into kinds of token and multiplies each by its rate.

use crate::factor::Factor;
use crate::meter::Meter;
use crate::money::Usd;
use crate::rate::DenseRates;
use crate::table::Unpriced;
use crate::usage::{Modalities, Usage};

/// What each part of a call cost. The parts add up to the total exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Uncached text input (and whatever has no rate of its own).
    pub input: Usd,
    /// Uncached audio input.
    pub input_audio: Usd,
    /// Uncached image input.
    pub input_image: Usd,
    /// Uncached video input.
    pub input_video: Usd,
    /// Input read from a cache, of every modality.
    pub cache_read: Usd,
    /// Input written to a cache, of every lifetime.
    pub cache_write: Usd,
    /// Text output without reasoning.
    pub output: Usd,
    /// Reasoning.
    pub reasoning: Usd,
    /// Audio output.
    pub output_audio: Usd,
    /// Image output.
    pub output_image: Usd,
    /// Video output.
    pub output_video: Usd,
    /// Cited sources.
    pub citation: Usd,
    /// Things billed by the piece.
    pub fees: Usd,
}

impl Parts {
    /// What the prompt cost: every kind of input.
    #[must_use]
    pub fn prompt(&self) -> Usd {
        self.input
            + self.input_audio
            + self.input_image
            + self.input_video
            + self.cache_read
            + self.cache_write
    }

    /// What the completion cost: every kind of output, reasoning included.
    #[must_use]
    pub fn completion(&self) -> Usd {
        self.output + self.reasoning + self.output_audio + self.output_image + self.output_video
    }

    /// Everything, citations and fees included.
    #[must_use]
    pub fn total(&self) -> Usd {
        self.prompt() + self.completion() + self.citation + self.fees
    }
}

impl std::ops::Add for Parts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input: self.input + other.input,
            input_audio: self.input_audio + other.input_audio,
            input_image: self.input_image + other.input_image,
            input_video: self.input_video + other.input_video,
            cache_read: self.cache_read + other.cache_read,
            cache_write: self.cache_write + other.cache_write,
            output: self.output + other.output,
            reasoning: self.reasoning + other.reasoning,
            output_audio: self.output_audio + other.output_audio,
            output_image: self.output_image + other.output_image,
            output_video: self.output_video + other.output_video,
            citation: self.citation + other.citation,
            fees: self.fees + other.fees,
        }
    }
}

/// Things a price rests on that the reader of the figure should be able to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notes {
    /// The provider counts cached tokens apart and the input total lacked them: they were added.
    pub cache_added_to_input: bool,
    /// More cached tokens than input tokens were reported: they were cut to the input.
    pub cache_cut_to_input: bool,
    /// More reasoning than output was reported, so it was counted apart: it was added.
    pub reasoning_added_to_output: bool,
    /// Only one of input and output is known; the other is not in the price.
    pub partial_usage: bool,
    /// A cache lifetime has no rate in the table; the rate of the next shorter one was taken.
    pub cache_lifetime_unpriced: bool,
    /// The processing variant has no rate in the table; the standard rate was taken.
    pub variant_unpriced: bool,
    /// The variant's old rate is unknown; today's relation to the standard rate was taken.
    pub variant_scaled: bool,
}

impl Notes {
    /// The notes of two prices that are added up.
    #[must_use]
    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            cache_added_to_input: self.cache_added_to_input || other.cache_added_to_input,
            cache_cut_to_input: self.cache_cut_to_input || other.cache_cut_to_input,
            reasoning_added_to_output: self.reasoning_added_to_output || other.reasoning_added_to_output,
            partial_usage: self.partial_usage || other.partial_usage,
            cache_lifetime_unpriced: self.cache_lifetime_unpriced || other.cache_lifetime_unpriced,
            variant_unpriced: self.variant_unpriced || other.variant_unpriced,
            variant_scaled: self.variant_scaled || other.variant_scaled,
        }
    }

    /// The notes that hold, as words for an attribute or JSON.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        [
            (self.cache_added_to_input, "cache_added_to_input"),
            (self.cache_cut_to_input, "cache_cut_to_input"),
            (self.reasoning_added_to_output, "reasoning_added_to_output"),
            (self.partial_usage, "partial_usage"),
            (self.cache_lifetime_unpriced, "cache_lifetime_unpriced"),
            (self.variant_unpriced, "variant_unpriced"),
            (self.variant_scaled, "variant_scaled"),
        ]
        .into_iter()
        .filter_map(|(holds, word)| holds.then_some(word))
    }
}

/// A usage split so that each token is in exactly one count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Split {
    /// Every input token there is: what tiers go by.
    pub(crate) prompt: u64,
    text: u64,
    audio: u64,
    image: u64,
    video: u64,
    cached_text: u64,
    cached_audio: u64,
    cached_image: u64,
    cached_video: u64,
    written: u64,
    written_1h: u64,
    written_12h: u64,
    out_text: u64,
    out_reasoning: u64,
    out_audio: u64,
    out_image: u64,
    out_video: u64,
    citation: u64,
}

fn sum(modalities: Modalities) -> u64 {
    let Modalities { text, audio, image, video } = modalities;
    [text, audio, image, video].into_iter().flatten().fold(0, u64::saturating_add)
}

/// Takes up to `wanted` out of what is left.
fn take(left: &mut u64, wanted: u64) -> u64 {
    let taken = wanted.min(*left);
    *left -= taken;
    taken
}

impl Split {
    /// Splits a usage. `exclusive` says that the provider's own counts keep cached tokens apart from the input.
    pub(crate) fn of(usage: &Usage, exclusive: bool, notes: &mut Notes) -> Self {
        let (mut read, mut written_all) =
            (usage.cache_read_tokens.unwrap_or(0).max(sum(usage.cache_read)), usage.cache_writes());
        let mut prompt = usage.input_tokens.unwrap_or_else(|| sum(usage.input));
        let cached = read.saturating_add(written_all);
        if cached > prompt {
            if exclusive || usage.input_tokens.is_none() {
                notes.cache_added_to_input = usage.input_tokens.is_some();
                prompt = prompt.saturating_add(cached);
            } else {
                notes.cache_cut_to_input = true;
            }
        }
        read = read.min(prompt);
        written_all = written_all.min(prompt - read);
        notes.partial_usage = usage.input_tokens.is_none() && sum(usage.input) == 0
            || usage.output_tokens.is_none() && sum(usage.output) == 0;
        let mut split = Self { prompt, citation: usage.citation_tokens.unwrap_or(0), ..Self::default() };
        split.split_input(usage, prompt, read, written_all);
        split.split_output(usage, notes);
        split
    }

    fn split_input(&mut self, usage: &Usage, prompt: u64, mut read: u64, mut written: u64) {
        let mut left = prompt;
        self.audio = take(&mut left, usage.input.audio.unwrap_or(0));
        self.image = take(&mut left, usage.input.image.unwrap_or(0));
        self.video = take(&mut left, usage.input.video.unwrap_or(0));
        self.text = left;
        self.written_1h = take(&mut written, usage.cache_write_1h_tokens.unwrap_or(0));
        self.written_12h = take(&mut written, usage.cache_write_12h_tokens.unwrap_or(0));
        self.written = written;
        let known = usage.cache_read;
        self.cached_audio = take(&mut read, known.audio.unwrap_or(0).min(self.audio));
        self.cached_image = take(&mut read, known.image.unwrap_or(0).min(self.image));
        self.cached_video = take(&mut read, known.video.unwrap_or(0).min(self.video));
        self.audio -= self.cached_audio;
        self.image -= self.cached_image;
        self.video -= self.cached_video;
        // What nobody says the modality of is text as long as there is text: prompts start with it.
        let mut written_left = self.written + self.written_1h + self.written_12h;
        self.cached_text = read.min(self.text);
        self.text -= self.cached_text;
        read -= self.cached_text;
        self.text -= take(&mut written_left, self.text);
        for (uncached, cached) in [
            (&mut self.image, &mut self.cached_image),
            (&mut self.video, &mut self.cached_video),
            (&mut self.audio, &mut self.cached_audio),
        ] {
            let moved = take(&mut read, *uncached);
            *uncached -= moved;
            *cached += moved;
            *uncached -= take(&mut written_left, *uncached);
        }
    }

    fn split_output(&mut self, usage: &Usage, notes: &mut Notes) {
        let mut output = usage.output_tokens.unwrap_or_else(|| sum(usage.output));
        let reasoning = usage.reasoning_tokens.unwrap_or(0);
        if reasoning > output {
            notes.reasoning_added_to_output = usage.output_tokens.is_some();
            output = output.saturating_add(reasoning);
        }
        let mut left = output;
        self.out_reasoning = take(&mut left, reasoning);
        self.out_audio = take(&mut left, usage.output.audio.unwrap_or(0));
        self.out_image = take(&mut left, usage.output.image.unwrap_or(0));
        self.out_video = take(&mut left, usage.output.video.unwrap_or(0));
        self.out_text = left;
    }

    /// Multiplies each count by its rate; a kind without a rate of its own takes the next more general one.
    pub(crate) fn charge(
        &self,
        rates: &DenseRates,
        factor: Factor,
        notes: &mut Notes,
    ) -> Result<Parts, Unpriced> {
        let cost = |tokens: u64, rate: Option<u64>, meter: Meter| match (tokens, rate) {
            (0, _) => Ok(Usd::ZERO),
            (_, None) => Err(Unpriced::UnknownRate(meter)),
            (tokens, Some(rate)) => Ok(amount(tokens, rate, factor)),
        };
        let input = rates.get(Meter::Input);
        let output = rates.get(Meter::Output).or_else(|| only_output(rates));
        let general = |specific: Meter, fallback: Option<u64>| rates.get(specific).or(fallback);
        // No published discount for a cached modality: then it costs what it costs uncached.
        let cached = |cached: Meter, uncached: Meter| {
            rates
                .get(cached)
                .or_else(|| rates.get(uncached))
                .or_else(|| rates.get(Meter::CacheRead))
                .or(input)
        };
        let read = general(Meter::CacheRead, input);
        let written = general(Meter::CacheWrite, input);
        let lived_long = |meter: Meter, notes: &mut Notes| {
            rates.get(meter).or_else(|| {
                notes.cache_lifetime_unpriced = true;
                written
            })
        };
        let mut cache_write = cost(self.written, written, Meter::CacheWrite)?;
        if self.written_1h > 0 {
            cache_write +=
                cost(self.written_1h, lived_long(Meter::CacheWrite1h, notes), Meter::CacheWrite1h)?;
        }
        if self.written_12h > 0 {
            cache_write +=
                cost(self.written_12h, lived_long(Meter::CacheWrite12h, notes), Meter::CacheWrite12h)?;
        }
        Ok(Parts {
            input: cost(self.text, input, Meter::Input)?,
            input_audio: cost(self.audio, general(Meter::InputAudio, input), Meter::InputAudio)?,
            input_image: cost(self.image, general(Meter::InputImage, input), Meter::InputImage)?,
            input_video: cost(self.video, general(Meter::InputVideo, input), Meter::InputVideo)?,
            cache_read: cost(self.cached_text, read, Meter::CacheRead)?
                + cost(
                    self.cached_audio,
                    cached(Meter::CacheReadAudio, Meter::InputAudio),
                    Meter::CacheReadAudio,
                )?
                + cost(
                    self.cached_image,
                    cached(Meter::CacheReadImage, Meter::InputImage),
                    Meter::CacheReadImage,
                )?
                + cost(
                    self.cached_video,
                    cached(Meter::CacheReadVideo, Meter::InputVideo),
                    Meter::CacheReadVideo,
                )?,
            cache_write,
            output: cost(self.out_text, output, Meter::Output)?,
            reasoning: cost(self.out_reasoning, general(Meter::Reasoning, output), Meter::Reasoning)?,
            output_audio: cost(self.out_audio, general(Meter::OutputAudio, output), Meter::OutputAudio)?,
            output_image: cost(self.out_image, general(Meter::OutputImage, output), Meter::OutputImage)?,
            output_video: cost(self.out_video, general(Meter::OutputVideo, output), Meter::OutputVideo)?,
            // Only Perplexity bills citations, and only for the models whose row has the rate.
            citation: cost(self.citation, Some(rates.get(Meter::Citation).unwrap_or(0)), Meter::Citation)?,
            fees: Usd::ZERO,
        })
    }
}

/// The rate of a model that makes one kind of thing only and has no rate for text: what it makes is that kind.
fn only_output(rates: &DenseRates) -> Option<u64> {
    let mut kinds = [Meter::OutputAudio, Meter::OutputImage, Meter::OutputVideo]
        .into_iter()
        .filter_map(|kind| rates.get(kind));
    kinds.next().filter(|_| kinds.next().is_none())
}

/// Count times pico-dollars times a multiplier, exactly.
pub(crate) fn amount(count: u64, pico_per_piece: u64, factor: Factor) -> Usd {
    let pico = u128::from(count) * u128::from(pico_per_piece);
    Usd::from_atto(pico.saturating_mul(u128::from(factor.millionths())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts() -> impl Strategy<Value = Option<u64>> {
        prop_oneof![Just(None), (0_u64..100_000).prop_map(Some), Just(Some(u64::MAX))]
    }

    prop_compose! {
        fn usages()(totals in prop::array::uniform8(counts()), parts in prop::array::uniform8(counts())) -> Usage {
            Usage {
                input_tokens: totals[0],
                output_tokens: totals[1],
                cache_read_tokens: totals[2],
                cache_write_tokens: totals[3],
                cache_write_1h_tokens: totals[4],
                cache_write_12h_tokens: totals[5],
                reasoning_tokens: totals[6],
                citation_tokens: totals[7],
                input: Modalities { text: parts[0], audio: parts[1], image: parts[2], video: parts[3] },
                output: Modalities { text: None, audio: parts[4], image: parts[5], video: None },
                cache_read: Modalities { text: None, audio: parts[6], image: parts[7], video: None },
                ..Usage::default()
            }
        }
    }

    proptest! {
        #[test]
        fn every_input_token_is_charged_once(usage in usages(), exclusive: bool) {
            let split = Split::of(&usage, exclusive, &mut Notes::default());
            let charged = [
                split.text, split.audio, split.image, split.video,
                split.cached_text, split.cached_audio, split.cached_image, split.cached_video,
                split.written, split.written_1h, split.written_12h,
            ];
            let charged: u128 = charged.into_iter().map(u128::from).sum();
            prop_assert_eq!(charged, u128::from(split.prompt), "{:?}", split);
        }

        #[test]
        fn no_count_overflows(usage in usages(), exclusive: bool, rate in 0..=crate::rate::MAX_RATE) {
            let mut rates = crate::rate::Rates::default();
            Meter::ALL.into_iter().for_each(|meter| rates.set(meter, rate));
            let mut notes = Notes::default();
            let split = Split::of(&usage, exclusive, &mut notes);
            prop_assert!(split.charge(&DenseRates::of(&rates), Factor::ONE, &mut notes).is_ok());
        }
    }
}
