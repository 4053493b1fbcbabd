//! Objects, lists and strings of JSON, appended to bytes.

use std::io;

use itoa::Integer;
use opentelemetry::trace::{SpanId, TraceId};
use serde::Serialize;

/// So many bytes of a string are looked at in one go.
const BLOCK: usize = 32;

/// The same of what is left: most names of attributes are shorter than a block.
const PART: usize = 8;

/// An object that is written member by member.
///
/// Spans go to JSON once each and on the way to every file, so that this is by hand and not through `serde`: most of what
/// is written are names that need no look, and strings are looked at many bytes at a time.
pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> Object<'a> {
    pub(super) fn begin(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true }
    }

    /// Writes a name, which must need no escape, and returns where its value is to be appended.
    pub(super) fn name(&mut self, name: &'static str) -> &mut Vec<u8> {
        debug_assert!(!needs_escape(name.as_bytes()), "{name}");
        self.out.extend_from_slice(if self.is_empty { b"\"" } else { b",\"" });
        self.is_empty = false;
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    pub(super) fn string(&mut self, name: &'static str, text: &str) -> io::Result<()> {
        string(self.name(name), text)
    }

    pub(super) fn number(&mut self, name: &'static str, number: impl Integer) {
        self.name(name).extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    /// Writes a 64-bit integer: a string, as JSON's own numbers are doubles for many.
    pub(super) fn long(&mut self, name: &'static str, number: impl Integer) {
        quoted(self.name(name), itoa::Buffer::new().format(number).as_bytes());
    }

    pub(super) fn trace_id(&mut self, name: &'static str, id: TraceId) {
        quoted(self.name(name), hexadecimal(id.to_bytes()).as_flattened());
    }

    pub(super) fn span_id(&mut self, name: &'static str, id: SpanId) {
        quoted(self.name(name), hexadecimal(id.to_bytes()).as_flattened());
    }

    pub(super) fn end(self) {
        self.out.push(b'}');
    }
}

/// Appends a list, each item by `write`.
pub(super) fn list<I: IntoIterator>(
    out: &mut Vec<u8>,
    items: I,
    mut write: impl FnMut(&mut Vec<u8>, I::Item) -> io::Result<()>,
) -> io::Result<()> {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item)?;
    }
    out.push(b']');
    Ok(())
}

/// Appends what `serde` makes of a value.
pub(super) fn value(out: &mut Vec<u8>, value: &impl Serialize) -> io::Result<()> {
    Ok(serde_json::to_writer(out, value)?)
}

/// Appends a string.
pub(super) fn string(out: &mut Vec<u8>, text: &str) -> io::Result<()> {
    if needs_escape(text.as_bytes()) {
        return value(out, &text);
    }
    quoted(out, text.as_bytes());
    Ok(())
}

fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// Tells whether there is a byte that JSON does not have in strings (RFC 8259, 7).
fn needs_escape(text: &[u8]) -> bool {
    let is_escaped = |byte: &u8| (*byte < b' ') | (*byte == b'"') | (*byte == b'\\');
    // All bytes of a block are looked at, so that the processor looks at many at once.
    let is_in = |block: &[u8]| block.iter().fold(false, |any, byte| any | is_escaped(byte));
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let (parts, rest) = rest.as_chunks::<PART>();
    blocks.iter().any(|block| is_in(block)) || parts.iter().any(|part| is_in(part)) || is_in(rest)
}

/// There is one in every span, twice, so it does not go through `fmt`.
fn hexadecimal<const BYTES: usize>(id: [u8; BYTES]) -> [[u8; 2]; BYTES] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    id.map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_are_what_serde_makes_of_them(text in "(?s).{0,80}", place in 0_usize..80, byte in 0_u8..128) {
            let mut with_byte = text.clone();
            let at = (0..=place.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            with_byte.insert(at, char::from(byte));
            for text in [text, with_byte] {
                let mut out = Vec::new();
                string(&mut out, &text).expect("a vector takes all");
                prop_assert_eq!(out, serde_json::to_vec(&text).expect("a string"));
            }
        }
    }

    #[test]
    fn ids_are_in_hexadecimal() {
        assert_eq!(hexadecimal([0x00, 0x9f, 0xa0]).as_flattened(), b"009fa0");
    }
}
