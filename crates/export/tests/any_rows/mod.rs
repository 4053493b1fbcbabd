//! What must hold for any bytes whatever that stand in the rows of a store. The fuzz target includes this file too.

use opentelemetry::trace::TraceId;
use otel_genai_export::JsonLinesReader;
use otel_genai_export::store::{SqliteExporter, Store, TraceFilter};
use rusqlite::{Connection, params};

const TRACE: u128 = 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10;

/// A store with one trace, whose rows are overwritten.
pub(crate) struct AnyRows {
    store: Store,
    rows: Connection,
    segment: Segment,
    content: Content,
    lists: String,
    _directory: tempfile::TempDir,
}

/// The compressed lines and texts of the spans, and the lengths that they say to have.
#[derive(Clone)]
struct Segment {
    id: i64,
    data: Vec<u8>,
    bytes: i64,
    text_bytes: i64,
}

/// A text: compressed, or in a segment.
#[derive(Clone)]
struct Content {
    data: Vec<u8>,
    bytes: i64,
    segment: Option<i64>,
    start: Option<i64>,
}

/// How many kinds of damage [`AnyRows::check`] can do.
const KINDS: u8 = 10;

impl AnyRows {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("traces.db");
        let exporter = SqliteExporter::open(&path).expect("opens");
        let line = line();
        for read in JsonLinesReader::new(line.as_bytes()) {
            let read = read.expect("a span");
            exporter.write(&read.resource, vec![read.span]).expect("writes");
        }
        drop(exporter);
        let rows = Connection::open(&path).expect("opens");
        rows.pragma_update(None, "synchronous", "OFF").expect("a setting");
        let segment = rows.query_row("SELECT id, data, bytes, text_bytes FROM segments", [], |row| {
            let (id, data, bytes, text_bytes) = row.try_into()?;
            Ok(Segment { id, data, bytes, text_bytes })
        });
        let content = rows.query_row("SELECT data, bytes, segment, start FROM contents", [], |row| {
            let (data, bytes, segment, start) = row.try_into()?;
            Ok(Content { data, bytes, segment, start })
        });
        let (segment, content) = (segment.expect("there is one"), content.expect("there is one"));
        assert_eq!(content.segment, Some(segment.id), "the text stands in the segment");
        let lists = rows.query_row("SELECT models FROM traces", [], |row| row.get(0)).expect("there is one");
        let store = Store::open(&path).expect("opens");
        Self { store, rows, segment, content, lists, _directory: directory }
    }

    /// Puts `bytes`, all but the first, where the first one says, reads the trace, and puts back what was there. Panics if
    /// a reader does, or does not say what is damaged. Returns whether the trace could be read.
    pub(crate) fn check(&self, bytes: &[u8]) -> bool {
        let Some((kind, bytes)) = bytes.split_first() else { return true };
        let length = i64::try_from(bytes.len()).expect("short");
        let number = bytes.first_chunk().map_or(length, |number| i64::from_le_bytes(*number));
        let (mut segment, mut content, mut lists) =
            (self.segment.clone(), self.content.clone(), self.lists.clone());
        match kind % KINDS {
            0 => segment.data = bytes.to_vec(),
            1 => {
                content = Content { data: bytes.to_vec(), segment: None, start: None, ..content };
            }
            2 => {
                let lines = length - segment.text_bytes;
                segment = Segment { data: compressed(bytes), bytes: lines, ..segment };
            }
            3 => content = Content { data: compressed(bytes), bytes: length, segment: None, start: None },
            4 => segment.bytes = number,
            5 => content.bytes = number,
            6 => lists = String::from_utf8_lossy(bytes).into_owned(),
            7 => segment.text_bytes = number,
            8 => content.segment = Some(number),
            _ => content.start = Some(number),
        }
        self.set(&segment, &content, &lists);
        let is_read = self.read();
        self.set(&self.segment, &self.content, &self.lists);
        is_read
    }

    /// What stands in the rows, as `check` takes it.
    pub(crate) fn rows(&self) -> Vec<Vec<u8>> {
        let mut decoder = zstd::bulk::Decompressor::with_dictionary(DICTIONARY).expect("a dictionary");
        let segment = decoder.decompress(&self.segment.data, 1 << 20).expect("ours");
        let text = segment[usize::try_from(self.segment.bytes).expect("small")..].to_vec();
        let number = |number: i64| number.to_le_bytes().to_vec();
        let rows = [
            self.segment.data.clone(),
            compressed(&text),
            segment,
            text,
            number(self.segment.bytes),
            number(self.content.bytes),
            self.lists.clone().into_bytes(),
            number(self.segment.text_bytes),
            number(self.segment.id),
            number(self.content.start.expect("in a segment")),
        ];
        (0..).zip(rows).map(|(kind, row)| [&[kind][..], &row].concat()).collect()
    }

    fn set(&self, segment: &Segment, content: &Content, lists: &str) {
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            self.rows.prepare_cached(sql).and_then(|mut set| set.execute(values)).expect("writes");
        };
        run(
            "UPDATE segments SET data = ?1, bytes = ?2, text_bytes = ?3",
            params![segment.data, segment.bytes, segment.text_bytes],
        );
        run(
            "UPDATE contents SET data = ?1, bytes = ?2, segment = ?3, start = ?4",
            params![content.data, content.bytes, content.segment, content.start],
        );
        run("UPDATE traces SET models = ?1, agents = ?1, finding_categories = ?1", params![lists]);
    }

    fn read(&self) -> bool {
        let page = self.store.traces(&TraceFilter::new()).expect("lists");
        assert_eq!(page.traces.len(), 1);
        let read = self.store.trace(TraceId::from(TRACE));
        if let Err(error) = &read {
            let error = error.to_string();
            assert!(error.contains(&TraceId::from(TRACE).to_string()), "whose? {error}");
            assert!(!error.contains(|c: char| c.is_control()), "{error:?}");
        }
        let all: Result<Vec<_>, _> = self.store.stored_traces(TraceFilter::new()).collect();
        assert_eq!(all.is_ok(), read.is_ok());
        read.is_ok()
    }
}

const DICTIONARY: &[u8] = include_bytes!("../../src/store/dictionary_1.txt");

fn compressed(text: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(text, 1).expect("memory takes all")
}

/// A call of a model with a message that is long enough to be stored apart.
fn line() -> String {
    let text = "a long answer; ".repeat(20);
    let messages =
        format!(r#"[{{\"role\":\"assistant\",\"parts\":[{{\"type\":\"text\",\"content\":\"{text}\"}}]}}]"#);
    let span = format!(
        r#"{{"traceId":"{TRACE:032x}","spanId":"0102030405060708","name":"chat","attributes":[{{"key":"gen_ai.operation.name","value":{{"stringValue":"chat"}}}},{{"key":"gen_ai.request.model","value":{{"stringValue":"o3"}}}},{{"key":"gen_ai.output.messages","value":{{"stringValue":"{messages}"}}}}]}}"#
    );
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#)
}
