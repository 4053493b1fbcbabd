//! In which order the spans of a trace are drawn, and how deep.

use std::collections::HashMap;

use otel_genai_pipeline::Span;

/// A span's place in the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The span's index in the input.
    pub(super) index: usize,
    /// How many spans are above it.
    pub(super) depth: usize,
    /// Whether it is the last child of its parent.
    pub(super) is_last: bool,
}

/// Orders the spans of one trace: parents before children, siblings by start.
///
/// Every span has exactly one place, whatever the ids say: a span whose parent is not here is a root, a span id that
/// occurs twice has its children under the first, and one span of a circle of parents is taken for its root.
pub(super) fn places(spans: &[&Span]) -> Vec<Place> {
    let mut index_of_id = HashMap::with_capacity(spans.len());
    for (index, span) in spans.iter().enumerate() {
        index_of_id.entry(span.span_id()).or_insert(index);
    }
    let mut by_start: Vec<usize> = (0..spans.len()).collect();
    by_start.sort_by_key(|index| spans[*index].start_time());
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    let mut roots = Vec::new();
    for index in by_start.iter().copied() {
        match spans[index].parent_span_id().and_then(|id| index_of_id.get(&id)) {
            Some(parent) if *parent != index => children[*parent].push(index),
            _ => roots.push(index),
        }
    }
    let mut drawing = Drawing { children, is_placed: vec![false; spans.len()], places: Vec::new() };
    // What no root leads to is a circle; its earliest span comes first in `by_start`.
    for root in roots.into_iter().chain(by_start) {
        drawing.place_below(root);
    }
    drawing.places
}

struct Drawing {
    children: Vec<Vec<usize>>,
    is_placed: Vec<bool>,
    places: Vec<Place>,
}

impl Drawing {
    /// Places a root and everything below it. A loop and not a recursion: traces may be deep.
    fn place_below(&mut self, root: usize) {
        let mut stack = vec![Place { index: root, depth: 0, is_last: true }];
        while let Some(place) = stack.pop() {
            if std::mem::replace(&mut self.is_placed[place.index], true) {
                continue;
            }
            self.places.push(place);
            let children = std::mem::take(&mut self.children[place.index]);
            let unplaced: Vec<usize> = children.into_iter().filter(|child| !self.is_placed[*child]).collect();
            for (position, child) in unplaced.iter().enumerate().rev() {
                let is_last = position + 1 == unplaced.len();
                stack.push(Place { index: *child, depth: place.depth + 1, is_last });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use otel_genai_pipeline::testing::SpanBuilder;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_span_has_one_place_below_its_parent(
            spans in prop::collection::vec((1u64..8, 0u64..8, 0u64..4), 0..12)
        ) {
            let spans: Vec<Span> = spans
                .into_iter()
                .map(|(id, parent, start)| {
                    let start = std::time::Duration::from_millis(start);
                    SpanBuilder::new("s").id(id).parent(parent).times(start, start).build()
                })
                .collect();
            let references: Vec<&Span> = spans.iter().collect();
            let places = places(&references);
            let mut indexes: Vec<usize> = places.iter().map(|place| place.index).collect();
            indexes.sort_unstable();
            prop_assert_eq!(indexes, (0..spans.len()).collect::<Vec<_>>());
            let mut path: Vec<&Span> = Vec::new();
            for place in &places {
                let span = &spans[place.index];
                prop_assert!(place.depth <= path.len());
                path.truncate(place.depth);
                if let Some(parent) = path.last() {
                    prop_assert_eq!(span.parent_span_id(), Some(parent.span_id()));
                }
                path.push(span);
            }
        }
    }

    #[test]
    fn a_deep_trace_is_no_problem() {
        let spans: Vec<Span> =
            (1..50_000).map(|id| SpanBuilder::new("s").id(id).parent(id - 1).build()).collect();
        let places = places(&spans.iter().collect::<Vec<_>>());
        assert_eq!(places.last().map(|place| place.depth), Some(49_998));
    }
}
