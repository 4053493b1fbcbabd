//! Base64 (RFC 4648).

/// The alphabet of section 4.
pub(crate) const STANDARD: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The alphabet of section 5.
pub(crate) const URL_SAFE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Writes bytes with padding.
pub(crate) fn encode(bytes: &[u8], alphabet: &str) -> String {
    let mut text = encode_unpadded(bytes, alphabet);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Writes bytes without padding.
pub(crate) fn encode_unpadded(bytes: &[u8], alphabet: &str) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = (0..3)
            .fold(0_usize, |group, index| group << 8 | usize::from(chunk.get(index).copied().unwrap_or(0)));
        for place in 0..=chunk.len() {
            let value = group >> (18 - 6 * place) & 63;
            text.push(alphabet.as_bytes().get(value).copied().map_or('A', char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_hold() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(plain.as_bytes(), STANDARD), coded);
        }
    }
}
