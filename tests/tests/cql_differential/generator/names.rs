//! Names. Each has a digit, by which reports know that another could stand there.

use super::{Generator, Spoil};
use crate::schema::{Column, Table};

impl Generator {
    /// A name that nothing has yet.
    pub(super) fn new_name(&mut self, letter: &str) -> String {
        self.names += 1;
        let number = self.names;
        match self.below(16) {
            0 => format!("\"{}{number}\"", letter.to_uppercase()),
            1 => format!("\"{letter} {number}\""),
            _ => format!("{letter}{number}"),
        }
    }

    /// A name of a table, index or type, which have letters, digits and underscores alone.
    pub(super) fn new_word(&mut self, letter: &str) -> String {
        self.names += 1;
        let number = self.names;
        if self.chance(6) {
            format!("\"{}{number}\"", letter.to_uppercase())
        } else {
            format!("{letter}{number}")
        }
    }

    /// A table with its keyspace or without.
    pub(super) fn table_name(&mut self, table: &Table) -> String {
        let keyspace = self.schema.keyspace.clone();
        if self.spoils(Spoil::Table) {
            return match self.below(3) {
                0 => "nope0".to_owned(),
                1 => format!("{keyspace}.nope0"),
                _ => format!("nope0.{}", table.name),
            };
        }
        self.qualified(&table.name)
    }

    /// A name with its keyspace or without.
    pub(super) fn qualified(&mut self, name: &str) -> String {
        if self.chance(40) {
            self.rule("name without keyspace");
            return name.to_owned();
        }
        self.rule("name with keyspace");
        format!("{}.{name}", self.schema.keyspace)
    }

    /// A column's name.
    pub(super) fn column_name(&mut self, column: &Column) -> String {
        if self.spoils(Spoil::Column) {
            return "nope0".to_owned();
        }
        column.name.clone()
    }
}

/// A name as a marker or JSON has it: without its quotes.
pub(super) fn bare(name: &str) -> String {
    name.trim_matches('"').to_owned()
}

/// A name as a key of a JSON object: in quotes of its own where its case matters.
pub(super) fn json_key(name: &str) -> String {
    if name.starts_with('"') {
        format!("\"\\{}\\\"\"", &name[..name.len() - 1])
    } else {
        format!("\"{name}\"")
    }
}
