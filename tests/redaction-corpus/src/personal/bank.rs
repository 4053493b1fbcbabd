//! Payment cards and bank accounts.

use crate::checksums::{iban_check, luhn_digit};
use crate::kind::Value;
use crate::pattern;
use crate::random::Random;

/// Prefixes and length of the numbers of each scheme.
const ISSUERS: &[(&str, usize)] = &[
    ("4[0-9]{3}", 16),
    ("4[0-9]{3}", 16),
    ("5[1-5][0-9]{2}", 16),
    ("(222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)", 16),
    ("3[47][0-9]{2}", 15),
    ("(6011|65[0-9]{2}|64[4-9][0-9])", 16),
    ("(36[0-9]{2}|38[0-9]{2}|30[0-5][0-9])", 14),
    ("35(2[89]|[3-8][0-9])", 16),
    ("62[0-9]{2}", 16),
    ("62[0-9]{2}", 19),
];

pub(super) fn card(random: &mut Random, variant: &str) -> Value {
    let (prefix, length) = random.pick(ISSUERS);
    let mut number = pattern::draw(prefix, random);
    number.push_str(&random.digits(length - 1 - number.len()));
    number.push(luhn_digit(&number));
    let separator = if variant == "plain" { "" } else { random.pick(&["", " ", " ", "-"]) };
    let groups: &[usize] = match length {
        14 => &[4, 6, 4],
        15 => &[4, 6, 5],
        19 => &[6, 13],
        _ => &[4, 4, 4, 4],
    };
    Value::whole(grouped(&number, groups, separator))
}

/// Cuts an ASCII text into groups of the given lengths.
pub(super) fn grouped(text: &str, groups: &[usize], separator: &str) -> String {
    let mut rest = text;
    let mut parts = Vec::new();
    for length in groups {
        let (group, remaining) = rest.split_at((*length).min(rest.len()));
        parts.push(group);
        rest = remaining;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts.join(separator)
}

/// The structure of the account part by country.
const ACCOUNTS: &[(&str, &str)] = &[
    ("DE", "[1-9][0-9]{17}"),
    ("GB", "[A-Z]{4}[0-9]{14}"),
    ("FR", "[0-9]{10}[A-Z0-9]{11}[0-9]{2}"),
    ("ES", "[0-9]{20}"),
    ("IT", "[A-Z][0-9]{10}[A-Z0-9]{12}"),
    ("NL", "[A-Z]{4}[0-9]{10}"),
    ("BE", "[0-9]{12}"),
    ("CH", "[0-9]{5}[A-Z0-9]{12}"),
    ("AT", "[0-9]{16}"),
    ("PL", "[0-9]{24}"),
    ("PT", "[0-9]{21}"),
    ("SE", "[0-9]{20}"),
    ("NO", "[0-9]{11}"),
    ("DK", "[0-9]{14}"),
    ("FI", "[0-9]{14}"),
    ("IE", "[A-Z]{4}[0-9]{14}"),
    ("CZ", "[0-9]{20}"),
    ("GR", "[0-9]{7}[A-Z0-9]{16}"),
    ("LU", "[0-9]{3}[A-Z0-9]{13}"),
    ("SA", "[0-9]{2}[A-Z0-9]{18}"),
    ("AE", "[0-9]{19}"),
    ("TR", "[0-9]{5}0[A-Z0-9]{16}"),
    ("BR", "[0-9]{23}[A-Z][A-Z0-9]"),
    ("HU", "[0-9]{24}"),
    ("RO", "[A-Z]{4}[A-Z0-9]{16}"),
    ("SK", "[0-9]{20}"),
    ("HR", "[0-9]{17}"),
    ("LT", "[0-9]{16}"),
    ("MT", "[A-Z]{4}[0-9]{5}[A-Z0-9]{18}"),
];

/// A variant names a country.
pub(super) fn iban(random: &mut Random, variant: &str) -> Value {
    let known = ACCOUNTS.iter().find(|(country, _)| *country == variant);
    let (country, structure) = known.copied().unwrap_or_else(|| random.pick(ACCOUNTS));
    let account = pattern::draw(structure, random);
    let number = format!("{country}{}{account}", iban_check(country, &account));
    let separator = if variant == "plain" { "" } else { random.pick(&["", " "]) };
    Value::whole(grouped(&number, &[4; 8], separator))
}
