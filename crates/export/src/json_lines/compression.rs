//! How a file of lines is compressed.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

/// How the lines of a file are compressed.
///
/// A compressed file is a sequence of complete frames, one per export, so what has been written can be read at any
/// moment, also after a crash, by `gunzip`, `zstd` or [`JsonLinesReader`](super::JsonLinesReader).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// As gzip members ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)).
    Gzip,
    /// As Zstandard frames ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878)) at level 3, with checksums.
    Zstd,
}

/// The level at which zstd is run: its own default.
const ZSTD_LEVEL: i32 = 3;

impl Compression {
    /// Returns what the extension of `path` asks for: `.gz`, `.zst`, `.zstd`, else nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use otel_genai_export::Compression;
    ///
    /// assert_eq!(Compression::from_extension("traces.jsonl.gz".as_ref()), Compression::Gzip);
    /// assert_eq!(Compression::from_extension("traces.jsonl".as_ref()), Compression::None);
    /// ```
    pub fn from_extension(path: &Path) -> Self {
        match path.extension().and_then(OsStr::to_str) {
            Some("gz") => Self::Gzip,
            Some("zst" | "zstd") => Self::Zstd,
            _ => Self::None,
        }
    }

    /// Recognises the first bytes of a file.
    pub(super) fn from_magic(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or a skippable one, which some tools put first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "not compressed",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Returns `lines` as one complete frame, or `None` if there is nothing to do.
    pub(super) fn frame(self, lines: &[u8]) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::None => Ok(None),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(lines)?;
                encoder.finish().map(Some)
            }
            Self::Zstd => {
                let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
                compressor.include_checksum(true)?;
                compressor.compress(lines).map(Some)
            }
        }
    }
}

/// Opens a stream of lines, recognising its compression by the first bytes and not by any name.
pub(super) fn decompressed(mut input: Box<dyn Read + Send>) -> io::Result<Box<dyn BufRead + Send>> {
    let mut start = Vec::with_capacity(4);
    input.by_ref().take(4).read_to_end(&mut start)?;
    let compression = Compression::from_magic(&start);
    let whole = BufReader::with_capacity(64 * 1024, Cursor::new(start).chain(input));
    Ok(match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(BufReader::with_capacity(64 * 1024, MultiGzDecoder::new(whole))),
        Compression::Zstd => {
            Box::new(BufReader::with_capacity(128 * 1024, zstd::stream::read::Decoder::with_buffer(whole)?))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_can_be_concatenated() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let mut file = Vec::new();
            for lines in ["one\n", "two\nthree\n"] {
                let frame = compression.frame(lines.as_bytes()).expect("fits in memory").expect("compressed");
                assert_eq!(Compression::from_magic(&frame), compression);
                file.extend_from_slice(&frame);
            }
            let mut text = String::new();
            decompressed(Box::new(Cursor::new(file)))
                .expect("known")
                .read_to_string(&mut text)
                .expect("whole");
            assert_eq!(text, "one\ntwo\nthree\n");
        }
    }

    #[test]
    fn short_and_plain_input_is_passed_through() {
        for text in ["", "{", "{}\n", "plain text"] {
            let mut read = String::new();
            decompressed(Box::new(Cursor::new(text)))
                .expect("plain")
                .read_to_string(&mut read)
                .expect("plain");
            assert_eq!(read, text);
        }
    }
}
