//! Attribute values as OTLP has them, and what becomes of those that a span cannot hold.

use std::borrow::Cow;
use std::fmt;

use opentelemetry::{Array, KeyValue, StringValue, Value};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::scalar::{Double, Integer, Text, or_default};

/// A value of any of OTLP's kinds.
#[derive(Clone, Debug, Default)]
pub(super) enum AnyValue<'a> {
    /// No value at all, which OTLP allows.
    #[default]
    Empty,
    String(Cow<'a, str>),
    Bool(bool),
    Int(i64),
    Double(f64),
    Array(Vec<Self>),
    Map(Vec<AttributeJson<'a>>),
    /// Bytes, in base64 as they stand in the file.
    Bytes(Cow<'a, str>),
}

/// A key and its value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AttributeJson<'a> {
    #[serde(borrow, deserialize_with = "or_default")]
    key: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    value: AnyValue<'a>,
}

impl AttributeJson<'_> {
    pub(super) fn into_attribute(self) -> KeyValue {
        KeyValue::new(self.key.0.into_owned(), self.value.into_value())
    }
}

impl AnyValue<'_> {
    /// Converts to what the SDK can hold.
    ///
    /// Maps and mixed or nested arrays become JSON text, bytes their base64 text, no value the empty string: as the
    /// OpenTelemetry specification represents them outside OTLP (common/README.md, "AnyValue representation for
    /// non-OTLP protocols", read 2026-11). An empty array becomes an empty array of strings.
    fn into_value(self) -> Value {
        match self {
            Self::Empty => Value::from(""),
            Self::String(text) | Self::Bytes(text) => Value::from(text.into_owned()),
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::I64(value),
            Self::Double(value) => Value::F64(value),
            Self::Array(items) => homogeneous(&items)
                .map_or_else(|| Value::from(Self::Array(items).into_json_text()), Value::Array),
            Self::Map(_) => Value::from(self.into_json_text()),
        }
    }

    fn into_json_text(self) -> String {
        // Fails only where a map's key is not a string or a writer fails; neither is so here.
        serde_json::to_string(&self).unwrap_or_default()
    }
}

/// Returns the items as an array of one kind, or `None` if they are of several or of a kind without arrays.
fn homogeneous(items: &[AnyValue<'_>]) -> Option<Array> {
    fn collect<T>(
        items: &[AnyValue<'_>],
        convert: impl Fn(&AnyValue<'_>) -> Option<T>,
        into_array: impl Fn(Vec<T>) -> Array,
    ) -> Option<Array> {
        items.iter().map(convert).collect::<Option<Vec<T>>>().map(into_array)
    }

    match items.first() {
        None => Some(Array::String(Vec::new())),
        Some(AnyValue::String(_)) => collect(
            items,
            |item| match item {
                AnyValue::String(text) => Some(StringValue::from(text.clone().into_owned())),
                _ => None,
            },
            Array::String,
        ),
        Some(AnyValue::Bool(_)) => collect(
            items,
            |item| if let AnyValue::Bool(value) = item { Some(*value) } else { None },
            Array::Bool,
        ),
        Some(AnyValue::Int(_)) => collect(
            items,
            |item| if let AnyValue::Int(value) = item { Some(*value) } else { None },
            Array::I64,
        ),
        Some(AnyValue::Double(_)) => collect(
            items,
            |item| if let AnyValue::Double(value) = item { Some(*value) } else { None },
            Array::F64,
        ),
        Some(_) => None,
    }
}

impl Serialize for AnyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_unit(),
            Self::String(text) | Self::Bytes(text) => serializer.serialize_str(text),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Double(value) => super::encode::DoubleJson(*value).serialize(serializer),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Map(entries) => {
                let mut object = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    object.serialize_entry(&entry.key.0, &entry.value)?;
                }
                object.end()
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for AnyValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AnyValueVisitor)
    }
}

struct AnyValueVisitor;

