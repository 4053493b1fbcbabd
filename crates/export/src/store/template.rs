//! Texts whose long pieces stand elsewhere.
//!
//! A text with such pieces is stored as a template: the mark U+007F and a colon, then what is short as it is, and for each
//! long piece the mark, the distance of its id to the one after the last, and a semicolon. The mark itself is written
//! twice. A text that begins with the mark becomes a template too, so that the two cannot be confused.

use std::fmt::Write;

use super::split::{MIN_PIECE_BYTES, pieces};

/// A character that texts hardly hold and JSON does not escape.
const MARK: char = '\u{7f}';

/// A piece that stands elsewhere, or one that does not.
pub(super) enum Piece<'a> {
    Inline(&'a str),
    Content(i64),
}

/// Makes the template of a text, or `None` if it is stored as it is.
///
/// `store` is called with each long piece and returns its id, or `None` to leave it where it is. `base` is where ids are
/// counted from.
pub(super) fn encode<E>(
    text: &str,
    base: i64,
    mut store: impl FnMut(&str) -> Result<Option<i64>, E>,
) -> Result<Option<String>, E> {
    let is_marked = text.starts_with(MARK);
    if text.len() < MIN_PIECE_BYTES && !is_marked {
        return Ok(None);
    }
    // A few references and what is around them.
    let mut template = String::with_capacity(128);
    template.push_str("\u{7f}:");
    let mut next = base;
    let mut has_content = false;
    for piece in pieces(text) {
        let id = if piece.len() < MIN_PIECE_BYTES { None } else { store(piece)? };
        match id {
            Some(id) => {
                // Writing to a string does not fail.
                let _ = write!(template, "{MARK}{};", id - next);
                next = id + 1;
                has_content = true;
            }
            None => {
                for (number, part) in piece.split(MARK).enumerate() {
                    if number > 0 {
                        template.extend([MARK, MARK]);
                    }
                    template.push_str(part);
                }
            }
        }
    }
    Ok((has_content || is_marked).then_some(template))
}

/// Tells whether a stored text is a template.
pub(super) fn is_template(stored: &str) -> bool {
    stored.starts_with(MARK)
}

/// Reads a template; `None` if it is none that [`encode`] makes.
pub(super) fn decode(template: &str, base: i64) -> Option<Vec<Piece<'_>>> {
    let mut rest = template.strip_prefix("\u{7f}:")?;
    let mut pieces = Vec::new();
    let mut next = base;
    while let Some(at) = rest.find(MARK) {
        if at > 0 {
            pieces.push(Piece::Inline(&rest[..at]));
        }
        let after = &rest[at + MARK.len_utf8()..];
        if let Some(after_both) = after.strip_prefix(MARK) {
            pieces.push(Piece::Inline(&after[..MARK.len_utf8()]));
            rest = after_both;
        } else {
            let (distance, after_reference) = after.split_once(';')?;
            let id = next.checked_add(distance.parse().ok()?)?;
            next = id.checked_add(1)?;
            pieces.push(Piece::Content(id));
            rest = after_reference;
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Inline(rest));
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[\u{7f}:;a1-]{0,20}(\\[(\"[a-c\u{7f}]{0,300}\",?){0,4}\\])?", base in 0..1_i64 << 60) {
            let mut contents: Vec<String> = Vec::new();
            let template = encode(&text, base, |piece| {
                contents.push(piece.to_owned());
                // Ids that go up and down, and pieces that nobody takes.
                let index = i64::try_from(contents.len() - 1).expect("few");
                Ok::<_, ()>((index % 3 != 2).then_some(base ^ index))
            }).expect("no store fails");
            let read = match &template {
                None => { prop_assert!(!is_template(&text)); text.clone() }
                Some(template) => {
                    prop_assert!(is_template(template));
                    let mut read = String::new();
                    for piece in decode(template, base).expect("what we wrote") {
                        match piece {
                            Piece::Inline(part) => read.push_str(part),
                            Piece::Content(id) => read.push_str(&contents[usize::try_from(id ^ base).expect("ours")]),
                        }
                    }
                    read
                }
            };
            prop_assert_eq!(read, text);
        }

        #[test]
        fn damaged_templates_are_refused(text in "[\u{7f}:;0-9a-]{0,20}") {
            // Must not panic, whatever it returns.
            let _ = decode(&text, 0);
        }
    }
}
