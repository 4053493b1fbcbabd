//! E-mail addresses and telephone numbers.

use crate::filler;
use crate::kind::Value;
use crate::pattern;
use crate::random::Random;

const DOMAINS: &[&str] = &[
    "gmail.com",
    "outlook.com",
    "yahoo.co.uk",
    "web.de",
    "gmx.net",
    "orange.fr",
    "libero.it",
    "proton.me",
    "mail.brightwater-analytics.io",
    "nordlicht-verlag.de",
    "kestrel.dev",
    "acme-logistics.com",
    "eu.west.halcyonbank.co",
    "students.uni-lindenau.de",
    "correo.hospitalsanmarco.es",
    "tanaka-seiki.co.jp",
    "cvx.me",
    "riverstone.museum",
    "empresa.com.br",
    "helpdesk.vantablue.cloud",
];

/// The variant `gcp` is the address of a service account.
pub(super) fn email(random: &mut Random, variant: &str) -> Value {
    if variant == "gcp" {
        return Value::whole(pattern::draw(
            r"[a-z]{4,8}-[a-z]{3,6}@[a-z]{5,9}-[0-9]{6}\.iam\.gserviceaccount\.com",
            random,
        ));
    }
    let first = random.pick(filler::FIRST_NAMES).to_ascii_lowercase();
    let last = random.pick(filler::LAST_NAMES).to_ascii_lowercase();
    let initial: String = first.chars().take(1).collect();
    let number = random.below(100);
    let mailbox = match random.below(9) {
        0 => format!("{first}.{last}"),
        1 => format!("{initial}{last}"),
        2 => format!("{first}{number:02}"),
        3 => format!("{first}_{last}{number}"),
        4 => format!("{initial}.{last}+{}", random.pick(&["billing", "news", "test1", "git-hub"])),
        5 => format!("{first}-{last}"),
        6 => random.pick(&["info", "support", "billing.team", "no-reply", "jobs", "dpo"]).to_owned(),
        7 => format!("{last}.{first}"),
        _ => format!("{initial}{}", random.hex(5)),
    };
    let address = format!("{mailbox}@{}", random.pick(DOMAINS));
    Value::whole(if random.percent(4) { address.to_ascii_uppercase() } else { address })
}

/// The forms by country: a letter code, and patterns of international and national writing.
const NUMBERS: &[(&str, &[&str])] = &[
    (
        "us",
        &[
            r"\+1[2-9][0-8][0-9][2-9][0-9]{6}",
            r"\+1 [2-9][0-8][0-9]-[2-9][0-9]{2}-[0-9]{4}",
            r"\([2-9][0-8][0-9]\) [2-9][0-9]{2}-[0-9]{4}",
            "[2-9][0-8][0-9]-[2-9][0-9]{2}-[0-9]{4}",
            r"[2-9][0-8][0-9]\.[2-9][0-9]{2}\.[0-9]{4}",
            r"1-[2-9][0-8][0-9]-[2-9][0-9]{2}-[0-9]{4}",
        ],
    ),
    (
        "gb",
        &[
            r"\+447[0-9]{9}",
            r"\+44 20 7[0-9]{3} [0-9]{4}",
            r"\+44 \(0\)161 496 [0-9]{4}",
            "07[4-9][0-9]{2} [0-9]{6}",
            "020 [78][0-9]{3} [0-9]{4}",
        ],
    ),
    (
        "de",
        &[
            r"\+49[1-9][0-9]{9,10}",
            r"\+49 (151|160|171) [0-9]{8}",
            r"\+49 \(0\)30 [0-9]{7}",
            r"0(30|40|89|221) [1-9][0-9]{6}",
            "0(151|160|171|176)[ /-]?[1-9][0-9]{7}",
            "0(30|89)/[1-9][0-9]{6,7}",
        ],
    ),
    (
        "fr",
        &[
            r"\+33[1-7][0-9]{8}",
            r"\+33 [67] [0-9]{2} [0-9]{2} [0-9]{2} [0-9]{2}",
            "0[1-7] [0-9]{2} [0-9]{2} [0-9]{2} [0-9]{2}",
            r"0[1-7]\.[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{2}",
        ],
    ),
    ("es", &[r"\+34[679][0-9]{8}", r"\+34 6[0-9]{2} [0-9]{3} [0-9]{3}", "[69][1-9][0-9] [0-9]{3} [0-9]{3}"]),
    ("it", &[r"\+39 3[2-9][0-9] [0-9]{3} [0-9]{4}", r"\+393[2-9][0-9]{8}", "3[2-9][0-9] [0-9]{3} [0-9]{4}"]),
    ("nl", &[r"\+31 6 [1-9][0-9]{7}", r"\+316[1-9][0-9]{7}", "06-[1-9][0-9]{7}", "020-[1-9][0-9]{6}"]),
    (
        "br",
        &[
            r"\+55 11 9[1-9][0-9]{3}-[0-9]{4}",
            r"\+55119[1-9][0-9]{7}",
            r"\((11|21|31)\) 9[1-9][0-9]{3}-[0-9]{4}",
        ],
    ),
    ("in", &[r"\+91 [6-9][0-9]{4} [0-9]{5}", r"\+91-[6-9][0-9]{9}", "[6-9][0-9]{4} [0-9]{5}"]),
    ("jp", &[r"\+81-90-[1-9][0-9]{3}-[0-9]{4}", r"\+8190[1-9][0-9]{7}", "0[789]0-[1-9][0-9]{3}-[0-9]{4}"]),
    (
        "cn",
        &[r"\+86 1[35-9][0-9] [0-9]{4} [0-9]{4}", r"\+861[35-9][0-9]{9}", "1[35-9][0-9]-[0-9]{4}-[0-9]{4}"],
    ),
    ("pl", &[r"\+48 [5-7][0-9]{2} [0-9]{3} [0-9]{3}", r"\+48[5-7][0-9]{8}"]),
    ("au", &[r"\+61 4[0-9]{2} [0-9]{3} [0-9]{3}", r"\+614[0-9]{8}", "04[0-9]{2} [0-9]{3} [0-9]{3}"]),
];

/// A variant names a country, or `e164` for any international form.
pub(super) fn phone(random: &mut Random, variant: &str) -> Value {
    let known = NUMBERS.iter().find(|(country, _)| *country == variant);
    let (_, forms) = known.copied().unwrap_or_else(|| random.pick(NUMBERS));
    // The first form of each country begins with its plus.
    let form =
        if variant == "e164" { forms.first().copied().unwrap_or_default() } else { random.pick(forms) };
    Value::whole(pattern::draw(form, random))
}
