//! What the meter records, read back from the SDK: exact sums, and nothing of what does not count.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry::{Array, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ScopeMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use otel_genai_enrich::{Enricher, MAX_METRIC_SERIES, MetricSet, UsageMeter};
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_semconv::names::otel_genai;
use support::{captures, replay};

/// Per metric and attribute set (in the order of the data) the count and the sum of what was recorded.
type Recorded = BTreeMap<(String, String), (u64, f64)>;

/// Runs traces through enricher and meter and reads the metrics back.
fn metered(set: MetricSet, spans: &[SpanBuilder]) -> Recorded {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    let resource = Arc::new(Resource::builder_empty().build());
    let input = spans.iter().map(|span| (Arc::clone(&resource), span.clone().build()));
    replay((Enricher::default(), UsageMeter::with_set(&provider, set)), 1 << 30, input);
    read(&provider, &exporter)
}

fn read(provider: &SdkMeterProvider, exporter: &InMemoryMetricExporter) -> Recorded {
    provider.force_flush().unwrap();
    let mut recorded = Recorded::new();
    let finished = exporter.get_finished_metrics().unwrap();
    let Some(newest) = finished.last() else { return recorded };
    for metric in newest.scope_metrics().flat_map(ScopeMetrics::metrics) {
        let name = metric.name();
        let points: Vec<(String, (u64, f64))> = match metric.data() {
            AggregatedMetrics::F64(MetricData::Histogram(data)) => data
                .data_points()
                .map(|point| (text(point.attributes()), (point.count(), point.sum())))
                .collect(),
            AggregatedMetrics::U64(MetricData::Histogram(data)) => data
                .data_points()
                .map(|point| (text(point.attributes()), (point.count(), point.sum() as f64)))
                .collect(),
            AggregatedMetrics::F64(MetricData::Sum(data)) => {
                data.data_points().map(|point| (text(point.attributes()), (1, point.value()))).collect()
            }
            AggregatedMetrics::U64(MetricData::Sum(data)) => data
                .data_points()
                .map(|point| (text(point.attributes()), (1, point.value() as f64)))
                .collect(),
            other => panic!("{name}: {other:?}"),
        };
        recorded.extend(points.into_iter().map(|(attributes, value)| ((name.to_owned(), attributes), value)));
    }
    recorded
}

fn text<'a>(attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> String {
    let mut pairs: Vec<String> = attributes.map(|pair| format!("{}={}", pair.key, pair.value)).collect();
    pairs.sort();
    pairs.join(" ")
}

fn call(id: u64, scope: &'static str) -> SpanBuilder {
    SpanBuilder::new("chat m")
        .id(id)
        .scope(scope)
        .parent(9)
        .times(Duration::from_secs(1), Duration::from_millis(500))
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.provider.name", "openai")
        .attribute("gen_ai.request.model", "gpt-4o")
        .attribute("user.id", "u-1")
        .attribute("session.id", "s-1")
        .attribute("gen_ai.conversation.id", "c-1")
}

/// An agent that calls a model twice (once reported by two libraries, once in vain) and a tool.
fn agent_run() -> Vec<SpanBuilder> {
    let used = |span: SpanBuilder| {
        span.attribute("gen_ai.response.id", "chatcmpl-0123456789abcdef")
            .attribute("gen_ai.usage.input_tokens", 100)
            .attribute("gen_ai.usage.output_tokens", 7)
            .attribute("gen_ai.usage.cache_read.input_tokens", 40)
            .attribute("gen_ai.usage.text.input_tokens", 90)
            .attribute("gen_ai.response.time_to_first_chunk", 0.25)
            .attribute(
                "otel_genai.response.time_per_output_chunk",
                Value::Array(Array::F64(vec![0.5, 0.25, f64::NAN, -1.0])),
            )
            .attribute("llm.cost.total", 0.5)
    };
    vec![
        used(call(1, "sdk")),
        used(call(2, "wrapper")),
        call(3, "sdk")
            .unsampled()
            .attribute("error.type", "429")
            .status(Status::error("slow down"))
            .attribute("gen_ai.request.stream", false)
            .attribute("gen_ai.response.time_to_first_chunk", 0.5),
        SpanBuilder::new("execute_tool search")
            .id(4)
            .parent(9)
            .times(Duration::from_secs(2), Duration::from_millis(250))
            .attribute("gen_ai.operation.name", "execute_tool")
            .attribute("gen_ai.tool.name", "search"),
        SpanBuilder::new("invoke_agent planner")
            .id(9)
            .times(Duration::ZERO, Duration::from_secs(4))
            .attribute("gen_ai.operation.name", "invoke_agent")
            .attribute("gen_ai.agent.name", "planner")
            .attribute("gen_ai.usage.input_tokens", 100)
            .attribute("gen_ai.usage.output_tokens", 7),
    ]
}

const CALL: &str = "gen_ai.operation.name=chat gen_ai.provider.name=openai gen_ai.request.model=gpt-4o";
const FAILED: &str =
    "error.type=429 gen_ai.operation.name=chat gen_ai.provider.name=openai gen_ai.request.model=gpt-4o";

fn expected(rows: &[(&str, &str, u64, f64)]) -> Recorded {
    let row = |(name, attributes, count, sum): &(&str, &str, u64, f64)| {
        (((*name).to_owned(), (*attributes).to_owned()), (*count, *sum))
    };
    rows.iter().map(row).collect()
}

