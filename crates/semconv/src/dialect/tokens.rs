//! What a call used: from counts in attributes, and from JSON texts that hold more.

use std::borrow::Cow;

use otel_genai_pipeline::Span;

use super::config::Config;
use super::fact::Fact;
use super::habits;
use super::index::{Found, Slot};
use crate::usage::{
    self, Billing, Conservation, Counts, Evidence, Hint, Meaning, Pass, Report, Rule, Source,
};
use crate::{Answer, Operation, TokenField, TokenUsage, value};

/// What a call used, and how far that can be trusted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) tokens: TokenUsage,
    pub(super) billing: Billing,
    pub(super) passes: Vec<Pass>,
    pub(super) conservation: Conservation,
    /// `None` when nothing is known.
    pub(super) source: Option<Source>,
    pub(super) method: Option<String>,
}

/// Who was called, for telling what counts mean.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) span: &'a Span,
    pub(super) hint: Hint<'a>,
    pub(super) operation: Option<&'a Operation>,
}

/// What a JSON text in a span tells.
pub(super) struct Told {
    pub(super) answer: Answer,
    /// The text is a whole answer, by its attribute; else a usage object.
    pub(super) is_whole: bool,
}

impl Told {
    /// Tells whether the text is what its attribute says. An output may be anything, such as an answer in JSON that
    /// happens to speak of usage; a usage object is nothing else.
    fn is_certain(&self) -> bool {
        let answer = &self.answer;
        !self.is_whole || answer.id.is_some() || answer.model.is_some() || !answer.finish_reasons.is_empty()
    }
}

/// Reads every answer and usage object that stands as JSON in a span, best first.
pub(super) fn told(span: &Span, found: &Found<'_>, hint: Hint<'_>, config: &Config) -> Vec<Told> {
    let scope = span.scope().name();
    // What the user says is about the counts of attributes, where there are any: a provider's answer beside them has its
    // own meaning.
    let forced = match found.counts.input {
        None => config.forced_meaning(scope).map(Evidence::Settled),
        Some(_) => None,
    };
    let read = |slot: &Slot<'_>, is_whole: bool| match slot.value() {
        opentelemetry::Value::String(text) => {
            // A usage object is the library's, a whole answer the provider's.
            let (read, library): (fn(_, _, _) -> _, _) = if is_whole {
                (Answer::from_text_of, Evidence::None)
            } else {
                (Answer::from_usage_text_of, habits::input_evidence(scope, hint))
            };
            let answer = read(forced.unwrap_or(library), hint, text.as_str())?;
            Some(Told { answer, is_whole })
        }
        _ => None,
    };
    let usages = found.usage_json.iter().filter_map(|slot| read(slot, false));
    usages.chain(found.answer_json.iter().filter_map(|slot| read(slot, true))).collect()
}

/// Reads what a call used.
pub(super) fn read(call: Call<'_>, found: &Found<'_>, told: &[Told], config: &Config) -> Usage {
    let mut billing = attribute_billing(found);
    if let Some(source) = found.text(Fact::Source).and_then(|name| Source::from_name(&name)) {
        // Normalised before: the counts mean what the conventions say.
        let mut tokens = found.canonical;
        drop_idle(&mut tokens);
        let conservation = found.text(Fact::Conservation).map(|name| Conservation::from_name(&name));
        return Usage {
            tokens,
            billing,
            passes: Vec::new(),
            conservation: conservation.unwrap_or_default(),
            source: Some(source),
            method: found.text(Fact::Method).map(Cow::into_owned),
        };
    }
    let forced = config.forced_meaning(call.span.scope().name());
    let counts = attribute_counts(call, found, forced, told);
    let estimate = estimate(call, found, &counts.usage);
    let reported = |told: &Told| {
        let report = told.answer.report.clone()?;
        (told.is_certain() || agrees(&counts.usage, &report.tokens)).then_some(report)
    };
    let mut reports = told.iter().filter_map(reported);
    let (mut tokens, mut conservation, passes) = match reports.next() {
        None => {
            let (tokens, conservation) = counts.resolve();
            (tokens, conservation, Vec::new())
        }
        Some(mut report) => {
            reports.for_each(|other| add_details(&mut report, other));
            let (tokens, conservation) = combine(counts, &report, estimate.is_some());
            billing.fill(report.billing);
            (tokens, conservation, report.passes)
        }
    };
    if call.operation == Some(&Operation::Embeddings) && tokens.input.is_none() {
        // An embedding has no output, so its total is its input.
        tokens.input = tokens.total;
        usage::fit_parts(&mut tokens, &mut conservation);
    }
    // What was estimated differs from what was counted, and is marked as such.
    if estimate.is_none() && found.differing().any(|(field, other)| !explains(&tokens, field, other)) {
        conservation.note(Conservation::Contradictory);
    }
    drop_idle(&mut tokens);
    let source = source(call, &tokens, forced, estimate.is_some());
    let method = estimate.filter(|_| source.is_some());
    Usage { tokens, billing, passes, conservation, source, method }
}

