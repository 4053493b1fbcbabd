//! Which key somebody may have meant.

use super::keys::{self, SECTIONS, later_keys};

/// Returns the key or section that is nearest to `path`, if any is near.
///
/// A key of another section with the very same name counts as nearest: keys get into the wrong section more often
/// than they are misspelt.
pub(super) fn nearest(path: &str) -> Option<String> {
    let keys = keys::all().map(|key| key.path.to_owned()).chain(later_keys());
    let names = keys.chain(SECTIONS.iter().map(|section| section.name.to_owned()));
    let last = last_part(path);
    names
        .filter(|name| last_part(name) == last || is_near(path, name))
        .min_by_key(|name| (last_part(name) != last, distance(path, name)))
}

/// Returns the name of these that is nearest to `given`, if a few slips lie between them.
pub(super) fn nearest_of(given: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let most = given.chars().count().div_ceil(6).max(2);
    let near = names.map(|name| (distance(given, &name), name)).filter(|(distance, _)| *distance <= most);
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

fn last_part(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, last)| last)
}

/// Tells whether one may be a slip for the other: up to a third of each part is wrong, so that short words do not
/// resemble everything.
fn is_near(path: &str, name: &str) -> bool {
    let (parts, names) = (path.split('.'), name.split('.'));
    parts.clone().count() == names.clone().count()
        && parts.zip(names).all(|(part, name)| distance(part, name) <= part.chars().count().div_ceil(3))
}

/// Counts the insertions, deletions, replacements and swaps of neighbours between two words (the optimal string
/// alignment distance).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for row in 1..=from.len() {
        let mut current = Vec::with_capacity(to.len() + 1);
        current.push(row);
        for column in 1..=to.len() {
            let replaced = last[column - 1] + usize::from(from[row - 1] != to[column - 1]);
            let mut least = replaced.min(last[column] + 1).min(current[column - 1] + 1);
            if row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1] {
                least = least.min(before_last[column - 2] + 1);
            }
            current.push(least);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slips_are_recognised() {
        let cases = [
            ("queue.span", Some("queue.spans")),
            ("queue.sapns", Some("queue.spans")),
            ("pipline.linger", Some("pipeline.linger")),
            ("linger", Some("pipeline.linger")),
            ("queue.linger", Some("pipeline.linger")),
            ("export.jsonl.verbose", Some("export.console.verbose")),
            ("export.otlp.url", None),
            ("redaction.acton", Some("redaction.action")),
            ("pipelines", Some("pipeline")),
            ("entirely.different", None),
            ("", None),
        ];
        for (given, expected) in cases {
            assert_eq!(nearest(given).as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn every_key_is_nearest_to_itself() {
        for key in keys::all() {
            assert_eq!(nearest(key.path).as_deref(), Some(key.path));
        }
    }

    proptest! {
        #[test]
        fn the_distance_is_symmetric_and_zero_only_for_equals(a in "[a-c]{0,6}", b in "[a-c]{0,6}") {
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
            prop_assert!(distance(&a, &b) <= a.len().max(b.len()));
        }
    }

    #[test]
    fn one_slip_is_one() {
        for (from, to) in [("ab", "ba"), ("ab", "b"), ("ab", "abc"), ("ab", "ac"), ("", "a")] {
            assert_eq!(distance(from, to), 1, "{from} {to}");
        }
    }
}