impl<'de> Visitor<'de> for AnyValueVisitor {
    type Value = AnyValue<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with one of stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        #[derive(Deserialize)]
        struct List<T> {
            #[serde(
                default = "Vec::new",
                deserialize_with = "or_default",
                bound = "T: serde::de::Deserialize<'de>"
            )]
            values: Vec<T>,
        }

        let mut found = None;
        while let Some(Text(kind)) = map.next_key()? {
            // `null` stands for a member that is not set.
            let value = match &*kind {
                "stringValue" | "string_value" => {
                    map.next_value::<Option<Text<'de>>>()?.map(|Text(text)| AnyValue::String(text))
                }
                "boolValue" | "bool_value" => map.next_value::<Option<bool>>()?.map(AnyValue::Bool),
                "intValue" | "int_value" => {
                    map.next_value::<Option<Integer<i64>>>()?.map(|Integer(value)| AnyValue::Int(value))
                }
                "doubleValue" | "double_value" => {
                    map.next_value::<Option<Double>>()?.map(|Double(value)| AnyValue::Double(value))
                }
                "arrayValue" | "array_value" => {
                    map.next_value::<Option<List<AnyValue<'de>>>>()?.map(|list| AnyValue::Array(list.values))
                }
                "kvlistValue" | "kvlist_value" => map
                    .next_value::<Option<List<AttributeJson<'de>>>>()?
                    .map(|list| AnyValue::Map(list.values)),
                "bytesValue" | "bytes_value" => {
                    map.next_value::<Option<Text<'de>>>()?.map(|Text(text)| AnyValue::Bytes(text))
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    None
                }
            };
            if value.is_some() {
                if found.is_some() {
                    return Err(A::Error::custom("an attribute value of two kinds at once"));
                }
                found = value;
            }
        }
        Ok(found.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Value, serde_json::Error> {
        serde_json::from_str::<AnyValue<'_>>(json).map(AnyValue::into_value)
    }

    #[test]
    fn what_a_span_can_hold_is_kept_and_the_rest_becomes_text() {
        let strings = |items: &[&'static str]| {
            Value::Array(Array::String(items.iter().copied().map(StringValue::from).collect()))
        };
        let cases = [
            (r#"{"stringValue":"a\u0000b"}"#, Value::from("a\0b")),
            (r#"{"boolValue":false}"#, Value::Bool(false)),
            (r#"{"intValue":"-7"}"#, Value::I64(-7)),
            (r#"{"int_value":7}"#, Value::I64(7)),
            (r#"{"doubleValue":2}"#, Value::F64(2.0)),
            (r#"{"arrayValue":{"values":[{"stringValue":"a"},{"stringValue":"b"}]}}"#, strings(&["a", "b"])),
            (
                r#"{"arrayValue":{"values":[{"intValue":1},{"intValue":"2"}]}}"#,
                Value::Array(vec![1, 2].into()),
            ),
            (r#"{"arrayValue":{"values":[]}}"#, strings(&[])),
            (r#"{"arrayValue":{}}"#, strings(&[])),
            (r#"{"arrayValue":{"values":[{"intValue":1},{"doubleValue":2.5}]}}"#, Value::from("[1,2.5]")),
            (r#"{"arrayValue":{"values":[{"stringValue":"a"},{}]}}"#, Value::from(r#"["a",null]"#)),
            (r#"{"arrayValue":{"values":[{"arrayValue":{}}]}}"#, Value::from("[[]]")),
            (
                r#"{"kvlistValue":{"values":[{"key":"k","value":{"doubleValue":"NaN"}},{"key":"l","value":{"bytesValue":"AQI="}}]}}"#,
                Value::from(r#"{"k":"NaN","l":"AQI="}"#),
            ),
            (r#"{"kvlistValue":{}}"#, Value::from("{}")),
            (r#"{"bytesValue":"AQI="}"#, Value::from("AQI=")),
            (r#"{}"#, Value::from("")),
            (r#"{"stringValue":null,"intValue":5,"somethingNew":{"a":[1]}}"#, Value::I64(5)),
        ];
        for (json, expected) in cases {
            assert_eq!(read(json).expect(json), expected, "{json}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for json in [
            r#"{"stringValue":1}"#,
            r#"{"intValue":"many"}"#,
            r#"{"intValue":18446744073709551615}"#,
            r#"{"boolValue":"true"}"#,
            r#"{"stringValue":"a","intValue":1}"#,
            r#""bare""#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
