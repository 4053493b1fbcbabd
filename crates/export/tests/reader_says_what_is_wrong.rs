//! A line that cannot be read gives an error with its place and reason, and the reader goes on.

use otel_genai_export::{JsonLinesReader, ReadErrorKind};

const GOOD: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8aa5a2d2c872e8321cf37308d69df2","spanId":"051581bf3cb55c13"}]}]}]}"#;

/// The span's fields, what kind of error that is, and a part of what is said.
const BAD_SPANS: [(&str, ReadErrorKind, &str); 12] = [
    (r#""spanId":"051581bf3cb55c13""#, ReadErrorKind::Span, "span 1 of the line: traceId is missing"),
    (r#""traceId":"5b8aa5a2d2c872e8321cf37308d69df2""#, ReadErrorKind::Span, "spanId is missing"),
    (
        r#""traceId":"5b8a","spanId":"051581bf3cb55c13""#,
        ReadErrorKind::Span,
        r#"traceId "5b8a" is not 16 bytes"#,
    ),
    (
        r#""traceId":"5b8aa5a2d2c872e8321cf37308d69df2","spanId":"\u001b[31m""#,
        ReadErrorKind::Span,
        r#"spanId "\u{1b}[31m" is not 8 bytes"#,
    ),
    (
        r#""traceId":"00000000000000000000000000000000","spanId":"051581bf3cb55c13""#,
        ReadErrorKind::Span,
        "traceId is all zeros",
    ),
    (
        r#""traceId":"5b8aa5a2d2c872e8321cf37308d69df2","spanId":"051581bf3cb55c13","parentSpanId":"1""#,
        ReadErrorKind::Span,
        "parentSpanId",
    ),
    (
        r#""traceId":"5b8aa5a2d2c872e8321cf37308d69df2","spanId":"051581bf3cb55c13","kind":17"#,
        ReadErrorKind::Span,
        "17 is no span kind",
    ),
    (
        r#""traceId":"5b8aa5a2d2c872e8321cf37308d69df2","spanId":"051581bf3cb55c13","status":{"code":"BAD"}"#,
        ReadErrorKind::Span,
        r#""BAD" is no status code"#,
    ),
    (
        r#""traceId":"5b8aa5a2d2c872e8321cf37308d69df2","spanId":"051581bf3cb55c13","links":[{"traceId":"12"}]"#,
        ReadErrorKind::Span,
        "traceId of a link",
    ),
    (r#""name":5"#, ReadErrorKind::Data, "invalid type: integer `5`, expected a string"),
    (r#""startTimeUnixNano":"soon""#, ReadErrorKind::Data, "soon"),
    (r#""flags":4294967296"#, ReadErrorKind::Data, "4294967296 is out of range"),
];

#[test]
fn every_bad_span_is_named_and_the_rest_is_read() {
    for (fields, kind, reason) in BAD_SPANS {
        let bad = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{fields}}}]}}]}}]}}"#);
        let text = format!("{GOOD}\n{bad}\n{GOOD}\n");
        let mut reader = JsonLinesReader::new(text.as_bytes()).with_name("a.jsonl");
        assert!(reader.next().is_some_and(|item| item.is_ok()));
        let error = reader.next().expect("an error").expect_err("it is bad");
        assert_eq!((error.line(), error.kind()), (2, kind), "{error}");
        assert!(error.to_string().starts_with("a.jsonl:2:"), "{error}");
        assert!(error.reason().contains(reason), "{error}");
        assert!(error.is_recoverable());
        assert!(reader.next().is_some_and(|item| item.is_ok()));
        assert!(reader.next().is_none());
        assert_eq!((reader.counts().spans, reader.counts().invalid), (2, 1));
    }
}

#[test]
fn a_bad_span_does_not_take_its_neighbours_with_it() {
    let line = GOOD.replace("[{\"traceId\"", "[{},{\"traceId\"");
    let items: Vec<_> = JsonLinesReader::new(line.as_bytes()).collect();
    assert!(matches!(items.as_slice(), [Err(_), Ok(_)]), "{items:?}");
}

