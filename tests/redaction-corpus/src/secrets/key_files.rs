//! Private keys as they lie in files.

use super::base64::{STANDARD, encode};
use crate::kind::Value;
use crate::random::Random;

/// Draws a whole PEM block; the variant `short` keeps it to the length of an elliptic curve key.
pub(super) fn pem(random: &mut Random, variant: &str) -> Value {
    let (label, length) = if variant == "short" {
        random.pick(&[("EC PRIVATE KEY", 121), ("PRIVATE KEY", 138)])
    } else {
        random.pick(&[
            ("RSA PRIVATE KEY", 610),
            ("PRIVATE KEY", 138),
            ("PRIVATE KEY", 1218),
            ("EC PRIVATE KEY", 121),
            ("ENCRYPTED PRIVATE KEY", 320),
            ("DSA PRIVATE KEY", 450),
            ("OPENSSH PRIVATE KEY", 399),
            ("PGP PRIVATE KEY BLOCK", 520),
        ])
    };
    Value::whole(pem_block(label, length, random))
}

/// Writes a block of `length` bytes, of which the first say what the format is.
pub(super) fn pem_block(label: &str, length: usize, random: &mut Random) -> String {
    let start: &[u8] = match label {
        "OPENSSH PRIVATE KEY" => b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01",
        "PGP PRIVATE KEY BLOCK" => &[0x95, 0x01, 0xd8, 0x04],
        // A DER sequence with a length of two bytes, then the version.
        _ if length > 255 => &[0x30, 0x82, 0x02, 0x5c, 0x02, 0x01, 0x00],
        _ => &[0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20],
    };
    let mut bytes = start.to_vec();
    bytes.extend(random.bytes(length.saturating_sub(start.len())));
    let width = if label.starts_with("OPENSSH") { 70 } else { 64 };
    let body = lines(&encode(&bytes, STANDARD), width);
    let (head, tail) = match label {
        "PGP PRIVATE KEY BLOCK" => ("\n\n", format!("\n={}", encode(&random.bytes(3), STANDARD))),
        "RSA PRIVATE KEY" if random.percent(25) => {
            let vector = random.hex(32).to_ascii_uppercase();
            return format!(
                "-----BEGIN {label}-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{vector}\n\n{body}\n-----END {label}-----"
            );
        }
        _ => ("\n", String::new()),
    };
    format!("-----BEGIN {label}-----{head}{body}{tail}\n-----END {label}-----")
}

fn lines(text: &str, width: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(width).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join("\n")
}

/// Writes a PuTTY key file of version 2 or 3, from its first line to the authentication code.
pub(super) fn putty(random: &mut Random) -> String {
    let (version, code) = random.pick(&[(2, 40), (3, 64)]);
    let public = lines(&encode(&random.bytes(51), STANDARD), 64);
    let private = lines(&encode(&random.bytes(36), STANDARD), 64);
    let (public_lines, private_lines) = (public.lines().count(), private.lines().count());
    let code = random.hex(code);
    format!(
        "PuTTY-User-Key-File-{version}: ssh-ed25519\nEncryption: none\nComment: deploy-key\n\
         Public-Lines: {public_lines}\n{public}\nPrivate-Lines: {private_lines}\n{private}\nPrivate-MAC: {code}"
    )
}
