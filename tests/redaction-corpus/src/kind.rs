//! The kinds of values, each one row: what it is called, what it looks like, and who says so.

use std::ops::Range;

use crate::pattern;
use crate::random::Random;
use crate::{personal, secrets};

/// What sort of harm a value does outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Tells who somebody is or how to reach them.
    PersonalData,
    /// Opens a door.
    Secret,
}

/// A drawn value: the text around it that belongs to its form, and the part that must not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) text: String,
    pub(crate) sensitive: Range<usize>,
}

impl Value {
    /// A value of which nothing may leave.
    pub(crate) fn whole(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { sensitive: 0..text.len(), text }
    }

    /// A value such as a URL, of which only a part must not leave.
    pub(crate) fn part(before: &str, sensitive: &str, after: &str) -> Self {
        Self {
            text: format!("{before}{sensitive}{after}"),
            sensitive: before.len()..before.len() + sensitive.len(),
        }
    }
}

/// How values of a kind are drawn.
#[derive(Clone, Copy, Debug)]
enum Draw {
    Pattern(&'static str),
    /// The text is the variant that a template asked for, such as a country; empty for any.
    Function(fn(&mut Random, &str) -> Value),
}

/// One kind of value.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What labels call it.
    pub name: &'static str,
    /// Personal data or secret.
    pub category: Category,
    /// The form of its values in words.
    pub format: &'static str,
    /// The page or standard that states the form.
    pub source: &'static str,
    /// Who issues it, as people write the name; empty where many do.
    pub issuer: &'static str,
    /// The names that variables with such a value have.
    pub variables: &'static [&'static str],
    /// Whether its form alone tells what it is; otherwise its name always stands near.
    pub is_evident: bool,
    draw: Draw,
}

impl Kind {
    /// A kind of personal data.
    pub(crate) const fn personal(
        name: &'static str,
        format: &'static str,
        source: &'static str,
        draw: fn(&mut Random, &str) -> Value,
    ) -> Self {
        Self {
            name,
            category: Category::PersonalData,
            format,
            source,
            issuer: "",
            variables: &[],
            is_evident: true,
            draw: Draw::Function(draw),
        }
    }

    /// A secret that its form gives away.
    pub(crate) const fn evident(
        name: &'static str,
        issuer: &'static str,
        variables: &'static [&'static str],
        format: &'static str,
        source: &'static str,
        pattern: &'static str,
    ) -> Self {
        Self {
            name,
            category: Category::Secret,
            format,
            source,
            issuer,
            variables,
            is_evident: true,
            draw: Draw::Pattern(pattern),
        }
    }

    /// A secret that looks like any other random text.
    pub(crate) const fn in_context(
        name: &'static str,
        issuer: &'static str,
        variables: &'static [&'static str],
        format: &'static str,
        source: &'static str,
        pattern: &'static str,
    ) -> Self {
        Self { is_evident: false, ..Self::evident(name, issuer, variables, format, source, pattern) }
    }

    /// The same kind, with values that a pattern cannot express.
    pub(crate) const fn drawn_by(self, draw: fn(&mut Random, &str) -> Value) -> Self {
        Self { draw: Draw::Function(draw), ..self }
    }

    /// The regular expression that all values match, where the form is that simple.
    #[must_use]
    pub fn pattern(&self) -> Option<&'static str> {
        match self.draw {
            Draw::Pattern(pattern) => Some(pattern),
            Draw::Function(_) => None,
        }
    }

    pub(crate) fn value(&self, random: &mut Random, variant: &str) -> Value {
        match self.draw {
            Draw::Pattern(pattern) => Value::whole(pattern::draw(pattern, random)),
            Draw::Function(draw) => draw(random, variant),
        }
    }
}

/// Returns all kinds, personal data first.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    let personal = [personal::KINDS];
    personal.into_iter().chain(secrets::TABLES.iter().copied()).flatten()
}

/// Returns the kind of this name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().find(|kind| kind.name == name)
}
