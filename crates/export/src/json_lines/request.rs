//! The parts of an `ExportTraceServiceRequest` that a span comes from.
//!
//! Field names as in `opentelemetry/proto/trace/v1/trace.proto`, in lowerCamelCase as OTLP/JSON writes them and in
//! the original snake_case, which proto3 JSON parsers take as well. What is not named here is ignored, as OTLP asks.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::any_value::AttributeJson;
use super::scalar::{Enumeration, Integer, Text, or_default};

/// What one line holds.
#[derive(Debug, Default)]
pub(super) struct RequestJson<'a> {
    pub(super) resource_spans: Vec<ResourceSpansJson<'a>>,
    pub(super) has_metrics: bool,
    pub(super) has_logs: bool,
    pub(super) has_profiles: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for RequestJson<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RequestVisitor)
    }
}

struct RequestVisitor;

impl<'de> Visitor<'de> for RequestVisitor {
    type Value = RequestJson<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with resourceSpans")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut request = RequestJson::default();
        let mut is_known = false;
        let mut is_empty = true;
        while let Some(Text(key)) = map.next_key()? {
            is_empty = false;
            let has_signal = match &*key {
                "resourceSpans" | "resource_spans" => {
                    is_known = true;
                    request.resource_spans.append(&mut map.next_value::<Option<_>>()?.unwrap_or_default());
                    continue;
                }
                "resourceMetrics" | "resource_metrics" => &mut request.has_metrics,
                "resourceLogs" | "resource_logs" => &mut request.has_logs,
                "resourceProfiles" | "resource_profiles" => &mut request.has_profiles,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            map.next_value::<IgnoredAny>()?;
            *has_signal = true;
            is_known = true;
        }
        if is_known || is_empty {
            Ok(request)
        } else {
            // Reading another format's file as no spans at all would be a silent loss.
            Err(A::Error::custom(
                "not an OTLP request: it has no resourceSpans, resourceMetrics or resourceLogs",
            ))
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ResourceSpansJson<'a> {
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) resource: ResourceJson<'a>,
    // `instrumentationLibrarySpans` and `instrumentationLibrary`: their names before OTLP 0.15 (2022).
    #[serde(
        borrow,
        alias = "scope_spans",
        alias = "instrumentationLibrarySpans",
        deserialize_with = "or_default"
    )]
    pub(super) scope_spans: Vec<ScopeSpansJson<'a>>,
    #[serde(borrow, alias = "schema_url", deserialize_with = "or_default")]
    pub(super) schema_url: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResourceJson<'a> {
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) attributes: Vec<AttributeJson<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ScopeSpansJson<'a> {
    #[serde(borrow, alias = "instrumentationLibrary", deserialize_with = "or_default")]
    pub(super) scope: ScopeJson<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) spans: Vec<SpanJson<'a>>,
    #[serde(borrow, alias = "schema_url", deserialize_with = "or_default")]
    pub(super) schema_url: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ScopeJson<'a> {
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) name: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) version: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) attributes: Vec<AttributeJson<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SpanJson<'a> {
    #[serde(borrow, alias = "trace_id", deserialize_with = "or_default")]
    pub(super) trace_id: Text<'a>,
    #[serde(borrow, alias = "span_id", deserialize_with = "or_default")]
    pub(super) span_id: Text<'a>,
    #[serde(borrow, alias = "trace_state", deserialize_with = "or_default")]
    pub(super) trace_state: Text<'a>,
    #[serde(borrow, alias = "parent_span_id", deserialize_with = "or_default")]
    pub(super) parent_span_id: Text<'a>,
    #[serde(deserialize_with = "or_default")]
    pub(super) flags: Integer<u32>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) name: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) kind: Enumeration<'a>,
    #[serde(alias = "start_time_unix_nano", deserialize_with = "or_default")]
    pub(super) start_time_unix_nano: Integer<u64>,
    #[serde(alias = "end_time_unix_nano", deserialize_with = "or_default")]
    pub(super) end_time_unix_nano: Integer<u64>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) attributes: Vec<AttributeJson<'a>>,
    #[serde(alias = "dropped_attributes_count", deserialize_with = "or_default")]
    pub(super) dropped_attributes_count: Integer<u32>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) events: Vec<EventJson<'a>>,
    #[serde(alias = "dropped_events_count", deserialize_with = "or_default")]
    pub(super) dropped_events_count: Integer<u32>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) links: Vec<LinkJson<'a>>,
    #[serde(alias = "dropped_links_count", deserialize_with = "or_default")]
    pub(super) dropped_links_count: Integer<u32>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) status: StatusJson<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct EventJson<'a> {
    #[serde(alias = "time_unix_nano", deserialize_with = "or_default")]
    pub(super) time_unix_nano: Integer<u64>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) name: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) attributes: Vec<AttributeJson<'a>>,
    #[serde(alias = "dropped_attributes_count", deserialize_with = "or_default")]
    pub(super) dropped_attributes_count: Integer<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LinkJson<'a> {
    #[serde(borrow, alias = "trace_id", deserialize_with = "or_default")]
    pub(super) trace_id: Text<'a>,
    #[serde(borrow, alias = "span_id", deserialize_with = "or_default")]
    pub(super) span_id: Text<'a>,
    #[serde(borrow, alias = "trace_state", deserialize_with = "or_default")]
    pub(super) trace_state: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) attributes: Vec<AttributeJson<'a>>,
    #[serde(alias = "dropped_attributes_count", deserialize_with = "or_default")]
    pub(super) dropped_attributes_count: Integer<u32>,
    #[serde(deserialize_with = "or_default")]
    pub(super) flags: Integer<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusJson<'a> {
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) code: Enumeration<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(super) message: Text<'a>,
}
