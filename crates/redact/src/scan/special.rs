//! Finders that need more than an anchored pattern.

use super::text::{begins, ends, is_escape_letter, part, run_end, run_start};
use crate::validate::secrets;

/// Endings of files that look like domains where a name has an `@`, as in `logo@2x.png`.
const FILE_ENDINGS: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "js", "ts", "css", "json", "py", "rs", "go", "java",
    "md", "txt", "html", "yaml", "yml", "toml", "lock", "whl", "gz", "zip",
];

/// Finds the e-mail address around the `@` (or `%40`) at `at..after`.
pub(crate) fn email(text: &str, at: usize, after: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut start = name_start(text, at);
    while start < at && !(bytes[start].is_ascii_alphanumeric() || bytes[start] >= 0x80) {
        start += 1;
    }
    // `%40` and `%20` in front of the address belong to the URL.
    if start == at || (start > 0 && bytes[start - 1] == b'%') || bytes[at - 1] == b'.' {
        return None;
    }
    let mut end = domain_end(text, after);
    while end > after && matches!(bytes[end - 1], b'.' | b'-') {
        end -= 1;
    }
    let domain = part(text, after, end);
    let (name, top) = domain.rsplit_once('.')?;
    let is_domain = !name.is_empty()
        && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-'))
        && (2..=24).contains(&top.len())
        && (top.chars().all(char::is_alphabetic) || top.starts_with("xn--"))
        && !FILE_ENDINGS.contains(&top);
    let is_remote = &bytes[start..at] == b"git" && bytes.get(end) == Some(&b':');
    if !is_domain || is_remote {
        return None;
    }
    // User and password of a URL: what follows the `@` is a host.
    let authority =
        run_start(bytes, start, 300, |byte| !byte.is_ascii_whitespace() && !b"/\"'<>`,;".contains(&byte));
    let is_host = authority >= 2 && &bytes[authority - 2..authority] == b"//";
    (!is_host).then_some((start, end))
}

/// Tells whether a letter belongs to a script that is written without blanks between words.
fn is_dense(letter: char) -> bool {
    letter >= '\u{2e80}'
}

/// Returns where the name before the `@` at `at` starts. Of letters without blanks between words only those count that
/// stand at the `@` itself: `联系jane@example.com`.
fn name_start(text: &str, at: usize) -> usize {
    let before = part(text, at.saturating_sub(96), at);
    let is_dense_name = before.chars().next_back().is_some_and(is_dense);
    let mut start = at;
    for (count, letter) in before.chars().rev().enumerate() {
        let belongs = letter.is_ascii_alphanumeric() && !is_escape_letter(text.as_bytes(), start - 1)
            || "._+-'".contains(letter)
            || !letter.is_ascii() && letter.is_alphanumeric() && (is_dense_name || !is_dense(letter));
        if !belongs || count == 64 {
            break;
        }
        start -= letter.len_utf8();
    }
    start
}

/// Returns where the domain behind the `@` ends, in the same way.
fn domain_end(text: &str, after: usize) -> usize {
    let behind = part(text, after, after + 256);
    let is_dense_name = behind.chars().next().is_some_and(is_dense);
    behind
        .char_indices()
        .find(|(_, letter)| {
            !(letter.is_ascii_alphanumeric()
                || matches!(letter, '.' | '-')
                || !letter.is_ascii() && letter.is_alphanumeric() && (is_dense_name || !is_dense(*letter)))
        })
        .map_or(after + behind.len(), |(at, _)| after + at)
}

/// Schemes of databases and queues.
const DATABASES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "oracle",
    "clickhouse",
    "cassandra",
    "nats",
    "kafka",
    "cockroachdb",
    "snowflake",
    "neo4j",
    "bolt",
    "neo4j+s",
    "ldap",
    "ldaps",
    "mqtt",
    "mqtts",
    "couchbase",
    "db2",
    "influxdb",
    "memcached",
    "valkey",
    "stomp",
];

