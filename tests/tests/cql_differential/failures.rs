//! Where Cassandra fails by an exception of Java, which is no answer to a statement.

use super::engine::Outcome;

/// Statements of a sort at which Cassandra throws.
struct Failure {
    /// What is thrown where.
    thrown: &'static str,
    /// By which statements.
    by: &'static str,
}

/// All that is known. What is thrown elsewhere is a difference.
const FAILURES: &[Failure] = &[
    Failure {
        thrown: "ArrayIndexOutOfBoundsException at SelectStatement$RawStatement.isReversed",
        by: "ORDER BY with more columns than there are clustering columns",
    },
    Failure {
        thrown: "AssertionError at AbstractTimeUUIDType.compareCustom",
        by: "a condition on a value of a map, which is compared as the keys are",
    },
    Failure {
        thrown: "AssertionError at ByteBufferCloner.clone",
        by: "a DELETE of rows between bounds of which one is null",
    },
    Failure {
        thrown: "AssertionError at UnfilteredSerializer.lambda$serializeRowBody$0",
        by: "a SELECT of rows with columns that were dropped and added again",
    },
    Failure {
        thrown: "AssertionError at UUIDType.compareCustom",
        by: "a condition on a value of a map, which is compared as the keys are",
    },
    Failure {
        thrown: "ClassCastException at CollectionFcts$1.doGetOrCreateFunction",
        by: "a function of collections whose argument is of another type",
    },
    Failure {
        thrown: "AssertionError at VectorType$VariableLengthSerializer.readValue",
        by: "a vector with an element of a negative length",
    },
    Failure {
        thrown: "ClassCastException at ColumnCondition$MultiCellCollectionBound.isEmpty",
        by: "a condition on a collection with an unset value",
    },
    Failure {
        thrown: "ClassCastException at SelectStatement$RawStatement.getAggregationSpecFactory",
        by: "GROUP BY a constant",
    },
    Failure {
        thrown: "ClassCastException at Selectable$WithMapOrUdt.newMapSelectorFactory",
        by: "a map literal for a column in descending order in mask_replace",
    },
    Failure { thrown: "ClassCastException at Maps.keysType", by: "a map literal for what is no map" },
    Failure {
        thrown: "ClassCastException at Sets.elementsType",
        by: "a set or an empty pair of braces for what is a map",
    },
    Failure {
        thrown: "ClassCastException at UserTypes$Setter.execute",
        by: "a tuple for a column of a user type",
    },
    Failure {
        thrown: "CorruptIndexException at SAICodecUtils.validateFooter",
        by: "a SELECT by an index that Cassandra could not build",
    },
    Failure {
        thrown: "EOFException at RebufferingInputStream.readByte",
        by: "a SELECT by an index that Cassandra could not build",
    },
    Failure {
        thrown: "IllegalArgumentException at BatchStatement.makeCasRequest",
        by: "a batch with conditions and several partitions named by IN",
    },
    Failure {
        thrown: "IllegalArgumentException at IndexInputReader.seek",
        by: "a SELECT by an attached index of entries",
    },
    Failure {
        thrown: "IllegalArgumentException at ReadRepairStrategy.valueOf",
        by: "an option read_repair that there is not",
    },
    Failure {
        thrown: "IllegalArgumentException at Selectable$WithArrayLiteral.target",
        by: "an aggregate of a list of selectors",
    },
    Failure {
        thrown: "IllegalStateException at Columns$Serializer.encodeBitmap",
        by: "a SELECT of rows with columns that were dropped and added again",
    },
    Failure {
        thrown: "IllegalStateException at RTBoundCloser$RowsTransformation.moreContents",
        by: "GROUP BY in pages over rows that a range of deletions covers",
    },
    Failure {
        thrown: "IndexOutOfBoundsException at ByteBufferAccessor.getByte",
        by: "a value of a wrong length in a filter",
    },
    Failure {
        thrown: "IndexOutOfBoundsException at ByteBufferAccessor.getInt",
        by: "a vector of a wrong length in a function of similarity",
    },
    Failure {
        thrown: "IndexOutOfBoundsException at ByteBufferAccessor.slice",
        by: "a vector of elements of any length, one of which is longer than what is left",
    },
    Failure {
        thrown: "IndexOutOfBoundsException at ByteBufferUtil.toDouble",
        by: "a condition on a value of a map, which is compared as the keys are",
    },
    Failure {
        thrown: "IndexOutOfBoundsException at ByteBufferUtil.toInt",
        by: "an unset index of a list in a condition",
    },
    Failure { thrown: "IndexOutOfBoundsException at ByteBufferUtil.toLong", by: "an unset or empty token" },
    Failure {
        thrown: "IndexOutOfBoundsException at SinglePartitionReadCommand$Group.create",
        by: "a write that reads first, of no partition: IN ()",
    },
    Failure {
        thrown: "IndexOutOfBoundsException at Selectable$WithCast.newSelectorFactory",
        by: "a CAST of a function without arguments",
    },
    Failure {
        thrown: "InvalidRequestException at RequestValidations.invalidRequest",
        by: "GROUP BY floor() where it fails, which a replica finds",
    },
    Failure { thrown: "NullPointerException at BooleanType.toJSONString", by: "an empty boolean as JSON" },
    Failure {
        thrown: "NullPointerException at ByteBufferAccessor.getByte",
        by: "a selected collection with a null in it",
    },
    Failure {
        thrown: "NullPointerException at ByteBufferAccessor.size",
        by: "a selected collection with a null in it",
    },
    Failure {
        thrown: "NullPointerException at ByteBufferUtil.string",
        by: "a selected collection with a null in it, as JSON",
    },
    Failure {
        thrown: "NullPointerException at CollectionType.setOrListToJsonString",
        by: "a selected collection with a null in it, as JSON",
    },
    Failure {
        thrown: "NullPointerException at Cql_Parser.addRawUpdate",
        by: "an UPDATE without the name of a column",
    },
    Failure {
        thrown: "NullPointerException at CQL3Type$Raw$RawTuple.lambda$new$0",
        by: "a tuple of a type that is named by a class that there is not",
    },
    Failure { thrown: "NullPointerException at Cql_Parser.comparatorType", by: "a frozen native type" },
    Failure {
        thrown: "NullPointerException at Cql_Parser.describeStatement",
        by: "a DESCRIBE of a function or an aggregate that goes on where it should end",
    },
    Failure {
        thrown: "NullPointerException at FastByteOperations$UnsafeOperations.compareTo",
        by: "a selected collection with a null in it",
    },
    Failure {
        thrown: "NullPointerException at FunctionCall$Raw.getText",
        by: "a syntax error in a term of which the parser makes an operation all the same",
    },
    Failure {
        thrown: "NullPointerException at MapType.toJSONString",
        by: "a selected collection with a null in it, as JSON",
    },
    Failure {
        thrown: "NullPointerException at Row$Merger$ColumnDataReducer.getReduced",
        by: "a SELECT of rows with columns that were dropped and added again",
    },
    Failure {
        thrown: "NullPointerException at UTName.getStringTypeName",
        by: "a DESCRIBE of a type without its name",
    },
    Failure {
        thrown: "NullPointerException at Cql_Parser.normalColumnOperation",
        by: "an UPDATE without the name of a column",
    },
    Failure {
        thrown: "NumberFormatException at DecimalSerializer.deserialize",
        by: "a condition on a value of a map, which is compared as the keys are",
    },
    Failure {
        thrown: "StringIndexOutOfBoundsException at ErrorCollector.insertChar",
        by: "a syntax error at a text that goes over a line's end, which cannot be quoted",
    },
    Failure {
        thrown: "UnsupportedOperationException at AbstractType.compareCustom",
        by: "a selected set of durations",
    },
    Failure {
        thrown: "UnsupportedOperationException at CounterColumnType.fromJSONObject",
        by: "from_json() for a counter",
    },
    Failure {
        thrown: "UnsupportedOperationException at VectorMemoryIndex.search",
        by: "a SELECT by the equality of a vector that has an index",
    },
];

/// What Cassandra threw, and at which statements it does, if that is known.
pub fn known_failure(theirs: &Outcome) -> Option<String> {
    let failure = theirs.refused().filter(|refusal| refusal.is_failure())?;
    let thrown = failure.cause.as_deref()?;
    let known = FAILURES.iter().find(|known| known.thrown == thrown)?;
    Some(format!("{thrown}: {}", known.by))
}