/// Leaves out what says nothing new: details of zero, which most calls have none of and every one of which would be an
/// attribute, and a total that is input and output together.
fn drop_idle(tokens: &mut TokenUsage) {
    let idle_at_zero = [
        &mut tokens.cache_write_5m,
        &mut tokens.cache_write_30m,
        &mut tokens.cache_write_1h,
        &mut tokens.cache_write_12h,
        &mut tokens.text_input,
        &mut tokens.audio_input,
        &mut tokens.image_input,
        &mut tokens.video_input,
        &mut tokens.text_cache_read,
        &mut tokens.audio_cache_read,
        &mut tokens.image_cache_read,
        &mut tokens.video_cache_read,
        &mut tokens.tool_use_input,
        &mut tokens.citation,
        &mut tokens.text_output,
        &mut tokens.audio_output,
        &mut tokens.image_output,
        &mut tokens.video_output,
    ];
    for slot in idle_at_zero {
        *slot = slot.filter(|count| *count > 0);
    }
    if tokens.input.zip(tokens.output).map(|(input, output)| input.saturating_add(output)) == tokens.total {
        tokens.total = None;
    }
}

fn attribute_billing(found: &Found<'_>) -> Billing {
    let text = |fact: Fact| found.text(fact).map(Cow::into_owned);
    let count = |fact: Fact| found.slot(fact).and_then(|slot| value::count(slot.value()));
    let number = |fact: Fact| {
        found.slot(fact).and_then(|slot| value::number(slot.value())).filter(|number| *number >= 0.0)
    };
    Billing {
        service_tier: text(Fact::ServiceTier),
        geo: text(Fact::Geo),
        speed: text(Fact::Speed),
        search_context_size: text(Fact::SearchContextSize),
        web_searches: count(Fact::WebSearches),
        billed_input: count(Fact::BilledInput),
        billed_output: count(Fact::BilledOutput),
        audio_seconds: number(Fact::AudioSeconds),
        reported_cost: number(Fact::ReportedCost),
    }
}

/// The counts that stand in attributes, with what is known about their meaning.
fn attribute_counts(call: Call<'_>, found: &Found<'_>, forced: Option<Meaning>, told: &[Told]) -> Counts {
    let count = |fact: Fact| found.slot(fact).and_then(|slot| value::count(slot.value()));
    let mut counts = Counts {
        usage: found.counts,
        uncached: count(Fact::Uncached),
        visible_output: count(Fact::VisibleOutput),
        ..Counts::default()
    };
    counts.usage.input = counts.usage.input.or_else(|| count(Fact::EmbeddingTokens));
    usage::describe_provider(call.hint, &mut counts);
    if counts.usage.reasoning.is_none()
        && let Some(reasoning) = count(Fact::ReasoningBesideOutput)
    {
        counts.usage.reasoning = Some(reasoning);
        counts.output = Some(Meaning::Exclusive);
    }
    if !found.is_own(TokenField::ToolUseInput) {
        // Other names are those that Gemini gives it, and Gemini counts it beside the prompt.
        counts.tool_use = Evidence::Library { meaning: Meaning::Exclusive, adds_up_total: false };
    }
    // Without cached input there is no question, and that is most calls.
    let usage = &counts.usage;
    let cached = [
        usage.cache_read,
        usage.cache_write,
        usage.cache_write_5m,
        usage.cache_write_30m,
        usage.cache_write_1h,
        usage.cache_write_12h,
    ];
    let has_cached = cached.iter().any(|count| count.is_some_and(|count| count > 0));
    counts.input = match forced {
        Some(meaning) => Evidence::Settled(meaning),
        None if has_cached || !told.is_empty() => habits::input_evidence(call.span.scope().name(), call.hint),
        None => Evidence::None,
    };
    counts
}

