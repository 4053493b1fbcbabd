//! Reading segments and their texts back.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::{Array, KeyValue, StringValue, Value};
use otel_genai_pipeline::Span;
use rusqlite::{Connection, Row, params};

use super::codec::{Decoder, MAX_BYTES};
use super::contents;
use super::error::StoreProblem;
use super::template::{self, Piece};
use crate::json_lines::{JsonLinesReader, ReadSpan};

/// Texts are kept for the spans to come up to so many bytes.
const MAX_KEPT_BYTES: usize = 64 << 20;

/// Reads segments back. Belongs into a transaction: it sees the schema when it is made.
pub(super) struct SegmentReader<'a> {
    connection: &'a Connection,
    decoder: Decoder,
    /// Whether texts can stand in segments, which they do since schema 2.
    has_segment_texts: bool,
    /// Texts with a row of their own.
    contents: HashMap<i64, Arc<str>>,
    /// The texts of segments.
    texts: HashMap<i64, Arc<[u8]>>,
    kept_bytes: usize,
}

impl<'a> SegmentReader<'a> {
    pub(super) fn new(connection: &'a Connection) -> Result<Self, StoreProblem> {
        Ok(Self {
            connection,
            decoder: Decoder::new()?,
            has_segment_texts: has_segment_texts(connection)?,
            contents: HashMap::new(),
            texts: HashMap::new(),
            kept_bytes: 0,
        })
    }

    /// Reads the spans of a trace, in the order in which they came.
    pub(super) fn trace(&mut self, trace: i64) -> Result<Vec<ReadSpan>, StoreProblem> {
        let mut spans = Vec::new();
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
        let sql = if self.has_segment_texts {
            "SELECT id, data, bytes, text_bytes FROM segments WHERE id >= ?1 AND id < ?2 ORDER BY id"
        } else {
            "SELECT id, data, bytes, 0 FROM segments WHERE id >= ?1 AND id < ?2 ORDER BY id"
        };
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![from, to])?;
        while let Some(row) = rows.next()? {
            let (lines, texts) = decode_segment(&mut self.decoder, row)?;
            self.keep_texts(row.get(0)?, texts);
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

    /// Finds the first span of a trace that is a local root. What cannot be read is not found.
    pub(super) fn first_root(&mut self, trace: i64) -> Result<Option<[u8; 8]>, StoreProblem> {
        let texts = if self.has_segment_texts { "text_bytes" } else { "0" };
        let sql =
            format!("SELECT id, data, bytes, {texts} FROM segments WHERE id >= ?1 AND id < ?2 ORDER BY id");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let range = params![contents::first_part(trace), contents::first_part(trace + 1)];
        let mut rows = statement.query(range)?;
        while let Some(row) = rows.next()? {
            let Ok((lines, _)) = decode_segment(&mut self.decoder, row) else { continue };
            let spans = JsonLinesReader::new(lines.as_slice()).with_max_line_bytes(usize::MAX);
            // Texts are not needed for it, so they stay where they are.
            let mut spans = spans.filter_map(Result::ok).map(|read| Span::from(read.span));
            let root = spans.find(|span| span.parent_span_id().is_none() || span.has_remote_parent());
            if let Some(root) = root {
                return Ok(Some(root.span_id().to_bytes()));
            }
        }
        Ok(None)
    }

    /// Reads the spans of one segment of a trace.
    pub(super) fn segment(&mut self, trace: i64, id: i64) -> Result<Vec<ReadSpan>, StoreProblem> {
        let mut spans = Vec::new();
        self.segments(id, id + 1, trace, &mut spans)?;
        Ok(spans)
    }

    /// Makes room for further texts.
    fn make_room(&mut self, bytes: usize) {
        self.kept_bytes = self.kept_bytes.saturating_add(bytes);
        if self.kept_bytes > MAX_KEPT_BYTES {
            self.contents.clear();
            self.texts.clear();
            self.kept_bytes = bytes;
        }
    }

    fn keep_texts(&mut self, segment: i64, texts: Vec<u8>) -> Arc<[u8]> {
        self.make_room(texts.len());
        let texts: Arc<[u8]> = texts.into();
        self.texts.insert(segment, Arc::clone(&texts));
        texts
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

    /// Reads a text.
    pub(super) fn content(&mut self, id: i64) -> Result<Arc<str>, StoreProblem> {
        if let Some(text) = self.contents.get(&id) {
            return Ok(Arc::clone(text));
        }
        let sql = if self.has_segment_texts {
            "SELECT data, bytes, segment, start FROM contents WHERE id = ?1"
        } else {
            "SELECT data, bytes, NULL, NULL FROM contents WHERE id = ?1"
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let row = rows.next()?.ok_or_else(|| StoreProblem::corrupt(format!("text {id} is missing")))?;
        let bytes: usize = row.get(1)?;
        let text = match row.get(2)? {
            Some(segment) => {
                let start: usize = row.get(3)?;
                let texts = self.segment_texts(segment)?;
                let range = start..start.saturating_add(bytes);
                let text =
                    texts.get(range).ok_or_else(|| StoreProblem::corrupt("a text refers to nothing"))?;
                text.to_vec()
            }
            None => {
                let data = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                self.decoder.decode(data, bytes).map_err(|error| damaged(&error))?
            }
        };
        let text = String::from_utf8(text).map_err(|_| StoreProblem::corrupt("a text is not UTF-8"))?;
        let text: Arc<str> = text.into();
        self.make_room(text.len());
        self.contents.insert(id, Arc::clone(&text));
        Ok(text)
    }

    /// Reads the texts of a segment.
    fn segment_texts(&mut self, segment: i64) -> Result<Arc<[u8]>, StoreProblem> {
        if let Some(texts) = self.texts.get(&segment) {
            return Ok(Arc::clone(texts));
        }
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, data, bytes, text_bytes FROM segments WHERE id = ?1")?;
        let mut rows = statement.query([segment])?;
        let row = rows.next()?.ok_or_else(|| {
            StoreProblem::corrupt(format!("segment {segment}, which holds a text, is missing"))
        })?;
        let (_, texts) = decode_segment(&mut self.decoder, row)?;
        Ok(self.keep_texts(segment, texts))
    }
}

/// Returns the lines and the texts of a segment: of a row with its id, data, bytes and bytes of texts.
fn decode_segment(decoder: &mut Decoder, row: &Row<'_>) -> Result<(Vec<u8>, Vec<u8>), StoreProblem> {
    let data = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
    let (lines, texts): (usize, usize) = (row.get(2)?, row.get(3)?);
    let mut decoded = decoder.decode(data, lines.saturating_add(texts)).map_err(|error| damaged(&error))?;
    let texts = decoded.split_off(lines);
    Ok((decoded, texts))
}

/// Tells whether this is a file of schema 2 or newer: by what is there, since a damaged header may say anything.
fn has_segment_texts(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT count(*) FROM pragma_table_info('segments') WHERE name = 'text_bytes'")?
        .query_row([], |row| row.get(0))
}

fn damaged(error: &std::io::Error) -> StoreProblem {
    StoreProblem::corrupt(format!("compressed data: {error}"))
}
