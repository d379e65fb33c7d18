//! The columns that an update names.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use cqlite_sstable::component::statistics::HeaderColumn;
use cqlite_sstable::encoding::{
    Bytes, ColumnsLayout, DecodeError, Deltas, EncodingStats, RowLayout, ValueLength,
};
use cqlite_sstable::schema::{ColumnKind, DroppedColumn};
use cqlite_sstable::types::CqlType;

/// So many different lists are kept for a table; more of them are made anew for each update.
const KEPT_LISTS: usize = 1024;

/// The static and regular columns that an update names, with how their cells are laid out.
#[derive(Debug)]
pub(in crate::storage) struct ColumnList {
    /// Which of the table's lists it is; none if it is not one of those that are kept.
    pub(in crate::storage) number: Option<u32>,
    /// The bases in it are not used: each row has its own.
    pub(in crate::storage) layout: RowLayout,
    statics: Vec<ListedColumn>,
    regulars: Vec<ListedColumn>,
    /// Whether cells of some columns may not be seen.
    pub(in crate::storage) hides_any: bool,
}

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage) struct ListedColumn {
    /// Its place among the table's columns; none if it was dropped.
    pub(in crate::storage) place: Option<usize>,
    /// Cells of this time in microseconds and older ones were dropped.
    dropped_at: Option<i64>,
}

impl ListedColumn {
    /// The place of the column if what was written at `timestamp` may be seen.
    #[inline]
    pub(in crate::storage) fn visible_place(&self, timestamp: i64) -> Option<usize> {
        match self.dropped_at {
            None => self.place,
            Some(dropped_at) => self.place.filter(|_| timestamp > dropped_at),
        }
    }
}

/// Why columns cannot be listed.
#[derive(Debug)]
pub(in crate::storage) enum ListError {
    Decode(DecodeError),
    /// The table has and had no such column.
    Unknown {
        name: String,
    },
}

impl From<DecodeError> for ListError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

/// What of a table's schema decides over lists.
#[derive(Debug)]
pub(super) struct TableColumns<'a> {
    pub(super) clustering: &'a [CqlType],
    pub(super) statics: &'a [HeaderColumn],
    pub(super) regulars: &'a [HeaderColumn],
    pub(super) dropped: &'a [DroppedColumn],
}

impl TableColumns<'_> {
    fn columns(&self, is_static: bool) -> &[HeaderColumn] {
        if is_static { self.statics } else { self.regulars }
    }

    /// The column of a name and its type: one of the table, or one that was dropped.
    fn find(&self, name: &[u8], is_static: bool) -> Option<(ListedColumn, &CqlType)> {
        let kind = if is_static { ColumnKind::Static } else { ColumnKind::Regular };
        let dropped = self.dropped.iter().find(|one| one.name.as_bytes() == name && one.kind == kind);
        let dropped_at = dropped.map(|one| one.dropped_at_micros.unwrap_or(i64::MAX));
        let place = self.columns(is_static).iter().position(|column| column.name == name);
        match (place, dropped) {
            (Some(place), _) => {
                let known = self.columns(is_static).get(place)?;
                Some((ListedColumn { place: Some(place), dropped_at }, &known.column_type))
            }
            (None, Some(one)) => Some((ListedColumn { place: None, dropped_at }, &one.column_type)),
            (None, None) => None,
        }
    }

    fn list(&self, names: &[u8], has_statics: bool, number: Option<u32>) -> Result<ColumnList, ListError> {
        let mut bytes = Bytes::new(names);
        let (mut listed, mut layouts) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        for (kind, (into, types)) in listed.iter_mut().zip(&mut layouts).enumerate() {
            let is_static = kind == 0;
            if is_static && !has_statics {
                continue;
            }
            let mut last = None;
            for _ in 0..bytes.length()? {
                let name = bytes.vint_prefixed()?;
                let (column, column_type) = self
                    .find(name, is_static)
                    .ok_or_else(|| ListError::Unknown { name: String::from_utf8_lossy(name).into_owned() })?;
                if column.place.is_some() && column.place <= last {
                    return Err(
                        DecodeError::Invalid("the columns of an update are not in their order").into()
                    );
                }
                last = column.place.or(last);
                into.push(column);
                types.push(column_type);
            }
        }
        let [statics, regulars] = listed;
        let [static_types, regular_types] = layouts;
        let hides_any = statics.iter().chain(&regulars).any(|column| column.dropped_at.is_some());
        let layout = RowLayout {
            deltas: no_bases(),
            clustering: self.clustering.iter().map(ValueLength::of).collect(),
            statics: ColumnsLayout::new(static_types),
            regulars: ColumnsLayout::new(regular_types),
            takes_any_idle_bits: false,
        };
        Ok(ColumnList { number, layout, statics, regulars, hides_any })
    }
}

