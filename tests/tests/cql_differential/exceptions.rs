//! Differences that are meant.

use super::{
    engine::{Answer, Outcome, Request},
    failures::known_failure,
};

/// The error code of what is no CQL.
const SYNTAX: i32 = 0x2000;

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
    let Some((head, cut)) = ours.message.split_once(" (...") else { return false };
    theirs.code == ours.code
        && cut.chars().count() > 200
        && theirs.message.strip_prefix(head).is_some_and(|whole| whole.ends_with(cut))
}

/// Whether both tell the same error of a token that CQLite cuts (`cqlite_cql::parser::snippet`).
fn is_cut_token(theirs: &Outcome, ours: &Outcome) -> bool {
    let (Some(theirs), Some(ours)) = (theirs.refused(), ours.refused()) else { return false };
    let (Some((one, whole)), Some((other, rest))) =
        (theirs.message.split_once(" at input '"), ours.message.split_once(" at input '"))
    else {
        return false;
    };
    let cut = rest.rsplit_once("' (").map_or(rest, |(cut, _)| cut);
    theirs.code == ours.code && one == other && cut.chars().count() >= 200 && whole.starts_with(cut)
}

/// Whether both have no row, and Cassandra has empty pages of them: it counts the static rows of partitions of which no row can be
/// asked for (`ClusteringIndexNamesFilter.selectsAllPartition`).
fn is_of_empty_pages(request: &Request, theirs: &Outcome, ours: &Outcome) -> bool {
    let is_empty = |outcome: &Outcome| matches!(&outcome.result, Ok(Answer::Rows { pages, .. }) if pages.iter().all(Vec::is_empty));
    request.page_rows.is_some() && request.cql.contains(" IN ") && is_empty(theirs) && is_empty(ours)
}

/// Whether both tell the same of a field's type, and Cassandra does not call it frozen, or it takes what is of that type without being
/// frozen: a field that was added to the type of a column is as it was declared (`AlterTypeStatement.AddField`).
fn is_added_field(theirs: &Outcome, ours: &Outcome) -> bool {
    let Some(refused) = ours.refused().filter(|refusal| refusal.message.contains(" of type frozen<")) else {
        return false;
    };
    let unfrozen = |message: &str| message.replace("frozen<", "").replace('>', "");
    match theirs.refused() {
        Some(theirs) => {
            theirs.code == refused.code && unfrozen(&theirs.message) == unfrozen(&refused.message)
        }
        None => refused.message.starts_with("Cannot assign value (") && is_of_field(&refused.message),
    }
}

/// Whether a value cannot be assigned to a field, such as `v36.f46`.
fn is_of_field(message: &str) -> bool {
    let target = message.rsplit_once(" to ").and_then(|(_, target)| target.split_once(" of type frozen<"));
    target.is_some_and(|(target, _)| target.contains('.'))
}

/// Whether the answers differ in the signs of doubles that are no number alone: of several such, Java's compiler takes another one
/// (`AggregateFcts.FloatSumAggregate`).
fn is_sign_of_nan(theirs: &Outcome, ours: &Outcome) -> bool {
    const NEGATIVE_NAN: [u8; 8] = 0xfff8_0000_0000_0000_u64.to_be_bytes();
    const NAN: [u8; 8] = 0x7ff8_0000_0000_0000_u64.to_be_bytes();
    let unsigned = |outcome: &Outcome| {
        let mut answer = outcome.result.clone().ok()?;
        let Answer::Rows { pages, .. } = &mut answer else { return None };
        for value in pages.iter_mut().flatten().flatten().flatten() {
            if *value == NEGATIVE_NAN {
                *value = NAN.to_vec();
            }
        }
        Some(answer)
    };
    unsigned(theirs).is_some_and(|theirs| Some(theirs) == unsigned(ours))
}

