//! Cassandra's order of values, clusterings and keys, and their byte-comparable forms.

use super::{Cassandra, answers::answers};
use crate::error::Result;

/// Answers requests with Cassandra's own comparators, a line each; `java/Order.java` says what the lines are.
pub fn order(cassandra: &Cassandra, requests: &[String]) -> Result<Vec<String>> {
    answers(cassandra, "Order.java", &[], requests, "have Cassandra compare values")
}
