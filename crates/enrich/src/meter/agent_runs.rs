//! How many calls each run of an agent made itself.

use std::collections::HashMap;

use opentelemetry::trace::SpanId;

/// How far up a call's ancestors its agent is searched within a segment; keeps a cycle of wrong parents from running
/// for ever. Deeper than any framework nests.
const MAX_DEPTH: usize = 64;

/// Of so many spans that still run the calls below them are remembered per trace (8 KB). With more, calls per run are
/// not recorded for the trace, since they would be too few.
const MAX_OPEN_SPANS: usize = 256;

/// A span of the segment in hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) span: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) is_agent_run: bool,
    pub(super) own: OwnCalls,
}

/// What a run of an agent called itself, its sub-agents left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OwnCalls {
    pub(super) inference: u64,
    pub(super) tools: u64,
}

impl OwnCalls {
    fn add(&mut self, other: Self) {
        self.inference += other.inference;
        self.tools += other.tools;
    }

    fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// Calls whose agent has not ended yet, by the nearest ancestor that has not come yet.
#[derive(Debug, Default)]
pub(super) struct OpenRuns {
    pending: HashMap<SpanId, OwnCalls>,
    has_lost_calls: bool,
}

impl OpenRuns {
    /// Files the calls of a segment and returns what each run of an agent in it called, by the run's place.
    ///
    /// A span ends after those below it, so a run knows all its calls when it comes, whatever the segments.
    pub(super) fn settle(&mut self, nodes: &[Node], is_running: bool) -> Vec<(usize, OwnCalls)> {
        let has_run = nodes.iter().any(|node| node.is_agent_run);
        if !has_run && !is_running {
            *self = Self::default();
            return Vec::new();
        }
        let places: HashMap<SpanId, usize> =
            nodes.iter().enumerate().map(|(place, node)| (node.span, place)).collect();
        let mut calls: HashMap<usize, OwnCalls> = HashMap::new();
        let earlier = std::mem::take(&mut self.pending).into_iter().map(|(span, own)| (Some(span), own));
        let now = nodes.iter().filter(|node| !node.own.is_none()).map(|node| (node.parent, node.own));
        for (start, own) in earlier.chain(now) {
            match nearest_run(start, nodes, &places) {
                Nearest::Run(place) => calls.entry(place).or_default().add(own),
                Nearest::NotSeen(span) => self.wait(span, own),
                Nearest::None => {}
            }
        }
        let is_whole = !self.has_lost_calls;
        if !is_running {
            *self = Self::default();
        }
        let mut calls: Vec<_> = calls.into_iter().filter(|_| is_whole).collect();
        calls.sort_unstable_by_key(|(place, _)| *place);
        calls
    }

    fn wait(&mut self, span: SpanId, own: OwnCalls) {
        if self.pending.len() < MAX_OPEN_SPANS || self.pending.contains_key(&span) {
            self.pending.entry(span).or_default().add(own);
        } else {
            self.has_lost_calls = true;
        }
    }
}

enum Nearest {
    Run(usize),
    NotSeen(SpanId),
    None,
}

fn nearest_run(start: Option<SpanId>, nodes: &[Node], places: &HashMap<SpanId, usize>) -> Nearest {
    let mut above = start;
    for _ in 0..MAX_DEPTH {
        let Some(id) = above else { return Nearest::None };
        let Some(&place) = places.get(&id) else { return Nearest::NotSeen(id) };
        if nodes[place].is_agent_run {
            return Nearest::Run(place);
        }
        above = nodes[place].parent;
    }
    Nearest::None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(span: u64, parent: u64, is_agent_run: bool, inference: u64, tools: u64) -> Node {
        let parent = (parent != 0).then(|| SpanId::from(parent));
        Node { span: SpanId::from(span), parent, is_agent_run, own: OwnCalls { inference, tools } }
    }

    #[test]
    fn calls_belong_to_the_nearest_run_however_the_trace_is_cut() {
        // 1 agent > 2 step > (3 call, 4 tool > 5 agent > 6 call), 7 call
        let nodes = [
            node(3, 2, false, 1, 0),
            node(6, 5, false, 1, 0),
            node(5, 4, true, 0, 0),
            node(4, 2, false, 0, 1),
            node(2, 1, false, 0, 0),
            node(7, 1, false, 1, 0),
            node(1, 0, true, 0, 0),
        ];
        let inner = OwnCalls { inference: 1, tools: 0 };
        let outer = OwnCalls { inference: 2, tools: 1 };
        for cut in 0..=nodes.len() {
            let mut runs = OpenRuns::default();
            let (early, last) = nodes.split_at(cut);
            let mut found: Vec<_> = runs.settle(early, true).into_iter().map(|(_, own)| own).collect();
            found.extend(runs.settle(last, false).into_iter().map(|(_, own)| own));
            assert_eq!(found, [inner, outer], "cut at {cut}");
        }
    }

    #[test]
    fn a_trace_with_too_many_open_spans_gives_no_counts() {
        let mut runs = OpenRuns::default();
        let calls: Vec<_> =
            (0..=MAX_OPEN_SPANS as u64).map(|index| node(index + 1000, index + 5000, false, 1, 0)).collect();
        assert_eq!(runs.settle(&calls, true), []);
        assert_eq!(runs.settle(&[node(5000, 0, true, 0, 0)], false), []);
    }
}
