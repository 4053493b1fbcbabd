//! Runs of agents for the tests of the store, and test programs that start themselves as other processes.
#![allow(dead_code, reason = "no test needs all of it")]

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Status, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use otel_genai_pipeline::testing::SpanBuilder;

/// 2025-01-01 00:00:00 UTC, from which the times of built spans are counted.
pub(crate) const BEGIN: Duration = Duration::from_secs(1_735_689_600);

pub(crate) fn resource() -> Resource {
    Resource::builder_empty().with_service_name("sample").build()
}

pub(crate) fn trace_id(number: u128) -> TraceId {
    TraceId::from(number)
}

pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + BEGIN + Duration::from_secs(seconds)
}

/// The root of a run that begins so many seconds after [`BEGIN`]. Its id is 1.
pub(crate) fn root(trace: u128, seconds: u64) -> SpanBuilder {
    SpanBuilder::new("invoke_agent")
        .trace(trace)
        .id(1)
        .times(Duration::from_secs(seconds), Duration::from_secs(10))
        .attribute("otel_genai.role", "agent")
        .attribute("gen_ai.operation.name", "invoke_agent")
}

/// A call of a model below the root: 1000 tokens in, 100 out, a cost of 0.01 USD.
pub(crate) fn call(trace: u128, id: u64, seconds: u64, model: &'static str) -> SpanBuilder {
    unpriced_call(trace, id, seconds, model)
        .attribute("gen_ai.usage.input_tokens", 1000)
        .attribute("gen_ai.usage.output_tokens", 100)
        .attribute("llm.cost.total", 0.01)
}

pub(crate) fn unpriced_call(trace: u128, id: u64, seconds: u64, model: &'static str) -> SpanBuilder {
    SpanBuilder::new(format!("chat {model}"))
        .trace(trace)
        .id(id)
        .parent(1)
        .times(Duration::from_secs(seconds), Duration::from_secs(2))
        .attribute("otel_genai.role", "llm_call")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.response.model", model)
}

pub(crate) fn failed(builder: SpanBuilder, message: &'static str) -> SpanBuilder {
    builder.status(Status::error(message))
}

pub(crate) fn build(builders: impl IntoIterator<Item = SpanBuilder>) -> Vec<SpanData> {
    builders.into_iter().map(|builder| builder.build().into_data()).collect()
}

/// The spans of one numbered batch: a trace of its own, with texts of its own and one that all share.
pub(crate) fn numbered_batch(number: u128, spans: u64) -> Vec<SpanData> {
    let shared = "you are an agent that answers questions about orders; ".repeat(20);
    build((1..=spans).map(|id| {
        let builder = if id == 1 { root(number, 0) } else { call(number, id, id, "gpt-4o") };
        // Digits that do not compress well, so that the file grows.
        let own: String = (0..100)
            .map(|word| format!("{:x} ", number.wrapping_mul(u128::from(id) + 7).rotate_left(word)))
            .collect();
        builder
            .attribute("gen_ai.system_instructions", shared.clone())
            .attribute("gen_ai.output.messages", format!(r#"[{{"role":"assistant","parts":["{own}"]}}]"#))
    }))
}

/// A test of this program, run as a process of its own. What it prints is read line by line.
pub(crate) struct OtherProcess {
    pub(crate) child: Child,
    pub(crate) lines: Lines<BufReader<ChildStdout>>,
}

impl OtherProcess {
    /// Runs the ignored test `name` with these environment variables.
    pub(crate) fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.args(["--ignored", "--exact", name, "--nocapture", "--test-threads=1"]);
        Self::spawn(command, variables)
    }

    pub(crate) fn spawn(mut command: Command, variables: &[(&str, &str)]) -> Self {
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("a process");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines }
    }

    /// Returns the next line that the test printed, without the test harness's own.
    pub(crate) fn line(&mut self) -> Option<String> {
        loop {
            let line = self.lines.next()?.expect("a pipe");
            if let Some((_, said)) = line.split_once("SAYS ") {
                return Some(said.to_owned());
            }
        }
    }

    /// Waits for the end, and tells whether the test went well.
    pub(crate) fn wait(mut self) -> bool {
        while self.line().is_some() {}
        self.child.wait().expect("waits").success()
    }
}

/// Says a line to the process that started this one.
pub(crate) fn say(line: &str) {
    use std::io::Write;
    let mut output = std::io::stdout().lock();
    writeln!(output, "SAYS {line}").and_then(|()| output.flush()).expect("a pipe");
}
