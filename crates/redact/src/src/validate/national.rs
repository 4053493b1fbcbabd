//! Checksums of national numbers.

fn value(digit: u8) -> u32 {
    u32::from(digit.wrapping_sub(b'0'))
}

fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + u64::from(value(*digit)))
}

/// United States: area not 000, 666 or 9xx, group not 00, serial not 0000 (Social Security Administration, 2011).
pub(crate) fn is_us_ssn(digits: &[u8]) -> bool {
    digits.len() == 9
        && !matches!(number(&digits[..3]), 0 | 666 | 900..)
        && number(&digits[3..5]) != 0
        && number(&digits[5..]) != 0
}

/// Germany, tax id: MOD 11,10, not starting with 0, one of the first ten digits twice or thrice (BZSt).
pub(crate) fn is_de_tax_id(digits: &[u8]) -> bool {
    if digits.len() != 11 || digits[0] == b'0' {
        return false;
    }
    let mut seen = [0_u8; 10];
    for digit in &digits[..10] {
        seen[value(*digit) as usize % 10] += 1;
    }
    let repeated = seen.iter().filter(|count| **count > 1).count();
    if repeated != 1 || seen.iter().any(|count| *count > 3) {
        return false;
    }
    let mut product = 10;
    for digit in &digits[..10] {
        let sum = (value(*digit) + product) % 10;
        product = (if sum == 0 { 10 } else { sum } * 2) % 11;
    }
    (11 - product) % 10 == value(digits[10])
}

/// France, social security number of 15 characters: key is 97 less the number modulo 97 (INSEE).
pub(crate) fn is_fr_nir(characters: &[u8]) -> bool {
    if characters.len() != 15 || !matches!(characters[0], b'1' | b'2') {
        return false;
    }
    let mut body = characters.to_vec();
    let less = match (body[5], body[6]) {
        (b'2', b'A' | b'a') => 1_000_000,
        (b'2', b'B' | b'b') => 2_000_000,
        _ => 0,
    };
    if less > 0 {
        body[6] = b'0';
    }
    if !body.iter().all(u8::is_ascii_digit) || !matches!(number(&body[3..5]), 1..=12 | 20..=42 | 50..) {
        return false;
    }
    // Corsica: 2A counts as 19 and 2B as 18, that is 20 less one or two millions.
    let whole = number(&body[..13]) - less;
    97 - whole % 97 == number(&body[13..])
}

/// Spain, DNI and NIE: letter by the number modulo 23 (Ministerio del Interior).
pub(crate) fn is_es_dni(digits: &[u8], letter: u8) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    digits.len() == 8 && LETTERS[(number(digits) % 23) as usize] == letter.to_ascii_uppercase()
}

/// Brazil, CPF: two check digits modulo 11 (Receita Federal).
pub(crate) fn is_br_cpf(digits: &[u8]) -> bool {
    let check = |count: usize| {
        let sum: u32 = digits[..count]
            .iter()
            .zip((2..).take(count).collect::<Vec<u32>>().iter().rev())
            .map(|(d, w)| value(*d) * w)
            .sum();
        (sum * 10 % 11) % 10 == value(digits[count])
    };
    digits.len() == 11 && digits.iter().any(|digit| *digit != digits[0]) && check(9) && check(10)
}

/// Netherlands, BSN: test of eleven (Rijksdienst voor Identiteitsgegevens).
pub(crate) fn is_nl_bsn(digits: &[u8]) -> bool {
    if digits.len() != 9 || number(digits) == 0 {
        return false;
    }
    let sum: i64 = digits
        .iter()
        .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
        .map(|(digit, weight)| i64::from(value(*digit)) * weight)
        .sum();
    sum % 11 == 0
}

/// India, Aadhaar: twelve digits from 2 on with Verhoeff's check digit (UIDAI).
pub(crate) fn is_in_aadhaar(digits: &[u8]) -> bool {
    const PERMUTE: [[usize; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    // The dihedral group of order ten: d(a, b).
    let dihedral = |a: usize, b: usize| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a + 5 - 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    digits.len() == 12
        && digits[0] >= b'2'
        && digits
            .iter()
            .rev()
            .enumerate()
            .fold(0, |check, (place, digit)| dihedral(check, PERMUTE[place % 8][value(*digit) as usize % 10]))
            == 0
}

/// Italy, codice fiscale of 16 characters with check letter (Agenzia delle Entrate).
pub(crate) fn is_it_codice_fiscale(code: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    if code.len() != 16 || !code.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let index = |byte: u8| {
        let upper = byte.to_ascii_uppercase();
        if upper.is_ascii_digit() { value(upper) } else { u32::from(upper - b'A') }
    };
    let sum: u32 = code[..15]
        .iter()
        .enumerate()
        .map(|(place, byte)| if place % 2 == 0 { ODD[index(*byte) as usize] } else { index(*byte) })
        .sum();
    sum % 26 == u32::from(code[15].to_ascii_uppercase().wrapping_sub(b'A'))
}

/// United Kingdom, National Insurance number: letters that are not given out (HMRC, NIM39110).
pub(crate) fn is_uk_nino(first: u8, second: u8, last: u8) -> bool {
    let (first, second) = (first.to_ascii_uppercase(), second.to_ascii_uppercase());
    first.is_ascii_uppercase()
        && second.is_ascii_uppercase()
        && !b"DFIQUV".contains(&first)
        && !b"DFIQUVO".contains(&second)
        && !matches!(
            (first, second),
            (b'B', b'G')
                | (b'G', b'B')
                | (b'N', b'K')
                | (b'K', b'N')
                | (b'T', b'N')
                | (b'N', b'T')
                | (b'Z', b'Z')
        )
        && matches!(last.to_ascii_uppercase(), b'A'..=b'D')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_samples_pass() {
        assert!(is_de_tax_id(b"86095742719"));
        assert!(is_es_dni(b"12345678", b'Z'));
        assert!(is_br_cpf(b"11144477735"));
        assert!(is_nl_bsn(b"111222333"));
        assert!(is_it_codice_fiscale(b"RSSMRA85T10A562S"));
        assert!(is_fr_nir(b"255081416802538"));
        assert!(is_uk_nino(b'A', b'B', b'C'));
    }

    #[test]
    fn changed_digits_fail() {
        assert!(!is_de_tax_id(b"86095742718"));
        assert!(!is_br_cpf(b"11144477736"));
        assert!(!is_nl_bsn(b"111222334"));
        assert!(!is_fr_nir(b"255081416802539"));
        assert!(!is_in_aadhaar(b"234123412347"));
        assert!(is_in_aadhaar(b"234123412346"));
    }
}
