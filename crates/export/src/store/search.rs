//! Which traces hold some words.

use std::collections::HashSet;

use rusqlite::Connection;

use super::contents::trace_of;
use super::error::StoreProblem;

/// Up to so many matches are looked up one by one; beyond, the traces are walked in the order asked for.
const FEW_MATCHES: usize = 4000;

/// Further matches are read in lots of this size.
const MORE_MATCHES: usize = 20_000;

/// The matches of a search, read as far as they are needed, the newest arrivals first.
pub(super) struct Search<'a> {
    connection: &'a Connection,
    query: String,
    traces: HashSet<i64>,
    /// All matches in segments from here on have been read.
    read_from: i64,
    is_exhausted: bool,
}

impl<'a> Search<'a> {
    /// Starts a search. A text without any word is an error, an empty one too: who asks for nothing does not mean everything.
    pub(super) fn new(connection: &'a Connection, words: &str) -> Result<Self, StoreProblem> {
        let query = query(connection, words)?;
        if query.is_empty() {
            let detail = format!(
                "the text {words:?} has no word to search for: words are of letters and digits, and signs and emoji are not \
                 searched for"
            );
            return Err(StoreProblem::Query { detail });
        }
        let mut search =
            Self { connection, query, traces: HashSet::new(), read_from: i64::MAX, is_exhausted: false };
        search.read_more(FEW_MATCHES)?;
        Ok(search)
    }

    /// Returns all traces, if they are few.
    pub(super) fn few(&self) -> Option<Vec<i64>> {
        self.is_exhausted.then(|| self.traces.iter().copied().collect())
    }

    /// Tells whether a trace holds the words.
    pub(super) fn contains(&mut self, trace: i64) -> Result<bool, StoreProblem> {
        // The traces below have yet to be read; reading goes downwards.
        while !self.is_exhausted && trace <= trace_of(self.read_from) {
            self.read_more(MORE_MATCHES)?;
        }
        Ok(self.traces.contains(&trace))
    }

    fn read_more(&mut self, limit: usize) -> Result<(), StoreProblem> {
        let mut statement = self.connection.prepare_cached(
            "SELECT rowid FROM texts WHERE texts MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3",
        )?;
        let mut rows = statement.query((&self.query, self.read_from, limit))?;
        let mut matches = 0;
        while let Some(row) = rows.next()? {
            self.read_from = row.get(0)?;
            self.traces.insert(trace_of(self.read_from));
            matches += 1;
        }
        self.is_exhausted = matches < limit;
        Ok(())
    }
}

/// Letters, digits and characters for private use, which SQLite takes for letters.
fn is_of_word(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}')
}

/// Turns words into a query: each quoted, all of them to be found.
///
/// SQLite itself cuts the text into words, in a table in memory, so that the two agree on what a word is.
fn query(connection: &Connection, words: &str) -> Result<String, StoreProblem> {
    connection.execute_batch(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.searched USING fts5 (
            text, detail = none, tokenize = 'unicode61 remove_diacritics 2'
        );
        CREATE VIRTUAL TABLE IF NOT EXISTS temp.searched_words USING fts5vocab (temp, searched, row);",
    )?;
    let mut query = Vec::new();
    for word in words.split_whitespace() {
        connection.execute("DELETE FROM temp.searched", [])?;
        connection.execute("INSERT INTO temp.searched (text) VALUES (?1)", [word])?;
        let mut statement = connection.prepare_cached("SELECT term FROM temp.searched_words")?;
        let mut terms = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        // Signs that are newer than SQLite's tables, such as later emoji, are words to it. Who searches for one wants to know that
        // signs are not found, not that this one is not there.
        terms.retain(|term: &String| term.chars().any(is_of_word));
        let is_prefix = word.ends_with('*') && terms.len() == 1;
        for term in terms.drain(..) {
            let star = if is_prefix { "*" } else { "" };
            query.push(format!("\"{}\"{star}", term.replace('"', "\"\"")));
        }
    }
    Ok(query.join(" AND "))
}
