//! Columns for people.

use std::fmt;

pub(crate) use otel_genai::export::figures::printable;
use otel_genai::export::figures::shown_count;
use unicode_width::UnicodeWidthStr;

/// Writes rows of cells under each other, two spaces between the columns.
pub(crate) fn columns(formatter: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    // The last cell of a row needs no room after it, so it widens no column.
    let widths = |place: usize| {
        rows.iter()
            .filter_map(move |row| row.get(place).filter(|_| place + 1 < row.len()))
            .map(|cell| cell.width())
    };
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..most).map(|place| widths(place).max().unwrap_or(0)).collect();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
        }
        writeln!(formatter, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Says how many there are, with a comma between thousands.
pub(crate) fn number(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", shown_count(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Table(Vec<Vec<String>>);

    impl fmt::Display for Table {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            columns(formatter, &self.0)
        }
    }

    #[test]
    fn cells_are_aligned_and_control_characters_shown() {
        let rows = [&["a", "模型", "x"][..], &["bcd", "e", "y\u{1b}[31m"], &["a long last cell"]];
        let rows = rows.map(|row| row.iter().map(|cell| (*cell).to_owned()).collect());
        let expected = "a    模型  x\nbcd  e     y\\u{1b}[31m\na long last cell\n";
        assert_eq!(Table(rows.to_vec()).to_string(), expected);
    }
}
