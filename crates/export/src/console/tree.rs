//! A trace as a tree of lines.

use std::io::{self, IsTerminal};

use opentelemetry::Value;
use opentelemetry::trace::{Status, TraceId};
use otel_genai_pipeline::Span;
use otel_genai_semconv::names::otel_genai;
use otel_genai_semconv::{GenAiSpan, TokenUsage};

use super::figures::{shown_cost, shown_count, shown_duration};
use super::guardrails;
use super::line::{Line, Paint, fitted};
use super::order::{Place, places};
use super::totals::{Sum, Totals, is_duplicate};
use super::waiting::WHOLE;

/// The width that is assumed where none is known, in columns.
pub const DEFAULT_WIDTH: usize = 140;

/// The narrowest width that anything is drawn in, in columns.
const MIN_WIDTH: usize = 40;

/// Spans deeper than this are drawn at this depth, marked with `⋯`: beyond it nothing would be left of the line.
const MAX_DRAWN_DEPTH: usize = 16;

/// How a tree is drawn.
///
/// # Examples
///
/// ```
/// use otel_genai_export::tree::TreeStyle;
///
/// let style = TreeStyle::default().with_width(80).with_attributes(true);
/// # let _ = style;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeStyle {
    width: usize,
    colours: bool,
    attributes: bool,
}

impl Default for TreeStyle {
    /// [`DEFAULT_WIDTH`], no colours, no attributes.
    fn default() -> Self {
        Self { width: DEFAULT_WIDTH, colours: false, attributes: false }
    }
}

impl TreeStyle {
    /// Returns the style that fits standard output: coloured when that is a terminal, `NO_COLOR` is not set and `TERM`
    /// is not `dumb`, and as wide as `COLUMNS` says.
    pub fn stdout() -> Self {
        Self::terminal(io::stdout().is_terminal())
    }

    /// Returns the style that fits standard error, likewise.
    pub fn stderr() -> Self {
        Self::terminal(io::stderr().is_terminal())
    }

    fn terminal(is_terminal: bool) -> Self {
        // Set and not empty, says https://no-color.org.
        let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        let style = Self::default().with_colours(is_terminal && !is_unwanted);
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        columns.map_or(style, |columns| style.with_width(columns))
    }

    /// Sets the width of a line in columns; less than 40 counts as 40.
    #[must_use]
    pub fn with_width(mut self, columns: usize) -> Self {
        self.width = columns.max(MIN_WIDTH);
        self
    }

    /// Turns ANSI colours on or off.
    #[must_use]
    pub fn with_colours(mut self, colours: bool) -> Self {
        self.colours = colours;
        self
    }

    /// Shows every attribute of every span below it.
    #[must_use]
    pub fn with_attributes(mut self, attributes: bool) -> Self {
        self.attributes = attributes;
        self
    }
}

/// Draws spans as trees, one per trace, in the order in which the traces first occur.
///
/// A line per span: name, duration, and what is known of a model call (model, tokens, cost in USD), a tool, an error.
/// Guardrails that fired stand on their span, a guess with a question mark; what redaction took out is counted.
/// Below each trace its sums, and the kinds of guardrails that its summary misses. `≥` stands before a sum when a call did not say its part; a call that another span
/// already reports is not counted. A span whose parent is not among `spans` is drawn as a root, with its parent's id as a hint.
///
/// Everything the spans say is made safe for a terminal, and cut where a line is full.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otel_genai_export::tree;
/// use otel_genai_pipeline::testing::SpanBuilder;
///
/// let agent = SpanBuilder::new("invoke_agent").trace(7).times(Duration::ZERO, Duration::from_millis(1500)).build();
/// let chat = SpanBuilder::new("chat gpt-4o")
///     .child_of(&agent)
///     .times(Duration::from_millis(1), Duration::from_millis(900))
///     .attribute("gen_ai.operation.name", "chat")
///     .attribute("gen_ai.request.model", "gpt-4o")
///     .attribute("gen_ai.usage.input_tokens", 1200)
///     .attribute("gen_ai.usage.output_tokens", 80)
///     .build();
/// let text = tree::render(&[chat, agent], tree::TreeStyle::default());
/// assert_eq!(text, "\
/// trace 00000000000000000000000000000007
/// invoke_agent       1.50s
/// └─ chat gpt-4o     900ms  gpt-4o · 1,200 in · 80 out
/// 2 spans · 1 LLM call · 1,200 in · 80 out
/// ");
/// ```
pub fn render(spans: &[Span], style: TreeStyle) -> String {
    let mut output = String::new();
    for (trace_id, spans) in by_trace(spans) {
        if !output.is_empty() {
            output.push('\n');
        }
        draw(trace_id, &spans, WHOLE, style, &mut output);
    }
    output
}

