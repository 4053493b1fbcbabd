//! What a call used: from counts in attributes, and from JSON texts that hold more.

use std::borrow::Cow;

use otel_genai_pipeline::Span;

use super::config::Config;
use super::fact::Fact;
use super::habits::{self, Habit};
use super::index::{Found, Slot};
use crate::usage::{self, Billing, Conservation, Counts, Hint, Meaning, Pass, Report, Rule, Source};
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
pub(super) fn told(found: &Found<'_>, hint: Hint<'_>) -> Vec<Told> {
    let read = |slot: &Slot<'_>, is_whole: bool| match slot.value() {
        opentelemetry::Value::String(text) => {
            let read = if is_whole { Answer::from_text } else { Answer::from_usage_text };
            Some(Told { answer: read(hint, text.as_str())?, is_whole })
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
    let counts = attribute_counts(call, found, config);
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
    drop_idle(&mut tokens);
    let source = source(call, &tokens, estimate.is_some());
    let method = estimate.filter(|_| source.is_some());
    Usage { tokens, billing, passes, conservation, source, method }
}

/// Details that are absent rather than zero: most calls have none of them, and every one would be an attribute.
const IDLE_AT_ZERO: [TokenField; 18] = [
    TokenField::CacheWrite5m,
    TokenField::CacheWrite30m,
    TokenField::CacheWrite1h,
    TokenField::CacheWrite12h,
    TokenField::TextInput,
    TokenField::AudioInput,
    TokenField::ImageInput,
    TokenField::VideoInput,
    TokenField::TextCacheRead,
    TokenField::AudioCacheRead,
    TokenField::ImageCacheRead,
    TokenField::VideoCacheRead,
    TokenField::ToolUseInput,
    TokenField::Citation,
    TokenField::TextOutput,
    TokenField::AudioOutput,
    TokenField::ImageOutput,
    TokenField::VideoOutput,
];

/// Leaves out what says nothing new: details of zero, and a total that is input and output together.
fn drop_idle(tokens: &mut TokenUsage) {
    for field in IDLE_AT_ZERO {
        let slot = tokens.field_mut(field);
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
fn attribute_counts(call: Call<'_>, found: &Found<'_>, config: &Config) -> Counts {
    let count = |fact: Fact| found.slot(fact).and_then(|slot| value::count(slot.value()));
    let mut counts = Counts {
        usage: found.counts,
        uncached: count(Fact::Uncached),
        visible_output: count(Fact::VisibleOutput),
        ..Counts::default()
    };
    counts.usage.input = counts.usage.input.or_else(|| count(Fact::EmbeddingTokens));
    usage::describe_provider(call.hint, &mut counts);
    let scope = call.span.scope().name();
    counts.input = config.forced_meaning(scope);
    if counts.input.is_none() && counts.uncached.is_none() {
        counts.input = habits::input_meaning(scope, call.hint);
    }
    counts.exclusive_library = counts.input == Some(Meaning::Exclusive);
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
    let adds = habits::has(Habit::StreamAddsFirstCount, call.span.scope().name(), call.hint);
    (adds && tokens.output.is_some() && streams()).then(|| "stream_adds_first_count".to_owned())
}

/// Takes over what a second report of the same call adds to the first.
fn add_details(first: &mut Report, other: Report) {
    let agrees =
        |ours: Option<u64>, theirs: Option<u64>| ours.is_none() || theirs.is_none() || ours == theirs;
    let TokenUsage { input, cache_read, cache_write, .. } = first.tokens;
    // The first report leaves out what was cached, and does not say so; the other one has it.
    let leaves_out_cached = input.is_some()
        && cache_read.is_none()
        && cache_write.is_none()
        && input != other.tokens.input
        && input == other.tokens.uncached_input();
    if leaves_out_cached && agrees(first.tokens.output, other.tokens.output) {
        let incomplete = std::mem::replace(first, other);
        fill(&mut first.tokens, &TokenUsage { total: None, ..incomplete.tokens });
        first.billing.fill(incomplete.billing);
    } else if agrees(first.tokens.input, other.tokens.input)
        && agrees(first.tokens.output, other.tokens.output)
    {
        fill(&mut first.tokens, &other.tokens);
        first.billing.fill(other.billing);
    } else if first.tokens.input.zip(first.tokens.output).is_none() {
        // A report without totals says less than one that has them.
        let details = std::mem::replace(first, other);
        fill(&mut first.tokens, &details.tokens);
        first.billing.fill(details.billing);
    }
}

/// Brings the counts of attributes and of a provider's own report together.
///
/// Where both have totals and agree, the report counts: it is what was served, in a known meaning, with all details. They
/// agree if the attributes have the report's totals, or its totals without what was cached or reasoned. Where they do
/// not, the JSON may be anything, such as an answer that happens to be JSON; then the attributes count.
fn combine(mut counts: Counts, report: &Report, estimated: bool) -> (TokenUsage, Conservation) {
    let theirs = &report.tokens;
    let (Some(input), Some(output)) = (theirs.input, theirs.output) else {
        if counts.usage.input.is_none() && theirs.input.is_some() {
            counts.input = Some(Meaning::Inclusive);
        }
        fill(&mut counts.usage, theirs);
        return counts.resolve();
    };
    let ours = counts.usage;
    if estimated {
        return (*theirs, report.conservation);
    }
    let says_nothing = ours.input.is_none() && ours.output.is_none();
    if !says_nothing && !agrees(&ours, theirs) {
        return (counts.resolve().0, Conservation::Contradictory);
    }
    let mut tokens = *theirs;
    fill(&mut tokens, &ours);
    let (tokens, verdict) = Counts {
        usage: tokens,
        input: Some(Meaning::Inclusive),
        output: Some(Meaning::Inclusive),
        writes_live_30m: counts.writes_live_30m,
        ..Counts::default()
    }
    .resolve();
    let verdict = match (report.conservation, verdict) {
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
    (tokens, verdict)
}

/// Tells whether attributes and a report state the same totals, with or without what was cached or reasoned, and at least
/// one of them.
fn agrees(ours: &TokenUsage, theirs: &TokenUsage) -> bool {
    let visible = theirs.output.map(|output| output.saturating_sub(theirs.reasoning.unwrap_or(0)));
    let same = |ours: Option<u64>, whole: Option<u64>, part: Option<u64>| {
        ours.is_none() || whole.is_none() || ours == whole || ours == part
    };
    (ours.input.is_some() || ours.output.is_some())
        && same(ours.input, theirs.input, theirs.uncached_input())
        && same(ours.output, theirs.output, visible)
}

/// Takes over counts that are missing.
fn fill(tokens: &mut TokenUsage, from: &TokenUsage) {
    for field in TokenField::ALL {
        let slot = tokens.field_mut(field);
        *slot = slot.or(from.field(field));
    }
}

/// Tells where the counts come from; `None` when there are none.
fn source(call: Call<'_>, tokens: &TokenUsage, estimated: bool) -> Option<Source> {
    if tokens.is_empty() {
        return None;
    }
    if estimated {
        return Some(Source::Estimated);
    }
    let writes_text = !matches!(call.operation, Some(Operation::Embeddings | Operation::Other(_)));
    let lacks_total = tokens.input.is_none() || (writes_text && tokens.output.is_none());
    // A library that leaves out what was cached, and does not say how much that was, gives a lower bound.
    let scope = call.span.scope().name();
    let lacks_cache = tokens.cache_read.is_none()
        && tokens.cache_write.is_none()
        && habits::has(Habit::ExclusiveInput, scope, call.hint);
    Some(if lacks_total || lacks_cache { Source::Partial } else { Source::Reported })
}
