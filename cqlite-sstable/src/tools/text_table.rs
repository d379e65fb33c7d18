//! Tables for people: columns that are as wide as their widest text.

use std::io::{self, Write};

/// Rows of texts under headings.
pub(super) struct TextTable {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

/// On which side of its column a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

impl TextTable {
    /// A table without rows.
    pub(super) fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with a text for each column.
    pub(super) fn row(&mut self, texts: Vec<String>) {
        self.rows.push(texts);
    }

    /// Writes the table, each line behind `indent` and with no blanks at its end.
    pub(super) fn write(&self, indent: &str, out: &mut dyn Write) -> io::Result<()> {
        let mut widths: Vec<usize> =
            self.columns.iter().map(|(heading, _)| heading.chars().count()).collect();
        for row in &self.rows {
            for (width, text) in widths.iter_mut().zip(row) {
                *width = text.chars().count().max(*width);
            }
        }
        let headings: Vec<String> = self.columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
        let mut line = String::new();
        for row in std::iter::once(&headings).chain(&self.rows) {
            line.clear();
            for ((text, width), (_, align)) in row.iter().zip(&widths).zip(&self.columns) {
                let gap = if line.is_empty() { "" } else { " " };
                line.push_str(gap);
                match align {
                    Align::Left => line.push_str(&format!("{text:<width$}")),
                    Align::Right => line.push_str(&format!("{text:>width$}")),
                }
            }
            writeln!(out, "{indent}{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_text() {
        let mut table = TextTable::new(&[("NAME", Align::Left), ("N", Align::Right), ("", Align::Left)]);
        table.row(vec!["é".to_owned(), "12345".to_owned(), String::new()]);
        table.row(vec!["longer".to_owned(), "1".to_owned(), "x".to_owned()]);
        let mut out = Vec::new();
        table.write("  ", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "  NAME       N\n  é      12345\n  longer     1 x\n");
    }
}
