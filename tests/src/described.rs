//! The output of `DESCRIBE`, as statements that a node executes.

use crate::cassandra::{Connection, CqlError};

/// The statements in a text that `DESCRIBE KEYSPACE` printed, each without its semicolon. Tables that CQL cannot
/// make stand there as comments, and are left out.
pub fn statements(described: &str) -> Vec<String> {
    let mut text = String::new();
    let mut rest = described;
    while let Some((before, comment)) = rest.split_once("/*") {
        text.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    // DESCRIBE writes a name for this type that no statement has.
    let text = text.replace(" empty,\n", " 'org.apache.cassandra.db.marshal.EmptyType',\n");
    let ends = text.split(";\n").map(|statement| statement.trim().trim_end_matches(';'));
    ends.filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// Executes what `DESCRIBE KEYSPACE` printed. Returns the statements that the node refused, with its words.
///
/// # Errors
/// If the connection breaks.
pub fn create(connection: &mut Connection, described: &str) -> Result<Vec<(String, String)>, CqlError> {
    let mut refused = Vec::new();
    for statement in statements(described) {
        match connection.execute(&statement) {
            Ok(_) => {}
            Err(CqlError::Server { message, .. }) => refused.push((statement, message)),
            Err(error) => return Err(error),
        }
    }
    Ok(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_statements() {
        let described =
            "CREATE TYPE a.b (\n    x int\n);\n\n/*\nWarning:\nCREATE TABLE a.c (k int);\n*/\n\nDROP x;";
        assert_eq!(statements(described), ["CREATE TYPE a.b (\n    x int\n)", "DROP x"]);
    }
}