fn by_trace(spans: &[Span]) -> Vec<(TraceId, Vec<&Span>)> {
    let mut traces: Vec<(TraceId, Vec<&Span>)> = Vec::new();
    let mut index_of_trace = std::collections::HashMap::new();
    for span in spans {
        let index = *index_of_trace.entry(span.trace_id()).or_insert_with(|| {
            traces.push((span.trace_id(), Vec::new()));
            traces.len() - 1
        });
        traces[index].1.push(span);
    }
    traces
}

/// Draws spans of one trace, with a hint in the first line if they are not all of it.
pub(super) fn draw(trace_id: TraceId, spans: &[&Span], hint: &str, style: TreeStyle, output: &mut String) {
    let mut header = Line::new(style.width, style.colours);
    header.push(Paint::Bold, &format!("trace {trace_id}"));
    if hint != WHOLE {
        header.push(Paint::Yellow, &format!("  ({hint})"));
    }
    header.finish(output);
    let places = places(spans);
    // Names share a column, which takes at most half of the width.
    let name_columns = places
        .iter()
        .map(|place| drawn_depth(*place) * 3 + fitted(spans[place.index].name(), style.width).columns)
        .max()
        .unwrap_or(0)
        .min(style.width / 2);
    let mut open_branches: Vec<bool> = Vec::new();
    for place in places {
        let span = spans[place.index];
        open_branches.truncate(drawn_depth(place));
        let mut line = Line::new(style.width, style.colours);
        let branches = branches(place, &open_branches);
        line.push(Paint::Dim, &branches);
        let name = fitted(span.name(), name_columns.saturating_sub(drawn_depth(place) * 3).max(1));
        line.push(if GenAiSpan::new(span).is_llm_call() { Paint::Bold } else { Paint::Plain }, &name.text);
        line.pad(name_columns.saturating_sub(drawn_depth(place) * 3 + name.columns));
        line.push(Paint::Dim, &format!("  {:>8}", shown_duration(span.duration())));
        details(span, place, &mut line);
        line.finish(output);
        if drawn_depth(place) < MAX_DRAWN_DEPTH {
            open_branches.push(!place.is_last && place.depth > 0);
        }
        if style.attributes {
            attributes(span, &open_branches, style, output);
        }
    }
    footer(&Totals::of(spans), style, output);
    let missing = guardrails::missing(spans);
    if !missing.is_empty() {
        let mut line = Line::new(style.width, style.colours);
        line.push(Paint::Dim, &format!("no guardrail seen for {}", missing.join(", ")));
        line.finish(output);
    }
}

fn drawn_depth(place: Place) -> usize {
    place.depth.min(MAX_DRAWN_DEPTH)
}

/// The lines that lead to a span: `│  ├─ `.
fn branches(place: Place, open_branches: &[bool]) -> String {
    if place.depth == 0 {
        return String::new();
    }
    let mut text = stems(open_branches);
    text.push(if place.is_last { '└' } else { '├' });
    text.push_str(if place.depth > MAX_DRAWN_DEPTH { "⋯ " } else { "─ " });
    text
}

/// The branches that pass a line by; the root has none.
fn stems(open_branches: &[bool]) -> String {
    open_branches.iter().skip(1).map(|is_open| if *is_open { "│  " } else { "   " }).collect()
}

