//! `USING TIMESTAMP` and `USING TTL`.

use cqlite_cql::Literal;
use cqlite_cql::query::{Attributes, IntValue, Term};
use cqlite_sstable::types::CqlType;

use crate::catalog::Table;
use crate::query::term::PreparedTerm;
use crate::query::{BindMarkers, Bindings, ColumnSpec, QueryError, QueryResult, Scope, Value};

/// The longest time to live: 20 years (`Attributes.MAX_TTL`).
const TTL_LIMIT_SECONDS: i32 = 20 * 365 * 24 * 60 * 60;

/// The last second at which something may expire, as long as the commit log has signed ones
/// (`Cell.MAX_DELETION_TIME_2038_LEGACY_CAP`).
const LAST_EXPIRY_SECONDS: i64 = i32::MAX as i64 - 1;

/// The time and the time to live that a statement states (`cql3.Attributes`).
#[derive(Debug, Default)]
pub(super) struct PreparedAttributes {
    timestamp: Option<PreparedTerm>,
    ttl: Option<PreparedTerm>,
}

impl PreparedAttributes {
    /// Those of a statement on this table, or of a batch.
    ///
    /// # Errors
    /// If one is no number of its type.
    pub(super) fn prepare(
        raw: &Attributes,
        (keyspace, table): (&str, &str),
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        let mut term = |value: &Option<IntValue>, name: &str, cql_type: CqlType| {
            let spec = ColumnSpec {
                keyspace: keyspace.into(),
                table: table.into(),
                name: name.into(),
                cql_type,
                is_descending: false,
            };
            let raw = value.as_ref().map(|value| match value {
                IntValue::Integer(digits) => Term::Constant(Literal::Integer(digits.clone())),
                IntValue::BindMarker(marker) => Term::BindMarker(marker.clone()),
            });
            raw.map(|raw| PreparedTerm::prepare(&raw, &spec, scope, markers)).transpose()
        };
        Ok(Self {
            timestamp: term(&raw.timestamp_micros, "[timestamp]", CqlType::BigInt)?,
            ttl: term(&raw.ttl_seconds, "[ttl]", CqlType::Int)?,
        })
    }

    pub(super) fn has_timestamp(&self) -> bool {
        self.timestamp.is_some()
    }

    pub(super) fn has_ttl(&self) -> bool {
        self.ttl.is_some()
    }

    /// The time of the write that is stated.
    ///
    /// # Errors
    /// If it is null.
    pub(super) fn stated_timestamp(&self, bindings: &Bindings<'_>) -> QueryResult<Option<i64>> {
        let Some(term) = &self.timestamp else { return Ok(None) };
        match term.evaluate(bindings)? {
            Value::Null => Err(QueryError::invalid("Invalid null value of timestamp")),
            Value::Unset => Ok(None),
            Value::Bytes(bytes) => match <[u8; 8]>::try_from(&*bytes) {
                Ok(bytes) => Ok(Some(i64::from_be_bytes(bytes))),
                Err(_) => Err(QueryError::invalid("Invalid timestamp value: it has no bytes")),
            },
        }
    }

    /// The time to live in seconds; 0 for none.
    ///
    /// # Errors
    /// If it is negative or too long, or ends too late.
    pub(super) fn ttl_seconds(
        &self,
        table: &Table,
        now_seconds: i64,
        bindings: &Bindings<'_>,
    ) -> QueryResult<i32> {
        let default = table.parameters().default_time_to_live_seconds;
        let Some(term) = &self.ttl else {
            check_expiry(table, default, now_seconds, "default ")?;
            return Ok(default);
        };
        let bytes = match term.evaluate(bindings)? {
            Value::Null => return Ok(0),
            Value::Unset => return Ok(default),
            Value::Bytes(bytes) => bytes,
        };
        let Ok(bytes) = <[u8; 4]>::try_from(&*bytes) else { return Ok(0) };
        let ttl = i32::from_be_bytes(bytes);
        if ttl < 0 {
            let told = format!("A TTL must be greater or equal to 0, but was {ttl}");
            return Err(QueryError::invalid(told));
        }
        if ttl > TTL_LIMIT_SECONDS {
            let told = format!("ttl is too large. requested ({ttl}) maximum ({TTL_LIMIT_SECONDS})");
            return Err(QueryError::invalid(told));
        }
        check_expiry(table, ttl, now_seconds, "")?;
        Ok(ttl)
    }
}

/// Refuses what would expire too late (`ExpirationDateOverflowHandling`, policy `REJECT`).
fn check_expiry(table: &Table, ttl: i32, now_seconds: i64, kind: &str) -> QueryResult<()> {
    if ttl == 0 || now_seconds.saturating_add(i64::from(ttl)) <= LAST_EXPIRY_SECONDS {
        return Ok(());
    }
    let (keyspace, name) = (table.keyspace(), table.name());
    Err(QueryError::invalid(format!(
        "Request on table {keyspace}.{name} with {kind}ttl of {ttl} seconds exceeds maximum supported expiration date \
         of 2038-01-19T03:14:06+00:00. In order to avoid this use a lower TTL, change the expiration date overflow \
         policy or upgrade to a version where this limitation is fixed. See CASSANDRA-14092 and CASSANDRA-14227 for \
         more details."
    )))
}