/// Finds `user:password` behind the `://` at `at..after`.
pub(crate) fn url_credentials(text: &str, at: usize, after: usize) -> Option<(&'static str, usize, usize)> {
    let bytes = text.as_bytes();
    let scheme_start =
        run_start(bytes, at, 24, |byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    let scheme = part(text, scheme_start, at).to_ascii_lowercase();
    let authority = run_end(bytes, after, 400, |byte| {
        !byte.is_ascii_whitespace() && !b"/?#\"'<>\\`,;|(){}[]".contains(&byte)
    });
    let end = after + bytes[after..authority].iter().rposition(|byte| *byte == b'@')?;
    // A token may stand there without a name: `https://TOKEN@host`.
    let colon = bytes[after..end].iter().position(|byte| *byte == b':').map(|colon| after + colon);
    let password = part(text, colon.map_or(after, |colon| colon + 1), end);
    if colon.is_none() && (password.len() < 20 || !secrets::looks_random(password)) {
        return None;
    }
    let blank = password.is_empty()
        || password.starts_with(['$', '<', '{', '[', '*', '%'])
        || password.bytes().all(|byte| byte == b'x' || byte == b'X' || byte == b'.')
        || ["password", "pass", "pwd", "passwd", "secret", "token"]
            .contains(&password.to_ascii_lowercase().as_str());
    // What stands in brackets was redacted before: `postgres://[CONNECTION_STRING]@host`.
    if scheme.is_empty() || blank || end == authority {
        return None;
    }
    let database = scheme.split(['+', ':']).next().is_some_and(|first| DATABASES.contains(&first))
        || DATABASES.contains(&scheme.as_str());
    Some((if database { "connection_string" } else { "url_credentials" }, after, end))
}

/// The longest private key that is taken as a whole, in bytes; a 16,384-bit RSA key in PEM is 13 KB.
const LONGEST_KEY: usize = 32 * 1024;

/// Finds the PEM block of a private key that starts with the `-----BEGIN` at `at`.
///
/// A block without an end, cut off somewhere, goes as far as its base64 does.
pub(crate) fn private_key(
    text: &str,
    at: usize,
    next: usize,
    ends_of_blocks: &[usize],
) -> Option<(&'static str, usize, usize)> {
    let bytes = text.as_bytes();
    let label_end = run_end(bytes, at, 64, |byte| {
        byte == b'-' || byte == b' ' || byte.is_ascii_uppercase() || byte.is_ascii_digit()
    });
    if !part(text, at, label_end).contains("PRIVATE KEY") {
        return None;
    }
    let closing = ends_of_blocks
        .get(ends_of_blocks.partition_point(|end| *end <= at))
        .filter(|end| **end < next && *end - at < LONGEST_KEY);
    let end = match closing {
        Some(closing) => run_end(bytes, *closing, 64, |byte| {
            byte == b'-' || byte == b' ' || byte.is_ascii_uppercase() || byte.is_ascii_digit()
        }),
        None => run_end(bytes, label_end, LONGEST_KEY.min(next.saturating_sub(label_end)), |byte| {
            byte.is_ascii_alphanumeric() || b"+/=\\\r\n -:,".contains(&byte)
        }),
    };
    // The other members of the file of a service account stand around the key.
    let around = part(text, at.saturating_sub(600), at).to_ascii_lowercase()
        + &part(text, end, end + 300).to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| around.contains(word));
    // In that file keys are of PKCS#8.
    let is_pkcs8 = part(text, at, label_end).starts_with("-----BEGIN PRIVATE KEY-----");
    // Google writes a line end behind the last line too.
    let escapes = run_end(bytes, end, 132, |byte| byte == b'\\');
    let in_json = escapes > end && bytes.get(escapes) == Some(&b'n');
    let member = part(text, at.saturating_sub(300), at).trim_end_matches(['"', '\\', '\'', ' ', ':', '=']);
    let in_member = in_json && member.ends_with("private_key");
    let google = is_pkcs8 && has(&["private_key", "privatekey"]) && (in_member || has(GOOGLE));
    Some((if google { "gcp_service_account_key" } else { "private_key" }, at, end))
}

/// Words around the private key of a Google service account: other members of its file, and who uses it.
const GOOGLE: &[&str] = &[
    "service_account",
    "serviceaccount",
    "service account",
    "private_key_id",
    "client_email",
    "clientemail",
    "token_uri",
    "auth_uri",
    "client_x509",
    "universe_domain",
    "gcp",
    "google",
    "gcloud",
    "firebase",
    "vertex",
    "bigquery",
];

