//! A table of a page.

use super::escape::escaped;

/// A table of a page. On a phone each row stands as a block, with the names of the columns beside the values; the roles say that it
/// is a table all the same.
#[derive(Debug)]
pub(super) struct HtmlTable {
    caption: String,
    columns: Vec<Column>,
    rows: String,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    /// Of words.
    Words(&'static str),
    /// Of figures, which stand to the right.
    Figures(&'static str),
}

impl HtmlTable {
    pub(super) fn new(caption: &str, columns: &[Column]) -> Self {
        Self { caption: caption.to_owned(), columns: columns.to_vec(), rows: String::new() }
    }

    /// Adds a row of texts.
    pub(super) fn row(&mut self, cells: &[String]) {
        let cells = cells.iter().map(|cell| escaped(cell)).collect::<Vec<_>>();
        self.marked_up_row("", &cells);
    }

    /// Adds a row of cells that are HTML already, with a class.
    pub(super) fn marked_up_row(&mut self, class: &str, cells: &[String]) {
        self.rows.push_str(&format!("<tr role=\"row\" class=\"{class}\">"));
        for (index, (cell, column)) in cells.iter().zip(&self.columns).enumerate() {
            let (name, class) = column.parts();
            // The first cell names the row.
            let (tag, scope) = if index == 0 {
                ("th", " scope=\"row\" role=\"rowheader\"")
            } else {
                ("td", " role=\"cell\"")
            };
            let name = escaped(name);
            self.rows
                .push_str(&format!("<{tag}{scope} class=\"{class}\" data-name=\"{name}\">{cell}</{tag}>"));
        }
        self.rows.push_str("</tr>\n");
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn html(&self) -> String {
        let head = self.columns.iter().map(|column| {
            let (name, class) = column.parts();
            format!("<th scope=\"col\" role=\"columnheader\" class=\"{class}\">{}</th>", escaped(name))
        });
        format!(
            "<table role=\"table\"><caption>{}</caption><thead role=\"rowgroup\"><tr role=\"row\">{}</tr></thead>\n\
             <tbody role=\"rowgroup\">\n{}</tbody></table>\n",
            escaped(&self.caption),
            head.collect::<String>(),
            self.rows
        )
    }
}

impl Column {
    fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::Words(name) => (name, "words"),
            Self::Figures(name) => (name, "figures"),
        }
    }
}
