//! Options by their names (`cql3.statements.PropertyDefinitions`).

use std::collections::BTreeMap;

use cqlite_cql::{Literal, MapLiteral, Property, PropertyValue};
use cqlite_sstable::{Error, Result};

/// What tables can be asked for (`TableParams.Option`). `auto_repair` is for nodes that are told to have it.
const NAMES: [&str; 19] = [
    "additional_write_policy",
    "allow_auto_snapshot",
    "bloom_filter_fp_chance",
    "caching",
    "cdc",
    "comment",
    "compaction",
    "compression",
    "crc_check_chance",
    "default_time_to_live",
    "extensions",
    "gc_grace_seconds",
    "incremental_backups",
    "max_index_interval",
    "memtable",
    "memtable_flush_period_in_ms",
    "min_index_interval",
    "read_repair",
    "speculative_retry",
];

/// The options of a statement, as numbers, texts and maps.
pub(super) struct OptionValues<'a>(&'a [Property]);

impl<'a> OptionValues<'a> {
    pub(super) fn new(options: &'a [Property]) -> Self {
        Self(options)
    }

    /// Refuses an option that tables do not have.
    pub(super) fn check_names(&self) -> Result<()> {
        match self.0.iter().find(|option| !NAMES.contains(&option.name.as_str())) {
            Some(option) => Err(refused(format!("Unknown property '{}'", option.name.as_str()))),
            None => Ok(()),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    fn value(&self, name: &str) -> Option<&'a PropertyValue> {
        self.0.iter().find(|option| option.name.as_str() == name).map(|option| &option.value)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>> {
        match self.value(name) {
            None => Ok(None),
            Some(PropertyValue::Literal(literal)) => Ok(Some(literal.text().into_owned())),
            Some(PropertyValue::Map(_)) => {
                Err(refused(format!("Invalid value for property '{name}'. It should be a string")))
            }
        }
    }

    fn entries(&self, name: &str) -> Result<Option<&'a MapLiteral>> {
        match self.value(name) {
            None => Ok(None),
            Some(PropertyValue::Map(map)) => Ok(Some(map)),
            Some(PropertyValue::Literal(_)) => {
                Err(refused(format!("Invalid value for property '{name}'. It should be a map.")))
            }
        }
    }

    pub(super) fn map(&self, name: &str) -> Result<Option<BTreeMap<String, String>>> {
        let text = |literal: &Literal| literal.text().into_owned();
        let entries = self.entries(name)?;
        Ok(entries.map(|map| map.entries.iter().map(|(key, value)| (text(key), text(value))).collect()))
    }

    /// A map of blobs, as `DESCRIBE` prints extensions.
    pub(super) fn blobs(&self, name: &str) -> Result<Option<BTreeMap<String, Vec<u8>>>> {
        let Some(map) = self.entries(name)? else { return Ok(None) };
        let blob = |(key, value): &(Literal, Literal)| {
            let bytes = match value {
                Literal::Blob(text) => bytes_of(text),
                _ => None,
            };
            let key = key.text().into_owned();
            match bytes {
                Some(bytes) => Ok((key, bytes)),
                None => Err(refused(format!("the value of '{key}' in '{name}' is not a blob"))),
            }
        };
        map.entries.iter().map(blob).collect::<Result<_>>().map(Some)
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match text.to_lowercase().as_str() {
            "1" | "true" | "yes" => Ok(Some(true)),
            "0" | "false" | "no" => Ok(Some(false)),
            _ => Err(refused(format!(
                "Invalid boolean value {text} for '{name}'. Positive values can be '1', 'true' or 'yes'. Negative values \
                 can be '0', 'false' or 'no'."
            ))),
        }
    }

    pub(super) fn int(&self, name: &str) -> Result<Option<i32>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse().map_err(|_| refused(format!("Invalid integer value {text} for '{name}'")));
        number.map(Some)
    }

    pub(super) fn double(&self, name: &str) -> Result<Option<f64>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse().map_err(|_| refused(format!("Invalid double value {text} for '{name}'")));
        number.map(Some)
    }
}

fn refused(message: String) -> Error {
    Error::invalid_input(message)
}

/// The bytes of a literal `0xcafe`.
fn bytes_of(literal: &str) -> Option<Vec<u8>> {
    let digits = literal.get(2..)?.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    (digits.len() % 2 == 0).then(|| digits.chunks_exact(2).map(byte).collect())?
}
