//! Shortens a value, and keeps JSON valid.

use serde_json::Value as Json;

/// Marks the cut, with how many bytes the value had.
fn mark(length: usize) -> String {
    format!("[CUT:{length}]")
}

/// Returns the text shortened to about `most` bytes, or `None` if it is short enough.
///
/// Text is cut between characters and gets a mark. Of JSON the longest strings are cut until the whole fits; if its
/// structure alone is too long, it becomes one string with the mark.
pub(crate) fn shorten(text: &str, most: usize) -> Option<String> {
    if text.len() <= most {
        return None;
    }
    if crate::json::may_be_json(text)
        && let Ok(whole) = serde_json::from_str::<Json>(text)
    {
        let mut longest = most / 2;
        while longest >= 16 {
            // From the whole each time, so that each mark says what was there.
            let mut json = whole.clone();
            shorten_strings(&mut json, longest);
            let out = json.to_string();
            if out.len() <= most {
                return Some(out);
            }
            longest /= 2;
        }
        return Some(Json::String(mark(text.len())).to_string());
    }
    Some(cut(text, most, text.len()))
}

fn shorten_strings(json: &mut Json, most: usize) {
    match json {
        Json::String(text) if text.len() > most => *text = cut(text, most, text.len()),
        Json::Array(items) => items.iter_mut().for_each(|item| shorten_strings(item, most)),
        Json::Object(members) => members.values_mut().for_each(|value| shorten_strings(value, most)),
        _ => {}
    }
}

fn cut(text: &str, most: usize, length: usize) -> String {
    let mark = mark(length);
    let mut end = most.saturating_sub(mark.len()).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{mark}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_json_and_the_cut_is_marked() {
        let json = format!(r#"{{"a": "{}", "b": 1}}"#, "é".repeat(1000));
        let short = shorten(&json, 200).expect("too long");
        assert!(short.len() <= 200 && short.contains("[CUT:"), "{short}");
        assert_eq!(serde_json::from_str::<Json>(&short).expect("is JSON")["b"], 1);
        let two = format!(r#"["{0}", "{0}"]"#, "a".repeat(2000));
        assert_eq!(shorten(&two, 200).expect("too long").matches("[CUT:2000]").count(), 2);
        let numbers = format!("[{}0]", "1,".repeat(1000));
        assert_eq!(shorten(&numbers, 100).as_deref(), Some("\"[CUT:2003]\""));
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(shorten("short", 10), None);
        assert_eq!(shorten(&"é".repeat(20), 20).as_deref(), Some("éééééé[CUT:40]"));
    }
}
