//! Values whose key is known: by the user's naming, or as the key of an attribute.

use super::keys;
use super::members::{self, Kind, Members};
use super::plausible::is_secret;
use super::text::{begins, ends};
use super::values::value_behind;

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

/// Tells whether the key of an attribute names its value as a secret, and the value looks like one.
pub(crate) fn is_named_secret(key: &str, value: &str) -> bool {
    // JSON is told by its first byte, which costs less than what a name says.
    if !value.trim_start().starts_with(['[', '{'])
        && let Some(kind) = members::kind(key)
        && members::is_value(kind, value)
    {
        return true;
    }
    let ends_with = |stem: &str| {
        let end = key.len().checked_sub(stem.len()).and_then(|at| key.as_bytes().get(at..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(stem.as_bytes()))
    };
    keys::STEMS.iter().filter(|stem| ends_with(stem)).any(|stem| {
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
