//! The checksum at the end of tokens of GitHub, npm and Grafana.

/// Returns the CRC-32 of IEEE 802.3.
pub(crate) fn crc32(text: &str) -> u32 {
    !text.bytes().fold(u32::MAX, |state, byte| {
        (0..8).fold(state ^ u32::from(byte), |state, _| {
            if state & 1 == 1 { state >> 1 ^ 0xedb8_8320 } else { state >> 1 }
        })
    })
}

/// Returns the CRC-32 as six digits of base 62, the way GitHub ends its tokens.
pub(crate) fn base62_crc32(text: &str) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let value = crc32(text) as usize;
    (0..6).rev().map(|place| char::from(DIGITS[value / 62_usize.pow(place) % 62])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_catalogue_holds() {
        assert_eq!(crc32("123456789"), 0xcbf4_3926);
        assert_eq!(base62_crc32("123456789").len(), 6);
    }
}
