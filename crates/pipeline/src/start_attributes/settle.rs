//! Compares what was copied to a span with what the span states itself.

use opentelemetry::{KeyValue, Value};

use super::MARK;

/// Takes the mark out of a span's attributes, and those copied ones that the span states itself.
///
/// Not done when the span starts, because a span that has started cannot be read without copying all of it.
pub(crate) fn settle(attributes: &mut Vec<KeyValue>) {
    // Two pipelines on one provider leave two marks.
    while let Some(mark) = attributes.iter().position(|attribute| attribute.key == MARK) {
        settle_from(attributes, mark);
    }
}

fn settle_from(attributes: &mut Vec<KeyValue>, mark: usize) {
    let copied = match attributes.remove(mark).value {
        Value::I64(count) => usize::try_from(count).unwrap_or(0).min(attributes.len() - mark),
        _ => 0,
    };
    let copied: Vec<KeyValue> = attributes.drain(mark..mark + copied).collect();
    let own = attributes.len();
    for attribute in copied {
        if !attributes[..own].iter().any(|known| known.key == attribute.key) {
            attributes.push(attribute);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever a program writes under the mark's name, settling ends, and loses no key and no value of the span's
        /// own that came before or after the copies.
        #[test]
        fn settling_keeps_what_a_span_states(
            own in proptest::collection::vec("[a-d]", 0..6),
            copied in proptest::collection::vec("[a-f]", 0..6),
            late in proptest::collection::vec("[a-d]", 0..6),
            claimed in proptest::option::of(any::<i64>()),
        ) {
            let mut attributes = Vec::new();
            attributes.extend(own.iter().map(|key| KeyValue::new(key.clone(), "own")));
            attributes.push(KeyValue::new(MARK, claimed.unwrap_or(copied.len() as i64)));
            attributes.extend(copied.iter().map(|key| KeyValue::new(key.clone(), "copied")));
            attributes.extend(late.iter().map(|key| KeyValue::new(key.clone(), "own")));
            settle(&mut attributes);
            let value = |key: &str| attributes.iter().find(|a| a.key.as_str() == key).map(|a| a.value.to_string());
            prop_assert_eq!(value(MARK.as_str()), None);
            for key in own.iter().chain(&copied).chain(&late) {
                prop_assert!(value(key).is_some());
            }
            for key in own.iter().chain(&late).filter(|_| claimed.is_none()) {
                prop_assert_eq!(value(key), Some("own".to_owned()));
            }
        }
    }
}
