//! One row of the input.

use super::columns::{Field, Role};
use crate::row::ClusteringKind;

/// What the input says of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum FieldValue {
    #[default]
    Unset,
    Null,
    Value(Vec<u8>),
}

/// What a row deletes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Deletion {
    #[default]
    None,
    Partition,
    Row,
    /// These columns.
    Columns(Vec<usize>),
    /// The rows between two bounds.
    Range([RangeBound; 2]),
}

/// One end of a range: its kind and the values of the first clustering columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RangeBound {
    pub(super) kind: ClusteringKind,
    pub(super) values: Vec<Vec<u8>>,
}

/// One row of the input, used again for the next.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// By the columns of the table, as the next two.
    pub(super) values: Vec<FieldValue>,
    pub(super) write_times: Vec<Option<i64>>,
    pub(super) ttls: Vec<Option<i32>>,
    pub(super) write_time: Option<i64>,
    pub(super) ttl: Option<i32>,
    pub(super) deletion: Deletion,
    /// Columns, and the paths of elements in them that are deleted.
    pub(super) deleted_elements: Vec<(usize, Vec<Vec<u8>>)>,
    /// What fields gave so far: by the columns their values, write times and TTLs, and then those of the row.
    given: Vec<bool>,
    /// Whether the fields were there that were asked for to have the write time and the TTL of the row.
    pub(super) has_row_fields: [bool; 2],
}

impl Record {
    pub(super) fn clear(&mut self, columns: usize) {
        self.values.clear();
        self.values.resize_with(columns, FieldValue::default);
        self.write_times.clear();
        self.write_times.resize(columns, None);
        self.ttls.clear();
        self.ttls.resize(columns, None);
        self.write_time = None;
        self.ttl = None;
        self.deletion = Deletion::None;
        self.deleted_elements.clear();
        self.given.clear();
        self.given.resize(columns.saturating_mul(3).saturating_add(2), false);
        self.has_row_fields = [false; 2];
    }

    /// Notes that there is a field. False if another one gave the same already.
    pub(super) fn note(&mut self, field: Field) -> bool {
        let columns = self.values.len();
        let of_role = field.role.map(|role| match role {
            Role::WriteTime(column) => columns.saturating_add(column),
            Role::Ttl(column) => columns.saturating_mul(2).saturating_add(column),
            Role::RowWriteTime => columns.saturating_mul(3),
            Role::RowTtl => columns.saturating_mul(3).saturating_add(1),
        });
        [field.column, of_role]
            .into_iter()
            .flatten()
            .all(|place| self.given.get_mut(place).is_some_and(|given| !std::mem::replace(given, true)))
    }

    pub(super) fn set(&mut self, column: usize, value: FieldValue) {
        if let Some(into) = self.values.get_mut(column) {
            *into = value;
        }
    }
}
