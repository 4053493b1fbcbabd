//! `otel-genai sql`: questions that nobody has thought of.

use std::io::{self, BufWriter, IsTerminal, Read, StdoutLock, Write, stdin, stdout};
use std::ops::ControlFlow;

use clap::Args;
use otel_genai::export::store::{SqlValue, Store};
use serde_json::Value;

use super::calls::write_row;
use super::csv;
use super::location::StoreArguments;
use super::stop::{Stop, print};
use super::table::{Cell, Column, Layout};
use super::terminal;
use crate::failure::Failure;

/// The columns of a table fit these rows; later ones are cut.
const ROWS_LOOKED_AT: usize = 200;

/// Runs one SQL query, which can only read
///
/// The views `llm_calls` and `agent_runs` are made for this. A query can neither change the store nor read another file.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai sql 'SELECT model, count(*), sum(cost) FROM llm_calls GROUP BY model'
  otel-genai sql --csv 'SELECT * FROM agent_runs' > runs.csv
  otel-genai sql - < query.sql

Tables, views and their columns: docs/store.md in the repository. Bytes are shown in hexadecimal digits.

Exit code: 0 it ran; 1 the store cannot be read; 2 the query is not valid, or would do anything but read.")]
pub(crate) struct SqlArguments {
    /// The query, or - to read it from standard input
    query: String,

    #[command(flatten)]
    store: StoreArguments,

    /// Prints a JSON object per row and line
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// Prints comma-separated values, the names of the columns first
    #[arg(long)]
    csv: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &SqlArguments) -> Result<(), Failure> {
    let mut query = arguments.query.clone();
    if query == "-" {
        query.clear();
        stdin()
            .read_to_string(&mut query)
            .map_err(|error| Failure::Work(format!("cannot read standard input: {error}")))?;
    }
    let store = arguments.store.open()?;
    print(|output| match (arguments.json, arguments.csv) {
        (true, _) => each_row(&store, &query, |columns, row| write_object(output, columns, row)).map(drop),
        (_, true) => comma_separated(&store, &query, output),
        _ => table(&store, &query, output),
    })
}

/// Runs the query until the output is closed, and returns the names of the columns.
fn each_row(
    store: &Store,
    query: &str,
    mut write: impl FnMut(&[String], &[SqlValue]) -> io::Result<()>,
) -> Result<Vec<String>, Stop> {
    let mut written = Ok(());
    let columns = store.sql(query, |columns, row| {
        written = write(columns, row);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    Ok(columns)
}

fn comma_separated(store: &Store, query: &str, output: &mut impl Write) -> Result<(), Stop> {
    let header = |output: &mut dyn Write, columns: &[String]| {
        csv::write_record(&mut &mut *output, columns.iter().map(String::as_str))
    };
    let is_terminal = stdout().is_terminal();
    let mut is_first = true;
    let columns = each_row(store, query, |columns, row| {
        if std::mem::take(&mut is_first) {
            header(output, columns)?;
        }
        write_row(output, row, is_terminal)
    })?;
    if is_first {
        header(output, &columns)?;
    }
    Ok(())
}

fn table(store: &Store, query: &str, output: &mut BufWriter<StdoutLock<'static>>) -> Result<(), Stop> {
    let mut table = Table { first: Vec::new(), layout: None };
    let columns = each_row(store, query, |columns, row| table.add(columns, row, output))?;
    if table.layout.is_none() {
        table.begin(&columns, output)?;
    }
    Ok(())
}

struct Table {
    first: Vec<Vec<SqlValue>>,
    layout: Option<Layout>,
}

impl Table {
    fn add(&mut self, columns: &[String], row: &[SqlValue], output: &mut impl Write) -> io::Result<()> {
        if let Some(layout) = &self.layout {
            return output.write_all(layout.line(&cells(row)).as_bytes());
        }
        self.first.push(row.to_vec());
        if self.first.len() < ROWS_LOOKED_AT { Ok(()) } else { self.begin(columns, output) }
    }

    fn begin(&mut self, columns: &[String], output: &mut impl Write) -> io::Result<()> {
        let rows: Vec<Vec<Cell>> = self.first.iter().map(|row| cells(row)).collect();
        let columns = columns.iter().enumerate().map(|(place, name)| {
            let values = || self.first.iter().filter_map(|row| row.get(place));
            let is_number = values()
                .all(|value| matches!(value, SqlValue::Integer(_) | SqlValue::Real(_) | SqlValue::Null))
                && values().any(|value| *value != SqlValue::Null);
            if is_number { Column::number(name) } else { Column::words(name) }
        });
        let layout = Layout::new(columns.collect(), &rows, terminal::width(), terminal::has_colours());
        output.write_all(layout.header().as_bytes())?;
        for row in &rows {
            output.write_all(layout.line(row).as_bytes())?;
        }
        self.first.clear();
        self.layout = Some(layout);
        Ok(())
    }
}

fn cells(row: &[SqlValue]) -> Vec<Cell> {
    row.iter()
        .map(|value| match value {
            SqlValue::Null => Cell::unknown(),
            other => Cell::new(&plain_text(other)),
        })
        .collect()
}

/// Writes a row as an object whose members have the order of the columns.
fn write_object(output: &mut impl Write, columns: &[String], row: &[SqlValue]) -> io::Result<()> {
    for (index, (column, value)) in columns.iter().zip(row).enumerate() {
        output.write_all(if index == 0 { b"{" } else { b"," })?;
        serde_json::to_writer(&mut *output, column)?;
        output.write_all(b":")?;
        let value = match value {
            SqlValue::Null => Value::Null,
            SqlValue::Integer(number) => (*number).into(),
            // Infinities are null: JSON has none.
            SqlValue::Real(number) => (*number).into(),
            SqlValue::Text(text) => text.as_str().into(),
            SqlValue::Blob(_) => plain_text(value).into(),
        };
        serde_json::to_writer(&mut *output, &value)?;
    }
    output.write_all(b"}\n")
}

/// A value as text: nothing for none, bytes in hexadecimal digits.
pub(super) fn plain_text(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => String::new(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Real(number) => number.to_string(),
        SqlValue::Text(text) => text.clone(),
        SqlValue::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
