//! Compression of texts and segments.

use std::io;

use zstd::bulk::{Compressor, Decompressor};

/// What the JSON of spans and messages looks like, so that a single small span compresses well too.
///
/// Part of schema 1: what is written with it can only be read with it.
const DICTIONARY: &[u8] = include_bytes!("dictionary_1.txt");

/// zstd's fastest: of a batch's time, compression is the largest part that we choose.
const LEVEL: i32 = 1;

/// The largest text that is read back, in bytes: as much as SQLite allows a value to have. A damaged length must not
/// exhaust the memory.
const MAX_BYTES: usize = 1_000_000_000;

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
        Ok(Self { with_dictionary, plain: Compressor::new(LEVEL)? })
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
        if bytes > MAX_BYTES {
            return Err(io::Error::other(format!("a length of {bytes} bytes")));
        }
        let text = self.0.decompress(data, bytes)?;
        if text.len() == bytes { Ok(text) } else { Err(io::Error::other("a length that is not the text's")) }
    }
}
