//! Kinds that are known only by the words before them.

use super::context::Contexts;
use super::special;
use super::text::{begins, part, run_end, run_start};

/// Looks behind and before the words of context for dates of birth, passports and medical record numbers.
pub(super) fn find(text: &str, contexts: &Contexts<'_>) -> Vec<(&'static str, usize, usize)> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let is_date = |word: &str| {
        let number =
            |range: std::ops::Range<usize>| word.get(range).and_then(|digits| digits.parse::<u32>().ok());
        word.get(4..5) == Some("-")
            || word.len() == 8
                && matches!(
                    (number(0..4), number(4..6), number(6..8)),
                    (Some(1900..=2099), Some(1..=12), Some(1..=31))
                )
    };
    let digits = |word: &str| word.bytes().filter(u8::is_ascii_digit).count();
    for end in contexts.ends_of("date_of_birth") {
        found.extend(special::date(text, end).map(|(start, end)| ("date_of_birth", start, end)));
        // `Ich bin am 19.05.1945 geboren`: the word must follow at once.
        let word = run_start(bytes, end, 16, |byte| byte != b' ');
        let from = word.saturating_sub(22);
        let before =
            special::date(text, from).filter(|(_, date_end)| *date_end <= word && word - date_end <= 2);
        found.extend(before.map(|(start, end)| ("date_of_birth", start, end)));
    }
    for end in contexts.ends_of("passport") {
        let fits = |word: &str| {
            let is_small = word.bytes().any(|byte| byte.is_ascii_lowercase());
            (8..=10).contains(&word.len())
                && !is_date(word)
                && digits(word) >= if is_small { 5 } else { 2 }
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
                && !(is_small && word.bytes().any(|byte| byte.is_ascii_uppercase()))
        };
        // `"passport": {"number": …`
        let opened = run_end(bytes, end, 8, |byte| b"\\\"': {".contains(&byte));
        let behind = special::word_behind(text, opened, 64, fits).or_else(|| {
            // `I lost my passport. Its number was …`
            let next = special::sentence_end(text, end, 64)?;
            let number = ["number", "nummer", "número", "numéro", "numero"];
            let names = number.iter().any(|word| part(text, next, next + 24).contains(word));
            names.then(|| special::word_behind(text, next, 48, fits)).flatten()
        });
        // `C01X00T47 is my passport number`
        let before = || {
            let word = run_start(bytes, end, 16, |byte| byte.is_ascii_alphabetic());
            let from = run_start(bytes, word, 30, |byte| byte != b'\n' && byte != b'.');
            special::word_behind(text, from, word - from, fits)
                .filter(|(start, end)| *end <= word && begins(bytes, *start))
        };
        found.extend(behind.or_else(before).map(|(start, end)| ("passport", start, end)));
    }
    for end in contexts.ends_of("medical_record_number") {
        let fits = |word: &str| {
            let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
            (6..=14).contains(&word.len()) && digits(word) >= 5 && letters <= 4 && !is_date(word)
        };
        found.extend(
            special::word_behind(text, end, 40, fits)
                .map(|(start, end)| ("medical_record_number", start, end)),
        );
    }
    found
}
