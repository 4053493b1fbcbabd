//! Tables on a terminal: aligned, and no wider than it is.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::plain::printable;

/// Blanks between two columns.
const GAP: usize = 2;

/// Words in fewer columns of the terminal are not worth the room.
const LEAST_WORDS: usize = 4;

/// How a cell is drawn, as an ANSI "select graphic rendition" code (ECMA-48, 8.3.117).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Bold,
    Dim,
    Red,
    Yellow,
}

impl Paint {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Red => Some("31"),
            Self::Yellow => Some("33"),
        }
    }
}

/// What stands in one place of a table.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    pub(crate) fn new(text: &str) -> Self {
        Self::painted(text, Paint::Plain)
    }

    pub(crate) fn painted(text: &str, paint: Paint) -> Self {
        Self { text: printable(text), paint }
    }

    /// What nobody knows, which is not zero.
    pub(crate) fn unknown() -> Self {
        Self::painted("-", Paint::Dim)
    }

    pub(crate) fn optional(text: Option<&str>) -> Self {
        text.map_or_else(Self::unknown, Self::new)
    }
}

/// One column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    name: String,
    is_number: bool,
    /// It may be cut to so many columns of the terminal; `None` if it must not be.
    least: Option<usize>,
}

impl Column {
    /// Words, which may be cut.
    pub(crate) fn words(name: &str) -> Self {
        Self { name: printable(name), is_number: false, least: Some(name.width().max(12)) }
    }

    /// What is of no use if it is cut.
    pub(crate) fn whole(name: &str) -> Self {
        Self { name: printable(name), is_number: false, least: None }
    }

    /// Numbers, at the right.
    pub(crate) fn number(name: &str) -> Self {
        Self { name: printable(name), is_number: true, least: None }
    }

    /// Sets how wide the column is at least, whatever stands in it: for rows that are still to come.
    pub(crate) fn at_least(mut self, columns: usize) -> Self {
        let blanks = columns.saturating_sub(self.name.width());
        if self.is_number {
            self.name.insert_str(0, &" ".repeat(blanks));
        } else {
            self.name.push_str(&" ".repeat(blanks));
        }
        self
    }
}

/// Where the columns of a table begin and end.
#[derive(Debug)]
pub(crate) struct Layout {
    columns: Vec<Column>,
    widths: Vec<usize>,
    /// Which columns are cut where a row, which may have come after the widths were set, has more.
    is_cut: Vec<bool>,
    has_colours: bool,
}

