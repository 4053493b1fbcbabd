//! The reader takes OTLP/JSON in every spelling that producers write.

use std::io::Write;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{SpanId, SpanKind, Status, TraceFlags, TraceId};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use otel_genai_export::{JsonLinesReader, ReadSpan};

const TRACE: &str = "5b8aa5a2d2c872e8321cf37308d69df2";
const SPAN: &str = "051581bf3cb55c13";

fn read_all(text: impl AsRef<[u8]>) -> Vec<ReadSpan> {
    JsonLinesReader::new(text.as_ref()).collect::<Result<_, _>>().expect("valid")
}

/// Reads a span with ids and the given further fields.
fn read(fields: &str) -> SpanData {
    let line = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{TRACE}","spanId":"{SPAN}"{fields}}}]}}]}}]}}"#
    );
    let mut spans = read_all(&line);
    assert_eq!(spans.len(), 1, "{line}");
    spans.remove(0).span
}

#[test]
fn absent_fields_have_their_defaults() {
    let span = read("");
    assert_eq!(span.span_context.trace_id(), TraceId::from_hex(TRACE).expect("hex"));
    assert_eq!(span.span_context.span_id(), SpanId::from_hex(SPAN).expect("hex"));
    assert_eq!(span.span_context.trace_flags(), TraceFlags::NOT_SAMPLED);
    assert_eq!(span.parent_span_id, SpanId::INVALID);
    assert!(!span.parent_span_is_remote);
    assert_eq!((span.start_time, span.end_time), (UNIX_EPOCH, UNIX_EPOCH));
    assert_eq!(span.span_kind, SpanKind::Internal);
    assert_eq!(span.status, Status::Unset);
    assert_eq!(span.name, "");
}

#[test]
fn integers_may_be_numbers_or_strings() {
    for fields in [
        r#","startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"1700000000000000002","droppedLinksCount":3"#,
        r#","startTimeUnixNano":1700000000000000001,"endTimeUnixNano":1700000000000000002,"droppedLinksCount":"3""#,
        r#","start_time_unix_nano":1700000000000000001,"end_time_unix_nano":1700000000000000002,"dropped_links_count":3.0"#,
    ] {
        let span = read(fields);
        assert_eq!(span.start_time, UNIX_EPOCH + Duration::from_nanos(1_700_000_000_000_000_001), "{fields}");
        assert_eq!(span.end_time, UNIX_EPOCH + Duration::from_nanos(1_700_000_000_000_000_002), "{fields}");
        assert_eq!(span.links.dropped_count, 3, "{fields}");
    }
}

