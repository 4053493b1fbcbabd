//! What is kept of random traces is exactly what the rules keep of the full data, but for what a stated bound forced.

mod support;

use std::collections::{HashMap, HashSet};
use std::sync::Barrier;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};
use otel_genai_pipeline::Pipeline;
use otel_genai_sampling::{Condition, OtelTraceState, Randomness, Rule, Sampling, TextTest, Threshold};
use support::{Collector, Numbers, threshold};

const THREADS: u64 = 2;
/// Traces that run at the same time, per thread.
const BATCH: u64 = 250;
/// 200,000 traces in release builds, a quarter of that in debug builds; a tenth of them begin once more.
const BATCHES: u64 = if cfg!(debug_assertions) { 100 } else { 400 };

/// One round of a trace, as it really was.
#[derive(Debug, Default)]
struct Round {
    trace: Option<TraceId>,
    spans: Vec<SpanId>,
    /// Spans that end when the round has been decided.
    late: Vec<SpanId>,
    has_error: bool,
    has_planner: bool,
    start: Option<SystemTime>,
    end: Option<SystemTime>,
    cost: f64,
    never_ends: bool,
    /// Whether the head chose it, and the threshold it was chosen with.
    chosen: bool,
    chosen_with: Option<Threshold>,
    randomness: Option<Randomness>,
}

impl Round {
    /// Returns whether the rules keep it, and with which threshold.
    fn verdict(&self) -> (bool, Option<Threshold>, &'static str) {
        let randomness = self.randomness.expect("every round has a root");
        let by = |threshold: Threshold, rule| (threshold.keeps(randomness), Some(threshold), rule);
        let duration =
            self.end.expect("ended").duration_since(self.start.expect("started")).expect("in order");
        if self.has_error {
            by(Threshold::ALWAYS, "error")
        } else if self.has_planner {
            by(Threshold::from_ratio(0.3).expect("valid"), "planner")
        } else if duration > Duration::from_secs(60) {
            by(Threshold::ALWAYS, "slower_than=1m")
        } else if self.cost > 0.5 {
            by(Threshold::ALWAYS, "dearer_than=0.5")
        } else {
            (self.chosen, self.chosen_with, "ratio")
        }
    }
}

fn sampling() -> Sampling {
    let planner =
        Rule::keep(Condition::Agent(TextTest::is("planner"))).rate(0.3).expect("valid").named("planner");
    Sampling::ratio(0.01)
        .expect("valid")
        .keep_errors()
        .rule(planner)
        .keep_slower_than(Duration::from_secs(60))
        .keep_dearer_than(0.5)
}

/// Starts rounds of traces and notes what they really were.
struct Agent {
    numbers: Numbers,
    tracer: SdkTracer,
    clock: SystemTime,
}

impl Agent {
    /// Returns a parent in another process: sampled with a threshold, sampled without, or not sampled.
    fn remote_parent(&mut self) -> SpanContext {
        let trace = TraceId::from(self.numbers.trace_id());
        let own = Randomness::from_trace_id(trace);
        let mut members = Vec::new();
        let mut randomness = own;
        if self.numbers.one_in(3) {
            randomness = Randomness::from_value(self.numbers.next() >> 8).expect("56 bits");
            members.push(format!("rv:{randomness}"));
        }
        let half = Threshold::parse("8").expect("valid");
        let is_sampled = match self.numbers.below(3) {
            0 => half.keeps(randomness),
            1 => true,
            _ => false,
        };
        if is_sampled && half.keeps(randomness) && self.numbers.one_in(2) {
            members.push(format!("th:{half}"));
        }
        let state = match members.is_empty() {
            true => TraceState::default(),
            false => TraceState::from_key_value([("ot", members.join(";"))]).expect("valid"),
        };
        let flags = TraceFlags::default().with_sampled(is_sampled);
        SpanContext::new(trace, SpanId::from(self.numbers.next() | 1), flags, true, state)
    }

    fn start(&mut self, name: &'static str, parent: Option<&SpanContext>, at: SystemTime) -> Span {
        let context = parent
            .map_or_else(Context::new, |parent| Context::new().with_remote_span_context(parent.clone()));
        self.tracer.build_with_context(self.tracer.span_builder(name).with_start_time(at), &context)
    }

