//! What the store costs to write and to ask, beside bare prepared inserts of the same rows in the same run.
//!
//! `cargo bench -p otel-genai-export --features sqlite --bench store -- [SPANS] [DIRECTORY]`
//!
//! Spans of an agent, ten to a trace, each with 2 KB of text that nobody sent before; batches of 500. Bare: the rows
//! that the store has made of each batch, read back and inserted into a file with the same schema, indexes and settings, in
//! one transaction, in turn with the store's; only the writes are timed. Both with and without the search. Then questions to
//! the store with the search, medians of 31; and the size of conversations of 40 turns.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanKind, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use otel_genai_export::JsonLinesWriter;
use otel_genai_export::store::{SqliteExporter, Store, TotalsBy, TotalsQuery, TraceFilter};
use otel_genai_pipeline::testing::SpanBuilder;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

const SPANS: usize = 1_000_000;
const SPANS_PER_TRACE: usize = 10;
const TRACES_PER_BATCH: usize = 50;
const CONTENT_BYTES: usize = 2000;
const ROUNDS: usize = 31;
const MODELS: [&str; 6] =
    ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "claude-haiku-4-5", "gemini-2.5-pro", "o3"];
/// The newest trace, for the question about one large trace.
const LARGE_TRACE: u128 = u128::MAX;

/// What the times of built spans are counted from.
const BEGIN: Duration = Duration::from_secs(1_735_689_600);

/// Repeatable numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }
}

/// Texts of words as frequent as in a language (the n-th word comes 1/n as often as the first).
struct Texts {
    words: Vec<String>,
    random: Random,
}

impl Texts {
    fn new() -> Self {
        let mut random = Random(1);
        let syllables = [
            "ta", "ren", "so", "mi", "lor", "ke", "van", "du", "ist", "po", "gra", "ne", "li", "ch", "em",
            "ou",
        ];
        let words = (0..40_000)
            .map(|_| (0..1 + random.below(4)).map(|_| syllables[random.below(syllables.len())]).collect())
            .collect();
        Self { words, random }
    }

    fn text(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 20);
        while text.len() < bytes {
            // The inverse of the distribution: 40,000 to the power of a uniform number.
            let uniform = self.random.below(1 << 30) as f64 / (1 << 30) as f64;
            let word = 40_000_f64.powf(uniform) as usize;
            text.push_str(&self.words[word.min(self.words.len() - 1)]);
            text.push(' ');
        }
        text
    }

    fn message(&mut self, role: &str, bytes: usize) -> String {
        format!(r#"{{"role":"{role}","parts":[{{"type":"text","content":"{}"}}]}}"#, self.text(bytes))
    }
}

fn start_of(trace: usize) -> Duration {
    // 100,000 traces in 60 days.
    Duration::from_secs(trace as u64 * 52)
}

fn trace_spans(trace: usize, trace_id: u128, spans: usize, texts: &mut Texts) -> Vec<SpanData> {
    let agent = format!("agent-{}", trace % 8);
    let base = (trace as u64 + 1) << 20;
    let start = start_of(trace);
    (0..spans)
        .map(|index| {
            let begin = start + Duration::from_millis(10 * index as u64);
            let mut builder = SpanBuilder::new(if index == 0 { "invoke_agent" } else { "chat" })
                .trace(trace_id)
                .id(base + index as u64 + 1)
                .times(begin, Duration::from_millis(700))
                .attribute("gen_ai.agent.name", agent.clone())
                .attribute("session.id", format!("session-{}", trace / 4))
                .attribute("otel_genai.project", "bench");
            if index == 0 {
                return builder
                    .attribute("otel_genai.role", "agent")
                    .attribute("gen_ai.operation.name", "invoke_agent")
                    .attribute("gen_ai.tool.call.result", texts.text(CONTENT_BYTES))
                    .build()
                    .into_data();
            }
            let model = MODELS[(trace * 7 + index) % MODELS.len()];
            builder = builder
                .parent(base + 1)
                .kind(SpanKind::Client)
                .attribute("otel_genai.role", "llm_call")
                .attribute("gen_ai.operation.name", "chat")
                .attribute("gen_ai.provider.name", "openai")
                .attribute("gen_ai.request.model", model)
                .attribute("gen_ai.response.model", model)
                .attribute("gen_ai.response.id", format!("chatcmpl-{trace}-{index}"))
                .attribute("gen_ai.usage.input_tokens", 1200 + index as i64)
                .attribute("gen_ai.usage.output_tokens", 300)
                .attribute("otel_genai.usage.source", "reported")
                .attribute("llm.cost.total", 0.006 + index as f64 * 0.0001)
                .attribute(
                    "gen_ai.output.messages",
                    format!("[{}]", texts.message("assistant", CONTENT_BYTES)),
                );
            builder.build().into_data()
        })
        .collect()
}

