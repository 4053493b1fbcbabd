//! Compression of texts and segments.

use std::io;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

/// What the JSON of spans and messages looks like, so that a single small span compresses well too.
///
/// Part of schema 1: what is written with it can only be read with it.
const DICTIONARY: &[u8] = include_bytes!("dictionary_1.txt");

/// zstd's fastest: of a batch's time, compression is the largest part that we choose.
const LEVEL: i32 = 1;

/// Texts of a few KiB repeat little that is shorter; looking for less takes a quarter more time and saves a twentieth
/// (2 and 8 KiB of English and of JSON, 2026-11).
const MIN_MATCH_BYTES: u32 = 7;

/// The largest text that is read back, in bytes: as much as SQLite allows a value to have.
pub(super) const MAX_BYTES: usize = 1_000_000_000;

/// What zstd makes of a byte at most: a block of 128 KiB takes 4 bytes at least (RFC 8878, 3.1.1.2).
const MAX_FACTOR: usize = (128 << 10) / 4;

/// Shorter texts are compressed with the dictionary. In longer ones it saves little, and searching it costs half as much
/// time again.
const SHORT_TEXT_BYTES: usize = 512;

/// The same of spans, of which the dictionary knows most. Above this, zstd would copy its tables for each call.
const SHORT_SEGMENT_BYTES: usize = 8192;

/// Compresses; keeps its tables from call to call.
pub(super) struct Encoder {
    with_dictionary: Compressor<'static>,
    plain: Compressor<'static>,
}

impl Encoder {
    pub(super) fn new() -> io::Result<Self> {
        let with_dictionary = Compressor::with_dictionary(LEVEL, DICTIONARY)?;
        let mut plain = Compressor::new(LEVEL)?;
        plain.set_parameter(CParameter::MinMatch(MIN_MATCH_BYTES))?;
        Ok(Self { with_dictionary, plain })
    }

    pub(super) fn text(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.encode(bytes, SHORT_TEXT_BYTES)
    }

    pub(super) fn segment(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.encode(bytes, SHORT_SEGMENT_BYTES)
    }

    fn encode(&mut self, bytes: &[u8], dictionary_below: usize) -> io::Result<Vec<u8>> {
        let encoder =
            if bytes.len() < dictionary_below { &mut self.with_dictionary } else { &mut self.plain };
        encoder.compress(bytes)
    }
}

/// Decompresses both, since what was compressed without the dictionary does not refer to it; keeps its tables from call to call.
pub(super) struct Decoder(Decompressor<'static>);

impl Decoder {
    pub(super) fn new() -> io::Result<Self> {
        Decompressor::with_dictionary(DICTIONARY).map(Self)
    }

    /// Returns the text, which must have the length that its row says.
    pub(super) fn decode(&mut self, data: &[u8], bytes: usize) -> io::Result<Vec<u8>> {
        // A damaged length must not exhaust the memory.
        if bytes > MAX_BYTES.min(data.len().saturating_mul(MAX_FACTOR)) {
            return Err(io::Error::other(format!("a length of {bytes} bytes")));
        }
        let text = self.0.decompress(data, bytes)?;
        if text.len() == bytes { Ok(text) } else { Err(io::Error::other("a length that is not the text's")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(text in prop::collection::vec("[a-z ]{0,40}", 0..400), is_segment: bool) {
            let text = text.concat().into_bytes();
            let mut encoder = Encoder::new().expect("a dictionary");
            let data = if is_segment { encoder.segment(&text) } else { encoder.text(&text) }.expect("compresses");
            let mut decoder = Decoder::new().expect("a dictionary");
            prop_assert_eq!(decoder.decode(&data, text.len()).expect("decompresses"), text);
        }
    }

    #[test]
    fn what_repeats_most_is_not_taken_for_damage() {
        let text = vec![b' '; 10 << 20];
        let data = Encoder::new().and_then(|mut encoder| encoder.text(&text)).expect("compresses");
        assert_eq!(
            Decoder::new().expect("a dictionary").decode(&data, text.len()).expect("decompresses"),
            text
        );
    }

    #[test]
    fn a_damaged_length_is_refused_before_memory_is_taken() {
        let mut decoder = Decoder::new().expect("a dictionary");
        let data = Encoder::new().and_then(|mut encoder| encoder.text(b"a text")).expect("compresses");
        for bytes in [0, 5, 7, 900_000_000, usize::MAX] {
            let error = decoder.decode(&data, bytes).expect_err("no such length");
            assert!(!error.to_string().is_empty());
        }
    }
}
