//! Every key does something that can be seen, whichever way it is set: file, environment, code.
#![cfg(all(
    feature = "enrich",
    feature = "export",
    feature = "guardrail",
    feature = "init",
    feature = "otlp",
    feature = "pricing",
    feature = "redact",
    feature = "sampling",
    feature = "sqlite"
))]

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::TcpListener;

use opentelemetry::trace::{Span as _, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::metrics::data::ScopeMetrics;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai::export::store::TraceFilter;
use otel_genai::{Settings, Store};
use otel_genai_pipeline::testing::SpanBuilder;
use tracing_subscriber::prelude::*;

/// What a key changes.
#[derive(Clone, Copy)]
enum Seen {
    /// Whether anything runs, and which spans it takes.
    Start,
    /// Which exporters there are.
    Exporters,
    /// The limits of the pipeline.
    Limits,
    /// What stands on an exported span, and its resource.
    Spans,
    /// What comes out of a replay.
    Replay,
    /// Which metrics are recorded.
    Metrics,
    /// What travels over HTTP.
    Headers,
    /// What is in the folder of the file.
    Files,
    /// What is in the store.
    Store,
    /// What a receiver of OTLP gets.
    Request,
    /// What a receiver of OTLP that does not answer brings about.
    Silence,
    /// What a program of its own prints, and where.
    Printed,
    /// Nothing, short of cutting the power or a run of many seconds: what the settings say of themselves.
    Said,
}

/// Every key: a value in TOML, the same as plain text, other settings it needs, and where it shows.
const KEYS: &[(&str, &str, &str, &str, Seen)] = &[
    ("enabled", "false", "false", NO_PRICES, Seen::Start),
    ("profile", "'development'", "development", "", Seen::Exporters),
    ("filter", "'off,my_agent=debug'", "off,my_agent=debug", NO_PRICES, Seen::Start),
    ("service.name", "'trip-planner'", "trip-planner", NO_PRICES, Seen::Spans),
    ("context.agent", "'planner'", "planner", NO_PRICES, Seen::Spans),
    ("context.project", "'travel'", "travel", NO_PRICES, Seen::Spans),
    ("context.session", "'s-42'", "s-42", NO_PRICES, Seen::Spans),
    ("context.user", "'u-7'", "u-7", NO_PRICES, Seen::Spans),
    ("context.tenant", "'acme'", "acme", NO_PRICES, Seen::Spans),
    ("context.environment", "'staging'", "staging", NO_PRICES, Seen::Spans),
    ("context.inbound_baggage", "['session.id']", "session.id", "", Seen::Headers),
    ("context.outbound_baggage", "['session.id']", "session.id", "", Seen::Headers),
    ("pipeline.linger", "'2s'", "2s", NO_PRICES, Seen::Limits),
    ("pipeline.grace", "'250ms'", "250ms", NO_PRICES, Seen::Limits),
    ("pipeline.max_age", "'90m'", "90m", NO_PRICES, Seen::Limits),
    ("pipeline.max_bytes", "'1MiB'", "1048576", NO_PRICES, Seen::Limits),
    ("pipeline.export_timeout", "'7s'", "7s", NO_PRICES, Seen::Limits),
    ("queue.spans", "4321", "4321", NO_PRICES, Seen::Limits),
    ("queue.bytes", "'1MiB'", "1MiB", NO_PRICES, Seen::Limits),
    ("queue.block_on_full", "'100ms'", "100ms", NO_PRICES, Seen::Limits),
    ("queue.block_for", "'all'", "all", BLOCKING, Seen::Limits),
    ("enrichment.enabled", "false", "false", NO_PRICES, Seen::Spans),
    ("enrichment.profile", "'latest'", "latest", NO_PRICES, Seen::Spans),
    ("enrichment.drop_originals", "true", "true", NO_PRICES, Seen::Spans),
    (
        "enrichment.aliases",
        "{ 'acme.id' = 'gen_ai.response.id' }",
        "{ 'acme.id' = 'gen_ai.response.id' }",
        NO_PRICES,
        Seen::Spans,
    ),
    ("enrichment.input_counts", "{ acme = 'exclusive' }", "{ acme = 'exclusive' }", NO_PRICES, Seen::Spans),
    ("enrichment.count_tokens", "true", "true", NO_PRICES, Seen::Spans),
    ("enrichment.cost_targets", "['langfuse']", "langfuse", "", Seen::Spans),
    ("metrics.enabled", "false", "false", NO_PRICES, Seen::Metrics),
    ("metrics.profile", "'latest'", "latest", NO_PRICES, Seen::Metrics),
    ("pricing.enabled", "false", "false", "", Seen::Spans),
    ("pricing.file", "'FOLDER/prices.json'", "FOLDER/prices.json", "", Seen::Spans),
    ("pricing.cache", "'FOLDER/broken'", "FOLDER/broken", "", Seen::Spans),
    ("pricing.discount", "{ openai = 0.5 }", "{ openai = 0.5 }", "", Seen::Spans),
    (
        "pricing.override",
        "{ 'openai/gpt-4o' = { input = 7 } }",
        "{ 'openai/gpt-4o' = { input = 7 } }",
        "",
        Seen::Spans,
    ),
    ("pricing.deployment", "{ gpt-4o = 'openai/gpt-4.1' }", "{ gpt-4o = 'openai/gpt-4.1' }", "", Seen::Spans),
    ("guardrails.enabled", "false", "false", NO_PRICES, Seen::Spans),
    ("guardrails.heuristics", "false", "false", NO_PRICES, Seen::Spans),
    ("guardrails.suppress_missing", "['moderation']", "moderation", NO_PRICES, Seen::Spans),
    (
        "guardrails.requirements",
        "{ calls_llm = ['rate_limit'] }",
        "{ calls_llm = ['rate_limit'] }",
        NO_PRICES,
        Seen::Spans,
    ),
    ("redaction.enabled", "false", "false", NO_PRICES, Seen::Spans),
    ("redaction.action", "'partial'", "partial", NO_PRICES, Seen::Spans),
    ("redaction.content", "'off'", "off", NO_PRICES, Seen::Spans),
    ("redaction.rules", "{ personal_data = 'off' }", "{ personal_data = 'off' }", NO_PRICES, Seen::Spans),
    ("redaction.attributes", "{ 'acme.id' = 'remove' }", "{ 'acme.id' = 'remove' }", NO_PRICES, Seen::Spans),
    ("redaction.patterns", "{ badge = 'B-[0-9]+' }", "{ badge = 'B-[0-9]+' }", NO_PRICES, Seen::Spans),
    ("redaction.keys", "['locker']", "locker", NO_PRICES, Seen::Spans),
    ("redaction.deny", "['Project Oak']", "Project Oak", NO_PRICES, Seen::Spans),
    ("redaction.allow", "['jane@example.org']", "jane@example.org", NO_PRICES, Seen::Spans),
    ("redaction.allow_patterns", "['j.*@example.org']", "j.*@example.org", NO_PRICES, Seen::Spans),
    ("redaction.blobs", "'drop'", "drop", NO_PRICES, Seen::Spans),
    ("redaction.resource", "true", "true", MAIL_AS_NAME, Seen::Spans),
    ("redaction.key_file", "'FOLDER/key'", "FOLDER/key", PSEUDONYMS, Seen::Spans),
    ("redaction.key", "'b:fedcba9876543210'", "b:fedcba9876543210", PSEUDONYMS, Seen::Spans),
    ("limits.spans_per_trace", "2", "2", NO_PRICES, Seen::Spans),
    ("limits.tool_spans_per_trace", "1", "1", NO_PRICES, Seen::Spans),
    ("limits.depth", "1", "1", NO_PRICES, Seen::Spans),
    ("limits.value_length", "100", "100", NO_PRICES, Seen::Spans),
    ("sampling.ratio", "0", "0", NO_PRICES, Seen::Spans),
    ("sampling.rules", "['name=talkative']", "name=talkative", NONE_SAMPLED, Seen::Spans),
    ("sampling.keep_errors", "false", "false", NONE_SAMPLED, Seen::Spans),
    ("sampling.keep_guarded", "false", "false", NONE_SAMPLED, Seen::Spans),
    ("sampling.keep_slower_than", "'0s'", "0s", NONE_SAMPLED, Seen::Spans),
    ("sampling.keep_dearer_than", "0", "0", "sampling.ratio = 0", Seen::Spans),
    ("sampling.max_trace_bytes", "1", "1", NONE_SAMPLED, Seen::Said),
    ("sampling.all_recorded", "true", "true", HALF_SAMPLED, Seen::Replay),
    ("rate_limit.traces_per_second", "1", "1", NO_PRICES, Seen::Spans),
    ("rate_limit.spans_per_second", "1", "1", NO_PRICES, Seen::Spans),
    ("rate_limit.burst", "3", "3", LIMITED, Seen::Spans),
    ("rate_limit.key", "'model'", "model", LIMITED, Seen::Spans),
    ("rate_limit.max_wait", "'1h'", "1h", LIMITED, Seen::Said),
    ("export.console.stream", "'stdout'", "stdout", TERMINAL, Seen::Printed),
    ("export.console.verbose", "true", "true", TERMINAL, Seen::Printed),
    ("export.jsonl.path", "'FOLDER/out/b.jsonl'", "FOLDER/out/b.jsonl", NO_PRICES, Seen::Files),
    ("export.jsonl.truncate", "true", "true", FILE, Seen::Files),
    ("export.jsonl.rotate_size", "1", "1", FILE, Seen::Files),
    ("export.jsonl.rotate_every", "'1d'", "24h", FILE, Seen::Files),
    ("export.jsonl.compress", "'gzip'", "gzip", FRESH_FILE, Seen::Files),
    ("export.jsonl.fsync", "true", "true", FILE, Seen::Said),
    ("export.sqlite.path", "'FOLDER/out/b.db'", "FOLDER/out/b.db", NO_PRICES, Seen::Files),
    ("export.sqlite.text_search", "false", "false", STORE, Seen::Store),
    ("export.sqlite.synchronous", "'full'", "full", STORE, Seen::Said),
    ("export.sqlite.retain_age", "'1d'", "24h", STORE, Seen::Store),
    ("export.sqlite.retain_size", "1", "1", STORE, Seen::Store),
    ("export.sqlite.retain_traces", "2", "2", STORE, Seen::Store),
    ("export.sqlite.key_file", "'FOLDER/key'", "FOLDER/key", STORE, Seen::Store),
    ("export.sqlite.key", "'passphrase'", "passphrase", STORE, Seen::Store),
    ("export.otlp.endpoint", "'http://RECEIVER/other'", "http://RECEIVER/other", RECEIVER, Seen::Request),
    ("export.otlp.protocol", "'grpc'", "grpc", RECEIVER, Seen::Request),
    ("export.otlp.headers", "{ x-team = 'agents' }", "x-team=agents", RECEIVER, Seen::Request),
    ("export.otlp.compression", "'gzip'", "gzip", RECEIVER, Seen::Request),
    ("export.otlp.timeout", "'50ms'", "50ms", RECEIVER, Seen::Silence),
];

/// Reading them takes most of the time.
const NO_PRICES: &str = "pricing.enabled = false";
const BLOCKING: &str = "pricing.enabled = false\nqueue.block_on_full = '1s'";
const FILE: &str = "pricing.enabled = false\nexport.jsonl.path = 'FOLDER/out/a.jsonl'";
const FRESH_FILE: &str = "pricing.enabled = false\nexport.jsonl.path = 'FOLDER/out/c.jsonl'";
const NONE_SAMPLED: &str = "pricing.enabled = false\nsampling.ratio = 0";
const HALF_SAMPLED: &str = "pricing.enabled = false\nsampling.ratio = 0.5";
const LIMITED: &str = "pricing.enabled = false\nrate_limit.traces_per_second = 1";
const MAIL_AS_NAME: &str = "pricing.enabled = false\nservice.name = 'agent of jane@example.org'";
const PSEUDONYMS: &str = "pricing.enabled = false\nredaction.action = 'hash'";
const STORE: &str = "pricing.enabled = false\nexport.sqlite.path = 'FOLDER/store.db'";
const TERMINAL: &str =
    "pricing.enabled = false\nexport.console.stream = 'stderr'\nexport.console.verbose = false";
/// The receiver answers once; nothing is to wait for more.
const RECEIVER: &str = "pricing.enabled = false\nmetrics.enabled = false\npipeline.export_timeout = '1s'\n\
                        export.otlp.endpoint = 'http://RECEIVER'";

#[test]
fn the_list_is_complete() {
    let described = Settings::default().describe();
    let keys: Vec<_> = described.iter().map(|key| key.key).collect();
    assert_eq!(keys, KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>());
}

#[test]
fn every_key_has_an_effect_and_the_same_by_every_way() {
    for (key, toml, plain, needed, seen) in KEYS {
        if *key == "enrichment.count_tokens" && cfg!(not(feature = "count-tokens")) {
            continue;
        }
        let base = |place: &Place| Settings::from_toml_str(&place.fill(needed)).expect("valid");
        let without = Place::new().see(*seen, base);
        let by_file = Place::new()
            .see(*seen, |place| Settings::from_toml_str(&place.fill(&text(needed, key, toml))).expect(key));
        let by_code = Place::new().see(*seen, |place| {
            let mut settings = base(place);
            settings.set(key, &place.fill(plain)).expect(key);
            settings
        });
        assert_ne!(by_file, without, "{key} has an effect");
        assert_eq!(by_code, by_file, "{key} by code");
        // The other variables of prices are read from the process by the price table, which has tests of that.
        if !key.starts_with("pricing.") || ["pricing.enabled", "pricing.discount"].contains(key) {
            let name = format!("OTEL_GENAI_{}", key.replace('.', "_").to_uppercase());
            let by_variable = Place::new().see(*seen, |place| {
                let variable = (OsString::from(&name), OsString::from(place.fill(plain)));
                base(place).with_environment([variable]).expect(key)
            });
            assert_eq!(by_variable, by_file, "{key} by {name}");
        }
    }
}

/// A key is written once in a file.
fn text(needed: &str, key: &str, toml: &str) -> String {
    let others = needed.lines().filter(|line| !line.starts_with(key));
    others.chain([&*format!("{key} = {toml}")]).collect::<Vec<_>>().join("\n")
}

/// A folder and a receiver for one run.
struct Place {
    folder: tempfile::TempDir,
    receiver: TcpListener,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let prices = r#"{"override": {"openai/gpt-4o": {"input": 6, "output": 5}}}"#;
        std::fs::write(folder.path().join("prices.json"), prices).expect("writable");
        std::fs::write(folder.path().join("broken"), "not a cache").expect("writable");
        std::fs::write(folder.path().join("key"), "a:0123456789abcdef").expect("writable");
        Self { folder, receiver: TcpListener::bind("127.0.0.1:0").expect("a free port") }
    }

    fn folder(&self) -> String {
        self.folder.path().to_str().expect("UTF-8").replace('\\', "/")
    }

    fn address(&self) -> String {
        self.receiver.local_addr().expect("bound").to_string()
    }

    fn fill(&self, text: &str) -> String {
        text.replace("FOLDER", &self.folder()).replace("RECEIVER", &self.address())
    }

    /// Uses the settings, and returns what can be seen of it, the same in every place.
    fn see(self, seen: Seen, make: impl Fn(&Self) -> Settings) -> String {
        let settings = make(&self);
        let text = match seen {
            Seen::Start => start(&settings),
            Seen::Exporters => settings.exporters().join(" "),
            Seen::Limits => format!("{:?}", settings.pipeline().expect("goes together")),
            Seen::Spans => self.spans(&settings),
            Seen::Replay => replayed(&settings),
            Seen::Metrics => metrics(&settings),
            Seen::Headers => headers(&settings),
            Seen::Files => self.files(&settings),
            Seen::Store => self.store(&settings),
            Seen::Request => self.request(&settings),
            Seen::Silence => self.silence(&settings),
            Seen::Printed => printed(&settings),
            Seen::Said => format!("{settings:?}"),
        };
        let text = text.replace(&self.folder(), "FOLDER").replace(&self.address(), "RECEIVER");
        without_ids(&text)
    }

    fn spans(&self, settings: &Settings) -> String {
        let mut settings = settings.clone();
        let path = self.folder.path().join("spans.jsonl");
        settings.set("export.jsonl.path", path.to_str().expect("UTF-8")).expect("a path");
        if let Err(error) = run(&settings) {
            return error;
        }
        let reader = otel_genai::JsonLinesReader::open(&path).expect("there");
        let mut text = String::new();
        for read in reader {
            let read = read.expect("readable");
            let mut attributes: Vec<_> = read.span.attributes.iter().map(|a| format!("{a:?}")).collect();
            attributes.sort();
            let service = read.resource.get(&opentelemetry::Key::new("service.name"));
            let _ = writeln!(text, "{} {service:?} {attributes:#?}", read.span.name);
        }
        text
    }

    /// What two runs of the program leave behind.
    fn files(&self, settings: &Settings) -> String {
        let out = self.folder.path().join("out");
        for _ in 0..2 {
            run(settings).expect("it can be written");
            // The second run is some days later.
            for entry in out.read_dir().into_iter().flatten() {
                let file = std::fs::File::options().write(true).open(entry.expect("readable").path());
                let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3 * 86_400);
                file.and_then(|file| file.set_modified(long_ago)).expect("our own file");
            }
        }
        let Ok(entries) = out.read_dir() else { return "no folder".into() };
        let mut lines: Vec<_> = entries
            .map(|entry| {
                let path = entry.expect("readable").path();
                let bytes = std::fs::read(&path).expect("readable");
                let (name, lines) =
                    (path.file_name().expect("a file"), bytes.iter().filter(|b| **b == b'\n'));
                if bytes.starts_with(b"{") {
                    format!("{name:?} {} lines", lines.count())
                } else {
                    format!("{name:?} {:?}", &bytes[..2])
                }
            })
            .collect();
        lines.sort();
        lines.join("\n")
    }

    /// What two runs of the program leave in the store.
    fn store(&self, settings: &Settings) -> String {
        for _ in 0..2 {
            if let Err(error) = run(settings) {
                // Without the place, which only a file has.
                return error.rsplit_once(": ").map_or(error.clone(), |(_, reason)| reason.to_owned());
            }
        }
        let path = self.folder.path().join("store.db");
        let start = std::fs::read(&path).expect("there")[..6].to_vec();
        let names = |filter: &TraceFilter| match Store::open(&path).and_then(|store| store.traces(filter)) {
            Ok(page) => format!("{:?}", page.traces.iter().map(|trace| &trace.name).collect::<Vec<_>>()),
            Err(_) => "not to be read".into(),
        };
        let is_plain = start == b"SQLite";
        let found = names(&TraceFilter::new().text("sorry"));
        format!("plain: {is_plain} all: {} found: {found}", names(&TraceFilter::new()))
    }

    /// What becomes of an export to a receiver that takes requests and never answers.
    fn silence(&self, settings: &Settings) -> String {
        let receiver = self.receiver.try_clone().expect("a handle");
        // Ends with the process if nothing is sent.
        std::thread::spawn(move || {
            for stream in receiver.incoming() {
                let mut stream = stream.expect("a connection");
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            }
        });
        format!("{:?}", run(settings))
    }

    /// How the first request begins.
    fn request(&self, settings: &Settings) -> String {
        let receiver = self.receiver.try_clone().expect("a handle");
        let received = std::thread::spawn(move || {
            let (mut stream, _) = receiver.accept().expect("a connection");
            let mut text = Vec::new();
            let mut buffer = [0; 4096];
            while !text.windows(4).any(|end| end == b"\r\n\r\n") {
                let count = stream.read(&mut buffer).expect("readable");
                text.extend_from_slice(&buffer[..count]);
                if count == 0 {
                    break;
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
            let text = String::from_utf8_lossy(&text).to_lowercase();
            let is_told = |line: &&str| {
                ["post ", "pri ", "x-team", "content-encoding"].iter().any(|start| line.starts_with(start))
            };
            text.lines().filter(is_told).collect::<Vec<_>>().join("\n")
        });
        let _ = run(settings);
        received.join().expect("it received")
    }
}

/// Takes out what is random: the ids that findings name.
fn without_ids(text: &str) -> String {
    let is_random = |word: &str| word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words = text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .map(|word| {
            let end = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric()).len();
            if is_random(&word[..end]) { format!("ID{}", &word[end..]) } else { word.to_owned() }
        })
        .collect()
}

