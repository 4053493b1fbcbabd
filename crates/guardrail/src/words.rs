//! Words that guardrails use for how a check ended, and for what guards what.

use otel_genai_semconv::{Enforcement, GuardrailCategory, GuardrailStatus};

use crate::rules::explicit::NAME_WORDS;

type Outcome = (Option<GuardrailStatus>, Option<Enforcement>);

const TRIGGERED: Option<GuardrailStatus> = Some(GuardrailStatus::Triggered);
const CLEAN: Option<GuardrailStatus> = Some(GuardrailStatus::NotTriggered);

/// Verdicts and actions of others, lower case. Guardrails AI's `OnFailAction`s are among them.
const VERDICTS: [(&str, Outcome); 61] = [
    ("allow", (CLEAN, None)),
    ("allowed", (CLEAN, None)),
    ("pass", (CLEAN, None)),
    ("passed", (CLEAN, None)),
    ("success", (CLEAN, None)),
    ("ok", (CLEAN, None)),
    ("safe", (CLEAN, None)),
    ("clean", (CLEAN, None)),
    ("none", (CLEAN, None)),
    ("continue", (CLEAN, None)),
    ("not_triggered", (CLEAN, None)),
    ("not_flagged", (CLEAN, None)),
    ("not_blocked", (CLEAN, None)),
    ("approve", (CLEAN, None)),
    ("approved", (CLEAN, None)),
    ("block", (TRIGGERED, Some(Enforcement::Block))),
    ("blocked", (TRIGGERED, Some(Enforcement::Block))),
    ("deny", (TRIGGERED, Some(Enforcement::Block))),
    ("denied", (TRIGGERED, Some(Enforcement::Block))),
    ("reject", (TRIGGERED, Some(Enforcement::Block))),
    ("rejected", (TRIGGERED, Some(Enforcement::Block))),
    ("refuse", (TRIGGERED, Some(Enforcement::Block))),
    ("refused", (TRIGGERED, Some(Enforcement::Block))),
    ("refrain", (TRIGGERED, Some(Enforcement::Block))),
    ("exception", (TRIGGERED, Some(Enforcement::Block))),
    ("raise_exception", (TRIGGERED, Some(Enforcement::Block))),
    ("stop", (TRIGGERED, Some(Enforcement::Block))),
    ("halt", (TRIGGERED, Some(Enforcement::Block))),
    ("guardrail_intervened", (TRIGGERED, Some(Enforcement::Block))),
    ("intervened", (TRIGGERED, Some(Enforcement::Block))),
    ("triggered", (TRIGGERED, None)),
    ("tripped", (TRIGGERED, None)),
    ("fail", (TRIGGERED, None)),
    ("unsafe", (TRIGGERED, None)),
    ("violation", (TRIGGERED, None)),
    ("detected", (TRIGGERED, None)),
    ("reask", (TRIGGERED, None)),
    ("warn", (TRIGGERED, Some(Enforcement::Warn))),
    ("warning", (TRIGGERED, Some(Enforcement::Warn))),
    ("warned", (TRIGGERED, Some(Enforcement::Warn))),
    ("flag", (TRIGGERED, Some(Enforcement::Warn))),
    ("flagged", (TRIGGERED, Some(Enforcement::Warn))),
    ("escalate", (TRIGGERED, Some(Enforcement::Warn))),
    ("noop", (TRIGGERED, Some(Enforcement::Warn))),
    ("log", (TRIGGERED, Some(Enforcement::LogOnly))),
    ("log_only", (TRIGGERED, Some(Enforcement::LogOnly))),
    ("modify", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("modified", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("redact", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("redacted", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("mask", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("masked", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("fix", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("fix_reask", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("filter", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("reject_content", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("anonymized", (Some(GuardrailStatus::Modified), Some(Enforcement::Modify))),
    ("guardrail_failed_to_respond", (Some(GuardrailStatus::Failed), None)),
    ("failed", (Some(GuardrailStatus::Failed), None)),
    ("error", (Some(GuardrailStatus::Failed), None)),
    ("not_run", (Some(GuardrailStatus::NotRun), None)),
];

/// Reads a verdict, an action or a status in whoever's words.
pub(crate) fn verdict(word: &str) -> Option<Outcome> {
    let word = word.trim().trim_matches('"');
    if word.eq_ignore_ascii_case("skipped") {
        return Some((Some(GuardrailStatus::NotRun), None));
    }
    VERDICTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, outcome)| *outcome)
}

/// Reads what a name says about what is guarded: by whole words, so that `spices` has no `pii` and no `spi`.
pub(crate) fn category_in_name(name: &str) -> Option<GuardrailCategory> {
    let is_rate_limit =
        |words: &[String]| words.windows(2).any(|pair| pair[0] == "rate" && pair[1].starts_with("limit"));
    let words = words_of(name);
    if is_rate_limit(&words) {
        return Some(GuardrailCategory::RateLimit);
    }
    NAME_WORDS.iter().find(|(known, _)| words.iter().any(|word| word == known)).map(|(_, category)| *category)
}

/// Splits `containsPII_v2` and `Contains PII` into lower-case words.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let starts = !c.is_alphanumeric() || (c.is_uppercase() && was_lower);
        if starts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words
}

/// Reads a category in the words of the conventions, of this project, or of whoever named it.
pub(crate) fn category(word: &str) -> GuardrailCategory {
    let lower = word.trim().to_ascii_lowercase();
    GuardrailCategory::from_name(&lower)
        .or_else(|| category_in_name(word))
        .unwrap_or(GuardrailCategory::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_their_category_by_whole_words() {
        let cases = [
            ("no_pii", Some(GuardrailCategory::Pii)),
            ("Contains PII", Some(GuardrailCategory::Pii)),
            ("promptInjection", Some(GuardrailCategory::PromptInjection)),
            ("Hallucination Detection", Some(GuardrailCategory::Grounding)),
            ("api-rate-limit", Some(GuardrailCategory::RateLimit)),
            ("happiiness", None),
            ("outputs", None),
        ];
        for (name, expected) in cases {
            assert_eq!(category_in_name(name), expected, "{name}");
        }
    }

    #[test]
    fn verdicts_are_told_from_states() {
        assert_eq!(verdict("DENY"), Some((TRIGGERED, Some(Enforcement::Block))));
        assert_eq!(verdict("guardrail_failed_to_respond"), Some((Some(GuardrailStatus::Failed), None)));
        assert_eq!(verdict("\"skipped\""), Some((Some(GuardrailStatus::NotRun), None)));
        assert_eq!(verdict("maybe"), None);
    }
}
