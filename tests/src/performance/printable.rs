//! Names that others chose, where people read them.

/// The text without what a terminal or a page would act on: each control character stands as `�`, and so do the characters
/// that turn the direction of what follows.
pub(super) fn printable(text: &str) -> String {
    let acts = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
            || matches!(letter, '\u{FFFE}' | '\u{FFFF}')
    };
    text.chars().map(|letter| if acts(letter) { '\u{FFFD}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_acts_on_is_replaced() {
        assert_eq!(printable("a\x1b[31mé\u{202E}\n"), "a\u{FFFD}[31mé\u{FFFD}\u{FFFD}");
    }
}
