//! The row of a trace: what is known of it so far.

use std::sync::LazyLock;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::facts::Facts;

/// Kinds of labels.
pub(super) const MODEL: i64 = 1;
pub(super) const AGENT: i64 = 2;
pub(super) const FINDING: i64 = 3;

/// A trace lists so many models, agents and categories of findings at most, as the enricher does.
const MAX_NAMES: usize = 64;

const COLUMNS: [&str; 33] = [
    "id",
    "trace_id",
    "name",
    "agent",
    "project",
    "session",
    "user",
    "tenant",
    "start_ns",
    "end_ns",
    "duration_ns",
    "status",
    "has_root",
    "interrupted",
    "spans",
    "errors",
    "llm_calls",
    "tool_calls",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "uncounted_calls",
    "cost",
    "unpriced_calls",
    "models",
    "agents",
    "findings",
    "finding_categories",
    "threshold",
    "writer",
    "next_part",
];

/// One row of `traces`, column by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TraceRow {
    pub(super) id: i64,
    pub(super) trace_id: [u8; 16],
    pub(super) name: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) project: Option<String>,
    pub(super) session: Option<String>,
    pub(super) user: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) start_ns: i64,
    pub(super) end_ns: i64,
    pub(super) status: Option<String>,
    pub(super) has_root: bool,
    pub(super) interrupted: bool,
    pub(super) spans: i64,
    pub(super) errors: i64,
    pub(super) llm_calls: i64,
    pub(super) tool_calls: i64,
    pub(super) input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
    pub(super) cache_read_tokens: Option<i64>,
    pub(super) cache_write_tokens: Option<i64>,
    pub(super) reasoning_tokens: Option<i64>,
    pub(super) uncounted_calls: i64,
    pub(super) cost: Option<f64>,
    pub(super) unpriced_calls: i64,
    pub(super) models: Vec<String>,
    pub(super) agents: Vec<String>,
    pub(super) findings: i64,
    pub(super) finding_categories: Vec<String>,
    pub(super) threshold: Option<i64>,
    pub(super) writer: Option<i64>,
    pub(super) next_part: i64,
}

impl TraceRow {
    /// Finds the row of a trace.
    pub(super) fn find(connection: &Connection, trace_id: [u8; 16]) -> rusqlite::Result<Option<Self>> {
        static SQL: LazyLock<String> =
            LazyLock::new(|| format!("{} FROM traces AS t WHERE t.trace_id = ?1", select_columns()));
        connection.prepare_cached(&SQL)?.query_row([trace_id], Self::read).optional()
    }

