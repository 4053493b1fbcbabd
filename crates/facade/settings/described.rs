//! What holds, and who said so.

use std::fmt;

use super::environment::variable;
use super::error::Place;
use super::keys;
use super::{Settings, Stated};

/// One key: what it is, what it is set to, and by whom. Made by [`Settings::describe`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DescribedKey {
    /// The key, such as `queue.spans`.
    pub key: &'static str,
    /// The environment variable that sets it.
    pub variable: String,
    /// What it is set to, as one would write it; `***` for a secret. `None` where the default holds.
    pub value: Option<String>,
    /// What holds where nothing is set.
    pub default: &'static str,
    /// What values there are.
    pub takes: String,
    /// What it sets.
    pub doc: &'static str,
    /// Who set it.
    pub source: Source,
}

/// Who set a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Nobody.
    Default,
    /// The profile.
    Profile,
    /// A file; its name and line.
    File(String),
    /// An environment variable, as in `environment variable OTEL_GENAI_QUEUE_SPANS`.
    Variable(String),
    /// The program, or `--set` on a command line.
    Code,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::Profile => formatter.write_str("profile"),
            Self::File(place) | Self::Variable(place) => formatter.write_str(place),
            Self::Code => formatter.write_str("set by the program"),
        }
    }
}

impl From<&Stated> for Source {
    fn from(stated: &Stated) -> Self {
        match &stated.place {
            None => Self::Code,
            Some(place @ Place::Variable(_)) => Self::Variable(place.to_string()),
            Some(place) => Self::File(place.to_string()),
        }
    }
}

impl Settings {
    /// Returns every key with what it is set to and by whom.
    ///
    /// # Examples
    ///
    /// ```
    /// use otel_genai::{Settings, Source};
    ///
    /// let settings = Settings::from_toml_str("[queue]\nspans = 4096")?;
    /// let keys = settings.describe();
    /// let spans = keys.iter().find(|key| key.key == "queue.spans").expect("a key");
    /// assert_eq!(spans.value.as_deref(), Some("4096"));
    /// assert_eq!(spans.source, Source::File("line 2, column 1".into()));
    /// # Ok::<_, otel_genai::SettingsError>(())
    /// ```
    pub fn describe(&self) -> Vec<DescribedKey> {
        let by_profile = self.profile_defaults();
        let describe = |key: &'static keys::Key| {
            let decided = by_profile.iter().find(|(decided, _)| decided.path == key.path);
            let (value, source) = match (self.stated.get(key.path), decided) {
                (Some(stated), _) => (Some(stated.text.clone()), Source::from(stated)),
                (None, Some((_, value))) => (Some(value.clone()), Source::Profile),
                (None, None) if key.path == keys::PROFILE => {
                    (self.values.profile.map(|profile| profile.name().to_owned()), Source::Default)
                }
                (None, None) => (None, Source::Default),
            };
            DescribedKey {
                key: key.path,
                variable: variable(key.path),
                value,
                default: key.default,
                takes: key.kind.takes(),
                doc: key.doc,
                source,
            }
        };
        keys::all().map(describe).collect()
    }

    /// Checks that the settings go together and that nothing they need is missing, without starting anything.
    ///
    /// # Errors
    ///
    /// As for [`pipeline`](Self::pipeline).
    pub fn validate(&self) -> Result<(), super::SettingsError> {
        self.pipeline().map(drop)
    }
}
