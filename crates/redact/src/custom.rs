//! A user's own rule.

use regex_automata::{Input, meta};

use crate::error::RuleError;
use crate::scan;

/// How long a match may be for certain to be found, in bytes; as far as the built-in patterns look.
const REACH: usize = 8192;

/// So many matches are looked at in each stretch of [`REACH`] bytes; of more, the rest of the stretch is one finding.
const MOST_PER_STRETCH: usize = 256;

/// A pattern with its id.
#[derive(Debug)]
pub(crate) struct Custom {
    pub(crate) id: String,
    pattern: meta::Regex,
}

impl Custom {
    /// Compiles the pattern.
    pub(crate) fn new(id: &str, pattern: &str) -> Result<Self, RuleError> {
        let pattern = meta::Regex::new(pattern).map_err(|error| {
            // What the parser says is in the error's source.
            let reason = error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
            RuleError::pattern(id, &reason)
        })?;
        Ok(Self { id: id.to_owned(), pattern })
    }

    /// Hands on every match for which `stands` says yes.
    ///
    /// One search is linear in the text, but a search per match is not: `.*z|a` reads all of a text of `a` for each of
    /// them. So a search looks at no more than twice [`REACH`], and the searches of one stretch are counted.
    pub(crate) fn find(
        &self,
        text: &str,
        mut stands: impl FnMut(usize, usize) -> bool,
        mut push: impl FnMut(usize, usize),
    ) {
        let (mut at, mut stretch, mut searches) = (0, 0, 0);
        while at < text.len() {
            if at >= stretch + REACH {
                (stretch, searches) = (at, 0);
            }
            searches += 1;
            if searches > MOST_PER_STRETCH {
                let end = text.len().min(stretch + REACH);
                push(at, end);
                at = end;
                continue;
            }
            let limit = text.len().min(at + 2 * REACH);
            scan::searched(limit - at);
            // What surrounds the range is seen by `^`, `$` and `\b`.
            let Some(found) = self.pattern.find(Input::new(text).range(at..limit)) else {
                if limit == text.len() {
                    return;
                }
                at = limit - REACH;
                continue;
            };
            if found.is_empty() {
                at = found.end() + 1;
                continue;
            }
            if stands(found.start(), found.end()) {
                push(found.start(), found.end());
            }
            at = found.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        Custom::new("x", pattern).expect("valid").find(
            text,
            |_, _| true,
            |start, end| all.push((start, end)),
        );
        all
    }

    #[test]
    fn matches_are_those_of_one_search_after_the_other() {
        let text = format!("{}E-123456 {}E-654321", "é ".repeat(9000), "y ".repeat(20_000));
        let expected: Vec<_> = regex::Regex::new(r"\bE-[0-9]{6}\b")
            .expect("valid")
            .find_iter(&text)
            .map(|found| (found.start(), found.end()))
            .collect();
        assert_eq!(found(r"\bE-[0-9]{6}\b", &text), expected);
        assert_eq!(expected.len(), 2);
        assert_eq!(found("^b*", "ab"), []);
    }

    #[test]
    fn a_stretch_with_too_many_matches_is_one_finding() {
        let text = "a".repeat(3 * REACH);
        let all = found(".*z|a", &text);
        assert!(all.len() <= 3 * (MOST_PER_STRETCH + 1), "{}", all.len());
        assert_eq!(all.iter().map(|(start, end)| end - start).sum::<usize>(), text.len());
    }
}
