//! What happens to what a rule found.

use std::path::Path;
use std::{fmt, fs, io};

use sha2::{Digest as _, Sha256};

use crate::scan;

/// What happens to a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Puts a marker that names the kind in its place: `[EMAIL]`.
    #[default]
    Mask,
    /// Puts a keyed pseudonym in its place, the same for the same value: `[EMAIL:2026a:1f0c…]`.
    Pseudonym,
    /// Keeps the last four letters or digits: `[PAYMENT_CARD:*1111]`. Values of fewer than twelve are masked.
    Partial,
    /// Takes it out and leaves nothing.
    Remove,
    /// Drops the whole span; text on its own is masked, and [`Redacted::drops_span`](crate::Redacted) is set.
    DropSpan,
    /// Changes nothing and only reports.
    Report,
}

/// What happens to `data:` URIs and long runs of base64. No rule ever looks into them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Blobs {
    /// They stay as they are.
    #[default]
    Keep,
    /// Each is replaced by `[BLOB]`.
    Drop,
}

/// The secret under which pseudonyms are made, with a name that says which it was.
///
/// Pseudonyms are HMAC-SHA-256 (RFC 2104) of the value, cut to 64 bits: the same value has the same pseudonym under the
/// same key, so that spans can still be joined, and without the key a guess cannot be tried. The name goes into every
/// marker, so that after a change of keys old and new pseudonyms are told apart.
///
/// # Examples
///
/// ```
/// use otel_genai_redact::PseudonymKey;
///
/// let key = PseudonymKey::new("2026a", b"at least sixteen bytes of secret")?;
/// assert_eq!(format!("{key:?}"), "PseudonymKey(2026a)");
/// # Ok::<_, otel_genai_redact::PseudonymKeyError>(())
/// ```
#[derive(Clone)]
pub struct PseudonymKey {
    id: String,
    inner: [u8; 64],
    outer: [u8; 64],
}

/// The environment variable that [`PseudonymKey::from_environment`] reads.
pub const KEY_VARIABLE: &str = "OTEL_GENAI_REDACTION_KEY";

/// Says why bytes are no key for pseudonyms.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PseudonymKeyError {
    /// Fewer than sixteen bytes could be guessed.
    #[error("a key for pseudonyms needs at least 16 bytes, this one has {length}")]
    TooShort {
        /// How many bytes there were.
        length: usize,
    },
    /// There is no name, or it could not stand in a marker. What was given is not repeated: it may be the secret.
    #[error(
        "a key for pseudonyms needs an id of 1 to 16 lower-case letters, digits or hyphens, as in `2026a:secret`"
    )]
    Id,
}

