//! Secrets with an inner structure or a checksum, which a pattern cannot express.

use super::base64::{STANDARD, URL_SAFE, encode, encode_unpadded};
use super::key_files;
use crate::checksums::{base62_crc32, crc32, segwit_address, segwit_data};
use crate::filler;
use crate::kind::Value;
use crate::pattern;
use crate::random::Random;

fn with_crc(prefix: &str, length: usize, random: &mut Random) -> Value {
    let body = pattern::draw(&format!("[A-Za-z0-9]{{{length}}}"), random);
    let check = base62_crc32(&body);
    Value::whole(format!("{prefix}{body}{check}"))
}

pub(super) fn github_personal(random: &mut Random, _variant: &str) -> Value {
    with_crc("ghp_", 30, random)
}

pub(super) fn github_oauth(random: &mut Random, _variant: &str) -> Value {
    with_crc("gho_", 30, random)
}

pub(super) fn github_app(random: &mut Random, _variant: &str) -> Value {
    let prefix = random.pick(&["ghu_", "ghs_"]);
    with_crc(prefix, 30, random)
}

pub(super) fn github_refresh(random: &mut Random, _variant: &str) -> Value {
    with_crc("ghr_", 70, random)
}

pub(super) fn npm(random: &mut Random, _variant: &str) -> Value {
    with_crc("npm_", 30, random)
}

pub(super) fn age(random: &mut Random, _variant: &str) -> Value {
    let key = random.bytes(32);
    Value::whole(segwit_address("age-secret-key-", &segwit_data(&key), false).to_ascii_uppercase())
}

pub(super) fn putty(random: &mut Random, _variant: &str) -> Value {
    Value::whole(key_files::putty(random))
}

/// The private key as it stands in the file: inside a JSON string, so with `\n` for the ends of lines.
pub(super) fn service_account_key(random: &mut Random, _variant: &str) -> Value {
    let block = key_files::pem_block("PRIVATE KEY", 1200, random).replace('\n', "\\n");
    Value::part("", &block, "\\n")
}

pub(super) fn discord(random: &mut Random, _variant: &str) -> Value {
    let id = pattern::draw("[1-9][0-9]{17,18}", random);
    let bot = encode_unpadded(id.as_bytes(), URL_SAFE);
    let time = pattern::draw("G[A-Za-z0-9_-]{5}", random);
    let signature = pattern::draw("[A-Za-z0-9_-]{37}[A-Za-z0-9]", random);
    Value::whole(format!("{bot}.{time}.{signature}"))
}

pub(super) fn grafana_cloud(random: &mut Random, _variant: &str) -> Value {
    let (organisation, key) = (random.between(100_000, 999_999), random.text(STANDARD, 24));
    let json = format!(r#"{{"o":"{organisation}","n":"stack-hl-write","k":"{key}","m":{{"r":"eu"}}}}"#);
    Value::whole(format!("glc_{}", encode(json.as_bytes(), STANDARD)))
}

pub(super) fn grafana_service_account(random: &mut Random, _variant: &str) -> Value {
    let body = format!("glsa_{}", pattern::draw("[A-Za-z0-9]{32}", random));
    let check = crc32(&body);
    Value::whole(format!("{body}_{check:08x}"))
}

pub(super) fn sentry_org(random: &mut Random, _variant: &str) -> Value {
    let issued = random.between(1_700_000_000, 1_780_000_000);
    let organisation = random.pick(filler::COMPANIES).to_ascii_lowercase().replace(' ', "-");
    let json = format!(
        r#"{{"iat":{issued}.53218,"url":"https://sentry.io","region_url":"https://us.sentry.io","org":"{organisation}"}}"#
    );
    let secret = pattern::draw("[A-Za-z0-9+/]{42}[A-Za-z0-9]", random);
    Value::whole(format!("sntrys_{}_{secret}", encode(json.as_bytes(), STANDARD)))
}

pub(super) fn jwt(random: &mut Random, _variant: &str) -> Value {
    let (algorithm, signature) = random.pick(&[("HS256", 32), ("RS256", 256), ("ES256", 64), ("EdDSA", 64)]);
    let header = if random.percent(50) {
        format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#)
    } else {
        format!(r#"{{"typ":"JWT","alg":"{algorithm}","kid":"{}"}}"#, random.hex(16))
    };
    let issued = random.between(1_700_000_000, 1_780_000_000);
    let (subject, scope) =
        (random.between(1000, 9_999_999), random.pick(&["read", "read write", "chat:all"]));
    let claims = format!(
        r#"{{"sub":"{subject}","iss":"https://id.{}/","iat":{issued},"exp":{},"scope":"{scope}"}}"#,
        random.pick(filler::HOSTS),
        issued + 3600
    );
    let signature = random.bytes(signature);
    let parts = [header.as_bytes(), claims.as_bytes(), &signature];
    Value::whole(parts.map(|part| encode_unpadded(part, URL_SAFE)).join("."))
}

/// A password of people, or random text of programs; the variant `random` leaves out the first, `word` the second.
///
/// It begins and ends with a letter or digit, so that nobody can doubt where it ends in a sentence.
pub(super) fn password_value(random: &mut Random, variant: &str) -> Value {
    let is_word = match variant {
        "random" => false,
        "word" => true,
        _ => random.percent(35),
    };
    if is_word {
        let word = random
            .pick(&["Sommer", "hunter", "Kestrel", "dragon", "Bluebird", "correct", "monsoon", "Velvet"]);
        let tail = random.pick(&["!x", "#Qz", "$mK", "_rT", "!!w", "@pL"]);
        return Value::whole(format!("{word}{}{tail}{}", random.between(10, 2999), random.below(10)));
    }
    Value::whole(pattern::draw(
        random.pick(&[
            "[A-Za-z0-9]{24}",
            "[A-Za-z0-9]{32}",
            "[a-f0-9]{32}",
            "[a-f0-9]{48}",
            "[A-Za-z0-9][A-Za-z0-9!#$%^*_+=.-]{10,18}[0-9][A-Za-z]",
            "[A-Za-z0-9][A-Za-z0-9_-]{40}[A-Za-z0-9]",
            "[a-z0-9]{6}-[A-Za-z0-9]{8}-[A-Za-z0-9]{8}",
        ]),
        random,
    ))
}
