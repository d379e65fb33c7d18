//! The range of clusterings that an SSTable has.

use super::super::field_reader::FieldReader;
use super::super::field_writer::FieldWriter;
use super::field_offsets::{COVERED_END, COVERED_START};
use crate::encoding::{Bytes, DecodeError, ValueLength, read_bound};
use crate::error::Result;
use crate::row::{ClusteringBuffer, ClusteringKind, ClusteringValue};
use crate::types::CqlType;

/// One end of the covered clusterings: a prefix of clustering values and whether it is included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredBound {
    /// An inclusive or exclusive bound, of the start or of the end.
    pub kind: ClusteringKind,
    /// The values, at most as many as there are clustering columns.
    pub values: ClusteringBuffer,
}

impl CoveredBound {
    /// The bound in front of all clusterings.
    fn bottom() -> Self {
        Self { kind: ClusteringKind::InclStartBound, values: ClusteringBuffer::default() }
    }

    /// The bound behind all clusterings.
    fn top() -> Self {
        Self { kind: ClusteringKind::InclEndBound, values: ClusteringBuffer::default() }
    }
}

/// Between which clusterings all rows and range tombstones of an SSTable lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CoveredClusterings {
    /// Nothing is known, or there are no clusterings: anything can be in the SSTable.
    All,
    /// What is outside of these bounds is not in the SSTable. A bound without values excludes nothing.
    Slice {
        /// The least clustering.
        start: CoveredBound,
        /// The greatest clustering.
        end: CoveredBound,
    },
}

impl CoveredClusterings {
    /// Reads a slice of two bounds over `types`, as since `oa`.
    pub(super) fn parse(reader: &mut FieldReader<'_>, types: &[CqlType]) -> Result<Self> {
        let lengths: Vec<_> = types.iter().map(ValueLength::of).collect();
        let start = reader.read(COVERED_START[0], |bytes| {
            covered_bound(bytes, &lengths, [ClusteringKind::InclStartBound, ClusteringKind::ExclStartBound])
        })?;
        let end = reader.read(COVERED_END[0], |bytes| {
            covered_bound(bytes, &lengths, [ClusteringKind::InclEndBound, ClusteringKind::ExclEndBound])
        })?;
        Ok(Self::Slice { start, end })
    }

    /// Reads two lists of values, both inclusive, as before `oa`.
    pub(super) fn parse_legacy(reader: &mut FieldReader<'_>) -> Result<Self> {
        let start = legacy_values(reader, COVERED_START[1])?;
        let end = legacy_values(reader, COVERED_END[1])?;
        if start.as_clustering().is_empty() && end.as_clustering().is_empty() {
            return Ok(Self::All);
        }
        Ok(Self::Slice {
            start: CoveredBound { kind: ClusteringKind::InclStartBound, values: start },
            end: CoveredBound { kind: ClusteringKind::InclEndBound, values: end },
        })
    }

    /// Writes a slice of two bounds over `types`, as since `oa`.
    pub(super) fn write(&self, writer: &mut FieldWriter, types: &[CqlType]) -> Result<()> {
        let lengths: Vec<_> = types.iter().map(ValueLength::of).collect();
        let (bottom, top) = (CoveredBound::bottom(), CoveredBound::top());
        let (start, end) = match self {
            Self::All => (&bottom, &top),
            Self::Slice { start, end } => (start, end),
        };
        writer.bound(COVERED_START[0], (start.kind, start.values.as_clustering()), &lengths)?;
        writer.bound(COVERED_END[0], (end.kind, end.values.as_clustering()), &lengths)
    }

    /// Writes two lists of values, as before `oa`. Both are inclusive, and a list ends in front of the first null: what
    /// they cover is never less than this.
    pub(super) fn write_legacy(&self, writer: &mut FieldWriter) -> Result<()> {
        match self {
            Self::All => {
                writer.count(COVERED_START[1], 0)?;
                writer.count(COVERED_END[1], 0)
            }
            Self::Slice { start, end } => {
                write_legacy_values(writer, COVERED_START[1], &start.values)?;
                write_legacy_values(writer, COVERED_END[1], &end.values)
            }
        }
    }
}

fn covered_bound(
    bytes: &mut Bytes<'_>,
    lengths: &[ValueLength],
    allowed: [ClusteringKind; 2],
) -> Result<CoveredBound, DecodeError> {
    let mut values = ClusteringBuffer::default();
    let kind = read_bound(bytes, lengths, &mut values)?;
    if !allowed.contains(&kind) {
        return Err(DecodeError::Invalid("the bound is on the wrong side"));
    }
    Ok(CoveredBound { kind, values })
}

fn legacy_values(reader: &mut FieldReader<'_>, field: &'static str) -> Result<ClusteringBuffer> {
    let count = reader.count(field, 2)?;
    let mut values = ClusteringBuffer::default();
    for _ in 0..count {
        values.push(ClusteringValue::Value(reader.read(field, Bytes::short_prefixed)?));
    }
    Ok(values)
}

fn write_legacy_values(writer: &mut FieldWriter, field: &str, values: &ClusteringBuffer) -> Result<()> {
    let known = || values.as_clustering().iter().map_while(ClusteringValue::bytes);
    writer.count(field, known().count())?;
    known().try_for_each(|value| writer.short_prefixed(field, value))
}