    /// Runs one round below this parent. Returns what it was, its spans that end late, and its root if that never ends.
    fn round(&mut self, parent: Option<&SpanContext>, never_ends: bool) -> (Round, Vec<Span>, Option<Span>) {
        let mut round = Round::default();
        self.clock += Duration::from_secs(1);
        let at = self.clock;
        let root = self.start("run", parent, at);
        let context = root.span_context().clone();
        let member = OtelTraceState::of(context.trace_state());
        round.trace = Some(context.trace_id());
        round.randomness = Some(Randomness::of(context.trace_id(), member));
        round.chosen = context.is_sampled();
        round.chosen_with = member.threshold();
        let mut open = vec![(root, true)];
        for _ in 0..self.numbers.below(6) {
            let parent = self.numbers.below(open.len() as u64) as usize;
            let parent = open[parent].0.span_context().clone();
            // A call of the process itself comes back as a root with a remote parent.
            let is_self_call = self.numbers.one_in(10);
            let parent = SpanContext::new(
                parent.trace_id(),
                parent.span_id(),
                parent.trace_flags(),
                is_self_call,
                parent.trace_state().clone(),
            );
            let name = if is_self_call { "serve" } else { "chat" };
            let start = at + Duration::from_millis(self.numbers.below(100));
            let mut span = self.start(name, Some(&parent), start);
            assert_eq!(
                span.span_context().is_sampled(),
                round.chosen,
                "the choice is the same in all of a trace"
            );
            let (mut is_error, mut cost) = (true, 0.0);
            match self.numbers.below(60) {
                0 => span.set_status(Status::error("failed")),
                1 => span.add_event("exception", vec![KeyValue::new("exception.message", "no")]),
                2 => span.set_attribute(KeyValue::new("error.type", "timeout")),
                _ => is_error = false,
            }
            if self.numbers.one_in(30) {
                span.set_attribute(KeyValue::new("gen_ai.agent.name", "planner"));
                round.has_planner = true;
            }
            if self.numbers.one_in(4) {
                cost = self.numbers.below(40) as f64 / 100.0;
                span.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
                span.set_attribute(KeyValue::new("llm.cost.total", cost));
                if self.numbers.one_in(5) {
                    span.set_attribute(KeyValue::new("otel_genai.duplicate_of", "0000000000000001"));
                    cost = 0.0;
                }
            }
            round.has_error |= is_error;
            round.cost += cost;
            open.push((span, !is_self_call));
        }
        // An error that comes too late does not count. It may be the only one of its trace.
        let mut late = Vec::new();
        while self.numbers.one_in(8) {
            let mut span = self.start("straggler", Some(&context), at);
            if self.numbers.one_in(2) {
                span.set_status(Status::error("too late"));
            }
            round.late.push(span.span_context().span_id());
            late.push(span);
        }
        let slow = Duration::from_secs(if self.numbers.one_in(25) { 70 } else { 1 });
        let mut left = None;
        while !open.is_empty() {
            let index = self.numbers.below(open.len() as u64) as usize;
            let (mut span, _) = open.swap_remove(index);
            if never_ends && span.span_context().span_id() == context.span_id() {
                left = Some(span);
                continue;
            }
            let end = at + Duration::from_millis(200 + self.numbers.below(500)) + slow;
            round.spans.push(span.span_context().span_id());
            round.end = round.end.max(Some(end));
            // Only what has ended is known, the start included.
            let start =
                if span.span_context().span_id() == context.span_id() { at } else { self.start_of(&span) };
            round.start = Some(round.start.map_or(start, |earliest| earliest.min(start)));
            span.end_with_timestamp(end);
        }
        (round, late, left)
    }

    fn start_of(&self, span: &Span) -> SystemTime {
        span.exported_data().map_or(SystemTime::UNIX_EPOCH, |data| data.start_time)
    }
}

