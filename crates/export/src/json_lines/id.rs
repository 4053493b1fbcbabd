//! Trace and span ids as text.

/// Reads an id of `N` bytes: hexadecimal of any case, as OTLP/JSON asks for, or base64, as a strict proto3 JSON
/// encoder writes bytes. Their lengths differ, so nothing is guessed. `None` if it is neither.
pub(super) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let characters = text.as_bytes();
    if characters.len() == 2 * N { decode_hex(characters) } else { decode_base64(characters) }
}

fn decode_hex<const N: usize>(characters: &[u8]) -> Option<[u8; N]> {
    let mut id = [0; N];
    for (byte, pair) in id.iter_mut().zip(characters.chunks_exact(2)) {
        let [high, low] = [hex_digit(pair[0])?, hex_digit(pair[1])?];
        *byte = high << 4 | low;
    }
    Some(id)
}

fn hex_digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

/// Standard and URL alphabet, with and without padding.
fn decode_base64<const N: usize>(characters: &[u8]) -> Option<[u8; N]> {
    let digits = characters.strip_suffix(b"==").or(characters.strip_suffix(b"=")).unwrap_or(characters);
    let has_right_padding = digits.len() == characters.len() || characters.len() == N.div_ceil(3) * 4;
    if digits.len() != (N * 8).div_ceil(6) || !has_right_padding {
        return None;
    }
    let mut id = [0; N];
    let mut filled = 0;
    let mut bits = 0_u32;
    let mut bit_count = 0;
    for character in digits {
        bits = bits << 6 | u32::from(base64_digit(*character)?);
        bit_count += 6;
        if bit_count >= 8 {
            bit_count -= 8;
            *id.get_mut(filled)? = (bits >> bit_count) as u8;
            filled += 1;
            bits &= (1 << bit_count) - 1;
        }
    }
    Some(id)
}

fn base64_digit(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_ids_are_read_as_hex_and_as_base64() {
        let id = [0x10, 0x20, 0xff, 0x40, 0x50, 0x60, 0x7f, 0x81];
        for text in ["1020ff4050607f81", "1020FF4050607F81", "ECD/QFBgf4E=", "ECD/QFBgf4E", "ECD_QFBgf4E="] {
            assert_eq!(decode::<8>(text), Some(id), "{text}");
        }
    }

    #[test]
    fn trace_ids_are_read_as_hex_and_as_base64() {
        let id = 0x1122_3344_5566_7788_99aa_bbcc_ddee_ff00_u128.to_be_bytes();
        for text in ["112233445566778899aabbccddeeff00", "ESIzRFVmd4iZqrvM3e7/AA==", "ESIzRFVmd4iZqrvM3e7/AA"]
        {
            assert_eq!(decode::<16>(text), Some(id), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let texts = [
            "",
            "1",
            "1020ff4050607f8",
            "1020ff4050607f811",
            "1020ff4050607fzz",
            "ECD/QFBgf4E==",
            "ECD/QFBgf4\u{e9}",
            "é020ff4050607f81",
        ];
        for text in texts {
            assert_eq!(decode::<8>(text), None, "{text}");
        }
    }
}
