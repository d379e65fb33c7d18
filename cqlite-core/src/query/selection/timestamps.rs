//! When cells were written, and how long they live.

use std::ops::Range;

use cqlite_cql::query::WritetimeOrTtl;
use cqlite_sstable::row::Cell;
use cqlite_sstable::types::CqlType;

use super::compose::push_element;
use crate::query::{InputRow, TableColumn};

/// Whether only the greatest is told (`Selectable.WritetimeOrTTL.Kind.aggregatesMultiCell`).
pub(super) fn is_maximum(kind: WritetimeOrTtl) -> bool {
    kind == WritetimeOrTtl::MaxWritetime
}

/// The type of what is told: of many cells a list.
pub(super) fn type_of(kind: WritetimeOrTtl, is_list: bool) -> CqlType {
    let of = match kind {
        WritetimeOrTtl::Ttl => CqlType::Int,
        WritetimeOrTtl::Writetime | WritetimeOrTtl::MaxWritetime => CqlType::BigInt,
    };
    if is_list { CqlType::List { element: of.into(), frozen: true } } else { of }
}

/// What is told of the cells of a column, or of a part of them (`cql3.selection.ColumnTimestamps`). Nothing
/// of a cell that is not there, or does not expire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Timestamps {
    /// Of no cell.
    None,
    /// Of one.
    One(Option<i64>),
    /// Of the cells of a column that has many.
    Many(Vec<Option<i64>>),
}

impl Timestamps {
    /// Those of a column in a row at a second.
    pub(super) fn of(
        column: &TableColumn,
        row: &InputRow<'_>,
        kind: WritetimeOrTtl,
        now_seconds: i64,
    ) -> Self {
        let of_cell = |cell: &Cell<'_>| match kind {
            WritetimeOrTtl::Writetime | WritetimeOrTtl::MaxWritetime => Some(cell.timestamp),
            WritetimeOrTtl::Ttl if !cell.is_expiring() => None,
            WritetimeOrTtl::Ttl => {
                let left = cell.local_deletion_time_seconds.saturating_sub(now_seconds);
                Some(left).filter(|left| *left >= 0)
            }
        };
        match column.cql_type() {
            cql_type if !cql_type.is_multi_cell() => {
                row.cell(column).map_or(Self::None, |cell| Self::One(of_cell(&cell)))
            }
            CqlType::User(user) => {
                let mut fields = vec![None; user.fields.len()];
                let mut is_there = false;
                for cell in row.cells(column) {
                    is_there = true;
                    let place = cell.path.and_then(<[u8]>::first_chunk).map(|path| u16::from_be_bytes(*path));
                    if let Some(field) = place.and_then(|place| fields.get_mut(usize::from(place))) {
                        *field = of_cell(&cell);
                    }
                }
                if is_there { Self::Many(fields) } else { Self::None }
            }
            _ => {
                let cells: Vec<_> = row.cells(column).map(|cell| of_cell(&cell)).collect();
                if cells.is_empty() { Self::None } else { Self::Many(cells) }
            }
        }
    }

    /// That of one element or field. What is one cell as a whole has but one.
    pub(super) fn get(self, index: usize) -> Self {
        match self {
            Self::Many(all) => Self::One(all.get(index).copied().flatten()),
            other => other,
        }
    }

    /// Those of some elements.
    pub(super) fn slice(self, range: Range<usize>) -> Self {
        match self {
            _ if range.is_empty() => Self::None,
            Self::Many(all) => Self::Many(all.get(range).unwrap_or_default().to_vec()),
            other => other,
        }
    }

    /// The greatest.
    pub(super) fn max(self) -> Self {
        match self {
            Self::Many(all) => Self::One(all.into_iter().flatten().max()),
            other => other,
        }
    }

    /// Pushes what clients are told; `false` if that is null.
    pub(super) fn write(&self, kind: WritetimeOrTtl, out: &mut Vec<u8>) -> bool {
        let push = |told: i64, out: &mut Vec<u8>| match kind {
            WritetimeOrTtl::Ttl => out.extend_from_slice(&(told as i32).to_be_bytes()),
            WritetimeOrTtl::Writetime | WritetimeOrTtl::MaxWritetime => {
                out.extend_from_slice(&told.to_be_bytes());
            }
        };
        match self {
            Self::None | Self::One(None) => false,
            Self::One(Some(told)) => {
                push(*told, out);
                true
            }
            Self::Many(all) if all.is_empty() => false,
            Self::Many(all) => {
                out.extend_from_slice(&(all.len() as u32).to_be_bytes());
                let mut bytes = Vec::with_capacity(8);
                for told in all {
                    bytes.clear();
                    if let Some(told) = told {
                        push(*told, &mut bytes);
                    }
                    push_element(told.is_some().then_some(bytes.as_slice()), out);
                }
                true
            }
        }
    }
}
