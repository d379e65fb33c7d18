//! The columns of the table, and what a field of the input is to them.

use cqlite_cql::Order;

use super::names::{Spelling, argument, unquoted};
use super::options::ImportOptions;
use crate::error::{Error, Result};
use crate::schema::{ColumnKind, TableSchema};
use crate::types::{CqlType, Excerpt};

/// A column that values can be given for.
#[derive(Debug, Clone)]
pub(super) struct TargetColumn {
    pub(super) name: String,
    pub(super) kind: ColumnKind,
    /// The place among the columns of its kind.
    pub(super) index: usize,
    pub(super) column_type: CqlType,
    /// Whether it is a clustering column whose greater values come first.
    is_descending: bool,
}

/// All columns: the partition key, the clustering, the static and the regular ones.
#[derive(Debug, Clone)]
pub(super) struct TargetColumns {
    columns: Vec<TargetColumn>,
    timestamp_column: Option<String>,
    ttl_column: Option<String>,
}

/// What a field of the input is. It may be a column's value and the write time of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Field {
    pub(super) column: Option<usize>,
    pub(super) role: Option<Role>,
}

impl Field {
    /// Whether both give one column's value, or say the same besides.
    pub(super) fn is_of_the_same(self, other: Self) -> bool {
        (self.column.is_some() && self.column == other.column)
            || (self.role.is_some() && self.role == other.role)
    }
}

/// What a field says besides a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    RowWriteTime,
    RowTtl,
    WriteTime(usize),
    Ttl(usize),
}

/// Whether an option means the field of this name.
pub(super) fn is_same(wanted: &str, name: &str) -> bool {
    wanted == name || unquoted(wanted) == unquoted(name)
}

impl TargetColumns {
    pub(super) fn new(schema: &TableSchema, options: &ImportOptions) -> Result<Self> {
        if let (Some(timestamp), Some(ttl)) = (&options.timestamp_column, &options.ttl_column)
            && is_same(timestamp, ttl)
        {
            return Err(Error::invalid_input(format!(
                "the field '{timestamp}' cannot have both the write times and the times to live"
            )));
        }
        let mut columns = Vec::new();
        let mut add = |kind, list: &mut dyn Iterator<Item = (&String, &CqlType)>| {
            for (index, (name, column_type)) in list.enumerate() {
                let (name, column_type) = (name.clone(), column_type.clone());
                columns.push(TargetColumn { name, kind, index, column_type, is_descending: false });
            }
        };
        add(ColumnKind::PartitionKey, &mut schema.partition_key.iter().map(|c| (&c.name, &c.column_type)));
        add(ColumnKind::Clustering, &mut schema.clustering.iter().map(|c| (&c.name, &c.column_type)));
        add(ColumnKind::Static, &mut schema.static_columns.iter().map(|c| (&c.name, &c.column_type)));
        add(ColumnKind::Regular, &mut schema.regular_columns.iter().map(|c| (&c.name, &c.column_type)));
        for (column, clustering) in
            columns.iter_mut().filter(|column| column.kind == ColumnKind::Clustering).zip(&schema.clustering)
        {
            column.is_descending = clustering.order == Order::Descending;
        }
        Ok(Self {
            columns,
            timestamp_column: options.timestamp_column.clone(),
            ttl_column: options.ttl_column.clone(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&TargetColumn> {
        self.columns.get(index)
    }

    /// Whether greater values of this clustering column come first.
    pub(super) fn is_descending(&self, clustering: usize) -> bool {
        let mut columns = self.columns.iter().filter(|column| column.kind == ColumnKind::Clustering);
        columns.nth(clustering).is_some_and(|column| column.is_descending)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &TargetColumn> {
        self.columns.iter()
    }

    /// The column of a name.
    pub(super) fn find(&self, name: &str, spelling: Spelling) -> Result<usize, String> {
        let names = self.columns.iter().map(|column| column.name.as_str());
        spelling.place(names.clone(), name).ok_or_else(|| {
            let names: Vec<&str> = names.collect();
            format!("the table has no column '{}', but {}", Excerpt(name), names.join(", "))
        })
    }

    /// The fields that say something of all of the row: what that is, and the names that were asked for.
    pub(super) fn row_fields(&self) -> [(Role, &'static str, Option<&str>); 2] {
        [
            (Role::RowWriteTime, "the write times", self.timestamp_column.as_deref()),
            (Role::RowTtl, "the times to live", self.ttl_column.as_deref()),
        ]
    }

    /// What a field of this name says of all of the row.
    pub(super) fn row_role(&self, name: &str) -> Option<Role> {
        let asked = self.row_fields().into_iter();
        let mut meant = asked.filter(|(_, _, wanted)| wanted.is_some_and(|wanted| is_same(wanted, name)));
        meant.next().map(|(role, _, _)| role)
    }

    /// What a field of this name is, that may say something of all of the row.
    pub(super) fn field(
        &self,
        name: &str,
        spelling: Spelling,
        row_role: Option<Role>,
    ) -> Result<Field, String> {
        let column = self.find(name, spelling);
        let role = if row_role.is_some() || column.is_ok() {
            row_role
        } else if let Some(inner) = argument(name, "writetime") {
            Some(Role::WriteTime(self.written(inner, spelling)?))
        } else if let Some(inner) = argument(name, "ttl") {
            Some(Role::Ttl(self.written(inner, spelling)?))
        } else {
            None
        };
        match (column, role) {
            (Ok(column), role) => Ok(Field { column: Some(column), role }),
            (Err(_), Some(role)) => Ok(Field { column: None, role: Some(role) }),
            (Err(error), None) => Err(error),
        }
    }

    /// A column that has a write time: none of the primary key.
    fn written(&self, name: &str, spelling: Spelling) -> Result<usize, String> {
        let index = self.find(name, spelling)?;
        match self.get(index).map(|column| column.kind) {
            Some(ColumnKind::Static | ColumnKind::Regular) => Ok(index),
            _ => Err(format!("'{name}' is part of the primary key, which has no write time of its own")),
        }
    }

    /// The columns in the order that cqlsh's `COPY` has without being told: the primary key, the others by name.
    pub(super) fn default_order(&self) -> Vec<usize> {
        let is_key =
            |column: &TargetColumn| matches!(column.kind, ColumnKind::PartitionKey | ColumnKind::Clustering);
        let (keys, mut others): (Vec<_>, Vec<_>) =
            self.columns.iter().enumerate().partition(|(_, column)| is_key(column));
        others.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        keys.into_iter().chain(others).map(|(index, _)| index).collect()
    }
}
