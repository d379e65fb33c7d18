//! `DESCRIBE CLUSTER`

use std::sync::Arc;

use cqlite_sstable::types::CqlType;

use super::columns;
use crate::catalog::Schema;
use crate::query::RowSet;
use crate::query::schema::is_system_keyspace;

const PACKAGE: &str = "org.apache.cassandra.dht.";

/// The class by which a node that is told nothing else knows where others are.
const SNITCH: &str = "DynamicEndpointSnitch";

/// Where a node that is told nothing else is, and where the only range of tokens ends.
const ENDPOINT: &str = "/127.0.0.1:7000";
const RANGE_END: &str = "-9223372036854775808";

/// The cluster of one node that a database is. With a keyspace in use, all tokens are of that node.
pub(super) fn describe(schema: &Schema, in_use: Option<&str>, cluster_name: &str) -> RowSet {
    let class = schema.system().partitioner().class_name();
    let partitioner = class.strip_prefix(PACKAGE).unwrap_or(&class).to_owned();
    let mut columns = columns(&["cluster", "partitioner", "snitch"]);
    let owners = in_use.filter(|keyspace| !is_system_keyspace(keyspace)).map(|_| owners());
    if owners.is_some()
        && let Some(first) = columns.first()
    {
        let endpoints = CqlType::List { element: Arc::new(CqlType::Text), frozen: true };
        let owners = CqlType::Map { key: Arc::new(CqlType::Text), value: Arc::new(endpoints), frozen: true };
        let owners = first.with("range_ownership", owners);
        columns.push(owners);
    }
    let mut rows = RowSet::new(columns);
    let texts = [cluster_name.as_bytes(), partitioner.as_bytes(), SNITCH.as_bytes()];
    rows.push_row(texts.into_iter().map(Some).chain(owners.as_deref().map(Some)));
    rows
}

/// `{end of the range: [endpoint]}` as a frozen map.
fn owners() -> Vec<u8> {
    let element = |bytes: &[u8]| {
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        [&length.to_be_bytes()[..], bytes].concat()
    };
    let one = 1_i32.to_be_bytes();
    let endpoints = [&one[..], &element(ENDPOINT.as_bytes())].concat();
    [&one[..], &element(RANGE_END.as_bytes()), &element(&endpoints)].concat()
}
