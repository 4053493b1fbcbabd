//! Token conservation: turns counts as somebody recorded them into inclusive totals that add up.

use std::fmt;

use super::TokenUsage;

/// Whether a total contains its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The total contains the parts, as the conventions say: cached tokens in the input, reasoning in the output.
    Inclusive,
    /// The parts stand beside the total, as Anthropic and Bedrock count cached input.
    Exclusive,
}

/// Whether recorded counts added up, and what was done if not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Conservation {
    /// The counts added up as recorded.
    #[default]
    Consistent,
    /// The counts were brought into the convention's meaning by a rule.
    Repaired(Rule),
    /// The counts contradict each other and no rule decides which is wrong: totals stay as recorded, and parts that do
    /// not fit into them were cut or left out.
    Contradictory,
}

/// A rule that repairs counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The library is known to record only the uncached input: cached tokens were added.
    ExclusiveLibrary,
    /// The recorded total equals input, cached and output together: cached tokens were added.
    ExclusiveByTotal,
    /// More was cached than the input holds, and the provider counts cached input apart: cached tokens were added.
    CachedAboveInput,
    /// The recorded total equals input, output and reasoning together, or there is more reasoning than output:
    /// reasoning was added to the output.
    ReasoningBesideOutput,
    /// A Google answer's total leaves a remainder, which are its thoughts: they were added to the output.
    OutputFromTotal,
    /// The cache writes by lifetime add up to more than their sum says: their sum was taken.
    WritesFromLifetimes,
}

impl Rule {
    const ALL: [Self; 6] = [
        Self::ExclusiveLibrary,
        Self::ExclusiveByTotal,
        Self::CachedAboveInput,
        Self::ReasoningBesideOutput,
        Self::OutputFromTotal,
        Self::WritesFromLifetimes,
    ];

    /// Returns the rule's name, as it stands in `otel_genai.usage.conservation`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExclusiveLibrary => "exclusive_library",
            Self::ExclusiveByTotal => "exclusive_by_total",
            Self::CachedAboveInput => "cached_above_input",
            Self::ReasoningBesideOutput => "reasoning_beside_output",
            Self::OutputFromTotal => "output_from_total",
            Self::WritesFromLifetimes => "writes_from_lifetimes",
        }
    }
}

impl Conservation {
    /// Reads the value of `otel_genai.usage.conservation`; anything unknown is consistent.
    pub fn from_name(name: &str) -> Self {
        match name.split_once(':') {
            Some(("repaired", rule)) => Rule::ALL
                .into_iter()
                .find(|known| known.as_str() == rule)
                .map_or(Self::Consistent, Self::Repaired),
            _ if name == "contradictory" => Self::Contradictory,
            _ => Self::Consistent,
        }
    }

    /// Takes over the more serious of two verdicts: a contradiction before a repair before consistency.
    fn note(&mut self, other: Self) {
        match (*self, other) {
            (Self::Contradictory, _) | (Self::Repaired(_), Self::Consistent | Self::Repaired(_)) => {}
            _ => *self = other,
        }
    }
}

impl fmt::Display for Conservation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consistent => formatter.write_str("consistent"),
            Self::Repaired(rule) => write!(formatter, "repaired:{}", rule.as_str()),
            Self::Contradictory => formatter.write_str("contradictory"),
        }
    }
}

/// Counts as somebody recorded them, with what is known about their meaning.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// The counts; `input` and `output` as recorded.
    pub(crate) usage: TokenUsage,
    /// The uncached input, where that was recorded under a name of its own.
    pub(crate) uncached: Option<u64>,
    /// The output without reasoning, where that was recorded under a name of its own.
    pub(crate) visible_output: Option<u64>,
    /// Whether `input` contains what was cached, if that is known before looking at the numbers.
    pub(crate) input: Option<Meaning>,
    /// Why `input` is known to be exclusive: the answer's own shape needs no repair, a library's habit does.
    pub(crate) exclusive_library: bool,
    /// Whether `output` contains the reasoning, if that is known before looking at the numbers.
    pub(crate) output: Option<Meaning>,
    /// The provider counts cached input apart (Anthropic, Bedrock).
    pub(crate) exclusive_provider: bool,
    /// The provider's total is input, output, thoughts and tool prompts (Google).
    pub(crate) google: bool,
    /// The provider's cache writes all live thirty minutes (OpenAI).
    pub(crate) writes_live_30m: bool,
}

impl Counts {
    /// Returns the counts with inclusive totals and parts that fit into them.
    pub(crate) fn resolve(self) -> (TokenUsage, Conservation) {
        let mut usage = self.usage;
        let mut verdict = Conservation::Consistent;
        self.resolve_writes(&mut usage, &mut verdict);
        self.resolve_input(&mut usage, &mut verdict);
        self.resolve_output(&mut usage, &mut verdict);
        fit_parts(&mut usage, &mut verdict);
        (usage, verdict)
    }

