//! Records of a stream: lines of bounded length, numbered.

use std::io::{self, BufRead, ErrorKind};

/// One record: a line, or the lines of one pretty-printed object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record<'a> {
    /// The text, and the number of its first line.
    Text { first_line: u64, text: &'a [u8] },
    /// It was longer than allowed; it has been skipped.
    TooLong { first_line: u64 },
    /// A pretty-printed object that was not closed before the next one began or the input ended.
    Unclosed { first_line: u64 },
}

/// Splits a stream into records.
///
/// A record is a line. The exception is a line that is only `{`: it begins an object that some tool has pretty-printed,
/// and which ends with the first line that begins with `}`. Since JSON has no newlines inside strings and pretty
/// printers indent what is nested, no JSON has to be understood to see that.
#[derive(Debug)]
pub(super) struct Records<R> {
    input: R,
    limit: usize,
    /// How many lines have been taken from the input.
    line_number: u64,
    record: Vec<u8>,
    line: Vec<u8>,
    /// A line that was read too far, to be given next.
    is_line_pending: bool,
}

enum Line {
    End,
    Whole,
    TooLong,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, limit: usize) -> Self {
        Self { input, limit, line_number: 0, record: Vec::new(), line: Vec::new(), is_line_pending: false }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(super) fn line_number(&self) -> u64 {
        self.line_number
    }

    /// Returns the next record that is not blank, or `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        loop {
            match self.read_line()? {
                Line::End => return Ok(None),
                Line::TooLong => return Ok(Some(Record::TooLong { first_line: self.line_number })),
                Line::Whole if self.line.trim_ascii().is_empty() => {}
                Line::Whole if self.line.trim_ascii_end() == b"{" => return self.read_object().map(Some),
                Line::Whole => {
                    return Ok(Some(Record::Text { first_line: self.line_number, text: &self.line }));
                }
            }
        }
    }

    fn read_object(&mut self) -> io::Result<Record<'_>> {
        let first_line = self.line_number;
        let mut is_too_long = false;
        self.record.clear();
        loop {
            if self.record.len() + self.line.len() < self.limit {
                self.record.extend_from_slice(&self.line);
                self.record.push(b'\n');
            } else {
                is_too_long = true;
            }
            match self.read_line()? {
                Line::End => return Ok(Record::Unclosed { first_line }),
                Line::TooLong => is_too_long = true,
                Line::Whole if self.line.starts_with(b"{") => {
                    self.is_line_pending = true;
                    return Ok(Record::Unclosed { first_line });
                }
                Line::Whole if self.line.starts_with(b"}") => break,
                Line::Whole => {}
            }
        }
        if is_too_long {
            return Ok(Record::TooLong { first_line });
        }
        self.record.extend_from_slice(&self.line);
        Ok(Record::Text { first_line, text: &self.record })
    }

    /// Reads one line without its newline into `self.line`.
    fn read_line(&mut self) -> io::Result<Line> {
        if self.is_line_pending {
            self.is_line_pending = false;
            return Ok(Line::Whole);
        }
        self.line.clear();
        let mut is_too_long = false;
        let mut has_begun = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() && !has_begun {
                return Ok(Line::End);
            }
            if !has_begun {
                has_begun = true;
                self.line_number += 1;
            }
            let newline = chunk.iter().position(|byte| *byte == b'\n');
            let is_complete = newline.is_some() || chunk.is_empty();
            let part = &chunk[..newline.unwrap_or(chunk.len())];
            if self.line.len() + part.len() > self.limit {
                is_too_long = true;
                // Given back: it may be all the memory that the limit allows.
                self.line = Vec::new();
            } else if !is_too_long {
                self.line.extend_from_slice(part);
            }
            let consumed = newline.map_or(chunk.len(), |index| index + 1);
            self.input.consume(consumed);
            if is_complete {
                break;
            }
        }
        if let Some(without_mark) = self.line.strip_prefix("\u{feff}".as_bytes()) {
            // A byte order mark; in concatenated files it may stand anywhere.
            let length = without_mark.len();
            self.line.copy_within(3.., 0);
            self.line.truncate(length);
        }
        Ok(if is_too_long { Line::TooLong } else { Line::Whole })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(input: &str, limit: usize) -> Vec<String> {
        // A tiny buffer, so that every line is put together from parts.
        let input = io::BufReader::with_capacity(3, input.as_bytes());
        let mut records = Records::new(input, limit);
        let mut all = Vec::new();
        while let Some(record) = records.next().expect("memory does not fail") {
            all.push(match record {
                Record::Text { first_line, text } => {
                    format!("{first_line}:{}", String::from_utf8_lossy(text))
                }
                Record::TooLong { first_line } => format!("{first_line} too long"),
                Record::Unclosed { first_line } => format!("{first_line} unclosed"),
            });
        }
        all
    }

    #[test]
    fn lines_are_numbered_and_blank_ones_skipped() {
        assert_eq!(records("a\n\n \t\r\nb\r\n\u{feff}c", 100), ["1:a", "4:b\r", "5:c"]);
        assert_eq!(records("", 100), [""; 0]);
        assert_eq!(records("\n", 100), [""; 0]);
    }

    #[test]
    fn a_long_line_is_skipped_whole() {
        assert_eq!(
            records("1234\n12345\n123456789012\n1\n", 4),
            ["1:1234", "2 too long", "3 too long", "4:1"]
        );
        assert_eq!(records("12345", 4), ["1 too long"]);
    }

    #[test]
    fn a_pretty_printed_object_is_one_record() {
        assert_eq!(records("x\n{\n  \"a\": {\n  }\n}\ny\n", 100), ["1:x", "2:{\n  \"a\": {\n  }\n}", "6:y"]);
        assert_eq!(records("{\n 1\n}\n{\n 2\n}", 100), ["1:{\n 1\n}", "4:{\n 2\n}"]);
        assert_eq!(records("{\n  \"a\": 1,\n  \"b\": 2\n}\ny\n", 12), ["1 too long", "5:y"]);
    }

    #[test]
    fn a_torn_object_does_not_swallow_what_follows() {
        assert_eq!(records("{\n  \"a\":\n{\"b\":1}\n{\n}\n", 100), ["1 unclosed", "3:{\"b\":1}", "4:{\n}"]);
        assert_eq!(records("{\n  \"a\":\n{\n  1\n}\n", 100), ["1 unclosed", "3:{\n  1\n}"]);
        assert_eq!(records("a\n{", 100), ["1:a", "2 unclosed"]);
    }
}
