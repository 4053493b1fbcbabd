//! The attribute sets of metrics: built once each, and bounded in number.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::Arc;

use opentelemetry::{KeyValue, StringValue, Value};
use otel_genai_semconv::names::gen_ai;

/// Each instrument of a [`UsageMeter`](super::UsageMeter) has at most so many different attribute sets per token type or
/// modality, and two more for all others, one of them for failures.
///
/// The SDK ends at 2,000 sets per instrument with `otel.metric.overflow`; 900 stay below it with input and output apart.
/// Beyond them the text attributes are `_OTHER`, so that sums stay right whatever a program puts into its model names.
pub const MAX_METRIC_SERIES: usize = 900;

/// The value of the attributes of what has no attribute set of its own.
const OTHER: &str = "_OTHER";

/// The longest text that becomes an attribute of a metric; a longer one is no name.
const MAX_VALUE_BYTES: usize = 256;

/// An attribute of a metric before it is known whether there is room for it.
pub(super) type Raw<'a> = (&'static str, Option<RawValue<'a>>);

/// Its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum RawValue<'a> {
    Text(&'a str),
    Integer(i64),
}

impl<'a> RawValue<'a> {
    pub(super) fn text(text: Option<&'a str>) -> Option<Self> {
        text.map(|text| Self::Text(if text.len() > MAX_VALUE_BYTES { OTHER } else { text }))
    }

    fn is(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(text), Value::String(known)) => known.as_str() == text,
            (Self::Integer(number), Value::I64(known)) => number == *known,
            _ => false,
        }
    }

    fn to_value(self) -> Value {
        match self {
            // Shared, so that every record of the SDK's costs a count and no copy.
            Self::Text(text) => Value::String(StringValue::from(Arc::<str>::from(text))),
            Self::Integer(number) => Value::I64(number),
        }
    }
}

/// One attribute set, and the same with one more attribute.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    plain: Vec<KeyValue>,
    tagged: Vec<(&'static str, Vec<KeyValue>)>,
}

impl Series {
    pub(super) fn plain(&self) -> &[KeyValue] {
        &self.plain
    }

    /// Returns the set with a tag, whose key must be the same in every call.
    pub(super) fn tagged(&mut self, key: &'static str, value: &'static str) -> &[KeyValue] {
        let index = self.tagged.iter().position(|(known, _)| *known == value).unwrap_or_else(|| {
            let mut attributes = self.plain.clone();
            let place = attributes.partition_point(|attribute| attribute.key.as_str() < key);
            attributes.insert(place, KeyValue::new(key, value));
            self.tagged.push((value, attributes));
            self.tagged.len() - 1
        });
        &self.tagged[index].1
    }
}

/// The attribute sets of one group of instruments.
///
/// Attributes always come in the same order, sorted by key: the SDK finds a set again at a third of the price when the
/// order is the one that it saw first.
#[derive(Debug, Default)]
pub(super) struct SeriesTable {
    hasher: RandomState,
    known: HashMap<u64, Vec<Series>>,
    len: usize,
    /// For all that found no room: what succeeded, and what failed.
    other: [Series; 2],
}

impl SeriesTable {
    /// Returns the attribute set of these attributes, those without a value left out.
    pub(super) fn get(&mut self, raw: &[Raw<'_>]) -> &mut Series {
        debug_assert!(raw.is_sorted_by_key(|(key, _)| *key), "attributes in the order of their keys");
        let hash = self.hash(raw);
        let has_room = self.len < MAX_METRIC_SERIES;
        let bucket = match self.known.entry(hash) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) if has_room => entry.insert(Vec::new()),
            Entry::Vacant(_) => return overflow(&mut self.other, raw),
        };
        let index = bucket.iter().position(|known| is_same(&known.plain, raw));
        if index.is_none() && !has_room {
            return overflow(&mut self.other, raw);
        }
        let index = index.unwrap_or_else(|| {
            self.len += 1;
            let values = raw.iter().filter_map(|(key, value)| Some((*key, (*value)?)));
            let plain = values.map(|(key, value)| KeyValue::new(key, value.to_value())).collect();
            bucket.push(Series { plain, tagged: Vec::new() });
            bucket.len() - 1
        });
        &mut bucket[index]
    }

    fn hash(&self, raw: &[Raw<'_>]) -> u64 {
        // The values alone: the keys of a table are always the same.
        let mut state = self.hasher.build_hasher();
        for (_, value) in raw {
            value.hash(&mut state);
        }
        state.finish()
    }
}