/// The method of an estimate, if somebody estimated a count that the span has.
fn estimate(call: Call<'_>, found: &Found<'_>, tokens: &TokenUsage) -> Option<String> {
    let counted = [(Fact::InputSource, tokens.input), (Fact::OutputSource, tokens.output)];
    let mut said = false;
    for (fact, count) in counted {
        let Some(source) = found.text(fact) else { continue };
        said = true;
        if count.is_some() && source.starts_with("estimated") {
            return Some(source.into_owned());
        }
    }
    // What is said about each count is more exact than what is said about both.
    let about_both = found.text(Fact::CountsSource).filter(|source| !said && source.starts_with("estimated"));
    if about_both.is_some() {
        return about_both.map(Cow::into_owned);
    }
    let streams = || found.slot(Fact::Stream).is_some_and(|slot| value::boolean(slot.value()) == Some(true));
    let adds = habits::adds_first_count(call.span.scope().name(), call.hint);
    (adds && tokens.output.is_some() && streams()).then(|| "stream_adds_first_count".to_owned())
}

/// Takes over what a second report of the same call adds to the first.
fn add_details(first: &mut Report, other: Report) {
    let equals =
        |ours: Option<u64>, theirs: Option<u64>| ours.is_none() || theirs.is_none() || ours == theirs;
    let TokenUsage { input, cache_read, cache_write, .. } = first.tokens;
    // The first report leaves out what was cached, and does not say so; the other one has it.
    let leaves_out_cached = input.is_some()
        && cache_read.is_none()
        && cache_write.is_none()
        && input != other.tokens.input
        && input == other.tokens.uncached_input();
    if leaves_out_cached && equals(first.tokens.output, other.tokens.output) {
        let incomplete = std::mem::replace(first, other);
        fill(&mut first.tokens, &TokenUsage { total: None, ..incomplete.tokens });
        first.billing.fill(incomplete.billing);
    } else if equals(first.tokens.input, other.tokens.input)
        && equals(first.tokens.output, other.tokens.output)
    {
        fill(&mut first.tokens, &other.tokens);
        first.billing.fill(other.billing);
    } else if first.tokens.input.zip(first.tokens.output).is_none() {
        // A report without totals says less than one that has them.
        let details = std::mem::replace(first, other);
        fill(&mut first.tokens, &details.tokens);
        first.billing.fill(details.billing);
    } else if !agrees(&other.tokens, &first.tokens) {
        // Two reports of one call that no part of it explains; the better place counts.
        first.conservation.note(Conservation::Contradictory);
    }
}

/// Brings the counts of attributes and of a provider's own report together.
///
/// Where both have totals and agree, the report counts: it is what was served, in a known meaning, with all details. They
/// agree if the attributes have the report's totals, or its totals without what was cached or reasoned. Where they do
/// not, the JSON may be anything, such as an answer that happens to be JSON; then the attributes count. So they do where
/// the user says what they mean.
fn combine(mut counts: Counts, report: &Report, estimated: bool) -> (TokenUsage, Conservation) {
    let theirs = &report.tokens;
    let ours = counts.usage;
    let is_forced = ours.input.is_some() && matches!(counts.input, Evidence::Settled(_));
    let (Some(input), Some(output), false) = (theirs.input, theirs.output, is_forced) else {
        if ours.input.is_none() && theirs.input.is_some() {
            counts.input = Evidence::Settled(Meaning::Inclusive);
        }
        fill(&mut counts.usage, &TokenUsage { total: theirs.total.filter(|_| !is_forced), ..*theirs });
        return counts.resolve();
    };
    if estimated {
        return (*theirs, report.conservation);
    }
    let says_nothing = ours.input.is_none() && ours.output.is_none();
    if !says_nothing && !agrees(&ours, theirs) {
        return (counts.resolve().0, Conservation::Contradictory);
    }
    let mut tokens = *theirs;
    fill(&mut tokens, &TokenUsage { total: None, ..ours });
    let (tokens, verdict) = Counts {
        usage: tokens,
        input: Evidence::Settled(Meaning::Inclusive),
        output: Some(Meaning::Inclusive),
        writes_live_30m: counts.writes_live_30m,
        ..Counts::default()
    }
    .resolve();
    let sum = |usage: &TokenUsage| {
        usage.input.zip(usage.output).map(|(input, output)| input.saturating_add(output))
    };
    let is_odd_total =
        ours.total.is_some() && ![sum(&tokens), sum(&ours), theirs.total].contains(&ours.total);
    let mut verdict = match (report.conservation, verdict) {
        (Conservation::Consistent, Conservation::Consistent)
            if ours.input.is_some_and(|count| count != input) =>
        {
            Conservation::Repaired(Rule::ExclusiveLibrary)
        }
        (Conservation::Consistent, Conservation::Consistent)
            if ours.output.is_some_and(|count| count != output) =>
        {
            Conservation::Repaired(Rule::ReasoningBesideOutput)
        }
        (Conservation::Consistent, verdict) => verdict,
        (reported, _) => reported,
    };
    if is_odd_total {
        verdict.note(Conservation::Contradictory);
    }
    (tokens, verdict)
}