/// What a program with these settings prints on its two streams.
fn printed(settings: &Settings) -> String {
    let keys = settings.describe();
    let set = keys.iter().filter_map(|key| Some(format!("{}={}", key.key, key.value.as_ref()?)));
    let program = std::env::current_exe().expect("this test");
    let output = std::process::Command::new(program)
        .args(["--exact", "a_program_that_prints", "--nocapture"])
        .env(PROGRAM_SETTINGS, set.collect::<Vec<_>>().join("\n"))
        .output()
        .expect("it starts");
    assert!(output.status.success());
    let streams = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    let shown = |text: &String| ["unreported", "acme.id"].map(|word| text.contains(word));
    format!("{:?}", streams.each_ref().map(shown))
}

const PROGRAM_SETTINGS: &str = "OTEL_GENAI_TEST_PROGRAM_SETTINGS";

/// Not a test by itself: `printed` starts it in a process of its own.
#[test]
fn a_program_that_prints() {
    let Ok(text) = std::env::var(PROGRAM_SETTINGS) else { return };
    let mut settings = Settings::default();
    for line in text.lines() {
        let (key, value) = line.split_once('=').expect("key and value");
        settings.set(key, value).expect(key);
    }
    run(&settings).expect("it prints");
}

/// Runs a program whose calls a library writes.
fn run(settings: &Settings) -> Result<(), String> {
    let (layer, guard) =
        settings.layer::<tracing_subscriber::Registry>().map_err(|error| error.to_string())?;
    drop(layer);
    let provider = guard.tracer_provider().expect("enabled").clone();
    calls(&provider);
    guard.shutdown().map_err(|error| error.to_string())
}

