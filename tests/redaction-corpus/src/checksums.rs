//! The check digits and checksums that make a value valid.
//!
//! Each is written from its standard and tested with values that are publicly known to be right.

mod bitcoin;
mod digits;
mod ethereum;
mod national;
mod token;

pub(crate) use bitcoin::{base58check, segwit_address, segwit_data, segwit_is_valid, unbase58check};
pub(crate) use digits::{
    iban_check, iban_is_valid, luhn_digit, luhn_is_valid, verhoeff_digit, verhoeff_is_valid,
};
pub(crate) use ethereum::checksum_address;
pub(crate) use national::{
    bsn_is_valid, codice_fiscale_letter, cpf_digits, dni_letter, german_tax_digit, nir_key, npi_is_valid,
};
pub(crate) use token::{base62_crc32, crc32};
