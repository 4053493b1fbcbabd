//! What standard output can show.

use std::env;
use std::io::{IsTerminal, stdout};

use otel_genai::export::tree::TreeStyle;

/// Returns the columns of a line: what `COLUMNS` says, else those of the terminal; `None` if it may be as long as it is.
pub(crate) fn width() -> Option<usize> {
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.filter(|columns| *columns > 0).or_else(|| {
        let (terminal_size::Width(columns), _) =
            stdout().is_terminal().then(terminal_size::terminal_size).flatten()?;
        Some(usize::from(columns))
    })
}

/// Tells whether colours are wanted: on a terminal that has them, unless `NO_COLOR` is set (<https://no-color.org>).
pub(crate) fn has_colours() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb
}

/// Returns how trees are drawn.
pub(super) fn tree_style() -> TreeStyle {
    width().map_or_else(TreeStyle::stdout, |columns| TreeStyle::stdout().with_width(columns))
}
