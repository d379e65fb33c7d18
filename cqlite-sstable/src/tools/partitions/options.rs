//! What is counted.

/// What [`super::count_partitions`] counts.
#[derive(Debug, Clone, Default)]
pub struct PartitionsOptions {
    /// Only the partitions with these keys, as [`crate::types::parse_string`] reads them; all if there are none.
    pub keys: Vec<String>,
    /// Not the partitions with these keys, as they are printed.
    pub excluded_keys: Vec<String>,
    /// When expiry is judged, in seconds since 1970.
    pub now_seconds: i64,
    /// Whether only sizes are wanted: then rows are not read, and without keys to choose by, the index alone is.
    pub index_alone: bool,
}

impl PartitionsOptions {
    /// Everything of all partitions, with expiry judged at `now_seconds`.
    pub fn new(now_seconds: i64) -> Self {
        Self { now_seconds, ..Self::default() }
    }
}
