//! What Cassandra's parser makes of statements.

use super::{Cassandra, answers::answers};
use crate::error::Result;

/// Parses statements with `QueryProcessor.parseStatement`, an answer each; `java/Statements.java` says what the
/// answers are.
pub fn statements(cassandra: &Cassandra, statements: &[String]) -> Result<Vec<String>> {
    let hexadecimal = |statement: &String| statement.bytes().map(|byte| format!("{byte:02x}")).collect();
    let requests: Vec<String> = statements.iter().map(hexadecimal).collect();
    answers(cassandra, "Statements.java", &[], &requests, "have Cassandra parse statements")
}
