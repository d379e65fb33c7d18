//! Differences that are meant.

use super::{
    engine::{Answer, Outcome, Request},
    failures::known_failure,
};

/// The error code of requests that break the protocol.
const PROTOCOL: i32 = 0x000a;

/// What is said of a vector that has no dimension: CQLite sees it in the text (`cqlite_cql::TypeName`), Cassandra when it makes
/// the type (`VectorType`).
const NO_DIMENSION: &str = "vectors may only have positive dimensions";

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

/// Whether both tell the same error with an excerpt that CQLite cuts (`cqlite_cql::parser::snippet`).
fn is_cut_excerpt(theirs: &Outcome, ours: &Outcome) -> bool {
    let (Some(theirs), Some(ours)) = (theirs.refused(), ours.refused()) else { return false };
    let (Some((one, whole)), Some((other, cut))) =
        (theirs.message.split_once(" (..."), ours.message.split_once(" (..."))
    else {
        return false;
    };
    theirs.code == ours.code && one == other && cut.chars().count() > 200 && whole.ends_with(cut)
}

/// Whether both tell the same error up to the token that it is about, and quote another number of those behind it: Cassandra those
/// that its parser happens to have looked at (`ErrorCollector.appendSnippet`).
fn is_longer_excerpt(theirs: &Outcome, ours: &Outcome) -> bool {
    let (Some(theirs), Some(ours)) = (theirs.refused(), ours.refused()) else { return false };
    let (Some((one, one_behind)), Some((other, other_behind))) =
        (theirs.message.rsplit_once(']'), ours.message.rsplit_once(']'))
    else {
        return false;
    };
    theirs.code == ours.code
        && one == other
        && one.contains(" (...")
        && [one_behind, other_behind].contains(&"...)")
}

/// Whether Cassandra refuses a collection as what a masked value is replaced by, where the column is in descending order: the
/// type says so, and the literal asks for one of a collection (`MaskingFcts`, `Sets.Literal.testAssignment`).
fn is_mask_of_descending(request: &Request, theirs: &Outcome, ours: &Outcome) -> bool {
    let refuses_literal = |message: &str| {
        message.contains("cannot be passed as argument 1 of function system.mask_replace of type frozen<")
            || request.cql.contains("mask_replace(") && message.starts_with("Undefined column name ")
    };
    theirs.refused().is_some_and(|refusal| refuses_literal(&refusal.message)) && ours.result.is_ok()
}

/// Whether Cassandra refuses a column that was dropped as it compares user types, whose collections may be unfrozen, with the tuples
/// that it keeps instead of them, whose are frozen (`UserType.expandUserTypes`, `SetType.isCompatibleWithFrozen`).
fn is_returning_user_type(theirs: &Outcome, ours: &Outcome) -> bool {
    theirs.refused().is_some_and(|refusal| {
        refusal.message.contains("incompatible with previously dropped column")
            && refusal.message.contains("tuple<")
    }) && ours.result.is_ok()
}

/// Whether CQLite refuses a part of a key for its size, which Cassandra finds when it writes: not where a condition is not met.
fn is_key_of_unwritten(request: &Request, theirs: &Outcome, ours: &Outcome) -> bool {
    let is_size = |message: &str| message.starts_with("Expected ") && message.contains(" byte");
    request.cql.contains(" IF ")
        && theirs.result.is_ok()
        && ours.refused().is_some_and(|refusal| is_size(&refusal.message))
}

/// Why a difference is meant, and what sort of these it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    pub reason: &'static str,
    pub sort: String,
}

impl Exception {
    fn of(reason: &'static str, sort: impl Into<String>) -> Self {
        Self { reason, sort: sort.into() }
    }
}

/// Whether partitions without clusterings that are named by `IN` are grouped, and Cassandra gives all groups in one page
/// though one was asked for at a time (`AggregationQueryPager.GroupByPartitionIterator` over a `MultiPartitionPager`).
fn is_page_of_partitions(request: &Request, theirs: &Outcome, ours: &Outcome) -> bool {
    let (Ok(Answer::Rows { pages: one, .. }), Ok(Answer::Rows { pages: other, .. })) =
        (&theirs.result, &ours.result)
    else {
        return false;
    };
    request.page_rows == Some(1)
        && request.cql.contains(" GROUP BY ")
        && request.cql.contains(" IN ")
        && one.len() == 1
        && one.concat() == other.concat()
}

/// Why a difference is meant, if it is.
pub fn exception(request: &Request, theirs: &Outcome, ours: &Outcome) -> Option<Exception> {
    if let Some(failure) = known_failure(theirs) {
        return Some(Exception::of(
            "Cassandra itself fails, by an exception of Java that is no answer to a statement",
            failure,
        ));
    }
    if theirs.refused().is_some_and(|refusal| refusal.code == PROTOCOL) && request.cql.contains(" GROUP BY ")
    {
        return Some(Exception::of("Cassandra cannot read the paging state that it told itself", "GROUP BY"));
    }
    if is_any_of_several_conditions(request, theirs, ours) {
        return Some(Exception::of(
            "of several conditions Cassandra looks at any one first, and at no other once one is not met",
            "IF .. AND ..",
        ));
    }
    if is_page_of_partitions(request, theirs, ours) {
        return Some(Exception::of(
            "Cassandra gives all groups of partitions that have one row in one page",
            "GROUP BY, IN, pages of 1",
        ));
    }
    let has_no_dimension =
        |outcome: &Outcome| outcome.refused().is_some_and(|refusal| refusal.message.contains(NO_DIMENSION));
    if theirs.result.is_err() && has_no_dimension(ours) {
        return Some(Exception::of(
            "of two things that are wrong, CQLite tells that of the text before that of the schema",
            "vector without dimension",
        ));
    }
    if is_cut_excerpt(theirs, ours) {
        return Some(Exception::of(
            "CQLite quotes no more than 200 characters on either side of what a syntax error is about",
            "long excerpt",
        ));
    }
    if is_longer_excerpt(theirs, ours) {
        return Some(Exception::of(
            "behind the place of a syntax error Cassandra quotes what its parser happens to have looked at",
            "excerpt",
        ));
    }
    if is_mask_of_descending(request, theirs, ours) {
        return Some(Exception::of(
            "Cassandra takes no literal of a collection for a column in descending order in mask_replace",
            "mask_replace",
        ));
    }
    if is_returning_user_type(theirs, ours) {
        return Some(Exception::of(
            "a column of user types in a collection that was dropped cannot come back in Cassandra",
            "ALTER TABLE ADD",
        ));
    }
    if is_key_of_unwritten(request, theirs, ours) {
        return Some(Exception::of(
            "a part of a key that has another size than its type Cassandra refuses only where it writes",
            "IF",
        ));
    }
    if request.cql.contains("CLUSTER")
        && !request.cql.contains("CLUSTERING")
        && theirs.result.is_ok() == ours.result.is_ok()
    {
        return Some(Exception::of(
            "the cluster of a database and of a node are not the same",
            "DESCRIBE CLUSTER",
        ));
    }
    None
}
