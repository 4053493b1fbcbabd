//! What a user may tell the reader.

use std::fmt;

use super::fact::Fact;
use super::index::Target;
use crate::TokenField;
use crate::usage::Meaning;

/// Which names a normalised span has where the conventions changed theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The names that today's backends read (`cache_creation`).
    #[default]
    Compat,
    /// The newest names (`cache_write`).
    Latest,
}

/// What the reader must know beyond the built-in table.
///
/// # Examples
///
/// ```
/// use otel_genai_semconv::dialect::{Config, Reader};
/// use otel_genai_semconv::usage::Meaning;
///
/// let config = Config::default()
///     .alias("acme.tokens.in", "gen_ai.usage.input_tokens")?
///     .alias("acme.answer>usage>out", "gen_ai.usage.output_tokens")?
///     .meaning("acme.", Meaning::Exclusive);
/// let reader = Reader::new(config);
/// # Ok::<(), otel_genai_semconv::dialect::UnknownName>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(super) aliases: Vec<Alias>,
    pub(super) meanings: Vec<(String, Meaning)>,
    pub(super) profile: Profile,
    pub(super) drop_originals: bool,
}

/// An alias of the user's.
#[derive(Clone, Debug)]
pub(super) struct Alias {
    pub(super) key: String,
    pub(super) path: Vec<String>,
    pub(super) target: Target,
}

/// The name that an alias should stand for is no name of a normalised span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    name: String,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name } = self;
        write!(
            formatter,
            "`{name}` is no attribute that a span is normalised to; use a name of the GenAI conventions, such as \
             `gen_ai.usage.input_tokens`"
        )
    }
}

impl std::error::Error for UnknownName {}

impl Config {
    /// Adds an alias: the attribute `from` means what the convention's attribute `to` means.
    ///
    /// `from` may go on into the JSON text of an attribute: `key>a>b` is the value at `a.b` in the text of `key`. Where a
    /// span has both, the alias counts and not `to`: who adds it knows better than the library.
    ///
    /// # Errors
    ///
    /// When `to` is no attribute that a span is normalised to.
    pub fn alias(mut self, from: &str, to: &str) -> Result<Self, UnknownName> {
        let fact = || Fact::canonical().find(|(name, _)| *name == to).map(|(_, fact)| Target::Fact(fact));
        let target = TokenField::from_name(to)
            .map(Target::Tokens)
            .or_else(fact)
            .ok_or_else(|| UnknownName { name: to.to_owned() })?;
        let mut parts = from.split('>').map(str::to_owned);
        let key = parts.next().unwrap_or_default();
        self.aliases.push(Alias { key, path: parts.collect(), target });
        Ok(self)
    }

    /// Says what the input counts of a library mean: whether they contain cached tokens.
    ///
    /// Holds for every scope whose name starts with `scope`, and overrides both what is known about the library and
    /// what its numbers suggest. Of several that fit, the longest counts. It is about the counts of attributes; where
    /// a span has none, about those of its JSON texts.
    #[must_use]
    pub fn meaning(mut self, scope: impl Into<String>, meaning: Meaning) -> Self {
        self.meanings.push((scope.into(), meaning));
        self
    }

    /// Sets the profile.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Removes attributes whose whole content was written under a convention's name.
    #[must_use]
    pub fn drop_originals(mut self, drop: bool) -> Self {
        self.drop_originals = drop;
        self
    }

    /// Returns what the user said about a scope.
    pub(super) fn forced_meaning(&self, scope: &str) -> Option<Meaning> {
        let fitting = self.meanings.iter().filter(|(prefix, _)| scope.starts_with(prefix.as_str()));
        fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, meaning)| *meaning)
    }
}
