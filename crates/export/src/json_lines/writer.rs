//! Lines to any writer.

use std::fmt;
use std::io::{self, Write};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::encode::append_lines;

/// The line buffer keeps at most this capacity, in bytes, between writes, so that one huge batch is not paid for
/// ever after. Sixteen times a typical batch of 512 spans without content.
pub(super) const KEPT_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// Writes spans as OTLP JSON Lines to anything that takes bytes.
///
/// The layer below [`JsonLinesExporter`](super::JsonLinesExporter), for programs that hold spans of several resources:
/// each call names the resource of its spans. Every call hands the writer its whole lines in one `write_all`, so no
/// buffering is needed around it.
///
/// # Examples
///
/// ```
/// use opentelemetry_sdk::Resource;
/// use otel_genai_export::{JsonLinesReader, JsonLinesWriter};
///
/// let mut writer = JsonLinesWriter::new(Vec::new());
/// let spans = []; // of opentelemetry_sdk::trace::SpanData
/// writer.write(&Resource::builder().with_service_name("agent").build(), &spans)?;
/// let bytes = writer.into_inner();
/// assert_eq!(JsonLinesReader::new(bytes.as_slice()).count(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct JsonLinesWriter<W> {
    output: W,
    lines: Vec<u8>,
    is_line_open: bool,
}

impl<W: Write> JsonLinesWriter<W> {
    /// Wraps `output`, which should end with a newline if it holds anything.
    pub fn new(output: W) -> Self {
        Self { output, lines: Vec::new(), is_line_open: false }
    }

    /// Writes `spans`, all of `resource`, as one line: one `ExportTraceServiceRequest`.
    ///
    /// Spans are grouped by their scope; otherwise their order is kept. A batch of more than 64 MiB of JSON becomes
    /// several lines; no spans, no line.
    ///
    /// # Errors
    ///
    /// When the output fails. It may then hold a part of the line; the next call starts on a line of its own.
    pub fn write(&mut self, resource: &Resource, spans: &[SpanData]) -> io::Result<()> {
        if spans.is_empty() {
            return Ok(());
        }
        self.lines.clear();
        if self.is_line_open {
            self.lines.push(b'\n');
        }
        append_lines(&mut self.lines, resource, spans)?;
        let result = self.output.write_all(&self.lines);
        self.is_line_open = result.is_err();
        self.lines.clear();
        self.lines.shrink_to(KEPT_BUFFER_BYTES);
        result
    }

    /// Flushes the output.
    ///
    /// # Errors
    ///
    /// When the output fails to.
    pub fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    /// Returns the output.
    pub fn into_inner(self) -> W {
        self.output
    }
}

impl<W> fmt::Debug for JsonLinesWriter<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the output, which need not be `Debug`, nor the buffer, which holds what the spans say.
        formatter
            .debug_struct("JsonLinesWriter")
            .field("is_line_open", &self.is_line_open)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use otel_genai_pipeline::testing::SpanBuilder;

    /// Takes ten bytes of its first write, then fails; takes everything after that.
    #[derive(Default)]
    struct FailsOnce {
        bytes: Vec<u8>,
        writes: usize,
    }

    impl Write for FailsOnce {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            match self.writes {
                1 => {
                    self.bytes.extend_from_slice(&bytes[..10]);
                    Ok(10)
                }
                2 => Err(io::Error::other("no space")),
                _ => {
                    self.bytes.extend_from_slice(bytes);
                    Ok(bytes.len())
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_torn_line_does_not_spoil_the_next() {
        let resource = Resource::builder_empty().build();
        let span = SpanBuilder::new("s").build().into_data();
        let mut writer = JsonLinesWriter::new(FailsOnce::default());
        assert!(writer.write(&resource, std::slice::from_ref(&span)).is_err());
        writer.write(&resource, std::slice::from_ref(&span)).expect("the second write is taken");
        writer.write(&resource, std::slice::from_ref(&span)).expect("the third too");
        let text = String::from_utf8(writer.into_inner().bytes).expect("JSON is UTF-8");
        let whole: Vec<bool> =
            text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).collect();
        assert_eq!(whole, [false, true, true]);
    }
}
