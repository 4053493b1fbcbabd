//! One trace with its spans.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::SpanId;

use super::summary::TraceSummary;
use crate::json_lines::ReadSpan;

/// A trace with all its spans.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoredTrace {
    /// What its row says.
    pub summary: TraceSummary,
    /// The spans, in the order in which they came, equal to what was written.
    pub spans: Vec<ReadSpan>,
}

/// A span's place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeEntry {
    /// The span's index in [`StoredTrace::spans`].
    pub index: usize,
    /// How many of its ancestors are there.
    pub depth: usize,
}

impl StoredTrace {
    /// Returns the spans as a tree: each behind its parent, siblings by their start.
    ///
    /// A span whose parent is not there stands at the top, and so does one of those that are each other's parents.
    pub fn tree(&self) -> Vec<TreeEntry> {
        let ids: HashSet<SpanId> = self.spans.iter().map(|read| read.span.span_context.span_id()).collect();
        let mut children: HashMap<SpanId, Vec<usize>> = HashMap::new();
        let mut tops = Vec::new();
        for (index, read) in self.spans.iter().enumerate() {
            let parent = read.span.parent_span_id;
            if parent != SpanId::INVALID && ids.contains(&parent) {
                children.entry(parent).or_default().push(index);
            } else {
                tops.push(index);
            }
        }
        let by_start =
            |indexes: &mut Vec<usize>| indexes.sort_by_key(|index| self.spans[*index].span.start_time);
        by_start(&mut tops);
        children.values_mut().for_each(by_start);
        let mut tree = Vec::with_capacity(self.spans.len());
        let mut is_placed = vec![false; self.spans.len()];
        // What is left afterwards are circles: each begins at its first span.
        for top in tops.into_iter().chain(0..self.spans.len()) {
            let mut open = vec![TreeEntry { index: top, depth: 0 }];
            while let Some(entry) = open.pop() {
                if std::mem::replace(&mut is_placed[entry.index], true) {
                    continue;
                }
                tree.push(entry);
                let id = self.spans[entry.index].span.span_context.span_id();
                let below = children.get(&id).into_iter().flatten().rev();
                open.extend(below.map(|index| TreeEntry { index: *index, depth: entry.depth + 1 }));
            }
        }
        tree
    }
}
