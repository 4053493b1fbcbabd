//! Where a long text is cut, so that what comes again is found again.

/// Shorter pieces are not worth a row of their own: one costs some 60 bytes beside its text.
pub(super) const MIN_PIECE_BYTES: usize = 128;

/// Cuts a text into pieces that together are the text.
///
/// Agents send lists of messages that only ever grow, as JSON. So a list is cut before and after each of its items, both
/// where the text is the list and where it is an object with lists (`{"messages": […]}`); any other text is one piece.
/// The text need not be valid JSON: whatever the cuts, the pieces make up the text.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let cuts = match text.trim_ascii_start().as_bytes().first() {
        Some(b'[' | b'{') => cuts(text.as_bytes()),
        _ => Vec::new(),
    };
    let mut start = 0;
    cuts.into_iter().chain([text.len()]).filter_map(move |cut| {
        // Cuts lie beside ASCII characters, so they are character boundaries.
        let piece = text.get(start..cut).unwrap_or_default();
        start = cut;
        Some(piece).filter(|piece| !piece.is_empty())
    })
}

/// The positions before and after each item of a list that is the whole, or a member of it.
fn cuts(bytes: &[u8]) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut open = Vec::new();
    let mut is_in_string = false;
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        let is_outer_list = matches!(open.as_slice(), [b'['] | [b'{', b'[']);
        match byte {
            b'\\' if is_in_string => position += 1,
            b'"' => is_in_string = !is_in_string,
            _ if is_in_string => {}
            b'[' | b'{' => {
                open.push(*byte);
                if matches!(open.as_slice(), [b'['] | [b'{', b'[']) {
                    cuts.push(position + 1);
                }
            }
            b']' | b'}' => {
                if is_outer_list {
                    cuts.push(position);
                }
                open.pop();
            }
            b',' if is_outer_list => cuts.extend([position, position + 1]),
            _ => {}
        }
        position += 1;
    }
    cuts
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
