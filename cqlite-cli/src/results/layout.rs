//! How a table stands on the screen.

use super::Palette;

/// How a table stands on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// So many rows make a page: widths of columns are those of its texts, and of the pages before.
    pub page_rows: usize,
    /// Whether each page has the names of the columns, rather than the first one alone.
    pub repeats_names: bool,
    /// Whether each value has a line of its own.
    pub is_expanded: bool,
    /// Whether there are colours.
    pub palette: Palette,
}

impl Layout {
    /// That of text that nobody looks at while it is made.
    pub fn plain() -> Self {
        Self { page_rows: 100, repeats_names: false, is_expanded: false, palette: Palette::Plain }
    }
}
