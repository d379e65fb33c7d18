//! `schema.CachingParams`.

use std::collections::BTreeMap;

use crate::query::{QueryError, QueryResult};

const KEYS: &str = "keys";
const ROWS: &str = "rows_per_partition";
const ALL: &str = "ALL";
const NONE: &str = "NONE";

/// What of a table may be held in caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachingParameters {
    /// Whether places of keys are.
    pub keys: bool,
    /// How many rows of a partition, from its beginning; 0 for none, and `i32::MAX` for all.
    pub rows_per_partition: i32,
}

impl Default for CachingParameters {
    fn default() -> Self {
        Self { keys: true, rows_per_partition: 0 }
    }
}

impl CachingParameters {
    pub(super) fn parse(map: &BTreeMap<String, String>) -> QueryResult<Self> {
        let others: Vec<&str> =
            map.keys().map(String::as_str).filter(|name| ![KEYS, ROWS].contains(name)).collect();
        if !others.is_empty() {
            let others = others.join(", ");
            return Err(QueryError::configuration(format!(
                "Invalid caching sub-options [{others}]: only '{KEYS}' and '{ROWS}' are allowed"
            )));
        }
        let is = |value: &str, word: &str| value.eq_ignore_ascii_case(word);
        let keys = match map.get(KEYS).map(String::as_str) {
            Some(value) if is(value, ALL) => true,
            Some(value) if is(value, NONE) => false,
            None => false,
            Some(value) => {
                return Err(QueryError::configuration(format!(
                    "Invalid value '{value}' for caching sub-option '{KEYS}': only '{ALL}' and '{NONE}' are allowed"
                )));
            }
        };
        let rows_per_partition = match map.get(ROWS).map(String::as_str) {
            Some(value) if is(value, ALL) => i32::MAX,
            Some(value) if is(value, NONE) => 0,
            None => 0,
            Some(value) => value.parse().ok().filter(|rows| *rows >= 0).ok_or_else(|| {
                QueryError::configuration(format!(
                    "Invalid value '{value}' for caching sub-option '{ROWS}': only '{ALL}', '{NONE}', and integer \
                     values are allowed"
                ))
            })?,
        };
        Ok(Self { keys, rows_per_partition })
    }

    /// The map as it is stored.
    pub fn to_map(self) -> BTreeMap<String, String> {
        let rows = match self.rows_per_partition {
            0 => NONE.to_owned(),
            i32::MAX => ALL.to_owned(),
            rows => rows.to_string(),
        };
        let keys = if self.keys { ALL } else { NONE };
        BTreeMap::from([(KEYS.to_owned(), keys.to_owned()), (ROWS.to_owned(), rows)])
    }
}
