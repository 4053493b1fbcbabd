//! In which form spans are written.

use std::io::{self, Write};

use opentelemetry_sdk::Resource;
use otel_genai::export::tree::{self, TreeStyle};
use otel_genai::{JsonLinesWriter, Span};

use crate::output::Output;

/// Writes the spans of one trace at a time.
pub(crate) enum SpanWriter {
    JsonLines(JsonLinesWriter<Output>),
    Trees { output: Output, style: TreeStyle, is_first: bool },
}

impl SpanWriter {
    pub(crate) fn json_lines(output: Output) -> Self {
        Self::JsonLines(JsonLinesWriter::new(output))
    }

    pub(crate) fn trees(output: Output, style: TreeStyle) -> Self {
        Self::Trees { output, style, is_first: true }
    }

    pub(crate) fn write(&mut self, resource: &Resource, spans: Vec<Span>) -> io::Result<()> {
        match self {
            Self::JsonLines(writer) => {
                let spans: Vec<_> = spans.into_iter().map(Span::into_data).collect();
                writer.write(resource, &spans)
            }
            Self::Trees { output, style, is_first } => {
                let separator = if std::mem::take(is_first) { "" } else { "\n" };
                write!(output, "{separator}{}", tree::render(&spans, *style))
            }
        }
    }

    pub(crate) fn into_output(self) -> Output {
        match self {
            Self::JsonLines(writer) => writer.into_inner(),
            Self::Trees { output, .. } => output,
        }
    }
}
