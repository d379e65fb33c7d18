//! Content that contradicts the format behind checksums that are right, as a hostile or broken writer would make it:
//! no panic, no end that never comes, and never much memory for a length that is not true.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]
#![allow(unsafe_code, reason = "an allocator that counts is the only way to see single allocations")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

use cqlite_sstable::{
    Component, ErrorKind,
    component::{ChunkOffsets, CompressionInfo},
    io::MemorySource,
    reader::Sstable,
    tools::dump::{DumpFormat, DumpOptions, dump},
    types::CqlType,
};
use cqlite_tests::{
    cassandra::{
        self,
        Format::{Nb, Oa},
    },
    fixtures,
    fuzz::{Random, mutate},
    generated::push_uvint,
    mutated::{MutatedSstable, fix_chunk_checksums, fix_statistics_checksums, statistics_with_header},
};

/// Nothing that is read may ask for more at once.
const LARGEST_ALLOCATION_BYTES: usize = 64 << 20;

thread_local! { static LARGEST: Cell<usize> = const { Cell::new(0) }; }

struct Watched;

impl Watched {
    fn see(size: usize) {
        // While a thread ends there is nowhere to note it.
        let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
    }
}

// SAFETY: all is passed on to the allocator of the system.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::see(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::see(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::see(size);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// What each loop may take: a slow machine does less, not longer.
const TIME: Duration = Duration::from_secs(8);
const SEED: u64 = 0x5eed;

fn fixture(format: cassandra::Format, keyspace: &str, table: &str) -> MutatedSstable {
    MutatedSstable::read(&fixtures::table(format, keyspace, table).sstables[0].data_path)
}

fn sstables() -> Vec<MutatedSstable> {
    let mut all = Vec::new();
    for format in [Nb, Oa] {
        for (keyspace, table) in [
            ("shop", "orders"),
            ("rows", "statics"),
            ("rows", "ranges_mixed"),
            ("rows", "columns_130"),
            ("rows", "counters"),
            ("collections", "multi"),
            ("collections", "nested"),
            ("collections", "persons"),
        ] {
            all.push(fixture(format, keyspace, table));
        }
    }
    all
}

/// Opens and dumps; says how it ended.
fn survive(sstable: &MutatedSstable, format: DumpFormat, what: &str) -> Option<ErrorKind> {
    LARGEST.set(0);
    let begin = Instant::now();
    let options = DumpOptions { format, ..DumpOptions::new(1_700_000_000) };
    let mut printed = Vec::new();
    let result = Sstable::open_files(Box::new(sstable.files()), sstable.version)
        .and_then(|opened| dump(&opened, &options, &mut printed));
    assert!(LARGEST.get() <= LARGEST_ALLOCATION_BYTES, "{what}: {} bytes are allocated", LARGEST.get());
    assert!(begin.elapsed() < Duration::from_secs(10), "{what} takes {:?}", begin.elapsed());
    let error = result.err()?;
    let told = error.to_string();
    assert!(told.contains(".db") || told.contains("Digest"), "{what}: '{told}' names no file");
    assert!(!told.contains(char::is_control) && told.contains("; "), "{what}: '{told}' is no clear sentence");
    Some(error.kind())
}

/// Repeats with other random numbers for a while; says how many ended in an error.
fn repeatedly(limit: usize, mut once: impl FnMut(&mut Random) -> bool) {
    let mut random = Random::new(SEED);
    let begin = Instant::now();
    let (mut count, mut errors) = (0, 0);
    while count < limit && begin.elapsed() < TIME {
        errors += usize::from(once(&mut random));
        count += 1;
    }
    eprintln!("{count} times, {errors} errors");
    assert!(errors > count / 10 && count > 100, "{errors} errors of {count}");
}

