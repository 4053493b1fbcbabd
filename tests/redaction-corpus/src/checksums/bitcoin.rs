//! Base58Check, bech32 and bech32m.

use sha2::{Digest, Sha256};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// What the checksum of bech32 (BIP 173) must come to.
const BECH32_CONSTANT: u32 = 1;
/// What the checksum of bech32m (BIP 350) must come to.
const BECH32M_CONSTANT: u32 = 0x2bc8_30a3;

fn double_sha256(bytes: &[u8]) -> [u8; 4] {
    let hash = Sha256::digest(Sha256::digest(bytes));
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Writes a version and a hash as Base58Check, the form of addresses that begin with 1 or 3.
pub(crate) fn base58check(version: u8, hash: &[u8]) -> String {
    let mut bytes = vec![version];
    bytes.extend(hash);
    let check = double_sha256(&bytes);
    bytes.extend(check);
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let mut places: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(byte);
        for place in &mut places {
            carry += *place << 8;
            *place = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            places.push(carry % 58);
            carry /= 58;
        }
    }
    let leading = std::iter::repeat_n('1', zeros);
    leading.chain(places.iter().rev().map(|place| char::from(BASE58[*place as usize]))).collect()
}

/// Reads Base58Check; `None` if a character or the checksum is wrong.
pub(crate) fn unbase58check(address: &str) -> Option<Vec<u8>> {
    let mut bytes: Vec<u8> = Vec::new();
    for character in address.bytes() {
        let mut carry = BASE58.iter().position(|known| *known == character)?;
        for byte in &mut bytes {
            carry += usize::from(*byte) * 58;
            *byte = u8::try_from(carry % 256).ok()?;
            carry /= 256;
        }
        while carry > 0 {
            bytes.push(u8::try_from(carry % 256).ok()?);
            carry /= 256;
        }
    }
    bytes.extend(address.bytes().take_while(|character| *character == b'1').map(|_| 0));
    bytes.reverse();
    let check = bytes.split_off(bytes.len().checked_sub(4)?);
    (double_sha256(&bytes) == check.as_slice()).then_some(bytes)
}

fn polymod(values: impl Iterator<Item = u8>) -> u32 {
    values.fold(1, |state: u32, value| {
        let top = state >> 25;
        let mut next = ((state & 0x01ff_ffff) << 5) ^ u32::from(value);
        for (bit, factor) in
            [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3].iter().enumerate()
        {
            if top >> bit & 1 == 1 {
                next ^= factor;
            }
        }
        next
    })
}

fn expanded(prefix: &str) -> impl Iterator<Item = u8> {
    let high = prefix.bytes().map(|byte| byte >> 5);
    high.chain(std::iter::once(0)).chain(prefix.bytes().map(|byte| byte & 31))
}

/// Cuts bytes into groups of five bits, the last filled with zeros.
pub(crate) fn segwit_data(bytes: &[u8]) -> Vec<u8> {
    let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    bits.chunks(5)
        .map(|chunk| (0..5).fold(0, |value, bit| value << 1 | chunk.get(bit).copied().unwrap_or(0)))
        .collect()
}

/// Writes groups of five bits behind a prefix, with the checksum of bech32 or bech32m.
pub(crate) fn segwit_address(prefix: &str, data: &[u8], is_bech32m: bool) -> String {
    let constant = if is_bech32m { BECH32M_CONSTANT } else { BECH32_CONSTANT };
    let padded = expanded(prefix).chain(data.iter().copied()).chain([0; 6]);
    let check = polymod(padded) ^ constant;
    let check = (0..6).map(|index| u8::try_from(check >> (5 * (5 - index)) & 31).unwrap_or(0));
    let characters =
        data.iter().copied().chain(check).map(|value| char::from(BECH32[usize::from(value & 31)]));
    format!("{prefix}1{}", characters.collect::<String>())
}

/// Says whether the checksum is right: bech32 for witness version 0 and whatever is no address, bech32m for the rest.
pub(crate) fn segwit_is_valid(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    let Some((prefix, data)) = lower.rsplit_once('1') else { return false };
    let values: Option<Vec<u8>> = data
        .bytes()
        .map(|byte| BECH32.iter().position(|known| *known == byte).and_then(|place| u8::try_from(place).ok()))
        .collect();
    let Some(values) = values else { return false };
    let is_later_version = prefix == "bc" && values.first().is_some_and(|version| *version > 0);
    let constant = if is_later_version { BECH32M_CONSTANT } else { BECH32_CONSTANT };
    polymod(expanded(prefix).chain(values)) == constant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base58check_writes_the_first_address_of_the_chain() {
        // The hash of the key in the genesis block.
        let hash = [
            0x62, 0xe9, 0x07, 0xb1, 0x5c, 0xbf, 0x27, 0xd5, 0x42, 0x53, 0x99, 0xeb, 0xf6, 0xf0, 0xfb, 0x50,
            0xeb, 0xb8, 0x8f, 0x18,
        ];
        let address = base58check(0, &hash);
        assert_eq!(address, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");
        assert_eq!(unbase58check(&address).map(|bytes| bytes[1..].to_vec()), Some(hash.to_vec()));
        assert_eq!(unbase58check("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"), None);
    }

    #[test]
    fn bech32_writes_the_examples_of_the_proposals() {
        // BIP 173: the key hash of the generator point.
        let hash = [
            0x75, 0x1e, 0x76, 0xe8, 0x19, 0x91, 0x96, 0xd4, 0x54, 0x94, 0x1c, 0x45, 0xd1, 0xb3, 0xa3, 0x23,
            0xf1, 0x43, 0x3b, 0xd6,
        ];
        let data = [vec![0], segwit_data(&hash)].concat();
        assert_eq!(segwit_address("bc", &data, false), "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
        // BIP 350: the x coordinate of the generator point.
        let taproot = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0";
        assert!(segwit_is_valid(taproot));
        assert!(!segwit_is_valid(&taproot.replace("xlx", "xlq")));
    }
}