/// Finds the PuTTY key file that starts at `at`: as far as its `Private-MAC`.
pub(crate) fn putty_key(text: &str, at: usize, macs: &[usize]) -> Option<(usize, usize)> {
    let mac = *macs.get(macs.partition_point(|mac| *mac <= at)).filter(|mac| **mac - at < LONGEST_KEY)?;
    let bytes = text.as_bytes();
    let hex = run_end(bytes, mac, 2, |byte| byte == b':' || byte == b' ');
    Some((at, run_end(bytes, hex, 128, |byte| byte.is_ascii_hexdigit())))
}

/// Tells whether the byte belongs to a token behind `Bearer` (RFC 6750, section 2.1).
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._~+/=-".contains(&byte)
}

/// Finds the token behind `Bearer` that ends at `after`.
pub(crate) fn bearer(text: &str, start: usize, after: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    // `bearer_auth("…")`, `"Bearer " + "…"`, `Bearer <…>`
    let name = ["_auth", "-auth", "auth", "_token", "-token", " token", "token"];
    let longer = name.iter().find(|more| part(text, after, after + more.len()).eq_ignore_ascii_case(more));
    let after = longer.map_or(after, |more| after + more.len());
    // `AWS_BEARER_TOKEN_BEDROCK` is another name.
    if bytes.get(after).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return None;
    }
    let gap = run_end(bytes, after, 12, |byte| b" \t:=\"'\\,`(<+[".contains(&byte));
    let after =
        if bytes[after..].starts_with(b"%20") { after + 3 } else { formatted(bytes, after).unwrap_or(gap) };
    let mut end = run_end(bytes, after, 4096, is_token);
    while end > after && bytes[end - 1] == b'.' {
        end -= 1;
    }
    if !begins(bytes, start) {
        return None;
    }
    (after > start + 6 && end - after >= 12 && secrets::looks_random(part(text, after, end)))
        .then_some((after, end))
        .or_else(|| near_bearer(text, start, gap))
}

/// `format!("Bearer {}", "X")`, `"Bearer %s", "X"`: where the text begins that goes into the place.
fn formatted(bytes: &[u8], after: usize) -> Option<usize> {
    let place = run_end(bytes, after, 2, |byte| byte == b' ');
    let end = match bytes.get(place..)? {
        [b'{', b'}', ..] | [b'%', b's', ..] => place + 2,
        [b'{', b'0', b'}', ..] => place + 3,
        _ => return None,
    };
    let closed = run_end(bytes, end, 16, |byte| b"\"'\\".contains(&byte));
    let comma = run_end(bytes, closed, 4, |byte| b" ,%(".contains(&byte));
    let opened = run_end(bytes, comma, 16, |byte| b"\"'\\".contains(&byte));
    (closed > end && comma > closed && opened > comma).then_some(opened)
}

/// `the bearer token for the API is X`, `X as the bearer token`, `token X (bearer)`: a random word in the same sentence.
fn near_bearer(text: &str, start: usize, after: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"._~+=-".contains(&byte);
    let fits = |from: usize, to: usize| {
        let word = part(text, from, to);
        let has = |class: fn(&u8) -> bool| word.bytes().any(|byte| class(&byte));
        // `for request req_011…`
        let is_id =
            ["req_", "resp_", "msg_", "run_", "call_", "chatcmpl"].iter().any(|id| word.starts_with(id));
        to - from >= 20
            && !is_id
            && secrets::looks_random(word)
            && has(u8::is_ascii_digit)
            && (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
                || word.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            && !matches!(bytes.get(from.wrapping_sub(1)), Some(b'/' | b'@'))
    };
    let mut at = after;
    let limit = bytes.len().min(after + 48);
    // A bracket is a marker of ours, and then the token is gone.
    while at < limit && !b"\n;{}[".contains(&bytes[at]) && !closes_sentence(bytes, at) {
        if bytes[at].is_ascii_alphanumeric() && begins(bytes, at) {
            let end = run_end(bytes, at, 4096, is_token);
            let trimmed = at + part(text, at, end).trim_end_matches('.').len();
            if fits(at, trimmed) {
                return Some((at, trimmed));
            }
            at = end;
        } else {
            at += 1;
        }
    }
    let gap = run_start(bytes, start, 16, |byte| byte.is_ascii_alphabetic() || b" \"'`(".contains(&byte));
    let end = gap + bytes[gap..start].iter().position(|byte| b" \"'`(".contains(byte))?;
    let from = run_start(bytes, end, 400, is_token);
    (begins(bytes, from) && fits(from, end)).then_some((from, end))
}

/// Finds the credentials behind `Basic ` that ends at `after`.
pub(crate) fn basic(text: &str, start: usize, after: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let end = run_end(bytes, after, 1024, |byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte));
    (begins(bytes, start)
        && end - after >= 8
        && ends(bytes, end)
        && secrets::is_basic_credentials(part(text, after, end)))
    .then_some((after, end))
}

