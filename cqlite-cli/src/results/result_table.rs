//! Rows as cqlsh shows them.

use std::sync::Arc;

use cqlite_core::query::{ColumnSpec, RowSet};

use super::{Layout, Palette, ResultFormat, ScreenText};
use crate::export::sink::Invalid;

/// A page ends when its texts have so many bytes, however few its rows are.
const PAGE_BYTES: usize = 1 << 20;

/// Rows as cqlsh shows them, a page at a time: a page is as wide as what is on it.
pub struct ResultTable {
    columns: Arc<[ColumnSpec]>,
    names: Vec<ScreenText>,
    layout: Layout,
    widths: Vec<usize>,
    /// The values of the page, row by row.
    page: Vec<ScreenText>,
    page_bytes: usize,
    shown_rows: u64,
    has_names: bool,
    invalid: Invalid,
}

impl ResultTable {
    /// Rows of these columns, with a colour for the name of each.
    pub fn new(columns: Arc<[ColumnSpec]>, colors: &[&'static str], layout: Layout) -> Self {
        let colors = colors.iter().chain(std::iter::repeat(&""));
        let names: Vec<ScreenText> = columns
            .iter()
            .zip(colors)
            .map(|(column, color)| ScreenText::of_name(&column.name, color))
            .collect();
        Self {
            widths: names.iter().map(ScreenText::width).collect(),
            columns,
            names,
            layout,
            page: Vec::new(),
            page_bytes: 0,
            shown_rows: 0,
            has_names: false,
            invalid: Invalid::default(),
        }
    }

    /// Whether there are rows that wait for the end of their page.
    pub fn has_rows(&self) -> bool {
        !self.page.is_empty()
    }

    /// How many rows wait for the end of their page.
    fn page_rows(&self) -> usize {
        self.page.len().checked_div(self.columns.len()).unwrap_or(0)
    }

    /// Puts a row on the page. True if that is full then.
    pub fn push_row<'v>(&mut self, values: impl Iterator<Item = Option<&'v [u8]>>) -> bool {
        let columns = Arc::clone(&self.columns);
        for ((column, value), width) in columns.iter().zip(values).zip(&mut self.widths) {
            let text = ScreenText::of_value(column, value, &mut self.invalid);
            *width = text.width().max(*width);
            self.page_bytes = self.page_bytes.saturating_add(text.width());
            self.page.push(text);
        }
        self.page_rows() >= self.layout.page_rows || self.page_bytes >= PAGE_BYTES
    }

    /// Writes what is on the page.
    pub fn end_page(&mut self, out: &mut Vec<u8>) {
        let rows = self.page_rows();
        if self.layout.is_expanded && rows > 0 {
            self.push_expanded(out);
        } else {
            self.push_page(out);
        }
        self.shown_rows = self.shown_rows.saturating_add(rows as u64);
        self.page.clear();
        self.page_bytes = 0;
        self.has_names = true;
    }

    fn push_page(&self, out: &mut Vec<u8>) {
        if !self.has_names || self.layout.repeats_names {
            self.push_names(out);
        }
        for row in self.page.chunks(self.columns.len().max(1)) {
            for (number, (text, width)) in row.iter().zip(&self.widths).enumerate() {
                out.extend_from_slice(if number > 0 { b" | " } else { b" " });
                text.push_right(*width, self.layout.palette, out);
            }
            out.push(b'\n');
        }
        if self.layout.repeats_names || self.page.is_empty() {
            out.push(b'\n');
        }
    }

    fn push_names(&self, out: &mut Vec<u8>) {
        let last = self.names.len().saturating_sub(1);
        for (number, (name, width)) in self.names.iter().zip(&self.widths).enumerate() {
            out.extend_from_slice(if number > 0 { b" | " } else { b" " });
            let width = if number == last && self.layout.palette == Palette::Plain { 0 } else { *width };
            name.push_left(width, self.layout.palette, out);
        }
        out.push(b'\n');
        push_rule(&self.widths, out);
    }

