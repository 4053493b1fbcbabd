//! Attributes and their values in JSON.

use std::io;

use opentelemetry::{Array, Key, KeyValue, Value};
use serde::ser::{Serialize, Serializer};

use super::object::{self, Object, list};

/// Writes the attributes of a span, or of what a span has, unless there are none, and how many were dropped.
pub(super) fn attributes(
    object: &mut Object<'_>,
    attributes: &[KeyValue],
    dropped_count: u32,
) -> io::Result<()> {
    if !attributes.is_empty() {
        list(object.name("attributes"), attributes.iter().map(pair), attribute)?;
    }
    dropped(object, "droppedAttributesCount", dropped_count);
    Ok(())
}

pub(super) fn dropped(object: &mut Object<'_>, name: &'static str, count: u32) {
    if count > 0 {
        object.number(name, count);
    }
}

pub(super) fn pair(attribute: &KeyValue) -> (&Key, &Value) {
    (&attribute.key, &attribute.value)
}

pub(super) fn attribute(out: &mut Vec<u8>, (key, value): (&Key, &Value)) -> io::Result<()> {
    let mut object = Object::begin(out);
    object.string("key", key.as_str())?;
    any_value(object.name("value"), value)?;
    object.end();
    Ok(())
}

fn any_value(out: &mut Vec<u8>, value: &Value) -> io::Result<()> {
    match value {
        Value::Bool(value) => boolean(out, value),
        Value::I64(value) => integer(out, value),
        Value::F64(value) => double(out, value),
        Value::String(value) => text(out, value.as_str()),
        Value::Array(Array::Bool(items)) => array(out, items, boolean),
        Value::Array(Array::I64(items)) => array(out, items, integer),
        Value::Array(Array::F64(items)) => array(out, items, double),
        Value::Array(Array::String(items)) => array(out, items, |out, item| text(out, item.as_str())),
        // Both enumerations may grow: what this version does not know is kept as its text.
        unknown => text(out, &unknown.as_str()),
    }
}

fn boolean(out: &mut Vec<u8>, value: &bool) -> io::Result<()> {
    let mut object = Object::begin(out);
    object.name("boolValue").extend_from_slice(if *value { b"true" } else { b"false" });
    object.end();
    Ok(())
}

fn integer(out: &mut Vec<u8>, value: &i64) -> io::Result<()> {
    let mut object = Object::begin(out);
    object.long("intValue", *value);
    object.end();
    Ok(())
}

fn double(out: &mut Vec<u8>, value: &f64) -> io::Result<()> {
    let mut object = Object::begin(out);
    object::value(object.name("doubleValue"), &DoubleJson(*value))?;
    object.end();
    Ok(())
}

fn text(out: &mut Vec<u8>, text: &str) -> io::Result<()> {
    let mut object = Object::begin(out);
    object.string("stringValue", text)?;
    object.end();
    Ok(())
}

fn array<T>(
    out: &mut Vec<u8>,
    items: &[T],
    write: impl Fn(&mut Vec<u8>, &T) -> io::Result<()>,
) -> io::Result<()> {
    let mut value = Object::begin(out);
    let mut array = Object::begin(value.name("arrayValue"));
    list(array.name("values"), items, write)?;
    array.end();
    value.end();
    Ok(())
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