fn resource() -> Resource {
    Resource::builder_empty().with_service_name("bench").build()
}

/// What work took: by the clock, and of the processor's time (Linux only; else by the clock too).
#[derive(Clone, Copy, Default)]
struct Cost {
    clock: Duration,
    processor: Duration,
}

impl Cost {
    fn add(&mut self, work: impl FnOnce()) {
        let (start, processor) = (Instant::now(), processor_time());
        work();
        let clock = start.elapsed();
        self.clock += clock;
        self.processor += match (processor, processor_time()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => clock,
        };
    }
}

/// How long this thread has run, the system's part included.
fn processor_time() -> Option<Duration> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    times.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Writes everything through the store and, batch by batch, what that has made of it into a bare file; returns what the
/// writes alone cost, of both.
fn write_both(path: &Path, bare_path: &Path, traces: usize, text_search: bool) -> (Cost, Cost) {
    let exporter = SqliteExporter::builder(path).text_search(text_search).build().expect("opens");
    let source = Connection::open(path).expect("opens");
    let mut bare = open_bare(bare_path);
    let (mut texts, resource) = (Texts::new(), resource());
    let (mut ours, mut theirs) = (Cost::default(), Cost::default());
    for first in (0..traces).step_by(TRACES_PER_BATCH) {
        let last = (first + TRACES_PER_BATCH).min(traces);
        let mut batch = Vec::new();
        let mut documents = Vec::new();
        for trace in first..last {
            let spans = trace_spans(trace, trace as u128 + 1, SPANS_PER_TRACE, &mut texts);
            documents.push(((trace as i64 + 1) << 20, words(&spans)));
            batch.extend(spans);
        }
        ours.add(|| {
            exporter.write(&resource, batch).expect("writes");
        });
        let rows: Vec<(&str, Vec<Vec<Value>>)> = TABLES
            .iter()
            .map(|(table, range)| (*table, read(&source, table, range, first + 1, last + 1)))
            .collect();
        theirs.add(|| insert_bare(&mut bare, rows, if text_search { &documents } else { &[] }));
    }
    let large = trace_spans(traces, LARGE_TRACE, 200, &mut texts);
    exporter.write(&resource, large).expect("writes");
    (ours, theirs)
}

/// The tables with one row or more per span or trace, and what finds the rows of a range of traces.
const TABLES: [(&str, &str); 5] = [
    ("traces", "id >= ?1 AND id < ?2"),
    ("labels", "trace >= ?1 AND trace < ?2"),
    ("spans", "trace >= ?1 AND trace < ?2"),
    ("segments", "id >= ?1 << 20 AND id < ?2 << 20"),
    ("contents", "id >= ?1 << 20 AND id < ?2 << 20"),
];

/// An empty file with the store's schema and settings.
fn open_bare(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("opens");
    for (name, value) in [("auto_vacuum", "INCREMENTAL"), ("journal_mode", "WAL"), ("synchronous", "NORMAL")]
    {
        connection.pragma_update(None, name, value).expect("a setting");
    }
    connection.pragma_update(None, "wal_autocheckpoint", 8192).expect("a setting");
    connection.pragma_update(None, "cache_size", -65536).expect("a setting");
    for schema in [include_str!("../src/store/schema_1.sql"), include_str!("../src/store/schema_2.sql")] {
        connection.execute_batch(schema).expect("the schema");
    }
    connection
}

