//! Dates of birth.

use crate::kind::Value;
use crate::random::Random;

/// Names of months by language.
const MONTHS: &[(&str, [&str; 12])] = &[
    (
        "en",
        [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
    ),
    (
        "de",
        [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
    ),
    (
        "fr",
        [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
    ),
    (
        "es",
        [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
    ),
];

/// A variant names a language, whose ways to write a date are used; `iso` is ISO 8601.
pub(super) fn date_of_birth(random: &mut Random, variant: &str) -> Value {
    let (year, month, day) = (random.between(1935, 2012), random.between(1, 12), random.between(1, 28));
    let month_name = |language: &str| {
        let names = MONTHS.iter().find(|(known, _)| *known == language).map(|(_, names)| names);
        names
            .and_then(|names| names.get(usize::try_from(month).unwrap_or(1) - 1))
            .copied()
            .unwrap_or_default()
    };
    let short_year = year % 100;
    Value::whole(match (variant, random.below(5)) {
        ("iso", _) => format!("{year}-{month:02}-{day:02}"),
        ("de", 0 | 1) => format!("{day:02}.{month:02}.{year}"),
        ("de", 2) => format!("{day}.{month}.{year}"),
        ("de", _) => format!("{day}. {} {year}", month_name("de")),
        ("fr", 0..=2) | ("es", 0 | 1) => format!("{day:02}/{month:02}/{year}"),
        ("fr", _) => format!("{day} {} {year}", month_name("fr")),
        ("es", 2) => format!("{day:02}-{month:02}-{year}"),
        ("es", _) => format!("{day} de {} de {year}", month_name("es")),
        ("en", 0) => format!("{} {day}, {year}", month_name("en")),
        ("en", 1) => format!("{day} {} {year}", month_name("en")),
        ("en", 2) | (_, 0) => format!("{month:02}/{day:02}/{year}"),
        ("en", 3) => format!("{month}/{day}/{short_year:02}"),
        ("en", _) | (_, 1 | 2) => format!("{year}-{month:02}-{day:02}"),
        (_, 3) => format!("{day:02}-{month:02}-{year}"),
        (_, _) => format!("{year}/{month:02}/{day:02}"),
    })
}
