//! Luhn, Verhoeff and the IBAN.

/// Returns the digit that makes `digits` valid by Luhn (ISO/IEC 7812-1, annex B) when it is appended.
pub(crate) fn luhn_digit(digits: &str) -> char {
    let sum = luhn_sum(&format!("{digits}0"));
    digit((10 - sum % 10) % 10)
}

/// Says whether a number with its check digit is valid by Luhn.
pub(crate) fn luhn_is_valid(digits: &str) -> bool {
    luhn_sum(digits).is_multiple_of(10)
}

fn luhn_sum(digits: &str) -> u32 {
    digits
        .chars()
        .rev()
        .filter_map(|character| character.to_digit(10))
        .enumerate()
        .map(|(index, value)| match (index % 2, value * 2) {
            (0, _) => value,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum()
}

/// The character of a number from 0 to 9.
pub(crate) fn digit(value: u32) -> char {
    char::from_digit(value % 10, 10).unwrap_or('0')
}

/// Returns the two check digits of an IBAN (ISO 13616, ISO 7064 MOD 97-10).
pub(crate) fn iban_check(country: &str, account: &str) -> String {
    format!("{:02}", 98 - mod97(&format!("{account}{country}00")))
}

/// Says whether an IBAN without spaces has the right check digits.
pub(crate) fn iban_is_valid(iban: &str) -> bool {
    iban.is_ascii() && iban.len() > 4 && mod97(&format!("{}{}", &iban[4..], &iban[..4])) == 1
}

fn mod97(text: &str) -> u32 {
    text.chars().filter_map(|character| character.to_digit(36)).fold(0, |remainder, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (remainder * shift + value) % 97
    })
}

/// Multiplication in the dihedral group of order ten: rotations are 0 to 4, reflections 5 to 9.
fn dihedral(left: usize, right: usize) -> usize {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right - 5) % 5,
        (false, true) => 5 + (left - 5 + 5 - right) % 5,
        (false, false) => (left - 5 + 5 - (right - 5)) % 5,
    }
}

/// Verhoeff's permutation of the digits, applied once per position.
fn permuted(value: usize, position: usize) -> usize {
    (0..position % 8).fold(value, |value, _| [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][value % 10])
}

fn verhoeff_state(digits: &str) -> usize {
    digits
        .chars()
        .rev()
        .filter_map(|character| character.to_digit(10))
        .enumerate()
        .fold(0, |state, (position, value)| dihedral(state, permuted(value as usize, position)))
}

/// Returns the digit that makes `digits` valid by Verhoeff (1969) when it is appended; Aadhaar numbers use it.
pub(crate) fn verhoeff_digit(digits: &str) -> char {
    (0..10).map(digit).find(|last| verhoeff_is_valid(&format!("{digits}{last}"))).unwrap_or('0')
}

/// Says whether a number with its check digit is valid by Verhoeff.
pub(crate) fn verhoeff_is_valid(digits: &str) -> bool {
    verhoeff_state(digits) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_knows_the_example_of_the_standard() {
        assert_eq!(luhn_digit("7992739871"), '3');
        assert!(luhn_is_valid("79927398713") && !luhn_is_valid("79927398710"));
    }

    #[test]
    fn iban_knows_the_example_of_the_registry() {
        assert_eq!(iban_check("GB", "WEST12345698765432"), "82");
        assert!(iban_is_valid("GB82WEST12345698765432") && !iban_is_valid("GB83WEST12345698765432"));
    }

    #[test]
    fn verhoeff_knows_his_example() {
        assert_eq!(verhoeff_digit("236"), '3');
        assert!(verhoeff_is_valid("2363") && !verhoeff_is_valid("2364"));
        // Verhoeff finds every swap of two neighbours.
        assert!(!verhoeff_is_valid("3263"));
    }
}