    fn push_expanded(&self, out: &mut Vec<u8>) {
        let widest = |texts: &[ScreenText]| texts.iter().map(ScreenText::width).max().unwrap_or(0);
        let name_width = widest(&self.names);
        let widths = [name_width, widest(&self.page)];
        for (number, row) in
            (self.shown_rows.saturating_add(1)..).zip(self.page.chunks(self.columns.len().max(1)))
        {
            out.extend_from_slice(format!("@ Row {number}\n").as_bytes());
            push_rule(&widths, out);
            for (name, text) in self.names.iter().zip(row) {
                out.push(b' ');
                name.push_left(name_width, self.layout.palette, out);
                out.extend_from_slice(b" | ");
                text.push(self.layout.palette, out);
                out.push(b'\n');
            }
            out.push(b'\n');
        }
    }
}

/// `-----+----`
fn push_rule(widths: &[usize], out: &mut Vec<u8>) {
    for (number, width) in widths.iter().enumerate() {
        out.extend_from_slice(if number > 0 { b"-+-" } else { b"-" });
        out.resize(out.len().saturating_add(*width), b'-');
    }
    out.extend_from_slice(b"-\n");
}

impl ResultFormat for ResultTable {
    fn begin(&mut self, out: &mut Vec<u8>) {
        out.push(b'\n');
    }

    fn rows(&mut self, rows: &RowSet, out: &mut Vec<u8>) {
        for row in rows.rows() {
            if self.push_row(row.values()) {
                self.end_page(out);
            }
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if !self.page.is_empty() || !self.has_names {
            self.end_page(out);
        }
        if !self.layout.repeats_names {
            out.push(b'\n');
        }
        out.extend_from_slice(format!("({} rows)\n", self.shown_rows).as_bytes());
    }

    fn invalid(&self) -> &Invalid {
        &self.invalid
    }
}

#[cfg(test)]
mod tests {
    use cqlite_sstable::types::CqlType;

    use super::*;

    fn columns() -> Arc<[ColumnSpec]> {
        let id = ColumnSpec {
            keyspace: "k".into(),
            table: "t".into(),
            name: "id".into(),
            cql_type: CqlType::Int,
            is_descending: false,
        };
        let note = id.with("note", CqlType::Text);
        vec![id, note].into()
    }

    fn shown(rows: &RowSet, layout: Layout) -> String {
        let mut table = ResultTable::new(columns(), &[], layout);
        let mut out = Vec::new();
        table.begin(&mut out);
        table.rows(rows, &mut out);
        table.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_looks_as_in_cqlsh() {
        let mut rows = RowSet::new(columns());
        rows.push_row([Some(&1_i32.to_be_bytes()[..]), Some("日本\u{1b}[2J".as_bytes())]);
        rows.push_row([Some(&1234_i32.to_be_bytes()[..]), None]);
        assert_eq!(
            shown(&rows, Layout::plain()),
            "\n id   | note\n------+-------------\n    1 | 日本\\x1b[2J\n 1234 |        null\n\n(2 rows)\n"
        );
        assert_eq!(
            shown(&RowSet::new(columns()), Layout::plain()),
            "\n id | note\n----+------\n\n\n(0 rows)\n"
        );
    }

    #[test]
    fn pages_are_as_wide_as_what_came_so_far() {
        let mut rows = RowSet::new(columns());
        for id in [1_i32, 10, 100] {
            rows.push_row([Some(&id.to_be_bytes()[..]), Some(b"x")]);
        }
        let layout = Layout { page_rows: 2, ..Layout::plain() };
        assert_eq!(
            shown(&rows, layout),
            "\n id | note\n----+------\n  1 |    x\n 10 |    x\n 100 |    x\n\n(3 rows)\n"
        );
        let layout = Layout { page_rows: 2, is_expanded: true, ..Layout::plain() };
        let expanded = shown(&rows, layout);
        assert!(expanded.contains("@ Row 3\n------+-----\n id   | 100\n note | x\n\n"), "{expanded}");
    }
}
