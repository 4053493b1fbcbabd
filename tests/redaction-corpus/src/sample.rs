//! What the generator prints: texts and the places in them that must not leave.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

/// One value that must not leave, as byte offsets into the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Label {
    /// Where the value begins.
    pub start: usize,
    /// Where the value ends; the byte here is no longer part of it.
    pub end: usize,
    /// The kind, by the name it has in [`kinds`](crate::kinds).
    pub kind: &'static str,
}

/// One text with its labels; a text without labels is a hard negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// The text as it would lie in an attribute.
    pub text: String,
    /// What must not leave, in order and without overlap.
    pub labels: Vec<Label>,
    /// What surrounds the values, such as `prose`, `json` or `log`.
    pub group: String,
    /// The language of the words around the values, as ISO 639-1 code; `und` if there are none.
    pub language: String,
}

/// The two halves of the set: rules may be tuned on one and are judged by the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// For whoever writes rules.
    Dev,
    /// For the published figures; its templates differ from those of the other half.
    Test,
}

impl fmt::Display for Split {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Dev => "dev",
            Self::Test => "test",
        })
    }
}

/// How a text is written inside another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As it is.
    Plain,
    /// Inside a JSON string.
    Json,
    /// Inside a JSON string of a JSON document that is itself a JSON string, as tool arguments are.
    JsonTwice,
    /// Inside the query of a URL.
    Percent,
}

/// A text that grows and remembers where its labelled values lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelledText {
    pub(crate) text: String,
    pub(crate) labels: Vec<Label>,
}

impl LabelledText {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends `text`, of which `sensitive` must not leave.
    pub(crate) fn push_labelled(&mut self, text: &str, sensitive: Range<usize>, kind: &'static str) {
        let offset = self.text.len();
        self.text.push_str(text);
        self.labels.push(Label { start: offset + sensitive.start, end: offset + sensitive.end, kind });
    }

    /// Appends another labelled text in an encoding; its labels move with their values.
    pub(crate) fn push_encoded(&mut self, other: &Self, encoding: Encoding) {
        let offset = self.text.len();
        // Where each byte of the other text begins in the encoded one.
        let mut places = Vec::with_capacity(other.text.len() + 1);
        for character in other.text.chars() {
            let place = self.text.len() - offset;
            places.extend(std::iter::repeat_n(place, character.len_utf8()));
            encode(character, encoding, &mut self.text);
        }
        places.push(self.text.len() - offset);
        let place = |byte: usize| offset + places.get(byte).copied().unwrap_or_default();
        self.labels.extend(other.labels.iter().map(|label| Label {
            start: place(label.start),
            end: place(label.end),
            kind: label.kind,
        }));
    }
}

fn encode(character: char, encoding: Encoding, text: &mut String) {
    match encoding {
        Encoding::Plain => text.push(character),
        Encoding::Json => match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            other => text.push(other),
        },
        Encoding::JsonTwice => {
            let mut once = String::new();
            encode(character, Encoding::Json, &mut once);
            for escaped in once.chars() {
                encode(escaped, Encoding::Json, text);
            }
        }
        Encoding::Percent if character.is_ascii_alphanumeric() || "-._~".contains(character) => {
            text.push(character);
        }
        Encoding::Percent => {
            for byte in character.to_string().bytes() {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_move_with_their_values() {
        let mut inner = LabelledText::default();
        inner.push("é \"");
        inner.push_labelled("a\nb", 0..3, "email");
        inner.push("\"");
        let mut outer = LabelledText::default();
        outer.push("> ");
        outer.push_encoded(&inner, Encoding::JsonTwice);
        assert_eq!(outer.text, r#"> é \\\"a\\nb\\\""#);
        let label = &outer.labels[0];
        assert_eq!(&outer.text[label.start..label.end], r"a\\nb");
    }
}
