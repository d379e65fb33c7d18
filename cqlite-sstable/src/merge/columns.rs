//! The columns that several SSTables have together.

use std::cmp::Ordering;

use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::error::{Error, Result};
use crate::row::RowItem;
use crate::schema::Column;
use crate::types::{CqlType, compare};

/// A column that at least one of several SSTables has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedColumn {
    /// The name as the header has it.
    pub name: Vec<u8>,
    /// The name as text and the type, by the last of the SSTables that have it.
    pub column: Column,
}

/// The static and the regular columns of several SSTables, and which of them the columns of each are.
///
/// The cells of a row come in the order of its header's columns. Where several headers are put together, all of them
/// have to agree with one order.
#[derive(Debug, Clone, Default)]
pub struct SharedColumns {
    statics: Vec<SharedColumn>,
    regulars: Vec<SharedColumn>,
    /// For each SSTable, the places of its static and of its regular columns.
    places: Vec<(Vec<usize>, Vec<usize>)>,
}

impl SharedColumns {
    /// Puts the columns of these headers together.
    ///
    /// # Errors
    /// If two of them have their columns in contrary orders.
    pub fn new(headers: &[&SerializationHeader]) -> Result<Self> {
        let of = |pick: fn(&SerializationHeader) -> &[HeaderColumn]| {
            let lists: Vec<&[HeaderColumn]> = headers.iter().map(|header| pick(header)).collect();
            share(&lists)
        };
        let (statics, static_places) = of(|header| &header.static_columns)?;
        let (regulars, regular_places) = of(|header| &header.regular_columns)?;
        let places = static_places.into_iter().zip(regular_places).collect();
        Ok(Self { statics, regulars, places })
    }

    /// Compares two items of one column: the deletion stands in front of the cells, and those are in the order of their
    /// paths.
    pub(super) fn compare_in_column(
        &self,
        is_static: bool,
        place: usize,
        items: (RowItem<'_>, RowItem<'_>),
    ) -> Ordering {
        match items {
            (RowItem::Cell(a), RowItem::Cell(b)) => {
                let column = self.columns(is_static).get(place);
                column.map_or(Ordering::Equal, |column| column.compare_paths(a.path, b.path))
            }
            (RowItem::ComplexDeletion { .. }, RowItem::ComplexDeletion { .. }) => Ordering::Equal,
            (RowItem::ComplexDeletion { .. }, RowItem::Cell(_)) => Ordering::Less,
            (RowItem::Cell(_), RowItem::ComplexDeletion { .. }) => Ordering::Greater,
        }
    }

    /// The header of an SSTable that holds the rows of those with these headers: all columns, and the least bases
    /// (`SerializationHeader.make`).
    ///
    /// # Errors
    /// If there is no header; if the types of key or clusterings differ; or if a column was dropped and made anew of
    /// one cell instead of many, or of many instead of one: no SSTable can have both.
    pub fn header(&self, headers: &[&SerializationHeader]) -> Result<SerializationHeader> {
        let first = headers.first().ok_or_else(|| Error::invalid_input("there is no SSTable to merge"))?;
        let mut merged = SerializationHeader::clone(first);
        for other in headers {
            check_alike(first, other)?;
            merged.min_timestamp = merged.min_timestamp.min(other.min_timestamp);
            merged.min_local_deletion_time_seconds =
                merged.min_local_deletion_time_seconds.min(other.min_local_deletion_time_seconds);
            merged.min_ttl_seconds = merged.min_ttl_seconds.min(other.min_ttl_seconds);
        }
        merged.static_columns = header_columns(&self.statics)?;
        merged.regular_columns = header_columns(&self.regulars)?;
        Ok(merged)
    }

    /// The static or the regular columns, in the order of their cells.
    pub fn columns(&self, is_static: bool) -> &[SharedColumn] {
        if is_static { &self.statics } else { &self.regulars }
    }

    /// Whether any column is a counter; then all are.
    pub fn has_counters(&self) -> bool {
        let mut columns = self.statics.iter().chain(&self.regulars);
        columns.any(|shared| shared.column.column_type == CqlType::Counter)
    }

