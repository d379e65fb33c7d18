//! What Cassandra's compaction strategies choose.

use super::{Cassandra, answers::answers, java};
use crate::error::Result;

/// Answers requests with Cassandra's own strategies, a line each; `java/Compactions.java` says what the lines
/// are. `allows_unsafe_expiration` sets the system property without which
/// `unsafe_aggressive_sstable_expiration` has no effect.
pub fn compactions(
    cassandra: &Cassandra,
    requests: &[String],
    allows_unsafe_expiration: bool,
) -> Result<Vec<String>> {
    let name = "cassandra.allow_unsafe_aggressive_sstable_expiration";
    let flags = [java::property(name, &allows_unsafe_expiration.to_string())];
    answers(cassandra, "Compactions.java", &flags, requests, "have Cassandra choose compactions")
}