    fn resolve_writes(&self, usage: &mut TokenUsage, verdict: &mut Conservation) {
        let lifetimes =
            [usage.cache_write_5m, usage.cache_write_30m, usage.cache_write_1h, usage.cache_write_12h];
        if lifetimes.iter().any(Option::is_some) {
            let sum = lifetimes.iter().flatten().fold(0, |sum: u64, count| sum.saturating_add(*count));
            match usage.cache_write {
                None => usage.cache_write = Some(sum),
                Some(total) if total < sum => {
                    usage.cache_write = Some(sum);
                    verdict.note(Conservation::Repaired(Rule::WritesFromLifetimes));
                }
                Some(_) => {}
            }
        } else if self.writes_live_30m && usage.cache_write.is_some() {
            usage.cache_write_30m = usage.cache_write;
        }
    }

    fn resolve_input(&self, usage: &mut TokenUsage, verdict: &mut Conservation) {
        let cached = usage.cache_read.unwrap_or(0).saturating_add(usage.cache_write.unwrap_or(0));
        let Some(input) = usage.input else {
            usage.input = self.uncached.map(|uncached| uncached.saturating_add(cached));
            return;
        };
        if cached == 0 {
            return;
        }
        match self.input_meaning(usage, input, cached) {
            (Meaning::Exclusive, rule) => {
                usage.input = Some(input.saturating_add(cached));
                if let Some(rule) = rule {
                    verdict.note(Conservation::Repaired(rule));
                }
            }
            (Meaning::Inclusive, _) if cached > input => verdict.note(Conservation::Contradictory),
            (Meaning::Inclusive, _) => {}
        }
    }

    /// Decides whether the input contains what was cached. Strongest evidence first.
    fn input_meaning(&self, usage: &TokenUsage, input: u64, cached: u64) -> (Meaning, Option<Rule>) {
        if let Some(meaning) = self.input {
            return (meaning, self.exclusive_library.then_some(Rule::ExclusiveLibrary));
        }
        let whole = input.saturating_add(cached);
        match self.uncached {
            Some(uncached) if uncached == input => return (Meaning::Exclusive, Some(Rule::ExclusiveLibrary)),
            Some(uncached) if uncached.saturating_add(cached) == input => return (Meaning::Inclusive, None),
            _ => {}
        }
        if let (Some(total), Some(output)) = (usage.total, usage.output) {
            let outputs = [output, output.saturating_add(usage.reasoning.unwrap_or(0))];
            let fits = |input: u64| outputs.iter().any(|output| input.saturating_add(*output) == total);
            if fits(whole) && !fits(input) {
                return (Meaning::Exclusive, Some(Rule::ExclusiveByTotal));
            }
        }
        if cached > input && self.exclusive_provider {
            return (Meaning::Exclusive, Some(Rule::CachedAboveInput));
        }
        (Meaning::Inclusive, None)
    }

    fn resolve_output(&self, usage: &mut TokenUsage, verdict: &mut Conservation) {
        let reasoning = usage.reasoning.unwrap_or(0);
        // What the total leaves for the output; nothing if the total does not even hold the input.
        let remainder = match (usage.total, usage.input) {
            (Some(total), Some(input)) => total.checked_sub(input),
            _ => None,
        };
        let Some(output) = usage.output else {
            usage.output = match self.visible_output {
                Some(visible) => Some(visible.saturating_add(reasoning)),
                None if self.google => remainder.filter(|left| *left >= reasoning).or(usage.reasoning),
                None => None,
            };
            return;
        };
        let beside = output.saturating_add(reasoning);
        match self.output {
            Some(Meaning::Exclusive) => usage.output = Some(beside),
            Some(Meaning::Inclusive) if reasoning <= output => {}
            _ if reasoning > output || (reasoning > 0 && remainder == Some(beside)) => {
                usage.output = Some(beside);
                verdict.note(Conservation::Repaired(Rule::ReasoningBesideOutput));
            }
            _ => {}
        }
        if self.google
            && self.output.is_none()
            && reasoning == 0
            && usage.tool_use_input.is_none()
            && let Some(left) = remainder
            && left > output
        {
            usage.output = Some(left);
            verdict.note(Conservation::Repaired(Rule::OutputFromTotal));
        }
    }
}

/// Cuts parts that do not fit into their total, so that whatever is reported adds up.
pub(crate) fn fit_parts(usage: &mut TokenUsage, verdict: &mut Conservation) {
    let mut contradiction = false;
    if let Some(input) = usage.input {
        contradiction |= cut(&mut usage.cache_read, input);
        contradiction |= cut(&mut usage.cache_write, input.saturating_sub(usage.cache_read.unwrap_or(0)));
        let parts =
            [&mut usage.text_input, &mut usage.audio_input, &mut usage.image_input, &mut usage.video_input];
        contradiction |= drop_parts(parts, input);
        contradiction |= drop_parts([&mut usage.tool_use_input], input);
    }
    if let Some(written) = usage.cache_write {
        let parts = [
            &mut usage.cache_write_5m,
            &mut usage.cache_write_30m,
            &mut usage.cache_write_1h,
            &mut usage.cache_write_12h,
        ];
        contradiction |= drop_parts(parts, written);
    }
    if let Some(read) = usage.cache_read {
        let parts = [
            &mut usage.text_cache_read,
            &mut usage.audio_cache_read,
            &mut usage.image_cache_read,
            &mut usage.video_cache_read,
        ];
        contradiction |= drop_parts(parts, read);
    }
    if let Some(output) = usage.output {
        contradiction |= drop_parts([&mut usage.reasoning], output);
        let parts = [
            &mut usage.text_output,
            &mut usage.audio_output,
            &mut usage.image_output,
            &mut usage.video_output,
        ];
        contradiction |= drop_parts(parts, output);
    }
    if contradiction {
        verdict.note(Conservation::Contradictory);
    }
}

