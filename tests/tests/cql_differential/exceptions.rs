//! Differences that are meant.

use super::engine::{Outcome, Refusal, Request, UNREADABLE};

/// The error code of requests that break the protocol.
const PROTOCOL: i32 = 0x000a;

/// Errors of the native protocol from `0x1000` on are failures of replicas, and `0x0000` is one of the server itself.
fn is_failure(refusal: &Refusal) -> bool {
    let code = refusal.code;
    refusal.message.contains("NullPointerException")
        || code == 0x0000
        || (0x1000..0x1400).contains(&code)
        || code == 0x1500
}

/// Whether one looked at a condition that makes no sense, and the other had found one before that is not met. Cassandra has
/// them in a `HashMultimap` of objects without a hash of their own (`CQL3CasRequest.ColumnsConditions`).
fn is_any_of_several_conditions(request: &Request, theirs: &Outcome, ours: &Outcome) -> bool {
    let has_several =
        request.cql.split_once(" IF ").is_some_and(|(_, conditions)| conditions.contains(" AND "));
    let is_of_condition = |outcome: &Outcome| {
        outcome.refused().is_some_and(|refusal| {
            [
                "Invalid comparison with",
                "Invalid null value for",
                "Invalid negative list index",
                "in condition",
            ]
            .iter()
            .any(|message| refusal.message.contains(message))
        })
    };
    let answers = |outcome: &Outcome| outcome.refused().is_none() || is_of_condition(outcome);
    has_several && answers(theirs) && answers(ours) && (is_of_condition(theirs) || is_of_condition(ours))
}

/// Why a difference is meant, if it is.
pub fn exception(request: &Request, theirs: &Outcome, ours: &Outcome) -> Option<&'static str> {
    if theirs.refused().is_some_and(is_failure) {
        return Some("Cassandra itself fails, by an exception of Java that is no answer to a statement");
    }
    if theirs.refused().is_some_and(|refusal| refusal.code == UNREADABLE) {
        return Some("Cassandra answers with other columns than it tells of");
    }
    if theirs.refused().is_some_and(|refusal| refusal.code == PROTOCOL) {
        return Some("Cassandra cannot read the paging state that it told itself");
    }
    if is_any_of_several_conditions(request, theirs, ours) {
        return Some(
            "of several conditions Cassandra looks at any one first, and at no other once one is not met",
        );
    }
    if request.cql.contains("CLUSTER")
        && !request.cql.contains("CLUSTERING")
        && theirs.result.is_ok() == ours.result.is_ok()
    {
        return Some("the cluster of a database and of a node are not the same");
    }
    None
}
