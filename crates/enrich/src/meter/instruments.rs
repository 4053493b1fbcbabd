//! The instruments of each set of metrics.

use opentelemetry::metrics::{Counter, Histogram, Meter};

/// Which names metrics have.
///
/// One of them, never both: dashboards that sum what they find would count everything twice. Cost, failed calls and the
/// duration of tool calls have the same names in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MetricSet {
    /// The names that today's dashboards read, from the core conventions 1.41 (`gen_ai.client.token.usage`), and the
    /// names for agents that observability libraries use where those had none (`gen_ai.agent.runs`).
    #[default]
    Compat,
    /// The newest names, from the GenAI conventions of 2026-10 (`gen_ai.client.inference.*`, `gen_ai.invoke_agent.*`).
    Latest,
}

/// Bounds for durations of client operations and tools, in seconds, as the conventions advise.
const SECONDS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// Bounds for counts of tokens, as the conventions advise.
const TOKENS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// Bounds for runs of agents, in seconds, as the conventions advise.
const AGENT_SECONDS: [f64; 13] = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6];

/// Bounds for runs of workflows, in seconds, as the conventions advise.
const WORKFLOW_SECONDS: [f64; 11] = [1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0];

/// Bounds for calls per run of an agent, as the conventions advise.
const CALLS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// The instruments of one set.
#[derive(Debug)]
pub(super) struct Instruments {
    pub(super) tokens: TokenInstruments,
    /// Duration of calls; in the latest set only of calls that generate.
    pub(super) call_duration: Histogram<f64>,
    /// Duration of other calls (embeddings, reranking).
    pub(super) other_duration: Histogram<f64>,
    pub(super) time_to_first_chunk: Histogram<f64>,
    /// One record per chunk after the first.
    pub(super) time_per_output_chunk: Histogram<f64>,
    pub(super) cost: Counter<f64>,
    pub(super) exceptions: Counter<u64>,
    pub(super) tool_duration: Histogram<f64>,
    pub(super) agents: AgentInstruments,
}

/// What counts tokens.
#[derive(Debug)]
pub(super) enum TokenInstruments {
    /// One histogram, by token type.
    Compat(Histogram<u64>),
    /// Counters by modality, and histograms of the totals.
    Latest(Box<TokenCounters>),
}

#[derive(Debug)]
pub(super) struct TokenCounters {
    pub(super) input: Counter<u64>,
    pub(super) output: Counter<u64>,
    pub(super) cache_read: Counter<u64>,
    pub(super) cache_write: Counter<u64>,
    pub(super) reasoning: Counter<u64>,
    pub(super) input_per_call: Histogram<u64>,
    pub(super) output_per_call: Histogram<u64>,
}

/// What counts runs of agents and workflows.
#[derive(Debug)]
pub(super) struct AgentInstruments {
    /// Runs; the latest set has them as the count of the duration.
    pub(super) runs: Option<Counter<u64>>,
    pub(super) duration: Histogram<f64>,
    pub(super) inference_calls: Histogram<u64>,
    /// Tool calls per run, which only the latest set has.
    pub(super) tool_calls: Option<Histogram<u64>>,
    /// Duration of workflows, which only the latest set has.
    pub(super) workflow_duration: Option<Histogram<f64>>,
}

impl Instruments {
    pub(super) fn new(meter: &Meter, set: MetricSet) -> Self {
        let (duration, first_chunk, next_chunk) = match set {
            MetricSet::Compat => (
                "gen_ai.client.operation.duration",
                "gen_ai.client.operation.time_to_first_chunk",
                "gen_ai.client.operation.time_per_output_chunk",
            ),
            MetricSet::Latest => (
                "gen_ai.client.inference.duration",
                "gen_ai.client.inference.time_to_first_chunk",
                "gen_ai.client.inference.time_per_output_chunk",
            ),
        };
        let call_duration = seconds(meter, duration, "Duration of model calls.", &SECONDS);
        let other_duration = match set {
            MetricSet::Compat => call_duration.clone(),
            MetricSet::Latest => seconds(
                meter,
                "gen_ai.client.operation.duration",
                "Duration of calls that do not generate.",
                &SECONDS,
            ),
        };
        Self {
            tokens: TokenInstruments::new(meter, set),
            call_duration,
            other_duration,
            time_to_first_chunk: seconds(
                meter,
                first_chunk,
                "Time from the request to the first chunk of a streamed answer.",
                &SECONDS,
            ),
            time_per_output_chunk: seconds(
                meter,
                next_chunk,
                "Time per chunk of a streamed answer after the first.",
                &SECONDS,
            ),
            cost: meter
                .f64_counter("gen_ai.client.operation.cost")
                .with_unit("{USD}")
                .with_description("Cost of model calls in USD.")
                .build(),
            exceptions: counter(
                meter,
                "gen_ai.client.completions.exceptions",
                "{exception}",
                "Model calls that ended in an error.",
            ),
            tool_duration: seconds(
                meter,
                "gen_ai.execute_tool.duration",
                "Duration of tool calls.",
                &SECONDS,
            ),
            agents: AgentInstruments::new(meter, set),
        }
    }
}

