//! Where a long text is cut, so that what comes again is found again.

/// Shorter pieces are not worth a row of their own: one costs some 60 bytes, and 50 in each further trace that holds it.
pub(super) const MIN_PIECE_BYTES: usize = 256;

/// Cuts a text into pieces that together are the text.
///
/// Agents send lists of messages that only ever grow, as JSON. So a list is cut before and after each of its items, both
/// where the text is the list and where it is an object with lists (`{"messages": […]}`); any other text is one piece.
/// The text need not be valid JSON: whatever the cuts, the pieces make up the text.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let cuts = if is_json(text) { cuts(text.as_bytes()) } else { Vec::new() };
    let mut start = 0;
    cuts.into_iter().chain([text.len()]).filter_map(move |cut| {
        // Cuts lie beside ASCII characters, so they are character boundaries.
        let piece = text.get(start..cut).unwrap_or_default();
        start = cut;
        Some(piece).filter(|piece| !piece.is_empty())
    })
}

/// Tells whether a text looks like a list or an object in JSON.
pub(super) fn is_json(text: &str) -> bool {
    matches!(text.trim_ascii_start().as_bytes().first(), Some(b'[' | b'{'))
}

/// The positions before and after each item of a list that is the whole, or a member of it.
fn cuts(bytes: &[u8]) -> Vec<usize> {
    // Most lists have an item or two.
    let mut cuts = Vec::with_capacity(8);
    let mut open = Vec::with_capacity(8);
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        match byte {
            // Most of the text is in strings.
            b'"' => position = end_of_string(bytes, position),
            b'[' | b'{' => {
                open.push(*byte);
                if is_outer_list(&open) {
                    cuts.push(position + 1);
                }
            }
            b']' | b'}' => {
                if is_outer_list(&open) {
                    cuts.push(position);
                }
                open.pop();
            }
            b',' if is_outer_list(&open) => cuts.extend([position, position + 1]),
            _ => {}
        }
        position += 1;
    }
    cuts
}

fn is_outer_list(open: &[u8]) -> bool {
    matches!(open, [b'['] | [b'{', b'['])
}

/// The position of the quote that ends the string which begins at `start`; the end of the text if there is none.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut position = start + 1;
    while let Some(length) = bytes.get(position..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        position += length;
        if bytes[position] == b'"' {
            return position;
        }
        // The backslash and what it escapes.
        position += 2;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<&str> {
        pieces(text).collect()
    }

    #[test]
    fn lists_are_cut_at_their_items() {
        assert_eq!(cut("plain, [text]"), ["plain, [text]"]);
        assert_eq!(
            cut(r#"[{"a":[1,2]},"x,]\"y", 3]"#),
            ["[", r#"{"a":[1,2]}"#, ",", r#""x,]\"y""#, ",", " 3", "]"]
        );
        assert_eq!(
            cut(r#"{"m":[{"c":[1,2]},2],"n":{"o":[3,4]}}"#),
            [r#"{"m":["#, r#"{"c":[1,2]}"#, ",", "2", r#"],"n":{"o":[3,4]}}"#]
        );
        assert_eq!(cut(""), [""; 0]);
    }

    proptest! {
        #[test]
        fn pieces_make_up_the_text(text in r#"[\[\]{},"\\aé ]{0,40}"#) {
            prop_assert_eq!(pieces(&text).collect::<String>(), text);
        }
    }
}
