//! Kinds that are known only by the words before them.

use super::context::Contexts;
use super::special;
use super::text::{begins, part, run_end, run_start};
use crate::action::in_marker;

/// Looks behind and before the words of context for dates of birth, passports and medical record numbers.
pub(super) fn find(text: &str, contexts: &Contexts<'_>) -> Vec<(&'static str, usize, usize)> {
    let mut found = Vec::new();
    if contexts.is_empty() {
        return found;
    }
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
    // The word in a marker is an answer and asks for none.
    let asked = |kind: &'static str| {
        contexts.ends_of(kind).filter(|end| !in_marker(text, end.saturating_sub(1), *end))
    };
    let digits = |word: &str| word.bytes().filter(u8::is_ascii_digit).count();
    for end in asked("date_of_birth") {
        found.extend(special::date(text, end).map(|(start, end)| ("date_of_birth", start, end)));
        // `Ich bin am 19.05.1945 geboren`: the word must follow at once.
        let word = run_start(bytes, end, 16, |byte| byte != b' ');
        let from = word.saturating_sub(22);
        let before =
            special::date(text, from).filter(|(_, date_end)| *date_end <= word && word - date_end <= 2);
        found.extend(before.map(|(start, end)| ("date_of_birth", start, end)));
    }
    for end in asked("passport") {
        let fits = |word: &str| {
            let is_small = word.bytes().any(|byte| byte.is_ascii_lowercase());
            (8..=10).contains(&word.len())
                && !is_date(word)
                && !word.starts_with("0x")
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
    for end in asked("medical_record_number") {
        let fits = |word: &str| {
            let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
            (6..=14).contains(&word.len()) && digits(word) >= 5 && letters <= 4 && !is_date(word)
        };
        found.extend(
            special::word_behind(text, end, 40, fits)
                .filter(|(start, stop)| is_whole(bytes, *start, *stop))
                .map(|(start, end)| ("medical_record_number", start, end)),
        );
    }
    for (kind, reach, lengths) in [
        ("us_drivers_license", 32, 6..=16),
        ("bank_account", 24, 7..=17),
        ("card_security_code", 14, 3..=4),
        ("pin", 14, 4..=8),
    ] {
        let is_license = kind == "us_drivers_license";
        let fits = |word: &str| {
            lengths.contains(&word.len())
                && digits(word) >= if is_license { 5.min(word.len() - 1) } else { word.len() }
                && (is_license || digits(word) == word.len())
                && word.bytes().all(|byte| byte.is_ascii_digit() || is_license && byte.is_ascii_uppercase())
                && !(lengths.end() > &8 && is_date(word))
        };
        for end in asked(kind) {
            // Members of JSON are read by their names.
            if !is_license && kind != "bank_account" && matches!(bytes.get(end), Some(b'"' | b'\'' | b'\\')) {
                continue;
            }
            found.extend(
                special::word_behind(text, end, reach, fits)
                    .filter(|(start, stop)| is_whole(bytes, *start, *stop))
                    .map(|(start, stop)| (kind, start, stop)),
            );
        }
    }
    found
}

/// Tells whether a word is no part of a longer number, a price, a time or a unit.
fn is_whole(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_sign = |byte: Option<&u8>| matches!(byte, Some(b'.' | b',' | b':' | b'-' | b'/' | b'_' | b'$'));
    let touches =
        |sign: Option<&u8>, next: Option<&u8>| is_sign(sign) && next.is_some_and(u8::is_ascii_digit);
    let goes_on = touches(bytes.get(end), bytes.get(end + 1));
    let begins_before = start >= 2 && touches(bytes.get(start - 1), bytes.get(start - 2));
    !goes_on && !begins_before && bytes.get(end) != Some(&b'%')
}
