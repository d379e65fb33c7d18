//! Opens an SSTable and prints its metadata, its columns, and how many rows and cells there are.
//!
//! `cargo run -p cqlite-sstable --example scan [DATA_DB]`
#![allow(clippy::print_stdout, reason = "an example prints")]

use cqlite_sstable::Result;
use cqlite_sstable::reader::{RowItem, ScanOptions, Sstable, Unfiltered};
use cqlite_sstable::types::write_string;

const FIXTURE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../fixtures/nb/shop/orders-825bdee71b148b6c557b3dab4454514b/nb-1-big-Data.db"
);

fn main() -> Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| FIXTURE.to_owned());
    let sstable = Sstable::open(&path)?;

    let stats = &sstable.statistics().stats;
    println!(
        "version {}, {} rows, timestamps from {}",
        sstable.version(),
        stats.total_rows,
        stats.min_timestamp
    );
    println!("partition key: {}", sstable.header().key_type.marshal_name());
    for column in &sstable.header().regular_columns {
        println!("column {}: {}", column.name_text(), column.column_type.marshal_name());
    }

    let mut cursor = sstable.scan(ScanOptions::default())?;
    while cursor.advance_partition()? {
        let mut key = Vec::new();
        let printed = write_string(&sstable.header().key_type, cursor.partition().key, &mut key);
        let key =
            printed.map_or_else(|error| error.to_string(), |()| String::from_utf8_lossy(&key).into_owned());
        let (mut rows, mut cells, mut tombstones) = (0, 0, 0);
        while cursor.advance_unfiltered()? {
            match cursor.unfiltered() {
                Unfiltered::Row(_) => rows += 1,
                Unfiltered::Marker(_) => tombstones += 1,
            }
            while cursor.advance_item()? {
                match cursor.item() {
                    RowItem::Cell(cell) if !cell.is_tombstone() => cells += 1,
                    _ => tombstones += 1,
                }
            }
        }
        println!("partition {key}: {rows} rows, {cells} cells, {tombstones} tombstones");
    }
    sstable.finish_scan(&mut cursor)
}
