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
    segment: Row,
    content: Row,
    lists: String,
    _directory: tempfile::TempDir,
}

/// Compressed data, and the length that it says to have.
struct Row {
    data: Vec<u8>,
    bytes: i64,
}

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
        let row = |sql: &str| {
            let row = rows.query_row(sql, [], |row| Ok(Row { data: row.get(0)?, bytes: row.get(1)? }));
            row.expect("there is one")
        };
        let segment = row("SELECT data, bytes FROM segments");
        let content = row("SELECT data, bytes FROM contents");
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
        match kind % 7 {
            0 => self.set("segments", bytes, self.segment.bytes),
            1 => self.set("contents", bytes, self.content.bytes),
            2 => self.set("segments", &compressed(bytes), length),
            3 => self.set("contents", &compressed(bytes), length),
            4 => self.set("segments", &self.segment.data, number),
            5 => self.set("contents", &self.content.data, number),
            _ => self.set_lists(&String::from_utf8_lossy(bytes)),
        }
        let is_read = self.read();
        match kind % 7 {
            0 | 2 | 4 => self.set("segments", &self.segment.data, self.segment.bytes),
            1 | 3 | 5 => self.set("contents", &self.content.data, self.content.bytes),
            _ => self.set_lists(&self.lists),
        }
        is_read
    }

    /// What stands in the rows, as `check` takes it.
    pub(crate) fn rows(&self) -> Vec<Vec<u8>> {
        let text = |row: &Row| {
            let mut decoder = zstd::bulk::Decompressor::with_dictionary(DICTIONARY).expect("a dictionary");
            decoder.decompress(&row.data, 1 << 20).expect("ours")
        };
        let rows = [&self.segment.data, &self.content.data, &text(&self.segment), &text(&self.content)];
        let lengths = [&self.segment, &self.content].map(|row| row.bytes.to_le_bytes().to_vec());
        let rows = rows.into_iter().cloned().chain(lengths).chain([self.lists.clone().into_bytes()]);
        (0..).zip(rows).map(|(kind, row)| [&[kind][..], &row].concat()).collect()
    }

    fn set(&self, table: &str, data: &[u8], bytes: i64) {
        let sql = format!("UPDATE {table} SET data = ?1, bytes = ?2");
        self.rows.prepare_cached(&sql).and_then(|mut set| set.execute(params![data, bytes])).expect("writes");
    }

    fn set_lists(&self, text: &str) {
        let sql = "UPDATE traces SET models = ?1, agents = ?1, finding_categories = ?1";
        self.rows.prepare_cached(sql).and_then(|mut set| set.execute([text])).expect("writes");
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