#[test]
fn what_is_not_json_has_line_and_column() {
    let cases = [
        ("not json", ReadErrorKind::Syntax, 1, Some(2)),
        (&GOOD[..30], ReadErrorKind::Syntax, 1, Some(30)),
        ("[1,2]", ReadErrorKind::Data, 1, Some(0)),
        ("{\"spans\":[]}", ReadErrorKind::Data, 1, Some(12)),
        ("{\n  \"resourceSpans\": [\n    5\n  ]\n}", ReadErrorKind::Data, 3, Some(5)),
        ("{\n  \"resourceSpans\": [\n", ReadErrorKind::Syntax, 1, None),
        ("\n\u{0}", ReadErrorKind::Syntax, 2, Some(1)),
    ];
    for (text, kind, line, column) in cases {
        let error = JsonLinesReader::new(text.as_bytes()).next().expect("an error").expect_err(text);
        assert_eq!((error.kind(), error.line()), (kind, line), "{text:?}: {error}");
        assert_eq!(error.column(), column.filter(|column| *column > 0), "{text:?}: {error}");
    }
}

#[test]
fn a_line_beyond_the_limit_is_skipped() {
    let long = format!("{{\"x\":\"{}\"}}", "a".repeat(1000));
    let text = format!("{GOOD}\n{long}\n{GOOD}");
    let items: Vec<_> = JsonLinesReader::new(text.as_bytes()).with_max_line_bytes(500).collect();
    let [Ok(_), Err(error), Ok(_)] = items.as_slice() else { panic!("{items:?}") };
    assert_eq!((error.kind(), error.line()), (ReadErrorKind::TooLong, 2));
}

#[test]
fn nesting_is_bounded() {
    let value = r#"{"arrayValue":{"values":["#.repeat(10_000) + &"]}}".repeat(10_000);
    let deep = GOOD.replace("{\"traceId\"", &format!("{{\"attributes\":[{{\"value\":{value}}}],\"traceId\""));
    let ignored = format!("{{\"resourceSpans\":[],\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = format!("{deep}\n{ignored}\n{GOOD}");
    let items: Vec<_> = JsonLinesReader::new(deep.as_bytes()).collect();
    let [Err(error), Ok(_)] = items.as_slice() else { panic!("{} items", items.len()) };
    assert!(error.reason().contains("recursion limit"), "{error}");
}

#[test]
fn a_quoted_reason_is_cut_and_a_name_escaped() {
    let line = format!("{{\"resourceSpans\":\"{}\"}}", "secret ".repeat(10_000));
    let mut reader = JsonLinesReader::new(line.as_bytes()).with_name("evil\u{1b}]0;name");
    let error = reader.next().expect("an error").expect_err("a string is no list");
    assert!(error.to_string().len() < 1000, "{}", error.to_string().len());
    assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
}

#[test]
fn damaged_compression_ends_the_reading_after_what_was_whole() {
    let frame = zstd::encode_all(format!("{GOOD}\n").as_bytes(), 0).expect("memory takes all");
    let mut bytes = frame.clone();
    bytes.extend_from_slice(&frame[..frame.len() / 2]);
    let mut reader = JsonLinesReader::detect(std::io::Cursor::new(bytes)).expect("its beginning is whole");
    assert!(reader.next().is_some_and(|item| item.is_ok()));
    let error = reader.next().expect("an error").expect_err("it breaks off");
    assert_eq!(error.kind(), ReadErrorKind::Io);
    assert!(!error.is_recoverable());
    assert!(reader.next().is_none());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = JsonLinesReader::open("no/such/file.jsonl").expect_err("it is not there").to_string();
    assert!(error.starts_with("cannot open \"no/such/file.jsonl\": "), "{error}");
}
