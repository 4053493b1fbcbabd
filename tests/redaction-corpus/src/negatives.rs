//! Text that looks like a value of some kind and is none.

use crate::pattern;
use crate::personal::is_valid_national;
use crate::random::Random;
use crate::secrets::{STANDARD, URL_SAFE, encode, encode_unpadded};

/// Draws text of a sort; `None` for a sort that is not known.
pub(crate) fn draw(sort: &str, random: &mut Random) -> Option<String> {
    if let Some(length) = sort.strip_prefix("digits") {
        return length.parse().ok().map(|length| invalid_number(length, random));
    }
    if let Some(length) = sort.strip_prefix("hex") {
        return length.parse().ok().map(|length| random.hex(length));
    }
    if let Some(form) = form(sort) {
        return Some(pattern::draw(form, random));
    }
    Some(match sort {
        "order16" => {
            let number = invalid_number(16, random);
            [&number[..4], &number[4..8], &number[8..12], &number[12..]].join(random.pick(&["-", " "]))
        }
        "isbn13" => isbn13(random),
        "arn" => {
            let account = invalid_number(12, random);
            format!(
                "arn:aws:lambda:eu-west-1:{account}:function:{}",
                random.pick(&["ingest", "summarise", "rerank"])
            )
        }
        "png" => {
            let mut bytes =
                vec![0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52];
            bytes.extend(binary(60, random));
            encode(&bytes, STANDARD)
        }
        "jpeg_long" => {
            let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46, 0x49, 0x46];
            let length = 2000 + random.below(4000);
            bytes.extend(binary(length, random));
            encode(&bytes, STANDARD)
        }
        "cursor" => encode_unpadded(format!("page={}&size=50", random.between(2, 900)).as_bytes(), URL_SAFE),
        "public_key" => {
            let body = encode(&random.bytes(91), STANDARD);
            let (first, second) = body.split_at(64);
            format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----")
        }
        "certificate" => {
            let body = encode(&[&[0x30, 0x82, 0x02, 0x3c], random.bytes(400).as_slice()].concat(), STANDARD);
            let lines: Vec<&str> =
                (0..body.len()).step_by(64).filter_map(|at| body.get(at..body.len().min(at + 64))).collect();
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----", lines.join("\n"))
        }
        "ssh_public" => {
            let blob = [b"\0\0\0\x0bssh-ed25519\0\0\0 ".as_slice(), &random.bytes(32)].concat();
            format!("ssh-ed25519 {}", encode(&blob, STANDARD))
        }
        "integrity" => format!("sha512-{}", encode(&random.bytes(64), STANDARD)),
        "float" => {
            let digits = 5 + random.below(11);
            format!("{}0.{}", random.pick(&["", "-"]), random.digits(digits))
        }
        "vector" => {
            let numbers: Vec<String> = (0..6).map(|_| format!("-0.0{}", random.digits(8))).collect();
            numbers.join(", ")
        }
        "latlon" => {
            let (latitude, longitude) = (random.digits(6), random.digits(6));
            format!("{}.{latitude}, {}.{longitude}", random.between(20, 60), random.between(2, 99))
        }
        "epoch_s" => random.between(1_700_000_001, 1_790_000_000).to_string(),
        "epoch_ms" => {
            avoid_valid(random, |random| random.between(1_700_000_000_000, 1_790_000_000_000).to_string())
        }
        "epoch_ns" => avoid_valid(random, |random| {
            random.between(1_700_000_000_000_000_000, 1_790_000_000_000_000_000).to_string()
        }),
        _ => return None,
    })
}

