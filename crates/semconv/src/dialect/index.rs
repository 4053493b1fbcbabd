//! The alias table as an index, and what one walk over a span's attributes finds with it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use opentelemetry::{KeyValue, Value};
use otel_genai_pipeline::Span;

use super::aliases::{GROUPS, NUMBERED, When};
use super::config::Alias;
use super::fact::Fact;
use crate::names::gen_ai;
use crate::{TokenField, TokenUsage, value};

/// What an attribute's value goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Tokens(TokenField),
    Fact(Fact),
}

/// One row of the table.
#[derive(Clone, Debug)]
struct Entry {
    target: Target,
    /// Position in the table: the lowest one that a span has counts, whatever the order of its attributes.
    rank: u16,
    when: When,
    /// Where inside the value's JSON, for an alias of the user's.
    path: Vec<String>,
}

/// All that one key may mean. Most keys mean one thing, which is kept in place.
#[derive(Debug)]
struct Row {
    first: Entry,
    more: Vec<Entry>,
}

impl Row {
    fn iter(&self) -> impl Iterator<Item = &Entry> {
        std::iter::once(&self.first).chain(&self.more)
    }
}

/// Rank of the user's own aliases, below it of the conventions' names, and of the former name of cache writes, which a
/// normalised span may have as well; the table follows.
const USER_RANK: u16 = 0;
const CANONICAL_RANK: u16 = 1;
const COMPAT_RANK: u16 = 2;
const FIRST_GROUP_RANK: u16 = 3;
/// What an event says ranks behind what the span says.
const EVENT_RANK: u16 = 1 << 14;

/// The alias table, by key.
#[derive(Debug)]
pub(super) struct Index {
    entries: HashMap<Box<str>, Row, BuildHasherDefault<KeyHasher>>,
}

impl Index {
    /// Builds the index of the table and of the user's aliases.
    pub(super) fn new(user: &[Alias]) -> Self {
        let mut index = Self { entries: HashMap::default() };
        for alias in user {
            index.add(&alias.key, alias.target, USER_RANK, When::Always, alias.path.clone());
        }
        for field in TokenField::ALL {
            index.add(field.name(), Target::Tokens(field), CANONICAL_RANK, When::Always, Vec::new());
        }
        let compat = Target::Tokens(TokenField::CacheWrite);
        index.add(gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS, compat, COMPAT_RANK, When::Always, Vec::new());
        for (name, fact) in Fact::canonical() {
            index.add(name, Target::Fact(fact), CANONICAL_RANK, When::Always, Vec::new());
        }
        let mut rank = FIRST_GROUP_RANK;
        for group in GROUPS {
            let tokens = group.tokens.iter().map(|(key, field)| (*key, Target::Tokens(*field)));
            let facts = group.facts.iter().map(|(key, fact)| (*key, Target::Fact(*fact)));
            for (key, target) in tokens.chain(facts) {
                index.add(key, target, rank, group.when, Vec::new());
                rank += 1;
            }
        }
        index
    }

    fn add(&mut self, key: &str, target: Target, rank: u16, when: When, path: Vec<String>) {
        let entry = Entry { target, rank, when, path };
        let Some(row) = self.entries.get_mut(key) else {
            self.entries.insert(key.into(), Row { first: entry, more: Vec::new() });
            return;
        };
        // The table may repeat a name of the conventions; the better rank stands already.
        if !row.iter().any(|known| known.target == target && known.path == entry.path) {
            row.more.push(entry);
        }
    }

    /// Returns what an attribute of this name may hold, for removing originals.
    pub(super) fn targets<'a>(&'a self, key: &str, span: &'a Span) -> impl Iterator<Item = Target> + 'a {
        let entries = self.entries.get(key).into_iter().flat_map(Row::iter);
        entries.filter(|entry| applies(entry.when, span)).map(|entry| entry.target)
    }

