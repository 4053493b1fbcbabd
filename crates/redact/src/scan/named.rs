//! Values whose key is known: by the user's naming, or as the key of an attribute.

use super::keys;
use super::members::{self, Kind, Members};
use super::plausible::is_secret;
use super::text::{begins, ends};
use super::values::value_behind;
use crate::action::in_marker;

/// Finds the values of a key that the user named, at `start..end`: all that stand below it in JSON; and how far it read.
pub(crate) fn named_values(text: &str, start: usize, end: usize) -> Option<Members> {
    let bytes = text.as_bytes();
    if !begins(bytes, start) || !ends(bytes, end) {
        return None;
    }
    if let Some(found) = members::member(text, start, end, Kind::Named) {
        return Some(found);
    }
    let (start, end) = value_behind(text, start, end)?.1;
    let is_bracket = matches!(bytes.get(start), Some(b'{' | b'['));
    (start < end && !is_bracket).then(|| Members { values: vec![(start, end)], end: start })
}

/// Returns the last part of an attribute's key, which says what the value is.
fn last_part(key: &str) -> &str {
    key.rfind('.').map_or(key, |dot| &key[dot + 1..])
}

/// Tells whether the key of an attribute may name its value as a secret, whatever that is.
pub(crate) fn may_name_secret(key: &str) -> bool {
    keys::may_end(last_part(key))
}

/// Tells whether the key of an attribute, which [may name secrets](may_name_secret), does, and the value looks like one.
pub(crate) fn is_named_secret(key: &str, value: &str) -> bool {
    let key = last_part(key);
    if let Some(kind) = members::kind(key) {
        let is_json = value.trim_start().starts_with(['[', '{']);
        let is_secret = if is_json { is_object_of_secrets(value) } else { members::is_value(kind, value) };
        if is_secret {
            return true;
        }
    }
    let ends_with = |stem: &str| {
        let end = key.len().checked_sub(stem.len()).and_then(|at| key.as_bytes().get(at..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(stem.as_bytes()))
    };
    keys::stems().filter(|stem| ends_with(stem)).any(|stem| {
        keys::find(&format!("{key}=x"), key.len() - stem.len(), key.len()).is_some_and(|pair| {
            // `Bearer …` has a blank in it; the rest of the rules for quoted values hold.
            is_secret(
                value.rsplit(' ').next().unwrap_or(value),
                pair.strength,
                keys::Form::Quoted,
                pair.is_plain_key,
            )
        })
    })
}

/// Tells whether the value of an attribute that is named as a secret is JSON with a text in it, and no schema of one.
fn is_object_of_secrets(value: &str) -> bool {
    fn has_text(json: &serde_json::Value) -> bool {
        match json {
            serde_json::Value::String(text) => {
                members::is_value(Kind::Secret, text) && !in_marker(text, 0, text.len())
            }
            serde_json::Value::Array(items) => items.iter().any(has_text),
            serde_json::Value::Object(members) => members.values().any(has_text),
            _ => false,
        }
    }
    let is_schema = |json: &serde_json::Value| {
        ["type", "properties", "description", "$ref"].iter().any(|name| json.get(name).is_some())
    };
    serde_json::from_str(value).is_ok_and(|json| has_text(&json) && !is_schema(&json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_under_the_name_of_a_secret_is_secret_unless_it_is_a_schema() {
        for (value, expected) in [
            (r#"{"user": "ann", "word": "kw81xq"}"#, true),
            (r#"["kw81xq"]"#, true),
            (r#"{"type": "string", "description": "a password"}"#, false),
            ("{}", false),
            (r#"{"ttl": 60}"#, false),
            ("[GENERIC_SECRET]", false),
        ] {
            assert_eq!(is_named_secret("credentials", value), expected, "{value}");
        }
    }
}
