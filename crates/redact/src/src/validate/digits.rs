//! Payment cards, IBAN and other numbers with check digits.

/// Tells whether the digits pass the Luhn test (ISO/IEC 7812-1, annex B).
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0'));
            if place % 2 == 0 { value } else { (value * 2) / 10 + (value * 2) % 10 }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Tells whether the digits are a payment card: length and issuer range of a scheme, and Luhn.
pub(crate) fn is_payment_card(digits: &[u8]) -> bool {
    let number = |count: usize| {
        digits.iter().take(count).fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    let (two, three, four) = (number(2), number(3), number(4));
    let fits = match digits.len() {
        13 => digits[0] == b'4' && four != 4000,
        14 => matches!(three, 300..=305) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37),
        16 => {
            digits[0] == b'4'
                || matches!(two, 51..=55 | 62 | 65 | 36 | 38 | 39)
                || matches!(four, 2221..=2720 | 3528..=3589 | 6011)
                || matches!(three, 644..=649)
                || matches!(two, 81)
        }
        17 | 18 => two == 62,
        19 => digits[0] == b'4' || two == 62 || two == 65 || four == 6011 || matches!(four, 3528..=3589),
        _ => false,
    };
    fits && digits.iter().any(|digit| *digit != digits[0]) && luhn(digits)
}

/// Lengths of an IBAN by country (SWIFT IBAN registry).
const IBAN_LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// Returns how long an IBAN of the country is, in characters without blanks.
pub(crate) fn iban_length(country: &[u8]) -> Option<usize> {
    IBAN_LENGTHS.iter().find(|(code, _)| code.as_slice() == country).map(|(_, length)| *length)
}

/// Tells whether the characters, without blanks, pass the IBAN's test of 97 (ISO 13616).
pub(crate) fn is_iban(iban: &[u8]) -> bool {
    if iban.len() < 15 || !iban[2].is_ascii_digit() || !iban[3].is_ascii_digit() {
        return false;
    }
    let mut rest = 0_u32;
    for byte in iban[4..].iter().chain(&iban[..4]) {
        rest = match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            b'A'..=b'Z' | b'a'..=b'z' => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
            _ => return false,
        };
    }
    rest == 1
}

/// Tells whether ten digits are a National Provider Identifier: Luhn behind 80840 (CMS, NPI check digit).
pub(crate) fn is_npi(digits: &[u8]) -> bool {
    let mut whole = [0; 15];
    if digits.len() != 10 || !matches!(digits[0], b'1' | b'2') {
        return false;
    }
    whole[..5].copy_from_slice(b"80840");
    whole[5..].copy_from_slice(digits);
    luhn(&whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_samples_pass_and_a_changed_digit_fails() {
        assert!(is_payment_card(b"4111111111111111"));
        assert!(!is_payment_card(b"4111111111111112"));
        assert!(is_payment_card(b"378282246310005"));
        assert!(is_iban(b"DE89370400440532013000"));
        assert!(!is_iban(b"DE89370400440532013001"));
        assert!(is_npi(b"1234567893"));
        assert!(!is_npi(b"1234567890"));
    }
}