fn calls(provider: &SdkTracerProvider) {
    let tracer = provider.tracer_with_scope(InstrumentationScope::builder("acme.sdk").build());
    let mut reported = tracer.start("reported");
    reported.set_attributes([
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.system", "openai"),
        KeyValue::new("gen_ai.request.model", "gpt-4o"),
        KeyValue::new("gen_ai.usage.prompt_tokens", 100),
        KeyValue::new("gen_ai.usage.cache_read.input_tokens", 40),
        KeyValue::new("gen_ai.usage.cache_creation.input_tokens", 10),
        KeyValue::new("gen_ai.usage.completion_tokens", 7),
        KeyValue::new("acme.id", "r-1"),
    ]);
    reported.end();
    let mut unreported = tracer.start("unreported");
    let message = |role: &str| {
        format!(r#"[{{"role":"{role}","parts":[{{"type":"text","content":"one two three"}}]}}]"#)
    };
    unreported.set_attributes([
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.provider.name", "openai"),
        KeyValue::new("gen_ai.request.model", "gpt-4o"),
        KeyValue::new("gen_ai.input.messages", message("user")),
        KeyValue::new("gen_ai.output.messages", message("assistant")),
    ]);
    unreported.end();
    let mut talkative = tracer.start("talkative");
    let blob = format!("data:image/png;base64,{}", "iVBORw0KGgoAAAANSUhEUgAA".repeat(10));
    let answer = format!(
        "I'm sorry, but I can't help with that. Project Oak: write to jane@example.org, badge B-12, \
         locker: swordfish7, {blob}"
    );
    talkative.set_attributes([
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.provider.name", "openai"),
        KeyValue::new("gen_ai.request.model", "gpt-4o"),
        KeyValue::new("gen_ai.input.messages", message("user")),
        KeyValue::new("gen_ai.output.messages", message("assistant").replace("one two three", &answer)),
    ]);
    talkative.end();
    let mut failed = tracer.start("failed");
    failed.set_status(Status::error("no answer"));
    failed.end();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(10 * 86_400);
    let mut old = tracer.span_builder("old").with_start_time(long_ago).start(&tracer);
    old.end_with_timestamp(long_ago + std::time::Duration::from_secs(1));
    let mut filtered = tracer.start("filtered");
    filtered.set_attributes([
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.provider.name", "openai"),
        KeyValue::new("gen_ai.request.model", "gpt-4o-mini"),
        KeyValue::new("gen_ai.response.finish_reasons", r#"["content_filter"]"#),
    ]);
    filtered.end();
    tracer.in_span("agent", |_| {
        for name in ["search", "book"] {
            tracer.in_span(name, |context| {
                context.span().set_attribute(KeyValue::new("gen_ai.operation.name", "execute_tool"));
                tracer.in_span("deeper", |_| ());
            });
        }
    });
}

/// What is left of many traces of one span each, and what they stand for.
fn replayed(settings: &Settings) -> String {
    let mut lines = Vec::new();
    let mut replay = settings.pipeline().expect("valid").replay(|_, spans| {
        lines.extend(spans.iter().map(|span| format!("{} {:?}", span.trace_id(), span.trace_state())));
        Ok::<_, std::convert::Infallible>(())
    });
    let resource = std::sync::Arc::new(opentelemetry_sdk::Resource::builder_empty().build());
    for number in 0..16_u128 {
        let span = SpanBuilder::new("run").trace(number << 52).build();
        let Ok(()) = replay.push(&resource, span);
    }
    let Ok(_) = replay.finish();
    lines.join("\n")
}

fn start(settings: &Settings) -> String {
    let (layer, guard) = settings.layer().expect("valid");
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!(target: "other", "coarse").in_scope(|| ());
        tracing::debug_span!(target: "my_agent", "fine").in_scope(|| ());
        tracing::debug_span!(target: "my_agent", "finer").in_scope(|| ());
    });
    guard.handle().map_or("nothing runs".into(), |handle| handle.stats().received.to_string())
}

