//! JSON as it is read here: what a text has without escapes is not copied out of it.

use std::borrow::Cow;

/// A value of JSON. Most of what is parsed is read once and thrown away, so it borrows, and an object is a list.
#[derive(Clone, Debug)]
pub(crate) enum Json<'j> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(&'j str),
    Text(Cow<'j, str>),
    /// A text whose end was cut off: it may have become any word, and only that it began is known.
    Begun(Cow<'j, str>),
    List(Vec<Self>),
    Object(Object<'j>),
}

/// The members of an object in their order. Of a key that stands there twice the last counts.
#[derive(Clone, Debug)]
pub(crate) struct Object<'j>(Vec<(Cow<'j, str>, Json<'j>)>);

impl<'j> Object<'j> {
    pub(crate) fn of(members: Vec<(Cow<'j, str>, Json<'j>)>) -> Self {
        Self(members)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Json<'j>> {
        self.0.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    pub(crate) fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Json<'j>)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }
}

impl<'j> Json<'j> {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text, or what is left of one.
    pub(crate) fn as_beginning(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Begun(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn as_object(&self) -> Option<&Object<'j>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The items of a list, or the value itself: many signals come as one or as several.
    pub(crate) fn items(&self) -> &[Self] {
        self.as_list().unwrap_or(std::slice::from_ref(self))
    }

    /// Returns a member, if this is an object that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// Returns what stands below these keys, one inside the other.
    pub(crate) fn below<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> Option<&Self> {
        keys.into_iter().try_fold(self, |value, key| value.get(key))
    }
}

impl<'j> From<&'j str> for Json<'j> {
    fn from(text: &'j str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<bool> for Json<'_> {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_is_there_and_copies_only_what_has_escapes() {
        let text = r#"{"a":[1,-2,0.5,true,null],"b":"x\ny","b":"plain"}"#;
        let json = crate::notation::parse(text).expect("is JSON").json;
        assert_eq!(json.get("b").and_then(Json::as_str), Some("plain"));
        assert!(matches!(json.get("b"), Some(Json::Text(Cow::Borrowed(_)))));
        let items = json.get("a").and_then(Json::as_list).expect("a list");
        assert_eq!((items.len(), items[0].as_u64(), items[1].as_u64()), (5, Some(1), None));
        assert!(items[4].is_null() && items[3].as_bool() == Some(true));
        assert_eq!(json.below(["a", "b"]).and_then(Json::as_str), None);
    }
}
