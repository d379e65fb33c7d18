//! The options of `CREATE KEYSPACE` and `ALTER KEYSPACE`.

use std::collections::BTreeSet;

use cqlite_cql::Property;

use super::Replication;
use super::parameters::OptionValues;
use super::replication::CLASS;
use crate::query::{QueryError, QueryResult};

const REPLICATION: &str = "replication";
const DURABLE_WRITES: &str = "durable_writes";

/// The options of a keyspace as they are written (`cql3.statements.schema.KeyspaceAttributes`).
pub(crate) struct KeyspaceAttributes<'a>(OptionValues<'a>);

impl<'a> KeyspaceAttributes<'a> {
    /// Options of which none is unknown, and of which the replication names its class.
    pub(crate) fn new(options: &'a [Property]) -> QueryResult<Self> {
        let values = OptionValues::new(options);
        values.check_names(&[DURABLE_WRITES, REPLICATION])?;
        match values.map(REPLICATION)? {
            Some(map) if !map.is_empty() && !map.contains_key(CLASS) => {
                Err(QueryError::configuration("Missing replication strategy class"))
            }
            _ => Ok(Self(values)),
        }
    }

    /// As [`Self::new`], with the replication among them.
    pub(crate) fn checked(options: &'a [Property]) -> QueryResult<Self> {
        let attributes = Self::new(options)?;
        match attributes.0.has(REPLICATION) {
            true => Ok(attributes),
            false => Err(QueryError::invalid(format!("Missing mandatory option '{REPLICATION}'"))),
        }
    }

    /// Whether writes are durable; as it was, if nothing is said.
    pub(crate) fn durable_writes(&self, before: bool) -> QueryResult<bool> {
        Ok(self.0.boolean(DURABLE_WRITES)?.unwrap_or(before))
    }

    /// The replication of a new keyspace.
    pub(crate) fn new_replication(&self, datacenters: &BTreeSet<String>) -> QueryResult<Replication> {
        self.replication(None, datacenters)?
            .ok_or_else(|| QueryError::configuration("Missing replication strategy class"))
    }

    /// The replication that is asked for, if one is.
    pub(crate) fn replication(
        &self,
        before: Option<&Replication>,
        datacenters: &BTreeSet<String>,
    ) -> QueryResult<Option<Replication>> {
        let Some(mut map) = self.0.map(REPLICATION)? else { return Ok(None) };
        let Some(class) = map.remove(CLASS) else { return Ok(None) };
        Replication::from_map(&class, map, before, datacenters).map(Some)
    }
}
