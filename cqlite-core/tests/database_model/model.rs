//! What a table should show: all changes that were ever made to it, and Cassandra's rules about which of them win, in
//! their plainest form. Nothing is ever put together or left out here but when it is read.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use cqlite_sstable::Partitioner;
use cqlite_sstable::row::NO_DELETION_TIME;

use super::shown::{Line, ShownCell, ShownRow, Values};

/// A value or its deletion, at a time.
#[derive(Debug, Clone)]
pub struct Written {
    pub timestamp: i64,
    pub ttl: i32,
    /// When it expires, or when it was deleted; never for what stays.
    pub local_deletion_time: i64,
    pub value: Option<Vec<u8>>,
}

/// In front of all rows that begin with these values, or behind all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub values: Values,
    pub is_behind: bool,
}

/// A change of one partition.
#[derive(Debug, Clone)]
pub enum Change {
    /// A row is there, with or without values. The value of what is written counts for nothing.
    Row {
        row: Values,
        written: Written,
    },
    /// A cell; without a row, of the static one.
    Cell {
        row: Option<Values>,
        column: String,
        path: Option<Vec<u8>>,
        written: Written,
    },
    /// All elements of a collection are deleted.
    DeletedElements {
        row: Option<Values>,
        column: String,
        timestamp: i64,
    },
    DeletedRow {
        row: Values,
        timestamp: i64,
    },
    DeletedRange {
        start: Place,
        end: Place,
        timestamp: i64,
    },
    DeletedPartition {
        timestamp: i64,
    },
    /// A counter of a row is changed by so much.
    Added {
        row: Values,
        column: String,
        delta: i64,
    },
}

impl Change {
    pub fn is_deletion(&self) -> bool {
        matches!(self, Self::DeletedRow { .. } | Self::DeletedRange { .. } | Self::DeletedPartition { .. })
    }

    pub fn timestamp_mut(&mut self) -> Option<&mut i64> {
        match self {
            Self::Row { written, .. } | Self::Cell { written, .. } => Some(&mut written.timestamp),
            Self::DeletedElements { timestamp, .. }
            | Self::DeletedRow { timestamp, .. }
            | Self::DeletedRange { timestamp, .. }
            | Self::DeletedPartition { timestamp } => Some(timestamp),
            Self::Added { .. } => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Int,
    Text,
    /// A map from int to text.
    Map,
    /// A set of ints.
    Set,
    Counter,
}

#[derive(Debug, Clone)]
pub struct ColumnModel {
    pub name: String,
    pub column_type: Type,
    pub is_static: bool,
}

impl ColumnModel {
    pub fn is_complex(&self) -> bool {
        matches!(self.column_type, Type::Map | Type::Set)
    }
}

/// A table.
#[derive(Debug, Clone)]
pub struct TableModel {
    /// The type of each clustering column, and whether its greatest value comes first.
    pub clusterings: Vec<(Type, bool)>,
    pub columns: Vec<ColumnModel>,
    /// Up to when columns were dropped.
    pub dropped: BTreeMap<String, i64>,
    pub partitions: BTreeMap<Vec<u8>, Vec<Change>>,
}

/// What is wanted of partitions.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Pairs of a start and an end, in clustering order. All rows if there are none.
    pub slices: Vec<(Place, Place)>,
    pub is_reversed: bool,
    pub columns: Option<BTreeSet<String>>,
    pub partition_limit: Option<usize>,
}

impl TableModel {
    pub fn column(&self, name: &str) -> Option<&ColumnModel> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub fn counts(&self) -> bool {
        self.columns.iter().any(|column| column.column_type == Type::Counter)
    }

    /// Whether some of these changes are of columns that the table has not.
    pub fn lacks_a_column_of(&self, changes: &[Change]) -> bool {
        let lacks = |change: &Change| match change {
            Change::Cell { column, .. } | Change::DeletedElements { column, .. } => {
                self.column(column).is_none()
            }
            _ => false,
        };
        changes.iter().any(lacks)
    }

    pub fn change(&mut self, key: &[u8], change: Change) {
        self.partitions.entry(key.to_vec()).or_default().push(change);
    }

    fn compare_value(&self, column: usize, a: &[u8], b: &[u8]) -> Ordering {
        let (column_type, is_reversed) = self.clusterings[column];
        let ascending = match column_type {
            Type::Int => int(a).cmp(&int(b)),
            _ => a.cmp(b),
        };
        if is_reversed { ascending.reverse() } else { ascending }
    }

