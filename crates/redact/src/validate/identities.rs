//! Checksums of further national numbers. All take the characters without what separates them.

use super::digits::luhn;

/// The sum of the digits, each times its weight.
fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| value(*digit) * weight).sum()
}

fn value(digit: u8) -> u32 {
    u32::from(digit.wrapping_sub(b'0'))
}

fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + u64::from(value(*digit)))
}

/// Tells whether month and day, in two digits each, can be a date.
fn is_day(month: &[u8], day: &[u8]) -> bool {
    (1..=12).contains(&number(month)) && (1..=31).contains(&number(day))
}

fn varies(digits: &[u8]) -> bool {
    digits.iter().any(|digit| *digit != digits[0])
}

/// United Kingdom, NHS number: weights 10 to 2, modulo 11 (NHS data dictionary).
pub(crate) fn is_uk_nhs(digits: &[u8]) -> bool {
    let check = (11 - weighted(&digits[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    varies(digits) && check == value(digits[9])
}

/// Australia, tax file number: weighted sum divisible by 11 (Australian Taxation Office).
pub(crate) fn is_au_tfn(digits: &[u8]) -> bool {
    varies(digits) && weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

/// Australia, business number: first digit less one, weighted sum divisible by 89 (Australian Business Register).
pub(crate) fn is_au_abn(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    digits[0] != b'0' && (sum - 10).is_multiple_of(89)
}

/// Australia, company number: weights 8 to 1, complement modulo 10 (ASIC).
pub(crate) fn is_au_acn(digits: &[u8]) -> bool {
    varies(digits) && (10 - weighted(&digits[..8], &[8, 7, 6, 5, 4, 3, 2, 1]) % 10) % 10 == value(digits[8])
}

/// Australia, Medicare number: starts with 2 to 6, weights 1, 3, 7, 9 (Services Australia).
pub(crate) fn is_au_medicare(digits: &[u8]) -> bool {
    matches!(digits[0], b'2'..=b'6')
        && weighted(&digits[..8], &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == value(digits[8])
}

/// India, permanent account number: the fourth letter is the kind of holder (Income Tax Department).
pub(crate) fn is_in_pan(code: &[u8]) -> bool {
    b"ABCFGHJLPT".contains(&code[3]) && number(&code[5..9]) > 0
}

/// Singapore, NRIC and FIN: weights 2, 7, 6, 5, 4, 3, 2 and a letter for the rest modulo 11.
pub(crate) fn is_sg_nric(code: &[u8]) -> bool {
    let sum = weighted(&code[1..8], &[2, 7, 6, 5, 4, 3, 2]);
    let (letters, more): (&[u8; 11], u32) = match code[0] {
        b'S' => (b"JZIHGFEDCBA", 0),
        b'T' => (b"JZIHGFEDCBA", 4),
        b'F' => (b"XWUTRQPNMLK", 0),
        b'G' => (b"XWUTRQPNMLK", 4),
        b'M' => (b"XWUTRQPNJLK", 3),
        _ => return false,
    };
    letters[((sum + more) % 11) as usize] == code[8]
}

/// Poland, PESEL: a date with the century in the month, weights 1, 3, 7, 9.
pub(crate) fn is_pl_pesel(digits: &[u8]) -> bool {
    let month = number(&digits[2..4]) % 20;
    (1..=12).contains(&month)
        && (1..=31).contains(&number(&digits[4..6]))
        && (10 - weighted(&digits[..10], &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10 == value(digits[10])
}

/// Finland, personal identity code: the nine digits modulo 31 (Digital and Population Data Services Agency).
pub(crate) fn is_fi_hetu(code: &[u8]) -> bool {
    let [body @ .., last] = code else { return false };
    let digits: Vec<u8> = body.iter().copied().filter(u8::is_ascii_digit).collect();
    digits.len() == 9
        && is_day(&digits[2..4], &digits[..2])
        && b"0123456789ABCDEFHJKLMNPRSTUVWXY"[(number(&digits) % 31) as usize] == *last
}

/// Sweden, personal number: a date, then Luhn over the last ten digits (Skatteverket).
pub(crate) fn is_se_personal_number(digits: &[u8]) -> bool {
    let last = &digits[digits.len() - 10..];
    let day = number(&last[4..6]);
    // Co-ordination numbers have 60 more in the day.
    (1..=12).contains(&number(&last[2..4])) && (matches!(day, 1..=31 | 61..=91)) && luhn(last)
}

/// South Korea, resident registration number: a date and a weighted sum modulo 11.
pub(crate) fn is_kr_rrn(digits: &[u8]) -> bool {
    is_day(&digits[2..4], &digits[4..6])
        && (11 - weighted(&digits[..12], &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10
            == value(digits[12])
}

/// Italy, VAT number of a person or firm: Luhn (Agenzia delle Entrate).
pub(crate) fn is_it_vat(digits: &[u8]) -> bool {
    varies(digits) && luhn(digits)
}

/// Mexico, CURP: a date, a sex, a state, and the check digit of RENAPO.
pub(crate) fn is_mx_curp(code: &[u8]) -> bool {
    let place = |byte: u8| match byte {
        b'0'..=b'9' => value(byte),
        // Ñ stands between N and O.
        b'A'..=b'N' => u32::from(byte - b'A') + 10,
        _ => u32::from(byte - b'A') + 11,
    };
    let sum: u32 = code[..17].iter().zip((2..=18).rev()).map(|(byte, weight)| place(*byte) * weight).sum();
    matches!(code[10], b'H' | b'M' | b'X')
        && is_day(&code[6..8], &code[8..10])
        && (10 - sum % 10) % 10 == value(code[17])
}

/// The check digit of EAN-13, as Swiss AHV numbers have it, which start with 756.
pub(crate) fn is_ch_ahv(digits: &[u8]) -> bool {
    let sum = weighted(&digits[..12], &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
    digits.starts_with(b"756") && (10 - sum % 10) % 10 == value(digits[12])
}

/// China, identity card: a date and ISO 7064 MOD 11-2 (GB 11643).
pub(crate) fn is_cn_id(code: &[u8]) -> bool {
    let sum = weighted(&code[..17], &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    (1900..=2099).contains(&number(&code[6..10]))
        && is_day(&code[10..12], &code[12..14])
        && b"10X98765432"[(sum % 11) as usize] == code[17].to_ascii_uppercase()
}

/// Brazil, CNPJ: two check digits modulo 11 (Receita Federal).
pub(crate) fn is_br_cnpj(digits: &[u8]) -> bool {
    let check = |count: usize, weights: &[u32]| match weighted(&digits[..count], weights) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    varies(digits)
        && check(12, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == value(digits[12])
        && check(13, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == value(digits[13])
}

/// Argentina, CUIT and CUIL: kinds of holders, weights modulo 11 (ARCA).
pub(crate) fn is_ar_cuit(digits: &[u8]) -> bool {
    matches!(number(&digits[..2]), 20 | 23 | 24 | 25 | 26 | 27 | 30 | 33 | 34)
        && (11 - weighted(&digits[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 == value(digits[10])
}

/// Chile, RUT: weights 2 to 7 from the right, modulo 11, K for ten.
pub(crate) fn is_cl_rut(code: &[u8]) -> bool {
    let [body @ .., last] = code else { return false };
    let sum: u32 = body
        .iter()
        .rev()
        .zip([2, 3, 4, 5, 6, 7].into_iter().cycle())
        .map(|(digit, weight)| value(*digit) * weight)
        .sum();
    let expected = match 11 - sum % 11 {
        11 => b'0',
        10 => b'K',
        rest => b'0' + rest as u8,
    };
    last.to_ascii_uppercase() == expected
}

/// Belgium, national register number: 97 less the rest of the first nine digits, with a 2 before them from 2000 on.
pub(crate) fn is_be_national_number(digits: &[u8]) -> bool {
    let (body, check) = (number(&digits[..9]), number(&digits[9..]));
    number(&digits[2..4]) <= 12
        && number(&digits[4..6]) <= 31
        && (97 - body % 97 == check || 97 - (2_000_000_000 + body) % 97 == check)
}

/// Türkiye, identity number: two check digits (Nüfus ve Vatandaşlık İşleri).
pub(crate) fn is_tr_identity_number(digits: &[u8]) -> bool {
    let odd = weighted(digits, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weighted(digits, &[0, 1, 0, 1, 0, 1, 0, 1]);
    let sum = weighted(digits, &[1; 10]);
    digits[0] != b'0' && (odd * 7 + 100 - even) % 10 == value(digits[9]) && sum % 10 == value(digits[10])
}

/// Portugal, NIF: weights 9 to 2, modulo 11.
pub(crate) fn is_pt_nif(digits: &[u8]) -> bool {
    let check = 11 - weighted(&digits[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    matches!(digits[0], b'1'..=b'3' | b'5' | b'6' | b'8' | b'9')
        && (if check > 9 { 0 } else { check }) == value(digits[8])
}

/// United States, ITIN: starts with 9, and the ranges of its group (IRS).
pub(crate) fn is_us_itin(digits: &[u8]) -> bool {
    digits[0] == b'9' && matches!(number(&digits[3..5]), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// United States, routing number of a bank: weights 3, 7, 1 (American Bankers Association).
pub(crate) fn is_us_routing_number(digits: &[u8]) -> bool {
    matches!(number(&digits[..2]), 0..=12 | 21..=32 | 61..=72 | 80)
        && varies(digits)
        && weighted(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

/// United States, number of the Drug Enforcement Administration for those who prescribe.
pub(crate) fn is_us_dea(code: &[u8]) -> bool {
    let digits = &code[2..];
    let sum = weighted(digits, &[1, 2, 1, 2, 1, 2]);
    b"ABCDEFGHJKLMPRSTUX".contains(&code[0]) && sum % 10 == value(digits[6])
}

/// A device's IMEI: Luhn (3GPP TS 23.003).
pub(crate) fn is_imei(digits: &[u8]) -> bool {
    varies(digits) && luhn(digits)
}

/// A vehicle's identification number: no I, O and Q (ISO 3779); only North America asks for a check digit.
pub(crate) fn is_vin(code: &[u8]) -> bool {
    let count = |class: fn(&u8) -> bool| code.iter().filter(|byte| class(byte)).count();
    count(u8::is_ascii_digit) >= 4
        && count(u8::is_ascii_alphabetic) >= 3
        && !code.iter().any(|byte| b"IOQ".contains(byte))
}

/// South Africa, identity number: a date and Luhn.
pub(crate) fn is_za_id(digits: &[u8]) -> bool {
    is_day(&digits[2..4], &digits[4..6]) && luhn(digits)
}

/// Norway, birth number: two check digits modulo 11 (Skatteetaten).
pub(crate) fn is_no_birth_number(digits: &[u8]) -> bool {
    let check = |count: usize, weights: &[u32]| (11 - weighted(&digits[..count], weights) % 11) % 11;
    check(9, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) == value(digits[9])
        && check(10, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == value(digits[10])
}

/// Denmark, CPR number: a date; since 2007 without a check digit.
pub(crate) fn is_dk_cpr(digits: &[u8]) -> bool {
    is_day(&digits[2..4], &digits[..2])
}

/// Romania, CNP: a date and weights 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9 modulo 11.
pub(crate) fn is_ro_cnp(digits: &[u8]) -> bool {
    let rest = weighted(&digits[..12], &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    is_day(&digits[3..5], &digits[5..7]) && (if rest == 10 { 1 } else { rest }) == value(digits[12])
}

/// Czechia and Slovakia, birth number: divisible by 11.
pub(crate) fn is_cz_birth_number(digits: &[u8]) -> bool {
    matches!(number(&digits[2..4]), 1..=12 | 21..=32 | 51..=62 | 71..=82) && number(digits).is_multiple_of(11)
}

/// Israel, identity number: Luhn.
pub(crate) fn is_il_id(digits: &[u8]) -> bool {
    varies(digits) && luhn(digits)
}

/// Japan, Individual Number: weighted sum modulo 11.
pub(crate) fn is_jp_my_number(digits: &[u8]) -> bool {
    let rest = weighted(&digits[..11], &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    (if rest <= 1 { 0 } else { 11 - rest }) == value(digits[11])
}

/// Thailand, identity card: weights 13 to 2, modulo 11.
pub(crate) fn is_th_id(digits: &[u8]) -> bool {
    let rest = weighted(&digits[..12], &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    digits[0] != b'0' && (11 - rest) % 10 == value(digits[12])
}

/// Austria, social insurance number: a check digit in the fourth place, and a date.
pub(crate) fn is_at_insurance_number(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
    rest == value(digits[3])
        && (1..=31).contains(&number(&digits[4..6]))
        && (1..=12).contains(&number(&digits[6..8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&[u8]) -> bool;

    #[test]
    fn numbers_that_were_computed_by_hand_pass_and_their_neighbours_do_not() {
        let cases: &[(&str, Check, &str)] = &[
            ("nhs", is_uk_nhs, "9434765919"),
            ("tfn", is_au_tfn, "876543210"),
            ("abn", is_au_abn, "53004085616"),
            ("acn", is_au_acn, "004085616"),
            ("medicare", is_au_medicare, "2950477261"),
            ("pesel", is_pl_pesel, "44051401359"),
            ("rrn", is_kr_rrn, "8001011000008"),
            ("ahv", is_ch_ahv, "7569217076985"),
            ("cnpj", is_br_cnpj, "11222333000181"),
            ("cuit", is_ar_cuit, "20123456786"),
            ("routing", is_us_routing_number, "011000015"),
            ("tckn", is_tr_identity_number, "10000000146"),
            ("personnummer", is_se_personal_number, "8112189876"),
            ("no", is_no_birth_number, "01010710029"),
            ("my number", is_jp_my_number, "123456789018"),
        ];
        for (name, check, number) in cases {
            assert!(check(number.as_bytes()), "{name} {number}");
            let mut other = number.as_bytes().to_vec();
            let last = other.len() - if *name == "medicare" { 2 } else { 1 };
            other[last] = b'0' + (other[last] - b'0' + 1) % 10;
            assert!(!check(&other), "{name}");
        }
        for (check, code) in [
            (is_sg_nric as Check, "S1234567D"),
            (is_fi_hetu, "131052308T"),
            (is_cn_id, "11010519491231002X"),
            (is_mx_curp, "HEGG560427MVZRRL04"),
            (is_us_dea, "AB1234563"),
            (is_cl_rut, "123456785"),
        ] {
            assert!(check(code.as_bytes()), "{code}");
        }
    }
}