#[test]
fn enumerations_may_be_numbers_or_names() {
    for (fields, kind) in [
        (r#","kind":0"#, SpanKind::Internal),
        (r#","kind":3"#, SpanKind::Client),
        (r#","kind":"SPAN_KIND_CLIENT""#, SpanKind::Client),
        (r#","kind":"SPAN_KIND_UNSPECIFIED""#, SpanKind::Internal),
        (r#","kind":5"#, SpanKind::Consumer),
    ] {
        assert_eq!(read(fields).span_kind, kind, "{fields}");
    }
    for (fields, status) in [
        (r#","status":{}"#, Status::Unset),
        (r#","status":{"code":1,"message":"lost: an Ok has no place for it"}"#, Status::Ok),
        (r#","status":{"code":2,"message":"m"}"#, Status::error("m")),
        (r#","status":{"code":"STATUS_CODE_ERROR"}"#, Status::error("")),
        (r#","status":null"#, Status::Unset),
    ] {
        assert_eq!(read(fields).status, status, "{fields}");
    }
}

#[test]
fn flags_are_kept_as_they_are() {
    for (flags, sampled, remote) in [
        (0, false, false),
        (1, true, false),
        (256, false, false),
        (257, true, false),
        (768, false, true),
        (512, false, false),
    ] {
        let span = read(&format!(r#","parentSpanId":"{SPAN}","flags":{flags}"#));
        assert_eq!(span.span_context.is_sampled(), sampled, "{flags}");
        assert_eq!(span.parent_span_is_remote, remote, "{flags}");
    }
    assert_eq!(read(r#","flags":259"#).span_context.trace_flags().to_u8(), 3);
}

#[test]
fn ids_may_be_in_upper_case_or_base64() {
    let expected = read(&format!(r#","parentSpanId":"{SPAN}""#)).parent_span_id;
    for id in ["051581BF3CB55C13", "BRWBvzy1XBM="] {
        assert_eq!(read(&format!(r#","parent_span_id":"{id}""#)).parent_span_id, expected, "{id}");
    }
    let line = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"W4qlotLIcugyHPNzCNad8g==","spanId":"BRWBvzy1XBM="}]}]}]}"#;
    assert_eq!(read_all(line)[0].span.span_context, read("").span_context);
}

#[test]
fn names_may_be_in_snake_case_or_of_an_older_version() {
    for line in [
        r#"{"resource_spans":[{"schema_url":"r","scope_spans":[{"schema_url":"s","scope":{"name":"n","version":"v"},"spans":[{"trace_id":"T","span_id":"S","trace_state":"a=1","events":[{"time_unix_nano":1,"dropped_attributes_count":2}],"dropped_events_count":1}]}]}]}"#,
        r#"{"resourceSpans":[{"schemaUrl":"r","instrumentationLibrarySpans":[{"schemaUrl":"s","instrumentationLibrary":{"name":"n","version":"v"},"spans":[{"traceId":"T","spanId":"S","traceState":"a=1","events":[{"timeUnixNano":1,"droppedAttributesCount":2}],"droppedEventsCount":1}]}]}]}"#,
    ] {
        let read =
            read_all(line.replace("\"T\"", &format!("{TRACE:?}")).replace("\"S\"", &format!("{SPAN:?}")));
        let ReadSpan { resource, span } = &read[0];
        assert_eq!(resource.schema_url(), Some("r"));
        let scope = &span.instrumentation_scope;
        assert_eq!((scope.name(), scope.version(), scope.schema_url()), ("n", Some("v"), Some("s")));
        assert_eq!(span.span_context.trace_state().get("a"), Some("1"));
        assert_eq!(span.events.dropped_count, 1);
        assert_eq!(span.events.events[0].timestamp, UNIX_EPOCH + Duration::from_nanos(1));
        assert_eq!(span.events.events[0].dropped_attributes_count, 2);
    }
}

#[test]
fn repeated_keys_unknown_fields_and_nulls_are_taken() {
    let span = read(
        r#","attributes":[{"key":"k","value":{"intValue":1}},{"key":"k","value":{"intValue":"2"},"new":[{}]}],
        "events":null,"links":[{"traceId":"","attributes":null}],"somethingNew":{"a":[1,{"b":null}]}"#
            .replace('\n', "")
            .as_str(),
    );
    assert_eq!(span.attributes, [KeyValue::new("k", 1), KeyValue::new("k", 2)]);
    assert!(span.events.events.is_empty());
    assert_eq!(span.links.links[0].span_context.trace_id(), TraceId::INVALID);
}

#[test]
fn line_ends_blank_lines_and_marks_do_not_matter() {
    let line = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{TRACE}","spanId":"{SPAN}"}}]}}]}}]}}"#
    );
    let text = format!("\u{feff}{line}\r\n\r\n  \n{line}\n\u{feff}{line}\n{{}}\n{line}");
    assert_eq!(read_all(&text).len(), 4);
}

#[test]
fn a_pretty_printed_request_is_read() {
    let line = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{TRACE}","spanId":"{SPAN}"}}]}}]}}]}}"#
    );
    let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let pretty = serde_json::to_string_pretty(&value).expect("JSON");
    assert!(pretty.lines().count() > 10);
    assert_eq!(read_all(format!("{pretty}\n{pretty}\n{line}\n")).len(), 3);
}

#[test]
fn other_signals_are_skipped_and_counted() {
    let line = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{TRACE}","spanId":"{SPAN}","traceState":"no member"}}]}}]}}]}}"#
    );
    let text = format!(
        "{{\"resourceMetrics\":[{{\"x\":1}}]}}\n{{\"resourceLogs\":[]}}\n\n{line}\n{{\"resourceProfiles\":[]}}\n"
    );
    let mut reader = JsonLinesReader::new(text.as_bytes());
    assert_eq!(reader.by_ref().filter_map(Result::ok).count(), 1);
    let counts = reader.counts();
    assert_eq!((counts.lines, counts.spans, counts.invalid), (5, 1, 0));
    assert_eq!((counts.metrics_lines, counts.logs_lines, counts.profiles_lines), (1, 1, 1));
    assert_eq!(counts.invalid_trace_states, 1);
}

#[test]
fn compression_is_recognised_whatever_the_name() {
    let line = format!(
        "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"{TRACE}\",\"spanId\":\"{SPAN}\"}}]}}]}}]}}\n"
    );
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(line.as_bytes()).expect("memory takes all");
    let gzip = gzip.finish().expect("memory takes all");
    let zstd = zstd::encode_all(line.as_bytes(), 0).expect("memory takes all");
    let directory = tempfile::tempdir().expect("a directory");
    for bytes in [
        line.as_bytes(),
        &gzip,
        &zstd,
        &[gzip.clone(), gzip.clone()].concat(),
        &[zstd.clone(), zstd.clone()].concat(),
    ] {
        let path = directory.path().join("traces.txt");
        std::fs::write(&path, bytes).expect("writable");
        let from_file =
            JsonLinesReader::open(&path).expect("there").collect::<Result<Vec<_>, _>>().expect("valid");
        let owned = bytes.to_vec();
        let from_stream = JsonLinesReader::detect(std::io::Cursor::new(owned)).expect("readable");
        assert_eq!(from_file, from_stream.collect::<Result<Vec<_>, _>>().expect("valid"));
        assert!(!from_file.is_empty());
    }
}

#[test]
fn values_that_a_span_cannot_hold_become_text() {
    let span = read(
        r#","attributes":[{"key":"map","value":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"9007199254740993"}}]}}}]"#,
    );
    assert_eq!(span.attributes, [KeyValue::new("map", Value::from(r#"{"a":9007199254740993}"#))]);
}
