//! `fixtures/cql/*.cql`: statements, and commands in comments.

use cqlite_tests::cassandra::Format;

use crate::template;

/// One step of a script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A CQL statement.
    Statement(String),
    /// `-- flush TABLE...`: without tables, the keyspace.
    Flush(Vec<String>),
    /// `-- compact TABLE`
    Compact(String),
    /// `-- snapshot TAG TABLE`
    Snapshot(String, String),
    /// `-- wait SECONDS`
    Wait(u64),
}

/// A script that fills a keyspace, which has the name of its file.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) keyspace: String,
    /// `-- formats nb oa`: without it, all.
    formats: Vec<String>,
    /// `-- uuid ids`: written with time UUIDs as SSTable identifiers.
    pub(crate) uuid_ids: bool,
    pub(crate) steps: Vec<Step>,
}

impl Script {
    /// Reads a script; it panics with a reason if it is none.
    pub(crate) fn parse(keyspace: &str, text: &str) -> Self {
        let mut script =
            Self { keyspace: keyspace.to_owned(), formats: Vec::new(), uuid_ids: false, steps: Vec::new() };
        let mut statement = String::new();
        for line in template::expand(text).lines() {
            match line.strip_prefix("--") {
                Some(comment) if statement.is_empty() => script.comment(comment),
                _ if statement.is_empty() && line.trim().is_empty() => {}
                _ => {
                    statement.push_str(line);
                    statement.push('\n');
                    script.take_statements(&mut statement);
                }
            }
        }
        assert!(statement.trim().is_empty(), "{keyspace}.cql ends in a statement: {statement}");
        script.steps.push(Step::Flush(Vec::new()));
        script
    }

    /// Whether the keyspace is made in this format.
    pub(crate) fn is_for(&self, format: Format) -> bool {
        self.formats.is_empty() || self.formats.iter().any(|name| name == format.version())
    }

    fn comment(&mut self, comment: &str) {
        let words: Vec<&str> = comment.split_whitespace().collect();
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        match words.as_slice() {
            ["flush", tables @ ..] => self.steps.push(Step::Flush(owned(tables))),
            ["compact", table] => self.steps.push(Step::Compact((*table).to_owned())),
            ["snapshot", tag, table] => {
                self.steps.push(Step::Snapshot((*tag).to_owned(), (*table).to_owned()));
            }
            ["wait", seconds] => self.steps.push(Step::Wait(seconds.parse().expect("seconds"))),
            ["formats", names @ ..] => self.formats = owned(names),
            ["uuid", "ids"] => self.uuid_ids = true,
            _ => {}
        }
    }

    /// Moves the statements that are complete.
    fn take_statements(&mut self, pending: &mut String) {
        while let Some(end) = statement_end(pending) {
            let statement = pending[..end].trim().to_owned();
            *pending = pending[end + 1..].trim_start().to_owned();
            self.steps.push(Step::Statement(statement));
        }
    }
}

/// Where the first semicolon outside of quotes is.
fn statement_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, ';') => return Some(at),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Script, Step};

    #[test]
    fn statements_end_at_semicolons_outside_of_quotes() {
        let text = "-- Words.\n-- formats nb\nINSERT ';it''s' \";\" ;\n-- flush t\nA\n-- B\nC;\n";
        let script = Script::parse("ks", text);
        let statement = |text: &str| Step::Statement(text.to_owned());
        let expected = [
            statement("INSERT ';it''s' \";\""),
            Step::Flush(vec!["t".to_owned()]),
            statement("A\n-- B\nC"),
            Step::Flush(Vec::new()),
        ];
        assert_eq!(script.steps, expected);
        assert!(script.is_for(cqlite_tests::cassandra::Format::Nb));
        assert!(!script.is_for(cqlite_tests::cassandra::Format::Da));
    }
}
