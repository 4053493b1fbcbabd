//! Lists hold what a filter asks for and nothing else, in order, page by page.
#![cfg(feature = "sqlite")]

use std::time::Duration;

use otel_genai_export::store::{SqliteExporter, Store, TraceFilter, TraceStatus, TraceSummary};
use otel_genai_pipeline::testing::SpanBuilder;
use proptest::prelude::*;
use sample_runs::{at, build, call, failed, numbered_batch, resource, root, trace_id};

mod sample_runs;

fn numbers(store: &Store, filter: &TraceFilter) -> Vec<u128> {
    let page = store.traces(filter).expect("lists");
    page.traces.iter().map(|row| u128::from_be_bytes(row.trace_id.to_bytes())).collect()
}

#[test]
fn each_filter_finds_its_traces() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    let finding = r#"[{"category":"pii","status":"triggered"}]"#;
    let long =
        SpanBuilder::new("long").trace(4).id(1).times(Duration::from_secs(30), Duration::from_secs(60));
    let text = r#"[{"role":"user","parts":[{"type":"text","content":"Where is my Café-Order?"}]}]"#;
    let long_text = format!(
        r#"[{{"content":"{} zebra"}},{{"content":"quagga\nokapi gr\u00fc\u00dfe"}}]"#,
        "lorem ".repeat(50)
    );
    for spans in [
        build([
            root(1, 0).attribute("otel_genai.project", "p").attribute("gen_ai.agent.name", "a"),
            call(1, 2, 1, "o3").attribute("gen_ai.request.model", "o3-latest"),
        ]),
        build([failed(root(2, 10), "no")
            .attribute("session.id", "s")
            .attribute("guardrail.findings", finding)]),
        build([
            root(3, 20).attribute("user.id", "u").attribute("gen_ai.input.messages", text),
            failed(call(3, 2, 21, "o3"), "no"),
            call(3, 3, 22, "gpt-4o").attribute("gen_ai.request.model", "o3"),
        ]),
        build([long
            .attribute("otel_genai.tenant", "t")
            .attribute("gen_ai.input.messages", long_text.clone())]),
        build([call(5, 2, 40, "gpt-4o")
            .attribute("gen_ai.agent.name", "b")
            .attribute("gen_ai.input.messages", long_text)]),
    ] {
        exporter.write(&resource(), spans).expect("writes");
    }
    let store = Store::open(&path).expect("opens");
    let all = TraceFilter::new;
    let cases: [(&str, TraceFilter, &[u128]); 43] = [
        ("all", all(), &[5, 4, 3, 2, 1]),
        ("oldest first", all().oldest_first(), &[1, 2, 3, 4, 5]),
        ("limit", all().limit(2), &[5, 4]),
        ("since", all().since(at(20)), &[5, 4, 3]),
        ("until", all().until(at(20)), &[2, 1]),
        ("ok", all().status(TraceStatus::Ok), &[4, 3, 1]),
        ("error", all().status(TraceStatus::Error), &[2]),
        ("running", all().status(TraceStatus::Running), &[5]),
        ("interrupted", all().status(TraceStatus::Interrupted), &[]),
        ("with errors", all().with_errors(), &[3, 2]),
        ("name", all().name("long"), &[4]),
        ("name with a star", all().name("inv*_agent"), &[3, 2, 1]),
        ("name with GLOB's own", all().name("[il]*"), &[]),
        ("project", all().project("p"), &[1]),
        ("session", all().session("s"), &[2]),
        ("user", all().user("u"), &[3]),
        ("tenant", all().tenant("t"), &[4]),
        ("agent", all().agent("b"), &[5]),
        ("model", all().model("o3"), &[3, 1]),
        ("model asked for", all().model("o3-latest"), &[1]),
        ("model with a star", all().model("gpt*"), &[5, 3]),
        ("model with a star, each once", all().model("o*3*"), &[3, 1]),
        ("models with and without a star", all().model("o3").model("g*o"), &[3]),
        ("model with GLOB's own", all().model("o?*"), &[]),
        ("agent with a star", all().agent("*").oldest_first(), &[1, 5]),
        ("finding with a star", all().finding("p*"), &[2]),
        ("two models", all().model("o3").model("gpt-4o"), &[3]),
        ("model and project", all().model("o3").project("p"), &[1]),
        ("finding", all().finding("pii"), &[2]),
        ("cost", all().min_cost(0.015), &[3]),
        ("cost up to", all().max_cost(0.015), &[5, 1]),
        ("duration", all().min_duration(Duration::from_secs(11)), &[4]),
        ("duration up to", all().max_duration(Duration::from_secs(9)), &[5]),
        ("tokens", all().min_tokens(2000), &[3]),
        ("tokens up to", all().max_tokens(0), &[4, 2]),
        ("trace id", all().trace_id(trace_id(2)), &[2]),
        ("text, folded", all().text("CAFE order"), &[3]),
        ("text in what others brought", all().text("zebra"), &[5, 4]),
        ("text, a prefix", all().text("quag*").tenant("t"), &[4]),
        ("text behind a line break", all().text("okapi").tenant("t"), &[4]),
        ("text with escaped characters", all().text("GRUßE").tenant("t"), &[4]),
        ("text with a sign", all().text("cafe 🦀 😀"), &[3]),
        ("text that nobody wrote", all().text("quag"), &[]),
    ];
    for (name, filter, expected) in cases {
        assert_eq!(numbers(&store, &filter), expected, "{name}");
    }
    assert_eq!(store.find("0000000000000000000000000000000").expect("finds").len(), 5);
    assert_eq!(store.find("00000000000000000000000000000003").expect("finds"), [trace_id(3)]);
    for prefix in ["f", "xyz", "000000000000000000000000000000031"] {
        assert_eq!(store.find(prefix).expect("finds"), [], "{prefix}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Pages put together are the list, whatever the order in which traces came, and however common a word is.
    #[test]
    fn pages_make_up_the_list(
        starts in prop::collection::vec((0..40_u64, 0..4_u8), 1..60),
        limit in 1..7_usize,
        is_oldest_first in any::<bool>(),
        word in prop::option::of(0..4_u8),
    ) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        let exporter = SqliteExporter::open(&path).expect("opens");
        for (index, (start, words)) in starts.iter().enumerate() {
            let text: String = (0..=*words).map(|number| format!("word{number} ")).collect();
            let spans = build([root(index as u128 + 1, *start).attribute("gen_ai.completion", text)]);
            exporter.write(&resource(), spans).expect("writes");
        }
        let store = Store::open(&path).expect("opens");
        let mut filter = TraceFilter::new().limit(limit);
        if is_oldest_first {
            filter = filter.oldest_first();
        }
        if let Some(word) = word {
            filter = filter.text(format!("word{word}"));
        }
        let mut expected: Vec<(u64, u128)> = starts.iter().enumerate()
            .filter(|(_, (_, words))| word.is_none_or(|word| word <= *words))
            .map(|(index, (start, _))| (*start, index as u128 + 1))
            .collect();
        expected.sort_unstable();
        if !is_oldest_first {
            expected.reverse();
        }
        let mut read: Vec<TraceSummary> = Vec::new();
        loop {
            let page = store.traces(&filter).expect("lists");
            prop_assert!(page.traces.len() <= limit);
            let next = page.next();
            prop_assert_eq!(page.has_more, next.is_some());
            read.extend(page.traces);
            let Some(next) = next else { break };
            filter = filter.after(next);
        }
        let ids: Vec<u128> = read.iter().map(|row| u128::from_be_bytes(row.trace_id.to_bytes())).collect();
        prop_assert_eq!(ids, expected.iter().map(|(_, id)| *id).collect::<Vec<_>>());
        let whole: Vec<_> = store
            .stored_traces(if is_oldest_first { TraceFilter::new().limit(3).oldest_first() } else { TraceFilter::new().limit(3) })
            .collect::<Result<_, _>>()
            .expect("reads");
        prop_assert_eq!(whole.len(), starts.len());
    }
}

