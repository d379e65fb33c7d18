//! What compaction wants to know.

use super::super::field_reader::FieldReader;
use crate::error::Result;

/// What serves to estimate how many keys a compaction's output will have (`CompactionMetadata`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactionMetadata {
    /// A serialized HyperLogLog++ of the partition keys.
    pub cardinality_estimator: Vec<u8>,
}

impl CompactionMetadata {
    pub(super) fn parse(reader: &mut FieldReader<'_>) -> Result<Self> {
        let length = reader.count("the cardinality estimator", 1)?;
        let sketch = reader.read("the cardinality estimator", |bytes| bytes.take(length))?;
        Ok(Self { cardinality_estimator: sketch.to_owned() })
    }
}