impl TokenInstruments {
    fn new(meter: &Meter, set: MetricSet) -> Self {
        if set == MetricSet::Compat {
            return Self::Compat(per_call(
                meter,
                "gen_ai.client.token.usage",
                "{token}",
                "Input and output tokens of model calls.",
                &TOKENS,
            ));
        }
        let tokens = |name, description| counter(meter, name, "{token}", description);
        Self::Latest(Box::new(TokenCounters {
            input: tokens(
                "gen_ai.client.inference.usage.input_tokens",
                "Input tokens, cached ones included.",
            ),
            output: tokens(
                "gen_ai.client.inference.usage.output_tokens",
                "Output tokens, reasoning included.",
            ),
            cache_read: tokens(
                "gen_ai.client.inference.usage.cache_read.input_tokens",
                "Input tokens read from a cache.",
            ),
            cache_write: tokens(
                "gen_ai.client.inference.usage.cache_write.input_tokens",
                "Input tokens written to a cache.",
            ),
            reasoning: tokens(
                "gen_ai.client.inference.usage.reasoning.output_tokens",
                "Output tokens of hidden reasoning.",
            ),
            input_per_call: per_call(
                meter,
                "gen_ai.client.inference.operation.input_tokens",
                "{token}",
                "Input tokens per call.",
                &TOKENS,
            ),
            output_per_call: per_call(
                meter,
                "gen_ai.client.inference.operation.output_tokens",
                "{token}",
                "Output tokens per call.",
                &TOKENS,
            ),
        }))
    }
}

impl AgentInstruments {
    fn new(meter: &Meter, set: MetricSet) -> Self {
        let duration = "Duration of runs of agents.";
        let calls = "Model calls that a run of an agent made itself.";
        match set {
            MetricSet::Compat => Self {
                runs: Some(counter(meter, "gen_ai.agent.runs", "{run}", "Runs of agents.")),
                duration: seconds(meter, "gen_ai.agent.execution_time", duration, &AGENT_SECONDS),
                inference_calls: per_call(meter, "gen_ai.agent.turns", "{turn}", calls, &CALLS),
                tool_calls: None,
                workflow_duration: None,
            },
            MetricSet::Latest => Self {
                runs: None,
                duration: seconds(meter, "gen_ai.invoke_agent.duration", duration, &AGENT_SECONDS),
                inference_calls: per_call(
                    meter,
                    "gen_ai.invoke_agent.inference_calls",
                    "{inference_call}",
                    calls,
                    &CALLS,
                ),
                tool_calls: Some(per_call(
                    meter,
                    "gen_ai.invoke_agent.tool_calls",
                    "{tool_call}",
                    "Tool calls that a run of an agent made itself.",
                    &CALLS,
                )),
                workflow_duration: Some(seconds(
                    meter,
                    "gen_ai.invoke_workflow.duration",
                    "Duration of runs of workflows.",
                    &WORKFLOW_SECONDS,
                )),
            },
        }
    }
}

fn seconds(meter: &Meter, name: &'static str, description: &'static str, bounds: &[f64]) -> Histogram<f64> {
    meter
        .f64_histogram(name)
        .with_unit("s")
        .with_description(description)
        .with_boundaries(bounds.to_vec())
        .build()
}

fn per_call(
    meter: &Meter,
    name: &'static str,
    unit: &'static str,
    description: &'static str,
    bounds: &[f64],
) -> Histogram<u64> {
    meter
        .u64_histogram(name)
        .with_unit(unit)
        .with_description(description)
        .with_boundaries(bounds.to_vec())
        .build()
}

fn counter(meter: &Meter, name: &'static str, unit: &'static str, description: &'static str) -> Counter<u64> {
    meter.u64_counter(name).with_unit(unit).with_description(description).build()
}