fn is_same(known: &[KeyValue], raw: &[Raw<'_>]) -> bool {
    let mut known = known.iter();
    let all = raw.iter().filter_map(|(key, value)| Some((*key, (*value)?))).all(|(key, value)| {
        known.next().is_some_and(|known| known.key.as_str() == key && value.is(&known.value))
    });
    all && known.next().is_none()
}

/// The set for all that found no room; failures keep apart from the rest.
fn overflow<'s>(other: &'s mut [Series; 2], raw: &[Raw<'_>]) -> &'s mut Series {
    let is_error = raw.iter().any(|(key, value)| *key == gen_ai::ERROR_TYPE && value.is_some());
    let other = &mut other[usize::from(is_error)];
    if other.plain.is_empty() {
        let is_left_out = |key| key == gen_ai::SERVER_PORT || (key == gen_ai::ERROR_TYPE && !is_error);
        let texts = raw.iter().filter(|(key, _)| !is_left_out(*key));
        other.plain = texts.map(|(key, _)| KeyValue::new(*key, OTHER)).collect();
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(model: &str) -> [Raw<'_>; 3] {
        [
            ("gen_ai.request.model", RawValue::text(Some(model))),
            ("server.address", None),
            ("server.port", Some(RawValue::Integer(443))),
        ]
    }

    #[test]
    fn sets_are_built_once_and_end_in_one_for_all_others() {
        let mut table = SeriesTable::default();
        let first = table.get(&raw("m")).plain().to_vec();
        assert_eq!(first, [KeyValue::new("gen_ai.request.model", "m"), KeyValue::new("server.port", 443)]);
        for index in 1..MAX_METRIC_SERIES {
            assert_eq!(table.get(&raw(&format!("m{index}"))).plain()[0].value.as_str(), format!("m{index}"));
        }
        let other = [KeyValue::new("gen_ai.request.model", OTHER), KeyValue::new("server.address", OTHER)];
        assert_eq!(table.get(&raw("one too many")).plain(), other);
        assert_eq!(table.get(&raw("another one")).plain(), other);
        assert_eq!(table.get(&raw("m")).plain(), first);
    }

    #[test]
    fn a_tag_stands_in_the_order_of_keys() {
        let mut table = SeriesTable::default();
        let series = table.get(&raw("m"));
        for tag in ["input", "output", "input"] {
            let keys: Vec<_> =
                series.tagged(gen_ai::TOKEN_TYPE, tag).iter().map(|pair| pair.key.as_str()).collect();
            assert_eq!(keys, ["gen_ai.request.model", "gen_ai.token.type", "server.port"]);
        }
        assert_eq!(series.tagged.len(), 2);
    }

    #[test]
    fn a_text_too_long_for_a_name_is_none() {
        let long = "x".repeat(MAX_VALUE_BYTES + 1);
        assert_eq!(RawValue::text(Some(&long)), Some(RawValue::Text(OTHER)));
    }

    #[test]
    fn the_same_values_under_other_keys_are_another_set() {
        let mut table = SeriesTable::default();
        let one = [("a", RawValue::text(Some("x"))), ("b", None)];
        let two = [("a", None), ("b", RawValue::text(Some("x")))];
        assert_eq!(table.get(&one).plain(), [KeyValue::new("a", "x")]);
        assert_eq!(table.get(&two).plain(), [KeyValue::new("b", "x")]);
    }
}