/// Finds the end of the `data:` URI that starts at `at`, if it is one with base64 in it.
pub(crate) fn data_uri(bytes: &[u8], at: usize) -> Option<usize> {
    let head =
        run_end(bytes, at + 5, 128, |byte| byte.is_ascii_alphanumeric() || b"/+.-;=_*".contains(&byte));
    if bytes.get(head) != Some(&b',') || !bytes[at..head].ends_with(b";base64") {
        return None;
    }
    let end = base64_end(bytes, head + 1);
    (end > head + 1).then_some(end)
}

/// Returns where the base64 of either alphabet ends that starts at `at`: behind its padding, whatever follows.
pub(crate) fn base64_end(bytes: &[u8], at: usize) -> usize {
    let end = run_end(bytes, at, usize::MAX, |byte| byte != b'=' && is_base64(byte));
    run_end(bytes, end, 2, |byte| byte == b'=')
}

/// Tells whether the byte belongs to base64 of either alphabet.
pub(crate) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// Tells whether a sentence ends at `at`; `no. X` and `geb. Am` are short words with a dot.
fn closes_sentence(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b'.'
        && bytes.get(at + 1) == Some(&b' ')
        && bytes.get(at + 2).is_some_and(u8::is_ascii_uppercase)
        && at - run_start(bytes, at, 5, |byte| byte.is_ascii_alphanumeric()) > 3
}

/// Finds where the sentence ends that goes on at `from`, behind its dot.
pub(crate) fn sentence_end(text: &str, from: usize, reach: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..bytes.len().min(from + reach)).find(|at| closes_sentence(bytes, *at)).map(|at| at + 1)
}

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mär", "mai", "juni",
    "okt", "dez", "fév", "fev", "avr", "juin", "juil", "aoû", "aou", "déc", "ene", "abr", "ago", "set",
    "dic", "out", "gen", "mag", "giu", "lug", "ott", "mrt", "mei", "maa", "janv", "stycz", "lut", "kwie",
    "maj", "czer", "lip", "sier", "wrze", "paź", "list", "grud",
];

/// Finds the date that begins at most a few words behind `from`.
pub(crate) fn date(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let limit = bytes.len().min(from + 40);
    let mut at = from;
    while at < limit {
        if is_answer(bytes, at) {
            return None;
        }
        if bytes[at].is_ascii_digit() && begins(bytes, at) {
            return date_at(text, at);
        }
        // The month first: `December 26, 1999`.
        if bytes[at].is_ascii_alphabetic() && begins(bytes, at) && is_month(part(text, at, at + 8)) {
            let word = run_end(bytes, at, 12, |byte| byte.is_ascii_alphabetic() || byte == b'.');
            let rest = part(text, word, word + 16);
            if let Some(length) = day_and_year(rest) {
                return Some((at, word + length));
            }
        }
        // Another sentence or field says something else.
        if matches!(bytes[at], b'\n' | b'{' | b'}') || closes_sentence(bytes, at) {
            return None;
        }
        at += 1;
    }
    None
}

fn is_month(word: &str) -> bool {
    // Most are told by their first letter.
    let first = word.as_bytes().first().map(u8::to_ascii_lowercase);
    let is_prefix = |month: &&str| {
        month.as_bytes().first().copied() == first
            && word
                .as_bytes()
                .get(..month.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(month.as_bytes()))
    };
    MONTHS.iter().any(is_prefix)
}

