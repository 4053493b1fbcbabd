//! What a program is run for decides defaults, and never a value that is set.

use std::time::Duration;

use super::given::Given;
use super::keys::{self, Key};
use super::values::{RunProfile, Values};
use super::{Settings, user_folders};

/// Where the file of the development profile is to be put.
const TRACE_FILE: &str = "<trace file>";

/// Where its store is to be put.
const STORE: &str = "<store>";

/// The wait for stragglers while somebody watches: long enough for tasks that are being dropped.
const WATCHED_GRACE: Duration = Duration::from_millis(200);

/// What holds in a profile for keys that are not set. Keys of an exporter hold if its section is there, or if the
/// settings ask for no exporter at all: then they ask for it.
const DEVELOPMENT: &[(&str, &str)] = &[
    ("pipeline.grace", "200ms"),
    ("enrichment.count_tokens", "true"),
    ("export.console.verbose", "false"),
    ("export.sqlite.path", STORE),
    ("export.sqlite.retain_size", "1GiB"),
    ("export.jsonl.path", TRACE_FILE),
    ("export.jsonl.rotate_size", "100MiB"),
];

const DEBUG: &[(&str, &str)] = &[
    ("filter", "debug"),
    ("pipeline.grace", "200ms"),
    ("enrichment.count_tokens", "true"),
    ("export.console.verbose", "true"),
    ("export.sqlite.path", STORE),
    ("export.sqlite.retain_size", "1GiB"),
    ("export.sqlite.synchronous", "full"),
    ("export.jsonl.path", TRACE_FILE),
    ("export.jsonl.rotate_size", "100MiB"),
    ("export.jsonl.fsync", "true"),
];

const PRODUCTION: &[(&str, &str)] = &[("export.otlp.compression", "gzip")];

impl Settings {
    /// Returns what is set, and for what is not the defaults of the profile.
    pub(super) fn effective(&self) -> Values {
        let mut values = self.values.clone();
        for (key, value) in self.profile_defaults() {
            // The table above has no other values than the keys take: a test below tries them all.
            let _ = key.store(Given::Plain(&value), &mut values);
        }
        values
    }

    /// Returns the keys that the profile decides here.
    pub(super) fn profile_defaults(&self) -> Vec<(&'static Key, String)> {
        let defaults = match self.values.profile {
            None => return Vec::new(),
            Some(RunProfile::Development) => DEVELOPMENT,
            Some(RunProfile::Debug) => DEBUG,
            Some(RunProfile::Production) => PRODUCTION,
        };
        let defaults = defaults.iter().filter_map(|(path, value)| Some((Key::find(path)?, *value)));
        defaults.filter_map(|(key, value)| self.profile_default(key, value)).collect()
    }

    fn profile_default(&self, key: &'static Key, value: &str) -> Option<(&'static Key, String)> {
        let is_stated = self.stated.contains_key(key.path);
        if is_stated || !self.wants(key.path) {
            return None;
        }
        match key.path {
            "pipeline.grace" if self.values.pipeline.max_age.is_some_and(|age| age < WATCHED_GRACE) => None,
            "enrichment.count_tokens" if !cfg!(feature = "count-tokens") || self.is_not_enriched() => None,
            "export.otlp.compression" if is_compression_in_environment() => None,
            _ if value == TRACE_FILE => Some((key, user_folders::default_trace_file()?.to_str()?.to_owned())),
            _ if value == STORE => Some((key, user_folders::default_store()?.to_str()?.to_owned())),
            _ => Some((key, value.to_owned())),
        }
    }

    fn is_not_enriched(&self) -> bool {
        self.values.enrichment.enabled == Some(false)
    }

    /// Tells whether the settings have a use for a key: always, unless it is an exporter's.
    fn wants(&self, path: &str) -> bool {
        let Values { console, json_lines, sqlite, otlp, wants_no_exporter, .. } = &self.values;
        let has_store = cfg!(feature = "sqlite");
        let exporters = [
            (keys::CONSOLE, console.is_some(), cfg!(feature = "export")),
            (keys::SQLITE, sqlite.is_some(), has_store && has_folder()),
            // What the store is too, only more.
            (keys::JSON_LINES, json_lines.is_some(), cfg!(feature = "export") && !has_store && has_folder()),
            // Where it was not compiled in, the error that says so is the right answer.
            (keys::OTLP, otlp.is_some(), true),
        ];
        let asks_for_any = exporters.iter().any(|(_, is_there, _)| *is_there);
        let of_exporter = |(section, _, _): &&(&str, bool, bool)| path.starts_with(section);
        match exporters.iter().find(of_exporter) {
            None => true,
            Some((_, true, _)) => !["export.jsonl.path", "export.sqlite.path"].contains(&path),
            Some((_, false, can_be)) => !asks_for_any && !wants_no_exporter && *can_be,
        }
    }
}

fn has_folder() -> bool {
    user_folders::default_store().is_some_and(|path| path.to_str().is_some())
}

fn is_compression_in_environment() -> bool {
    ["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Settings {
        Settings::from_toml_str(text).expect("valid")
    }

    #[test]
    fn every_default_is_one_that_its_key_takes() {
        for (path, value) in [DEVELOPMENT, DEBUG, PRODUCTION].concat() {
            let key = Key::find(path).expect(path);
            key.store(Given::Plain(value), &mut Values::default()).expect(path);
        }
        assert_eq!(super::super::literal::duration("200ms"), Some(WATCHED_GRACE));
    }

    #[test]
    fn a_profile_decides_only_what_is_not_set() {
        let values = with("profile = 'debug'\nfilter = 'warn'\npipeline.grace = '3s'").effective();
        assert_eq!(values.filter.as_deref(), Some("warn"));
        assert_eq!(values.pipeline.grace, Some(Duration::from_secs(3)));
        assert_eq!(with("profile = 'debug'").effective().filter.as_deref(), Some("debug"));
        assert_eq!(with("").effective().pipeline.grace, None, "without a profile nothing is decided");
    }

    #[test]
    fn exporters_of_a_profile_are_there_if_no_other_is() {
        assert_eq!(with("profile = 'production'").exporters(), ["export.otlp"]);
        if cfg!(feature = "export") {
            let mine = with("profile = 'production'\n[export.console]");
            assert_eq!(mine.exporters(), ["export.console"]);
            let debug = with("profile = 'debug'\n[export.console]").effective();
            assert_eq!(debug.console.and_then(|console| console.verbose), Some(true));
            assert!(debug.json_lines.is_none());
            assert!(with("profile = 'development'").exporters().starts_with(&["export.console"]));
        }
    }
}
