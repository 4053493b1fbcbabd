//! The agent that a span is of, which often only a span above it names.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension};

use super::facts::Facts;

/// How far up an agent is looked for. Deeper traces are loops or broken.
const DEEPEST: usize = 100;

type SpanId = [u8; 8];

/// The spans of one trace that are known, each with its parent and the agent that it names.
#[derive(Debug, Default)]
pub(super) struct Agents<'f> {
    places: HashMap<SpanId, (Option<SpanId>, Option<Cow<'f, str>>)>,
}

impl<'f> Agents<'f> {
    /// Enters a span.
    pub(super) fn add(&mut self, facts: &'f Facts<'_>) {
        self.places.insert(facts.span_id, (facts.parent_id, facts.agent.as_deref().map(Cow::Borrowed)));
    }

    /// Enters what the file has of the spans above these, as far as the nearest that names an agent.
    pub(super) fn add_ancestors(
        &mut self,
        connection: &Connection,
        trace: i64,
        added: &[Facts<'_>],
    ) -> rusqlite::Result<()> {
        let mut find = connection
            .prepare_cached("SELECT parent_id, agent FROM spans WHERE trace = ?1 AND span_id = ?2")?;
        for facts in added.iter().filter(|facts| facts.agent.is_none()) {
            let mut above = facts.parent_id;
            for _ in 0..DEEPEST {
                let Some(span) = above else { break };
                if !self.has(span) {
                    let place = find.query_row((trace, span), |row| {
                        Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.map(Cow::Owned)))
                    });
                    let Some(place) = place.optional()? else { break };
                    self.places.insert(span, place);
                }
                above = match self.places.get(&span) {
                    Some((parent, None)) => *parent,
                    _ => None,
                };
            }
        }
        Ok(())
    }

    /// Tells whether a span is known.
    pub(super) fn has(&self, span: SpanId) -> bool {
        self.places.contains_key(&span)
    }

    /// Returns the agent that a span names, else that of the nearest span above it that names one, as `otel-genai report`
    /// does.
    pub(super) fn of<'a>(&'a self, facts: &'a Facts<'_>) -> Option<&'a str> {
        if let Some(own) = &facts.agent {
            return Some(own);
        }
        let mut parent = facts.parent_id;
        for _ in 0..DEEPEST {
            let (above, agent) = self.places.get(&parent?)?;
            if let Some(agent) = agent {
                return Some(agent);
            }
            parent = *above;
        }
        None
    }
}

/// Tells whether new spans stand between earlier ones and their agent, or earlier ones between new ones and theirs.
pub(super) fn are_related(
    connection: &Connection,
    trace: i64,
    segment: i64,
    added: &[Facts<'_>],
    agents: &Agents<'_>,
) -> rusqlite::Result<bool> {
    let mut is_there = connection
        .prepare_cached("SELECT 1 FROM spans WHERE trace = ?1 AND span_id = ?2 AND segment <> ?3")?;
    let mut looked_for = HashSet::new();
    for facts in added.iter().filter(|facts| agents.of(facts).is_none()) {
        if let Some(parent) = facts.parent_id.filter(|parent| !agents.has(*parent))
            && looked_for.insert(parent)
            && is_there.exists((trace, parent, segment))?
        {
            return Ok(true);
        }
    }
    let with_agent: HashSet<SpanId> =
        added.iter().filter(|facts| agents.of(facts).is_some()).map(|facts| facts.span_id).collect();
    if with_agent.is_empty() {
        return Ok(false);
    }
    let mut statement = connection
        .prepare_cached("SELECT parent_id FROM spans WHERE trace = ?1 AND segment <> ?2 AND agent IS NULL")?;
    let mut rows = statement.query((trace, segment))?;
    while let Some(row) = rows.next()? {
        if row.get::<_, Option<SpanId>>(0)?.is_some_and(|parent| with_agent.contains(&parent)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads what sums need of the spans of a trace, all but those of `segment`.
pub(super) fn earlier_spans(
    connection: &Connection,
    trace: i64,
    segment: i64,
) -> rusqlite::Result<Vec<Facts<'static>>> {
    let mut statement = connection.prepare_cached(
        "SELECT span_id, start_ns, end_ns, provider, model, agent, threshold, status = 'error', duplicate_of, \
         is_llm_call, is_tool_call, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, \
         reasoning_tokens, cost, parent_id FROM spans WHERE trace = ?1 AND segment <> ?2",
    )?;
    let facts = statement.query_map((trace, segment), |row| {
        let text = |column| row.get::<_, Option<String>>(column).map(|text| text.map(Cow::Owned));
        Ok(Facts {
            span_id: row.get(0)?,
            start_ns: row.get(1)?,
            end_ns: row.get(2)?,
            provider: text(3)?,
            model: text(4)?,
            agent: text(5)?,
            threshold: row.get(6)?,
            status: if row.get(7)? { "error" } else { "" },
            duplicate_of: text(8)?,
            is_llm_call: row.get(9)?,
            is_tool_call: row.get(10)?,
            input_tokens: row.get(11)?,
            output_tokens: row.get(12)?,
            cache_read_tokens: row.get(13)?,
            cache_write_tokens: row.get(14)?,
            reasoning_tokens: row.get(15)?,
            cost: row.get(16)?,
            parent_id: row.get(17)?,
            ..Facts::default()
        })
    })?;
    facts.collect()
}