    /// Walks a span's attributes once.
    pub(super) fn walk<'a>(&self, span: &'a Span) -> Found<'a> {
        let mut found = Found::default();
        for attribute in span.attributes() {
            self.take(attribute, 0, span, &mut found);
        }
        for event in span.events() {
            for attribute in &event.attributes {
                self.take(attribute, EVENT_RANK, span, &mut found);
            }
        }
        if found.overwritten {
            found = self.walk_last(span);
        }
        found
    }

    /// Walks only the last occurrence of every key, for the rare span that repeats a key and ends it with nonsense.
    fn walk_last<'a>(&self, span: &'a Span) -> Found<'a> {
        let mut found = Found::default();
        let events =
            span.events().iter().flat_map(|event| &event.attributes).map(|attribute| (attribute, EVENT_RANK));
        for (attributes, rank) in [
            (last_of_each(span.attributes().iter().map(|attribute| (attribute, 0))), 0),
            (last_of_each(events), EVENT_RANK),
        ] {
            for attribute in attributes {
                self.take(attribute, rank, span, &mut found);
            }
        }
        found
    }

    fn take<'a>(&self, attribute: &'a KeyValue, event: u16, span: &Span, found: &mut Found<'a>) {
        let key = attribute.key.as_str();
        let Some(row) = self.entries.get(key) else {
            if event == 0 {
                found.note_numbered(key);
            }
            return;
        };
        take_entry(&row.first, attribute, event, span, found);
        for entry in &row.more {
            take_entry(entry, attribute, event, span, found);
        }
    }
}

fn take_entry<'a>(entry: &Entry, attribute: &'a KeyValue, event: u16, span: &Span, found: &mut Found<'a>) {
    if !applies(entry.when, span) {
        return;
    }
    let inner = match entry.path.as_slice() {
        [] => None,
        path => match follow(&attribute.value, path) {
            Some(value) => Some(Box::new(value)),
            None => return,
        },
    };
    found.put(entry.target, Slot { attribute, inner, rank: entry.rank | event });
}

fn applies(when: When, span: &Span) -> bool {
    match when {
        When::Always => true,
        When::Scope(prefix) => span.scope().name().starts_with(prefix),
        When::Name(prefixes) => prefixes.iter().any(|prefix| span.name().starts_with(prefix)),
    }
}

fn last_of_each<'a>(attributes: impl Iterator<Item = (&'a KeyValue, u16)>) -> Vec<&'a KeyValue> {
    let last: HashMap<&str, &KeyValue> =
        attributes.map(|(attribute, _)| (attribute.key.as_str(), attribute)).collect();
    last.into_values().collect()
}

/// Follows a path of keys into a value's JSON; a number or text at its end is an attribute value again.
fn follow(value: &Value, path: &[String]) -> Option<Value> {
    let json = value::json(value);
    let end = path.iter().try_fold(&json, |json, key| json.get(key.as_str()))?;
    match end {
        serde_json::Value::String(text) => Some(text.clone().into()),
        serde_json::Value::Bool(flag) => Some((*flag).into()),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Some(number.into()),
            None => number.as_f64().map(Into::into),
        },
        serde_json::Value::Null => None,
        other => Some(other.to_string().into()),
    }
}

/// One fact that a span tells. Kept small: a rich span has two dozen.
#[derive(Clone, Debug)]
pub(super) struct Slot<'a> {
    attribute: &'a KeyValue,
    /// The value that an alias of the user's found inside the attribute's JSON.
    inner: Option<Box<Value>>,
    rank: u16,
}

impl<'a> Slot<'a> {
    pub(super) fn key(&self) -> &'a str {
        self.attribute.key.as_str()
    }

    pub(super) fn value(&self) -> &Value {
        self.inner.as_deref().unwrap_or(&self.attribute.value)
    }

    /// Tells whether the value stands under the attribute that a normalised span has for it.
    pub(super) fn is_canonical(&self) -> bool {
        self.rank == CANONICAL_RANK
    }
}

/// What a span's attributes tell.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// Counts, from whichever attribute has the best rank.
    pub(super) counts: TokenUsage,
    /// Counts under the names of a normalised span only.
    pub(super) canonical: TokenUsage,
    ranks: [u16; TokenField::ALL.len()],
    /// Counts that attributes of lower precedence tell, with their ranks; most of them tell the same.
    others: Vec<(TokenField, u16, u64)>,
    /// One bit per count that stands as an integer under its own name.
    exact: u32,
    /// Whether the span has cache writes under the newest name, and under the former one.
    pub(super) has_cache_write: bool,
    pub(super) has_cache_creation: bool,
    /// Attributes of a normalised span that hold no count where one belongs.
    pub(super) nonsense: Vec<&'static str>,
    /// Position of each fact in `slots`, plus one.
    at: [u8; Fact::COUNT],
    slots: Vec<Slot<'a>>,
    /// JSON texts that hold usage, best rank first; there may be several in one span.
    pub(super) usage_json: Vec<Slot<'a>>,
    pub(super) answer_json: Vec<Slot<'a>>,
    /// Facts that numbered attributes tell.
    pub(super) numbered: Vec<(Fact, &'static str)>,
    /// Something was found that is not just a name which other conventions own too.
    is_genai: bool,
    /// A key was repeated, and its last value makes no sense.
    overwritten: bool,
}

