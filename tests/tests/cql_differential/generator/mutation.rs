//! Changes to the text of a statement.

use super::Generator;

/// Words that a change puts where others stood.
const WORDS: &[&str] = &[
    "SELECT", "FROM", "WHERE", "AND", "IN", "NOT", "NULL", "IF", "EXISTS", "SET", "USING", "TTL", "TOKEN",
    "KEY", "AS", "JSON", "DISTINCT", "CAST", "CONTAINS", "LIMIT", "ORDER", "BY", "WITH", "TYPE", "TABLE",
    "a", "\"B\"", "'s'", "1", "-1", "1.5", "true", "?", "(", ")", "[", "]", "{", "}", ",", ";", ".", "=",
    "!=", "<", "+", "-", "*", "0x1", "1h", "frozen", "list", "int", "count",
];

impl Generator {
    /// Removes, repeats, exchanges or replaces a word or two.
    pub(super) fn mutate_words(&mut self, text: &str) -> String {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        for _ in 0..=self.below(2) {
            let (at, other) = (self.below(words.len()), self.below(words.len()));
            match self.below(5) {
                0 if words.len() > 2 => drop(words.remove(at)),
                1 => words.insert(at, words[other].clone()),
                2 => words.swap(at, other),
                3 => words.insert(at, WORDS[self.random.below(WORDS.len())].to_owned()),
                _ => words[at] = WORDS[self.random.below(WORDS.len())].to_owned(),
            }
        }
        words.join(" ")
    }

    /// A character goes, comes again or gives way to another.
    pub(super) fn mutate_characters(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        let (at, other) = (self.below(characters.len()), self.below(characters.len()));
        let other = characters[other];
        match self.below(4) {
            0 => drop(characters.remove(at)),
            1 => characters.insert(at, other),
            2 => characters.truncate(at.max(1)),
            _ => characters[at] = other,
        }
        characters.into_iter().collect()
    }
}