    /// Reads a row that was selected by [`select_columns`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let names = |index| -> rusqlite::Result<Vec<String>> {
            let text: String = row.get(index)?;
            // Lists are written by us; one that is not JSON was changed by hand.
            Ok(serde_json::from_str(&text).unwrap_or_default())
        };
        Ok(Self {
            id: row.get(0)?,
            trace_id: row.get(1)?,
            name: row.get(2)?,
            agent: row.get(3)?,
            project: row.get(4)?,
            session: row.get(5)?,
            user: row.get(6)?,
            tenant: row.get(7)?,
            start_ns: row.get(8)?,
            end_ns: row.get(9)?,
            status: row.get(11)?,
            has_root: row.get(12)?,
            interrupted: row.get(13)?,
            spans: row.get(14)?,
            errors: row.get(15)?,
            llm_calls: row.get(16)?,
            tool_calls: row.get(17)?,
            input_tokens: row.get(18)?,
            output_tokens: row.get(19)?,
            cache_read_tokens: row.get(20)?,
            cache_write_tokens: row.get(21)?,
            reasoning_tokens: row.get(22)?,
            uncounted_calls: row.get(23)?,
            cost: row.get(24)?,
            unpriced_calls: row.get(25)?,
            models: names(26)?,
            agents: names(27)?,
            findings: row.get(28)?,
            finding_categories: names(29)?,
            threshold: row.get(30)?,
            writer: row.get(31)?,
            next_part: row.get(32)?,
        })
    }

    /// Writes the row, new or known.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        static SQL: LazyLock<String> = LazyLock::new(|| {
            let columns = COLUMNS.join(", ");
            let places = vec!["?"; COLUMNS.len()].join(", ");
            let updates: Vec<String> =
                COLUMNS[1..].iter().map(|column| format!("{column} = excluded.{column}")).collect();
            let updates = updates.join(", ");
            format!(
                "INSERT INTO traces ({columns}) VALUES ({places}) ON CONFLICT (id) DO UPDATE SET {updates}"
            )
        });
        connection.prepare_cached(&SQL)?.execute(params_from_iter(self.values()))?;
        Ok(())
    }

    fn values(&self) -> [Value; COLUMNS.len()] {
        [
            self.id.into(),
            self.trace_id.to_vec().into(),
            self.name.clone().into(),
            self.agent.clone().into(),
            self.project.clone().into(),
            self.session.clone().into(),
            self.user.clone().into(),
            self.tenant.clone().into(),
            self.start_ns.into(),
            self.end_ns.into(),
            self.end_ns.saturating_sub(self.start_ns).into(),
            self.status.clone().into(),
            self.has_root.into(),
            self.interrupted.into(),
            self.spans.into(),
            self.errors.into(),
            self.llm_calls.into(),
            self.tool_calls.into(),
            self.input_tokens.into(),
            self.output_tokens.into(),
            self.cache_read_tokens.into(),
            self.cache_write_tokens.into(),
            self.reasoning_tokens.into(),
            self.uncounted_calls.into(),
            self.cost.into(),
            self.unpriced_calls.into(),
            list(&self.models).into(),
            list(&self.agents).into(),
            self.findings.into(),
            list(&self.finding_categories).into(),
            self.threshold.into(),
            self.writer.into(),
            self.next_part.into(),
        ]
    }

    /// Adds one span.
    pub(super) fn add(&mut self, facts: &Facts<'_>) {
        if self.spans == 0 {
            (self.start_ns, self.end_ns) = (facts.start_ns, facts.end_ns);
        }
        self.start_ns = self.start_ns.min(facts.start_ns);
        self.end_ns = self.end_ns.max(facts.end_ns);
        self.spans += 1;
        self.errors += i64::from(facts.is_error() && facts.duplicate_of.is_none());
        self.tool_calls += i64::from(facts.is_tool_call);
        if facts.is_llm_call {
            self.llm_calls += 1;
            add(&mut self.input_tokens, facts.input_tokens);
            add(&mut self.output_tokens, facts.output_tokens);
            add(&mut self.cache_read_tokens, facts.cache_read_tokens);
            add(&mut self.cache_write_tokens, facts.cache_write_tokens);
            add(&mut self.reasoning_tokens, facts.reasoning_tokens);
            self.uncounted_calls += i64::from(facts.is_uncounted());
            if let Some(cost) = facts.cost {
                *self.cost.get_or_insert_default() += cost;
            } else {
                self.unpriced_calls += 1;
            }
            enter(&mut self.models, facts.model.as_deref());
        }
        enter(&mut self.agents, facts.agent.as_deref());
        self.findings += facts.findings;
        for category in &facts.finding_categories {
            enter(&mut self.finding_categories, Some(category));
        }
        self.add_names(facts);
    }

    /// What a root says of the trace counts; until one has come, what any span says.
    fn add_names(&mut self, facts: &Facts<'_>) {
        let is_first_root = facts.is_root && !self.has_root;
        let is_origin = facts.is_root && facts.parent_id.is_none();
        let counts = is_first_root || is_origin;
        let stated = [
            (&mut self.agent, &facts.agent),
            (&mut self.project, &facts.project),
            (&mut self.session, &facts.session),
            (&mut self.user, &facts.user),
            (&mut self.tenant, &facts.tenant),
        ];
        for (known, stated) in stated {
            if let Some(stated) = stated
                && (counts || known.is_none())
            {
                *known = Some(stated.clone().into_owned());
            }
        }
        if facts.threshold.is_some() && (counts || self.threshold.is_none()) {
            self.threshold = facts.threshold;
        }
        if counts {
            self.name = Some(facts.name.clone().into_owned());
        }
        if facts.is_root {
            // Of several roots one that failed is what matters.
            if self.status.as_deref() != Some("error") {
                self.status = Some(facts.status.to_owned());
            }
            self.has_root = true;
            self.interrupted = false;
        }
    }

    /// Writes what `before` did not have as labels, and models that spans asked for and others answered. A new start moves all
    /// of them.
    pub(super) fn write_labels(
        &self,
        connection: &Connection,
        before: &Self,
        added: &[Facts<'_>],
    ) -> rusqlite::Result<()> {
        if before.spans > 0 && before.start_ns != self.start_ns {
            connection
                .prepare_cached("UPDATE labels SET start_ns = ?2 WHERE trace = ?1")?
                .execute((self.id, self.start_ns))?;
        }
        let lists = [
            (MODEL, &self.models, &before.models),
            (AGENT, &self.agents, &before.agents),
            (FINDING, &self.finding_categories, &before.finding_categories),
        ];
        let mut insert = connection.prepare_cached(
            "INSERT OR IGNORE INTO labels (kind, label, start_ns, trace) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (kind, names, known) in lists {
            for name in names.iter().skip(known.len()) {
                insert.execute((kind, name, self.start_ns, self.id))?;
            }
        }
        let mut requested = Vec::new();
        for facts in added.iter().filter(|facts| facts.is_llm_call) {
            enter(&mut requested, facts.requested_model.as_deref());
        }
        for name in requested {
            insert.execute((MODEL, name, self.start_ns, self.id))?;
        }
        Ok(())
    }
}

/// The beginning of a query of whole rows of `traces AS t`.
pub(super) fn select_columns() -> String {
    let columns: Vec<String> = COLUMNS.iter().map(|column| format!("t.{column}")).collect();
    format!("SELECT {}", columns.join(", "))
}

fn add(sum: &mut Option<i64>, value: Option<i64>) {
    if let Some(value) = value {
        *sum = Some(sum.unwrap_or_default().saturating_add(value));
    }
}

fn enter(names: &mut Vec<String>, name: Option<&str>) {
    if let Some(name) = name
        && names.len() < MAX_NAMES
        && !names.iter().any(|known| known == name)
    {
        names.push(name.to_owned());
    }
}

fn list(names: &[String]) -> String {
    serde_json::Value::from(names).to_string()
}
