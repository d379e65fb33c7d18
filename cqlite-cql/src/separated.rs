//! Printing of lists.

use std::fmt;

/// Prints items with a separator between them.
pub(crate) struct Separated<'a, T> {
    items: &'a [T],
    separator: &'static str,
}

impl<'a, T> Separated<'a, T> {
    pub(crate) fn new(items: &'a [T], separator: &'static str) -> Self {
        Separated { items, separator }
    }

    pub(crate) fn by_comma(items: &'a [T]) -> Self {
        Self::new(items, ", ")
    }
}

impl<T: fmt::Display> fmt::Display for Separated<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.items.iter().enumerate() {
            if index > 0 {
                f.write_str(self.separator)?;
            }
            write!(f, "{item}")?;
        }
        Ok(())
    }
}