#[test]
fn the_compatible_set_counts_what_counts() {
    let (input, output) =
        (format!("{CALL} gen_ai.token.type=input"), format!("{CALL} gen_ai.token.type=output"));
    let agent = "gen_ai.agent.name=planner";
    assert_eq!(
        metered(MetricSet::Compat, &agent_run()),
        expected(&[
            ("gen_ai.client.token.usage", &input, 1, 100.0),
            ("gen_ai.client.token.usage", &output, 1, 7.0),
            ("gen_ai.client.operation.duration", CALL, 1, 0.5),
            ("gen_ai.client.operation.duration", FAILED, 1, 0.5),
            ("gen_ai.client.operation.time_to_first_chunk", CALL, 1, 0.25),
            ("gen_ai.client.operation.time_per_output_chunk", CALL, 2, 0.75),
            ("gen_ai.client.operation.cost", CALL, 1, 0.5),
            ("gen_ai.client.completions.exceptions", FAILED, 1, 1.0),
            ("gen_ai.execute_tool.duration", "gen_ai.tool.name=search", 1, 0.25),
            ("gen_ai.agent.runs", agent, 1, 1.0),
            ("gen_ai.agent.execution_time", agent, 1, 4.0),
            ("gen_ai.agent.turns", agent, 1, 2.0),
        ])
    );
}

#[test]
fn the_latest_set_counts_what_counts() {
    let (known, unknown) =
        (format!("{CALL} gen_ai.token.modality=text"), format!("{CALL} gen_ai.token.modality=unknown"));
    let sorted = |text: &str| {
        let mut pairs: Vec<&str> = text.split(' ').collect();
        pairs.sort_unstable();
        pairs.join(" ")
    };
    let (known, unknown) = (sorted(&known), sorted(&unknown));
    let agent = "gen_ai.agent.name=planner";
    assert_eq!(
        metered(MetricSet::Latest, &agent_run()),
        expected(&[
            ("gen_ai.client.inference.usage.input_tokens", &known, 1, 90.0),
            ("gen_ai.client.inference.usage.input_tokens", &unknown, 1, 10.0),
            ("gen_ai.client.inference.usage.output_tokens", &unknown, 1, 7.0),
            ("gen_ai.client.inference.usage.cache_read.input_tokens", &unknown, 1, 40.0),
            ("gen_ai.client.inference.operation.input_tokens", CALL, 1, 100.0),
            ("gen_ai.client.inference.operation.output_tokens", CALL, 1, 7.0),
            ("gen_ai.client.inference.duration", CALL, 1, 0.5),
            ("gen_ai.client.inference.duration", FAILED, 1, 0.5),
            ("gen_ai.client.inference.time_to_first_chunk", CALL, 1, 0.25),
            ("gen_ai.client.inference.time_per_output_chunk", CALL, 2, 0.75),
            ("gen_ai.client.operation.cost", CALL, 1, 0.5),
            ("gen_ai.client.completions.exceptions", FAILED, 1, 1.0),
            ("gen_ai.execute_tool.duration", "gen_ai.tool.name=search", 1, 0.25),
            ("gen_ai.invoke_agent.duration", agent, 1, 4.0),
            ("gen_ai.invoke_agent.inference_calls", agent, 1, 2.0),
            ("gen_ai.invoke_agent.tool_calls", agent, 1, 1.0),
        ])
    );
}

#[test]
fn model_names_without_end_lose_their_names_and_not_their_tokens() {
    let calls = MAX_METRIC_SERIES as u64 + 200;
    let spans: Vec<SpanBuilder> = (0..calls)
        .map(|index| {
            call(index + 10, "sdk")
                .trace((index + 1).into())
                .attribute("gen_ai.request.model", format!("m-{index}"))
                .attribute("gen_ai.usage.input_tokens", 3)
        })
        .collect();
    let recorded = metered(MetricSet::Compat, &spans);
    let tokens: Vec<_> =
        recorded.iter().filter(|((name, _), _)| name == "gen_ai.client.token.usage").collect();
    assert_eq!(tokens.len(), MAX_METRIC_SERIES + 1);
    assert_eq!(tokens.iter().map(|(_, (_, sum))| sum).sum::<f64>(), 3.0 * calls as f64);
    assert!(!recorded.keys().any(|(_, attributes)| attributes.contains("overflow")));
    assert!(!recorded.keys().any(|(_, attributes)| attributes.contains("error")));
}

#[test]
fn over_the_captured_traces_the_sums_are_those_of_the_counting_spans() {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    let (mut calls, mut tokens) = (0, 0);
    // One line of stages for all, as a process has; the files are from many processes.
    let captures = captures();
    let input = captures.iter().flat_map(support::Capture::input);
    let stages = (Enricher::default(), UsageMeter::new(&provider));
    for (_, span) in replay(stages, 1 << 30, input) {
        let counts = span.get_str(otel_genai::ROLE) == Some("llm_call")
            && span.get(otel_genai::DUPLICATE_OF).is_none();
        if counts {
            calls += 1;
            for key in ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"] {
                if let Some(opentelemetry::Value::I64(count)) = span.get(key) {
                    tokens += count;
                }
            }
        }
    }
    let recorded = read(&provider, &exporter);
    let sum = |metric: &str| {
        recorded
            .iter()
            .filter(|((name, _), _)| name == metric)
            .fold((0, 0.0), |(count, sum), (_, (c, s))| (count + c, sum + s))
    };
    assert_eq!(sum("gen_ai.client.operation.duration").0, calls);
    assert_eq!(sum("gen_ai.client.token.usage").1, tokens as f64);
    assert!(calls > 300 && tokens > 50_000, "{calls} calls, {tokens} tokens");
}
