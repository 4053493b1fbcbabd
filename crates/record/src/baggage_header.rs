//! The `baggage` header of W3C: what is read of it, and how it is written.
//!
//! <https://www.w3.org/TR/baggage/>, sections 3.2 (format) and 3.3 (limits).

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Longest header that is read or written, in bytes; what a platform must at least pass on.
pub(crate) const MAX_BYTES: usize = 8192;
/// Most members that are read or written; what a platform must at least pass on.
pub(crate) const MAX_MEMBERS: usize = 64;
/// Longest value that is believed, in bytes. It is copied to every span of the run, and ids are shorter.
pub(crate) const MAX_VALUE_BYTES: usize = 1024;

/// What a value may not contain as it is. Everything beyond ASCII is encoded anyway.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

/// Tells whether a text can be the name of a member: a token of HTTP.
pub(crate) fn is_token(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_allowed)
}

/// Returns the members of headers that are worth reading: name, and decoded value without its properties.
///
/// Headers that are too long together are not read at all: whoever sent them is not to choose which part is. Of a member
/// that occurs twice the last comes last. Values that are empty, not UTF-8, contain control characters or are longer than
/// [`MAX_VALUE_BYTES`] are left out.
pub(crate) fn read(headers: &[&str]) -> Vec<(String, String)> {
    if headers.iter().map(|header| header.len()).sum::<usize>() > MAX_BYTES {
        return Vec::new();
    }
    let members = headers.iter().flat_map(|header| header.split(',')).take(MAX_MEMBERS);
    members.filter_map(member).collect()
}

fn member(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split(';').next()?.split_once('=')?;
    let name = name.trim();
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let is_sound = !value.is_empty() && value.len() <= MAX_VALUE_BYTES && !value.contains(char::is_control);
    (is_token(name) && is_sound).then(|| (name.to_owned(), value.into_owned()))
}

/// Writes members into one header, and returns it with the names of those that found no room.
pub(crate) fn write<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> (String, Vec<&'a str>) {
    let (mut header, mut left_out, mut written) = (String::new(), Vec::new(), 0);
    for (name, value) in members {
        let member = format!("{name}={}", utf8_percent_encode(&value, ENCODED));
        if written == MAX_MEMBERS || header.len() + 1 + member.len() > MAX_BYTES {
            left_out.push(name);
            continue;
        }
        if written > 0 {
            header.push(',');
        }
        header.push_str(&member);
        written += 1;
    }
    (header, left_out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_are_read_as_the_recommendation_writes_them() {
        type Case = (&'static [&'static str], &'static [(&'static str, &'static str)]);
        let cases: &[Case] = &[
            (&["a=1,b=2"], &[("a", "1"), ("b", "2")]),
            (&["a = 1 ; property ; k=v , b=2"], &[("a", "1"), ("b", "2")]),
            (&["a=x%20y%2C%3B%22"], &[("a", "x y,;\"")]),
            (&["a=b=c"], &[("a", "b=c")]),
            (&["serverNode=DF%2028", "b=2"], &[("serverNode", "DF 28"), ("b", "2")]),
            (&["amp=%E2%82%AC"], &[("amp", "€")]),
            (&["a=1,a=2"], &[("a", "1"), ("a", "2")]),
        ];
        for (headers, expected) in cases {
            let read = read(headers);
            let read: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(read, *expected, "{headers:?}");
        }
    }

    #[test]
    fn what_is_no_sound_member_is_left_out() {
        let long = format!("a={}", "x".repeat(MAX_VALUE_BYTES + 1));
        let unsound =
            ["", ",", "=", "a", "a=", "=1", "a b=1", "a=%FF%FE", "a=%0Ax", "a=%00", "ä=1", ";a=1", &long];
        for header in unsound {
            assert_eq!(read(&[header]), [], "{header:?}");
            assert_eq!(read(&[header, "b=2"]).len(), 1, "{header:?} does not hide the next");
        }
    }

    #[test]
    fn limits_hold_when_reading() {
        let filler = "x=1,".repeat(MAX_BYTES / 4);
        assert_eq!(read(&[&filler, "a=1"]), [], "too long together");
        let many: Vec<_> = (0..100).map(|index| format!("k{index}=v")).collect();
        assert_eq!(read(&[&many.join(",")]).len(), MAX_MEMBERS);
    }

    #[test]
    fn limits_hold_when_writing_and_say_who_stayed_behind() {
        let names: Vec<String> = (0..100).map(|index| format!("k{index}")).collect();
        let (header, left_out) = write(names.iter().map(|name| (name.as_str(), "v".to_owned())));
        assert_eq!(header.split(',').count(), MAX_MEMBERS);
        assert_eq!(left_out.len(), 100 - MAX_MEMBERS);
        let (header, left_out) = write([("long", "x".repeat(MAX_BYTES)), ("short", "v".to_owned())]);
        assert_eq!((header.as_str(), left_out.as_slice()), ("short=v", &["long"][..]));
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_panic_and_within_the_limits(headers in proptest::collection::vec(".{0,300}", 0..40)) {
            let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
            let members = read(&headers);
            prop_assert!(members.len() <= MAX_MEMBERS);
            let is_sound = |(name, value): &(String, String)| {
                is_token(name) && !value.is_empty() && value.len() <= MAX_VALUE_BYTES && !value.contains(char::is_control)
            };
            prop_assert!(members.iter().all(is_sound));
        }

        #[test]
        fn what_is_written_is_read_back(values in proptest::collection::vec("[^\\p{Cc}]{1,60}", 1..20)) {
            let names: Vec<String> = (0..values.len()).map(|index| format!("k{index}")).collect();
            let members = names.iter().map(String::as_str).zip(values.iter().cloned());
            let (header, left_out) = write(members);
            prop_assert!(header.is_ascii() && left_out.is_empty());
            let expected: Vec<_> = names.iter().cloned().zip(values).collect();
            prop_assert_eq!(read(&[&header]), expected);
        }
    }
}