fn details(span: &Span, place: Place, line: &mut Line) {
    let view = GenAiSpan::new(span);
    let mut details: Vec<(Paint, String)> = Vec::new();
    if view.is_llm_call() {
        details.extend(view.model().map(|model| (Paint::Cyan, model.to_owned())));
        // What was counted from texts is no count of the provider's.
        let is_estimate = span.get(otel_genai::USAGE_METHOD).is_some();
        let about = if is_estimate { "~" } else { "" };
        let usage = shown_usage(&view.usage());
        details.extend(usage.into_iter().map(|tokens| (Paint::Plain, format!("{about}{tokens}"))));
        details.extend(view.cost().map(|cost| (Paint::Yellow, format!("{about}{}", shown_cost(cost)))));
        details.extend(
            span.get_str(otel_genai::COST_UNKNOWN)
                .map(|reason| (Paint::Dim, format!("no cost: {}", reason.replace('_', " ")))),
        );
        if is_duplicate(span) {
            details.push((Paint::Dim, "counted elsewhere".to_owned()));
        }
    }
    details.extend(view.tool_name().map(|tool| (Paint::Cyan, format!("tool {tool}"))));
    details
        .extend(guardrails::fired(span).into_iter().map(|name| (Paint::Red, format!("guardrail: {name}"))));
    if let Some(Value::I64(count)) = span.get(otel_genai::REDACTION_COUNT) {
        details.push((Paint::Dim, format!("{count} redacted")));
    }
    if let Status::Error { description } = span.status() {
        let reason = if description.is_empty() { view.error_type().unwrap_or_default() } else { description };
        details.push((Paint::Red, format!("✗ {reason}")));
    }
    if place.depth == 0
        && let Some(parent) = span.parent_span_id()
    {
        let remote = if span.has_remote_parent() { " (remote)" } else { "" };
        details.push((Paint::Dim, format!("parent {parent}{remote}")));
    }
    line.pad(2);
    line.push_list(&details);
}

fn attributes(span: &Span, open_branches: &[bool], style: TreeStyle, output: &mut String) {
    for attribute in span.attributes() {
        let mut line = Line::new(style.width, style.colours);
        line.push(Paint::Dim, &stems(open_branches));
        line.push(Paint::Dim, &format!("     {} = ", attribute.key));
        line.push(Paint::Plain, &attribute.value.as_str());
        line.finish(output);
    }
}

fn footer(totals: &Totals, style: TreeStyle, output: &mut String) {
    let mut parts = vec![(Paint::Plain, counted(totals.spans, "span"))];
    if totals.llm_calls > 0 {
        parts.push((Paint::Plain, counted(totals.llm_calls, "LLM call")));
    }
    let tokens = |sum: Sum<u64>, what| shown_sum(sum, |tokens| format!("{} {what}", shown_count(tokens)));
    parts.extend(tokens(totals.input_tokens, "in").map(|text| (Paint::Plain, text)));
    parts.extend(tokens(totals.output_tokens, "out").map(|text| (Paint::Plain, text)));
    parts.extend(shown_sum(totals.cost, shown_cost).map(|text| (Paint::Yellow, text)));
    if totals.errors > 0 {
        parts.push((Paint::Red, counted(totals.errors, "error")));
    }
    let mut line = Line::new(style.width, style.colours);
    line.push_list(&parts);
    line.finish(output);
}

fn shown_sum<T>(sum: Sum<T>, show: impl Fn(T) -> String) -> Option<String> {
    sum.known.map(|known| format!("{}{}", if sum.is_partial { "≥ " } else { "" }, show(known)))
}

fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", shown_count(count as u64), if count == 1 { "" } else { "s" })
}

fn shown_usage(usage: &TokenUsage) -> Vec<String> {
    let part = |total: Option<u64>, what: &str, part: Option<u64>, part_name: &str| {
        total.map(|total| {
            let detail = part
                .filter(|part| *part > 0)
                .map_or_else(String::new, |part| format!(" ({} {part_name})", shown_count(part)));
            format!("{} {what}{detail}", shown_count(total))
        })
    };
    let input = part(usage.input, "in", usage.cache_read, "cached");
    let output = part(usage.output, "out", usage.reasoning, "reasoning");
    input.into_iter().chain(output).collect()
}
