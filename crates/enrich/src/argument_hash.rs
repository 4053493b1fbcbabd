//! The keyed hash of a tool call's arguments.
//!
//! Loop detection must tell that a tool was called again with the same arguments, after redaction has removed them. A
//! plain hash would let anybody who guesses the arguments check the guess; without the key this one does not.
//! SipHash-2-4 (Aumasson and Bernstein, 2012) is a pseudo-random function with a key of 128 bits; 64 bits of output
//! suffice to tell the calls of one trace apart.

use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// Arguments longer than this are hashed as they stand, without bringing their JSON into one order (64 KiB): parsing
/// would cost more than a loop of such calls is likely to write them in different orders.
const MAX_PARSED_BYTES: usize = 64 * 1024;

/// The key of the hash of tool arguments.
///
/// The default is random and made anew for each enricher, so that hashes can be compared within one run only. Give one
/// key to several processes to compare their hashes; keep it as secret as the arguments.
///
/// # Examples
///
/// ```
/// use otel_genai_enrich::ArgumentKey;
///
/// let key = ArgumentKey::new(*b"0123456789abcdef");
/// assert_eq!(key.hash(r#"{"a": 1, "b": 2}"#), key.hash(r#"{"b":2,"a":1}"#));
/// assert_ne!(key.hash(r#"{"a": 1}"#), ArgumentKey::random().hash(r#"{"a": 1}"#));
/// assert_eq!(format!("{key:?}"), "ArgumentKey(***)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ArgumentKey([u64; 2]);

impl fmt::Debug for ArgumentKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ArgumentKey(***)")
    }
}

impl Default for ArgumentKey {
    fn default() -> Self {
        Self::random()
    }
}

impl ArgumentKey {
    /// Takes 16 secret bytes.
    pub fn new(bytes: [u8; 16]) -> Self {
        let number = u128::from_le_bytes(bytes);
        Self([number as u64, (number >> 64) as u64])
    }

    /// Makes a key from the operating system's randomness.
    pub fn random() -> Self {
        // The standard library seeds its hash maps from there and has no other door to it. Neither half can be
        // computed back to the seeds.
        let state = RandomState::new();
        Self([state.hash_one(0_u8), state.hash_one(1_u8)])
    }

    /// Hashes arguments: 16 hexadecimal digits.
    ///
    /// Arguments that are the same JSON give the same hash, whatever the order of keys and the white space.
    pub fn hash(&self, arguments: &str) -> String {
        let text = in_one_order(arguments);
        format!("{:016x}", sip_hash(self.0, text.as_bytes()))
    }
}

fn in_one_order(arguments: &str) -> Cow<'_, str> {
    if arguments.len() > MAX_PARSED_BYTES || !arguments.trim_start().starts_with(['{', '[']) {
        return Cow::Borrowed(arguments);
    }
    match serde_json::from_str::<serde_json::Value>(arguments) {
        Ok(mut json) => {
            json.sort_all_objects();
            Cow::Owned(json.to_string())
        }
        Err(_) => Cow::Borrowed(arguments),
    }
}

fn sip_hash(key: [u64; 2], bytes: &[u8]) -> u64 {
    let mut state = [
        key[0] ^ 0x736f_6d65_7073_6575,
        key[1] ^ 0x646f_7261_6e64_6f6d,
        key[0] ^ 0x6c79_6765_6e65_7261,
        key[1] ^ 0x7465_6462_7974_6573,
    ];
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        absorb(&mut state, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    // The length modulo 256 fills the last byte, as the algorithm says.
    last[7] = bytes.len() as u8;
    absorb(&mut state, u64::from_le_bytes(last));
    state[2] ^= 0xff;
    (0..4).for_each(|_| round(&mut state));
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

fn absorb(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    round(state);
    round(state);
    state[0] ^= word;
}

fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sip_hash_2_4() {
        // Appendix A of the paper: key 00..0f, message 00..0e.
        let key: [u8; 16] = std::array::from_fn(|index| index as u8);
        let message: Vec<u8> = (0..15).collect();
        assert_eq!(sip_hash(ArgumentKey::new(key).0, &message), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn arguments_that_are_no_json_are_hashed_as_text() {
        let key = ArgumentKey::new([7; 16]);
        assert_eq!(key.hash("{broken").len(), 16);
        assert_ne!(key.hash("{broken"), key.hash("{broken "));
        assert_eq!(key.hash("[{\"b\":1, \"a\":2}]"), key.hash("[{\"a\":2,\"b\":1}]"));
        assert_ne!(key.hash("[1,2]"), key.hash("[2,1]"));
    }
}
