//! Which of several findings at one place stands.

use super::work;
use crate::rule::Confidence;

/// Something that a rule found, before overlaps are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The rule's place in the engine's list.
    pub(crate) rule: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) confidence: Confidence,
}

impl Candidate {
    fn length(&self) -> usize {
        self.end - self.start
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    fn contains(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// Overlapping findings are compared with each other up to this many; of more, which only hostile text has, the whole
/// stretch becomes one finding.
const MOST_COMPARED: usize = 64;

/// How many letters and digits around a surer finding make the wider one stand: less is punctuation and quotes.
const RESIDUE: usize = 6;

/// Leaves, of findings that overlap, the most specific: the surer, then the longer, whatever the order of the rules.
///
/// A wider finding stands all the same where it has more than punctuation beyond the surer one, since that would leak.
pub(crate) fn resolve(text: &str, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_unstable_by_key(|candidate| {
        (
            candidate.start,
            std::cmp::Reverse(candidate.end),
            std::cmp::Reverse(candidate.confidence),
            candidate.rule,
        )
    });
    let mut kept: Vec<Candidate> = Vec::with_capacity(candidates.len());
    let mut index = 0;
    while index < candidates.len() {
        let (first, mut end) = (index, candidates[index].end);
        index += 1;
        while index < candidates.len() && candidates[index].start < end {
            end = end.max(candidates[index].end);
            index += 1;
        }
        match &candidates[first..index] {
            [only] => kept.push(*only),
            many if many.len() > MOST_COMPARED => {
                let best = many.iter().max_by_key(|candidate| (candidate.confidence, candidate.length()));
                kept.extend(best.map(|best| Candidate { start: many[0].start, end, ..*best }));
            }
            many => stretch(text, many.to_vec(), &mut kept),
        }
    }
    kept.sort_unstable_by_key(|candidate| candidate.start);
    kept
}

fn stretch(text: &str, mut left: Vec<Candidate>, kept: &mut Vec<Candidate>) {
    let letters = |start: usize, end: usize| {
        work::read(end.saturating_sub(start));
        text.as_bytes()
            .get(start..end)
            .unwrap_or_default()
            .iter()
            .filter(|byte| byte.is_ascii_alphanumeric())
            .count()
    };
    while let Some(best) = left
        .iter()
        .max_by_key(|candidate| (candidate.confidence, candidate.length(), std::cmp::Reverse(candidate.rule)))
        .copied()
    {
        let wider = left
            .iter()
            .filter(|wide| {
                wide.contains(&best)
                    && letters(wide.start, best.start) + letters(best.end, wide.end) >= RESIDUE
            })
            .max_by_key(|wide| (wide.length(), wide.confidence, std::cmp::Reverse(wide.rule)))
            .copied();
        let winner = wider.unwrap_or(best);
        kept.push(winner);
        // What a loser has beyond the winner is still secret.
        left = left
            .into_iter()
            .filter(|candidate| *candidate != winner)
            .flat_map(|candidate| {
                if !candidate.overlaps(&winner) {
                    return [Some(candidate), None];
                }
                let before = (candidate.start < winner.start
                    && letters(candidate.start, winner.start) >= RESIDUE)
                    .then_some(Candidate { end: winner.start, ..candidate });
                let after = (candidate.end > winner.end && letters(winner.end, candidate.end) >= RESIDUE)
                    .then_some(Candidate { start: winner.end, ..candidate });
                [before, after]
            })
            .flatten()
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(rule: usize, start: usize, end: usize, confidence: Confidence) -> Candidate {
        Candidate { rule, start, end, confidence }
    }

    #[test]
    fn the_surer_stands_unless_the_wider_has_more_to_hide() {
        let text = "password=hf_0123456789 and more";
        let narrow = candidate(0, 9, 22, Confidence::Form);
        assert_eq!(resolve(text, vec![candidate(1, 9, 22, Confidence::Generic), narrow]), [narrow]);
        let wide = candidate(1, 9, 31, Confidence::Generic);
        assert_eq!(resolve(text, vec![narrow, wide]), [wide]);
    }

    #[test]
    fn what_sticks_out_is_kept() {
        let text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        let (first, second) =
            (candidate(0, 0, 15, Confidence::Validated), candidate(1, 10, 30, Confidence::Form));
        assert_eq!(resolve(text, vec![second, first]), [first, Candidate { start: 15, ..second }]);
    }
}
