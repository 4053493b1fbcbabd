//! National numbers and passports.

use super::bank::grouped;
use crate::checksums::{
    bsn_is_valid, codice_fiscale_letter, cpf_digits, dni_letter, german_tax_digit, luhn_digit, luhn_is_valid,
    nir_key, npi_is_valid, verhoeff_digit, verhoeff_is_valid,
};
use crate::kind::Value;
use crate::pattern;
use crate::random::Random;

pub(super) fn ssn(random: &mut Random, variant: &str) -> Value {
    loop {
        let number = random.digits(9);
        if is_plausible_ssn(&number) {
            let separator = match variant {
                "plain" => "",
                "dash" => "-",
                _ => random.pick(&["-", "-", "-", " "]),
            };
            return Value::whole(grouped(&number, &[3, 2, 4], separator));
        }
    }
}

/// Says whether nine digits could be an issued number: area not 000, 666 or 9xx, no part all zeros.
pub(crate) fn is_plausible_ssn(number: &str) -> bool {
    let (area, rest) = number.split_at(3.min(number.len()));
    let (group, serial) = rest.split_at(2.min(rest.len()));
    number.len() == 9 && area != "000" && area != "666" && area < "900" && group != "00" && serial != "0000"
}

pub(super) fn nino(random: &mut Random, _variant: &str) -> Value {
    loop {
        let prefix = pattern::draw("[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z]", random);
        if !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(&prefix.as_str()) {
            let number = format!("{prefix}{}{}", random.digits(6), random.pick(&["A", "B", "C", "D"]));
            return Value::whole(grouped(&number, &[2, 2, 2, 2, 1], random.pick(&["", " "])));
        }
    }
}

pub(super) fn german_tax_id(random: &mut Random, _variant: &str) -> Value {
    // Of the first ten digits exactly one comes twice, so another is absent.
    let mut digits: Vec<char> = ('0'..='9').collect();
    loop {
        random.shuffle(&mut digits);
        let mut first_ten = digits.clone();
        first_ten[9] = first_ten[0];
        random.shuffle(&mut first_ten);
        if first_ten[0] != '0' {
            let first_ten: String = first_ten.into_iter().collect();
            let number = format!("{first_ten}{}", german_tax_digit(&first_ten));
            return Value::whole(grouped(&number, &[2, 3, 3, 3], random.pick(&["", " "])));
        }
    }
}

pub(super) fn nir(random: &mut Random, _variant: &str) -> Value {
    let department = "(0[1-9]|1[0-9]|2[1-9]|[3-8][0-9]|9[0-5]|2A|2B)";
    let form = format!("[12][0-9]{{2}}(0[1-9]|1[0-2]){department}[0-4][0-9]{{2}}[0-9]{{2}}[1-9]");
    let number = pattern::draw(&form, random);
    let number = format!("{number}{}", nir_key(&number));
    Value::whole(grouped(&number, &[1, 2, 2, 2, 3, 3, 2], random.pick(&["", " "])))
}

pub(super) fn dni(random: &mut Random, _variant: &str) -> Value {
    let number = random.digits(8);
    Value::whole(format!("{number}{}{}", random.pick(&["", "", "-"]), dni_letter(&number)))
}

pub(super) fn nie(random: &mut Random, _variant: &str) -> Value {
    let number = pattern::draw("[XYZ][0-9]{7}", random);
    let letter = dni_letter(&number);
    Value::whole(if random.percent(30) {
        format!("{}-{}-{letter}", &number[..1], &number[1..])
    } else {
        format!("{number}{letter}")
    })
}

pub(super) fn codice_fiscale(random: &mut Random, _variant: &str) -> Value {
    let names = pattern::draw("[BCDFGLMNPRSTVZ]{3}[BCDFGLMNPRSTVZ]{2}[AEIOBCDFGLMNPRSTVZ]", random);
    let birth = pattern::draw("[0-9]{2}[ABCDEHLMPRST](0[1-9]|[12][0-8]|4[1-9]|[56][0-8])", random);
    let place = pattern::draw("[A-IL-MZ][0-9]{3}", random);
    let code = format!("{names}{birth}{place}");
    let letter = codice_fiscale_letter(&code);
    Value::whole(format!("{code}{letter}"))
}

pub(super) fn aadhaar(random: &mut Random, _variant: &str) -> Value {
    let number = pattern::draw("[2-9][0-9]{10}", random);
    let number = format!("{number}{}", verhoeff_digit(&number));
    Value::whole(grouped(&number, &[4, 4, 4], random.pick(&["", " ", " ", "-"])))
}

pub(super) fn cpf(random: &mut Random, _variant: &str) -> Value {
    loop {
        let first_nine = random.digits(9);
        // Eleven equal digits pass the check but are never issued.
        if first_nine.chars().any(|digit| !first_nine.starts_with(digit)) {
            let check = cpf_digits(&first_nine);
            return Value::whole(if random.percent(70) {
                format!("{}-{check}", grouped(&first_nine, &[3, 3, 3], "."))
            } else {
                format!("{first_nine}{check}")
            });
        }
    }
}

pub(super) fn bsn(random: &mut Random, _variant: &str) -> Value {
    loop {
        let number = pattern::draw("[1-9][0-9]{8}", random);
        if bsn_is_valid(&number) {
            return Value::whole(grouped(&number, &[4, 2, 3], random.pick(&["", "", ".", " "])));
        }
    }
}

pub(super) fn sin(random: &mut Random, _variant: &str) -> Value {
    let number = pattern::draw("[1-79][0-9]{7}", random);
    let number = format!("{number}{}", luhn_digit(&number));
    Value::whole(grouped(&number, &[3, 3, 3], random.pick(&["", " ", " ", "-"])))
}

/// The forms of the United States, United Kingdom, Germany, France, India, Canada, Spain, Italy, the Netherlands and
/// Japan. The serial of a German passport has no vowels; its check digit stands only in the machine-readable zone.
const PASSPORTS: &[&str] = &[
    "[0-9]{9}",
    "[A-Z][0-9]{8}",
    "[CFGHJK][CFGHJKLMNPRTVWXYZ0-9]{7}[0-9]",
    "[0-9]{2}[A-Z]{2}[0-9]{5}",
    "[A-PR-WY][1-9][0-9]{6}",
    "[A-Z]{2}[0-9]{6}",
    "[A-Z]{3}[0-9]{6}",
    "Y[A-Z][0-9]{7}",
    "[A-NP-Z]{2}[A-NP-Z0-9]{6}[0-9]",
    "[A-Z]{2}[0-9]{7}",
];

pub(super) fn passport(random: &mut Random, _variant: &str) -> Value {
    let form = random.pick(PASSPORTS);
    Value::whole(pattern::draw(form, random))
}

/// Says whether a run of digits is a valid number of any kind with a checksum, so that it cannot be a hard negative.
pub(crate) fn is_valid_national(number: &str) -> bool {
    let first = |length: usize| number.get(..length).unwrap_or_default();
    let rest = |length: usize| number.get(length..).unwrap_or_default();
    match number.len() {
        9 => bsn_is_valid(number) || luhn_is_valid(number),
        10 => npi_is_valid(number),
        11 => rest(9) == cpf_digits(first(9)) || rest(10) == german_tax_digit(first(10)).to_string(),
        12 => verhoeff_is_valid(number),
        13..=19 => luhn_is_valid(number) || number.len() == 15 && rest(13) == nir_key(first(13)),
        _ => false,
    }
}