impl PseudonymKey {
    /// Makes a key of its name, 1 to 16 lower-case letters, digits or hyphens, and at least 16 bytes.
    ///
    /// # Errors
    ///
    /// If the bytes are too few or the name does not fit.
    pub fn new(id: impl Into<String>, key: &[u8]) -> Result<Self, PseudonymKeyError> {
        let id = id.into();
        if !is_key_id(&id) {
            return Err(PseudonymKeyError::Id);
        }
        if key.len() < 16 {
            return Err(PseudonymKeyError::TooShort { length: key.len() });
        }
        let mut block = [0; 64];
        if key.len() > 64 {
            block[..32].copy_from_slice(&Sha256::digest(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        Ok(Self { id, inner: block.map(|byte| byte ^ 0x36), outer: block.map(|byte| byte ^ 0x5c) })
    }

    /// Reads a key from a file of the form `id:secret`, as an operator writes it; blanks around it do not count.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or what stands in it is no key; the error names the file and never the key.
    pub fn from_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let named =
            |kind, error: &dyn fmt::Display| io::Error::new(kind, format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| named(error.kind(), &error))?;
        Self::from_text(&text).map_err(|error| named(io::ErrorKind::InvalidData, &error))
    }

    /// Reads the key from [`KEY_VARIABLE`], which has the form `id:secret`; `None` if it is not set or empty. `lookup` is
    /// such as `|name| std::env::var(name).ok()`.
    ///
    /// # Errors
    ///
    /// If what stands there is no key.
    ///
    /// # Examples
    ///
    /// ```
    /// use otel_genai_redact::{KEY_VARIABLE, PseudonymKey};
    ///
    /// let lookup = |name: &str| (name == KEY_VARIABLE).then(|| "2026a:at least 16 bytes".to_owned());
    /// assert_eq!(PseudonymKey::from_environment(lookup)?.expect("is set").id(), "2026a");
    /// # Ok::<_, otel_genai_redact::PseudonymKeyError>(())
    /// ```
    pub fn from_environment(
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, PseudonymKeyError> {
        let text = lookup(KEY_VARIABLE).filter(|text| !text.trim().is_empty());
        text.as_deref().map(Self::from_text).transpose()
    }

    /// Reads a key of the form `id:secret`, as it stands in a file or an environment variable.
    ///
    /// # Errors
    ///
    /// If the name or the secret do not fit.
    pub fn from_text(text: &str) -> Result<Self, PseudonymKeyError> {
        let (id, secret) = text.trim().split_once(':').unwrap_or(("", text));
        Self::new(id, secret.as_bytes())
    }

    /// Returns the key's name.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn pseudonym(&self, value: &str) -> String {
        let inner = Sha256::new().chain_update(self.inner).chain_update(value.as_bytes()).finalize();
        let outer = Sha256::new().chain_update(self.outer).chain_update(inner).finalize();
        outer[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[cfg(test)]
    fn whole(&self, value: &str) -> Vec<u8> {
        let inner = Sha256::new().chain_update(self.inner).chain_update(value.as_bytes()).finalize();
        Sha256::new().chain_update(self.outer).chain_update(inner).finalize().to_vec()
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PseudonymKey({})", self.id)
    }
}

fn is_key_id(id: &str) -> bool {
    (1..=16).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Returns what stands in place of a value, or `None` if the value stays.
pub(crate) fn replacement(
    action: Action,
    rule: &str,
    value: &str,
    key: Option<&PseudonymKey>,
) -> Option<String> {
    let kind = rule.to_ascii_uppercase();
    match (action, key) {
        (Action::Report, _) => None,
        (Action::Remove, _) => Some(String::new()),
        (Action::Pseudonym, Some(key)) => Some(format!("[{kind}:{}:{}]", key.id, key.pseudonym(value))),
        (Action::Partial, _) => {
            let letters: Vec<char> = value.chars().filter(char::is_ascii_alphanumeric).collect();
            let last: String = letters[letters.len().saturating_sub(4)..].iter().collect();
            Some(if letters.len() < 12 { format!("[{kind}]") } else { format!("[{kind}:*{last}]") })
        }
        (Action::Mask | Action::DropSpan | Action::Pseudonym, _) => Some(format!("[{kind}]")),
    }
}

/// The longest marker, in bytes: a long kind, the key's name, the pseudonym.
const LONGEST_MARKER: usize = 96;

/// Tells whether `start..end` lies in a marker that redaction wrote.
pub(crate) fn in_marker(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    // Most places are told by the byte before them: no marker has a blank in it.
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || b"_:*-".contains(&byte);
    let is_open = |at: usize| bytes.get(at) == Some(&b'[');
    let before = bytes.get(..start).unwrap_or_default().iter().rev().take(LONGEST_MARKER);
    let inside = before.take_while(|byte| may_be(**byte)).count();
    scan::read(inside);
    let open = if is_open(start) { start } else { (start - inside).wrapping_sub(1) };
    if !is_open(open) || start - open > LONGEST_MARKER {
        return false;
    }
    let Some(close) = bytes[open..bytes.len().min(open + LONGEST_MARKER)]
        .iter()
        .position(|byte| *byte == b']')
        .map(|at| open + at)
    else {
        return false;
    };
    close >= end.saturating_sub(1) && text.get(open + 1..close).is_some_and(is_marker)
}

fn is_marker(inside: &str) -> bool {
    let (kind, rest) = inside.split_once(':').map_or((inside, None), |(kind, rest)| (kind, Some(rest)));
    let is_kind = kind.len() >= 2
        && kind.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let is_rest = rest.is_none_or(|rest| match rest.split_once(':') {
        Some((id, pseudonym)) => {
            is_key_id(id)
                && pseudonym.len() == 16
                && pseudonym.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        }
        None => rest
            .strip_prefix('*')
            .is_some_and(|last| last.len() == 4 && last.bytes().all(|byte| byte.is_ascii_alphanumeric())),
    });
    is_kind && is_rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_are_hmac_sha_256() {
        // RFC 4231, test case 6: a key longer than the block.
        let key = PseudonymKey::new("k", &[0xaa; 131]).expect("long enough");
        let whole = key.whole("Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(whole[..4], [0x60, 0xe4, 0x31, 0x59]);
        assert_eq!(whole[28..], [0x0e, 0xe3, 0x7f, 0x54]);
    }

    #[test]
    fn what_redaction_writes_is_a_marker() {
        let key = PseudonymKey::new("k", &[7; 16]).expect("long enough");
        for action in [Action::Mask, Action::Pseudonym, Action::Partial] {
            let marker =
                replacement(action, "payment_card", "4111111111111111", Some(&key)).expect("replaces");
            assert!(in_marker(&format!("x {marker} y"), 4, marker.len()), "{marker}");
        }
        assert!(!in_marker("[a@example.com]", 1, 14));
    }

    #[test]
    fn short_keys_and_odd_names_are_refused() {
        assert_eq!(PseudonymKey::new("k", b"short").unwrap_err(), PseudonymKeyError::TooShort { length: 5 });
        assert!(PseudonymKey::new("K]", &[7; 16]).is_err());
        assert_eq!(PseudonymKey::from_text("a:0123456789abcdef\n").expect("valid").id(), "a");
    }

    #[test]
    fn errors_name_the_file_and_never_the_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        for text in ["Zm9vYmFyMTIzNDU2Nzg5MA", "Zm9vYmFy:MTIzNDU2Nzg5MA", "k:Zm9vYmFy"] {
            std::fs::write(&path, text).expect("writable");
            let error = PseudonymKey::from_file(&path).unwrap_err().to_string();
            assert!(error.contains("key: a key for pseudonyms needs"), "{error}");
            assert!(!error.contains("Zm9v") && !error.contains("MTIz"), "{error}");
        }
        let missing = PseudonymKey::from_file(folder.path().join("none")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert!(missing.to_string().contains("none"), "{missing}");
        assert!(matches!(PseudonymKey::from_environment(|_| Some(" ".to_owned())), Ok(None)));
    }
}