#[test]
fn a_word_in_thousands_of_traces_is_found_in_order() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    // More than are looked up one by one; in an order that has nothing to do with the starts.
    let count = 9000_u64;
    let spans = (0..count).map(|index| {
        let word = if index % 3 == 0 { "often" } else { "rest" };
        root(u128::from(index) + 1, index * 7919 % count).attribute("gen_ai.completion", word)
    });
    exporter.write(&resource(), build(spans)).expect("writes");
    let often = (0..count).filter(|index| index % 2 == 0).map(|index| {
        root(u128::from(count + index) + 1, count + index * 7919 % count)
            .attribute("gen_ai.completion", "often")
    });
    exporter.write(&resource(), build(often)).expect("writes");
    let store = Store::open(&path).expect("opens");
    let read: Vec<TraceSummary> = store
        .stored_traces(TraceFilter::new().text("often").limit(700))
        .map(|trace| trace.expect("reads").summary)
        .collect();
    assert_eq!(read.len(), 3000 + 4500);
    assert!(read.windows(2).all(|pair| pair[0].start > pair[1].start));
}

#[test]
fn a_trace_is_a_tree_whatever_its_spans_say() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    let exporter = SqliteExporter::open(&path).expect("opens");
    let span = |id: u64, parent: u64, second: u64| {
        SpanBuilder::new(format!("{id}"))
            .trace(1)
            .id(id)
            .parent(parent)
            .times(Duration::from_secs(second), Duration::ZERO)
    };
    // 5 and 6 are each other's parents, 7 its own; 8's parent is not there.
    let spans = [
        span(3, 1, 3),
        span(2, 1, 2),
        span(4, 2, 4),
        span(5, 6, 5),
        span(6, 5, 6),
        span(7, 7, 7),
        span(8, 99, 0),
    ];
    exporter.write(&resource(), build(spans)).expect("writes");
    exporter.write(&resource(), build([root(1, 0)])).expect("writes");
    let trace = Store::open(&path).expect("opens").trace(trace_id(1)).expect("reads").expect("there");
    let tree: Vec<(String, usize)> = trace
        .tree()
        .iter()
        .map(|entry| (trace.spans[entry.index].span.name.to_string(), entry.depth))
        .collect();
    let expected =
        [("8", 0), ("invoke_agent", 0), ("2", 1), ("4", 2), ("3", 1), ("5", 0), ("6", 1), ("7", 0)];
    assert_eq!(tree, expected.map(|(name, depth)| (name.to_owned(), depth)));
}

#[test]
fn a_text_without_words_is_an_error() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("traces.db");
    SqliteExporter::open(&path).expect("opens").write(&resource(), numbered_batch(1, 2)).expect("writes");
    let store = Store::open(&path).expect("opens");
    // The last ones are newer than the tables by which SQLite tells signs from letters.
    for text in ["", "  ", "😀", "\"", "*", " -- \" ", "🦀", "🫠* 🥹"] {
        let error = store.traces(&TraceFilter::new().text(text)).expect_err("no word");
        assert!(error.to_string().contains("has no word to search for"), "{text}: {error}");
    }
}
