//! What a read shows, in a form in which the model tells it as well.

use cqlite_core::storage::mutation::TableLayout;
use cqlite_core::storage::read::{Cells, Page};
use cqlite_sstable::row::Clustering;
use cqlite_sstable::types::CounterContext;

/// The values of the clustering columns of a row.
pub type Values = Vec<Vec<u8>>;

/// A live cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCell {
    pub column: String,
    pub path: Option<Vec<u8>>,
    pub value: Vec<u8>,
    pub timestamp: i64,
    pub ttl: i32,
    pub expires_at: i64,
}

/// A live row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownRow {
    pub clustering: Values,
    /// Timestamp, time to live and expiry of the primary key.
    pub liveness: Option<(i64, i32, i64)>,
    pub cells: Vec<ShownCell>,
}

/// A row with the partition that it is of; no row where the partition has a static one alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub key: Vec<u8>,
    pub statics: Vec<ShownCell>,
    pub row: Option<ShownRow>,
}

/// The lines of a page.
pub fn lines(page: &Page, layout: &TableLayout, counts: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for partition in page.partitions() {
        let line = |row| Line {
            key: partition.key().to_vec(),
            statics: shown_cells(partition.static_cells(), layout, true, counts),
            row,
        };
        let before = lines.len();
        for row in partition.rows() {
            lines.push(line(Some(ShownRow {
                clustering: values(row.clustering()),
                liveness: row.liveness().map(|one| (one.timestamp, one.ttl_seconds, one.expires_at_seconds)),
                cells: shown_cells(row.cells(), layout, false, counts),
            })));
        }
        if lines.len() == before {
            lines.push(line(None));
        }
    }
    lines
}

fn values(clustering: Clustering<'_>) -> Values {
    clustering.iter().map(|value| value.bytes().expect("a row has all values").to_vec()).collect()
}

fn shown_cells(cells: Cells<'_>, layout: &TableLayout, is_static: bool, counts: bool) -> Vec<ShownCell> {
    let names = layout.header_columns(is_static);
    let shown = |cell: cqlite_sstable::row::Cell<'_>| ShownCell {
        column: String::from_utf8(names[cell.column].name.clone()).unwrap(),
        path: cell.path.map(<[u8]>::to_vec),
        // Of a counter, its total alone can be foretold.
        value: if counts { total(cell.value) } else { cell.value.to_vec() },
        timestamp: if counts { 0 } else { cell.timestamp },
        ttl: cell.ttl_seconds,
        expires_at: cell.local_deletion_time_seconds,
    };
    cells.iter().map(shown).collect()
}

fn total(context: &[u8]) -> Vec<u8> {
    let context = CounterContext::decode(context).unwrap();
    context.shards().map(|shard| shard.count).sum::<i64>().to_be_bytes().to_vec()
}
