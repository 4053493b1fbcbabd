//! What we write means the same as what the SDK's own OTLP transform makes of the same spans, judged by the official
//! types; and what they write we read.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use otel_genai_export::{JsonLinesReader, JsonLinesWriter};
use proptest::prelude::*;

use generated::Doubles;

mod generated;

const FINITE: Doubles = Doubles { finite_only: true };

proptest! {
    // Finite doubles only: the official type of this version cannot read the strings that proto3 JSON has for the
    // others.
    #[test]
    fn official_types_read_what_we_write(
        resource in generated::any_resource(FINITE),
        spans in generated::any_spans(FINITE),
    ) {
        let mut writer = JsonLinesWriter::new(Vec::new());
        writer.write(&resource, &spans).expect("memory takes all");
        let ours: ExportTraceServiceRequest =
            serde_json::from_slice(&writer.into_inner()).expect("the official types take it");
        prop_assert_eq!(sorted(ours), sorted(official(&resource, &spans)));
    }

    #[test]
    fn we_read_what_official_types_write(
        resource in generated::any_resource(FINITE),
        spans in generated::any_spans(FINITE),
    ) {
        let text = serde_json::to_vec(&official(&resource, &spans)).expect("serializable");
        let mut read_spans = Vec::new();
        for read in JsonLinesReader::new(text.as_slice()) {
            let read = read.expect("official output is valid");
            prop_assert_eq!(&*read.resource, &resource);
            read_spans.push(read.span);
        }
        prop_assert_eq!(sorted(official(&resource, &read_spans)), sorted(official(&resource, &spans)));
    }
}

fn official(resource: &Resource, spans: &[SpanData]) -> ExportTraceServiceRequest {
    let resource = ResourceAttributesWithSchema::from(resource);
    ExportTraceServiceRequest { resource_spans: group_spans_by_resource_and_scope(spans.to_vec(), &resource) }
}

/// A resource's attributes come out of a hash map.
fn sorted(mut request: ExportTraceServiceRequest) -> ExportTraceServiceRequest {
    for resource in request.resource_spans.iter_mut().filter_map(|spans| spans.resource.as_mut()) {
        resource.attributes.sort_by(|a, b| a.key.cmp(&b.key));
    }
    request
}
