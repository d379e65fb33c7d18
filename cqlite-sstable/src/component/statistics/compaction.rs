//! What compaction wants to know.

use super::super::field_reader::FieldReader;
use super::super::field_writer::FieldWriter;
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
        if length == 0 {
            // Early files of ScyllaDB have none.
            return Ok(Self { cardinality_estimator: CardinalityEstimator::Scylla(Vec::new()) });
        }
        let start = reader.offset();
        let sketch = reader.read("the cardinality estimator", |bytes| bytes.take(length))?;
        let mut reader = FieldReader::new("COMPACTION", sketch, start);
        Ok(Self { cardinality_estimator: CardinalityEstimator::parse(&mut reader)? })
    }

    pub(super) fn write(&self, writer: &mut FieldWriter) -> Result<()> {
        let sketch = self.cardinality_estimator.to_bytes();
        writer.count("the cardinality estimator", sketch.len())?;
        writer.raw(&sketch);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sketch_may_be_missing_but_not_cut_off() {
        let read = CompactionMetadata::parse(&mut FieldReader::new("COMPACTION", &[0; 4], 0)).unwrap();
        assert_eq!(read.cardinality_estimator.cardinality(), -1);
        let cut_off = [0, 0, 0, 2, 0xFF, 0xFF];
        assert!(CompactionMetadata::parse(&mut FieldReader::new("COMPACTION", &cut_off, 0)).is_err());
    }
}