/// The sorts that a pattern can express.
fn form(sort: &str) -> Option<&'static str> {
    Some(match sort {
        "commit" => "[0-9a-f]{40}",
        "short_commit" => "[0-9a-f]{7,10}",
        "sha256" => "sha256:[0-9a-f]{64}",
        "traceparent" => "00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]",
        "chatcmpl" => "chatcmpl-[A-Za-z0-9]{29}",
        "message_id" => "msg_01[A-Za-z0-9]{22}",
        "call_id" => "call_[A-Za-z0-9]{24}",
        "toolu" => "toolu_01[A-Za-z0-9]{22}",
        "response_id" => "resp_[0-9a-f]{48}",
        "run_id" => "(run|thread|asst|file)_[A-Za-z0-9]{24}",
        "request_id" => "req_[A-Za-z0-9]{24}",
        "fingerprint" => "fp_[0-9a-f]{10}",
        "semver" => "[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{1,2}(-(alpha|beta|rc)\\.[1-9])?",
        "build" => "([1-9]|1[0-9]|120)\\.[1-9]?[0-9]\\.[1-9][0-9]{0,3}\\.[1-9][0-9]{0,2}",
        "tracking" => "(1Z[0-9A-Z]{6}03[0-9]{8}|JJD[0-9]{18}|RR[0-9]{9}DE)",
        "ulid" => "01J[0-9A-HJKMNP-TV-Z]{23}",
        "sku" => "[A-Z]{2,3}-[0-9]{4}-[0-9]{3,4}",
        "invoice" => "(INV|RE|FAC)-202[56]-[0-9]{5}",
        "range" => "[2-9][0-9]{2}-[1-9][0-9]{3}",
        "pod" => "(api|worker|ingest)-[0-9a-f]{9,10}-[a-z0-9]{5}",
        "image" => {
            "(registry\\.k8s\\.io|ghcr\\.io/acme|quay\\.io/team)/(agent|proxy|etl):v[0-9]\\.[0-9]{2}\\.[0-9]"
        }
        "package" => "@[a-z]{4,8}/[a-z]{4,9}@[0-9]\\.[0-9]{1,2}\\.[0-9]{1,2}",
        "scientific" => "-?[1-9]\\.[0-9]{2,8}e[+-]?[0-9]{1,2}",
        "color" => "#[0-9a-f]{6}",
        "etag" => "W/\"[0-9a-f]{32}\"",
        "tx" => "0x[0-9a-f]{64}",
        "pointer" => "0x(0000)?7f[0-9a-f]{10}",
        "video" => "[A-Za-z0-9]{11}",
        "slug" => "(how-to|why-we|notes-on)-[a-z]{5,9}-[a-z]{4,8}-[a-z]{6,10}-[0-9]{4,6}",
        "object_id" => "6[0-9a-f]{23}",
        "masked" => "(\\*{4}|\\*{12}|x{4}-x{4}-x{4}-|•••• )[0-9]{4}",
        "placeholder" => {
            "(<your-api-key>|YOUR_API_KEY|sk-\\.\\.\\.|x{8,24}|\\*{8,16}|changeme|<redacted>|\\[REDACTED\\]|\\.\\.\\.|TODO|null|\
             \\$\\{SECRET\\}|\\{\\{ secret \\}\\}|<API_KEY>|your_token_here|REPLACE_ME)"
        }
        "duration" => "[1-9][0-9]{0,3}(ms|s|µs)",
        "size" => "[1-9][0-9]{2,9}",
        "ratio" => "[0-9]{1,2}/[0-9]{1,2}",
        "score" => "0\\.[0-9]{2,4}",
        "identifier" => {
            "(get|load|parse|make|with)(User|Order|Session|Report|Chunk)(Id|Batch|Cache|Index|Handler)[A-Z][a-z]{4,7}"
        }
        "snake" => {
            "(max|min|total|cached|prompt|output)_(token|key|pass|session)_(count|limit|budget|window)"
        }
        _ => return None,
    })
}

/// Draws digits that are a valid number of no kind, so that redacting them is a mistake beyond doubt.
fn invalid_number(length: usize, random: &mut Random) -> String {
    avoid_valid(random, |random| {
        let first = random.pick(&["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        first.to_owned() + &random.digits(length.saturating_sub(1))
    })
}

fn avoid_valid(random: &mut Random, draw: impl Fn(&mut Random) -> String) -> String {
    loop {
        let number = draw(random);
        if !is_valid_national(&number) {
            return number;
        }
    }
}

/// Draws bytes of which one in four is zero, as in pictures.
fn binary(length: usize, random: &mut Random) -> Vec<u8> {
    random.bytes(length).into_iter().map(|byte| if byte % 4 == 0 { 0 } else { byte }).collect()
}

fn isbn13(random: &mut Random) -> String {
    let body = format!("978{}", random.digits(9));
    let sum: usize = body
        .bytes()
        .enumerate()
        .map(|(index, byte)| usize::from(byte - b'0') * if index % 2 == 0 { 1 } else { 3 })
        .sum();
    let check = (10 - sum % 10) % 10;
    format!("978-{}-{}-{}-{check}", &body[3..4], &body[4..8], &body[8..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_valid_for_no_kind() {
        let mut random = Random::new(11);
        for sort in
            ["digits9", "digits10", "digits11", "digits12", "digits15", "digits16", "epoch_ns", "order16"]
        {
            for _ in 0..300 {
                let number: String =
                    draw(sort, &mut random).unwrap().chars().filter(char::is_ascii_digit).collect();
                for kind in [
                    "payment_card",
                    "ca_sin",
                    "nl_bsn",
                    "us_npi",
                    "in_aadhaar",
                    "de_tax_id",
                    "br_cpf",
                    "fr_nir",
                ] {
                    let has_length = match kind {
                        "payment_card" => number.len() >= 13,
                        "us_npi" => number.len() == 10,
                        "in_aadhaar" => number.len() == 12,
                        "de_tax_id" | "br_cpf" => number.len() == 11,
                        "fr_nir" => number.len() == 15,
                        _ => number.len() == 9,
                    };
                    assert!(
                        !has_length || crate::is_valid(kind, &number) == Some(false),
                        "{sort} {kind} {number}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_book_number_has_its_check_digit() {
        let number: String = isbn13(&mut Random::new(2)).chars().filter(char::is_ascii_digit).collect();
        let digits = number.bytes().map(|byte| usize::from(byte - b'0'));
        let sum: usize = digits.enumerate().map(|(index, digit)| digit * [1, 3][index % 2]).sum();
        assert_eq!((number.len(), sum % 10), (13, 0));
    }
}
