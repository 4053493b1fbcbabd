//! Walks a TOML document and stores what it says.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Place, SettingsError, SettingsErrorKind};
use super::given::Given;
use super::keys::{self, Key, Section};
use super::{Settings, unknown, unsupported, wrong_value};

/// Stores every setting of `text` in `settings`; `file` is for error messages.
pub(super) fn read(text: &str, file: Option<&Path>, settings: &mut Settings) -> Result<(), SettingsError> {
    let document = Document { text, file };
    let table = DeTable::parse(text).map_err(|error| {
        // Without the line itself, which the library would quote: it may hold a secret.
        let place = error.span().map(|span| document.place(span.start));
        let message = format!("not TOML: {}", error.message());
        SettingsError::new(SettingsErrorKind::Syntax, None, message).at(place)
    })?;
    document.read_table("", table.get_ref(), settings)
}

struct Document<'a> {
    text: &'a str,
    file: Option<&'a Path>,
}

impl Document<'_> {
    fn place(&self, offset: usize) -> Place {
        Place::new(self.file, self.text, offset)
    }

    fn read_table(
        &self,
        parent: &str,
        table: &DeTable<'_>,
        settings: &mut Settings,
    ) -> Result<(), SettingsError> {
        let mut entries: Vec<_> = table.iter().collect();
        // In the order of the file, so that the first error is the topmost.
        entries.sort_by_key(|(name, _)| name.span().start);
        for (name, value) in entries {
            let separator = if parent.is_empty() { "" } else { "." };
            let path = format!("{parent}{separator}{}", name.get_ref());
            self.read_entry(&path, value, self.place(name.span().start), settings)?;
        }
        Ok(())
    }

    fn read_entry(
        &self,
        path: &str,
        value: &Spanned<DeValue<'_>>,
        place: Place,
        settings: &mut Settings,
    ) -> Result<(), SettingsError> {
        if let Some(key) = Key::find(path) {
            return settings.store(key, Given::Toml(value.get_ref()), Some(place));
        }
        if keys::is_later(path) {
            return Err(unsupported(path).at(Some(place)));
        }
        let section = Section::find(path);
        let is_later = keys::is_later_section(path);
        if section.is_none() && !is_later && !keys::is_parent_of_sections(path) {
            return Err(unknown(path).at(Some(place)));
        }
        let DeValue::Table(table) = value.get_ref() else {
            let shown = Given::Toml(value.get_ref()).shown();
            return Err(wrong_value(path, Some(&shown), "expected a table").at(Some(place)));
        };
        if let Some(section) = section {
            settings.open(section, place.clone());
        }
        self.read_table(path, table, settings)?;
        if is_later { Err(unsupported(path).at(Some(place))) } else { Ok(()) }
    }
}
