//! The stage itself.

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::MeterProvider;
use otel_genai_pipeline::{Segment, SegmentKind, Span, Stage};
use otel_genai_semconv::names::gen_ai;
use otel_genai_semconv::{Role, TokenUsage};

use super::agent_runs::{Node, OpenRuns, OwnCalls};
use super::facts::Facts;
use super::instruments::{Instruments, MetricSet, TokenCounters, TokenInstruments};
use super::series::{RawValue, Series, SeriesTable};

/// The operation of a span that stands for a run of an agent, whatever its role: a step that runs one is a run too.
const INVOKE_AGENT: &str = "invoke_agent";
/// The operation of a span that stands for a run of a workflow.
const INVOKE_WORKFLOW: &str = "invoke_workflow";

/// Records gen_ai metrics of every call that passes, sampled or not.
///
/// Stands behind the enricher, whose marks it follows, and behind the redactor, so that nothing secret becomes an
/// attribute; but before whatever drops traces, so that sampling does not thin the metrics. Duplicates and roll-ups are
/// left out. Which metrics there are says [`MetricSet`]; attributes are operation, provider, models, server, error,
/// agent, workflow and tool as the conventions say, never a user or a session. Each group of instruments has at most
/// [`MAX_METRIC_SERIES`](super::MAX_METRIC_SERIES) attribute sets. Bucket bounds are the conventions'.
///
/// Calls per run of an agent (`gen_ai.agent.turns`, `gen_ai.invoke_agent.*_calls`) are recorded for runs that made any,
/// sub-agents left out, and not for runs that end after their trace.
///
/// Temporality and export are the meter provider's business. What it records is not idempotent: put one meter into a
/// line.
///
/// # Examples
///
/// ```
/// use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
/// use otel_genai_enrich::{Enricher, MetricSet, UsageMeter};
/// use otel_genai_pipeline::Pipeline;
///
/// let exporter = InMemoryMetricExporter::default();
/// let metrics = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
/// let pipeline = Pipeline::builder()
///     .stage(Enricher::default())
///     .stage(UsageMeter::with_set(&metrics, MetricSet::Latest))
///     .build()?;
/// # let _ = pipeline;
/// # Ok::<(), otel_genai_pipeline::BuildError>(())
/// ```
#[derive(Debug)]
pub struct UsageMeter {
    instruments: Instruments,
    calls: SeriesTable,
    tools: SeriesTable,
    agents: SeriesTable,
    workflows: SeriesTable,
    /// The segment in hand, kept to reuse its memory.
    nodes: Vec<Node>,
}

impl Stage for UsageMeter {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let kind = segment.kind();
        let mut nodes = std::mem::take(&mut self.nodes);
        nodes.clear();
        nodes.extend(segment.spans().iter().map(|span| self.record(span)));
        // What no call and no run is in needs no memory of the trace.
        let is_involved = nodes.iter().any(|node| node.is_agent_run || node.own != OwnCalls::default());
        if kind != SegmentKind::Late && (is_involved || kind == SegmentKind::Last) {
            let parts = segment.split::<OpenRuns>();
            for (place, own) in parts.state.settle(&nodes, kind == SegmentKind::Early) {
                self.record_calls_of_run(&parts.spans[place], own);
            }
        }
        self.nodes = nodes;
    }
}

impl UsageMeter {
    /// Makes the instruments of the compatible set with a provider's meter.
    pub fn new(provider: &(impl MeterProvider + ?Sized)) -> Self {
        Self::with_set(provider, MetricSet::default())
    }

    /// Makes the instruments of a set.
    pub fn with_set(provider: &(impl MeterProvider + ?Sized), set: MetricSet) -> Self {
        let scope =
            InstrumentationScope::builder("otel-genai").with_version(env!("CARGO_PKG_VERSION")).build();
        Self {
            instruments: Instruments::new(&provider.meter_with_scope(scope), set),
            calls: SeriesTable::default(),
            tools: SeriesTable::default(),
            agents: SeriesTable::default(),
            workflows: SeriesTable::default(),
            nodes: Vec::new(),
        }
    }

    /// Records what a span gives, and tells what it means for the runs around it.
    fn record(&mut self, span: &Span) -> Node {
        let facts = Facts::read(span);
        let seconds = span.duration().as_secs_f64();
        let is_counted = !facts.is_duplicate;
        let is_agent_run = facts.operation == Some(INVOKE_AGENT) && is_counted;
        let mut own = OwnCalls::default();
        match facts.role {
            Role::LlmCall if is_counted => {
                own.inference = 1;
                self.record_call(&facts, seconds);
            }
            Role::Tool if is_counted => {
                own.tools = 1;
                let series = self.tools.get(&[
                    (gen_ai::ERROR_TYPE, RawValue::text(facts.error)),
                    (gen_ai::AGENT_NAME, RawValue::text(facts.agent)),
                    (gen_ai::TOOL_NAME, RawValue::text(facts.tool)),
                    (gen_ai::TOOL_TYPE, RawValue::text(facts.tool_type)),
                ]);
                self.instruments.tool_duration.record(seconds, series.plain());
            }
            _ if is_agent_run => self.record_run(&facts, seconds),
            Role::RollUp if facts.operation == Some(INVOKE_WORKFLOW) => {
                if let Some(duration) = &self.instruments.agents.workflow_duration {
                    let series = self.workflows.get(&[
                        (gen_ai::ERROR_TYPE, RawValue::text(facts.error)),
                        (gen_ai::WORKFLOW_NAME, RawValue::text(facts.workflow)),
                    ]);
                    duration.record(seconds, series.plain());
                }
            }
            _ => {}
        }
        Node { span: span.span_id(), parent: span.parent_span_id(), is_agent_run, own }
    }