    fn compare_values(&self, a: &[Vec<u8>], b: &[Vec<u8>]) -> Ordering {
        let pairs = a.iter().zip(b).enumerate();
        pairs
            .map(|(column, (a, b))| self.compare_value(column, a, b))
            .find(|it| it.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Whether a place is in front of another.
    pub fn compare_places(&self, a: &Place, b: &Place) -> Ordering {
        let side = |is_behind| if is_behind { Ordering::Greater } else { Ordering::Less };
        self.compare_values(&a.values, &b.values).then_with(|| match a.values.len().cmp(&b.values.len()) {
            Ordering::Equal => a.is_behind.cmp(&b.is_behind),
            Ordering::Less => side(a.is_behind),
            Ordering::Greater => side(b.is_behind).reverse(),
        })
    }

    fn has(&self, start: &Place, end: &Place, row: &Values) -> bool {
        let is_behind = |place: &Place| self.compare_values(row, &place.values).then(side_of(place)).is_gt();
        is_behind(start) && !is_behind(end)
    }

    /// The keys, in the order of their tokens.
    pub fn keys(&self) -> Vec<Vec<u8>> {
        let mut keys: Vec<Vec<u8>> = self.partitions.keys().cloned().collect();
        keys.sort_by(|a, b| Partitioner::Murmur3.compare_keys(a, b));
        keys
    }

    /// What a read of these partitions shows.
    pub fn read(&self, keys: &[Vec<u8>], wanted: &Wanted, now: i64) -> Vec<Line> {
        keys.iter().flat_map(|key| self.partition(key, wanted, now)).collect()
    }

    fn partition(&self, key: &[u8], wanted: &Wanted, now: i64) -> Vec<Line> {
        let none = Vec::new();
        let changes = self.partitions.get(key).unwrap_or(&none);
        let statics = self.cells(changes, None, now).into_iter().filter(|cell| wanted.has(cell)).collect();
        let mut rows: Vec<Values> = Vec::new();
        for change in changes {
            let (Change::Row { row, .. } | Change::Cell { row: Some(row), .. } | Change::Added { row, .. }) =
                change
            else {
                continue;
            };
            let is_wanted = wanted.slices.is_empty()
                || wanted.slices.iter().any(|(start, end)| self.has(start, end, row));
            if is_wanted && !rows.contains(row) {
                rows.push(row.clone());
            }
        }
        rows.sort_by(|a, b| self.compare_values(a, b));
        if wanted.is_reversed {
            rows.reverse();
        }
        let rows = rows.into_iter().filter_map(|row| self.row(changes, row, wanted, now));
        let rows = rows.take(wanted.partition_limit.unwrap_or(usize::MAX));
        let line = |row| Line { key: key.to_vec(), statics: Vec::clone(&statics), row };
        let lines: Vec<Line> = rows.map(|row| line(Some(row))).collect();
        let has_statics_alone = lines.is_empty() && !statics.is_empty() && wanted.slices.is_empty();
        if has_statics_alone { vec![line(None)] } else { lines }
    }

    fn row(&self, changes: &[Change], row: Values, wanted: &Wanted, now: i64) -> Option<ShownRow> {
        let deleted = self.deleted(changes, Some(&row));
        let mut liveness: Option<&Written> = None;
        for change in changes {
            if let Change::Row { row: of, written } = change
                && *of == row
                && written.timestamp > deleted
                && liveness.is_none_or(|other| lives_longer(written, other))
            {
                liveness = Some(written);
            }
        }
        let liveness = liveness.filter(|one| one.is_live(now));
        let cells = self.cells(changes, Some(&row), now);
        let is_there = liveness.is_some() || !cells.is_empty();
        is_there.then(|| ShownRow {
            clustering: row,
            liveness: liveness.map(|one| (one.timestamp, one.ttl, one.local_deletion_time)),
            cells: cells.into_iter().filter(|cell| wanted.has(cell)).collect(),
        })
    }

    /// Up to when everything of a row, or of the static one, was deleted.
    fn deleted(&self, changes: &[Change], row: Option<&Values>) -> i64 {
        let deletions = changes.iter().filter_map(|change| match change {
            Change::DeletedPartition { timestamp } => Some(*timestamp),
            Change::DeletedRow { row: of, timestamp } if row == Some(of) => Some(*timestamp),
            Change::DeletedRange { start, end, timestamp } => {
                row.is_some_and(|row| self.has(start, end, row)).then_some(*timestamp)
            }
            _ => None,
        });
        deletions.max().unwrap_or(i64::MIN)
    }

    /// The live cells of a row, or of the static one: first those of simple columns, then those of collections.
    fn cells(&self, changes: &[Change], row: Option<&Values>, now: i64) -> Vec<ShownCell> {
        let mut columns: Vec<&ColumnModel> =
            self.columns.iter().filter(|column| column.is_static == row.is_none()).collect();
        columns.sort_by_key(|column| (column.is_complex(), column.name.clone()));
        columns.into_iter().flat_map(|column| self.cells_of(changes, row, column, now)).collect()
    }

    fn cells_of(
        &self,
        changes: &[Change],
        row: Option<&Values>,
        column: &ColumnModel,
        now: i64,
    ) -> Vec<ShownCell> {
        if column.column_type == Type::Counter {
            return row.and_then(|row| self.counted(changes, row, column)).into_iter().collect();
        }
        let dropped = self.dropped.get(&column.name).copied().unwrap_or(i64::MIN);
        let mut deleted = self.deleted(changes, row).max(dropped);
        for change in changes {
            if let Change::DeletedElements { row: of, column: named, timestamp } = change
                && (of.as_ref(), named) == (row, &column.name)
            {
                deleted = deleted.max(*timestamp);
            }
        }
        let mut newest: BTreeMap<PathOrder, &Written> = BTreeMap::new();
        for change in changes {
            if let Change::Cell { row: of, column: named, path, written } = change
                && (of.as_ref(), named) == (row, &column.name)
                && written.timestamp > deleted
            {
                let other = newest.entry(PathOrder::of(path.as_deref())).or_insert(written);
                if wins(written, other) {
                    *other = written;
                }
            }
        }
        let live = newest.into_iter().filter(|(_, written)| written.is_live(now));
        live.filter_map(|(path, written)| {
            Some(ShownCell {
                column: column.name.clone(),
                path: path.0.map(|number| number.to_be_bytes().to_vec()),
                value: written.value.clone()?,
                timestamp: written.timestamp,
                ttl: written.ttl,
                expires_at: written.local_deletion_time,
            })
        })
        .collect()
    }

    /// A counter begins again at nothing where its row was deleted.
    fn counted(&self, changes: &[Change], row: &Values, column: &ColumnModel) -> Option<ShownCell> {
        let mut total = None;
        for change in changes {
            match change {
                Change::Added { row: of, column: named, delta } if (of, named) == (row, &column.name) => {
                    total = Some(total.unwrap_or(0) + delta);
                }
                Change::DeletedRow { row: of, .. } if of == row => total = None,
                Change::DeletedPartition { .. } => total = None,
                _ => {}
            }
        }
        Some(ShownCell {
            column: column.name.clone(),
            path: None,
            value: total?.to_be_bytes().to_vec(),
            timestamp: 0,
            ttl: 0,
            expires_at: NO_DELETION_TIME,
        })
    }
}

impl Wanted {
    fn has(&self, cell: &ShownCell) -> bool {
        self.columns.as_ref().is_none_or(|columns| columns.contains(&cell.column))
    }
}

impl Written {
    fn is_live(&self, now: i64) -> bool {
        self.value.is_some() && (self.ttl == 0 || now < self.local_deletion_time)
    }

    fn goes(&self) -> bool {
        self.local_deletion_time != NO_DELETION_TIME
    }
}

/// The elements of the collections of these tests have ints as their paths.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct PathOrder(Option<i32>);

impl PathOrder {
    fn of(path: Option<&[u8]>) -> Self {
        Self(path.map(int))
    }
}

pub fn int(bytes: &[u8]) -> i32 {
    i32::from_be_bytes(bytes.try_into().unwrap())
}

/// On which side of the rows that begin with its values a place is not.
fn side_of(place: &Place) -> Ordering {
    if place.is_behind { Ordering::Less } else { Ordering::Greater }
}

/// Which of two cells is there: the newer one; else the deleted or expiring one; else the deleted one; else that which
/// goes later; else that with the shorter time to live; else the greater value (`Cells.resolveRegular`).
fn wins(a: &Written, b: &Written) -> bool {
    let order = (a.timestamp.cmp(&b.timestamp))
        .then_with(|| a.goes().cmp(&b.goes()))
        .then_with(|| a.value.is_none().cmp(&b.value.is_none()))
        .then_with(|| a.local_deletion_time.cmp(&b.local_deletion_time))
        .then_with(|| b.ttl.cmp(&a.ttl))
        .then_with(|| a.value.cmp(&b.value));
    order.is_gt()
}

/// Which of two writes says since when a row is there (`LivenessInfo.supersedes`).
fn lives_longer(a: &Written, b: &Written) -> bool {
    let order = (a.timestamp.cmp(&b.timestamp))
        .then_with(|| a.goes().cmp(&b.goes()))
        .then_with(|| a.local_deletion_time.cmp(&b.local_deletion_time))
        .then_with(|| b.ttl.cmp(&a.ttl));
    order.is_gt()
}
