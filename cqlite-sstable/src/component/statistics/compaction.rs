//! What compaction wants to know.

use super::super::field_reader::FieldReader;
use super::CardinalityEstimator;
use crate::error::Result;

/// What serves to estimate how many keys a compaction's output will have (`CompactionMetadata`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactionMetadata {
    /// A sketch of the partition keys.
    pub cardinality_estimator: CardinalityEstimator,
}

impl CompactionMetadata {
    pub(super) fn parse(reader: &mut FieldReader<'_>) -> Result<Self> {
        let length = reader.count("the cardinality estimator", 1)?;
        let start = reader.offset();
        let sketch = reader.read("the cardinality estimator", |bytes| bytes.take(length))?;
        let mut reader = FieldReader::new("COMPACTION", sketch, start);
        Ok(Self { cardinality_estimator: CardinalityEstimator::parse(&mut reader)? })
    }
}
