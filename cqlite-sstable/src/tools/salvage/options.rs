//! How to salvage.

/// How to salvage an SSTable. The default takes everything as it was written.
#[derive(Debug, Clone)]
pub struct SalvageOptions {
    /// The keyspace and the name of the table, for the header of the output, where they are known.
    pub table: Option<(String, String)>,
    /// Whether keys, clusterings, paths and values are checked against their types. A row with an invalid one goes to
    /// [`super::Stream::Suspect`].
    pub validates: bool,
    /// Whether rows whose expiry overflowed are written anew with the greatest expiry that 32 bits hold, one
    /// microsecond later, so that they win over what was made of them (CASSANDRA-14092). Cassandra's
    /// `--reinsert-overflowed-ttl`.
    pub reinserts_overflowed_ttl: bool,
    /// Whether damage in a table of counters is passed over. Counts that are lost with it cannot be told from counts
    /// that were never made, so the default is to stop there.
    pub skips_in_counters: bool,
}

impl SalvageOptions {
    /// For reading rows that are believed only if all their values are valid.
    pub(super) const VALIDATING: Self =
        Self { table: None, validates: true, reinserts_overflowed_ttl: false, skips_in_counters: false };
}

impl Default for SalvageOptions {
    fn default() -> Self {
        Self::VALIDATING
    }
}
