//! Numbers: one look at each word with a digit in it, shared by every kind of number.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::context::Contexts;
use super::identities;
use super::text::{begins, ends, part, run_end, run_start};
use crate::validate::{crypto, digits, national, network};

/// How far before and after a number its word of context may stand, in bytes.
const BEFORE: usize = 64;
const AFTER: usize = 40;

/// Digits in groups, with the separators between them.
struct Groups {
    digits: [u8; MOST_DIGITS],
    digit_count: usize,
    /// Start and end of each group in the text, and how many digits end with it.
    parts: [(usize, usize, usize); MOST_DIGITS],
    part_count: usize,
    separators: [u8; MOST_DIGITS],
}

/// The longest number that any kind has.
const MOST_DIGITS: usize = 24;

fn groups(bytes: &[u8], start: usize) -> Groups {
    let mut found = Groups {
        digits: [0; MOST_DIGITS],
        digit_count: 0,
        parts: [(0, 0, 0); MOST_DIGITS],
        part_count: 0,
        separators: [0; MOST_DIGITS],
    };
    let mut at = start;
    loop {
        let end = run_end(bytes, at, MOST_DIGITS + 1, |byte| byte.is_ascii_digit());
        let count = found.digit_count + (end - at);
        if end == at || count > MOST_DIGITS {
            break;
        }
        found.digits[found.digit_count..count].copy_from_slice(&bytes[at..end]);
        found.digit_count = count;
        found.parts[found.part_count] = (at, end, count);
        found.part_count += 1;
        match separator(bytes, end) {
            Some(separator) if count < MOST_DIGITS => {
                found.separators[found.part_count - 1] = separator;
                at = end + 1;
            }
            _ => break,
        }
    }
    found
}

/// Returns what stands between the group that ends at `end` and the next.
fn separator(bytes: &[u8], end: usize) -> Option<u8> {
    match bytes.get(end..end + 2)? {
        [separator @ (b' ' | b'-' | b'.' | b'/'), b'0'..=b'9'] => Some(*separator),
        _ => None,
    }
}

impl Groups {
    fn parts(&self) -> &[(usize, usize, usize)] {
        &self.parts[..self.part_count]
    }

    /// What stands between the groups: one less than there are groups.
    fn separators(&self) -> &[u8] {
        &self.separators[..self.part_count.saturating_sub(1)]
    }

    /// The first `count` groups, if they are of these lengths and one of `separators` stands between all of them.
    fn like(&self, lengths: &[usize], separators: &[u8]) -> Option<(&[u8], usize)> {
        let parts = self.parts().get(..lengths.len())?;
        let fits = parts.iter().zip(lengths).all(|((start, end, _), length)| end - start == *length)
            && self.uniform(lengths.len())
            && (lengths.len() == 1
                || self.separators().first().is_some_and(|first| separators.contains(first)));
        let (_, end, count) = parts.last()?;
        fits.then(|| (&self.digits[..*count], *end))
    }

    fn uniform(&self, count: usize) -> bool {
        self.separators().iter().take(count - 1).all(|separator| *separator == self.separators[0])
    }
}