    fn record_call(&mut self, facts: &Facts<'_>, seconds: f64) {
        let is_inference = !matches!(facts.operation, Some("embeddings" | "rerank" | "moderation"));
        let duration =
            if is_inference { &self.instruments.call_duration } else { &self.instruments.other_duration };
        if facts.error.is_some() {
            let series = call_series(&mut self.calls, facts, facts.error);
            duration.record(seconds, series.plain());
            self.instruments.exceptions.add(1, series.plain());
        }
        let has_more = facts.time_to_first_chunk.is_some()
            || !facts.times_per_output_chunk.is_empty()
            || facts.cost.is_some()
            || facts.usage.input.is_some()
            || facts.usage.output.is_some();
        if facts.error.is_some() && !has_more {
            return;
        }
        let series = call_series(&mut self.calls, facts, None);
        if facts.error.is_none() {
            duration.record(seconds, series.plain());
        }
        if let Some(seconds) = facts.time_to_first_chunk {
            self.instruments.time_to_first_chunk.record(seconds, series.plain());
        }
        // A time that is none makes a histogram's sum useless for good.
        for &seconds in
            facts.times_per_output_chunk.iter().filter(|seconds| seconds.is_finite() && **seconds >= 0.0)
        {
            self.instruments.time_per_output_chunk.record(seconds, series.plain());
        }
        if let Some(cost) = facts.cost {
            self.instruments.cost.add(cost, series.plain());
        }
        match &self.instruments.tokens {
            TokenInstruments::Compat(histogram) => {
                for (count, kind) in [(facts.usage.input, "input"), (facts.usage.output, "output")] {
                    if let Some(count) = count {
                        histogram.record(count, series.tagged(gen_ai::TOKEN_TYPE, kind));
                    }
                }
            }
            TokenInstruments::Latest(counters) => record_tokens(counters, &facts.usage, series),
        }
    }

    fn record_run(&mut self, facts: &Facts<'_>, seconds: f64) {
        let series = agent_series(&mut self.agents, facts, facts.error);
        let agents = &self.instruments.agents;
        agents.duration.record(seconds, series.plain());
        if let Some(runs) = &agents.runs {
            runs.add(1, series.plain());
        }
    }

    fn record_calls_of_run(&mut self, span: &Span, own: OwnCalls) {
        let facts = Facts { request_model: None, ..Facts::read(span) };
        let series = agent_series(&mut self.agents, &facts, None);
        let agents = &self.instruments.agents;
        if own.inference > 0 {
            agents.inference_calls.record(own.inference, series.plain());
        }
        if let Some(tool_calls) = agents.tool_calls.as_ref().filter(|_| own.tools > 0) {
            tool_calls.record(own.tools, series.plain());
        }
    }
}

fn call_series<'t>(table: &'t mut SeriesTable, facts: &Facts<'_>, error: Option<&str>) -> &'t mut Series {
    table.get(&[
        (gen_ai::ERROR_TYPE, RawValue::text(error)),
        (gen_ai::OPERATION_NAME, RawValue::text(facts.operation)),
        (gen_ai::PROVIDER_NAME, RawValue::text(facts.provider)),
        (gen_ai::REQUEST_MODEL, RawValue::text(facts.request_model)),
        (gen_ai::RESPONSE_MODEL, RawValue::text(facts.response_model)),
        (gen_ai::SERVER_ADDRESS, RawValue::text(facts.address)),
        (gen_ai::SERVER_PORT, facts.port.map(RawValue::Integer)),
    ])
}

fn agent_series<'t>(table: &'t mut SeriesTable, facts: &Facts<'_>, error: Option<&str>) -> &'t mut Series {
    table.get(&[
        (gen_ai::ERROR_TYPE, RawValue::text(error)),
        (gen_ai::AGENT_NAME, RawValue::text(facts.agent)),
        (gen_ai::REQUEST_MODEL, RawValue::text(facts.request_model)),
    ])
}

/// Adds the tokens of a call to the counters of the latest set.
fn record_tokens(counters: &TokenCounters, usage: &TokenUsage, series: &mut Series) {
    let parts = |text, image, audio| [("text", text), ("image", image), ("audio", audio)];
    let split = [
        (&counters.input, usage.input, parts(usage.text_input, usage.image_input, usage.audio_input)),
        (&counters.output, usage.output, parts(usage.text_output, usage.image_output, usage.audio_output)),
        (
            &counters.cache_read,
            usage.cache_read,
            parts(usage.text_cache_read, usage.image_cache_read, usage.audio_cache_read),
        ),
        (&counters.cache_write, usage.cache_write, parts(None, None, None)),
        (&counters.reasoning, usage.reasoning, parts(None, None, None)),
    ];
    for (counter, total, parts) in split {
        let Some(total) = total else { continue };
        let known: u64 = parts.iter().filter_map(|(_, count)| *count).fold(0, u64::saturating_add);
        // Parts above their total contradict it; then only the total is believed.
        let (parts, rest) = match total.checked_sub(known) {
            Some(rest) => (parts, rest),
            None => (parts.map(|(modality, _)| (modality, None)), total),
        };
        for (modality, count) in parts {
            if let Some(count) = count.filter(|count| *count > 0) {
                counter.add(count, series.tagged(gen_ai::TOKEN_MODALITY, modality));
            }
        }
        if rest > 0 || known == 0 {
            counter.add(rest, series.tagged(gen_ai::TOKEN_MODALITY, "unknown"));
        }
    }
    if let Some(input) = usage.input {
        counters.input_per_call.record(input, series.plain());
    }
    if let Some(output) = usage.output {
        counters.output_per_call.record(output, series.plain());
    }
}
