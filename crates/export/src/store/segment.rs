//! The spans of one trace that came together, as they stand in the file.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::trace::{Event, Status};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use rusqlite::{Connection, OptionalExtension, params};

use super::codec::{Decoder, Encoder, MAX_BYTES};
use super::contents::{self, KnownContents, Parts};
use super::error::StoreProblem;
use super::split;
use super::template::{self, Piece};
use super::words::Words;
use crate::json_lines::{JsonLinesReader, ReadSpan, append_lines};

/// Turns spans into a segment. `words` gets the texts that the trace has not held before, for the search.
pub(super) struct SegmentWriter<'a> {
    pub(super) connection: &'a Connection,
    pub(super) encoder: &'a mut Encoder,
    pub(super) known: &'a mut KnownContents,
    pub(super) parts: &'a mut Parts,
    pub(super) words: Option<&'a mut Words>,
}

impl SegmentWriter<'_> {
    /// Writes the segment; its spans' long texts are replaced on the way.
    pub(super) fn write(
        &mut self,
        id: i64,
        resource: &Resource,
        spans: &mut [SpanData],
        lines: &mut Vec<u8>,
    ) -> Result<(), StoreProblem> {
        for span in &mut *spans {
            self.add_words(&span.name);
            if let Status::Error { description } = &span.status {
                self.add_words(description);
            }
            self.replace(&mut span.attributes)?;
            for event in &mut span.events.events {
                self.add_words(&event.name);
                self.replace_in_event(event)?;
            }
        }
        lines.clear();
        append_lines(lines, resource, spans)
            .map_err(|error| StoreProblem::Encode { detail: error.to_string() })?;
        let data = self.encoder.segment(lines)?;
        self.connection
            .prepare_cached("INSERT INTO segments (id, spans, bytes, data) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![id, spans.len(), lines.len(), data])?;
        Ok(())
    }

    fn replace_in_event(&mut self, event: &mut Event) -> Result<(), StoreProblem> {
        self.replace(&mut event.attributes)
    }

    fn replace(&mut self, attributes: &mut [KeyValue]) -> Result<(), StoreProblem> {
        for attribute in attributes {
            match &mut attribute.value {
                Value::String(text) => {
                    if let Some(template) = self.template(text.as_str())? {
                        *text = template.into();
                    }
                }
                Value::Array(Array::String(items)) => {
                    for item in items {
                        if let Some(template) = self.template(item.as_str())? {
                            *item = template.into();
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn template(&mut self, text: &str) -> Result<Option<String>, StoreProblem> {
        let base = contents::first_part(self.parts.trace());
        let add = if split::is_json(text) { Words::add_json } else { Words::add };
        let template = template::encode(text, base, |piece| -> Result<Option<i64>, StoreProblem> {
            let stored = contents::store(self.connection, self.encoder, self.known, self.parts, piece)?;
            if let Some(words) = &mut self.words
                && stored.as_ref().is_none_or(|stored| stored.is_new_to_trace)
            {
                add(words, piece);
            }
            Ok(stored.map(|stored| stored.id))
        })?;
        let Some(words) = &mut self.words else { return Ok(template) };
        match &template {
            None => add(words, text),
            // What stayed in the template, glue included, which has no words.
            Some(template) => {
                for piece in template::decode(template, base).unwrap_or_default() {
                    if let Piece::Inline(text) = piece {
                        add(words, text);
                    }
                }
            }
        }
        Ok(template)
    }

    fn add_words(&mut self, text: &str) {
        if let Some(words) = &mut self.words {
            words.add(text);
        }
    }
}

/// Reads segments back.
pub(super) struct SegmentReader<'a> {
    connection: &'a Connection,
    decoder: Decoder,
    contents: HashMap<i64, Arc<str>>,
}

/// Contents are kept for the spans to come up to so many bytes.
const MAX_KEPT_BYTES: usize = 64 << 20;

impl<'a> SegmentReader<'a> {
    pub(super) fn new(connection: &'a Connection) -> Result<Self, StoreProblem> {
        Ok(Self { connection, decoder: Decoder::new()?, contents: HashMap::new() })
    }

    /// Reads the spans of a trace, in the order in which they came.
    pub(super) fn trace(&mut self, trace: i64) -> Result<Vec<ReadSpan>, StoreProblem> {
        let mut spans = Vec::new();
        self.forget_contents();
        self.segments(contents::first_part(trace), contents::first_part(trace + 1), trace, &mut spans)?;
        Ok(spans)
    }

    fn segments(
        &mut self,
        from: i64,
        to: i64,
        trace: i64,
        spans: &mut Vec<ReadSpan>,
    ) -> Result<(), StoreProblem> {
        let connection = self.connection;
        let mut statement = connection
            .prepare_cached("SELECT data, bytes FROM segments WHERE id >= ?1 AND id < ?2 ORDER BY id")?;
        let mut rows = statement.query(params![from, to])?;
        while let Some(row) = rows.next()? {
            let data = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            let lines = self.decoder.decode(data, row.get(1)?).map_err(|error| damaged(&error))?;
            for read in JsonLinesReader::new(lines.as_slice()).with_max_line_bytes(usize::MAX) {
                let mut read = read.map_err(|error| StoreProblem::corrupt(error.to_string()))?;
                self.restore(&mut read.span.attributes, trace)?;
                for event in &mut read.span.events.events {
                    self.restore(&mut event.attributes, trace)?;
                }
                spans.push(read);
            }
        }
        Ok(())
    }

    /// Reads what can be read of a trace, and tells whether that is all.
    pub(super) fn salvage(&mut self, trace: i64) -> (Vec<ReadSpan>, bool) {
        if let Ok(spans) = self.trace(trace) {
            return (spans, true);
        }
        let ids = |connection: &Connection| -> rusqlite::Result<Vec<i64>> {
            let mut statement =
                connection.prepare_cached("SELECT id FROM segments WHERE id >= ?1 AND id < ?2")?;
            let range = params![contents::first_part(trace), contents::first_part(trace + 1)];
            statement.query_map(range, |row| row.get(0))?.collect()
        };
        let mut spans = Vec::new();
        for id in ids(self.connection).unwrap_or_default() {
            let mut read = Vec::new();
            if self.segments(id, id + 1, trace, &mut read).is_ok() {
                spans.append(&mut read);
            }
        }
        (spans, false)
    }

    fn forget_contents(&mut self) {
        if self.contents.values().map(|text| text.len()).sum::<usize>() > MAX_KEPT_BYTES {
            self.contents.clear();
        }
    }

    fn restore(&mut self, attributes: &mut [KeyValue], trace: i64) -> Result<(), StoreProblem> {
        for attribute in attributes {
            match &mut attribute.value {
                Value::String(text) => self.restore_text(text, trace)?,
                Value::Array(Array::String(items)) => {
                    for item in items {
                        self.restore_text(item, trace)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn restore_text(&mut self, text: &mut StringValue, trace: i64) -> Result<(), StoreProblem> {
        if !template::is_template(text.as_str()) {
            return Ok(());
        }
        let pieces = template::decode(text.as_str(), contents::first_part(trace))
            .ok_or_else(|| StoreProblem::corrupt("a text refers to nothing"))?;
        let mut restored = String::new();
        for piece in pieces {
            match piece {
                Piece::Inline(part) => restored.push_str(part),
                Piece::Content(id) => restored.push_str(&self.content(id)?),
            }
            if restored.len() > MAX_BYTES {
                return Err(StoreProblem::corrupt("a text that would be larger than any that was written"));
            }
        }
        *text = restored.into();
        Ok(())
    }

    fn content(&mut self, id: i64) -> Result<Arc<str>, StoreProblem> {
        if let Some(text) = self.contents.get(&id) {
            return Ok(Arc::clone(text));
        }
        let mut statement =
            self.connection.prepare_cached("SELECT data, bytes FROM contents WHERE id = ?1")?;
        let decoder = &mut self.decoder;
        let text = statement
            .query_row(params![id], |row| {
                let data = row.get_ref(0)?.as_blob()?;
                let bytes = row.get(1)?;
                Ok(decoder.decode(data, bytes))
            })
            .optional()?
            .ok_or_else(|| StoreProblem::corrupt(format!("text {id} is missing")))?
            .map_err(|error| damaged(&error))?;
        let text = String::from_utf8(text).map_err(|_| StoreProblem::corrupt("a text is not UTF-8"))?;
        let text: Arc<str> = text.into();
        self.contents.insert(id, Arc::clone(&text));
        Ok(text)
    }
}

fn damaged(error: &std::io::Error) -> StoreProblem {
    StoreProblem::corrupt(format!("compressed data: {error}"))
}