#[test]
fn the_kept_set_is_that_of_the_full_data() {
    let sampling = sampling();
    let collector = Collector::default();
    let pipeline = Pipeline::builder()
        .stage(sampling.tail())
        .queue(1 << 20, 1 << 30)
        .max_bytes(1 << 30)
        // Only flushes end traces, so that what is late is so in every run.
        .grace(Duration::from_secs(3600))
        .linger(Duration::from_secs(3600))
        .remembered_traces(1_000_000)
        .exporter_queue(1 << 20, 1 << 30)
        .export(collector.clone())
        .build()
        .expect("builds");
    let handle = pipeline.handle();
    let provider =
        SdkTracerProvider::builder().with_sampler(sampling.head()).with_span_processor(pipeline).build();
    let barrier = Barrier::new(THREADS as usize);
    let flush = || {
        if barrier.wait().is_leader() {
            provider.force_flush().expect("flushes");
        }
        barrier.wait();
    };
    let agents: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let agent = Agent {
                    numbers: Numbers::new(thread),
                    tracer: provider.tracer("test"),
                    clock: SystemTime::UNIX_EPOCH + Duration::from_secs(1_735_689_600),
                };
                scope.spawn(|| run(agent, flush))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    provider.shutdown().expect("shuts down");
    let (rounds, _never_ended): (Vec<_>, Vec<_>) = agents.into_iter().unzip();
    let rounds: Vec<Round> = rounds.into_iter().flatten().collect();
    // An error settles what becomes of a trace while it runs.
    let forced = rounds.iter().filter(|round| round.never_ends && !round.has_error).count();

    let mut expected = HashMap::new();
    let mut by_rule: HashMap<_, usize> = HashMap::new();
    for round in &rounds {
        let (is_kept, threshold, rule) = round.verdict();
        if is_kept {
            *by_rule.entry(rule).or_default() += 1;
            expected.extend(round.spans.iter().chain(&round.late).map(|span| (*span, (threshold, rule))));
        }
    }
    let spans = collector.take();
    let mut seen = HashSet::new();
    for span in &spans {
        let wanted = expected.get(&span.span_id());
        let (wanted_threshold, rule) = wanted.unwrap_or_else(|| panic!("should have been dropped: {span:?}"));
        assert_eq!(threshold(span), *wanted_threshold, "{span:?}");
        assert_eq!(span.get_str("otel_genai.sampling.rule"), Some(*rule));
        assert!(span.is_sampled());
        assert!(seen.insert(span.span_id()), "came twice: {span:?}");
    }
    let lost: Vec<_> = expected.keys().filter(|span| !seen.contains(span)).collect();
    assert!(lost.is_empty(), "{} of {} spans were lost", lost.len(), expected.len());

    let (stats, counts) = (handle.stats(), sampling.counts());
    assert!(stats.is_balanced() && stats.queue_full == 0, "{stats:?}");
    assert_eq!(counts.forced as usize, forced, "only what never ended was forced, by the shutdown");
    assert_eq!((counts.kept + counts.dropped) as usize, rounds.len());
    assert_eq!(counts.kept as usize, by_rule.values().sum::<usize>());
    assert!(by_rule.len() == 5 && by_rule.values().all(|kept| *kept > 20), "all rules were met: {by_rule:?}");
    println!("{} rounds, {} spans of {} kept: {by_rule:?}", rounds.len(), spans.len(), stats.received);
}

/// Runs batches of traces; returns what they were and the roots that never end.
fn run(mut agent: Agent, flush: impl Fn()) -> (Vec<Round>, Vec<Span>) {
    let (mut rounds, mut never_ending) = (Vec::new(), Vec::new());
    for _ in 0..BATCHES {
        let (mut late, mut again) = (Vec::new(), Vec::new());
        for _ in 0..BATCH {
            let parent = agent.numbers.one_in(4).then(|| agent.remote_parent());
            let never_ends = agent.numbers.one_in(100);
            let (round, stragglers, root) = agent.round(parent.as_ref(), never_ends);
            match root {
                // Its stragglers end in time.
                Some(root) => {
                    let mut round = Round { never_ends: true, ..round };
                    for mut span in stragglers {
                        let data = span.exported_data().expect("recorded");
                        let end = data.start_time + Duration::from_secs(1);
                        round.has_error |= matches!(data.status, Status::Error { .. });
                        round.start =
                            Some(round.start.map_or(data.start_time, |start| start.min(data.start_time)));
                        round.end = round.end.max(Some(end));
                        span.end_with_timestamp(end);
                    }
                    round.spans.append(&mut round.late);
                    never_ending.push(root);
                    if !round.spans.is_empty() {
                        rounds.push(round);
                    }
                }
                None => {
                    late.extend(stragglers);
                    if agent.numbers.one_in(10) {
                        let trace = round.trace.expect("has one");
                        let flags = TraceFlags::default().with_sampled(round.chosen);
                        let member = round.chosen_with.map(|threshold| format!("th:{threshold}"));
                        let rv = round.randomness.filter(|own| *own != Randomness::from_trace_id(trace));
                        let member: Vec<_> =
                            rv.map(|rv| format!("rv:{rv}")).into_iter().chain(member).collect();
                        let state = match member.is_empty() {
                            true => TraceState::default(),
                            false => TraceState::from_key_value([("ot", member.join(";"))]).expect("valid"),
                        };
                        again.push(SpanContext::new(trace, SpanId::from(7), flags, true, state));
                    }
                    rounds.push(round);
                }
            }
        }
        flush();
        late.into_iter().for_each(|mut span| span.end());
        flush();
        for parent in again {
            let (round, stragglers, _) = agent.round(Some(&parent), false);
            rounds.push(round);
            late = stragglers;
            // In time, though after the root.
            let round = rounds.last_mut().expect("just pushed");
            for mut span in late {
                let data = span.exported_data().expect("recorded");
                round.has_error |= matches!(data.status, Status::Error { .. });
                round.spans.push(span.span_context().span_id());
                span.end_with_timestamp(data.start_time);
            }
            round.late.clear();
        }
        flush();
    }
    (rounds, never_ending)
}
