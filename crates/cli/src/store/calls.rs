//! Model calls as comma-separated values.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::{SystemTime, UNIX_EPOCH};

use otel_genai::export::store::{SqlValue, Store, StoreError, TraceSummary};

use super::csv;
use super::sql::plain_text;
use super::stop::Stop;
use crate::plain::printable;

/// The columns are those of the view, in its order.
const CALLS: &str = "SELECT * FROM llm_calls";

/// Writes the names of the columns.
pub(super) fn write_header(store: &Store, output: &mut impl Write) -> Result<(), Stop> {
    let columns = store.sql(&format!("{CALLS} LIMIT 0"), |_, _| ControlFlow::Break(()))?;
    Ok(csv::write_record(output, columns.iter().map(String::as_str))?)
}

/// Writes the model calls of a trace, and returns how many they are, or why the trace cannot be read.
pub(super) fn write_calls(
    store: &Store,
    trace: &TraceSummary,
    output: &mut impl Write,
    is_terminal: bool,
) -> io::Result<Result<usize, StoreError>> {
    if trace.llm_calls == 0 {
        return Ok(Ok(0));
    }
    // The times let the index of calls by their start find them: the view's id is computed. The trace may still grow.
    let query = format!(
        "{CALLS} WHERE start_ns >= {} AND start_ns <= {} AND trace_id = '{}' ORDER BY start_ns, span_id",
        nanoseconds(trace.start),
        nanoseconds(trace.end),
        trace.trace_id
    );
    let (mut count, mut written) = (0, Ok(()));
    let read = store.sql(&query, |_, row| {
        count += 1;
        written = write_row(output, row, is_terminal);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    written?;
    Ok(read.map(|_| count))
}

fn nanoseconds(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

/// Writes one row; what is not known is empty. For a terminal, what would command it is shown as what it is.
pub(super) fn write_row(output: &mut impl Write, row: &[SqlValue], is_terminal: bool) -> io::Result<()> {
    let text = |value| if is_terminal { printable(&plain_text(value)) } else { plain_text(value) };
    let fields: Vec<String> = row.iter().map(text).collect();
    csv::write_record(output, fields.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_shown_what_a_file_gets_as_it_is() {
        let row = [SqlValue::Text("red \u{1b}[31m\nnext".into()), SqlValue::Null, SqlValue::Integer(1)];
        for (is_terminal, expected) in
            [(true, "red \\u{1b}[31m\\nnext,,1\n"), (false, "\"red \u{1b}[31m\nnext\",,1\n")]
        {
            let mut output = Vec::new();
            write_row(&mut output, &row, is_terminal).expect("memory");
            assert_eq!(String::from_utf8_lossy(&output), expected);
        }
    }
}
