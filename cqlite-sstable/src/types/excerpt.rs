//! The beginning of a text, for messages.

use std::fmt;

/// A text in a message: all of it, or its beginning if it is long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Excerpt<'t>(pub(crate) &'t str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_CHARACTERS: usize = 100;
        match self.0.char_indices().nth(SHOWN_CHARACTERS) {
            Some((end, _)) => write!(f, "{}...", self.0.get(..end).unwrap_or_default()),
            None => f.write_str(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_a_short_one_is_whole() {
        assert_eq!(Excerpt(&"é".repeat(100)).to_string(), "é".repeat(100));
        assert_eq!(Excerpt(&"é".repeat(101)).to_string(), format!("{}...", "é".repeat(100)));
    }
}
