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

/// Compresses; keeps its tables from call to call.
pub(super) struct Encoder(Compressor<'static>);

impl Encoder {
    pub(super) fn new() -> io::Result<Self> {
        Compressor::with_dictionary(LEVEL, DICTIONARY).map(Self)
    }

    pub(super) fn encode(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.0.compress(bytes)
    }
}

/// Decompresses; keeps its tables from call to call.
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