#[test]
fn rows_that_contradict_the_format() {
    let all: Vec<_> = sstables().into_iter().map(|sstable| (sstable.uncompressed(), sstable)).collect();
    let formats = [
        DumpFormat::Json,
        DumpFormat::JsonLines,
        DumpFormat::Internal,
        DumpFormat::Keys,
        DumpFormat::Lossless,
    ];
    repeatedly(200_000, |random| {
        let (content, sstable) = &all[random.below(all.len())];
        let mut content = content.clone();
        mutate(&mut content, random);
        let changed = sstable.with_content(content, 1 << random.below(17));
        survive(&changed, formats[random.below(formats.len())], "changed rows").is_some()
    });
}

#[test]
fn metadata_that_contradicts_the_format() {
    let all = sstables();
    repeatedly(100_000, |random| {
        let sstable = &all[random.below(all.len())];
        let statistics = &sstable.components[&Component::Statistics];
        let changed = if random.below(2) == 0 {
            let mut header = sstable.header().to_vec();
            mutate(&mut header, random);
            statistics_with_header(statistics, &header)
        } else {
            let mut statistics = statistics.clone();
            mutate(&mut statistics, random);
            fix_statistics_checksums(&mut statistics);
            statistics
        };
        let changed = sstable.with(Component::Statistics, changed);
        survive(&changed, DumpFormat::Json, "changed Statistics.db").is_some()
    });
}

#[test]
fn chunks_that_contradict_the_format() {
    let tables = ["lz4", "lz4_ratio", "snappy", "deflate", "zstd", "zstd_ratio", "noop"];
    let all: Vec<_> = tables.map(|table| fixture(Nb, "compression", table)).into();
    repeatedly(50_000, |random| {
        let sstable = &all[random.below(all.len())];
        let info = &sstable.components[&Component::CompressionInfo];
        let mut data = sstable.components[&Component::Data].clone();
        let mut changed = info.clone();
        mutate(if random.below(3) == 0 { &mut changed } else { &mut data }, random);
        let source = Arc::new(MemorySource::new("CompressionInfo.db", changed.as_slice()));
        if let Ok(info) = CompressionInfo::open(source, sstable.version) {
            let count = info.chunk_count;
            let mut offsets = ChunkOffsets::new(Arc::new(info), data.len() as u64);
            let payloads: Vec<_> = (0..count).map_while(|index| offsets.payload(index).ok()).collect();
            fix_chunk_checksums(&mut data, &payloads);
        }
        let changed = sstable.with(Component::CompressionInfo, changed).with(Component::Data, data);
        survive(&changed, DumpFormat::Json, "changed chunks").is_some()
    });
}

/// `nb`, uncompressed, with a key of `Int32Type`, a clustering of `BytesType` and one column of the type.
fn table_with(column_type: &str, rows: Vec<u8>) -> MutatedSstable {
    let mut header = vec![0, 0, 0];
    let named = |header: &mut Vec<u8>, name: &str| {
        push_uvint(header, name.len() as u64);
        header.extend(name.as_bytes());
    };
    named(&mut header, "Int32Type");
    header.push(1);
    named(&mut header, "BytesType");
    header.extend([0, 1]);
    named(&mut header, "v");
    named(&mut header, column_type);
    let sound = fixture(Nb, "names", "table");
    let statistics = statistics_with_header(&sound.components[&Component::Statistics], &header);
    sound.with(Component::Statistics, statistics).with_content(rows, 1 << 16)
}

/// A partition, then what is given.
fn in_a_partition(rows: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    cqlite_tests::generated::push_partition(&mut all);
    all.extend(rows);
    all
}