impl Default for Found<'_> {
    fn default() -> Self {
        Self {
            counts: TokenUsage::default(),
            canonical: TokenUsage::default(),
            ranks: [u16::MAX; TokenField::ALL.len()],
            others: Vec::new(),
            exact: 0,
            has_cache_write: false,
            has_cache_creation: false,
            nonsense: Vec::new(),
            at: [0; Fact::COUNT],
            slots: Vec::new(),
            usage_json: Vec::new(),
            answer_json: Vec::new(),
            numbered: Vec::new(),
            is_genai: false,
            overwritten: false,
        }
    }
}

impl<'a> Found<'a> {
    /// Returns what the best attribute says about a fact.
    pub(super) fn slot(&self, fact: Fact) -> Option<&Slot<'a>> {
        self.slots.get(usize::from(self.at[fact as usize]).checked_sub(1)?)
    }

    /// Returns a fact as text, without the quotes that JSON text brings along.
    pub(super) fn text(&self, fact: Fact) -> Option<Cow<'_, str>> {
        unquoted(value::text(self.slot(fact)?.value())?)
    }

    /// Returns counts of lower precedence than the one that counts, and other than that. The user's own aliases outrank
    /// whatever else a span says.
    pub(super) fn differing(&self) -> impl Iterator<Item = (TokenField, u64)> {
        let differs = |(field, _, count): &&(TokenField, u16, u64)| {
            self.ranks[*field as usize] != USER_RANK && self.counts.field(*field) != Some(*count)
        };
        self.others.iter().filter(differs).map(|(field, _, count)| (*field, *count))
    }

    /// Tells whether the attribute that tells a count is the one of a normalised span.
    pub(super) fn is_own(&self, field: TokenField) -> bool {
        self.ranks[field as usize] == CANONICAL_RANK
    }

    /// Tells whether a count stands as an integer under its own name.
    pub(super) fn is_exact(&self, field: TokenField) -> bool {
        self.exact & bit(field) != 0
    }

    /// Tells whether nothing was found that only a span of this field has; addresses and sessions have others too.
    pub(super) fn is_empty(&self) -> bool {
        !self.is_genai && self.numbered.is_empty()
    }

    fn put(&mut self, target: Target, slot: Slot<'a>) {
        self.is_genai |= !matches!(
            target,
            Target::Fact(Fact::Address | Fact::Url | Fact::ConversationId | Fact::AgentName)
        );
        match target {
            Target::Tokens(field) => self.put_count(field, &slot),
            Target::Fact(Fact::UsageJson) => put_json(&mut self.usage_json, slot),
            Target::Fact(Fact::AnswerJson) => put_json(&mut self.answer_json, slot),
            Target::Fact(fact) => self.put_fact(fact, slot),
        }
    }

    fn put_count(&mut self, field: TokenField, slot: &Slot<'a>) {
        let (rank, value) = (slot.rank, slot.value());
        let count = value::count(value);
        let best = self.ranks[field as usize];
        match count {
            Some(count) if rank <= best => {
                self.ranks[field as usize] = rank;
                let replaced = self.counts.field_mut(field).replace(count);
                if let Some(other) = replaced.filter(|_| rank < best) {
                    self.put_other(field, best, Some(other));
                }
            }
            None if rank == best => self.overwritten = true,
            _ => self.put_other(field, rank, count),
        }
        if rank != CANONICAL_RANK && rank != COMPAT_RANK {
            return;
        }
        let is_former = rank == COMPAT_RANK;
        if count.is_none() {
            self.nonsense.push(if is_former {
                gen_ai::USAGE_CACHE_CREATION_INPUT_TOKENS
            } else {
                field.name()
            });
            return;
        }
        self.has_cache_creation |= is_former;
        self.has_cache_write |= field == TokenField::CacheWrite && !is_former;
        if is_former && self.has_cache_write {
            return;
        }
        *self.canonical.field_mut(field) = count;
        match value {
            Value::I64(_) => self.exact |= bit(field),
            _ => self.exact &= !bit(field),
        }
    }

    /// Notes what an attribute of lower precedence says; of a repeated key the last occurrence.
    fn put_other(&mut self, field: TokenField, rank: u16, count: Option<u64>) {
        // Events of a stream count as it goes on.
        if rank >= EVENT_RANK {
            return;
        }
        self.others.retain(|(known, at, _)| (*known, *at) != (field, rank));
        if let Some(count) = count {
            self.others.push((field, rank, count));
        }
    }

    fn put_fact(&mut self, fact: Fact, slot: Slot<'a>) {
        let says_something = !matches!(slot.value(), Value::String(text) if is_blank(text.as_str()));
        let at = &mut self.at[fact as usize];
        match self.slots.get_mut(usize::from(*at).wrapping_sub(1)) {
            Some(known) if says_something && slot.rank <= known.rank => *known = slot,
            Some(known) => self.overwritten |= !says_something && slot.rank == known.rank,
            None if says_something => {
                if self.slots.capacity() == 0 {
                    // One allocation for all that a rich span tells.
                    self.slots.reserve_exact(24);
                }
                self.slots.push(slot);
                *at = u8::try_from(self.slots.len()).unwrap_or(0);
            }
            None => {}
        }
    }

    fn note_numbered(&mut self, key: &str) {
        if !key.starts_with(['l', 'g', 'r']) {
            return;
        }
        if let Some((prefix, fact)) = NUMBERED.iter().find(|(prefix, _)| key.starts_with(prefix))
            && !self.numbered.contains(&(*fact, prefix))
        {
            self.numbered.push((*fact, prefix));
        }
    }
}

