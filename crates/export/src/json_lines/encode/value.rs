//! Attributes and their values in JSON.

use itoa::Integer;
use opentelemetry::{Array, Key, KeyValue, Value};
use serde::ser::{Error, Serialize, SerializeMap, Serializer};

pub(super) fn attributes<M: SerializeMap>(
    object: &mut M,
    list: &[KeyValue],
    dropped_count: u32,
) -> Result<(), M::Error> {
    if !list.is_empty() {
        object.serialize_entry("attributes", &Each(|| list.iter().map(attribute)))?;
    }
    dropped(object, "droppedAttributesCount", dropped_count)
}

pub(super) fn dropped<M: SerializeMap>(
    object: &mut M,
    name: &'static str,
    count: u32,
) -> Result<(), M::Error> {
    if count == 0 { Ok(()) } else { object.serialize_entry(name, &count) }
}

pub(super) fn attribute(attribute: &KeyValue) -> AttributeJson<'_> {
    AttributeJson(&attribute.key, &attribute.value)
}

pub(super) struct AttributeJson<'a>(pub(super) &'a Key, pub(super) &'a Value);

impl Serialize for AttributeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("key", self.0.as_str())?;
        object.serialize_entry("value", &ValueJson(self.1))?;
        object.end()
    }
}

struct ValueJson<'a>(&'a Value);

impl Serialize for ValueJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(value) => ItemJson::Bool(*value).serialize(serializer),
            Value::I64(value) => ItemJson::I64(*value).serialize(serializer),
            Value::F64(value) => ItemJson::F64(*value).serialize(serializer),
            Value::String(value) => ItemJson::String(value.as_str()).serialize(serializer),
            Value::Array(Array::Bool(items)) => {
                array(serializer, || items.iter().copied().map(ItemJson::Bool))
            }
            Value::Array(Array::I64(items)) => array(serializer, || items.iter().copied().map(ItemJson::I64)),
            Value::Array(Array::F64(items)) => array(serializer, || items.iter().copied().map(ItemJson::F64)),
            Value::Array(Array::String(items)) => {
                array(serializer, || items.iter().map(|item| ItemJson::String(item.as_str())))
            }
            // Both enumerations may grow: what this version does not know is kept as its text.
            unknown => ItemJson::String(&unknown.as_str()).serialize(serializer),
        }
    }
}

enum ItemJson<'a> {
    Bool(bool),
    I64(i64),
    F64(f64),
    String(&'a str),
}

impl Serialize for ItemJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        match self {
            Self::Bool(value) => object.serialize_entry("boolValue", value)?,
            Self::I64(value) => object.serialize_entry("intValue", &IntegerJson(*value))?,
            Self::F64(value) => object.serialize_entry("doubleValue", &DoubleJson(*value))?,
            Self::String(value) => object.serialize_entry("stringValue", value)?,
        }
        object.end()
    }
}

fn array<'a, S, I>(serializer: S, items: impl Fn() -> I) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    I: Iterator<Item = ItemJson<'a>>,
{
    struct ArrayJson<F>(Each<F>);

    impl<F, I> Serialize for ArrayJson<F>
    where
        F: Fn() -> I,
        I: Iterator,
        I::Item: Serialize,
    {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut object = serializer.serialize_map(None)?;
            object.serialize_entry("values", &self.0)?;
            object.end()
        }
    }

    let mut object = serializer.serialize_map(None)?;
    object.serialize_entry("arrayValue", &ArrayJson(Each(items)))?;
    object.end()
}

/// A double; proto3 JSON writes the three that JSON has no number for as strings.
pub(in crate::json_lines) struct DoubleJson(pub(in crate::json_lines) f64);

impl Serialize for DoubleJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if value.is_finite() => serializer.serialize_f64(value),
            value if value.is_nan() => serializer.serialize_str("NaN"),
            value if value > 0.0 => serializer.serialize_str("Infinity"),
            _ => serializer.serialize_str("-Infinity"),
        }
    }
}

/// A 64-bit integer: a string, as JSON's own numbers are doubles for many.
pub(super) struct IntegerJson<T>(pub(super) T);

impl<T: Integer> Serialize for IntegerJson<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(itoa::Buffer::new().format(self.0))
    }
}

/// An id of 8 or 16 bytes in hexadecimal. There is one in every span, twice, so it does not go through `fmt`.
pub(super) struct IdJson<const BYTES: usize>(pub(super) [u8; BYTES]);

impl<const BYTES: usize> Serialize for IdJson<BYTES> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [[0; 2]; BYTES];
        for (pair, byte) in text.iter_mut().zip(self.0) {
            *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        }
        let text = str::from_utf8(text.as_flattened()).map_err(S::Error::custom)?;
        serializer.serialize_str(text)
    }
}

/// A list made while it is written, so that no vector of views is built.
pub(super) struct Each<F>(pub(super) F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator,
    I::Item: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}
