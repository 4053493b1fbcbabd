//! Token conservation: turns counts as somebody recorded them into inclusive totals that add up.

use super::parts::fit_parts;
use super::{Conservation, Meaning, Rule, TokenUsage};

/// What is known of a count's meaning before looking at the numbers, weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Evidence {
    #[default]
    None,
    /// The shape of the usage object says it; a total outranks that.
    Shape(Meaning),
    /// The library is known to count so; a total outranks that, unless the library adds it up itself.
    #[cfg_attr(not(feature = "span"), expect(dead_code, reason = "only spans tell their library"))]
    Library { meaning: Meaning, adds_up_total: bool },
    /// The user says so, or it was settled before: no number outranks that.
    Settled(Meaning),
}

impl Evidence {
    fn meaning(self) -> Option<Meaning> {
        match self {
            Self::None => None,
            Self::Shape(meaning) | Self::Library { meaning, .. } | Self::Settled(meaning) => Some(meaning),
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
    /// Whether `input` contains what was cached.
    pub(crate) input: Evidence,
    /// Whether `output` contains the reasoning, where the names say it.
    pub(crate) output: Option<Meaning>,
    /// Whether `input` contains what the provider's tools brought in; Gemini counts that beside the prompt.
    pub(crate) tool_use: Evidence,
    /// The model's provider counts cached input apart (Anthropic, Bedrock).
    pub(crate) exclusive_provider: bool,
    /// The provider's own total holds all input, so what its parts leave is input (Bedrock).
    pub(crate) total_holds_cached: bool,
    /// The provider's total counts cached input twice, so it does not tell (OpenAI's models on Bedrock).
    pub(crate) total_repeats_cached: bool,
    /// The provider's total is input, output, thoughts and tool prompts (Google).
    pub(crate) google: bool,
    /// The provider's cache writes all live thirty minutes (OpenAI).
    pub(crate) writes_live_30m: bool,
}

/// A part that a total may contain or not.
#[derive(Clone, Copy, Debug)]
struct Part {
    count: u64,
    /// Where nothing else tells: it stands beside the total and must be added.
    is_beside: bool,
    /// The recorded total has no say.
    is_settled: bool,
    /// The rule by which it is beside without a total's word.
    rule: Option<Rule>,
}

impl Part {
    fn inside(count: u64) -> Self {
        Self { count, is_beside: false, is_settled: count == 0, rule: None }
    }

    fn beside(count: u64, rule: Option<Rule>) -> Self {
        Self { count, is_beside: count > 0, is_settled: count == 0, rule: rule.filter(|_| count > 0) }
    }

    fn settled(self) -> Self {
        Self { is_settled: true, ..self }
    }

    /// What it adds to the total in a reading.
    fn added(self, is_beside: bool) -> u64 {
        if is_beside { self.count } else { 0 }
    }
}

/// The parts in question: what was cached, the input of the provider's tools, the reasoning.
const CACHED: usize = 0;
const TOOL_USE: usize = 1;
const REASONING: usize = 2;

/// For each part whether it stands beside its total; those with the fewest departures first.
const DEPARTURES: [[bool; 3]; 8] = [
    [false, false, false],
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, false],
    [true, false, true],
    [false, true, true],
    [true, true, true],
];

impl Counts {
    /// Returns the counts with inclusive totals and parts that fit into them.
    pub(crate) fn resolve(&self) -> (TokenUsage, Conservation) {
        let mut usage = self.usage;
        let mut verdict = Conservation::Consistent;
        self.resolve_writes(&mut usage, &mut verdict);
        // A count under a name of its own needs no total to say what it leaves out.
        let input = usage.input.or(self.uncached);
        let output = usage.output.or(self.visible_output);
        match (input, output) {
            (Some(input), Some(output)) => self.resolve_both(&mut usage, input, output, &mut verdict),
            _ => self.resolve_one(&mut usage, input, output, &mut verdict),
        }
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

    /// Input and output are known: a recorded total may say what they contain.
    fn resolve_both(&self, usage: &mut TokenUsage, input: u64, output: u64, verdict: &mut Conservation) {
        let parts = [self.cached(usage, input), self.tool_use(usage, input), self.reasoning(usage, output)];
        let usual = parts.map(|part| part.is_beside);
        let sum = |beside: [bool; 3]| {
            let added = parts.iter().zip(beside).map(|(part, is_beside)| part.added(is_beside));
            added.fold(input.saturating_add(output), u64::saturating_add)
        };
        let total = usage.total;
        // The reading with the fewest departures from the usual one that gives the total.
        let by_total = total.and_then(|total| {
            let readings = DEPARTURES.iter().filter(|departs| {
                departs.iter().zip(&parts).all(|(departs, part)| !departs || !part.is_settled)
            });
            let mut readings = readings.map(|departs| {
                let mut beside = usual;
                beside.iter_mut().zip(departs).for_each(|(beside, departs)| *beside ^= departs);
                beside
            });
            readings.find(|beside| sum(*beside) == total)
        });
        let beside = by_total.unwrap_or(usual);
        self.note(parts, beside, by_total.is_some(), verdict);
        let input = input.saturating_add(parts[CACHED].added(beside[CACHED]));
        usage.input = Some(input.saturating_add(parts[TOOL_USE].added(beside[TOOL_USE])));
        usage.output = Some(output.saturating_add(parts[REASONING].added(beside[REASONING])));
        if let (None, Some(total)) = (by_total, total)
            && !self.use_remainder(usage, total, verdict)
        {
            let citation = usage.citation.unwrap_or(0);
            let is_sum_of_parts = DEPARTURES
                .iter()
                .any(|beside| [sum(*beside), sum(*beside).saturating_add(citation)].contains(&total));
            // A sum of what was recorded says nothing more, and would be stale beside what is written now.
            if is_sum_of_parts {
                usage.total = None;
            } else {
                verdict.note(Conservation::Contradictory);
            }
        }
    }

    /// Input or output is missing, so a total cannot tell what the other one contains.
    fn resolve_one(
        &self,
        usage: &mut TokenUsage,
        input: Option<u64>,
        output: Option<u64>,
        verdict: &mut Conservation,
    ) {
        let parts = [
            input.map_or(Part::inside(0), |input| self.cached(usage, input)),
            input.map_or(Part::inside(0), |input| self.tool_use(usage, input)),
            output.map_or(Part::inside(0), |output| self.reasoning(usage, output)),
        ];
        self.note(parts, parts.map(|part| part.is_beside), false, verdict);
        let [cached, tool_use, reasoning] = parts.map(|part| part.added(part.is_beside));
        usage.input = input.map(|input| input.saturating_add(cached).saturating_add(tool_use));
        usage.output = output.map(|output| output.saturating_add(reasoning));
        if usage.output.is_none() && self.google {
            // What the total leaves for the output; nothing if it does not even hold the input.
            let left = usage.total.zip(usage.input).and_then(|(total, input)| total.checked_sub(input));
            let thoughts = usage.reasoning.unwrap_or(0);
            usage.output = left.filter(|left| *left >= thoughts).or(usage.reasoning);
        }
        let known = usage.input.unwrap_or(0).saturating_add(usage.output.unwrap_or(0));
        if usage.total.is_some_and(|total| total < known) {
            verdict.note(Conservation::Contradictory);
        }
    }

    /// Tells whether the input contains what was cached.
    fn cached(&self, usage: &TokenUsage, input: u64) -> Part {
        let count = cached(usage);
        let (inside, library) = (Part::inside(count), Some(Rule::ExclusiveLibrary));
        if let Evidence::Settled(meaning) = self.input {
            return match meaning {
                Meaning::Inclusive => inside.settled(),
                Meaning::Exclusive => Part::beside(count, library).settled(),
            };
        }
        match self.uncached {
            Some(_) if usage.input.is_none() => return Part::beside(count, None).settled(),
            Some(uncached) if uncached == input => return Part::beside(count, library).settled(),
            Some(uncached) if uncached.saturating_add(count) == input => return inside.settled(),
            _ => {}
        }
        let by_habit = matches!(self.input, Evidence::Library { .. });
        let is_exclusive = self.input.meaning() == Some(Meaning::Exclusive);
        if count > input && (is_exclusive || self.exclusive_provider) {
            let rule = match (is_exclusive, by_habit) {
                (true, true) => library,
                (true, false) => None,
                (false, _) => Some(Rule::CachedAboveInput),
            };
            return Part::beside(count, rule).settled();
        }
        if is_exclusive {
            let part = Part::beside(count, library.filter(|_| by_habit));
            let adds_up_total = matches!(self.input, Evidence::Library { adds_up_total: true, .. });
            return if adds_up_total { part.settled() } else { part };
        }
        if self.total_repeats_cached { inside.settled() } else { inside }
    }

    /// Tells whether the input contains what the provider's tools brought in.
    fn tool_use(&self, usage: &TokenUsage, input: u64) -> Part {
        let count = usage.tool_use_input.unwrap_or(0);
        let is_exclusive = self.tool_use.meaning() == Some(Meaning::Exclusive);
        let by_shape = self.tool_use == Evidence::Shape(Meaning::Exclusive);
        let beside = Part::beside(count, Some(Rule::ToolUseBesideInput).filter(|_| !by_shape));
        if count > input {
            return beside.settled();
        }
        if is_exclusive {
            return beside;
        }
        Part::inside(count)
    }

    /// Tells whether the output contains the reasoning.
    fn reasoning(&self, usage: &TokenUsage, output: u64) -> Part {
        let count = usage.reasoning.unwrap_or(0);
        if usage.output.is_none() {
            return Part::beside(count, None).settled();
        }
        let rule = Some(Rule::ReasoningBesideOutput);
        match self.output {
            Some(Meaning::Exclusive) => Part::beside(count, rule).settled(),
            _ if count > output => Part::beside(count, rule).settled(),
            Some(Meaning::Inclusive) => Part::inside(count).settled(),
            None => Part::inside(count),
        }
    }

    /// Says how the parts were read.
    fn note(&self, parts: [Part; 3], beside: [bool; 3], by_total: bool, verdict: &mut Conservation) {
        let rules = [Rule::ExclusiveByTotal, Rule::ToolUseBesideInput, Rule::ReasoningBesideOutput];
        for ((part, is_beside), rule) in parts.iter().zip(beside).zip(rules) {
            let rule = match part.rule {
                // The total proves what the provider's way of counting suggests.
                Some(Rule::CachedAboveInput) if by_total => Some(rule),
                of_part if part.is_beside => of_part,
                _ => Some(rule),
            };
            if let Some(rule) = rule.filter(|_| is_beside) {
                verdict.note(Conservation::Repaired(rule));
            }
        }
        let cached = parts[CACHED];
        if cached.is_beside && !beside[CACHED] {
            verdict.note(Conservation::Repaired(Rule::InclusiveByTotal));
        }
        if self.exclusive_provider && self.input == Evidence::None && !cached.is_settled && !by_total {
            verdict.note(Conservation::Assumed(Meaning::Inclusive));
        }
    }

    /// Adds what the total holds beyond all that was recorded, where the provider's way of counting says what it is; tells
    /// whether it does.
    fn use_remainder(&self, usage: &mut TokenUsage, total: u64, verdict: &mut Conservation) -> bool {
        let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
        if total <= input.saturating_add(output) {
            return false;
        }
        if self.google
            && self.output.is_none()
            && usage.reasoning.unwrap_or(0) == 0
            && usage.tool_use_input.is_none()
        {
            usage.output = Some(total.saturating_sub(input));
            verdict.note(Conservation::Repaired(Rule::OutputFromTotal));
            return true;
        }
        if self.total_holds_cached && !matches!(self.input, Evidence::Settled(_)) {
            usage.input = Some(total.saturating_sub(output));
            verdict.note(Conservation::Repaired(Rule::InputFromTotal));
            return true;
        }
        false
    }
}

fn cached(usage: &TokenUsage) -> u64 {
    usage.cache_read.unwrap_or(0).saturating_add(usage.cache_write.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXCLUSIVE_LIBRARY: Evidence =
        Evidence::Library { meaning: Meaning::Exclusive, adds_up_total: false };

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
        let native = Counts { input: Evidence::Shape(Meaning::Exclusive), ..counts(20, 80, 5) };
        assert_eq!(resolve(native), (Some(100), Some(5), Conservation::Consistent));
        let library = Counts { input: EXCLUSIVE_LIBRARY, ..native };
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
    fn a_total_outranks_a_habit_unless_the_library_adds_it_up() {
        let mut recorded = Counts { input: EXCLUSIVE_LIBRARY, ..counts(100, 80, 5) };
        recorded.usage.total = Some(105);
        let inclusive = Conservation::Repaired(Rule::InclusiveByTotal);
        assert_eq!(resolve(recorded), (Some(100), Some(5), inclusive));
        recorded.input = Evidence::Library { meaning: Meaning::Exclusive, adds_up_total: true };
        let (usage, verdict) = recorded.resolve();
        assert_eq!((usage.input, usage.total), (Some(180), None));
        assert_eq!(verdict, Conservation::Repaired(Rule::ExclusiveLibrary));
        recorded.input = Evidence::Settled(Meaning::Exclusive);
        assert_eq!(resolve(recorded).0, Some(180));
    }

    #[test]
    fn a_total_that_fits_no_reading_is_a_contradiction_and_stays() {
        let mut recorded = counts(100, 80, 5);
        recorded.usage.total = Some(500);
        let (usage, verdict) = recorded.resolve();
        assert_eq!((usage.input, usage.output, usage.total), (Some(100), Some(5), Some(500)));
        assert_eq!(verdict, Conservation::Contradictory);
        let alone = TokenUsage { input: Some(10), total: Some(5), ..TokenUsage::default() };
        assert_eq!(resolve(Counts { usage: alone, ..Counts::default() }).2, Conservation::Contradictory);
    }

    #[test]
    fn a_total_of_the_recorded_parts_does_not_outlive_a_repair() {
        // More was cached than the input holds, so the total can only be a library's own sum.
        let mut recorded = Counts { exclusive_provider: true, ..counts(20, 80, 5) };
        recorded.usage.total = Some(25);
        let (usage, verdict) = recorded.resolve();
        assert_eq!((usage.input, usage.total), (Some(100), None));
        assert_eq!(verdict, Conservation::Repaired(Rule::CachedAboveInput));
        // Perplexity's total leaves out the reasoning.
        let mut recorded = counts(33, 0, 7163);
        (recorded.usage.reasoning, recorded.usage.total) = (Some(73_997), Some(7196));
        let (usage, verdict) = recorded.resolve();
        assert_eq!((usage.output, usage.total), (Some(81_160), None));
        assert_eq!(verdict, Conservation::Repaired(Rule::ReasoningBesideOutput));
    }

    #[test]
    fn the_remainder_of_a_bedrock_total_is_cached_input() {
        let mut recorded = Counts { exclusive_provider: true, total_holds_cached: true, ..counts(87, 0, 59) };
        recorded.usage.total = Some(2066);
        assert_eq!(resolve(recorded), (Some(2007), Some(59), Conservation::Repaired(Rule::InputFromTotal)));
        // Reads were recorded, writes were not.
        recorded.usage.cache_read = Some(1920);
        recorded.usage.total = Some(2622);
        assert_eq!(resolve(recorded).0, Some(2563));
        // OpenAI's models there: the input holds what was cached, and the total counts it twice.
        let mut recorded = Counts { total_repeats_cached: true, ..counts(2007, 1920, 59) };
        recorded.usage.total = Some(3986);
        let (usage, verdict) = recorded.resolve();
        assert_eq!((usage.input, usage.total, verdict), (Some(2007), None, Conservation::Consistent));
    }

    #[test]
    fn what_cannot_be_told_is_assumed_and_marked() {
        let mut recorded = Counts { exclusive_provider: true, ..counts(100, 80, 5) };
        assert_eq!(resolve(recorded), (Some(100), Some(5), Conservation::Assumed(Meaning::Inclusive)));
        recorded.usage.total = Some(105);
        assert_eq!(resolve(recorded), (Some(100), Some(5), Conservation::Consistent));
        recorded.usage.total = Some(185);
        assert_eq!(resolve(recorded), (Some(180), Some(5), Conservation::Repaired(Rule::ExclusiveByTotal)));
        let known = Evidence::Library { meaning: Meaning::Inclusive, adds_up_total: false };
        recorded = Counts { input: known, exclusive_provider: true, ..counts(100, 80, 5) };
        assert_eq!(resolve(recorded).2, Conservation::Consistent);
    }

    #[test]
    fn the_input_of_tools_is_added_once() {
        let mut recorded = Counts { tool_use: EXCLUSIVE_LIBRARY, ..counts(100, 0, 5) };
        recorded.usage.tool_use_input = Some(40);
        let repaired = Conservation::Repaired(Rule::ToolUseBesideInput);
        assert_eq!(resolve(recorded), (Some(140), Some(5), repaired));
        recorded.usage.total = Some(145);
        assert_eq!(resolve(recorded), (Some(140), Some(5), repaired));
        recorded.usage.total = Some(105);
        assert_eq!(resolve(recorded), (Some(100), Some(5), Conservation::Consistent));
        recorded = Counts { tool_use: Evidence::None, ..recorded };
        recorded.usage.total = Some(145);
        assert_eq!(resolve(recorded), (Some(140), Some(5), repaired));
    }
}
