//! Settings from environment variables.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::error::{Place, SettingsError, SettingsErrorKind};
use super::given::Given;
use super::keys::{self, Key};
use super::{Settings, nearest, standard, unsupported};

/// Names the settings file.
pub(super) const CONFIG_VARIABLE: &str = "OTEL_GENAI_CONFIG";

const PREFIX: &str = "OTEL_GENAI_";

/// What `otel-genai rekey` reads besides, which is no setting.
const NEW_KEY_VARIABLE: &str = "OTEL_GENAI_EXPORT_SQLITE_NEW_KEY";

/// Prices have their own variables, which the price table reads: a table per variable, JSON, and one per provider.
const PRICING_PREFIX: &str = "OTEL_GENAI_PRICING_";

/// The variables below that prefix which are keys like any other.
const PRICING_KEYS: &[&str] = &["OTEL_GENAI_PRICING_ENABLED", "OTEL_GENAI_PRICING_DISCOUNT"];

impl Settings {
    /// Sets what environment variables say, over what was set before: `OTEL_GENAI_*` and the standard `OTEL_*`.
    ///
    /// A key's variable is its path in capitals with underscores: `queue.spans` is `OTEL_GENAI_QUEUE_SPANS`. A variable of
    /// ours beats a standard one. An empty variable counts as not set, as the OpenTelemetry specification says. Of the
    /// standard variables these mean something:
    ///
    /// | variable | effect |
    /// | --- | --- |
    #[doc = include_str!("standard.md")]
    ///
    /// # Errors
    ///
    /// When there is no such key, or it does not take the value; names the variable.
    ///
    /// # Examples
    ///
    /// ```
    /// use otel_genai::Settings;
    ///
    /// let file = Settings::from_toml_str("[queue]\nspans = 4096")?;
    /// let settings = file.clone().with_environment([("OTEL_GENAI_QUEUE_SPANS".into(), "8192".into())])?;
    /// # drop(settings);
    /// let error = file.with_environment([("OTEL_GENAI_QEUE_SPANS".into(), "8192".into())]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "environment variable OTEL_GENAI_QEUE_SPANS: no such setting; did you mean OTEL_GENAI_QUEUE_SPANS?"
    /// );
    /// # Ok::<_, otel_genai::SettingsError>(())
    /// ```
    pub fn with_environment(
        mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        let variables = texts(variables)?;
        standard::apply(&mut self, &variables)?;
        for (name, value) in variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
            let is_of_prices = name.starts_with(PRICING_PREFIX) && !PRICING_KEYS.contains(&&**name);
            if ![CONFIG_VARIABLE, NEW_KEY_VARIABLE].contains(&&**name) && !is_of_prices {
                self.set_variable(name, value)?;
            }
        }
        Ok(self)
    }

    fn set_variable(&mut self, name: &str, value: &str) -> Result<(), SettingsError> {
        let place = Some(Place::Variable(name.to_owned()));
        if let Some(key) = keys::all().find(|key| variable(key.path) == name) {
            return self.store(key, Given::Plain(value), place);
        }
        if let Some(later) = keys::later_keys().find(|later| variable(later) == name) {
            return Err(unsupported(&later).at(place));
        }
        let names = keys::all().map(|key| variable(key.path)).chain([CONFIG_VARIABLE.to_owned()]);
        let what_is_right = match nearest::nearest_of(name, names) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "a setting's variable is its key in capitals with underscores, as OTEL_GENAI_QUEUE_SPANS"
                .into(),
        };
        let message = format!("no such setting; {what_is_right}");
        Err(SettingsError::new(SettingsErrorKind::UnknownKey, Some(name), message).at(place))
    }

    /// Stores a value that a variable gives to a key.
    pub(super) fn set_from(&mut self, variable: &str, path: &str, value: &str) -> Result<(), SettingsError> {
        match Key::find(path) {
            Some(key) => self.store(key, Given::Plain(value), Some(Place::Variable(variable.to_owned()))),
            None => Ok(()),
        }
    }
}

/// Returns the name of the variable that sets a key.
pub(super) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "_").to_ascii_uppercase())
}

/// Returns the variables that may concern us. Others need not be text.
fn texts(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<String, String>, SettingsError> {
    let mut texts = BTreeMap::new();
    for (name, value) in variables {
        let Ok(name) = name.into_string() else { continue };
        if !(name.starts_with("OTEL_") || name.starts_with("OPENINFERENCE_HIDE_")) || value.is_empty() {
            continue;
        }
        match value.into_string() {
            Ok(value) => texts.insert(name, value),
            Err(_) => {
                let place = Some(Place::Variable(name.clone()));
                let message = "the value is not UTF-8";
                return Err(SettingsError::new(SettingsErrorKind::WrongValue, Some(&name), message).at(place));
            }
        };
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_keys_have_the_same_variable() {
        let mut names: Vec<_> =
            keys::all().map(|key| key.path.to_owned()).chain(keys::later_keys()).collect();
        names.iter_mut().for_each(|name| *name = variable(name));
        names.push(CONFIG_VARIABLE.to_owned());
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
