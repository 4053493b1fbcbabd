//! Passwords on command lines, where only the command says which of its words is one.

use super::plausible::is_given;
use super::text::{closes, part, run_end, run_start};

/// How the password stands on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The word behind the option.
    Next(&'static str),
    /// The rest of the option's own word: `-pX`.
    Glued(&'static str),
    /// Behind the first colon of the word behind the option: `-u user:X`.
    Colon(&'static str),
    /// Behind the first percent sign of the word behind the option: `-U user%X`.
    Percent(&'static str),
    /// The word behind a word and so many others: `add_user NAME X`.
    Behind(&'static str, usize),
    /// The first word that is no option.
    First,
    /// The word behind `\\server\share`, and that behind `/user:NAME`.
    Share,
    /// `user/X@service` in the first word that is no option.
    Slash,
}

/// Commands, as the automaton looks for them, and where each has its password. From the manuals of the programs.
const COMMANDS: &[(&str, &[Place])] = &[
    ("curl", &[Place::Colon("-u"), Place::Colon("--user"), Place::Colon("-U"), Place::Colon("--proxy-user")]),
    ("mysql", &[Place::Glued("-p")]),
    ("mariadb", &[Place::Glued("-p")]),
    ("mongo", &[Place::Next("-p")]),
    ("sshpass", &[Place::Next("-p"), Place::Glued("-p")]),
    ("redis-cli", &[Place::Next("-a"), Place::Next("--pass")]),
    ("docker login", &[Place::Next("-p")]),
    ("podman login", &[Place::Next("-p")]),
    ("registry login", &[Place::Next("-p")]),
    ("az login", &[Place::Next("-p")]),
    ("vault login", &[Place::First]),
    ("sqlcmd", &[Place::Next("-P")]),
    ("sqlplus", &[Place::Slash]),
    ("ldapsearch", &[Place::Next("-w")]),
    ("ldapadd", &[Place::Next("-w")]),
    ("ldapmodify", &[Place::Next("-w")]),
    ("ldapwhoami", &[Place::Next("-w")]),
    ("smbclient", &[Place::Percent("-U")]),
    ("openssl", &[Place::Next("-k")]),
    ("zip -P", &[Place::Next("-P")]),
    ("7z x", &[Place::Glued("-p")]),
    ("7z a", &[Place::Glued("-p")]),
    ("xfreerdp", &[Place::Glued("/p:")]),
    ("useradd", &[Place::Next("-p")]),
    ("usermod", &[Place::Next("-p")]),
    ("htpasswd -b", &[Place::Behind("-b", 2)]),
    ("htpasswd -cb", &[Place::Behind("-cb", 2)]),
    ("rabbitmqctl", &[Place::Behind("add_user", 1), Place::Behind("change_password", 1)]),
    ("net use", &[Place::Share]),
];

/// Commands that read the password from the command before the `|`: `echo X | sudo -S …`.
const READERS: &[&str] = &["sudo -S", "chpasswd", "--password-stdin"];

/// What the automaton looks for.
pub(super) fn literals() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|(name, _)| *name).chain(READERS.iter().copied())
}

/// How long a command may be, in bytes.
pub(super) const LONGEST: usize = 1024;

/// Finds the passwords of the command whose name stands at `start..end`, and where the command ends.
pub(super) fn find(text: &str, start: usize, end: usize) -> (Vec<(usize, usize)>, usize) {
    let bytes = text.as_bytes();
    let name = part(text, start, end);
    if READERS.contains(&name) {
        return (piped(text, start).into_iter().collect(), end);
    }
    let Some((name, places)) = COMMANDS.iter().find(|(command, _)| *command == name) else {
        return (Vec::new(), end);
    };
    // `/usr/bin/curl`, `curl.exe`, `mysqldump`, but not `libcurl`.
    if start > 0
        && (bytes[start - 1].is_ascii_alphanumeric() && !super::text::is_escape_letter(bytes, start - 1))
    {
        let is_zip = *name == "zip -P" && bytes[..start].ends_with(b"un");
        if !is_zip {
            return (Vec::new(), end);
        }
    }
    let option = name.rfind(" -").map_or(end, |at| start + at);
    let from = run_end(bytes, option, 16, |byte| byte.is_ascii_alphabetic() || byte == b'.');
    if !matches!(bytes.get(from), Some(b' ')) {
        return (Vec::new(), end);
    }
    if places.contains(&Place::Share) {
        return share(text, from);
    }
    let (words, stop) = words(text, from);
    let mut found = Vec::new();
    for place in *places {
        found.extend(
            values(text, &words, *place)
                .into_iter()
                .filter(|(start, end)| is_given(part(text, *start, *end))),
        );
    }
    (found, stop.max(end))
}

fn values(text: &str, words: &[(usize, usize)], place: Place) -> Vec<(usize, usize)> {
    let word =
        |index: usize| words.get(index).map(|(start, end)| part(text, *start, *end)).unwrap_or_default();
    let bare = |index: usize| words.get(index).map(|(start, end)| unquoted(text, *start, *end));
    // A value, not the next option.
    let next =
        |index: usize| bare(index + 1).filter(|(start, end)| !part(text, *start, *end).starts_with("--"));
    let behind = |sign: char, (start, end): (usize, usize)| {
        part(text, start, end).find(sign).map(|at| unquoted(text, start + at + 1, end))
    };
    let positional = || (0..words.len()).find(|index| !word(*index).starts_with('-'));
    let mut found = Vec::new();
    match place {
        Place::First => found.extend(positional().and_then(bare)),
        Place::Slash => {
            found.extend(positional().and_then(bare).and_then(|whole| behind('/', whole)).map(
                |(start, end)| {
                    let at = part(text, start, end).rfind('@').map_or(end, |at| start + at);
                    unquoted(text, start, at)
                },
            ));
        }
        _ => {
            for (index, (start, end)) in words.iter().enumerate() {
                let own = part(text, *start, *end);
                found.extend(match place {
                    Place::Next(option) if own == option => next(index),
                    // Flags of curl may stand together: `-su user:X`.
                    Place::Colon(option) if own == option || is_bundle(own, option) => {
                        next(index).and_then(|whole| behind(':', whole))
                    }
                    Place::Colon(option) if option.len() > 2 && own.starts_with(option) => own
                        [option.len()..]
                        .starts_with('=')
                        .then(|| unquoted(text, start + option.len() + 1, *end))
                        .and_then(|whole| behind(':', whole)),
                    Place::Percent(option) if own == option => {
                        next(index).and_then(|whole| behind('%', whole))
                    }
                    Place::Glued(option) if own.len() > option.len() && own.starts_with(option) => {
                        Some(unquoted(text, start + option.len(), *end))
                    }
                    Place::Behind(first, others) if own == first => bare(index + 1 + others),
                    _ => None,
                });
            }
        }
    }
    found
}

/// `net use Z: \\server\share X /user:NAME`, and `/user:NAME X`; and where the command ends.
///
/// Backslashes are signs of names here and escape nothing, but where the text is a string in JSON each is written twice:
/// how often is told by those that the share begins with.
fn share(text: &str, from: usize) -> (Vec<(usize, usize)>, usize) {
    let bytes = text.as_bytes();
    let line = run_end(bytes, from, LONGEST, |byte| !b"\n\r|;&".contains(&byte));
    let (mut found, mut at, mut own) = (Vec::new(), from, 1);
    let mut is_behind: Option<bool> = None;
    loop {
        let start = run_end(bytes, at, line - at, |byte| byte == b' ' || byte == b'\t');
        let quoted = run_end(bytes, start, 8, |byte| b"\"'\\".contains(&byte));
        let quote = bytes[start..quoted].iter().rfind(|byte| **byte != b'\\').copied();
        let inner =
            bytes[start..quoted].iter().rposition(|byte| *byte != b'\\').map_or(start, |at| start + at + 1);
        let signs = run_end(bytes, inner, 16, |byte| byte == b'\\') - inner;
        let is_share = signs >= 2 && signs.is_power_of_two();
        if is_share {
            own = signs / 2;
        }
        let stop = share_word(bytes, inner, line, quote, own);
        if stop <= inner {
            return (found, stop.max(from).min(line));
        }
        let word = part(text, inner, stop);
        let next = run_end(bytes, stop, 8, |byte| b"\"'\\ \t".contains(&byte));
        let is_option = word.starts_with('/');
        if let Some(is_share) = is_behind.take()
            && !is_option
        {
            let is_sure = !is_share
                || bytes.get(next) == Some(&b'/')
                || quote.is_some()
                || word.bytes().any(|byte| byte.is_ascii_digit());
            if is_sure && is_given(word) {
                found.push((inner, stop));
            }
        }
        let is_user = is_option && part(text, inner, inner + 6).eq_ignore_ascii_case("/user:");
        is_behind = (is_share || is_user).then_some(is_share);
        at = stop;
        if let Some(quote) = quote {
            at = run_end(bytes, stop, 8, |byte| byte == b'\\' || byte == quote);
        }
        if at < line && bytes[at] != b' ' && bytes[at] != b'\t' {
            return (found, at);
        }
    }
}

/// Returns where a word ends: at a blank, a quote, or a line's end, which in JSON has half the backslashes of a sign.
fn share_word(bytes: &[u8], from: usize, line: usize, quote: Option<u8>, own: usize) -> usize {
    let mut at = from;
    while at < line {
        let signs = run_end(bytes, at, 16, |byte| byte == b'\\');
        if signs > at {
            let is_quote = matches!(bytes.get(signs), Some(b'"' | b'\''));
            if is_quote || signs - at < own && matches!(bytes.get(signs), Some(b'n' | b'r' | b't')) {
                return at;
            }
            at = signs;
            continue;
        }
        let ends = match quote {
            Some(quote) => bytes[at] == quote,
            None => b" \t\"'".contains(&bytes[at]),
        };
        if ends {
            return at;
        }
        at += 1;
    }
    line
}

fn is_bundle(word: &str, option: &str) -> bool {
    option.len() == 2
        && (3..=5).contains(&word.len())
        && word.starts_with('-')
        && word[1..].bytes().all(|byte| byte.is_ascii_alphabetic())
        && word.ends_with(&option[1..])
}

/// Splits what follows a command into words, up to the end of the command; quotes hold words together.
fn words(text: &str, from: usize) -> (Vec<(usize, usize)>, usize) {
    let bytes = text.as_bytes();
    let limit = bytes.len().min(from + LONGEST);
    let (mut words, mut at) = (Vec::new(), from);
    loop {
        at = run_end(bytes, at, LONGEST, |byte| byte == b' ' || byte == b'\t');
        // The command goes on in the next line, also where the text is a string in JSON.
        let backslashes = run_end(bytes, at, 16, |byte| byte == b'\\');
        if backslashes > at {
            if bytes.get(backslashes) == Some(&b'\n') {
                at = backslashes + 1;
                continue;
            }
            if backslashes - at > 1 && bytes.get(backslashes) == Some(&b'n') {
                at = backslashes + 1;
                continue;
            }
        }
        if at >= limit || b"|;\n\r".contains(&bytes[at]) || bytes[at..].starts_with(b"&&") {
            return (words, at);
        }
        let start = at;
        let mut ended = false;
        while at < limit {
            match bytes[at] {
                b' ' | b'\t' | b'\n' | b'\r' => break,
                b'|' | b';' if start < at => break,
                b'"' | b'\'' => {
                    let before = start + part(text, start, at).trim_end_matches('\\').len();
                    let escapes = at - before;
                    let opens = before == start
                        || b"=:/,@%".contains(&bytes[before - 1])
                        || before == start + 2 && bytes[start] == b'-';
                    let close = opens.then(|| close(bytes, at + 1, limit, bytes[at], escapes)).flatten();
                    match close {
                        Some(close) => at = close,
                        // The string ends in which the command stands.
                        None => {
                            at = before;
                            ended = true;
                            break;
                        }
                    }
                }
                b'\\' if bytes.get(at + 1).is_some_and(|byte| b"nrt".contains(byte)) => {
                    ended = true;
                    break;
                }
                _ => at += 1,
            }
        }
        if at > start {
            words.push((start, at));
        }
        if ended || words.len() > 64 {
            return (words, at);
        }
    }
}

/// Returns where the quote closes that has at most `escapes` backslashes before it, and what is behind it.
fn close(bytes: &[u8], from: usize, limit: usize, quote: u8, escapes: usize) -> Option<usize> {
    let mut backslashes = 0;
    for (index, byte) in bytes[..limit].iter().enumerate().skip(from) {
        if *byte == quote && closes(backslashes, escapes).is_some() {
            return Some(index + 1);
        }
        if *byte == b'\n' {
            return None;
        }
        backslashes = if *byte == b'\\' { backslashes + 1 } else { 0 };
    }
    None
}

/// Leaves the quotes around a word out, escaped ones too.
fn unquoted(text: &str, start: usize, end: usize) -> (usize, usize) {
    let word = part(text, start, end);
    let inner = word.trim_start_matches(['"', '\'', '\\']);
    let from = end - inner.len();
    (from, from + inner.trim_end_matches(['"', '\'', '\\', ',', ')']).len())
}

/// `echo X | sudo -S`: the last word before the `|`.
fn piped(text: &str, start: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let line = run_start(bytes, start, 240, |byte| byte != b'\n');
    let before = part(text, line, start);
    let (left, _) = before.rsplit_once('|')?;
    let echo = left.rfind("echo ").or_else(|| left.rfind("printf "))?;
    let word = left[echo..].trim_end();
    let from = word.rfind(' ')? + 1;
    let (start, end) = unquoted(text, line + echo + from, line + echo + word.len());
    let secret = part(text, start, end).find(':').map_or(start, |at| start + at + 1);
    (is_given(part(text, secret, end))).then_some((secret, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let Some((start, end)) = literals()
            .filter_map(|literal| text.find(literal).map(|at| (at, at + literal.len())))
            .max_by_key(|(start, end)| end - start)
        else {
            return Vec::new();
        };
        find(text, start, end).0.into_iter().map(|(start, end)| &text[start..end]).collect()
    }

    #[test]
    fn the_command_says_which_word_is_the_password() {
        let cases: &[(&str, &[&str])] = &[
            ("mysql -u root -pkw81xq shop", &["kw81xq"]),
            ("mysql -u root -p shop", &[]),
            ("mysqldump -p'k w81' shop", &["k w81"]),
            ("curl -u ann:kw81xq https://x.test", &["kw81xq"]),
            ("curl -sku 'ann:kw81xq' https://x.test", &["kw81xq"]),
            ("curl --user=\"ann:kw81xq\" x", &["kw81xq"]),
            ("curl x \\\n  -u ann:kw81xq", &["kw81xq"]),
            ("{\"c\": \"curl -u \\\"ann:kw81xq\\\" x\"}", &["kw81xq"]),
            ("{\"c\": \"mysql -pkw81xq\"}", &["kw81xq"]),
            ("curl -u \"$USER:$PASS\" x", &[]),
            ("libcurl -u ann:kw81xq", &[]),
            ("echo x | curl y; nc -u ann:kw81xq", &[]),
            ("sqlplus scott/kw81xq@db", &["kw81xq"]),
            ("unzip -P kw81xq a.zip", &["kw81xq"]),
            ("unzip -p a1b2c3.zip", &[]),
            ("htpasswd -b file ann kw81xq", &["kw81xq"]),
            ("net use Z: \\\\s\\x /user:ann kw81xq", &["kw81xq"]),
            (r"net use Z: \\s\x kw81xq /user:ann", &["kw81xq"]),
            (r"net use Z: \\nas\team secretword /user:ann /persistent:yes", &["secretword"]),
            (r"net use \\s\x kw81xq", &["kw81xq"]),
            (r#"net use Z: "\\s\my x" "kw 81xq" /USER:"ann b""#, &["kw 81xq"]),
            (r"net use \\s\team /USER:d\ann kw81xq", &["kw81xq"]),
            (r#"{"c": "net use Z: \\\\nas\\team kw81xq /user:ann\nnet view x1y2z3"}"#, &["kw81xq"]),
            (r#"{"c": "net use Z: \\\\nas\\team kw81xq"}"#, &["kw81xq"]),
            (r#"{"c": "net use Z: \\\\nas\\team\necho1 x1y2z3"}"#, &[]),
            (r#"{"c": "net use Z: \\\\nas\\team", "d": "x1y2z3"}"#, &[]),
            (r"net use Z: \\s\x /persistent:yes x1y2z3", &[]),
            (r"net use Z: \\s\x * /user:ann", &[]),
            (r"net use Z: \\s\x before they log in", &[]),
            ("net use Z: /delete\nx1y2z3", &[]),
            ("echo kw81xq | sudo -S ls", &["kw81xq"]),
            ("echo 'ann:kw81xq' | chpasswd", &["kw81xq"]),
            ("docker login -u ann -p kw81xq r.test", &["kw81xq"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&found(text), expected, "{text}");
        }
    }
}
