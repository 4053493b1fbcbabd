//! The spans of one trace that came together, as they stand in the file.

use opentelemetry::trace::{Event, Status};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use rusqlite::{Connection, params};

use super::contents::{self, ContentWriter, Parts};
use super::error::StoreProblem;
use super::split;
use super::template::{self, Piece};
use super::words::Words;
use crate::json_lines::append_lines;

/// Turns spans into a segment. `words` gets the texts that the trace has not held before, for the search.
pub(super) struct SegmentWriter<'a, 'c> {
    pub(super) connection: &'a Connection,
    pub(super) contents: &'a mut ContentWriter<'c>,
    pub(super) parts: &'a mut Parts,
    pub(super) words: Option<&'a mut Words>,
}

impl SegmentWriter<'_, '_> {
    /// Writes the segment; its spans' long texts are replaced on the way, and new ones stand behind the spans.
    pub(super) fn write(
        &mut self,
        id: i64,
        resource: &Resource,
        spans: &mut [SpanData],
        lines: &mut Vec<u8>,
    ) -> Result<(), StoreProblem> {
        self.contents.texts.begin(id);
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
        let (bytes, texts) = (lines.len(), self.contents.texts.bytes());
        lines.extend_from_slice(texts);
        let data = self.contents.encoder.segment(lines)?;
        self.connection
            .prepare_cached(
                "INSERT INTO segments (id, spans, bytes, data, text_bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![id, spans.len(), bytes, data, texts.len()])?;
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
            let stored = self.contents.store(self.parts, piece)?;
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
