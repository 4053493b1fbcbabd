//! Runs of agents for the tests of the store, and the program that these start as other processes.
#![allow(dead_code, reason = "no test needs all of it")]

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Status, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
#[cfg(feature = "encryption")]
use otel_genai_export::store::StoreKey;
use otel_genai_export::store::{SqliteExporter, Store, StoreError};
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

/// Opens for writing; with a key where the feature is there, so that this is tested with and without.
pub(crate) fn exporter(path: &Path) -> SqliteExporter {
    let builder = SqliteExporter::builder(path);
    #[cfg(feature = "encryption")]
    let builder = builder.key(key());
    builder.build().expect("opens")
}

/// Opens for reading what [`exporter`] writes.
pub(crate) fn store(path: &Path) -> Result<Store, StoreError> {
    #[cfg(feature = "encryption")]
    return Store::open_encrypted(path, key());
    #[cfg(not(feature = "encryption"))]
    Store::open(path)
}

#[cfg(feature = "encryption")]
fn key() -> StoreKey {
    StoreKey::new("secret").expect("not empty")
}

/// What every archived file holds.
pub(crate) fn released_content() -> Vec<Vec<SpanData>> {
    let named = [
        failed(root(9, 100), "no").attribute("session.id", "s").attribute("gen_ai.agent.name", "planner"),
        call(9, 2, 101, "o3").attribute("otel_genai.project", "p"),
    ];
    vec![numbered_batch(1, 5), numbered_batch(2, 5), build([call(1, 99, 3, "gpt-4o")]), build(named)]
}

/// The example `store_process`, run as a process of its own. What it prints is read line by line.
pub(crate) struct OtherProcess {
    pub(crate) child: Child,
    pub(crate) lines: Lines<BufReader<ChildStdout>>,
}

impl OtherProcess {
    /// Lets it do what `name` says, with these environment variables.
    pub(crate) fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(Self::program());
        command.arg(name);
        Self::spawn(command, variables)
    }

    /// Returns its path. `cargo test` builds it, unless it is told to build one test alone.
    pub(crate) fn program() -> PathBuf {
        let mut folder = std::env::current_exe().expect("this program");
        folder.pop();
        folder.pop();
        let program = folder.join("examples").join(format!("store_process{}", std::env::consts::EXE_SUFFIX));
        assert!(
            program.exists(),
            "build it first: cargo build -p otel-genai-export --features sqlite --example store_process"
        );
        program
    }

    pub(crate) fn spawn(mut command: Command, variables: &[(&str, &str)]) -> Self {
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("a process");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines }
    }

    /// Returns the next line that it printed.
    pub(crate) fn line(&mut self) -> Option<String> {
        self.lines.next().map(|line| line.expect("a pipe"))
    }

    /// Waits for the end, and tells whether it went well.
    pub(crate) fn wait(mut self) -> bool {
        while self.line().is_some() {}
        self.child.wait().expect("waits").success()
    }
}

/// Says a line to the process that started this one.
pub(crate) fn say(line: &str) {
    use std::io::Write;
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).expect("a pipe");
}