impl Layout {
    /// Fits columns to these rows and, if there is one, to a width.
    pub(crate) fn new(
        columns: Vec<Column>,
        rows: &[Vec<Cell>],
        width: Option<usize>,
        has_colours: bool,
    ) -> Self {
        let widest = |place: usize| {
            rows.iter().filter_map(move |row| row.get(place)).map(|cell| cell.text.width()).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = columns
            .iter()
            .enumerate()
            .map(|(place, column)| column.name.width().max(widest(place)))
            .collect();
        let natural = widths.clone();
        if let Some(width) = width {
            shrink(&columns, &mut widths, width);
        }
        let is_cut = |place: usize| {
            widths[place] < natural[place] || width.is_some() && columns[place].least.is_some()
        };
        let is_cut = (0..columns.len()).map(is_cut).collect();
        Self { columns, widths, is_cut, has_colours }
    }

    /// Returns the line with the names of the columns.
    pub(crate) fn header(&self) -> String {
        let names: Vec<Cell> = self
            .columns
            .iter()
            .map(|column| Cell { text: column.name.clone(), paint: Paint::Bold })
            .collect();
        self.line(&names)
    }

    /// Returns one row, with the end of the line.
    pub(crate) fn line(&self, cells: &[Cell]) -> String {
        let mut line = String::new();
        let mut owed = 0;
        let places = self.columns.iter().zip(&self.widths).zip(&self.is_cut);
        for (cell, ((column, width), is_cut)) in cells.iter().zip(places) {
            if *width == 0 {
                continue;
            }
            // Of a number, half would be another number: its row is rather too wide.
            let (text, columns) = cut(&cell.text, if *is_cut { *width } else { usize::MAX });
            let blanks = width.saturating_sub(columns);
            let before = if column.is_number { blanks } else { 0 };
            // Blanks at the end of a line are never written.
            line.extend(std::iter::repeat_n(' ', owed + before));
            match cell.paint.code().filter(|_| self.has_colours) {
                Some(code) => line.extend(["\u{1b}[", code, "m", &text, "\u{1b}[0m"]),
                None => line.push_str(&text),
            }
            owed = GAP + blanks - before;
        }
        let mut line = if self.has_colours { line } else { line.trim_end().to_owned() };
        line.push('\n');
        line
    }
}

/// Makes columns narrower until all fit: the widest of those that may be cut, then the last ones, which may vanish.
fn shrink(columns: &[Column], widths: &mut [usize], width: usize) {
    let total = |widths: &[usize]| {
        widths.iter().filter(|width| **width > 0).map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
    };
    let natural = widths.to_vec();
    while total(widths) > width {
        let widest = (0..widths.len())
            .filter(|place| columns[*place].least.is_some_and(|least| widths[*place] > least))
            .max_by_key(|place| widths[*place]);
        match widest {
            Some(place) => widths[place] -= 1,
            None => break,
        }
    }
    for place in (0..widths.len()).rev() {
        let excess = total(widths).saturating_sub(width);
        if excess == 0 {
            break;
        }
        // A little of a column says more than nothing of it; the first one is never left out.
        let is_cut = columns[place].least.is_some() && widths[place] > excess + LEAST_WORDS;
        widths[place] = match (is_cut, place) {
            (true, _) => widths[place] - excess,
            (false, 0) => width.max(1),
            (false, _) => 0,
        };
    }
    // What columns that vanished leave over is for those that were cut.
    for place in 0..widths.len() {
        if widths[place] > 0 && columns[place].least.is_some() {
            let left = width.saturating_sub(total(widths));
            widths[place] += natural[place].saturating_sub(widths[place]).min(left);
        }
    }
}

/// Cuts a text to a width; a cut one ends with `…`.
fn cut(text: &str, width: usize) -> (String, usize) {
    let whole = text.width();
    if whole <= width {
        return (text.to_owned(), whole);
    }
    let mut columns = 0;
    let mut kept = String::new();
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if columns + wide + 1 > width {
            break;
        }
        columns += wide;
        kept.push(character);
    }
    kept.push('…');
    (kept, columns + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(width: Option<usize>, has_colours: bool) -> String {
        let columns =
            vec![Column::whole("ID"), Column::words("NAME"), Column::number("COST"), Column::words("MODELS")];
        let rows = vec![
            vec![
                Cell::new("1"),
                Cell::new("a name that is long"),
                Cell::new("$0.12"),
                Cell::new("模型-a, 模型-b, 模型-c"),
            ],
            vec![
                Cell::painted("22", Paint::Red),
                Cell::new("short\u{1b}[2J"),
                Cell::unknown(),
                Cell::new("m"),
            ],
        ];
        let layout = Layout::new(columns, &rows, width, has_colours);
        let lines: Vec<String> = rows.iter().map(|row| layout.line(row)).collect();
        layout.header() + &lines.concat()
    }

    #[test]
    fn columns_are_aligned_and_cut() {
        insta::assert_snapshot!(drawn(None, false), @r"
        ID  NAME                  COST  MODELS
        1   a name that is long  $0.12  模型-a, 模型-b, 模型-c
        22  short\u{1b}[2J           -  m
        ");
        insta::assert_snapshot!(drawn(Some(40), false), @r"
        ID  NAME             COST  MODELS
        1   a name that i…  $0.12  模型-a, 模型…
        22  short\u{1b}[2J      -  m
        ");
        insta::assert_snapshot!(drawn(Some(20), false), @r"
        ID  NAME
        1   a name that is …
        22  short\u{1b}[2J
        ");
    }

    #[test]
    fn colours_are_only_where_they_are_wanted() {
        assert!(!drawn(None, false).contains('\u{1b}'));
        assert!(drawn(None, true).contains("\u{1b}[31m22\u{1b}[0m"));
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_for(
            rows in prop::collection::vec(prop::collection::vec("\\PC{0,20}", 4), 0..4),
            width in 1usize..60,
        ) {
            let rows: Vec<Vec<Cell>> =
                rows.iter().map(|row| row.iter().map(|text| Cell::new(text)).collect()).collect();
            let columns = vec![Column::whole("A"), Column::words("B"), Column::number("C"), Column::words("D")];
            let layout = Layout::new(columns, &rows, Some(width), false);
            for line in rows.iter().map(|row| layout.line(row)).chain([layout.header()]) {
                prop_assert!(line.trim_end_matches('\n').width() <= width, "{line:?}");
            }
        }
    }
}
