//! JSON scalars as different producers write them.
//!
//! Proto3 JSON lets a parser take a 64-bit integer as a string or a number, a double as a number or a string, an
//! enumeration as a number or a name, and `null` for any field's default.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};

/// Takes `null` for the default.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A string, borrowed from the line unless it has escapes.
#[derive(Clone, Debug, Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl Text<'_> {
    /// Returns the text, or `None` for the empty one, which is what proto3 has for an absent one.
    pub(super) fn into_option(self) -> Option<String> {
        if self.0.is_empty() { None } else { Some(self.0.into_owned()) }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// An integer, as a number or a string.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Integer<T>(pub(super) T);

impl<'de, T: TryFrom<i128>> Deserialize<'de> for Integer<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntegerVisitor(PhantomData))
    }
}

struct IntegerVisitor<T>(PhantomData<T>);

impl<T: TryFrom<i128>> IntegerVisitor<T> {
    fn convert<E: Error>(value: i128) -> Result<Integer<T>, E> {
        T::try_from(value).map(Integer).map_err(|_| {
            E::custom(format_args!("{value} is out of range for {}", std::any::type_name::<T>()))
        })
    }
}

impl<'de, T: TryFrom<i128>> Visitor<'de> for IntegerVisitor<T> {
    type Value = Integer<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an integer as a number or a string")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Self::convert(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Self::convert(value.into())
    }

    /// A producer without integers writes `1e3` or `5.0`.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        if value.fract() == 0.0 && value.abs() < 2.0_f64.powi(64) {
            Self::convert(value as i128)
        } else {
            Err(E::invalid_value(Unexpected::Float(value), &self))
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.parse::<i128>() {
            Ok(value) => Self::convert(value),
            Err(_) => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let number = arbitrary_precision_number(map)?;
        match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => self.visit_i64(value),
            (None, Some(value)) => self.visit_u64(value),
            (None, None) => self.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
        }
    }
}

/// A double, as a number or a string, which for the three that JSON has no number for is the only way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Double(pub(super) f64);

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DoubleVisitor;

        impl<'de> Visitor<'de> for DoubleVisitor {
            type Value = Double;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number, \"NaN\", \"Infinity\" or \"-Infinity\"")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Double, E> {
                Ok(Double(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Double, E> {
                Ok(Double(value as f64))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Double, E> {
                Ok(Double(value as f64))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Double, E> {
                text.parse().map(Double).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Double, A::Error> {
                let number = arbitrary_precision_number(map)?;
                number.as_f64().map(Double).ok_or_else(|| A::Error::custom("a number too large for a double"))
            }
        }

        deserializer.deserialize_any(DoubleVisitor)
    }
}

/// Reads a number that `serde_json` shows as a map, which it does when any crate of the program turns on its feature
/// `arbitrary_precision`.
fn arbitrary_precision_number<'de, A: MapAccess<'de>>(map: A) -> Result<serde_json::Number, A::Error> {
    serde_json::Number::deserialize(MapAccessDeserializer::new(map))
}

/// An enumeration's value, as a number or a name.
#[derive(Clone, Debug)]
pub(super) enum Enumeration<'a> {
    Number(i64),
    Name(Cow<'a, str>),
}

impl Default for Enumeration<'_> {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Enumeration<'_> {
    /// Returns the value's place in `names`, where a value's number is its place.
    pub(super) fn index(&self, names: &[&str]) -> Option<usize> {
        match self {
            Self::Number(number) => usize::try_from(*number).ok().filter(|index| *index < names.len()),
            Self::Name(name) => names.iter().position(|known| known == name),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Enumeration<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EnumerationVisitor;

        impl<'de> Visitor<'de> for EnumerationVisitor {
            type Value = Enumeration<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an enumeration's number or name")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Enumeration::Number(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
                IntegerVisitor::<i64>::convert(value.into()).map(|Integer(value)| Enumeration::Number(value))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
                IntegerVisitor::<i64>(PhantomData)
                    .visit_f64(value)
                    .map(|Integer(value)| Enumeration::Number(value))
            }

            fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Enumeration::Name(Cow::Borrowed(name)))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Enumeration::Name(Cow::Owned(name.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                IntegerVisitor::<i64>(PhantomData)
                    .visit_map(map)
                    .map(|Integer(value)| Enumeration::Number(value))
            }
        }

        deserializer.deserialize_any(EnumerationVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_in_every_spelling() {
        let cases = [
            ("5", Some(5)),
            ("\"5\"", Some(5)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("\"9223372036854775807\"", Some(i64::MAX)),
            ("1e3", Some(1000)),
            ("5.0", Some(5)),
            ("5.5", None),
            ("9223372036854775808", None),
            ("\"1 000\"", None),
            ("true", None),
        ];
        for (text, expected) in cases {
            assert_eq!(serde_json::from_str::<Integer<i64>>(text).ok().map(|i| i.0), expected, "{text}");
        }
        assert_eq!(serde_json::from_str::<Integer<u64>>("18446744073709551615").expect("fits").0, u64::MAX);
        assert!(serde_json::from_str::<Integer<u64>>("-1").is_err());
    }

    #[test]
    fn doubles_are_read_in_every_spelling() {
        let cases = [
            ("0.1", 0.1),
            ("7", 7.0),
            ("-7", -7.0),
            ("\"2.5\"", 2.5),
            ("\"Infinity\"", f64::INFINITY),
            ("\"-Infinity\"", f64::NEG_INFINITY),
        ];
        for (text, expected) in cases {
            assert_eq!(serde_json::from_str::<Double>(text).expect(text).0, expected, "{text}");
        }
        assert!(serde_json::from_str::<Double>("\"NaN\"").expect("NaN").0.is_nan());
        assert!(serde_json::from_str::<Double>("\"much\"").is_err());
    }
}
