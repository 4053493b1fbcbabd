//! How many spans the default pipeline gets into the store per CPU-second: every stage, SQLite at the end.
//!
//! `cargo bench -p otel-genai --bench default_pipeline` (Linux: reads CPU time from `/proc/self`)
//!
//! Runs of an agent: a root, a tool call and eight model calls, each with 2 KB of prompt and answer that nobody has seen
//! before, usage, and an e-mail address to redact. The pipeline is the one that the settings make without any key but the
//! store's path: enrichment with prices, guardrails, redaction, the store with its search. The CPU time of the whole process
//! counts, but what the making of spans takes, until all is in the file and the log is moved into it. Further rows: texts of
//! few words, of many that come once, no search over texts, no redaction, sampling at a tenth. `peer/` has the same spans for
//! the best of the Python SDKs.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanProcessor};
use otel_genai::Settings;
use otel_genai_pipeline::PipelineStats;
use otel_genai_pipeline::testing::SpanBuilder;

/// In bursts that the queue holds.
const TRACES_PER_BURST: u64 = 300;
const BURSTS: u64 = 20;
const SPANS_PER_TRACE: u64 = 10;

/// CPU time in nanoseconds of all threads of this process.
fn processor_time() -> u64 {
    fs::read_dir("/proc/self/task")
        .expect("Linux")
        .filter_map(|task| {
            let schedule = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            schedule.split(' ').next()?.parse::<u64>().ok()
        })
        .sum()
}

/// English words in an order that does not come twice. Unless they are few, some are rare (two words in one) and some
/// come once (numbers): the search pays for each other word.
fn text(seed: u64, bytes: usize, words: Words) -> String {
    const WORDS: [&str; 24] = [
        "the",
        "traveller",
        "asked",
        "for",
        "a",
        "quiet",
        "hotel",
        "near",
        "river",
        "with",
        "breakfast",
        "and",
        "view",
        "of",
        "castle",
        "which",
        "opens",
        "at",
        "nine",
        "unless",
        "it",
        "rains",
        "on",
        "Sunday",
    ];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        match state >> 56 {
            _ if words == Words::Few => text.push_str(WORDS[(state % 24) as usize]),
            number if number < words.once() => text.push_str(&format!("{:x}", state & 0xff_ffff)),
            ..64 => text.extend([WORDS[(state % 24) as usize], WORDS[(state / 24 % 24) as usize]]),
            _ => text.push_str(WORDS[(state % 24) as usize]),
        }
        text.push(' ');
    }
    text
}

/// Of which words texts are made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// 24.
    Few,
    /// Some 440 in the 16 KB of a trace; one in 50 comes once in all texts. docs/benchmarks.md compares this with others'.
    Usual,
    /// One in 16 comes once.
    ManyOnce,
}

impl Words {
    /// How many of 256 words come once.
    fn once(self) -> u64 {
        match self {
            Self::Few => 0,
            Self::Usual => 5,
            Self::ManyOnce => 16,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Few => "texts of 24 words",
            Self::Usual => "",
            Self::ManyOnce => "texts in which one word in 16 comes once",
        }
    }
}

fn message(role: &str, text: &str) -> String {
    format!(r#"[{{"role":"{role}","parts":[{{"type":"text","content":"{text}"}}]}}]"#)
}

fn burst(first: u64, words: Words) -> Vec<SpanData> {
    let mut spans = Vec::new();
    for trace in first..first + TRACES_PER_BURST {
        let id = u128::from(trace).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834) | 1;
        let root = SpanBuilder::new("invoke_agent planner")
            .trace(id)
            .times(Duration::ZERO, Duration::from_secs(4))
            .attribute("gen_ai.operation.name", "invoke_agent")
            .attribute("gen_ai.agent.name", "planner")
            .build();
        for call in 0..SPANS_PER_TRACE - 2 {
            let seed = trace * SPANS_PER_TRACE + call;
            let asked = format!("{} Write to user{trace}@example.org.", text(seed, 1_400, words));
            let span = SpanBuilder::new("chat gpt-5-mini")
                .child_of(&root)
                .times(Duration::from_millis(call * 400), Duration::from_millis(300))
                .attribute("gen_ai.operation.name", "chat")
                .attribute("gen_ai.provider.name", "openai")
                .attribute("gen_ai.request.model", "gpt-5-mini")
                .attribute("gen_ai.response.id", format!("chatcmpl-{seed:x}"))
                .attribute("gen_ai.usage.input_tokens", 310)
                .attribute("gen_ai.usage.output_tokens", 140)
                .attribute("gen_ai.input.messages", message("user", &asked))
                .attribute("gen_ai.output.messages", message("assistant", &text(!seed, 600, words)));
            spans.push(span.build().into_data());
        }
        let tool = SpanBuilder::new("execute_tool search")
            .child_of(&root)
            .times(Duration::from_millis(350), Duration::from_millis(40))
            .attribute("gen_ai.operation.name", "execute_tool")
            .attribute("gen_ai.tool.name", "search");
        spans.push(tool.build().into_data());
        spans.push(root.into_data());
    }
    spans
}

/// Tells whether all that came is in the store, or dropped.
fn is_idle(stats: &PipelineStats) -> bool {
    let is_through = stats.queued + stats.in_worker + stats.pending + stats.held == 0;
    is_through && stats.exporters.iter().all(|exporter| exporter.exported == exporter.delivered)
}

fn run(text: &str, words: Words) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("traces.db");
    let mut settings = Settings::from_toml_str(text)?;
    settings.set("export.sqlite.path", path.to_str().ok_or("a folder whose name is no text")?)?;
    // Nothing runs on; each burst is complete when it is pushed.
    settings.set("pipeline.grace", "0s")?;
    let mut pipeline = settings.pipeline()?.build()?;
    let handle = pipeline.handle();
    pipeline.set_resource(&Resource::builder_empty().build());
    let (mut used, mut clock) = (0, Duration::ZERO);
    for number in 0..BURSTS {
        let spans = burst(number * TRACES_PER_BURST, words);
        let (before, began) = (processor_time(), Instant::now());
        for span in spans {
            pipeline.on_end(span);
        }
        while !is_idle(&handle.stats()) {
            thread::sleep(Duration::from_millis(1));
        }
        used += processor_time() - before;
        clock += began.elapsed();
    }
    let (before, began) = (processor_time(), Instant::now());
    pipeline.force_flush()?;
    used += processor_time() - before;
    clock += began.elapsed();
    let stats = handle.stats();
    let spans = stats.received as f64;
    println!(
        "| {:<40} | {:>7.0} | {:>7.0} | {:>6} of {} | {:>5.0} |",
        format!("{text}{}", words.name()),
        spans / (used as f64 / 1e9),
        spans / clock.as_secs_f64(),
        stats.delivered,
        stats.received,
        fs::metadata(&path)?.len() as f64 / stats.delivered.max(1) as f64,
    );
    pipeline.shutdown()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("| settings | spans per CPU-second | spans per second | stored | bytes per span |");
    println!("| --- | --- | --- | --- | --- |");
    run("", Words::Usual)?;
    run("", Words::Usual)?;
    run("", Words::Few)?;
    run("", Words::ManyOnce)?;
    run("export.sqlite.text_search = false", Words::Usual)?;
    run("redaction.enabled = false", Words::Usual)?;
    run("sampling.ratio = 0.1", Words::Usual)?;
    Ok(())
}
