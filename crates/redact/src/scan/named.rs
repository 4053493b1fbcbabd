//! Values whose key is known: by the user's naming, or as the key of an attribute.

use super::keys::{self, Strength};
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

/// What the key of an attribute says of a secret in its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecretName {
    kind: Option<Kind>,
    /// How strongly it says so, and whether it is a key of some sort, for each stem that it ends with.
    stems: Vec<(Strength, bool)>,
}

impl SecretName {
    /// Reads a key; `None` if its value is no secret, whatever it is.
    pub(crate) fn of(key: &str) -> Option<Self> {
        let key = key.rfind('.').map_or(key, |dot| &key[dot + 1..]);
        if !keys::may_end(key) {
            return None;
        }
        let ends_with = |stem: &str| {
            let end = key.len().checked_sub(stem.len()).and_then(|at| key.as_bytes().get(at..));
            end.is_some_and(|end| end.eq_ignore_ascii_case(stem.as_bytes()))
        };
        let stems = keys::stems().filter(|stem| ends_with(stem)).filter_map(|stem| {
            let pair = keys::find(&format!("{key}=x"), key.len() - stem.len(), key.len())?;
            Some((pair.strength, pair.is_plain_key))
        });
        let name = Self { kind: members::kind(key), stems: stems.collect() };
        (name.kind.is_some() || !name.stems.is_empty()).then_some(name)
    }

    /// Tells whether a value under this name is a secret.
    pub(crate) fn has_secret(&self, value: &str) -> bool {
        let is_secret_of = |kind| {
            let is_json = value.trim_start().starts_with(['[', '{']);
            if is_json { is_object_of_secrets(value) } else { members::is_value(kind, value) }
        };
        // `Bearer …` has a blank in it; the rest of the rules for quoted values hold.
        let last = value.rsplit(' ').next().unwrap_or(value);
        self.kind.is_some_and(is_secret_of)
            || self
                .stems
                .iter()
                .any(|(strength, is_plain_key)| is_secret(last, *strength, keys::Form::Quoted, *is_plain_key))
    }
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
            let name = SecretName::of("credentials").expect("the name of a secret");
            assert_eq!(name.has_secret(value), expected, "{value}");
        }
    }
}
