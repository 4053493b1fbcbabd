//! The rules in their order, and which of them a trace has met so far.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::time::{Duration, SystemTime};

use otel_genai_pipeline::Span;

use crate::condition::Condition;
use crate::rule::Rule;
use crate::span_reading::{SpanReading, any_text, number};

/// Different tool calls of one trace that are watched for repetition, 12 bytes each. A loop that starts after so many
/// different calls is not seen.
pub const WATCHED_TOOL_CALLS: usize = 1024;

/// The rules, taken apart for asking.
#[derive(Clone, Debug)]
pub(crate) struct RuleSet {
    rules: Vec<Rule>,
    /// The single conditions of all rules, in the order of the rules.
    conditions: Vec<Condition>,
    /// Which conditions are those of each rule.
    ranges: Vec<Range<usize>>,
    has_loops: bool,
    /// Hashes tool calls for loop detection.
    hasher: RandomState,
}

/// What is known of a trace that is not decided.
#[derive(Debug)]
pub(crate) struct TraceFacts {
    /// The first rule that is met; the number of rules if none is.
    first_met: usize,
    /// Which conditions are met; those of rules behind the first that is met are not looked at any more.
    met: Box<[bool]>,
    start: SystemTime,
    end: SystemTime,
    cost: f64,
    tokens: f64,
    tool_calls: HashMap<u64, u32>,
    /// How often the tool call was made that was made most often.
    most_repeated: u32,
}

impl RuleSet {
    pub(crate) fn new(rules: Vec<Rule>) -> Self {
        let mut conditions = Vec::new();
        let ranges = rules
            .iter()
            .map(|rule| {
                let first = conditions.len();
                flatten(rule.when(), &mut conditions);
                first..conditions.len()
            })
            .collect();
        let has_loops = conditions.iter().any(|condition| matches!(condition, Condition::Loop { .. }));
        Self { rules, conditions, ranges, has_loops, hasher: RandomState::new() }
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(crate) fn new_trace(&self) -> TraceFacts {
        let mut facts = TraceFacts {
            first_met: self.rules.len(),
            met: vec![false; self.conditions.len()].into(),
            start: SystemTime::UNIX_EPOCH,
            end: SystemTime::UNIX_EPOCH,
            cost: 0.0,
            tokens: 0.0,
            tool_calls: HashMap::new(),
            most_repeated: 0,
        };
        // A rule that asks for all of nothing is met by every trace.
        facts.find_first_met(self);
        facts
    }
}

fn flatten(condition: &Condition, into: &mut Vec<Condition>) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| flatten(part, into)),
        other => into.push(other.clone()),
    }
}

impl TraceFacts {
    /// Takes note of a span.
    pub(crate) fn absorb(&mut self, rules: &RuleSet, span: &Span) {
        if self.first_met == 0 {
            // Nothing can change any more.
            return;
        }
        let reading = SpanReading::of(span);
        self.add_up(rules, span, &reading);
        let asked = rules.ranges.get(self.first_met - 1).map_or(0, |range| range.end);
        let mut has_news = false;
        for index in 0..asked {
            if !self.met[index] && self.holds(&rules.conditions[index], span, &reading) {
                self.met[index] = true;
                has_news = true;
            }
        }
        if has_news {
            self.find_first_met(rules);
        }
    }

    /// Returns the first rule that is met so far.
    pub(crate) fn first_met<'r>(&self, rules: &'r RuleSet) -> Option<(usize, &'r Rule)> {
        Some((self.first_met, rules.rules.get(self.first_met)?))
    }

    /// Tells whether the trace will be kept for certain, whatever it does yet: its rule keeps everything, and so do all
    /// those before it, which it might still meet.
    pub(crate) fn is_settled(&self, rules: &RuleSet) -> bool {
        self.first_met < rules.rules.len() && rules.rules[..=self.first_met].iter().all(Rule::is_certain)
    }

    fn find_first_met(&mut self, rules: &RuleSet) {
        let is_met = |range: &Range<usize>| self.met[range.clone()].iter().all(|met| *met);
        if let Some(first) = rules.ranges[..self.first_met].iter().position(is_met) {
            self.first_met = first;
        }
    }

    fn add_up(&mut self, rules: &RuleSet, span: &Span, reading: &SpanReading<'_>) {
        let is_first = self.end == SystemTime::UNIX_EPOCH;
        self.start = if is_first { span.start_time() } else { self.start.min(span.start_time()) };
        self.end = self.end.max(span.end_time());
        self.cost += reading.cost().unwrap_or(0.0);
        self.tokens += reading.tokens().unwrap_or(0.0);
        if rules.has_loops
            && !reading.is_duplicate
            && reading.is_tool()
            && let Some(hash) = reading.arguments_hash
        {
            let call = rules.hasher.hash_one((reading.tool, hash));
            if self.tool_calls.len() < WATCHED_TOOL_CALLS || self.tool_calls.contains_key(&call) {
                let calls = self.tool_calls.entry(call).or_insert(0);
                *calls = calls.saturating_add(1);
                self.most_repeated = self.most_repeated.max(*calls);
            }
        }
    }

    fn holds(&self, condition: &Condition, span: &Span, reading: &SpanReading<'_>) -> bool {
        match condition {
            Condition::Error => reading.is_error(span),
            Condition::SlowerThan(limit) => {
                self.end.duration_since(self.start).unwrap_or(Duration::ZERO) > *limit
            }
            Condition::SpanSlowerThan { name, duration } => {
                span.duration() > *duration && name.holds(span.name())
            }
            Condition::DearerThan(usd) => self.cost > *usd,
            Condition::MoreTokensThan(limit) => self.tokens > *limit as f64,
            Condition::Guarded => reading.is_guarded(),
            Condition::ToolFailed => reading.is_tool() && reading.is_error(span),
            Condition::Loop { calls } => self.most_repeated >= *calls,
            Condition::Name(test) => test.holds(span.name()),
            Condition::Text { key, is } => {
                span.get(key).is_some_and(|value| any_text(value, |text| is.holds(text)))
            }
            Condition::Number { key, comparison, number: limit } => {
                span.get(key).and_then(number).is_some_and(|value| comparison.holds(value, *limit))
            }
            Condition::Tag(tag) => reading.tags.is_some_and(|tags| any_text(tags, |text| text == tag)),
            Condition::Model(test) => [reading.request_model, reading.response_model]
                .into_iter()
                .flatten()
                .any(|model| test.holds(model)),
            Condition::Agent(test) => reading.agent.is_some_and(|agent| test.holds(agent)),
            // Taken apart by `flatten`.
            Condition::All(_) => false,
        }
    }
}
