//! Makes values out of the forms that the rows' examples are written in.

#![allow(dead_code, reason = "every test uses a part of it")]

/// A generator of numbers, the same for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self, below: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below as u64) as usize
    }

    fn letters(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count).map(|_| char::from(alphabet[self.next(alphabet.len())])).collect()
    }
}

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX: &[u8] = b"0123456789abcdef";

/// Expands `<class:count>`; returns the text and what was put in, each of which is secret.
pub(crate) fn expand(form: &str, seed: u64) -> (String, Vec<String>) {
    let mut numbers = Numbers(seed);
    let (mut out, mut parts, mut rest) = (String::new(), Vec::new(), form);
    while let Some((before, after)) = rest.split_once('<') {
        let (class, behind) = after.split_once('>').expect("closed");
        let (name, count) = class.split_once(':').unwrap_or((class, "0"));
        let count: usize = count.parse().expect("a count");
        let part = match name {
            "hex" => numbers.letters(HEX, count),
            "alnum" => numbers.letters(BASE62, count),
            // Letters that stand between the others in the alphabets of base64; not at the ends.
            "url" => format!(
                "{}_{}",
                numbers.letters(BASE62, count / 2),
                numbers.letters(BASE62, count - count / 2 - 1)
            ),
            "base64" => format!(
                "{}+{}",
                numbers.letters(BASE62, count / 2),
                numbers.letters(BASE62, count - count / 2 - 1)
            ),
            "upper" => numbers.letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", count),
            "lower" => numbers.letters(b"abcdefghijklmnopqrstuvwxyz234567", count),
            "bech32" => numbers.letters(b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", count),
            "digit" => format!("{}{}", numbers.next(9) + 1, numbers.letters(b"0123456789", count - 1)),
            "uuid" => [8, 4, 4, 4, 12].map(|length| numbers.letters(HEX, length)).join("-"),
            "crc62" => {
                let random = numbers.letters(BASE62, count);
                let mut check = crc32(random.as_bytes());
                let mut letters = Vec::new();
                for _ in 0..6 {
                    letters.insert(0, char::from(BASE62[check as usize % 62]));
                    check /= 62;
                }
                random + &String::from_iter(letters)
            }
            other => panic!("no class {other}"),
        };
        out.push_str(before);
        out.push_str(&part);
        parts.push(part);
        rest = behind;
    }
    (out + rest, parts)
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
