//! Where the words of context stand.

use super::text::{ends, is_escape_letter};

/// Places of the words that say what a number near them is, by rule.
#[derive(Debug, Default)]
pub(crate) struct Contexts<'r> {
    /// A text has words of few rules, so that they are found faster in a list than in a map.
    places: Vec<(&'r str, Vec<(usize, usize)>)>,
}

impl<'r> Contexts<'r> {
    /// Notes a word at `start..end`; a short one counts only where it is a word of its own.
    pub(crate) fn note(&mut self, bytes: &[u8], rule: &'r str, start: usize, end: usize) {
        let before = start.checked_sub(1).map(|at| bytes[at]);
        let camel = before.is_some_and(|byte| byte.is_ascii_lowercase()) && bytes[start].is_ascii_uppercase();
        let starts = before.is_none_or(|byte| !byte.is_ascii_alphanumeric())
            || camel
            || is_escape_letter(bytes, start.saturating_sub(1));
        // `tool_calls`, `call_x1` and `TX_RING` are no telephone calls.
        let is_name = before == Some(b'_') || matches!(bytes.get(end), Some(b'_' | b's'));
        if is_name
            && ["call", "ring", "sms", "cell"]
                .iter()
                .any(|word| bytes[start..end].eq_ignore_ascii_case(word.as_bytes()))
        {
            return;
        }
        if end - start > 4 || (starts && (ends(bytes, end) || bytes[end].is_ascii_uppercase())) {
            match self.places.iter_mut().find(|(of, _)| *of == rule) {
                Some((_, places)) => places.push((start, end)),
                None => self.places.push((rule, vec![(start, end)])),
            }
        }
    }

    /// Tells whether no word was noted.
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn of(&self, rule: &str) -> Option<&[(usize, usize)]> {
        self.places.iter().find(|(of, _)| *of == rule).map(|(_, places)| places.as_slice())
    }

    /// Tells whether a word of the rule ends at most `before` bytes before `start` or begins `after` behind `end`.
    pub(crate) fn near(&self, rule: &str, start: usize, end: usize, before: usize, after: usize) -> bool {
        let Some(places) = self.of(rule) else { return false };
        let first = places.partition_point(|(_, word_end)| *word_end + before < start);
        places[first..].iter().take(4).any(|(word_start, word_end)| {
            (*word_end <= start && start - word_end <= before)
                || (*word_start >= end && word_start - end <= after)
        })
    }

    /// Returns where the last word of a rule before `start` ends.
    pub(crate) fn last_before(&self, rule: &str, start: usize) -> Option<usize> {
        let places = self.of(rule)?;
        let behind = places.partition_point(|(_, word_end)| *word_end <= start);
        behind.checked_sub(1).map(|last| places[last].1)
    }

    /// Returns where the words of a rule end, in order.
    pub(crate) fn ends_of(&self, rule: &str) -> impl Iterator<Item = usize> {
        self.of(rule).unwrap_or_default().iter().map(|(_, end)| *end)
    }
}