    /// The places among [`SharedColumns::columns`] of all columns of the header of an SSTable.
    pub fn places(&self, sstable: usize, is_static: bool) -> &[usize] {
        let places = self.places.get(sstable);
        places.map_or(&[], |(statics, regulars)| if is_static { statics } else { regulars })
    }

    /// The place among [`SharedColumns::columns`] of a column of the header of an SSTable.
    pub fn place(&self, sstable: usize, is_static: bool, header_index: usize) -> usize {
        self.places(sstable, is_static).get(header_index).copied().unwrap_or(usize::MAX)
    }
}

impl SharedColumn {
    fn new(header: &HeaderColumn) -> Self {
        let column = Column::new(header.name_text(), header.column_type.clone());
        Self { name: header.name.clone(), column }
    }

    /// Compares two paths of cells of this column.
    pub fn compare_paths(&self, a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
        let (Some(a), Some(b)) = (a, b) else { return a.is_some().cmp(&b.is_some()) };
        self.column.column_type.cell_path_type().map_or(Ordering::Equal, |of| compare(of, a, b))
    }
}

/// Rows are only of one table if their keys and clusterings are of the same types.
fn check_alike(one: &SerializationHeader, other: &SerializationHeader) -> Result<()> {
    let is_alike =
        one.key_type.is_same_type(&other.key_type) && one.clustering_types == other.clustering_types;
    if is_alike {
        return Ok(());
    }
    Err(Error::invalid_input("the types of keys or clusterings are not the same: these are different tables"))
}

fn header_columns(columns: &[SharedColumn]) -> Result<Vec<HeaderColumn>> {
    for (number, column) in columns.iter().enumerate() {
        if columns.iter().take(number).any(|other| other.name == column.name) {
            return Err(Error::unsupported(format!(
                "the column {} has one cell in some of the SSTables and many in others: one SSTable cannot hold both",
                column.column.name
            ))
            .advise("compact those from before and after it was dropped apart"));
        }
    }
    let header = |column: &SharedColumn| HeaderColumn {
        name: column.name.clone(),
        column_type: column.column.column_type.clone(),
    };
    Ok(columns.iter().map(header).collect())
}

/// The columns of several lists in one order, and the places of those of each list.
fn share(lists: &[&[HeaderColumn]]) -> Result<(Vec<SharedColumn>, Vec<Vec<usize>>)> {
    let mut shared: Vec<SharedColumn> = Vec::new();
    for header in lists.iter().flat_map(|list| list.iter()) {
        match shared.iter_mut().find(|known| is_same(known, header)) {
            Some(known) => known.column.column_type = header.column_type.clone(),
            None => shared.push(SharedColumn::new(header)),
        }
    }
    // Cassandra has columns of one cell in front of those of many; ScyllaDB has all by their names.
    shared.sort_by(|a, b| a.column.comparison_order(&b.column));
    if let Some(places) = ascending_places(lists, &shared) {
        return Ok((shared, places));
    }
    shared.sort_by(|a, b| a.name.cmp(&b.name));
    match ascending_places(lists, &shared) {
        Some(places) => Ok((shared, places)),
        None => Err(Error::unsupported(
            "the SSTables have their columns in contrary orders, and cannot be read side by side",
        )),
    }
}

/// A column that became one of many cells, or was dropped and made anew as such, is another one.
fn is_same(known: &SharedColumn, header: &HeaderColumn) -> bool {
    known.name == header.name
        && known.column.column_type.is_multi_cell() == header.column_type.is_multi_cell()
}

fn ascending_places(lists: &[&[HeaderColumn]], shared: &[SharedColumn]) -> Option<Vec<Vec<usize>>> {
    let place = |header: &HeaderColumn| shared.iter().position(|known| is_same(known, header));
    let places: Option<Vec<Vec<usize>>> = lists.iter().map(|list| list.iter().map(place).collect()).collect();
    places.filter(|places| places.iter().all(|list| list.is_sorted()))
}
