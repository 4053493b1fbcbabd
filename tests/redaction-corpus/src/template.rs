//! Texts with slots.
//!
//! A template file has sections, `[email]`, and in each one template per line: a group, a language, and the text. In
//! the text `⏎` ends a line and `⇥` is a tab. Slots are:
//!
//! | slot | becomes |
//! | --- | --- |
//! | `⟦email⟧` | a labelled value of that kind; `⟦phone:de⟧` of that variant |
//! | `⟦secret⟧` | a labelled value of the kind that the template is filled for |
//! | `⟦NAME⟧` `⟦name⟧` `⟦camel⟧` `⟦kebab⟧` `⟦words⟧` | the name of a variable for that kind |
//! | `⟦issuer⟧` | the vendor of that kind |
//! | `⟦.uuid⟧` | harmless text of that sort |
//! | `⟦.body⟧` | the text that a carrier carries |
//!
//! Before the closing bracket `%` percent-encodes the value, `"` writes it for a JSON string, `""` for a JSON string
//! inside a JSON string.

use thiserror::Error;

use crate::kind::{Kind, kind};
use crate::random::Random;
use crate::sample::{Encoding, LabelledText};
use crate::{filler, negatives};

/// A template file is wrong; only whoever edits the templates can see this.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// A line is not a comment, a section, or a template in one.
    #[error("line {line} of {file}: expected a section, or group, language and text")]
    Line {
        /// The file.
        file: &'static str,
        /// The line, from 1.
        line: usize,
    },
    /// A slot names nothing that is known.
    #[error("template `{template}`: slot `{slot}` is not known")]
    Slot {
        /// The text of the template.
        template: String,
        /// What stands in the slot.
        slot: String,
    },
    /// No template is there for a kind.
    #[error("no template for `{0}`")]
    Missing(&'static str),
}

/// One template of a file.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) section: String,
    pub(crate) group: String,
    pub(crate) language: String,
    pub(crate) text: String,
}

/// Reads a template file.
pub(crate) fn parse(file: &'static str, content: &str) -> Result<Vec<Template>, TemplateError> {
    let mut section = String::new();
    let mut templates = Vec::new();
    for (index, line) in content.lines().enumerate() {
        let malformed = TemplateError::Line { file, line: index + 1 };
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            continue;
        }
        let mut fields = line.splitn(3, ' ');
        let (Some(group), Some(language), Some(text)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(malformed);
        };
        if section.is_empty() || text.trim().is_empty() {
            return Err(malformed);
        }
        templates.push(Template {
            section: section.clone(),
            group: group.to_owned(),
            language: language.to_owned(),
            text: text.replace('⏎', "\n").replace('⇥', "\t"),
        });
    }
    Ok(templates)
}

/// What a template is filled with, besides what its slots name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filling<'a> {
    /// The kind of `⟦secret⟧`.
    pub(crate) kind: Option<&'static Kind>,
    /// What `⟦.body⟧` carries.
    pub(crate) body: Option<&'a LabelledText>,
}

impl Template {
    /// Fills the slots.
    pub(crate) fn fill(
        &self,
        filling: Filling<'_>,
        random: &mut Random,
    ) -> Result<LabelledText, TemplateError> {
        let variable = filling.kind.map_or("", |kind| random.pick(kind.variables));
        let mut text = LabelledText::default();
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once('⟦') {
            text.push(before);
            let (slot, remaining) = after.split_once('⟧').unwrap_or((after, ""));
            let (inner, encoding) = slot_encoding(slot);
            let value = slot_value(inner, variable, filling, random)
                .ok_or_else(|| TemplateError::Slot { template: self.text.clone(), slot: slot.to_owned() })?;
            text.push_encoded(&value, encoding);
            rest = remaining;
        }
        text.push(rest);
        Ok(text)
    }
}

fn slot_encoding(slot: &str) -> (&str, Encoding) {
    let endings = [("\"\"", Encoding::JsonTwice), ("\"", Encoding::Json), ("%", Encoding::Percent)];
    endings
        .into_iter()
        .find_map(|(ending, encoding)| slot.strip_suffix(ending).map(|inner| (inner, encoding)))
        .unwrap_or((slot, Encoding::Plain))
}

fn slot_value(slot: &str, variable: &str, filling: Filling<'_>, random: &mut Random) -> Option<LabelledText> {
    if slot == ".body" {
        return filling.body.cloned();
    }
    let plain = |text: String| LabelledText { text, labels: Vec::new() };
    if let Some(name) = slot.strip_prefix('.') {
        return filler::draw(name, random).or_else(|| negatives::draw(name, random)).map(plain);
    }
    let (name, variant) = slot.split_once(':').unwrap_or((slot, ""));
    let lower = variable.to_ascii_lowercase();
    match name {
        "NAME" => Some(plain(variable.to_owned())),
        "name" => Some(plain(lower)),
        "camel" => Some(plain(camel(&lower))),
        "kebab" => Some(plain(lower.replace('_', "-"))),
        "words" => Some(plain(lower.replace('_', " "))),
        "issuer" => filling.kind.map(|kind| plain(kind.issuer.to_owned())),
        _ => {
            let kind = if name == "secret" { filling.kind } else { kind(name) }?;
            let value = kind.value(random, variant);
            let mut text = LabelledText::default();
            text.push_labelled(&value.text, value.sensitive, kind.name);
            Some(text)
        }
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (head, tail) = word.split_at(1.min(word.len()));
        text + &head.to_ascii_uppercase() + tail
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_and_labelled() {
        let templates = parse("here", "# note\n[s]\ncode und ⟦NAME⟧=⟦secret⟧⏎⟦camel⟧ ⟦.small⟧\n").unwrap();
        let filling = Filling { kind: kind("groq_api_key"), body: None };
        let filled = templates[0].fill(filling, &mut Random::new(1)).unwrap();
        assert!(filled.text.starts_with("GROQ_API_KEY=gsk_"));
        assert!(filled.text.contains("\ngroqApiKey "));
        let label = &filled.labels[0];
        assert_eq!((label.start, label.end - label.start, label.kind), (13, 56, "groq_api_key"));
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(parse("f", "prose en x").unwrap_err(), TemplateError::Line { file: "f", line: 1 });
        let templates = parse("f", "[s]\nprose en ⟦nonsense⟧").unwrap();
        let error = templates[0].fill(Filling::default(), &mut Random::new(1)).unwrap_err();
        assert_eq!(error.to_string(), "template `⟦nonsense⟧`: slot `nonsense` is not known");
    }
}
