-- Schema 1 of the store. Released: never edit, add `schema_2.sql`. docs/store.md explains what stands where.
--
-- A trace's `id` is its number in this file, never used again. What belongs to it has ids from `id << 20` on, so that it
-- lies together on disk and is found, and deleted, as one range.

CREATE TABLE properties (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

-- Which processes write, to know of a trace without its root whether it still runs.
CREATE TABLE writers (
    id INTEGER PRIMARY KEY,
    process TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;

CREATE TABLE traces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trace_id BLOB NOT NULL UNIQUE,
    name TEXT,
    agent TEXT,
    project TEXT,
    session TEXT,
    user TEXT,
    tenant TEXT,
    start_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL,
    duration_ns INTEGER NOT NULL,
    status TEXT,
    has_root INTEGER NOT NULL,
    interrupted INTEGER NOT NULL,
    spans INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    llm_calls INTEGER NOT NULL,
    tool_calls INTEGER NOT NULL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    uncounted_calls INTEGER NOT NULL,
    cost REAL,
    unpriced_calls INTEGER NOT NULL,
    models TEXT NOT NULL,
    agents TEXT NOT NULL,
    findings INTEGER NOT NULL,
    finding_categories TEXT NOT NULL,
    threshold INTEGER,
    writer INTEGER,
    next_part INTEGER NOT NULL
) STRICT;
CREATE INDEX traces_by_start ON traces (start_ns);
CREATE INDEX traces_by_session ON traces (session, start_ns) WHERE session IS NOT NULL;
CREATE INDEX traces_by_user ON traces (user, start_ns) WHERE user IS NOT NULL;
CREATE INDEX traces_by_project ON traces (project, start_ns) WHERE project IS NOT NULL;
CREATE INDEX traces_by_tenant ON traces (tenant, start_ns) WHERE tenant IS NOT NULL;
CREATE INDEX traces_by_name ON traces (name, start_ns) WHERE name IS NOT NULL;
CREATE INDEX traces_with_error ON traces (start_ns) WHERE status = 'error';
CREATE INDEX traces_without_root ON traces (writer, start_ns) WHERE has_root = 0;
CREATE INDEX traces_by_cost ON traces (cost) WHERE cost IS NOT NULL;
CREATE INDEX traces_by_duration ON traces (duration_ns);

-- Of what a trace has several: kind 1 models, 2 agents, 3 categories of findings.
CREATE TABLE labels (
    kind INTEGER NOT NULL,
    label TEXT NOT NULL,
    start_ns INTEGER NOT NULL,
    trace INTEGER NOT NULL,
    PRIMARY KEY (kind, label, start_ns, trace)
) STRICT, WITHOUT ROWID;
CREATE INDEX labels_by_trace ON labels (trace);

CREATE TABLE spans (
    trace INTEGER NOT NULL,
    span_id BLOB NOT NULL,
    segment INTEGER NOT NULL,
    parent_id BLOB,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    role TEXT,
    operation TEXT,
    provider TEXT,
    model TEXT,
    agent TEXT,
    tool TEXT,
    status TEXT NOT NULL,
    error_type TEXT,
    start_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL,
    is_llm_call INTEGER NOT NULL,
    is_tool_call INTEGER NOT NULL,
    duplicate_of TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    usage_source TEXT,
    cost REAL,
    findings INTEGER NOT NULL,
    threshold INTEGER,
    PRIMARY KEY (trace, span_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX llm_calls_by_start ON spans (start_ns) WHERE is_llm_call = 1;

-- The spans of one trace that came together: one line of OTLP JSON, compressed; long texts stand in `contents`.
CREATE TABLE segments (id INTEGER PRIMARY KEY, spans INTEGER NOT NULL, bytes INTEGER NOT NULL, data BLOB NOT NULL) STRICT;

-- Texts, each once. The id belongs to the trace that brought it first; other traces that hold it are in `content_uses`.
CREATE TABLE contents (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, bytes INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE content_uses (
    trace INTEGER NOT NULL,
    content INTEGER NOT NULL,
    PRIMARY KEY (trace, content)
) STRICT, WITHOUT ROWID;
CREATE INDEX content_uses_by_content ON content_uses (content);

-- Sums, so that totals need no scan. An absent name is ''; a threshold of -1 is one that is not known.
CREATE TABLE hourly (
    hour INTEGER NOT NULL,
    project TEXT NOT NULL,
    agent TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    threshold INTEGER NOT NULL,
    runs INTEGER NOT NULL,
    spans INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    llm_calls INTEGER NOT NULL,
    failed_calls INTEGER NOT NULL,
    tool_calls INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    uncounted_calls INTEGER NOT NULL,
    cost REAL NOT NULL,
    unpriced_calls INTEGER NOT NULL,
    call_duration_ns INTEGER NOT NULL,
    PRIMARY KEY (hour, project, agent, provider, model, threshold)
) STRICT, WITHOUT ROWID;

-- One row per segment, with the segment's id; holds which words occur, not the text.
CREATE VIRTUAL TABLE texts USING fts5 (
    text, content = '', contentless_delete = 1, detail = none, tokenize = 'unicode61 remove_diacritics 2'
);

-- A batch of 1 MiB of text is sorted in memory in one go, and merged with what is there half as often as by default.
INSERT INTO texts (texts, rank) VALUES ('hashsize', 8388608);
INSERT INTO texts (texts, rank) VALUES ('automerge', 8);

CREATE VIEW llm_calls AS
SELECT
    lower(hex(t.trace_id)) AS trace_id,
    lower(hex(s.span_id)) AS span_id,
    lower(hex(s.parent_id)) AS parent_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.start_ns / 1e9, 'unixepoch') AS started,
    (s.end_ns - s.start_ns) / 1e9 AS seconds,
    s.name AS name,
    s.operation AS operation,
    s.provider AS provider,
    s.model AS model,
    coalesce(s.agent, t.agent) AS agent,
    t.project AS project,
    t.session AS session,
    t.user AS user,
    t.tenant AS tenant,
    s.status AS status,
    s.error_type AS error_type,
    s.input_tokens AS input_tokens,
    s.output_tokens AS output_tokens,
    s.cache_read_tokens AS cache_read_tokens,
    s.cache_write_tokens AS cache_write_tokens,
    s.reasoning_tokens AS reasoning_tokens,
    s.usage_source AS usage_source,
    s.cost AS cost,
    s.findings AS findings,
    s.threshold AS threshold,
    s.start_ns AS start_ns,
    s.end_ns AS end_ns
FROM spans AS s JOIN traces AS t ON t.id = s.trace
WHERE s.is_llm_call = 1;

CREATE VIEW agent_runs AS
SELECT
    lower(hex(trace_id)) AS trace_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', start_ns / 1e9, 'unixepoch') AS started,
    duration_ns / 1e9 AS seconds,
    name,
    agent,
    project,
    session,
    user,
    tenant,
    CASE
        WHEN has_root = 1 THEN CASE status WHEN 'error' THEN 'error' ELSE 'ok' END
        WHEN interrupted = 1 THEN 'interrupted'
        ELSE 'running'
    END AS status,
    spans,
    errors,
    llm_calls,
    tool_calls,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_write_tokens,
    reasoning_tokens,
    uncounted_calls,
    cost,
    unpriced_calls,
    models,
    agents,
    findings,
    finding_categories,
    threshold,
    start_ns,
    end_ns
FROM traces;
