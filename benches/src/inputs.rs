//! The SSTables that compactions are measured with: four that overlap in all their rows, and four that share none.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::DiskDirectory;
use cqlite_sstable::reader::{Cursor, ScanOptions, Sstable};
use cqlite_sstable::row::{Cell, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem, Unfiltered};
use cqlite_sstable::writer::{SstableWriter, WriterOptions};
use cqlite_sstable::{Component, Descriptor, SstableId};
use cqlite_tests::mutated::{MutatedSstable, statistics_with_header};

/// How many SSTables are compacted.
pub const INPUTS: u32 = 4;

/// A row of the benchmarks' table, kept so that no reading is measured.
pub struct KeptRow {
    key: Vec<u8>,
    liveness: Option<Liveness>,
    cells: Vec<(usize, i64, std::ops::Range<usize>)>,
    values: Vec<u8>,
}

/// All rows of the benchmarks' table.
pub fn kept_rows(sstable: &Sstable) -> Vec<KeptRow> {
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    let mut rows = Vec::new();
    while cursor.advance_partition().unwrap() {
        rows.push(kept_row(&mut cursor));
    }
    rows
}

fn kept_row(cursor: &mut Cursor) -> KeptRow {
    let key = cursor.partition().key.to_vec();
    assert!(cursor.advance_unfiltered().unwrap());
    let Unfiltered::Row(row) = cursor.unfiltered() else { panic!("the table has no markers") };
    let mut kept = KeptRow { key, liveness: row.liveness, cells: Vec::new(), values: Vec::new() };
    while cursor.advance_item().unwrap() {
        if let RowItem::Cell(cell) = cursor.item() {
            let start = kept.values.len();
            kept.values.extend_from_slice(cell.value);
            kept.cells.push((cell.column, cell.timestamp, start..kept.values.len()));
        }
    }
    kept
}

/// Writes a row as the only one of the partition `key`.
pub fn push_row(writer: &mut SstableWriter, key: &[u8], kept: &KeptRow) {
    let nothing = cqlite_sstable::row::ClusteringBuffer::default();
    writer.start_partition(key, DeletionTime::LIVE).unwrap();
    let row = Row {
        is_static: false,
        clustering: nothing.as_clustering(),
        liveness: kept.liveness,
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    };
    writer.start_row(&row).unwrap();
    for (column, timestamp, value) in &kept.cells {
        writer
            .cell(&Cell {
                column: *column,
                timestamp: *timestamp,
                ttl_seconds: 0,
                local_deletion_time_seconds: NO_DELETION_TIME,
                path: None,
                value: &kept.values[value.clone()],
            })
            .unwrap();
    }
    writer.end_row().unwrap();
    writer.end_partition().unwrap();
}

impl KeptRow {
    /// The key of its partition.
    pub fn key(&self) -> &[u8] {
        &self.key
    }
}

/// A directory with [`INPUTS`] SSTables that have all rows of `data`, each written a microsecond later than the one before.
/// It is made once beside the directory of `data`.
pub fn overlapping(data: &Path) -> PathBuf {
    made_once(data, "overlapping", |place| {
        let stored = MutatedSstable::read(data);
        let from = Descriptor::from_file(data).unwrap();
        for number in 1..=INPUTS {
            let to = Descriptor::new(place, from.version(), SstableId::Sequence(number));
            for component in stored.components.keys() {
                fs::hard_link(from.file(*component), to.file(*component)).unwrap();
            }
            fs::remove_file(to.file(Component::Statistics)).unwrap();
            fs::write(to.file(Component::Statistics), statistics_of_later(&stored, number as u8)).unwrap();
        }
    })
}

/// Statistics.db of the same rows, written so many microseconds later: what is encoded counts from another base.
pub fn statistics_of_later(stored: &MutatedSstable, by: u8) -> Vec<u8> {
    let mut header = stored.header().to_owned();
    // The base is a vint of eight bytes for a time of our days; the last one of them is changed.
    let length = header.first().map_or(0, |first| first.leading_ones() as usize);
    header[length] = header[length].wrapping_add(by);
    statistics_with_header(&stored.components[&Component::Statistics], &header)
}

/// A directory with [`INPUTS`] SSTables that have the rows of `data` each, under keys that no other one has. It is made
/// once beside the directory of `data`.
pub fn disjoint(data: &Path) -> PathBuf {
    made_once(data, "disjoint", |place| {
        let sstable = Sstable::open(data).unwrap();
        let partitioner = sstable.partitioner().unwrap();
        let rows = kept_rows(&sstable);
        for number in 1..=INPUTS {
            let key_of = |row: &KeptRow| {
                let id = i64::from_be_bytes(row.key.as_slice().try_into().unwrap());
                (id + i64::from(number) * (1 << 32)).to_be_bytes()
            };
            let mut keyed: Vec<_> = rows.iter().map(|row| (key_of(row), row)).collect();
            keyed.sort_by(|(a, _), (b, _)| partitioner.compare_keys(a, b));
            let options = WriterOptions::new(sstable.version(), &partitioner, rows.len() as u64);
            let directory = Arc::new(DiskDirectory::new(place));
            let (id, header) = (SstableId::Sequence(number), sstable.header().clone());
            let mut writer =
                SstableWriter::new(directory, sstable.version(), id, header, partitioner.clone(), options)
                    .unwrap();
            keyed.iter().for_each(|(key, row)| push_row(&mut writer, key, row));
            writer.finish().unwrap();
        }
    })
}

/// `<directory of data>-<name>`, made by `make` if it is not there.
fn made_once(data: &Path, name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let table = data.parent().unwrap();
    let table_name = table.file_name().unwrap().to_string_lossy();
    let place = table.with_file_name(format!("{table_name}-{name}"));
    if !place.exists() {
        let partial = table.with_file_name(format!("{table_name}-{name}.partial"));
        let _ = fs::remove_dir_all(&partial); // of a run that was broken off
        fs::create_dir_all(&partial).unwrap();
        make(&partial);
        fs::rename(&partial, &place).unwrap();
    }
    place
}
