//! Precision and recall on labelled text.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;

use crate::rule_set::RuleSet;

/// A labelled text: one line of a labelled file.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Labelled {
    /// The text.
    pub text: String,
    /// What stands in it.
    pub labels: Vec<Label>,
}

/// A place of a labelled text and its kind.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Label {
    /// Where it starts, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// What it is: the id of a rule.
    pub kind: String,
}

impl Label {
    /// Tells whether it is a part of the text.
    fn is_within(&self, text: &str) -> bool {
        self.start < self.end && text.get(self.start..self.end).is_some()
    }
}

/// Counts of right and wrong findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Score {
    /// Labels that were found.
    pub found: usize,
    /// Labels that were missed.
    pub missed: usize,
    /// Findings where no label is.
    pub wrong: usize,
}

impl Score {
    /// Returns which part of the findings is right, between 0 and 1; `None` without findings.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.found, self.wrong)
    }

    /// Returns which part of the labels was found, between 0 and 1; `None` without labels.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.found, self.missed)
    }

    /// Returns the harmonic mean of precision and recall; `None` without findings and labels.
    pub fn f1(&self) -> Option<f64> {
        let wrong = self.missed + self.wrong;
        (self.found + wrong > 0).then(|| 2.0 * self.found as f64 / (2 * self.found + wrong) as f64)
    }

    fn add(&mut self, other: Self) {
        self.found += other.found;
        self.missed += other.missed;
        self.wrong += other.wrong;
    }
}

fn ratio(part: usize, rest: usize) -> Option<f64> {
    (part + rest > 0).then(|| part as f64 / (part + rest) as f64)
}

/// How well a rule set does on labelled text.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Evaluation {
    /// Per kind: a label counts as found if a finding of the same kind overlaps it.
    pub kinds: BTreeMap<String, Score>,
    /// Over all kinds: a label counts as found if any finding overlaps it, whatever its kind.
    pub any_kind: Score,
    /// Labels that findings cover from the first byte to the last, so that nothing of them is left.
    pub covered: usize,
    /// How many labels there were.
    pub labels: usize,
    /// How many texts there were.
    pub texts: usize,
}

impl Evaluation {
    /// Returns the sum over all kinds.
    pub fn total(&self) -> Score {
        self.kinds.values().fold(Score::default(), |mut total, score| {
            total.add(*score);
            total
        })
    }

    /// Counts one text.
    pub fn add(&mut self, rules: &RuleSet, labelled: &Labelled) {
        let findings = rules.scan(&labelled.text);
        self.texts += 1;
        self.labels += labelled.labels.len();
        for label in &labelled.labels {
            let overlapping = || {
                findings
                    .iter()
                    .filter(|finding| finding.range.start < label.end && label.start < finding.range.end)
            };
            let same = overlapping().any(|finding| finding.rule == label.kind.as_str());
            let score = self.kinds.entry(label.kind.clone()).or_default();
            *(if same { &mut score.found } else { &mut score.missed }) += 1;
            *(if overlapping().next().is_some() {
                &mut self.any_kind.found
            } else {
                &mut self.any_kind.missed
            }) += 1;
            let covered: usize = overlapping()
                .map(|finding| {
                    finding.range.end.min(label.end).saturating_sub(finding.range.start.max(label.start))
                })
                .sum();
            self.covered += usize::from(label.start.checked_add(covered) == Some(label.end));
        }
        for finding in &findings {
            let overlapping = || {
                labelled
                    .labels
                    .iter()
                    .filter(|label| finding.range.start < label.end && label.start < finding.range.end)
            };
            if !overlapping().any(|label| finding.rule == label.kind.as_str()) {
                self.kinds.entry(finding.rule.to_string()).or_default().wrong += 1;
            }
            self.any_kind.wrong += usize::from(overlapping().next().is_none());
        }
    }
}

/// Measures a rule set on labelled text: JSON Lines with `text` and `labels` of `start`, `end` (bytes) and `kind`.
///
/// # Errors
///
/// If a line cannot be read or is not of this form.
///
/// # Examples
///
/// ```
/// use otel_genai_redact::{RuleSet, evaluate};
///
/// let line = r#"{"text": "to jane@example.org", "labels": [{"start": 3, "end": 19, "kind": "email"}]}"#;
/// let evaluation = evaluate(&RuleSet::default(), line.as_bytes())?;
/// assert_eq!(evaluation.total().f1(), Some(1.0));
/// # Ok::<_, std::io::Error>(())
/// ```
pub fn evaluate(rules: &RuleSet, lines: impl BufRead) -> std::io::Result<Evaluation> {
    let mut evaluation = Evaluation::default();
    for (number, line) in lines.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let labelled: Labelled = serde_json::from_str(&line).map_err(|error| {
            std::io::Error::new(std::io::ErrorKind::InvalidData, format!("line {}: {error}", number + 1))
        })?;
        if let Some(label) = labelled.labels.iter().find(|label| !label.is_within(&labelled.text)) {
            let (start, end, bytes) = (label.start, label.end, labelled.text.len());
            return Err(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                format!(
                    "line {}: no part of the text, which has {bytes} bytes, is the label {start} to {end}",
                    number + 1
                ),
            ));
        }
        evaluation.add(rules, &labelled);
    }
    Ok(evaluation)
}
