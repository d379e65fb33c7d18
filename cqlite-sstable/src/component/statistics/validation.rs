//! What is checked when an SSTable is opened.

use super::super::field_reader::FieldReader;
use super::super::field_writer::FieldWriter;
use crate::encoding::Bytes;
use crate::error::Result;

/// What must fit the table that opens an SSTable (`ValidationMetadata`).
#[derive(Debug, Clone, PartialEq)]
pub struct ValidationMetadata {
    /// The class name of the partitioner that orders the partitions.
    pub partitioner: String,
    /// The chance of a false positive that the bloom filter was built for; 1 if there is no filter.
    pub bloom_filter_fp_chance: f64,
}

impl ValidationMetadata {
    pub(super) fn parse(reader: &mut FieldReader<'_>) -> Result<Self> {
        Ok(Self {
            partitioner: reader.read("partitioner", Bytes::utf)?.to_owned(),
            bloom_filter_fp_chance: reader.read("bloomFilterFPChance", Bytes::f64)?,
        })
    }

    pub(super) fn write(&self, writer: &mut FieldWriter) -> Result<()> {
        writer.short_prefixed("partitioner", self.partitioner.as_bytes())?;
        writer.f64(self.bloom_filter_fp_chance);
        Ok(())
    }
}
