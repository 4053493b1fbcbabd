//! Structure and checksums of tokens, and whether a text looks like a chosen secret.

/// Tells whether what follows the prefix looks random.
///
/// GitHub's and npm's tokens end with a checksum. It is not asked for: a token with a slip in it, or one that was made up
/// for a test, is a secret to whoever reads it, and no other text has these prefixes before so many letters.
pub(crate) fn is_random_behind_prefix(token: &str) -> bool {
    token.split_once('_').is_some_and(|(_, body)| looks_random(body))
}

/// Decodes base64 of either alphabet; padding is optional.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

/// Tells whether the first part decodes to a JOSE header: a JSON object with `alg` (RFC 7515, section 4.1).
pub(crate) fn is_jwt(token: &str) -> bool {
    let Some((header, _)) = token.split_once('.') else { return false };
    decode_base64(header)
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .is_some_and(|header| header.get("alg").is_some_and(serde_json::Value::is_string))
}

/// Tells whether the first part decodes to a snowflake: the digits of the bot's id.
pub(crate) fn is_discord_token(token: &str) -> bool {
    let Some((id, _)) = token.split_once('.') else { return false };
    decode_base64(id)
        .is_some_and(|bytes| (17..=20).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit))
}

/// Tells whether the text decodes to `user:password`.
pub(crate) fn is_basic_credentials(text: &str) -> bool {
    decode_base64(text).is_some_and(|bytes| {
        bytes.contains(&b':')
            && bytes.len() >= 3
            && std::str::from_utf8(&bytes).is_ok_and(|text| !text.chars().any(char::is_control))
    })
}

/// Tells whether a token is none of the samples that manuals print.
pub(crate) fn is_no_sample(token: &str) -> bool {
    !token.contains("EXAMPLE")
}

/// Tells whether a token of one word looks random: enough different characters, and digits or mixed case.
pub(crate) fn looks_random(token: &str) -> bool {
    let (mut seen, mut different) = ([false; 128], 0);
    let (mut digits, mut upper, mut lower) = (0, 0, 0);
    for byte in token.bytes() {
        if byte < 128 && !std::mem::replace(&mut seen[usize::from(byte)], true) {
            different += 1;
        }
        match byte {
            b'0'..=b'9' => digits += 1,
            b'A'..=b'Z' => upper += 1,
            b'a'..=b'z' => lower += 1,
            _ => {}
        }
    }
    different >= 8.min(token.len() / 2)
        && (digits >= 2
            || (digits >= 1 && upper + lower >= 6)
            || (upper >= 3 && lower >= 3 && token.len() >= 20))
}

/// Tells whether a word is a password and nothing else, wherever it stands: `Winter5400!27u`, `ihVAg9w6NB1daUP8`.
///
/// It has digits and letters, and either a sign that words, ids, dates and paths do not have, or its classes of
/// characters change as often as only chance changes them.
pub(crate) fn is_evident(word: &str) -> bool {
    let class = |byte: &u8| match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        _ => 3,
    };
    let bytes = word.as_bytes();
    let has = |wanted| bytes.iter().any(|byte| class(byte) == wanted);
    let sign = bytes.iter().any(|byte| b"!#$%*@^&?+".contains(byte));
    let changes = bytes.windows(2).filter(|pair| class(&pair[0]) != class(&pair[1])).count();
    (8..=64).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_graphic)
        && (has(0) || sign && changes * 3 >= bytes.len())
        && (has(1) || has(2))
        && !bytes.iter().any(|byte| b"/\\:=()[]{}<>|,;\"'`".contains(byte))
        && (sign && looks_random(word) || has(1) && has(2) && !has(3) && changes * 5 >= bytes.len() * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_the_standards_print() {
        assert_eq!(
            decode_base64("QWxhZGRpbjpvcGVuIHNlc2FtZQ==").as_deref(),
            Some(b"Aladdin:open sesame".as_slice())
        );
        assert!(is_basic_credentials("QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert!(is_jwt("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x"));
        assert!(!is_jwt("eyJub3QiOiJhIGp3dCJ9.e30.x"));
    }

    #[test]
    fn chosen_passwords_are_evident_and_names_are_not() {
        for word in ["Winter5400!27u", "ihVAg9w6NB1daUP8", "hunter1385@pL8", "pass2846#pGU"] {
            assert!(is_evident(word), "{word}");
        }
        for word in [
            "SHA256-hashed",
            "required",
            "2026-03-10",
            "PBKDF2WithHmacSHA256",
            "gpt-4o-2024-08-06",
            "user@2x",
        ] {
            assert!(!is_evident(word), "{word}");
        }
    }

    #[test]
    fn words_do_not_look_random() {
        assert!(looks_random("9cec87129386123c"));
        assert!(!looks_random("required"));
        assert!(!looks_random("aaaaaaaa1"));
    }
}
