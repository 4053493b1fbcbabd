//! Values in quotation marks, for those that hold the signs that separate conditions and options.

use std::borrow::Cow;
use std::fmt;

/// A value as it must be written to be read again: in quotation marks only where it could be misread.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0;
        let plain = text == text.trim()
            && !text.is_empty()
            && !text.starts_with(['"', '=', '~'])
            && !text.contains(';')
            && !text.contains(" and");
        if plain {
            return formatter.write_str(text);
        }
        write!(formatter, "\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#))
    }
}

/// Splits at each separator that stands outside quotation marks.
pub(crate) fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(separator) {
            parts.push(&text[from..at]);
            at += separator.len();
            from = at;
        } else if rest.starts_with('"') && text[from..at].trim_end().ends_with(['=', '~', ':']) {
            // Without its other half it is a sign like any other.
            at += closing(rest).map_or(1, |end| end + 1);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    parts.push(&text[from..]);
    parts
}

/// Takes off the quotation marks around a value.
pub(crate) fn unquote(value: &str) -> Cow<'_, str> {
    if !value.starts_with('"') || closing(value) != Some(value.len() - 1) {
        return Cow::Borrowed(value);
    }
    let mut signs = value[1..value.len() - 1].chars();
    let mut plain = String::with_capacity(value.len());
    while let Some(sign) = signs.next() {
        plain.extend(if sign == '\\' { signs.next() } else { Some(sign) });
    }
    Cow::Owned(plain)
}

/// Where the quotation mark is that ends the one at the start.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, sign)| {
        let ends = sign == '"' && !escaped;
        escaped = sign == '\\' && !escaped;
        ends.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_in_quotation_marks_separate_nothing() {
        assert_eq!(split(r#"name="a; b"; rate=1"#, ";"), [r#"name="a; b""#, " rate=1"]);
        assert_eq!(split(r#"name= "a\" and b" and error"#, " and "), [r#"name= "a\" and b""#, "error"]);
        assert_eq!(split(r#"name=5" and tag=x"#, " and "), [r#"name=5""#, "tag=x"]);
        assert_eq!(split(r#"name="5 and tag=x"#, " and "), [r#"name="5"#, "tag=x"]);
        assert_eq!(split("", ";"), [""]);
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_one_value(value in r#"[a-d"\\;=~: é]{0,12}( and )?[a-d"\\;]{0,3}"#) {
            let written = format!("name={}", Quoted(&value));
            proptest::prop_assert_eq!(split(&written, ";"), [written.as_str()]);
            proptest::prop_assert_eq!(split(&written, " and "), [written.as_str()]);
            proptest::prop_assert_eq!(unquote(&written["name=".len()..]), value);
        }
    }
}
