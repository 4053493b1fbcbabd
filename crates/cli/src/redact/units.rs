//! Cuts text into what can be redacted by itself: lines, and what spans them.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

/// The longest line, in bytes.
const LONGEST_LINE: u64 = 256 << 20;

/// A JSON document over several lines is held up to this size, in bytes; longer ones go line by line.
const LONGEST_DOCUMENT: usize = 64 << 20;

/// A key over several lines is held up to this size, in bytes: the longest that the rules take as one.
const LONGEST_KEY: usize = 32 << 10;

/// How a key over several lines begins and ends.
const KEYS: [(&str, &str); 2] = [("-----BEGIN", "-----END"), ("PuTTY-User-Key-File-", "Private-MAC")];

/// Some lines that belong together, with their ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) text: String,
    /// Where it starts in the input, in bytes.
    pub(super) start: u64,
    /// The number of its first line, from 1.
    pub(super) line: u64,
    /// It is JSON by itself: what stands before it says nothing about it.
    pub(super) is_json: bool,
}

/// Reads units.
pub(super) struct Units<R> {
    reader: R,
    /// Lines that were read ahead for a document that was none.
    ahead: std::collections::VecDeque<String>,
    position: u64,
    line: u64,
    /// Lines in which bytes were no UTF-8.
    pub(super) repaired: u64,
}

impl<R: BufRead> Units<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, ahead: std::collections::VecDeque::new(), position: 0, line: 0, repaired: 0 }
    }

    /// Reads the next unit; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Unit>> {
        let is_new = self.ahead.is_empty();
        let Some(first) = self.next_line()? else { return Ok(None) };
        let (start, line) = (self.position, self.line + 1);
        let mut text = first;
        let mut is_json = is_json(&text);
        if is_new && !is_json && opens_document(&text) {
            is_json = self.document(&mut text)?;
        }
        if !is_json {
            self.key(&mut text)?;
        }
        self.position += text.len() as u64;
        self.line += text.bytes().filter(|byte| *byte == b'\n').count() as u64;
        Ok(Some(Unit { text, start, line, is_json }))
    }

    /// Reads on to the end of the document, if it is one.
    fn document(&mut self, text: &mut String) -> io::Result<bool> {
        let mut depth = Depth::default();
        depth.read(text);
        let mut more: Vec<String> = Vec::new();
        let mut size = text.len();
        while depth.is_open() && size < LONGEST_DOCUMENT {
            let Some(line) = self.read_line()? else { break };
            depth.read(&line);
            size += line.len();
            more.push(line);
        }
        let whole = more.iter().fold(text.clone(), |whole, line| whole + line);
        if is_json(&whole) {
            *text = whole;
            return Ok(true);
        }
        self.ahead.extend(more);
        Ok(false)
    }

    /// Reads on to the end of a key that begins in the text and does not end there.
    fn key(&mut self, text: &mut String) -> io::Result<()> {
        for (begin, end) in KEYS {
            let from = text.len();
            let Some(at) = text.rfind(begin) else { continue };
            let is_private = begin != KEYS[0].0 || text[at..].contains("PRIVATE KEY");
            if !is_private || text[at..].contains(end) {
                continue;
            }
            while text.len() - from < LONGEST_KEY {
                let Some(line) = self.next_line()? else { break };
                let ends = line.contains(end);
                text.push_str(&line);
                if ends {
                    break;
                }
            }
        }
        Ok(())
    }

    fn next_line(&mut self) -> io::Result<Option<String>> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.read_line(),
        }
    }

    fn read_line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if line.len() as u64 == LONGEST_LINE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is longer than 256 MiB"));
        }
        let line = String::from_utf8(line).unwrap_or_else(|error| {
            self.repaired += 1;
            match String::from_utf8_lossy(error.as_bytes()) {
                Cow::Owned(line) => line,
                Cow::Borrowed(line) => line.to_owned(),
            }
        });
        Ok((!line.is_empty()).then_some(line))
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// `{`, `[`, `{"a": [`: a line with which JSON over several lines begins; not `[info] {`.
fn opens_document(line: &str) -> bool {
    let trimmed = line.trim();
    let second = trimmed.get(1..).map(|rest| rest.trim_start().chars().next());
    trimmed.starts_with(['{', '['])
        && matches!(second, Some(None | Some('"' | '{' | '[')))
        && trimmed.ends_with(['{', '[', ','])
}

/// How deep in brackets a text of JSON is.
#[derive(Default)]
struct Depth {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Depth {
    fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if std::mem::take(&mut self.escaped) => {}
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    fn is_open(&self) -> bool {
        self.depth > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<String> {
        let mut units = Units::new(text.as_bytes());
        let mut all = Vec::new();
        while let Some(unit) = units.next().expect("readable") {
            assert_eq!(&text[unit.start as usize..][..unit.text.len()], unit.text);
            assert_eq!(unit.line as usize, 1 + text[..unit.start as usize].matches('\n').count());
            all.push(unit.text);
        }
        all
    }

    #[test]
    fn lines_are_units_but_keys_and_documents_are_whole() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";
        let document = "{\n  \"a\": [\n    1\n  ]\n}\n";
        let text = format!("one\n{key}two\n{document}{{\"b\": 1}}\nno end");
        assert_eq!(units(&text), ["one\n", key, "two\n", document, "{\"b\": 1}\n", "no end"]);
    }

    #[test]
    fn what_only_looks_like_a_document_goes_line_by_line() {
        let text = "[info] starts {\nand goes on\n-----BEGIN CERTIFICATE-----\nMIIE\n";
        assert_eq!(units(text).concat(), text);
        assert_eq!(units(text).len(), 4);
    }
}
