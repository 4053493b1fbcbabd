//! Spellings of model names.

use std::borrow::Cow;

/// The longest model name that is looked up; longer ones are answered as unknown.
pub(crate) const MAX_NAME: usize = 512;

/// Brings a name to the form of the index: no surrounding space, lower case, `@` (Vertex) written as `-`.
pub(crate) fn fold(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    // Cloudflare's names begin with `@cf/`; that one stays.
    let has_version_sign = name.get(1..).is_some_and(|rest| rest.contains('@'));
    if !has_version_sign && !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    let mut lower = name.to_ascii_lowercase();
    if has_version_sign {
        let rest = lower.split_off(1).replace('@', "-");
        lower.push_str(&rest);
    }
    Cow::Owned(lower)
}

/// The parts of a folded name that may be the model's own name, most literal first: `models/` and resource paths cut.
pub(crate) fn without_path(name: &str) -> Option<&str> {
    if name.starts_with("arn:") {
        // arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-…
        return name.split_once('/').map(|(_, model)| model);
    }
    if let Some((_, model)) = name.rsplit_once("/models/") {
        return Some(model);
    }
    name.strip_prefix("models/")
}

/// The name without a Bedrock version (`-v1:0`, `:0`, `-v1`).
pub(crate) fn without_version(name: &str) -> Option<&str> {
    let bare = match name.rsplit_once(':') {
        Some((head, tail)) if !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit()) => head,
        _ => name,
    };
    let bare = match bare.rsplit_once("-v") {
        Some((head, tail))
            if !tail.is_empty() && tail.len() <= 2 && tail.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            head
        }
        _ => bare,
    };
    (bare.len() < name.len()).then_some(bare)
}

/// The name without a date, a moving alias or a release number: `-20250929`, `-2025-09-29`, `-latest`, `-default`, `-001`.
pub(crate) fn without_date(name: &str) -> Option<&str> {
    for suffix in ["-latest", "-default"] {
        if let Some(bare) = name.strip_suffix(suffix) {
            return Some(bare);
        }
    }
    let bytes = name.as_bytes();
    let ends_in = |pattern: &[u8]| {
        bytes.len() > pattern.len()
            && bytes[bytes.len() - pattern.len()..]
                .iter()
                .zip(pattern)
                .all(|(byte, wanted)| if *wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted })
    };
    let cut = |length: usize| name.get(..name.len() - length);
    if ends_in(b"-0000-00-00") {
        return cut(11);
    }
    if ends_in(b"-00000000") && matches!(&bytes[bytes.len() - 8..bytes.len() - 6], b"19" | b"20") {
        return cut(9);
    }
    (ends_in(b"-000") && bytes[bytes.len() - 3] == b'0').then(|| cut(4)).flatten()
}

/// Other spellings of the same name: `gpt-35` (Azure), `4.5` as `4-5` and back, a compact date as a dashed one and back.
pub(crate) fn spellings(name: &str) -> Vec<String> {
    let mut spellings = Vec::new();
    if let Some(rest) = name.strip_prefix("gpt-35") {
        spellings.push(format!("gpt-3.5{rest}"));
    }
    let digit_joint = |from: u8, to: char| {
        let bytes = name.as_bytes();
        let is_single_digit = |at: Option<usize>, beyond: Option<usize>| {
            let digit = |place: Option<usize>| {
                place.and_then(|place| bytes.get(place)).is_some_and(u8::is_ascii_digit)
            };
            digit(at) && !digit(beyond)
        };
        let swapped: String = name
            .char_indices()
            .map(|(place, letter)| {
                let between_digits = is_single_digit(place.checked_sub(1), place.checked_sub(2))
                    && is_single_digit(Some(place + 1), Some(place + 2));
                if letter == char::from(from) && between_digits { to } else { letter }
            })
            .collect();
        (swapped != name).then_some(swapped)
    };
    spellings.extend(digit_joint(b'.', '-'));
    spellings.extend(digit_joint(b'-', '.'));
    if let Some(bare) = without_date(name) {
        let date = &name[bare.len()..];
        match date.len() {
            11 => spellings.push(format!("{bare}-{}", date.replace('-', ""))),
            9 => spellings.push(format!("{bare}-{}-{}-{}", &date[1..5], &date[5..7], &date[7..9])),
            _ => {}
        }
    }
    spellings
}

/// The base of a fine-tuned model, with its mark: `ft:gpt-4o-mini-2024-07-18:acme:support:id` is `ft:gpt-4o-mini-2024-07-18`.
pub(crate) fn fine_tune_base(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("ft:")?;
    let base = rest.split(':').next().filter(|base| !base.is_empty())?;
    name.get(..3 + base.len())
}

/// Whether a name that begins with a pattern is the pattern's model: `claude-opus-4` must not take `claude-opus-4-8`.
pub(crate) fn continues(name: &str, prefix: &str) -> bool {
    let Some(rest) = name.strip_prefix(prefix) else { return false };
    let Some(tail) = rest.strip_prefix(['-', '.', ':', '_', '/', '[']) else { return rest.is_empty() };
    let number = tail.bytes().take_while(u8::is_ascii_digit).count();
    let is_version =
        (1..=2).contains(&number) && !tail[number..].starts_with(|letter: char| letter.is_ascii_alphabetic());
    !is_version && (number == 0 || !rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_are_cut_and_versions_are_not() {
        for (name, bare) in [
            ("gpt-5-2031-01-01", Some("gpt-5")),
            ("claude-sonnet-4-5-20250929", Some("claude-sonnet-4-5")),
            ("gemini-flash-latest", Some("gemini-flash")),
            ("gemini-2.0-flash-001", Some("gemini-2.0-flash")),
            ("gpt-4-0613", None),
            ("mistral-large-2512", None),
            ("model-12345678", None),
            ("claude-opus-4-8", None),
        ] {
            assert_eq!(without_date(name), bare, "{name}");
        }
    }

    #[test]
    fn paths_and_versions_are_cut() {
        assert_eq!(without_path("models/gemini-2.5-flash"), Some("gemini-2.5-flash"));
        assert_eq!(
            without_path("projects/p/locations/l/publishers/google/models/gemini-2.5-pro"),
            Some("gemini-2.5-pro")
        );
        assert_eq!(
            without_path("arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-pro-v1:0"),
            Some("us.amazon.nova-pro-v1:0")
        );
        assert_eq!(without_version("us.amazon.nova-pro-v1:0"), Some("us.amazon.nova-pro"));
        assert_eq!(without_version("gpt-4o"), None);
        assert_eq!(
            fine_tune_base("ft:gpt-4o-mini-2024-07-18:acme:support:xyz"),
            Some("ft:gpt-4o-mini-2024-07-18")
        );
    }

    #[test]
    fn a_prefix_does_not_take_another_version() {
        assert!(continues("claude-opus-4-8-20260101", "claude-opus-4-8"));
        assert!(continues("gemini-2.5-pro-preview-06-05", "gemini-2.5-pro"));
        assert!(!continues("claude-opus-4-8", "claude-opus-4"));
        assert!(!continues("claude-opus-4.8", "claude-opus-4"));
        assert!(!continues("gpt-41", "gpt-4"));
    }

    proptest! {
        #[test]
        fn no_name_panics(name in "\\PC{0,40}") {
            let folded = fold(&name);
            let _ = (without_path(&folded), without_version(&folded), without_date(&folded), fine_tune_base(&folded));
            let _ = (spellings(&folded), continues(&folded, "gpt-4"));
        }
    }
}