fn metrics(settings: &Settings) -> String {
    let exporter = InMemoryMetricExporter::default();
    let meters = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    let pipeline = settings.pipeline_with_metrics(&meters).expect("valid").build().expect("built");
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    calls(&provider);
    provider.shutdown().expect("no exporter fails");
    meters.force_flush().expect("in memory");
    let mut names: Vec<String> = Vec::new();
    for metrics in exporter.get_finished_metrics().expect("in memory") {
        let scopes = metrics.scope_metrics().flat_map(ScopeMetrics::metrics);
        names.extend(scopes.map(|metric| format!("{metric:?}")));
    }
    names.iter_mut().for_each(|name| {
        // Without the measurements, which take a different time each time.
        *name = name.split("data:").next().unwrap_or_default().to_owned();
    });
    names.sort();
    names.join("\n")
}

fn headers(settings: &Settings) -> String {
    use opentelemetry::propagation::TextMapPropagator;
    use otel_genai::RunContext;

    let propagator = settings.propagator().expect("valid").expect("not switched off");
    let mut sent = std::collections::HashMap::new();
    RunContext::new().session("s-1").user("u-1").enter(|| propagator.inject(&mut sent));
    let arriving = [("baggage".to_owned(), "session.id=s-2,user.id=u-2".to_owned())];
    let arrived = RunContext::of(
        &propagator.extract(&arriving.into_iter().collect::<std::collections::HashMap<_, _>>()),
    );
    format!("{:?} {:?} {:?}", sent.get("baggage"), arrived.get("session.id"), arrived.get("user.id"))
}