fn no_bases() -> Deltas {
    EncodingStats::default().deltas(false)
}

impl ColumnList {
    /// Whether it has a column that the table has no more.
    pub(in crate::storage) fn has_dropped(&self) -> bool {
        self.statics.iter().chain(&self.regulars).any(|column| column.place.is_none())
    }

    /// The columns of static or of other rows.
    #[inline]
    pub(in crate::storage) fn columns(&self, is_static: bool) -> &[ListedColumn] {
        if is_static { &self.statics } else { &self.regulars }
    }

    /// Where in the list the column stands that has this place in the table.
    #[inline]
    pub(in crate::storage) fn index_of(&self, is_static: bool, place: usize) -> Option<usize> {
        let columns = self.columns(is_static);
        // Mostly a list is all columns of the table, or their first ones.
        match columns.get(place) {
            Some(column) if column.place == Some(place) => Some(place),
            _ => columns.iter().position(|column| column.place == Some(place)),
        }
    }
}

/// The lists that were met of a table, by the bytes of their names.
#[derive(Debug)]
pub(super) struct ColumnLists {
    known: RwLock<Known>,
}

#[derive(Debug)]
struct Known {
    /// Those without and those with static columns.
    by_names: [HashMap<Box<[u8]>, Arc<ColumnList>>; 2],
    all: Vec<Arc<ColumnList>>,
}

impl ColumnLists {
    /// No lists but that of all columns, under the number 0, of which nothing is hidden: what is encoded anew by it was
    /// visible.
    pub(super) fn new(table: &TableColumns<'_>, names: &[u8]) -> Result<(Self, Arc<ColumnList>), ListError> {
        let all = Arc::new(table.list(names, true, Some(0))?);
        let known = Known { by_names: Default::default(), all: vec![Arc::clone(&all)] };
        Ok((Self { known: RwLock::new(known) }, all))
    }

    /// The list of `names`: the bytes of the static columns, if the update has them, and of the regular ones.
    pub(super) fn get(
        &self,
        table: &TableColumns<'_>,
        names: &[u8],
        has_statics: bool,
    ) -> Result<Arc<ColumnList>, ListError> {
        let with_statics = usize::from(has_statics);
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(list) = known.by_names.get(with_statics).and_then(|lists| lists.get(names)) {
                return Ok(Arc::clone(list));
            }
            if known.all.len() >= KEPT_LISTS {
                return Ok(Arc::new(table.list(names, has_statics, None)?));
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(known.all.len()).unwrap_or(u32::MAX);
        let list = Arc::new(table.list(names, has_statics, Some(number))?);
        let Known { by_names, all } = &mut *known;
        let Some(lists) = by_names.get_mut(with_statics) else { return Ok(list) };
        // Another thread may have been faster.
        Ok(Arc::clone(lists.entry(names.into()).or_insert_with(|| {
            all.push(Arc::clone(&list));
            list
        })))
    }

    /// The list of this number.
    pub(super) fn numbered(&self, number: u32) -> Option<Arc<ColumnList>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.all.get(number as usize).cloned()
    }
}
