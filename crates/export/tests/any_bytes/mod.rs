//! What must hold for any bytes whatever that the reader is given. The fuzz target includes this file too.

use std::collections::BTreeMap;
use std::io::Cursor;

use otel_genai_export::{JsonLinesReader, JsonLinesWriter, ReadSpan};

/// No line of the inputs is meant to be longer; a compressed input could be otherwise.
const MAX_LINE_BYTES: usize = 1 << 20;

/// Reads `bytes`, compressed or not, and checks that every span that comes out of them survives being written and read
/// again. Panics otherwise, or if the reader does. Returns how many spans and errors there were.
pub(crate) fn check(bytes: &[u8]) -> (u64, u64) {
    let Ok(reader) = JsonLinesReader::detect(Cursor::new(bytes.to_vec())) else { return (0, 1) };
    let mut reader = reader.with_max_line_bytes(MAX_LINE_BYTES);
    let mut last_line = 0;
    for item in reader.by_ref() {
        match item {
            Ok(read) => assert_survives(&read),
            Err(error) => {
                assert!(error.line() >= last_line, "places never go back: {error}");
                last_line = error.line();
                assert!(!error.to_string().contains(|c: char| c.is_control()), "{error:?}");
            }
        }
    }
    (reader.counts().spans, reader.counts().invalid)
}

fn assert_survives(read: &ReadSpan) {
    let mut writer = JsonLinesWriter::new(Vec::new());
    writer.write(&read.resource, std::slice::from_ref(&read.span)).expect("memory takes all");
    let line = writer.into_inner();
    let again: Vec<ReadSpan> =
        JsonLinesReader::new(line.as_slice()).collect::<Result<_, _>>().expect("what we wrote is valid");
    let [again] = again.as_slice() else { panic!("{} spans instead of one", again.len()) };
    assert_eq!(shown(again), shown(read));
}

/// A text that differs whenever the spans do, but is the same for two that are not a number.
fn shown(read: &ReadSpan) -> String {
    let attributes: BTreeMap<_, _> = read.resource.iter().collect();
    let shown = format!("{:?} {:?} {:?}", attributes, read.resource.schema_url(), read.span);
    // How a string is stored is no difference.
    shown.replace("Static(", "Owned(")
}
