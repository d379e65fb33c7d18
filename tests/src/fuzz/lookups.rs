//! Lookups by key with any bytes in one of the components that they go through.

use std::{collections::BTreeMap, sync::OnceLock};

use cqlite_sstable::{
    Component, Result,
    reader::{Cursor, Direction, Reader, ReaderOptions, ScanOptions, Slice, Sstable},
    row::ClusteringValue,
};

use crate::{cassandra::Format, fixtures, mutated::MutatedSstable};

/// What no checksum covers of what a lookup reads.
const COMPONENTS: [Component; 6] = [
    Component::Index,
    Component::Summary,
    Component::Filter,
    Component::Partitions,
    Component::Rows,
    Component::CompressionInfo,
];

/// More lookups than an SSTable answers without its filter.
const ROUNDS: usize = 3;

struct Known {
    sstable: MutatedSstable,
    /// The number of rows and markers of each partition, by key.
    partitions: BTreeMap<Vec<u8>, usize>,
}

fn known() -> &'static [Known] {
    static KNOWN: OnceLock<Vec<Known>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let tables = [("shop", "orders"), ("rows", "wide"), ("rows", "ranges")];
        let formats = [Format::Nb, Format::Oa, Format::Da];
        let pairs = formats.into_iter().flat_map(|format| tables.map(|table| (format, table)));
        pairs.map(|(format, (keyspace, table))| Known::read(format, keyspace, table)).collect()
    })
}

impl Known {
    fn read(format: Format, keyspace: &str, table: &str) -> Self {
        let data = &fixtures::table(format, keyspace, table).sstables[0].data_path;
        let sstable = MutatedSstable::read(data);
        let opened = Sstable::open_files(Box::new(sstable.files()), sstable.version).expect("it is sound");
        let mut cursor = opened.scan(ScanOptions::default()).expect("it is sound");
        let mut partitions = BTreeMap::new();
        while cursor.advance_partition().expect("it is sound") {
            let key = cursor.partition().key.to_vec();
            partitions.insert(key, unfiltereds(&mut cursor).expect("it is sound"));
        }
        Self { sstable, partitions }
    }
}

fn unfiltereds(cursor: &mut Cursor) -> Result<usize> {
    let mut count = 0;
    while cursor.advance_unfiltered()? {
        count += 1;
    }
    Ok(count)
}

/// One byte that chooses an SSTable, one that chooses a component, its bytes. Partitions that are found are whole.
pub fn lookups(data: &[u8]) {
    let [which, component, bytes @ ..] = data else { return };
    let known = &known()[usize::from(*which) % known().len()];
    let component = COMPONENTS[usize::from(*component) % COMPONENTS.len()];
    let changed = known.sstable.with(component, bytes.to_vec());
    let Ok(sstable) = Sstable::open_files(Box::new(changed.files()), changed.version) else { return };
    let Ok(mut reader) = sstable.reader(ReaderOptions::default()) else { return };
    for _ in 0..ROUNDS {
        for (key, count) in &known.partitions {
            if let Ok(true) = reader.find(key) {
                if let Ok(found) = unfiltereds(reader.cursor()) {
                    assert_eq!(found, *count, "rows of a partition");
                }
                let _ = slices(&mut reader);
            }
        }
    }
    let _ = sstable.ranges_of_equal_bytes(3);
    let _ = reader.take_warnings();
}

fn slices(reader: &mut Reader) -> Result<()> {
    let some = Slice::of_prefix([ClusteringValue::Value(&[0, 0, 1, 44])]);
    for (slice, direction) in
        [(Slice::all(), Direction::Reversed), (some.clone(), Direction::Forward), (some, Direction::Reversed)]
    {
        let mut rows = reader.slice(slice, direction)?;
        while rows.advance_unfiltered()? {}
    }
    Ok(())
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (which, known) in known().iter().enumerate() {
        for (number, component) in COMPONENTS.iter().enumerate() {
            if let Some(bytes) = known.sstable.components.get(component) {
                seeds.push([&[which as u8, number as u8], bytes.as_slice()].concat());
            }
        }
    }
    seeds
}
