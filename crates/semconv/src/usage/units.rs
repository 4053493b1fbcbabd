//! Things that are billed by the piece.

use serde_json::{Map, Value};

use super::raw_paths;
use crate::names::otel_genai;

/// Counts of things that a provider bills by the piece, each of which may be unknown.
///
/// Web searches and seconds stand in [`Billing`](super::Billing) itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// Queries, such as the search units that a call of a reranker is billed by (Cohere).
    pub queries: Option<u64>,
    /// Searches in stored files.
    pub file_searches: Option<u64>,
    /// Queries to a map service.
    pub map_queries: Option<u64>,
    /// Sessions of a code interpreter.
    pub code_sessions: Option<u64>,
    /// Images in the input, where those are billed by number.
    pub input_images: Option<u64>,
    /// Images that were made, where those are billed by number.
    pub output_images: Option<u64>,
    /// Characters of input, where those are billed instead of tokens.
    pub input_characters: Option<u64>,
    /// Characters of output, where those are billed instead of tokens.
    pub output_characters: Option<u64>,
    /// Pages that were read.
    pub pages: Option<u64>,
}

/// One thing: its attribute, and its place.
pub(crate) struct Unit {
    pub(crate) name: &'static str,
    pub(crate) slot: fn(&mut Units) -> &mut Option<u64>,
    /// Where providers' usage objects have it.
    paths: &'static [&'static [&'static str]],
}

impl Unit {
    const fn new(
        name: &'static str,
        slot: fn(&mut Units) -> &mut Option<u64>,
        paths: &'static [&'static [&'static str]],
    ) -> Self {
        Self { name, slot, paths }
    }
}

/// Everything that is billed by the piece. Paths are those of Cohere's and Mistral's API references (2026-11).
pub(crate) const UNITS: [Unit; 9] = [
    Unit::new(
        otel_genai::USAGE_QUERIES,
        |units| &mut units.queries,
        &[&["billed_units", "search_units"], &["billedUnits", "searchUnits"]],
    ),
    Unit::new(otel_genai::USAGE_FILE_SEARCHES, |units| &mut units.file_searches, &[]),
    Unit::new(otel_genai::USAGE_MAP_QUERIES, |units| &mut units.map_queries, &[]),
    Unit::new(otel_genai::USAGE_CODE_SESSIONS, |units| &mut units.code_sessions, &[]),
    Unit::new(
        otel_genai::USAGE_INPUT_IMAGES,
        |units| &mut units.input_images,
        &[&["billed_units", "images"], &["billedUnits", "images"]],
    ),
    Unit::new(otel_genai::USAGE_OUTPUT_IMAGES, |units| &mut units.output_images, &[]),
    Unit::new(otel_genai::USAGE_INPUT_CHARACTERS, |units| &mut units.input_characters, &[]),
    Unit::new(otel_genai::USAGE_OUTPUT_CHARACTERS, |units| &mut units.output_characters, &[]),
    Unit::new(otel_genai::USAGE_PAGES, |units| &mut units.pages, &[&["pages_processed"]]),
];

impl Units {
    /// Returns each known count with the attribute that a normalised span has for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use otel_genai_semconv::usage::Units;
    ///
    /// let units = Units { pages: Some(3), ..Units::default() };
    /// assert_eq!(units.known().collect::<Vec<_>>(), [("otel_genai.usage.pages", 3)]);
    /// ```
    pub fn known(mut self) -> impl Iterator<Item = (&'static str, u64)> {
        UNITS.iter().filter_map(move |unit| Some((unit.name, (*(unit.slot)(&mut self))?)))
    }

    /// Takes over what `other` knows and `self` does not.
    pub(crate) fn fill(&mut self, mut other: Self) {
        for unit in &UNITS {
            let slot = (unit.slot)(self);
            *slot = slot.or(*(unit.slot)(&mut other));
        }
    }

    /// Reads what a provider's usage object says.
    pub(super) fn from_usage(usage: &Map<String, Value>) -> Self {
        let mut units = Self::default();
        for unit in &UNITS {
            let mut found = unit.paths.iter().filter_map(|path| raw_paths::find(usage, path));
            *(unit.slot)(&mut units) = found.find_map(raw_paths::count);
        }
        units
    }
}
