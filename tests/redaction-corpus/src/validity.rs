//! Whether a value is what its label says.

use crate::checksums::{
    base62_crc32, bsn_is_valid, checksum_address, codice_fiscale_letter, cpf_digits, crc32, dni_letter,
    german_tax_digit, iban_is_valid, luhn_is_valid, nir_key, npi_is_valid, segwit_is_valid, unbase58check,
    verhoeff_is_valid,
};
use crate::personal::is_plausible_ssn;

/// Checks the check digits of a labelled value; `None` for kinds without any.
///
/// Separators may stand where people put them.
///
/// # Examples
///
/// ```
/// use otel_genai_redaction_corpus::is_valid;
///
/// assert_eq!(is_valid("iban", "GB82 WEST 1234 5698 7654 32"), Some(true));
/// assert_eq!(is_valid("us_npi", "1234567890"), Some(false));
/// assert_eq!(is_valid("email", "someone"), None);
/// ```
#[must_use]
pub fn is_valid(kind: &str, value: &str) -> Option<bool> {
    let compact: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    let checked = |length: usize, check: &dyn Fn(&str, &str) -> bool| {
        compact.split_at_checked(length).is_some_and(|(body, rest)| check(body, rest))
    };
    Some(match kind {
        "payment_card" | "ca_sin" => luhn_is_valid(&compact),
        "iban" => iban_is_valid(&compact),
        "us_ssn" => is_plausible_ssn(&compact),
        "us_npi" => npi_is_valid(&compact),
        "nl_bsn" => bsn_is_valid(&compact),
        "in_aadhaar" => verhoeff_is_valid(&compact),
        "de_tax_id" => checked(10, &|body, rest| rest == german_tax_digit(body).to_string()),
        "fr_nir" => checked(13, &|body, rest| rest == nir_key(body)),
        "es_dni" | "es_nie" => checked(8, &|body, rest| rest == dni_letter(body).to_string()),
        "it_codice_fiscale" => checked(15, &|body, rest| rest == codice_fiscale_letter(body).to_string()),
        "br_cpf" => checked(9, &|body, rest| rest == cpf_digits(body)),
        "bitcoin_address" if value.starts_with("bc1") => segwit_is_valid(value),
        "bitcoin_address" => unbase58check(value).is_some(),
        "ethereum_address" => {
            let digits = value.trim_start_matches("0x");
            value == checksum_address(digits) || digits.chars().all(|digit| !digit.is_ascii_uppercase())
        }
        "age_secret_key" => segwit_is_valid(value),
        "github_personal_token"
        | "github_oauth_token"
        | "github_app_token"
        | "github_refresh_token"
        | "npm_token" => {
            let (_, body) = value.split_once('_')?;
            let (body, check) = body.split_at_checked(body.len().checked_sub(6)?)?;
            check == base62_crc32(body)
        }
        "grafana_service_account_token" => {
            let (body, check) = value.rsplit_once('_')?;
            check == format!("{:08x}", crc32(body))
        }
        _ => return None,
    })
}