#[test]
fn lengths_and_counts_that_are_not_true() {
    let huge = [0xFF_u8; 9];
    let two_gib = [0xFF, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF];
    for length in [&huge, &two_gib] {
        let cases: [(&str, Vec<u8>); 5] = [
            ("key", [&[0xFF, 0xFF][..], &[7; 100]].concat()),
            ("clustering", in_a_partition(&[&[4, 0][..], length, b"c"].concat())),
            ("row", in_a_partition(&[&[4, 0, 1, b'c'][..], length, &[0, 0]].concat())),
            ("value", in_a_partition(&[&[4, 0, 1, b'c', 30, 0, 0, 0, 8][..], length, &[7; 100]].concat())),
            ("marker", in_a_partition(&[&[2, 1, 0, 1, 0][..], length].concat())),
        ];
        for (what, content) in cases {
            let kind = survive(&table_with("BytesType", content), DumpFormat::Json, what);
            assert_eq!(kind, Some(ErrorKind::Corrupt), "{what}");
        }
        let map = [&[4, 0, 1, b'c', 30, 0, 0, 0][..], length, &[8, 4, 0, 0, 0, 1, 1, 9]].concat();
        for content in [map.clone(), [map, [8, 4, 0, 0, 0, 2, 1, 9].repeat(100)].concat()] {
            let table = table_with("MapType(Int32Type,BytesType)", in_a_partition(&content));
            assert_eq!(survive(&table, DumpFormat::Json, "elements"), Some(ErrorKind::Corrupt));
        }
    }
    let elements = in_a_partition(&[4, 0, 1, b'c', 9, 0, 0, 0, 8, 4, 0x7F, 0xFF, 0xFF, 0xFF, 1]);
    survive(&table_with("FrozenType(ListType(Int32Type))", elements), DumpFormat::Json, "frozen elements");
}

#[test]
fn a_header_that_promises_much() {
    let sound = fixture(Nb, "shop", "orders");
    let statistics = &sound.components[&Component::Statistics];
    for count in [&[0xFF_u8; 9][..], &[0xF0, 0x7F, 0xFF, 0xFF, 0xFF], &[0xC0, 0xFF, 0xFF]] {
        for before in [&[0, 0, 0][..], &[0, 0, 0, 1, b'A'], &[0, 0, 0, 1, b'A', 0], &[0, 0, 0, 1, b'A', 0, 0]]
        {
            let header = [before, count, &[1; 50]].concat();
            let changed = sound.with(Component::Statistics, statistics_with_header(statistics, &header));
            assert_eq!(survive(&changed, DumpFormat::Json, "a header"), Some(ErrorKind::Corrupt));
        }
    }
}

#[test]
fn types_that_nest_deep_or_have_no_size() {
    for (open, close) in [
        ("ListType(", ")"),
        ("FrozenType(MapType(Int32Type,", "))"),
        ("TupleType(", ")"),
        ("ReversedType(", ")"),
        ("VectorType(", ",2)"),
        ("UserType(k,61,62:", ")"),
        ("Unknown(", ")"),
    ] {
        for depth in [10, 60, 1000, 100_000] {
            let name = format!("{}Int32Type{}", open.repeat(depth), close.repeat(depth));
            let row = [4, 0, 1, b'c', 9, 0, 0, 0, 8, 4, 0, 0, 0, 1, 1];
            survive(&table_with(&name, in_a_partition(&row)), DumpFormat::Json, open);
        }
    }
    // So many elements would come of no bytes.
    for endless in ["VectorType(EmptyType,1000000)", "VectorType(VectorType(EmptyType,8000),8000)"] {
        assert!(CqlType::parse_marshal(endless).is_err(), "{endless}");
    }
}

#[test]
fn chunks_of_an_impossible_size() {
    let sound = fixture(Nb, "compression", "lz4");
    let info = &sound.components[&Component::CompressionInfo];
    // The name of 13 bytes behind its length, no options.
    let at = 2 + 13 + 4;
    for length in [0_u32, 1, 3, 1 << 26, 1 << 30, 1 << 31, u32::MAX] {
        for data_length in [0_u64, 1, 1 << 30, 1 << 40, u64::MAX] {
            for chunks in [0_u32, 1, 2, u32::MAX] {
                let mut changed = info[..at].to_vec();
                changed.extend(length.to_be_bytes());
                changed.extend(i32::MAX.to_be_bytes());
                changed.extend(data_length.to_be_bytes());
                changed.extend(chunks.to_be_bytes());
                changed.resize(changed.len() + 8 * chunks.min(2) as usize, 0);
                let changed = sound.with(Component::CompressionInfo, changed);
                let what = format!("{chunks} chunks of {length} for {data_length}");
                assert!(survive(&changed, DumpFormat::Json, &what).is_some(), "{what}");
            }
        }
    }
}