/// Whether Cassandra tells of a column that is declared twice, where it had already found a syntax error: its parser goes on behind one, and
/// what it throws itself comes before what it has gathered (`Cql_Parser.tableColumns`).
fn is_found_behind_syntax_error(theirs: &Outcome, ours: &Outcome) -> bool {
    let (Some(theirs), Some(ours)) = (theirs.refused(), ours.refused()) else { return false };
    theirs.message.starts_with("Duplicate column '")
        && ours.code == SYNTAX
        && ours.message.starts_with("line ")
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
        && one.contains(" (")
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
/// that it keeps instead of them, whose are frozen (`UserType.expandUserTypes`, `SetType.isCompatibleWithFrozen`). CQLite takes it, or
/// tells what is wrong besides.
fn is_returning_user_type(theirs: &Outcome, ours: &Outcome) -> bool {
    let is_besides = |message: &str| {
        message.starts_with("Cannot re-add previously dropped column")
            || message.starts_with("Column with name '") && message.ends_with("' already exists")
    };
    theirs.refused().is_some_and(|refusal| {
        refusal.message.contains("incompatible with previously dropped column")
            && refusal.message.contains("tuple<")
    }) && ours.refused().is_none_or(|refusal| is_besides(&refusal.message))
}

/// Whether CQLite refuses a part of a key that is no value of its type, which Cassandra writes where a condition is met
/// (`Validation.validateKey` is not asked by `CQL3CasRequest`).
fn is_key_of_another_type(request: &Request, theirs: &Outcome, ours: &Outcome) -> bool {
    let is_of_key = |message: &str| {
        message.starts_with("Expected ") && message.contains(" byte")
            || message.starts_with("Not enough bytes to read a ")
            || message.starts_with("Failure validating the ")
    };
    request.cql.contains(" IF ")
        && theirs.result.is_ok()
        && ours.refused().is_some_and(|refusal| is_of_key(&refusal.message))
}

/// Whether CQLite refuses a clustering value that is none of its type, as constants in hexadecimal can be, which Cassandra writes: it asks for
/// the length alone (`ClusteringPrefix.validate`).
fn is_clustering_of_another_type(theirs: &Outcome, ours: &Outcome) -> bool {
    theirs.result.is_ok()
        && ours
            .refused()
            .is_some_and(|refusal| refusal.message.starts_with("a clustering value is none of its type: "))
}

/// Whether CQLite refuses a value that is none of its type, as constants in hexadecimal and without quotes can be, which Cassandra
/// writes: it does not look into tuples (`TupleType.fromString`).
fn is_value_of_another_type(theirs: &Outcome, ours: &Outcome) -> bool {
    theirs.result.is_ok()
        && ours.refused().is_some_and(|refusal| {
            refusal.message.contains(": a value of the column '")
                && refusal.message.contains("' cannot be written: ")
        })
}

/// Whether CQLite refuses a range of rows for a bound that is null, and Cassandra does nothing as there is no partition: it fails where it
/// writes one (`ByteBufferCloner.clone`).
fn is_null_bound_of_no_partition(request: &Request, theirs: &Outcome, ours: &Outcome) -> bool {
    request.cql.contains("DELETE ")
        && request.cql.contains(" IN ")
        && matches!(theirs.result, Ok(Answer::Void))
        && ours
            .refused()
            .is_some_and(|refusal| refusal.message.starts_with("Invalid null value in condition for column "))
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

/// Whether Cassandra tells of a type that is as it was, since a column in descending order has it (`ReversedType.withUpdatedUserType`,
/// which makes another one that is equal to none).
fn is_renamed_to_itself(request: &Request, theirs: &Outcome, ours: &Outcome) -> bool {
    let is_same = request.cql.split_once(" RENAME ").is_some_and(|(_, names)| {
        let names = names.strip_prefix("IF EXISTS ").unwrap_or(names);
        names.split_once(" TO ").is_some_and(|(from, to)| from == to)
    });
    request.cql.starts_with("ALTER TYPE ")
        && is_same
        && matches!(theirs.result, Ok(Answer::Schema(_)))
        && matches!(ours.result, Ok(Answer::Void))
}

/// Whether Cassandra has some of the rows that CQLite has by a static vector: a partition that has its static row alone counts for the limit,
/// and is no row of those that are put in order (`VectorTopKProcessor.consumeSortByScoreAndTakeTopK`).
fn is_of_fewer_near(request: &Request, theirs: &Outcome, ours: &Outcome) -> bool {
    let (Ok(Answer::Rows { pages: one, .. }), Ok(Answer::Rows { pages: other, .. })) =
        (&theirs.result, &ours.result)
    else {
        return false;
    };
    let (found, mut rows) = (one.concat(), other.concat());
    let is_fewer = found.len() < rows.len();
    let mut are_ours =
        found.iter().map(|row| rows.iter().position(|one| one == row).map(|at| rows.remove(at)));
    request.cql.contains(" ANN OF ")
        && request.cql.contains(" LIMIT ")
        && is_fewer
        && are_ours.all(|one| one.is_some())
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
    if is_renamed_to_itself(request, theirs, ours) {
        return Some(Exception::of(
            "Cassandra tells of a type as changed that is not, if a column in descending order has it",
            "ALTER TYPE RENAME",
        ));
    }
    if is_of_fewer_near(request, theirs, ours) {
        return Some(Exception::of(
            "partitions that have a static row alone count for the limit where Cassandra looks for near vectors",
            "ANN OF",
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
    if is_of_empty_pages(request, theirs, ours) {
        return Some(Exception::of(
            "Cassandra counts static rows for the pages of an answer that has no rows",
            "IN ()",
        ));
    }
    if is_added_field(theirs, ours) {
        return Some(Exception::of(
            "Cassandra names the type of a field that was added to a column's type without frozen",
            "UPDATE, field",
        ));
    }
    if is_cut_excerpt(theirs, ours) || is_cut_token(theirs, ours) {
        return Some(Exception::of(
            "CQLite quotes no more than 200 characters on either side of what a syntax error is about",
            "long excerpt",
        ));
    }
    if is_sign_of_nan(theirs, ours) {
        return Some(Exception::of("the sign of a sum that is no number is that of one of several", "NaN"));
    }
    if is_found_behind_syntax_error(theirs, ours) {
        return Some(Exception::of(
            "behind a syntax error Cassandra finds that a column is declared twice, and tells that alone",
            "CREATE TABLE",
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
    if is_key_of_another_type(request, theirs, ours) {
        return Some(Exception::of(
            "a part of a key that is no value of its type Cassandra refuses only where there are no conditions",
            "IF",
        ));
    }
    if is_clustering_of_another_type(theirs, ours) {
        return Some(Exception::of(
            "a clustering value that is none of its type Cassandra writes as it is",
            "clustering",
        ));
    }
    if is_value_of_another_type(theirs, ours) {
        return Some(Exception::of("a value that is none of its type Cassandra writes as it is", "tuple"));
    }
    if is_null_bound_of_no_partition(request, theirs, ours) {
        return Some(Exception::of(
            "a bound that is null Cassandra does not see where no partition is named",
            "DELETE, IN ()",
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