fn insert_bare(bare: &mut Connection, rows: Vec<(&str, Vec<Vec<Value>>)>, documents: &[(i64, String)]) {
    let transaction =
        bare.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("begins");
    for (table, rows) in rows {
        for row in rows {
            let places = vec!["?"; row.len()].join(", ");
            transaction
                .prepare_cached(&format!("INSERT INTO {table} VALUES ({places})"))
                .and_then(|mut statement| statement.execute(params_from_iter(row)))
                .expect("inserts");
        }
    }
    for document in documents {
        transaction
            .prepare_cached("INSERT INTO texts (rowid, text) VALUES (?1, ?2)")
            .and_then(|mut statement| statement.execute((document.0, &document.1)))
            .expect("inserts");
    }
    transaction.commit().expect("commits");
}

fn read(source: &Connection, table: &str, range: &str, from: usize, to: usize) -> Vec<Vec<Value>> {
    let mut statement =
        source.prepare_cached(&format!("SELECT * FROM {table} WHERE {range}")).expect("a query");
    let columns = statement.column_count();
    let rows = statement.query_map([from, to], |row| (0..columns).map(|index| row.get(index)).collect());
    rows.expect("a query").collect::<Result<_, _>>().expect("rows")
}

/// The texts of spans, each once, as the store gives them to the search.
fn words(spans: &[SpanData]) -> String {
    let mut seen = std::collections::HashSet::new();
    let mut text = String::new();
    for span in spans {
        let values = span.attributes.iter().map(|attribute| attribute.value.as_str().into_owned());
        for value in values.chain([span.name.to_string()]) {
            if value.len() > CONTENT_BYTES || seen.insert(value.clone()) {
                text.push_str(&value);
                text.push('\n');
            }
        }
    }
    text
}

/// The median by the clock, and the mean of the processor's time, which the system counts in steps of milliseconds.
fn median(mut work: impl FnMut()) -> Cost {
    let mut all = Cost::default();
    let mut times = Vec::new();
    all.add(|| {
        for _ in 0..ROUNDS {
            let start = Instant::now();
            work();
            times.push(start.elapsed());
        }
    });
    times.sort_unstable();
    Cost { clock: times[ROUNDS / 2], processor: all.processor / ROUNDS as u32 }
}

fn ask(path: &Path, traces: usize) {
    let store = Store::open(path).expect("opens");
    let say = |question: &str, cost: Cost, rows: usize| {
        let [clock, processor] = [cost.clock, cost.processor].map(|time| time.as_secs_f64() * 1e3);
        println!("{question:54} | {clock:8.2} ms | {processor:8.2} ms of the processor | {rows} rows");
    };
    let list = |question: &str, filter: TraceFilter| {
        let rows = store.traces(&filter).expect("lists").traces.len();
        say(question, median(|| drop(store.traces(&filter).expect("lists"))), rows);
    };
    let texts = Texts::new();
    let middle: SystemTime = UNIX_EPOCH + BEGIN + start_of(traces / 2);
    list("newest 50", TraceFilter::new());
    list("newest 50 before the middle", TraceFilter::new().until(middle));
    list("newest 50 of a model and an agent", TraceFilter::new().model("o3").agent("agent-3"));
    list("newest 50 of a session", TraceFilter::new().session("session-17"));
    list("newest 50 with a cost nobody has", TraceFilter::new().min_cost(1e6));
    list("newest 50 that took a second (none)", TraceFilter::new().min_duration(Duration::from_secs(3600)));
    for rank in [1, 100, 3000, 20_000, 39_000] {
        let word = &texts.words[rank];
        list(&format!("newest 50 with the word of rank {rank}"), TraceFilter::new().text(word));
    }
    let two = format!("{} {}", texts.words[300], texts.words[4000]);
    list("newest 50 with two words", TraceFilter::new().text(two));
    list("newest 50 with a word of the oldest trace", TraceFilter::new().text("chatcmpl").text("session-0"));
    let large = TraceId::from(LARGE_TRACE);
    let spans = store.trace(large).expect("reads").map_or(0, |trace| trace.spans.len());
    say("one trace of 200 spans", median(|| drop(store.trace(large).expect("reads"))), spans);
    let query = TotalsQuery::new().by(TotalsBy::Model).by(TotalsBy::Agent).by(TotalsBy::Day);
    let within_days = query.clone().since(UNIX_EPOCH + BEGIN + Duration::from_secs(5 * 3600)).until(middle);
    for (question, query) in [
        ("totals by model, agent and day", query),
        ("the same from within a day until within another", within_days),
    ] {
        let rows = store.totals(&query).expect("sums").len();
        say(question, median(|| drop(store.totals(&query).expect("sums"))), rows);
    }
}