fn bit(field: TokenField) -> u32 {
    1 << field as u32
}

fn put_json<'a>(slots: &mut Vec<Slot<'a>>, slot: Slot<'a>) {
    if !matches!(slot.value(), Value::String(_)) {
        return;
    }
    match slots.binary_search_by_key(&slot.rank, |known| known.rank) {
        Ok(same) => slots[same] = slot,
        Err(place) => slots.insert(place, slot),
    }
}

fn is_blank(text: &str) -> bool {
    // Most texts are words or JSON, which their first byte tells.
    if text.bytes().next().is_some_and(|first| first.is_ascii_graphic() && !b"nN\"".contains(&first)) {
        return false;
    }
    matches!(text.trim(), "" | "null" | "None" | "\"\"")
}

/// Takes the quotes off a text that a library wrote as JSON.
pub(super) fn unquoted(text: &str) -> Option<Cow<'_, str>> {
    if !text.starts_with('"') {
        return Some(Cow::Borrowed(text));
    }
    match serde_json::from_str::<String>(text) {
        Ok(inner) if inner.trim().is_empty() => None,
        Ok(inner) => Some(Cow::Owned(inner)),
        Err(_) => Some(Cow::Borrowed(text)),
    }
}

/// A hash for attribute keys: eight bytes at a time, as rustc's own does.
///
/// The table is fixed at start, so nobody can fill it with colliding keys, and the standard hash would cost more than
/// the rest of the walk.
#[derive(Debug, Default)]
struct KeyHasher(u64);

const MULTIPLIER: u64 = 0x517c_c1b7_2722_0a95;

impl KeyHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
    }
}

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        if !rest.is_empty() {
            // The last eight bytes, some of them once more, cost less than those that are left one by one.
            self.add(match bytes.last_chunk::<8>() {
                Some(last) => u64::from_le_bytes(*last),
                None => rest.iter().fold(rest.len() as u64, |word, byte| word << 8 | u64::from(*byte)),
            });
        }
    }

    fn write_u8(&mut self, _: u8) {
        // `str` ends its hash with 0xff, which tells nothing here.
    }

    fn finish(&self) -> u64 {
        // The table looks at the high and the low bits; multiplication mixes upwards only.
        self.0 ^ self.0 >> 32
    }
}
