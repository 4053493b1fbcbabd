//! Checksums of addresses of cryptocurrencies.

use sha2::{Digest as _, Sha256};
use sha3::Keccak256;

const BITCOIN: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RIPPLE: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/// Returns the kind of a Base58Check address, by its version: Bitcoin (0, 5), Litecoin (48, 50), Dogecoin (30, 22),
/// Dash (76, 16), Tron (65) and XRP (0 in its own alphabet).
pub(crate) fn base58check(text: &str) -> Option<&'static str> {
    let other = "cryptocurrency_address";
    match text.as_bytes().first()? {
        b'1' | b'3' => matches!(version(text, BITCOIN)?, 0 | 5).then_some("bitcoin_address"),
        b'L' | b'M' => matches!(version(text, BITCOIN)?, 48 | 50).then_some(other),
        b'D' | b'9' | b'A' => matches!(version(text, BITCOIN)?, 30 | 22).then_some(other),
        b'X' | b'7' => matches!(version(text, BITCOIN)?, 76 | 16).then_some(other),
        b'T' => (version(text, BITCOIN)? == 65).then_some(other),
        b'r' => (version(text, RIPPLE)? == 0).then_some(other),
        _ => None,
    }
}

/// Decodes 25 bytes of base 58 and returns the first, if the last four are the hash of the others.
fn version(text: &str, alphabet: &[u8; 58]) -> Option<u8> {
    let mut number = [0_u8; 25];
    for byte in text.bytes() {
        let mut carry = alphabet.iter().position(|letter| *letter == byte)?;
        for place in number.iter_mut().rev() {
            carry += usize::from(*place) * 58;
            *place = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    let hash = Sha256::digest(Sha256::digest(&number[..21]));
    (hash[..4] == number[21..]).then_some(number[0])
}

/// Tells whether the text is a bech32 or bech32m address of Bitcoin's main net (BIP 173, BIP 350).
pub(crate) fn is_bitcoin_bech32(text: &str) -> bool {
    (14..=90).contains(&text.len()) && is_bech32(text)
}

/// Tells whether the checksum of a bech32 or bech32m text is right, whatever stands before its `1`.
pub(crate) fn is_bech32(text: &str) -> bool {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let lower = text.to_ascii_lowercase();
    if lower != text && text.to_ascii_uppercase() != text {
        return false;
    }
    let Some((prefix, data)) = lower.split_once('1') else { return false };
    let mut values: Vec<u32> = prefix.bytes().map(|byte| u32::from(byte >> 5)).collect();
    values.push(0);
    values.extend(prefix.bytes().map(|byte| u32::from(byte & 31)));
    for byte in data.bytes() {
        let Some(value) = ALPHABET.iter().position(|letter| *letter == byte) else { return false };
        values.push(value as u32);
    }
    let check = values.iter().fold(1_u32, |check, value| {
        let top = check >> 25;
        let mut next = ((check & 0x1ff_ffff) << 5) ^ value;
        for (bit, generator) in
            [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3].iter().enumerate()
        {
            if (top >> bit) & 1 == 1 {
                next ^= generator;
            }
        }
        next
    });
    check == 1 || check == 0x2bc8_30a3
}

/// Tells whether `0x` and 40 hexadecimal digits are an address: one case throughout, or EIP-55's case checksum.
pub(crate) fn is_ethereum(text: &str) -> bool {
    let Some(digits) = text.get(2..) else { return false };
    if digits.len() != 40 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return false;
    }
    let lower = digits.to_ascii_lowercase();
    if digits == lower || digits == digits.to_ascii_uppercase() {
        // All zeros, all `f` and the like stand for "no address".
        return digits.bytes().any(|byte| byte != digits.as_bytes()[0]);
    }
    let hash = Keccak256::digest(lower.as_bytes());
    digits.bytes().enumerate().all(|(place, byte)| {
        let nibble = if place % 2 == 0 { hash[place / 2] >> 4 } else { hash[place / 2] & 0xf };
        !byte.is_ascii_alphabetic() || byte.is_ascii_uppercase() == (nibble >= 8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_the_standards_pass() {
        assert_eq!(base58check("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"), Some("bitcoin_address"));
        assert_eq!(base58check("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3"), None);
        assert_eq!(base58check("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"), Some("cryptocurrency_address"));
        assert!(is_bitcoin_bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));
        assert!(is_bitcoin_bech32("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"));
        assert!(is_ethereum("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
        assert!(!is_ethereum("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed"));
    }
}
