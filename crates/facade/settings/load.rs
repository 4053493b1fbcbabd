//! Settings from where users expect them: a file, then the environment.

use std::env;
use std::path::{Path, PathBuf};

use super::Settings;
use super::environment::CONFIG_VARIABLE;
use super::error::SettingsError;
use super::user_folders::{CONFIG_FILE, config_file};
use super::values::RunProfile;

impl Settings {
    /// Reads the settings file and the environment of this process.
    ///
    /// The file is the first of: the one that `OTEL_GENAI_CONFIG` names, `otel-genai.toml` in the working directory,
    /// `otel-genai/otel-genai.toml` in [the user's folder for settings](config_file). None of them is needed. What the
    /// environment says beats the file ([`with_environment`](Self::with_environment)); what is [`set`](Self::set) on the
    /// result beats both. The profile is `development` unless one is set: traces are drawn on standard error and stored
    /// in [a file of the user](crate::default_store), and nothing leaves the machine.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and when it or a variable says something that cannot be; names file and line, or
    /// the variable.
    pub fn load() -> Result<Self, SettingsError> {
        match find_file() {
            Some(path) => Self::load_file(path),
            None => Self::default().with_defaults_of_load(),
        }
    }

    /// As [`load`](Self::load), with this settings file instead of the one that would be looked for.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load), and when there is no such file.
    pub fn load_file(path: impl AsRef<Path>) -> Result<Self, SettingsError> {
        Self::from_file(path)?.with_defaults_of_load()
    }

    /// Returns the settings file that was read.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    fn with_defaults_of_load(self) -> Result<Self, SettingsError> {
        let mut settings = self.with_environment(env::vars_os())?;
        settings.values.profile.get_or_insert(RunProfile::Development);
        Ok(settings)
    }
}

fn find_file() -> Option<PathBuf> {
    let named = env::var_os(CONFIG_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    named.or_else(|| {
        let candidates = [Some(PathBuf::from(CONFIG_FILE)), config_file()];
        // One that cannot be looked at is not passed over: reading it gives the reason.
        candidates.into_iter().flatten().find(|path| path.try_exists().unwrap_or(true))
    })
}
