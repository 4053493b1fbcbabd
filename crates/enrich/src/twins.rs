//! Which spans stand for the same call.
//!
//! Two libraries that report one call write two spans of different scopes. Response ids tell them surely. Without ids
//! they must lie inside each other (one span the ancestor of the other), or one's time within the other's, and report
//! the same counts. Spans of one scope are never merged by what they report, since an agent may well make two calls
//! that cost the same.

use std::collections::HashMap;
use std::time::SystemTime;

use opentelemetry::trace::SpanId;
use otel_genai_pipeline::Span;

use crate::cost::Cost;
use crate::id_map::IdMap;

/// How far up a span's ancestors are searched for another span of its call. Frameworks put a handful of spans between a
/// call and its wrapper; the bound keeps a cycle of wrong parents from running for ever.
const MAX_DEPTH: usize = 16;

/// Of so many latest calls with the same counts each new one is compared with; keeps a trace of a thousand equal calls
/// linear.
const MAX_PEERS: usize = 32;

/// No call is reported by more libraries; it keeps a long chain of spans that could all be one call from taking for ever.
const MAX_SPANS_OF_CALL: usize = 16;

/// An id shorter than this is not believed to be unique: providers give 20 characters and more, local servers and
/// mocks a constant or a small number (`chatcmpl-123`).
const UNIQUE_ID_LENGTH: usize = 16;

/// A span of a call, as it is remembered: what tells its twins.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    pub(crate) span: SpanId,
    pub(crate) parent: Option<SpanId>,
    /// Hash of the scope's name.
    pub(crate) scope: u64,
    pub(crate) response: Option<ResponseKey>,
    /// Hashes of the families of the models asked for and answering; zero where unknown.
    pub(crate) models: [u64; 2],
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
    /// Counts that can be compared; estimates cannot.
    pub(crate) input: Option<u64>,
    pub(crate) output: Option<u64>,
    /// The input without what was cached, as the span knows it.
    pub(crate) uncached: Option<u64>,
    /// The output without reasoning, as the span knows it.
    pub(crate) visible: Option<u64>,
    pub(crate) is_error: bool,
    /// Whether the span reports any usage, estimates included.
    pub(crate) has_usage: bool,
    /// Whether the library gives responses ids of its own.
    pub(crate) has_own_ids: bool,
    /// Whether the span is the record that a library writes when a stream has ended, beside the span of the call.
    pub(crate) is_stream_record: bool,
    /// The span that counts instead, as an earlier enricher found.
    pub(crate) marked: Option<SpanId>,
    /// Whether this is the span that counts for its call.
    pub(crate) is_counting: bool,
    /// What it costs, if it counts.
    pub(crate) cost: Cost,
    /// The next span of the same call, in a ring: itself when it is the only one.
    pub(crate) next: usize,
}

/// A response id, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResponseKey {
    pub(crate) hash: u64,
    pub(crate) is_unique: bool,
}

impl ResponseKey {
    pub(crate) fn new(id: &str, hash: u64) -> Self {
        Self { hash, is_unique: id.len() >= UNIQUE_ID_LENGTH }
    }
}