/// Conversations of 40 turns, each call with the whole history: as one trace each, and as one trace per turn.
fn conversations(directory: &Path) {
    const CONVERSATIONS: usize = 25;
    const TURNS: usize = 40;
    println!("\n{CONVERSATIONS} conversations of {TURNS} turns     | OTLP JSON MB | file MB | factor");
    for (name, is_trace_per_turn) in [("one trace each", false), ("one trace per turn", true)] {
        let path = directory.join(format!("conversations-{is_trace_per_turn}.db"));
        let exporter = SqliteExporter::open(&path).expect("opens");
        let (mut texts, resource) = (Texts::new(), resource());
        let mut json_bytes = 0_usize;
        let system = format!(r#"[{{"type":"text","content":"{}"}}]"#, texts.text(3000));
        for conversation in 0..CONVERSATIONS {
            let mut history: Vec<String> = Vec::new();
            for turn in 0..TURNS {
                history.push(texts.message("user", 300));
                let answer = texts.message("assistant", 900);
                let number = conversation * TURNS + turn;
                let trace = if is_trace_per_turn { number } else { conversation };
                let span = SpanBuilder::new("chat gpt-4o")
                    .trace(trace as u128 + 1)
                    .id(number as u64 + 1)
                    .times(start_of(number), Duration::from_secs(2))
                    .attribute("otel_genai.role", "llm_call")
                    .attribute("gen_ai.operation.name", "chat")
                    .attribute("gen_ai.request.model", "gpt-4o")
                    .attribute("gen_ai.usage.input_tokens", 1200)
                    .attribute("gen_ai.usage.output_tokens", 300)
                    .attribute("gen_ai.system_instructions", system.clone())
                    .attribute("gen_ai.input.messages", format!("[{}]", history.join(",")))
                    .attribute("gen_ai.output.messages", format!("[{answer}]"))
                    .build()
                    .into_data();
                history.push(answer);
                let mut line = JsonLinesWriter::new(Vec::new());
                line.write(&resource, std::slice::from_ref(&span)).expect("memory takes all");
                json_bytes += line.into_inner().len();
                exporter.write(&resource, vec![span]).expect("writes");
            }
        }
        let used = Store::open(&path).expect("opens").statistics().expect("reads").used_bytes;
        println!(
            "{name:31} | {:12.1} | {:7.2} | {:.0}",
            json_bytes as f64 / 1e6,
            used as f64 / 1e6,
            json_bytes as f64 / used as f64
        );
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let spans = arguments.next().map_or(SPANS, |number| number.parse().expect("a number of spans"));
    let place = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let directory = tempfile::tempdir_in(place).expect("a directory");
    let traces = spans.div_ceil(SPANS_PER_TRACE);
    println!(
        "{spans} spans of {CONTENT_BYTES} B | spans/s | per CPU-s | bare spans/s | per CPU-s | ratio | of CPU | B/span"
    );
    let path = directory.path().join("store.db");
    let bare = directory.path().join("bare.db");
    for text_search in [false, true] {
        let (ours, theirs) = write_both(&path, &bare, traces, text_search);
        std::fs::remove_file(&bare).expect("ours");
        let bytes = path.metadata().expect("there").len();
        let rate = |time: Duration| spans as f64 / time.as_secs_f64();
        println!(
            "{:23} | {:7.0} | {:9.0} | {:12.0} | {:9.0} | {:5.2} | {:6.2} | {:.0}",
            if text_search { "with the search" } else { "without the search" },
            rate(ours.clock),
            rate(ours.processor),
            rate(theirs.clock),
            rate(theirs.processor),
            rate(ours.clock) / rate(theirs.clock),
            rate(ours.processor) / rate(theirs.processor),
            bytes as f64 / spans as f64
        );
        if !text_search {
            std::fs::remove_file(&path).expect("ours");
        }
    }
    println!("\nquestions, medians of {ROUNDS}");
    ask(&path, traces);
    conversations(directory.path());
}