/// Tells whether a count that stands under a second name is the known one with or without its parts, as dialects differ
/// in that.
fn explains(tokens: &TokenUsage, field: TokenField, other: u64) -> bool {
    let less =
        |total: Option<u64>, part: Option<u64>| total.map(|total| total.saturating_sub(part.unwrap_or(0)));
    let TokenUsage { input, cache_read, cache_write, tool_use_input, output, reasoning, .. } = *tokens;
    let prompts = [input, less(input, tool_use_input)];
    let inputs = prompts.into_iter().flat_map(|input| {
        let unread = less(input, cache_read);
        [input, unread, less(input, cache_write), less(unread, cache_write)]
    });
    let outputs = [output, less(output, reasoning)];
    match field {
        TokenField::Input => inputs.into_iter().any(|known| known == Some(other)),
        TokenField::Output => outputs.contains(&Some(other)),
        TokenField::Total => inputs.into_iter().any(|input| {
            outputs.iter().any(|output| {
                input.zip(*output).is_some_and(|(input, output)| input.saturating_add(output) == other)
            })
        }),
        _ => tokens.field(field).unwrap_or(0) == other,
    }
}

/// Tells whether attributes and a report state the same totals, with or without their parts, and at least one of them.
fn agrees(ours: &TokenUsage, theirs: &TokenUsage) -> bool {
    let same = |field: TokenField| match (ours.field(field), theirs.field(field)) {
        (Some(ours), Some(_)) => explains(theirs, field, ours),
        _ => true,
    };
    (ours.input.is_some() || ours.output.is_some()) && same(TokenField::Input) && same(TokenField::Output)
}

/// Takes over counts that are missing.
fn fill(tokens: &mut TokenUsage, from: &TokenUsage) {
    for field in TokenField::ALL {
        let slot = tokens.field_mut(field);
        *slot = slot.or(from.field(field));
    }
}

/// Tells where the counts come from; `None` when there are none.
fn source(call: Call<'_>, tokens: &TokenUsage, forced: Option<Meaning>, estimated: bool) -> Option<Source> {
    if tokens.is_empty() {
        return None;
    }
    if estimated {
        return Some(Source::Estimated);
    }
    let writes_text = !matches!(call.operation, Some(Operation::Embeddings | Operation::Other(_)));
    let lacks_total = tokens.input.is_none() || (writes_text && tokens.output.is_none());
    // Who leaves out what was cached, and does not say how much that was, gives a lower bound.
    let lacks_cache = tokens.cache_read.is_none() && tokens.cache_write.is_none() && {
        let evidence = habits::input_evidence(call.span.scope().name(), call.hint);
        let by_habit = matches!(evidence, Evidence::Library { meaning: Meaning::Exclusive, .. });
        forced.map_or(by_habit, |meaning| meaning == Meaning::Exclusive)
    };
    Some(if lacks_total || lacks_cache { Source::Partial } else { Source::Reported })
}