impl Sighting {
    fn overlaps(&self, other: &Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    fn lies_within(&self, other: &Self) -> bool {
        other.start <= self.start && self.end <= other.end
    }

    fn is_child_or_parent(&self, other: &Self) -> bool {
        self.parent == Some(other.span) || other.parent == Some(self.span)
    }

    fn may_be_same_model(&self, other: &Self) -> bool {
        let known = |models: &[u64; 2]| models.iter().any(|model| *model != 0);
        !known(&self.models) || !known(&other.models) || self.is_same_model(other)
    }

    fn is_same_model(&self, other: &Self) -> bool {
        self.models.iter().any(|model| *model != 0 && other.models.contains(model))
    }

    fn lacks_counts(&self) -> bool {
        self.input.is_none() && self.output.is_none()
    }

    fn contradicts_counts(&self, other: &Self) -> bool {
        let differ = |a: Option<u64>, b: Option<u64>| a.zip(b).is_some_and(|(a, b)| a != b);
        let (input, output) = (differ(self.input, other.input), differ(self.output, other.output));
        let is_known = |a: Option<u64>, b: Option<u64>| a.is_some() && b.is_some();
        let lost_cache = || {
            is_known(self.output, other.output)
                && (self.has_lost_cache_of(other) || other.has_lost_cache_of(self))
        };
        let lost_reasoning = || {
            is_known(self.input, other.input)
                && (self.has_lost_reasoning_of(other) || other.has_lost_reasoning_of(self))
        };
        (input && !lost_cache()) || (output && !lost_reasoning())
    }

    fn has_same_counts(&self, other: &Self) -> bool {
        let agree = |a: Option<u64>, b: Option<u64>| a.is_some() && a == b;
        !self.contradicts_counts(other)
            && (agree(self.input, other.input) || agree(self.output, other.output))
    }

    /// Tells whether the span's input is the other's without what was cached, of which it knows nothing: some libraries
    /// copy the counts of a provider that counts cached input apart, and leave that count out.
    fn has_lost_cache_of(&self, other: &Self) -> bool {
        self.input.is_some() && self.input == self.uncached && self.input == other.uncached
    }

    /// The same of the output and the reasoning that some providers count apart.
    fn has_lost_reasoning_of(&self, other: &Self) -> bool {
        self.output.is_some() && self.output == self.visible && self.output == other.visible
    }

    /// Tells whether the response ids say that it is the same call; `None` when they say nothing.
    pub(crate) fn same_response(&self, other: &Self) -> Option<bool> {
        let (one, two) = (self.response?, other.response?);
        if one.hash != two.hash {
            return if self.has_own_ids || other.has_own_ids { None } else { Some(false) };
        }
        let is_believed = one.is_unique
            || (self.scope != other.scope && self.overlaps(other) && !self.contradicts_counts(other));
        Some(is_believed)
    }

    /// Tells whether a record that a library wrote at a stream's end belongs to this span.
    fn is_stream_of(&self, record: &Self) -> bool {
        record.is_stream_record
            && !self.is_stream_record
            && self.scope == record.scope
            && self.parent == record.parent
            && self.start <= record.start
            && !self.has_usage
            && self.may_be_same_model(record)
    }
}

/// Joins the spans from `first_new` on with those of the same call, among themselves and with older ones.
///
/// The surest matches are made first: by response id, then nested with equal counts, then beside each other with equal
/// counts, then nested where one reports nothing, then beside each other where one reports nothing. `spans` and `older`
/// give the parents of the spans between.
///
/// Returns the new spans that turn out to be no calls: they sum up two or more that lie below them.
pub(crate) fn join(
    sightings: &mut [Sighting],
    first_new: usize,
    spans: &[Span],
    older: &[(SpanId, SpanId)],
) -> Vec<usize> {
    if sightings.len() < 2 {
        return Vec::new();
    }
    join_marked(sightings, first_new);
    join_by_response(sightings, first_new);
    let is_single_scope = sightings.iter().all(|sighting| sighting.scope == sightings[0].scope);
    let parents = if is_single_scope {
        // Within one scope only a parent and its child can be one call.
        IdMap::default()
    } else {
        let between = spans.iter().filter_map(|span| Some((key(span.span_id()), span.parent_span_id()?)));
        older.iter().map(|(span, parent)| (key(*span), *parent)).chain(between).collect()
    };
    let nested = nested_pairs(sightings, first_new, &parents);
    for &(one, two) in &nested {
        if sightings[one].has_same_counts(&sightings[two]) {
            join_if_compatible(sightings, one, two);
        }
    }
    if !is_single_scope {
        join_beside(sightings, first_new);
    }
    for &(one, two) in &nested {
        let (a, b) = (&sightings[one], &sightings[two]);
        // An attempt that failed is not the call that went well after it.
        let is_failed_attempt = a.is_error && a.lacks_counts() && !b.is_error && !b.lacks_counts();
        if (a.lacks_counts() || b.lacks_counts()) && a.overlaps(b) && !is_failed_attempt {
            join_if_compatible(sightings, one, two);
        }
    }
    if !is_single_scope {
        join_silent_beside(sightings, first_new);
    }
    join_stream_records(sightings, first_new);
    take_out_sums(sightings, first_new, &nested)
}

/// Joins spans that an earlier enricher marked with those that count for them.
fn join_marked(sightings: &mut [Sighting], first_new: usize) {
    if sightings[first_new..].iter().all(|sighting| sighting.marked.is_none()) {
        return;
    }
    let places: IdMap<u64, usize> =
        sightings.iter().enumerate().map(|(index, sighting)| (key(sighting.span), index)).collect();
    for index in first_new..sightings.len() {
        let counting = sightings[index].marked.and_then(|span| places.get(&key(span)).copied());
        if let Some(counting) = counting.filter(|counting| !are_joined(sightings, *counting, index)) {
            splice(sightings, counting, index);
        }
    }
}

fn join_by_response(sightings: &mut [Sighting], first_new: usize) {
    let mut by_response: IdMap<u64, usize> = IdMap::default();
    for index in 0..sightings.len() {
        let Some(response) = sightings[index].response else { continue };
        let earlier = *by_response.entry(response.hash).or_insert(index);
        if index < first_new || earlier == index || are_joined(sightings, earlier, index) {
            continue;
        }
        // A short id may belong to several calls: any span of the earlier one's call may be the twin.
        if sightings[index].same_response(&sightings[earlier]) == Some(true) {
            if response.is_unique || are_compatible(sightings, earlier, index) {
                splice(sightings, earlier, index);
            }
        } else {
            by_response.insert(response.hash, index);
        }
    }
}

fn key(span: SpanId) -> u64 {
    u64::from_ne_bytes(span.to_bytes())
}

/// Returns (inner, outer) for spans of calls of which one is an ancestor of the other, at least one of them new.
fn nested_pairs(
    sightings: &[Sighting],
    first_new: usize,
    parents: &IdMap<u64, SpanId>,
) -> Vec<(usize, usize)> {
    let calls: IdMap<u64, usize> =
        sightings.iter().enumerate().map(|(index, sighting)| (key(sighting.span), index)).collect();
    let mut pairs = Vec::new();
    for (inner, sighting) in sightings.iter().enumerate() {
        let mut above = sighting.parent;
        for _ in 0..MAX_DEPTH {
            let Some(id) = above else { break };
            if let Some(&outer) = calls.get(&key(id))
                && outer != inner
                && (inner >= first_new || outer >= first_new)
            {
                pairs.push((inner, outer));
            }
            above = parents.get(&key(id)).copied();
        }
    }
    pairs
}

/// Joins spans that are not nested: different scopes, one's time within the other's, the same model, all counts equal.
fn join_beside(sightings: &mut [Sighting], first_new: usize) {
    let mut by_counts: HashMap<(Option<u64>, Option<u64>), Vec<usize>> = HashMap::new();
    for index in 0..sightings.len() {
        let sighting = &sightings[index];
        if sighting.input.is_none_or(|input| input == 0) {
            continue;
        }
        // An embedding has no output. A span that lost the cached or the reasoning tokens has the other's count without.
        let keys = [
            (sighting.input, sighting.output),
            (sighting.uncached, sighting.output),
            (sighting.input, sighting.visible),
        ];
        if index >= first_new {
            let twin = keys.iter().find_map(|key| {
                by_counts.get(key)?.iter().rev().take(MAX_PEERS).copied().find(|&peer| {
                    let other = &sightings[peer];
                    other.scope != sighting.scope
                        && (sighting.lies_within(other) || other.lies_within(sighting))
                        && sighting.is_same_model(other)
                        && are_compatible(sightings, peer, index)
                })
            });
            if let Some(twin) = twin {
                splice(sightings, twin, index);
            }
        }
        for (place, key) in keys.iter().enumerate() {
            if !keys[..place].contains(key) {
                by_counts.entry(*key).or_default().push(index);
            }
        }
    }
}

/// Joins spans beside each other of which the inner one in time reports no counts: different scopes, the same parent and
/// the same model. Of several that could be the outer one the latest to start is the call.
fn join_silent_beside(sightings: &mut [Sighting], first_new: usize) {
    for inner in 0..sightings.len() {
        if !sightings[inner].lacks_counts() {
            continue;
        }
        // What came with the silent span or since; the newest are enough.
        let outer = (0..sightings.len())
            .rev()
            .take(MAX_PEERS)
            .filter(|&outer| {
                let (one, two) = (&sightings[inner], &sightings[outer]);
                (inner >= first_new || outer >= first_new)
                    && one.scope != two.scope
                    && one.parent == two.parent
                    && one.parent.is_some()
                    && one.lies_within(two)
                    && one.is_same_model(two)
                    // A call that failed while another went well is not the other.
                    && one.is_error == two.is_error
                    && !are_joined(sightings, inner, outer)
                    && are_compatible(sightings, inner, outer)
            })
            .max_by_key(|&outer| sightings[outer].start);
        if let Some(outer) = outer {
            splice(sightings, inner, outer);
        }
    }
}

fn join_stream_records(sightings: &mut [Sighting], first_new: usize) {
    for index in first_new..sightings.len() {
        if !sightings[index].is_stream_record || sightings[index].next != index {
            continue;
        }
        let call = (0..sightings.len()).rev().find(|&other| {
            sightings[other].is_stream_of(&sightings[index])
                && !ring(sightings, other).any(|member| sightings[member].has_usage)
        });
        if let Some(call) = call {
            splice(sightings, call, index);
        }
    }
}

/// Takes spans out of their rings that report the sums of two or more calls below them.
fn take_out_sums(sightings: &mut [Sighting], first_new: usize, nested: &[(usize, usize)]) -> Vec<usize> {
    let mut by_outer: Vec<(usize, usize)> = nested
        .iter()
        .filter(|(_, outer)| *outer >= first_new)
        .map(|&(inner, outer)| (outer, inner))
        .collect();
    if by_outer.len() < 2 {
        return Vec::new();
    }
    by_outer.sort_unstable();
    let mut outers: Vec<&[(usize, usize)]> = by_outer.chunk_by(|one, two| one.0 == two.0).collect();
    // Innermost first, so that a sum of sums is seen through.
    outers.sort_by_key(|inside| inside.len());
    let mut sums: Vec<usize> = Vec::new();
    let mut is_sum_of_calls = vec![false; sightings.len()];
    for inside in outers {
        let outer = inside[0].0;
        let (Some(input), output) = (sightings[outer].input, sightings[outer].output) else { continue };
        // One span of each call below.
        let mut calls: Vec<usize> = Vec::new();
        for &(_, inner) in inside {
            let counts = !is_sum_of_calls[inner] && sightings[inner].input.is_some_and(|input| input > 0);
            if counts && !ring(sightings, inner).any(|member| calls.contains(&member)) {
                calls.push(inner);
            }
        }
        let sum = |count: fn(&Sighting) -> Option<u64>| {
            calls.iter().filter_map(|call| count(&sightings[*call])).fold(0, u64::saturating_add)
        };
        let is_sum = calls.len() > 1
            && sum(|call| call.input) == input
            && output.is_none_or(|output| sum(|call| call.output) == output);
        if is_sum {
            is_sum_of_calls[outer] = true;
            sums.push(outer);
        }
    }
    sums.sort_unstable();
    for &outer in &sums {
        leave_ring(sightings, outer);
    }
    sums
}

/// Makes a span the only one of its ring.
fn leave_ring(sightings: &mut [Sighting], index: usize) {
    let next = sightings[index].next;
    let mut before = index;
    while sightings[before].next != index {
        before = sightings[before].next;
    }
    sightings[before].next = next;
    sightings[index].next = index;
}

fn join_if_compatible(sightings: &mut [Sighting], one: usize, two: usize) {
    if !are_joined(sightings, one, two) && are_compatible(sightings, one, two) {
        splice(sightings, one, two);
    }
}

/// Tells whether no two spans of two calls contradict that it is one call.
fn are_compatible(sightings: &[Sighting], one: usize, two: usize) -> bool {
    let is_small = |index: usize| ring(sightings, index).nth(MAX_SPANS_OF_CALL).is_none();
    if !is_small(one) || !is_small(two) {
        return false;
    }
    ring(sightings, one).all(|one| {
        let one = &sightings[one];
        ring(sightings, two).all(|two| {
            let two = &sightings[two];
            // Within one scope a span twice for one call stands directly inside the other.
            (one.scope != two.scope || one.is_child_or_parent(two))
                && one.same_response(two) != Some(false)
                && one.may_be_same_model(two)
                && !one.contradicts_counts(two)
        })
    })
}

fn are_joined(sightings: &[Sighting], one: usize, two: usize) -> bool {
    ring(sightings, one).any(|member| member == two)
}

/// Iterates over the spans of a call, the given one first.
pub(crate) fn ring(sightings: &[Sighting], start: usize) -> impl Iterator<Item = usize> + '_ {
    let mut at = Some(start);
    std::iter::from_fn(move || {
        let current = at?;
        let next = sightings[current].next;
        at = (next != start).then_some(next);
        Some(current)
    })
}

/// Makes one ring of two different ones.
fn splice(sightings: &mut [Sighting], one: usize, two: usize) {
    let next = sightings[one].next;
    sightings[one].next = sightings[two].next;
    sightings[two].next = next;
}

/// Forgets one span, which is alone in its ring.
pub(crate) fn forget(sightings: &mut Vec<Sighting>, index: usize) {
    sightings.remove(index);
    for sighting in sightings.iter_mut() {
        if sighting.next > index {
            sighting.next -= 1;
        }
    }
}

/// Forgets all but the newest `keep` spans.
pub(crate) fn forget_oldest(sightings: &mut Vec<Sighting>, keep: usize) {
    let Some(cut) = sightings.len().checked_sub(keep).filter(|cut| *cut > 0) else { return };
    for index in cut..sightings.len() {
        let mut next = sightings[index].next;
        while next < cut {
            next = sightings[next].next;
        }
        sightings[index].next = next;
    }
    sightings.drain(..cut);
    for sighting in sightings.iter_mut() {
        sighting.next -= cut;
    }
    sightings.shrink_to_fit();
}