/// A place where a number of a kind stands.
pub(crate) struct Number {
    pub(crate) kind: &'static str,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Looks for numbers of every kind in the word at `start..end`, which has a digit in it.
pub(crate) fn find(text: &str, contexts: &Contexts<'_>, start: usize, end: usize, out: &mut Vec<Number>) {
    let bytes = text.as_bytes();
    let first = out.len();
    let mut push = |kind, start, end| out.push(Number { kind, start, end });
    let before = start.checked_sub(1).map(|at| bytes[at]);
    // A stretch of base64 between its signs is no word.
    let is_sign = |byte: Option<u8>| matches!(byte, Some(b'+' | b'/'));
    let in_base64 = is_sign(before)
        && matches!(bytes.get(end), Some(b'+' | b'/' | b'='))
        && end - start >= 16
        && bytes[start..end].iter().any(u8::is_ascii_alphabetic);
    if in_base64 {
        return;
    }
    if bytes[start].is_ascii_digit() {
        with_digits(text, contexts, start, end, &mut push);
        settle_phone(bytes, contexts, first, out);
    } else {
        with_letters(bytes, start, end, &mut push);
    }
    let mut push = |kind, start, end| out.push(Number { kind, start, end });
    identities::find(bytes, contexts, start, end, &mut push);
    if (25..=35).contains(&(end - start))
        && let Some(kind) = crypto::base58check(part(text, start, end))
    {
        push(kind, start, end);
    }
    // A spaced British number: `AL 71 44 65 D`.
    if end - start == 2 && before == Some(b' ') && start >= 3 {
        let spaced = groups(bytes, start);
        if let Some((_, last)) = spaced.like(&[2, 2, 2], b" ") {
            let letter = last + 1;
            if bytes.get(last) == Some(&b' ')
                && bytes
                    .get(letter)
                    .is_some_and(|byte| national::is_uk_nino(bytes[start - 3], bytes[start - 2], *byte))
                && ends(bytes, letter + 1)
                && begins(bytes, start - 3)
            {
                push("uk_nino", start - 3, letter + 1);
            }
        }
    }
    // A Spanish number with hyphens: `X-1234567-L`.
    if before == Some(b'-')
        && start >= 2
        && matches!(bytes[start - 2], b'X' | b'Y' | b'Z')
        && begins(bytes, start - 2)
        && end - start == 7
    {
        let mut number = vec![bytes[start - 2] - b'X' + b'0'];
        number.extend_from_slice(&bytes[start..end]);
        if bytes.get(end) == Some(&b'-')
            && bytes.get(end + 1).is_some_and(|letter| {
                number.iter().all(u8::is_ascii_digit) && national::is_es_dni(&number, *letter)
            })
            && ends(bytes, end + 2)
        {
            push("es_nie", start - 2, end + 2);
        }
    }
}

/// Of a telephone number and a social security number at one place leaves the one whose word stands last before it;
/// `ddd-dd-dddd` is no form of a telephone number at all.
fn settle_phone(bytes: &[u8], contexts: &Contexts<'_>, first: usize, out: &mut Vec<Number>) {
    let Some(number) = out[first..].iter().find(|number| number.kind == "us_ssn") else { return };
    let (start, end) = (number.start, number.end);
    let is_phone = bytes.get(start + 3) != Some(&b'-')
        && contexts.last_before("phone", start) > contexts.last_before("us_ssn", start);
    let loser = if is_phone { "us_ssn" } else { "phone" };
    let has_phone =
        out[first..].iter().any(|number| (number.kind, number.start, number.end) == ("phone", start, end));
    if has_phone {
        let mut index = 0;
        out.retain(|number| {
            index += 1;
            index <= first || (number.kind, number.start, number.end) != (loser, start, end)
        });
    }
}

fn with_letters(bytes: &[u8], start: usize, end: usize, push: &mut impl FnMut(&'static str, usize, usize)) {
    let word = &bytes[start..end];
    if word.len() >= 4
        && word[..2].iter().all(u8::is_ascii_alphabetic)
        && word[2..4].iter().all(u8::is_ascii_digit)
        && let Some(length) =
            digits::iban_length(&[word[0], word[1]].map(|letter| letter.to_ascii_uppercase()))
    {
        let (mut iban, mut at) = (Vec::with_capacity(length), start);
        while iban.len() < length {
            match bytes.get(at) {
                Some(byte) if byte.is_ascii_alphanumeric() => iban.push(byte.to_ascii_uppercase()),
                Some(b' ' | b'-') if bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) => {}
                _ => break,
            }
            at += 1;
        }
        // In small letters, as an id may begin too, only with figures behind the bank's letters.
        let letters = iban.iter().skip(4).skip_while(|byte| byte.is_ascii_alphabetic());
        let is_plain = word[0].is_ascii_uppercase() && word[1].is_ascii_uppercase()
            || letters.clone().all(u8::is_ascii_digit) && letters.count() + 8 >= length;
        if is_plain && iban.len() == length && ends(bytes, at) && digits::is_iban(&iban) {
            push("iban", start, at);
        }
    }
    match word {
        [first, second, rest @ .., last] if word.len() == 9 && rest.iter().all(u8::is_ascii_digit) => {
            if first.is_ascii_uppercase() && national::is_uk_nino(*first, *second, *last) {
                push("uk_nino", start, end);
            }
            if matches!(first, b'X' | b'Y' | b'Z') && second.is_ascii_digit() {
                let mut number = vec![first - b'X' + b'0', *second];
                number.extend_from_slice(rest);
                if national::is_es_dni(&number, *last) {
                    push("es_nie", start, end);
                }
            }
        }
        _ if word.len() == 16 => {
            let form = b"AAAAAADDADDADDDA";
            let fits = word.iter().zip(form).all(|(byte, class)| {
                // In place of digits stand letters where two people would have the same code (omocodia).
                byte.is_ascii_alphabetic() || (*class == b'D' && byte.is_ascii_digit())
            });
            if fits && national::is_it_codice_fiscale(word) {
                push("it_codice_fiscale", start, end);
            }
        }
        _ => {}
    }
}

fn with_digits(
    text: &str,
    contexts: &Contexts<'_>,
    start: usize,
    end: usize,
    push: &mut impl FnMut(&'static str, usize, usize),
) {
    let bytes = text.as_bytes();
    let before = start.checked_sub(1).map(|at| bytes[at]);
    let near = |kind, end: usize| contexts.near(kind, start, end, BEFORE, AFTER);
    let word = &bytes[start..end];
    // A letter behind eight digits: Spain. Corsica in the French number: 2A, 2B.
    if let [number @ .., letter] = word {
        if number.len() == 8
            && number.iter().all(u8::is_ascii_digit)
            && letter.is_ascii_alphabetic()
            && national::is_es_dni(number, *letter)
            && near("es_dni", end)
        {
            push("es_dni", start, end);
        }
        if word.len() == 15 && letter.is_ascii_digit() && national::is_fr_nir(word) {
            push("fr_nir", start, end);
        }
    }
    if word.len() == 8
        && bytes.get(end) == Some(&b'-')
        && word.iter().all(u8::is_ascii_digit)
        && bytes
            .get(end + 1)
            .is_some_and(|letter| letter.is_ascii_alphabetic() && national::is_es_dni(word, *letter))
        && ends(bytes, end + 2)
        && near("es_dni", end)
    {
        push("es_dni", start, end + 2);
    }
    french(bytes, start, push);
    if !word.iter().all(u8::is_ascii_digit) {
        return;
    }
    // Part of a longer number, an id or a fraction.
    let inner = match before {
        Some(b'.' | b'/') => start >= 2 && bytes[start - 2].is_ascii_digit(),
        Some(b'-' | b'_') => {
            start >= 2
                && bytes[start - 2].is_ascii_alphanumeric()
                && !super::text::is_escape_letter(bytes, start - 2)
        }
        _ => false,
    };
    // No kind has so few digits but an IPv4 address. Most numbers have one group, and are told before groups are made.
    let is_signed = matches!(before, Some(b'+' | b'('));
    if end - start < 7 && !is_signed && separator(bytes, end).is_none() {
        return;
    }
    let found = groups(bytes, start);
    if found.digit_count < 7 && found.part_count < 4 && !is_signed {
        return;
    }
    phone(text, contexts, start, &found, push);
    if inner || before == Some(b'+') {
        return;
    }
    let closes = |end: usize| {
        ends(bytes, end)
            && !matches!((bytes.get(end), bytes.get(end + 1)), (Some(b'-' | b'.' | b'_'), Some(next)) if next.is_ascii_alphanumeric())
    };
    for count in (1..=found.part_count).rev() {
        let (_, end, total) = found.parts[count - 1];
        if (13..=19).contains(&total)
            && found.uniform(count)
            && matches!(found.separators().first(), None | Some(b' ' | b'-'))
            && closes(end)
        {
            let lengths: Vec<usize> =
                found.parts[..count].iter().map(|(start, end, _)| end - start).collect();
            let grouped = match lengths.as_slice() {
                [_] | [4, 6, 5] | [4, 6, 4] | [6, 13] => true,
                [rest @ .., last] => rest.iter().all(|length| *length == 4) && *last <= 4,
                [] => false,
            };
            if grouped && digits::is_payment_card(&found.digits[..total]) {
                push("payment_card", start, end);
                break;
            }
        }
    }
    let mut number = |kind: &'static str,
                      lengths: &[usize],
                      separators: &[u8],
                      is_valid: &dyn Fn(&[u8]) -> bool,
                      alone: bool| {
        if let Some((digits, end)) = found.like(lengths, separators)
            && closes(end)
            && is_valid(digits)
            && (alone || contexts.near(kind, start, end, BEFORE, AFTER))
        {
            push(kind, start, end);
        }
    };
    number("us_ssn", &[3, 2, 4], b"-", &national::is_us_ssn, true);
    number("us_ssn", &[3, 2, 4], b" .", &national::is_us_ssn, false);
    number("us_ssn", &[9], b"", &national::is_us_ssn, false);
    number("de_tax_id", &[11], b"", &national::is_de_tax_id, false);
    number("de_tax_id", &[2, 3, 3, 3], b" -/", &national::is_de_tax_id, false);
    number("in_aadhaar", &[12], b"", &national::is_in_aadhaar, false);
    number("in_aadhaar", &[4, 4, 4], b" -", &national::is_in_aadhaar, false);
    number("br_cpf", &[11], b"", &national::is_br_cpf, false);
    number("nl_bsn", &[9], b"", &national::is_nl_bsn, false);
    number("nl_bsn", &[4, 2, 3], b" .-", &national::is_nl_bsn, false);
    number("nl_bsn", &[3, 3, 3], b" .-", &national::is_nl_bsn, false);
    number("ca_sin", &[9], b"", &digits::luhn, false);
    number("ca_sin", &[3, 3, 3], b" -", &digits::luhn, false);
    number("us_npi", &[10], b"", &digits::is_npi, false);
    if found.separators().starts_with(b"..-") && found.part_count >= 4 {
        let lengths: Vec<usize> = found.parts[..4].iter().map(|(start, end, _)| end - start).collect();
        let (_, end, total) = found.parts[3];
        if lengths == [3, 3, 3, 2] && closes(end) && national::is_br_cpf(&found.digits[..total]) {
            push("br_cpf", start, end);
        }
    }
    if found.separators() == b"..." && found.part_count == 4 {
        ipv4(text, start, &found, push);
    }
}

/// The French number in its groups: `1 74 10 11 294 904 43`, with 2A and 2B for Corsica.
fn french(bytes: &[u8], start: usize, push: &mut impl FnMut(&'static str, usize, usize)) {
    if !matches!((bytes[start], bytes.get(start + 1)), (b'1' | b'2', Some(b' ' | b'.' | b'-' | b'0'..=b'9')))
    {
        return;
    }
    // `1.2.840.113549` is an object identifier.
    if start >= 2 && bytes[start - 1] == b'.' && bytes[start - 2].is_ascii_digit() {
        return;
    }
    let (mut characters, mut at) = (Vec::with_capacity(15), start);
    while characters.len() < 15 {
        match bytes.get(at) {
            Some(byte) if byte.is_ascii_digit() || (characters.len() == 6 && matches!(byte, b'A' | b'B')) => {
                characters.push(*byte);
            }
            Some(b' ' | b'.' | b'-') if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {}
            _ => return,
        }
        at += 1;
    }
    if at - start > 15 && ends(bytes, at) && national::is_fr_nir(&characters) {
        push("fr_nir", start, at);
    }
}

/// Tells whether four numbers are no address, by the word right before them: `section 1.2.3.4`, `libfoo.so.1.2.3.4`.
fn is_version(before: &str, address: Ipv4Addr) -> bool {
    let word = before.trim_end_matches([' ', '.', '-', '_', '=', '/', ':']);
    let word = word.rsplit(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    let is_numbered =
        ["v", "ver", "version", "section", "chapter", "clause", "lib", "so", "oid"].contains(&word);
    // Their logs name addresses too; no version of theirs starts so high.
    let is_product =
        ["nginx", "dotnet", "net", "chrome", "chromium", "sdk", "runtime", "openssl", "postgresql"]
            .contains(&word)
            && address.octets()[0] < 30;
    is_numbered || is_product
}

fn ipv4(text: &str, start: usize, found: &Groups, push: &mut impl FnMut(&'static str, usize, usize)) {
    let bytes = text.as_bytes();
    let end = found.parts[3].1;
    let Ok(address) = part(text, start, end).parse::<Ipv4Addr>() else { return };
    let follows = matches!((bytes.get(end), bytes.get(end + 1)), (Some(b'.' | b'-' | b'+'), Some(next)) if next.is_ascii_alphanumeric());
    // `Chrome/120.0.0.1`, but not `http://1.2.3.4`.
    let product = start >= 2 && bytes[start - 1] == b'/' && bytes[start - 2].is_ascii_alphanumeric();
    let before = part(text, start.saturating_sub(24), start).to_ascii_lowercase();
    let version = ["version", "release", "build", "firmware", "rev"].iter().any(|word| before.contains(word));
    if !follows
        && !product
        && !version
        && !is_version(&before, address)
        && ends(bytes, end)
        && network::is_public_ipv4(address)
    {
        push("ipv4", start, end);
    }
}

/// Telephone numbers: with `+`, in a form that only they have, or with a word near.
fn phone(
    text: &str,
    contexts: &Contexts<'_>,
    start: usize,
    found: &Groups,
    push: &mut impl FnMut(&'static str, usize, usize),
) {
    let bytes = text.as_bytes();
    let before = start.checked_sub(1).map(|at| bytes[at]);
    let from = match before {
        Some(b'+') | Some(b'(') => start - 1,
        _ => start,
    };
    let from = if from >= 1 && bytes[from] == b'(' && bytes[from - 1] == b'+' { from - 1 } else { from };
    let plus = bytes[from] == b'+';
    if !begins(bytes, from)
        || (from > 0
            && matches!(bytes[from - 1], b'.' | b'_' | b'+' | b'=' | b'/' | b'-')
            && !plus
            && found.part_count == 1
            && bytes[from - 1] != b'=')
    {
        return;
    }
    // `model-4-5-20250929`
    if !plus && from >= 2 && matches!(bytes[from - 1], b'-' | b'_') && bytes[from - 2].is_ascii_alphanumeric()
    {
        return;
    }
    // Digits with at most two separators between them, and `(0)`.
    let (mut count, mut at, mut end, mut gap, mut open) = (0, from, from, 0, false);
    let mut digits = [0_u8; 16];
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => {
                if count == 16 {
                    return;
                }
                digits[count] = *byte;
                count += 1;
                gap = 0;
                end = at + 1;
            }
            b'+' if at == from => {}
            b'(' => open = true,
            b')' if open => {
                open = false;
                gap = 0;
            }
            b' ' | b'-' | b'.' | b'/' if gap < 2 => gap += 1,
            _ => break,
        }
        at += 1;
    }
    let digits = &digits[..count];
    let end = extension(bytes, end);
    if !ends(bytes, end)
        || matches!((bytes.get(end), bytes.get(end + 1)), (Some(b'.' | b'-' | b':' | b'_'), Some(next)) if next.is_ascii_alphanumeric())
    {
        return;
    }
    if plus {
        if (8..=15).contains(&count) && digits[0] != b'0' {
            push("phone", from, end);
        }
        return;
    }
    let north_american = |digits: &[u8]| digits.len() == 10 && digits[0] >= b'2' && digits[3] >= b'2';
    let lengths: Vec<usize> = found.parts().iter().map(|(start, end, _)| end - start).collect();
    let is_fraction = matches!(lengths.as_slice(), [..=2, _] | [5..=13, 2])
        && found.separators().first() == Some(&b'.')
        || from > 0 && bytes[from - 1] == b'$';
    let with_one = |digits: &[u8]| digits.len() == 11 && digits[0] == b'1' && north_american(&digits[1..]);
    // `(11) 95550-0123`, `(020) 7946 0018`: an area in brackets, and what follows in groups.
    let in_brackets = bytes[from] == b'('
        && matches!(lengths.as_slice(), [2..=5])
        && (9..=11).contains(&count)
        && (digits[0] == b'0' || lengths == [2] && count >= 10);
    // `0044 20 7946 0018`
    let international = digits.starts_with(b"00")
        && matches!(digits.get(2), Some(b'1'..=b'9'))
        && matches!(lengths.as_slice(), [4 | 5, _, ..])
        && (11..=15).contains(&count);
    let shaped = (bytes[from] == b'(' && north_american(digits))
        || in_brackets
        || international
        || (lengths == [1, 3, 3, 4]
            && found.uniform(4)
            && matches!(found.separators().first(), Some(b'-' | b'.'))
            && with_one(digits))
        || (lengths == [3, 3, 4]
            && found.uniform(3)
            && matches!(found.separators().first(), Some(b'-' | b'.'))
            && north_american(digits));
    let is_date = matches!(
        lengths.as_slice(),
        [4, 2, 2, ..] | [2, 2, 4, ..] | [1, 2, 4, ..] | [2, 1, 4, ..] | [1, 1, 4, ..]
    ) && matches!(found.separators().first(), Some(b'-' | b'/' | b'.'));
    // The word may be the head of a table's column.
    let reach = if digits[0] == b'0' && count >= 9 { 200 } else { 48 };
    let is_card =
        count == 16 || found.separators().iter().filter(|separator| **separator == b'.').count() == 3;
    if shaped
        || (!is_date
            && !is_fraction
            && !is_card
            && (8..=if digits.starts_with(b"00") { 15 } else { 13 }).contains(&count)
            && (digits[0] == b'0' || count >= 9)
            && !(digits[0] == b'1' && found.part_count == 1 && bytes[from] != b'(')
            && contexts.near("phone", from, end, reach, 24))
    {
        push("phone", from, end);
    }
}

/// Returns where a telephone number ends with its extension: `x123`, ` ext. 12`.
fn extension(bytes: &[u8], end: usize) -> usize {
    let gap = run_end(bytes, end, 2, |byte| byte == b' ' || byte == b',');
    let word = run_end(bytes, gap, 10, |byte| byte.is_ascii_alphabetic());
    let name = &bytes[gap..word];
    if !["x", "ext", "extension"].iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes())) {
        return end;
    }
    let from = run_end(bytes, word, 2, |byte| byte == b' ' || byte == b'.');
    let stop = run_end(bytes, from, 6, |byte| byte.is_ascii_digit());
    if (from + 2..=from + 5).contains(&stop) && ends(bytes, stop) { stop } else { end }
}

/// Looks for IPv6 and MAC addresses around the word at `start..end`; returns where it looked to.
pub(crate) fn find_addresses(text: &str, start: usize, end: usize, out: &mut Vec<Number>) -> usize {
    let bytes = text.as_bytes();
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'-');
    let touches = |at: Option<&u8>| matches!(at, Some(b':' | b'-' | b'.'));
    if end - start > 4
        || !(touches(bytes.get(end)) || start.checked_sub(1).is_some_and(|at| touches(bytes.get(at))))
    {
        return end;
    }
    let from = run_start(bytes, start, 46, is_part);
    let to = run_end(bytes, end, 46, is_part);
    let run = &bytes[from..to];
    if !begins(bytes, from) || !ends(bytes, to) {
        return end;
    }
    let trimmed =
        run.iter().rposition(|byte| byte.is_ascii_hexdigit() || *byte == b':').map_or(0, |last| last + 1);
    let candidate = part(text, from, from + trimmed);
    if is_mac(candidate.as_bytes()) {
        out.push(Number { kind: "mac_address", start: from, end: from + trimmed });
        return to;
    }
    let candidate =
        candidate.strip_suffix(':').filter(|shorter| !shorter.ends_with(':')).unwrap_or(candidate);
    if candidate.bytes().filter(|byte| *byte == b':').count() >= 2
        && !candidate.contains('-')
        && candidate.parse::<Ipv6Addr>().is_ok_and(network::is_public_ipv6)
    {
        out.push(Number { kind: "ipv6", start: from, end: from + candidate.len() });
        return to;
    }
    end
}

fn is_mac(run: &[u8]) -> bool {
    let (width, separator) = match run.len() {
        17 => (3, run[2]),
        14 => (5, run[4]),
        _ => return false,
    };
    let fits = run.iter().enumerate().all(|(place, byte)| {
        if place % width == width - 1 { *byte == separator } else { byte.is_ascii_hexdigit() }
    });
    let separated = if width == 3 { matches!(separator, b':' | b'-') } else { separator == b'.' };
    let hex = || run.iter().filter(|byte| byte.is_ascii_hexdigit());
    fits && separated && !hex().all(|byte| *byte == b'0') && !hex().all(|byte| matches!(byte, b'f' | b'F'))
}
