//! Checksums of Bitcoin and Ethereum addresses.

use sha2::{Digest as _, Sha256};
use sha3::Keccak256;

/// Tells whether the text is a Base58Check address of Bitcoin's main net (versions 0 and 5).
pub(crate) fn is_base58check(text: &str) -> bool {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut number = [0_u8; 25];
    for byte in text.bytes() {
        let Some(digit) = ALPHABET.iter().position(|letter| *letter == byte) else { return false };
        let mut carry = digit;
        for place in number.iter_mut().rev() {
            carry += usize::from(*place) * 58;
            *place = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return false;
        }
    }
    let hash = Sha256::digest(Sha256::digest(&number[..21]));
    matches!(number[0], 0 | 5) && hash[..4] == number[21..]
}

/// Tells whether the text is a bech32 or bech32m address of Bitcoin's main net (BIP 173, BIP 350).
pub(crate) fn is_bech32(text: &str) -> bool {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let lower = text.to_ascii_lowercase();
    if lower != text && text.to_ascii_uppercase() != text {
        return false;
    }
    let Some(data) = lower.strip_prefix("bc1") else { return false };
    let mut values = vec![3, 3, 0, 2, 3];
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
    (14..=90).contains(&text.len()) && (check == 1 || check == 0x2bc8_30a3)
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
        assert!(is_base58check("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"));
        assert!(!is_base58check("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3"));
        assert!(is_bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));
        assert!(is_bech32("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"));
        assert!(is_ethereum("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
        assert!(!is_ethereum("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed"));
    }
}
