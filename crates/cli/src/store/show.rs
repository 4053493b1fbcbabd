//! `otel-genai show`: one trace as a tree.

use std::io::Write;

use clap::Args;
use opentelemetry::trace::TraceId;
use otel_genai::Span;
use otel_genai::export::figures::shown_duration;
use otel_genai::export::store::{Store, StoredTrace, TraceFilter, TraceSummary};
use otel_genai::export::tree;
use serde::Serialize;

use super::location::StoreArguments;
use super::span_line::SpanLine;
use super::stop::{print, write_json};
use super::summary_line::SummaryLine;
use super::{messages, terminal};
use crate::failure::Failure;
use crate::moment;
use crate::plain::{self, printable};

/// Shows one trace: its spans as a tree with durations, tokens, cost, findings and errors
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai show                      the newest trace
  otel-genai show 4bf92f35 --messages  what was said in its model calls
  otel-genai show --attributes --full  all that is known, nothing cut
  otel-genai show last --json

Exit code: 0 it is shown; 1 there is no such trace, or the store cannot be read; 2 wrong usage.")]
pub(crate) struct ShowArguments {
    /// Id of the trace, its first digits if no other begins so, or `last` for the newest
    #[arg(value_name = "TRACE", default_value = "last")]
    trace: String,

    #[command(flatten)]
    store: StoreArguments,

    /// Prints the messages of the model calls below the tree
    #[arg(long, conflicts_with = "json")]
    messages: bool,

    /// Prints every attribute of every span
    #[arg(long, conflicts_with = "json")]
    attributes: bool,

    /// Cuts no line of the tree, however wide the terminal is
    #[arg(long, conflicts_with = "json")]
    full: bool,

    /// Prints one JSON object, with the spans and their attributes
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &ShowArguments) -> Result<(), Failure> {
    let store = arguments.store.open()?;
    let trace_id = find(&store, &arguments.trace)?;
    let Some(trace) = store.trace(trace_id)? else { return Err(unknown(&arguments.trace)) };
    let tree = trace.tree();
    let StoredTrace { summary, spans, .. } = trace;
    let spans: Vec<Span> = spans.into_iter().map(|read| read.span.into()).collect();
    print(|output| {
        if arguments.json {
            let spans = tree.iter().map(|entry| SpanLine::new(&spans[entry.index], entry.depth)).collect();
            return Ok(write_json(output, &TraceLine { summary: (&summary).into(), tree: spans })?);
        }
        let mut style = terminal::tree_style().with_attributes(arguments.attributes);
        if arguments.full {
            style = style.with_width(usize::MAX);
        }
        writeln!(output, "{}", heading(&summary))?;
        output.write_all(tree::render(&spans, style).as_bytes())?;
        if arguments.messages {
            let in_order = tree.iter().map(|entry| &spans[entry.index]);
            output.write_all(messages::render(in_order).as_bytes())?;
        }
        Ok(())
    })
}

/// Finds the trace that somebody means.
pub(super) fn find(store: &Store, wanted: &str) -> Result<TraceId, Failure> {
    if wanted == "last" {
        let newest = store.traces(&TraceFilter::new().limit(1))?.traces.into_iter().next();
        return newest.map(|trace| trace.trace_id).ok_or_else(|| {
            let store = store.path().display();
            Failure::Work(format!("no traces yet in {store}: `otel-genai import FILE` adds recorded ones"))
        });
    }
    if wanted.trim().is_empty() {
        return Err(Failure::Usage(
            "the trace is empty: expected `last`, or an id in hexadecimal digits or the first ones of it"
                .into(),
        ));
    }
    let is_id = (1..=32).contains(&wanted.len()) && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_id {
        let wanted = printable(wanted);
        return Err(Failure::Usage(format!(
            "{wanted} is no trace: expected `last`, or an id in hexadecimal digits or the first ones of it"
        )));
    }
    let found = store.find(wanted)?;
    match found.as_slice() {
        [] => Err(unknown(wanted)),
        [one] => Ok(*one),
        several => {
            let ids: Vec<String> = several.iter().take(3).map(ToString::to_string).collect();
            let more = if several.len() > 3 { ", …" } else { "" };
            Err(Failure::Work(format!(
                "several traces begin with {wanted}: {}{more}; give more digits",
                ids.join(", ")
            )))
        }
    }
}

fn unknown(wanted: &str) -> Failure {
    Failure::Work(format!(
        "there is no trace {wanted} in the store; `otel-genai traces` lists those that there are"
    ))
}

/// When it was, whose it is, how it ended.
fn heading(trace: &TraceSummary) -> String {
    let mut facts =
        vec![moment::show(trace.start), shown_duration(trace.duration()), trace.status.as_str().to_owned()];
    let said = [
        ("agent", &trace.agent),
        ("project", &trace.project),
        ("session", &trace.session),
        ("user", &trace.user),
        ("tenant", &trace.tenant),
    ];
    facts.extend(said.into_iter().filter_map(|(what, name)| Some(format!("{what} {}", name.as_ref()?))));
    if trace.findings > 0 {
        let categories = match trace.finding_categories.join(", ") {
            none if none.is_empty() => none,
            categories => format!(" ({categories})"),
        };
        facts.push(plain::number(trace.findings, "finding", "findings") + &categories);
    }
    printable(&facts.join(" · "))
}

#[derive(Serialize)]
struct TraceLine<'a> {
    #[serde(flatten)]
    summary: SummaryLine<'a>,
    tree: Vec<SpanLine>,
}
