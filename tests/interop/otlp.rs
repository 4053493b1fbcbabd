//! What we send over gRPC, over HTTP and into JSON Lines files is judged by the official Python decoder.
//!
//! Runs with the Python interpreter that `OTEL_GENAI_INTEROP_PYTHON` names, which must have the packages of
//! `requirements.txt`; `.ci/run` sets it. Without the variable it uses a `python3` that happens to have them, else it
//! says that nothing was checked.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

mod awkward_spans;
mod python;

use std::io::{Read, Write};
use std::net::TcpStream;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use otel_genai_export::JsonLinesExporter;
use otel_genai_pipeline::Pipeline;
use serde_json::{Value as Json, json};

use awkward_spans::{ByName, assert_arrived, end_awkward_spans};
use python::{Receiver, find_python, run_check};

#[test]
fn the_official_decoder_accepts_all_we_send_and_reads_the_same_from_each_way() {
    let Some(python) = find_python() else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("traces.jsonl");
    let receiver = Receiver::start(&python);
    let (grpc, http) = (receiver.grpc_port, receiver.http_port);

    let pipeline = Pipeline::builder()
        .export_with(move || {
            let builder = opentelemetry_otlp::SpanExporter::builder().with_tonic();
            builder.with_endpoint(format!("http://127.0.0.1:{grpc}")).build()
        })
        .export_with(move || {
            let builder = opentelemetry_otlp::SpanExporter::builder().with_http();
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            builder
                .with_http_client(client)
                .with_endpoint(format!("http://127.0.0.1:{http}/v1/traces"))
                .build()
        })
        .export(JsonLinesExporter::open(&file).unwrap())
        .build()
        .unwrap();
    let pipeline_handle = pipeline.handle();
    let resource =
        Resource::builder_empty().with_service_name("interop").with_attribute(KeyValue::new("a", 1));
    let provider = SdkTracerProvider::builder()
        .with_sampler(ByName)
        .with_resource(resource.build())
        .with_span_processor(pipeline)
        .build();
    end_awkward_spans(&provider);
    provider.shutdown().unwrap();

    let stats = pipeline_handle.stats();
    assert!(stats.is_balanced(), "{stats:?}");
    assert_eq!((stats.delivered, stats.dropped_for("unsampled")), (4, 2), "{stats}");

    let report = receiver.stop();
    let from_file = run_check(&python, &std::fs::read(&file).unwrap());
    for (way, part) in [("gRPC", &report["grpc"]), ("HTTP", &report["http"]), ("JSON Lines", &from_file)] {
        assert_eq!(part["problems"], json!([]), "{way}");
        assert_eq!(sorted(part), sorted(&from_file), "{way}");
    }
    assert_arrived(&sorted(&from_file));
}

#[test]
fn the_decoder_finds_what_is_wrong() {
    let Some(python) = find_python() else { return };
    let attribute = json!({"key": "k", "value": {"intValue": "1"}});
    let span = json!({
        "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "s", "kind": 1,
        "startTimeUnixNano": "2", "endTimeUnixNano": "3", "attributes": [attribute],
    });
    let named = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "x"}}]});
    let cases = [
        ("", json!({}), named.clone()),
        ("resource without service.name", json!({}), json!({})),
        ("trace id of 15 bytes", json!({"traceId": "0af7651916cd43dd8448eb211c8031"}), named.clone()),
        ("span id of 0 bytes", json!({"spanId": ""}), named.clone()),
        ("span id is all zero", json!({"spanId": "0000000000000000"}), named.clone()),
        ("parent span id of 1 bytes", json!({"parentSpanId": "b7"}), named.clone()),
        ("ends before it starts", json!({"endTimeUnixNano": "1"}), named.clone()),
        ("key 'k' repeated", json!({"attributes": [attribute, attribute]}), named.clone()),
        (
            "key 'k' repeated",
            json!({"events": [{"name": "e", "attributes": [attribute, attribute]}]}),
            named.clone(),
        ),
        ("span id of a link of 0 bytes", json!({"links": [{"traceId": span["traceId"]}]}), named.clone()),
        ("no field named \"sampled\"", json!({"sampled": true}), named),
    ];
    for (problem, change, resource) in cases {
        let mut span = span.clone();
        span.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let scope = json!({"scope": {"name": "scope"}, "spans": [span]});
        let request = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]});
        let problems = run_check(&python, format!("{request}\n").as_bytes())["problems"].clone();
        let found = problems.as_array().unwrap();
        match found.as_slice() {
            [] => assert_eq!(problem, "", "{request}"),
            [first, ..] => assert!(
                !problem.is_empty() && first.to_string().replace("\\\"", "\"").contains(problem),
                "{problem:?} is not in {found:?}"
            ),
        }
    }
}

#[test]
fn the_receiver_finds_unknown_fields() {
    let Some(python) = find_python() else { return };
    let receiver = Receiver::start(&python);
    // Field 15, a text of one byte: the newest protocol has no such field.
    let body = b"\x7a\x01x";
    let mut connection = TcpStream::connect(("127.0.0.1", receiver.http_port)).unwrap();
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(receiver.stop()["http"]["problems"], json!(["request: unknown field 15"]));
}

fn sorted(report: &Json) -> Vec<Json> {
    let mut spans = report["spans"].as_array().unwrap().clone();
    spans.sort_by_key(|span| span["spanId"].to_string());
    spans
}