/// ` 26, 1999`, ` 26th 1999`.
fn day_and_year(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let day = run_end(bytes, 0, 1, |byte| byte == b' ');
    let day_end = run_end(bytes, day, 2, |byte| byte.is_ascii_digit());
    let gap = run_end(bytes, day_end, 4, |byte| byte.is_ascii_alphabetic() || byte == b',' || byte == b' ');
    let end = run_end(bytes, gap, 4, |byte| byte.is_ascii_digit());
    (day_end > day && end - gap == 4 && ends(bytes, end)).then_some(end)
}

fn date_at(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| run_end(bytes, from, 5, |byte| byte.is_ascii_digit());
    let first = digits(at);
    let separator = bytes.get(first).copied()?;
    if let (b'-' | b'/' | b'.', 1..=4) = (separator, first - at) {
        let second = digits(first + 1);
        let third = digits(second + 1);
        let lengths = (first - at, second - first - 1, third.saturating_sub(second + 1));
        if bytes.get(second) == Some(&separator)
            && matches!(lengths, (4, 1 | 2, 1 | 2) | (1 | 2, 1 | 2, 2 | 4))
            && ends(bytes, third)
        {
            return Some((at, third));
        }
    }
    if first - at == 8 && ends(bytes, first) && matches!(&bytes[at..at + 2], b"19" | b"20") {
        return Some((at, first));
    }
    // `4. Januar 1949`, `15 de octubre de 1940`, `1er mai 1960`, `12-Mar-1984`.
    if first - at <= 2 {
        let mut word = first
            + part(text, first, first + 16)
                .find(|letter: char| !matches!(letter, '.' | ' ' | '-' | 'º' | 'ª' | ','))?;
        for filler in ["de ", "er ", "st ", "nd ", "rd ", "th ", "of ", "do "] {
            if part(text, word, word + filler.len()) == filler {
                word += filler.len();
            }
        }
        if word - first <= 8 && is_month(part(text, word, word + 8)) {
            let after = word + part(text, word, word + 40).find(|letter: char| !letter.is_alphabetic())?;
            let year = after + part(text, after, after + 16).find(|letter: char| letter.is_ascii_digit())?;
            let end = digits(year);
            if year - after <= 5 && matches!(end - year, 2 | 4) {
                return Some((at, end));
            }
        }
    }
    // `1984年3月12日`.
    if separator == "年".as_bytes()[0] && first - at == 4 {
        let end = at + part(text, at, at + 20).find('日')? + "日".len();
        return (end - at <= 20).then_some((at, end));
    }
    None
}

/// Tells whether a marker stands here that answers a word of context: what follows it is no second answer.
fn is_answer(bytes: &[u8], at: usize) -> bool {
    const ANSWERS: [&[u8]; 7] = [
        b"DATE_OF_BIRTH",
        b"PASSPORT",
        b"MEDICAL_RECORD_NUMBER",
        b"US_DRIVERS_LICENSE",
        b"BANK_ACCOUNT",
        b"CARD_SECURITY_CODE",
        b"PIN",
    ];
    bytes[at] == b'['
        && ANSWERS.iter().any(|kind| {
            let name = bytes.get(at + 1..).and_then(|rest| rest.strip_prefix(*kind));
            name.is_some_and(|rest| matches!(rest.first(), Some(b']' | b':')))
        })
}

/// Finds the first word with digits behind `from` that `fits`, before the sentence or field ends.
pub(crate) fn word_behind(
    text: &str,
    from: usize,
    reach: usize,
    fits: impl Fn(&str) -> bool,
) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let limit = bytes.len().min(from + reach);
    let mut at = from;
    while at < limit {
        if is_answer(bytes, at) {
            return None;
        }
        if bytes[at].is_ascii_alphanumeric() && !is_escape_letter(bytes, at) {
            let end = run_end(bytes, at, 24, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let word = part(text, at, end);
            let trimmed = word.trim_end_matches('-');
            if fits(trimmed) {
                return Some((at, at + trimmed.len()));
            }
            at = end;
        } else {
            // What is asked is answered in the next line.
            let is_question = bytes[at] == b'?' && super::values::line_break(bytes, at + 1).is_none();
            if matches!(bytes[at], b'{' | b'}')
                || is_question
                || bytes[at..].starts_with(b"\n\n")
                || closes_sentence(bytes, at)
            {
                return None;
            }
            at += 1;
        }
    }
    None
}
