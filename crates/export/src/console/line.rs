//! One line of a terminal: safe, coloured, and no longer than asked for.

use unicode_width::UnicodeWidthChar;

use super::figures::is_unsafe;

/// How a piece of text is drawn, as an ANSI "select graphic rendition" code (ECMA-48, 8.3.117).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Bold,
    Dim,
    Red,
    Yellow,
    Cyan,
}

impl Paint {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Red => Some("31"),
            Self::Yellow => Some("33"),
            Self::Cyan => Some("36"),
        }
    }
}

const SEPARATOR: &str = " · ";
const SEPARATOR_COLUMNS: usize = 3;
/// One column more than there can be left, so that it is cut to `…` and the line is full.
const NO_ROOM: &str = "    ";

/// A line that is being put together.
#[derive(Debug)]
pub(super) struct Line {
    text: String,
    /// The columns that are left.
    left: usize,
    colours: bool,
}

impl Line {
    pub(super) fn new(width: usize, colours: bool) -> Self {
        Self { text: String::new(), left: width, colours }
    }

    /// Adds text, which may come from anywhere: it is made safe, and cut with `…` where the line is full.
    pub(super) fn push(&mut self, paint: Paint, text: &str) {
        if self.left == 0 || text.is_empty() {
            return;
        }
        let fitted = fitted(text, self.left);
        self.left -= fitted.columns;
        if fitted.is_cut {
            self.left = 0;
        }
        match paint.code().filter(|_| self.colours) {
            Some(code) => {
                self.text.push_str("\u{1b}[");
                self.text.push_str(code);
                self.text.push('m');
                self.text.push_str(&fitted.text);
                self.text.push_str("\u{1b}[0m");
            }
            None => self.text.push_str(&fitted.text),
        }
    }

    /// Adds texts with ` · ` between them.
    pub(super) fn push_list(&mut self, items: &[(Paint, String)]) {
        for (index, (paint, item)) in items.iter().enumerate() {
            if index > 0 {
                // No separator without something after it: what is left out is shown as left out.
                self.push(Paint::Dim, if self.left > SEPARATOR_COLUMNS { SEPARATOR } else { NO_ROOM });
            }
            self.push(*paint, item);
        }
    }

    /// Adds blanks.
    pub(super) fn pad(&mut self, columns: usize) {
        let columns = columns.min(self.left);
        self.left -= columns;
        self.text.extend(std::iter::repeat_n(' ', columns));
    }

    /// Ends the line.
    pub(super) fn finish(self, output: &mut String) {
        output.push_str(self.text.trim_end_matches(' '));
        output.push('\n');
    }
}

/// A text as a terminal may show it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fitted {
    pub(super) text: String,
    pub(super) columns: usize,
    pub(super) is_cut: bool,
}

/// Makes a text safe and fits it into so many columns, at least one.
pub(super) fn fitted(text: &str, width: usize) -> Fitted {
    let mut fitted = Fitted { text: String::new(), columns: 0, is_cut: false };
    // Where to cut if more comes than fits: one column before the end, for the `…`.
    let mut cut = (0, 0);
    for character in text.chars() {
        let columns = if is_unsafe(character) {
            character.escape_default().count()
        } else {
            character.width().unwrap_or(0)
        };
        if fitted.columns + columns > width {
            fitted.text.truncate(cut.0);
            fitted.text.push('…');
            return Fitted { columns: cut.1 + 1, is_cut: true, ..fitted };
        }
        fitted.columns += columns;
        if is_unsafe(character) {
            fitted.text.extend(character.escape_default());
        } else {
            fitted.text.push(character);
        }
        if fitted.columns < width {
            cut = (fitted.text.len(), fitted.columns);
        }
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn what_could_command_a_terminal_is_escaped() {
        let evil = "a\u{1b}]0;title\u{7}\u{9b}31m\r\n\tb\u{202e}c\u{200d}";
        let shown = fitted(evil, 200).text;
        assert_eq!(shown, "a\\u{1b}]0;title\\u{7}\\u{9b}31m\\r\\n\\tb\\u{202e}c\\u{200d}");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(fitted("日本語", 6).text, "日本語");
        assert_eq!(fitted("日本語", 5).text, "日本…");
        assert_eq!(fitted("日本語", 4), Fitted { text: "日…".to_owned(), columns: 3, is_cut: true });
        assert_eq!(fitted("日本語", 1).text, "…");
    }

    proptest! {
        #[test]
        fn a_line_is_never_too_long_and_never_unsafe(texts: Vec<String>, width in 1usize..60) {
            let mut line = Line::new(width, false);
            for text in &texts {
                line.push(Paint::Red, text);
                line.pad(1);
            }
            let mut output = String::new();
            line.finish(&mut output);
            let shown = output.strip_suffix('\n').expect("one line");
            prop_assert!(!shown.contains(is_unsafe));
            // Character by character, as terminals count; the string's own width knows of emoji sequences.
            let columns: usize = shown.chars().map(|character| character.to_string().width()).sum();
            prop_assert!(columns <= width, "{columns} columns of {width}: {shown:?}");
        }
    }
}
