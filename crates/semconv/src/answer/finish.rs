//! Spelling of finish reasons.

use std::borrow::Cow;

/// Returns a finish reason without what a library's language added: enum class names and hyphens for underscores.
///
/// The word itself stays the provider's: `end_turn`, `SAFETY` and `refusal` say more than `stop` and `content_filter`,
/// and the conventions define no values for `gen_ai.response.finish_reasons`.
pub(crate) fn canonical(reason: &str) -> Cow<'_, str> {
    let reason = reason.trim().trim_matches('"');
    // Python writes `FinishReason.STOP` for an enum's member.
    let reason = match reason.rsplit_once('.') {
        Some((class, member)) if class.ends_with("Reason") && !member.is_empty() => member,
        _ => reason,
    };
    if reason.contains('-') { Cow::Owned(reason.replace('-', "_")) } else { Cow::Borrowed(reason) }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn only_spelling_changes() {
        let cases = [
            ("stop", "stop"),
            ("tool-calls", "tool_calls"),
            ("FinishReason.MAX_TOKENS", "MAX_TOKENS"),
            ("\"stop\"", "stop"),
            ("end_turn", "end_turn"),
        ];
        for (written, expected) in cases {
            assert_eq!(canonical(written), expected);
            assert_eq!(canonical(&canonical(written)), expected);
        }
    }
}
