//! Where a program's prices come from: files, variables, and the local cache.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::de::Error as _;

use crate::overrides::{ENVIRONMENT_PREFIX, OverrideError, Overrides};
use crate::table::PriceTable;

/// The file name of the local cache, a packed [`Catalogue`](crate::Catalogue), in the folder `otel-genai`.
const CACHE_FILE: &str = "prices.deflate";

/// The places that a program takes prices from, beside the bundled catalogue.
///
/// The order is that of [`PriceTable::builder`]: environment over file over local cache over bundled.
///
/// ```
/// use otel_genai_pricing::PriceSources;
///
/// let sources = PriceSources::default().environment([
///     ("OTEL_GENAI_PRICING_DISCOUNT_ANTHROPIC".into(), "0.15".into()),
///     ("OTEL_GENAI_PRICING_CACHE".into(), "prices/today.deflate".into()),
/// ])?;
/// assert_eq!(sources.cache.as_deref(), Some("prices/today.deflate".as_ref()));
/// let table = sources.table()?;
/// # Ok::<(), otel_genai_pricing::OverrideError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PriceSources {
    /// The user's price file, which holds [`Overrides`] as JSON.
    pub file: Option<PathBuf>,
    /// The local cache, used if it is there and newer than the bundled catalogue.
    pub cache: Option<PathBuf>,
    /// What the settings themselves say; it patches what the price file says.
    pub settings: Overrides,
    variables: Vec<(String, String)>,
}

impl PriceSources {
    /// Takes over the variables of [`PriceTableBuilder::environment`](crate::PriceTableBuilder::environment), whose paths
    /// replace those that are set here, and finds the cache if none is named.
    ///
    /// The cache is then `otel-genai/prices.deflate` in the user's folder for caches: `XDG_CACHE_HOME` or `~/.cache`,
    /// `~/Library/Caches` on macOS, `LOCALAPPDATA` on Windows. A variable that is empty counts as not set, as for
    /// OpenTelemetry's own.
    ///
    /// # Errors
    ///
    /// When a variable of ours is not UTF-8. What the others hold is looked at by [`table`](Self::table).
    pub fn environment(
        mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, OverrideError> {
        let mut folders = Folders::default();
        for (name, value) in variables.into_iter().filter(|(_, value)| !value.is_empty()) {
            let Some(name) = name.to_str() else { continue };
            match name.strip_prefix(ENVIRONMENT_PREFIX) {
                None => folders.note(name, value),
                Some("FILE") => self.file = Some(value.into()),
                Some("CACHE") => self.cache = Some(value.into()),
                Some(_) => {
                    let value = value.into_string().map_err(|_| OverrideError::Format {
                        place: name.to_owned(),
                        source: serde_json::Error::custom("the value is not UTF-8"),
                    })?;
                    self.variables.push((name.to_owned(), value));
                }
            }
        }
        self.variables.sort();
        self.cache = self.cache.or_else(|| folders.cache(cfg!(target_os = "macos"), cfg!(windows)));
        Ok(self)
    }

    /// The names of the variables that set prices, discounts or deployments.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|(name, _)| name.as_str())
    }

    /// Reads all of it and builds the table.
    ///
    /// # Errors
    ///
    /// When a file or variable cannot be read or applied, with its name. A cache that is not there is no error.
    pub fn table(&self) -> Result<PriceTable, OverrideError> {
        let mut builder = PriceTable::builder().settings(self.settings.clone());
        if let Some(path) = &self.cache {
            builder = builder.cache_file(path)?;
        }
        if let Some(path) = &self.file {
            builder = builder.file(path)?;
        }
        builder.environment(self.variables.iter().map(|(name, value)| (name, value)))?.build()
    }
}

/// The variables that say where a user's caches are.
#[derive(Debug, Default)]
struct Folders {
    xdg: Option<PathBuf>,
    home: Option<PathBuf>,
    local_app_data: Option<PathBuf>,
}

impl Folders {
    fn note(&mut self, name: &str, value: OsString) {
        let folder = match name {
            "XDG_CACHE_HOME" => &mut self.xdg,
            "HOME" => &mut self.home,
            "LOCALAPPDATA" => &mut self.local_app_data,
            _ => return,
        };
        *folder = Some(value.into());
    }

    fn cache(self, is_macos: bool, is_windows: bool) -> Option<PathBuf> {
        let folder = if is_windows {
            self.local_app_data
        } else if is_macos {
            self.home.map(|home| home.join("Library/Caches"))
        } else {
            // A relative path is to be ignored (XDG Base Directory Specification 0.8, "Environment variables").
            self.xdg.filter(|xdg| xdg.is_absolute()).or_else(|| self.home.map(|home| home.join(".cache")))
        };
        folder.map(|folder| folder.join("otel-genai").join(CACHE_FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(variables: &[(&str, &str)]) -> Folders {
        let mut folders = Folders::default();
        variables.iter().for_each(|(name, value)| folders.note(name, value.into()));
        folders
    }

    #[test]
    fn the_cache_is_where_the_system_keeps_caches() {
        let cache = |variables, is_macos, is_windows| folders(variables).cache(is_macos, is_windows);
        let below = |folder: &str| Some(PathBuf::from(folder).join("otel-genai").join(CACHE_FILE));
        assert_eq!(cache(&[("HOME", "/h")], false, false), below("/h/.cache"));
        assert_eq!(cache(&[("HOME", "/h")], true, false), below("/h/Library/Caches"));
        assert_eq!(cache(&[("LOCALAPPDATA", "/l"), ("HOME", "/h")], false, true), below("/l"));
        assert_eq!(cache(&[], false, false), None);
        if cfg!(unix) {
            assert_eq!(cache(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")], false, false), below("/x"));
            assert_eq!(cache(&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")], false, false), below("/h/.cache"));
        }
    }

    #[test]
    fn variables_beat_paths_that_are_set_and_empty_ones_are_none() {
        let set = PriceSources { file: Some("a".into()), cache: Some("b".into()), ..PriceSources::default() };
        let read = |variables: [(&str, &str); 2]| {
            let sources = set.clone().environment(variables.map(|(name, value)| (name.into(), value.into())));
            sources.map(|sources| (sources.file, sources.cache)).expect("readable")
        };
        let both = read([("OTEL_GENAI_PRICING_FILE", "c"), ("OTEL_GENAI_PRICING_CACHE", "d")]);
        assert_eq!(both, (Some("c".into()), Some("d".into())));
        let none = read([("OTEL_GENAI_PRICING_FILE", ""), ("OTEL_GENAI_PRICING_CACHE", "")]);
        assert_eq!(none, (Some("a".into()), Some("b".into())));
    }
}
