//! The output of `DESCRIBE`, as statements that a node executes.

use crate::cassandra::{Connection, CqlError};

/// The statements in a text that `DESCRIBE KEYSPACE` printed, each without its semicolon. Those of compact tables
/// stand there in comments, below a warning; a node executes them all the same.
pub fn statements(described: &str) -> Vec<String> {
    let mut text = String::new();
    let mut rest = described;
    while let Some((before, after)) = rest.split_once("/*") {
        let (comment, after) = after.split_once("*/").unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(comment.find("CREATE TABLE ").and_then(|at| comment.get(at..)).unwrap_or_default());
        rest = after;
    }
    text.push_str(rest);
    // DESCRIBE writes a name for this type that no statement has, and an order of what compact tables hide.
    let text = text.replace(" empty,\n", " 'org.apache.cassandra.db.marshal.EmptyType',\n");
    let text = text.replace("\n    AND CLUSTERING ORDER BY (column1 ASC)", "");
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
    fn warnings_are_no_statements_but_what_they_warn_of_is() {
        let described =
            "CREATE TYPE a.b (\n    x int\n);\n\n/*\nWarning:\nCREATE TABLE a.c (k int);\n*/\n\nDROP x;";
        let all = ["CREATE TYPE a.b (\n    x int\n)", "CREATE TABLE a.c (k int)", "DROP x"];
        assert_eq!(statements(described), all);
    }
}