/// Cuts a part to its total; tells whether it had to. Where nothing is left it is unknown, since somebody counted some.
fn cut(part: &mut Option<u64>, total: u64) -> bool {
    let exceeds = part.is_some_and(|count| count > total);
    if exceeds {
        *part = Some(total).filter(|left| *left > 0);
    }
    exceeds
}

/// Drops parts that together exceed their total, since nobody can say which is wrong; tells whether it had to.
fn drop_parts<const N: usize>(parts: [&mut Option<u64>; N], total: u64) -> bool {
    let sum = parts.iter().filter_map(|part| **part).fold(0, u64::saturating_add);
    if sum <= total {
        return false;
    }
    parts.into_iter().for_each(|part| *part = None);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(counts: Counts) -> (Option<u64>, Option<u64>, Conservation) {
        let (usage, verdict) = counts.resolve();
        (usage.input, usage.output, verdict)
    }

    fn counts(input: u64, cache_read: u64, output: u64) -> Counts {
        let usage = TokenUsage {
            input: Some(input),
            cache_read: Some(cache_read),
            output: Some(output),
            ..TokenUsage::default()
        };
        Counts { usage, ..Counts::default() }
    }

    #[test]
    fn inclusive_input_stays_and_exclusive_input_grows() {
        assert_eq!(resolve(counts(100, 80, 5)), (Some(100), Some(5), Conservation::Consistent));
        let native = Counts { input: Some(Meaning::Exclusive), ..counts(20, 80, 5) };
        assert_eq!(resolve(native), (Some(100), Some(5), Conservation::Consistent));
        let library = Counts { exclusive_library: true, ..native };
        assert_eq!(resolve(library).2, Conservation::Repaired(Rule::ExclusiveLibrary));
    }

    #[test]
    fn a_total_tells_exclusive_from_inclusive() {
        let mut recorded = counts(90, 80, 5);
        recorded.usage.total = Some(175);
        let repaired = Conservation::Repaired(Rule::ExclusiveByTotal);
        assert_eq!(resolve(recorded), (Some(170), Some(5), repaired));
        recorded.usage.total = Some(95);
        assert_eq!(resolve(recorded), (Some(90), Some(5), Conservation::Consistent));
    }

    #[test]
    fn more_cached_than_input_is_repaired_only_where_the_provider_counts_so() {
        let recorded = counts(20, 80, 5);
        let anthropic = Counts { exclusive_provider: true, ..recorded };
        assert_eq!(resolve(anthropic), (Some(100), Some(5), Conservation::Repaired(Rule::CachedAboveInput)));
        let (usage, verdict) = recorded.resolve();
        assert_eq!((usage.input, usage.cache_read), (Some(20), Some(20)));
        assert_eq!(verdict, Conservation::Contradictory);
    }

    #[test]
    fn reasoning_is_added_where_it_stands_beside_the_output() {
        let mut recorded = counts(10, 0, 5);
        recorded.usage.reasoning = Some(7);
        let repaired = Conservation::Repaired(Rule::ReasoningBesideOutput);
        assert_eq!(resolve(recorded), (Some(10), Some(12), repaired));
        recorded.usage.reasoning = Some(3);
        assert_eq!(resolve(recorded), (Some(10), Some(5), Conservation::Consistent));
        recorded.usage.total = Some(18);
        assert_eq!(resolve(recorded), (Some(10), Some(8), repaired));
        recorded.usage.total = Some(15);
        assert_eq!(resolve(recorded), (Some(10), Some(5), Conservation::Consistent));
    }

    #[test]
    fn a_google_total_gives_the_missing_output() {
        let usage =
            TokenUsage { input: Some(15), total: Some(17), reasoning: Some(2), ..TokenUsage::default() };
        let recorded = Counts { usage, google: true, ..Counts::default() };
        assert_eq!(resolve(recorded), (Some(15), Some(2), Conservation::Consistent));
        let blocked = TokenUsage { input: Some(15), total: Some(15), ..TokenUsage::default() };
        assert_eq!(resolve(Counts { usage: blocked, ..recorded }).1, Some(0));
        assert_eq!(resolve(Counts { usage: blocked, ..Counts::default() }).1, None);
    }

    #[test]
    fn verdicts_read_back() {
        for rule in Rule::ALL {
            let verdict = Conservation::Repaired(rule);
            assert_eq!(Conservation::from_name(&verdict.to_string()), verdict);
        }
        for verdict in [Conservation::Consistent, Conservation::Contradictory] {
            assert_eq!(Conservation::from_name(&verdict.to_string()), verdict);
        }
    }
}
