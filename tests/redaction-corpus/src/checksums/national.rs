//! The check characters of national numbers.

use super::digits::{digit, luhn_is_valid};

fn values(digits: &str) -> impl DoubleEndedIterator<Item = u32> {
    digits.chars().filter_map(|character| character.to_digit(10))
}

/// Returns the last digit of a German tax number, § 139b AO (ISO 7064 MOD 11,10 over the first ten).
pub(crate) fn german_tax_digit(first_ten: &str) -> char {
    let product = values(first_ten).fold(10, |product, value| {
        let sum = (value + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    digit((11 - product) % 10)
}

/// Returns the key of a French social security number; departments 2A and 2B count as 19 and 18 (INSEE).
pub(crate) fn nir_key(first_thirteen: &str) -> String {
    let number = first_thirteen.replace("2A", "19").replace("2B", "18");
    let number: u64 = number.parse().unwrap_or(0);
    format!("{:02}", 97 - number % 97)
}

/// Returns the letter of a Spanish identity number; X, Y and Z of a foreigner's number count as 0, 1 and 2.
pub(crate) fn dni_letter(number: &str) -> char {
    let number = number.replace('X', "0").replace('Y', "1").replace('Z', "2");
    let remainder = number.parse::<usize>().unwrap_or(0) % 23;
    "TRWAGMYFPDXBNJZSQVHLCKE".chars().nth(remainder).unwrap_or('T')
}

/// Returns the check letter of the first fifteen characters of an Italian tax code (decree of 23 December 1976).
pub(crate) fn codice_fiscale_letter(first_fifteen: &str) -> char {
    // The value of 0-9 and of A-J at odd places, then that of K-Z.
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let sum: u32 = first_fifteen
        .chars()
        .enumerate()
        .map(|(index, character)| {
            let value = character.to_digit(36).unwrap_or(0);
            let value = if value > 9 { value - 10 } else { value };
            if index % 2 == 0 { ODD.get(value as usize).copied().unwrap_or(0) } else { value }
        })
        .sum();
    ('A'..='Z').nth((sum % 26) as usize).unwrap_or('A')
}

/// Returns the two last digits of a Brazilian taxpayer number (Receita Federal, mod 11 twice).
pub(crate) fn cpf_digits(first_nine: &str) -> String {
    let mut number = first_nine.to_owned();
    for _ in 0..2 {
        let sum: u32 = values(&number).rev().zip(2..).map(|(value, weight)| value * weight).sum();
        number.push(digit((sum * 10 % 11) % 10));
    }
    number.split_off(first_nine.len())
}

/// Says whether nine digits are a Dutch citizen service number ("elfproef").
pub(crate) fn bsn_is_valid(number: &str) -> bool {
    let Some(last) = values(number).next_back() else { return false };
    let sum: u32 = values(number).zip((2..=9).rev()).map(|(value, weight)| value * weight).sum();
    sum % 11 == last && sum > 0
}

/// Says whether ten digits are an American provider number (CMS: Luhn behind 80840).
pub(crate) fn npi_is_valid(number: &str) -> bool {
    luhn_is_valid(&format!("80840{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_examples_hold() {
        // Numbers that libraries for these ids use as examples, none of them anybody's.
        assert_eq!(german_tax_digit("8609574271"), '9');
        assert_eq!(nir_key("2550814168025"), "38");
        assert_eq!(dni_letter("12345678"), 'Z');
        assert_eq!(dni_letter("X1234567"), 'L');
        assert_eq!(codice_fiscale_letter("MRTMTT91D08F205"), 'J');
        assert_eq!(cpf_digits("111444777"), "35");
        assert!(bsn_is_valid("111222333") && !bsn_is_valid("111222334"));
        // The example in the standard of CMS.
        assert!(npi_is_valid("1234567893") && !npi_is_valid("1234567890"));
    }
}
