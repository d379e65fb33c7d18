//! Mutations as Cassandra wrote them into the commit logs of whole nodes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_core::storage::mutation::{
    Decoded, MessagingVersion, Mutation, PartitionUpdate, PartitionUpdateBuilder, TableId, TableLayout,
};
use cqlite_cql::Uuid;
use cqlite_sstable::compress::Compressor;
use cqlite_sstable::encoding::EncodingStats;
use cqlite_sstable::reader::Sstable;
use cqlite_sstable::row::{
    Cell, ClusteringKind, OwnedRow, PrefixBuffer, Row, RowItem, Unfiltered, UnfilteredPartitions,
};
use cqlite_sstable::schema::{SstableHeader, SystemSchema, TableSchema, resolve};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Descriptor, Partitioner};
use cqlite_tests::available::corpus_or_skip;
use cqlite_tests::rows_told::{ColumnNames, rows_told};

const NODES: [&str; 6] = [
    "node-drained",
    "node-killed",
    "node-killed-lz4",
    "node-killed-zstd",
    "node-killed-deflate",
    "node-killed-snappy",
];

fn entries(directory: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// The tables of a node: those of its `system_schema`, and of others those that have SSTables, by their headers.
fn tables(data: &Path) -> HashMap<TableId, Arc<TableLayout>> {
    let system = SystemSchema::find(data).unwrap();
    let created = ["cnt", "plain", "texty"].map(|name| system.table("app", name).unwrap().unwrap());
    let mut known: Vec<(TableSchema, Partitioner)> =
        created.into_iter().map(|schema| (schema, Partitioner::Murmur3)).collect();
    let keyspaces = entries(data).into_iter().filter(|keyspace| !keyspace.ends_with("app"));
    for directory in keyspaces.flat_map(|keyspace| entries(&keyspace)) {
        let name = directory.file_name().unwrap().to_str().unwrap();
        let Some((_, id)) = name.rsplit_once('-') else { continue };
        let id = Uuid(u128::from_str_radix(id, 16).unwrap().to_be_bytes());
        let by_headers = by_headers(&directory);
        known.extend(by_headers.map(|(schema, key)| (TableSchema { id: Some(id), ..schema }, key)));
    }
    let layouts = known.into_iter().map(|(schema, partitioner)| {
        let layout = TableLayout::new(&schema, partitioner).unwrap();
        (layout.id(), layout)
    });
    layouts.collect()
}

fn by_headers(directory: &Path) -> Option<(TableSchema, Partitioner)> {
    let is_data = |path: &PathBuf| path.to_string_lossy().ends_with("-Data.db");
    let found: Vec<Descriptor> = entries(directory)
        .iter()
        .filter(|path| is_data(path))
        .map(|path| Descriptor::from_file(path).unwrap())
        .collect();
    let opened: Vec<Sstable> =
        found.iter().map(|one| Sstable::open_descriptor(one, Default::default()).unwrap()).collect();
    let headers: Vec<SstableHeader<'_>> = found
        .iter()
        .zip(&opened)
        .map(|(descriptor, sstable)| SstableHeader { descriptor, header: sstable.header() })
        .collect();
    let partitioner = opened.first()?.partitioner().unwrap();
    Some((resolve(&headers, None).unwrap().schema, partitioner))
}

/// The mutations of a segment: what stands in its sections, decompressed where they are compressed.
fn mutations(segment: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(segment).unwrap();
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let parameters = usize::from(u16::from_be_bytes(bytes[12..14].try_into().unwrap()));
    let text = std::str::from_utf8(&bytes[14..14 + parameters]).unwrap();
    let class = text.split('"').find(|word| word.ends_with("Compressor"));
    let compressor = class.map(|class| Compressor::from_class_name(class).unwrap());
    let (mut marker, mut all) = (14 + parameters + 4, Vec::new());
    while marker + 8 <= bytes.len() && number(marker) != 0 {
        let section = &bytes[marker + 8..number(marker)];
        let plain = match compressor {
            None => section.to_vec(),
            Some(compressor) => {
                let mut plain = vec![0; number(marker + 8)];
                let length = compressor.decompressor().decompress(&section[4..], &mut plain).unwrap();
                assert_eq!(length, plain.len());
                plain
            }
        };
        let mut rest = &plain[..];
        while rest.len() > 8 && rest[..4] != [0; 4] {
            let size = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
            let crc = u32::from_be_bytes(rest[8 + size..12 + size].try_into().unwrap());
            assert_eq!(crc32fast::hash(&[&rest[..4], &rest[8..8 + size]].concat()), crc);
            all.push(rest[8..8 + size].to_vec());
            rest = &rest[12 + size..];
        }
        marker = number(marker);
    }
    all
}

fn told(update: PartitionUpdate<'_>) -> Vec<String> {
    let names = ColumnNames::of_header(update.layout().header());
    rows_told(&mut update.rows(), &names).unwrap()
}

/// A cell or complex deletion with bytes of its own.
enum Kept {
    Deletion(RowItem<'static>),
    Cell(Cell<'static>, Option<Vec<u8>>, Vec<u8>),
}

fn keep(item: RowItem<'_>) -> Kept {
    match item {
        RowItem::ComplexDeletion { column, deletion } => {
            Kept::Deletion(RowItem::ComplexDeletion { column, deletion })
        }
        RowItem::Cell(cell) => {
            let (path, value) = (cell.path.map(<[u8]>::to_vec), cell.value.to_vec());
            Kept::Cell(Cell { path: None, value: b"", ..cell_without_bytes(&cell) }, path, value)
        }
    }
}

fn cell_without_bytes(cell: &Cell<'_>) -> Cell<'static> {
    Cell {
        column: cell.column,
        timestamp: cell.timestamp,
        ttl_seconds: cell.ttl_seconds,
        local_deletion_time_seconds: cell.local_deletion_time_seconds,
        path: None,
        value: b"",
    }
}

fn add_row(builder: &mut PartitionUpdateBuilder, row: &Row<'_>, items: &[Kept]) {
    let shown: Vec<RowItem<'_>> = items
        .iter()
        .map(|item| match item {
            Kept::Deletion(deletion) => *deletion,
            Kept::Cell(cell, path, value) => RowItem::Cell(Cell { path: path.as_deref(), value, ..*cell }),
        })
        .collect();
    builder.row(row, &shown).unwrap();
}

fn items(rows: &mut impl UnfilteredPartitions, stats: &mut EncodingStats) -> Vec<Kept> {
    let mut all = Vec::new();
    while rows.advance_item().unwrap() {
        stats.add_item(&rows.item());
        all.push(keep(rows.item()));
    }
    all
}

/// The same update, built of its parts; and the least times that it really has.
fn built_again(update: PartitionUpdate<'_>) -> (Mutation, EncodingStats) {
    let mut builder = PartitionUpdateBuilder::new(update.layout(), update.key());
    let (mut rows, mut stats) = (update.rows(), EncodingStats::default());
    if !rows.advance_partition().unwrap() {
        return (builder.build().unwrap(), stats);
    }
    stats.add_deletion(&update.deletion());
    builder.delete_partition(update.deletion()).unwrap();
    if let Some(row) = rows.partition().static_row {
        let mut owned = OwnedRow::default();
        owned.set(&row);
        let items = items(&mut rows, &mut stats);
        if !items.is_empty() {
            stats.add_row(&owned.as_row(true));
            add_row(&mut builder, &owned.as_row(true), &items);
        }
    }
    let mut start: Option<(PrefixBuffer, cqlite_sstable::row::DeletionTime)> = None;
    while rows.advance_unfiltered().unwrap() {
        match rows.unfiltered() {
            Unfiltered::Row(row) => {
                let mut owned = OwnedRow::default();
                owned.set(&row);
                stats.add_row(&row);
                let items = items(&mut rows, &mut stats);
                add_row(&mut builder, &owned.as_row(false), &items);
            }
            Unfiltered::Marker(marker) => {
                let values = |kind: ClusteringKind| PrefixBuffer::new(kind, marker.clustering.iter());
                if let Some((start, deletion)) = start.take() {
                    let end = values(marker.kind.close().unwrap_or(marker.kind));
                    builder.delete_range(start.as_prefix(), end.as_prefix(), deletion).unwrap();
                }
                stats.add_deletion(&marker.deletion);
                if !marker.open_behind().is_live() {
                    stats.add_deletion(&marker.open_behind());
                    let kind = marker.kind.open().unwrap_or(marker.kind);
                    start = Some((values(kind), marker.open_behind()));
                }
            }
        }
    }
    (builder.build().unwrap(), stats)
}

/// Why the bytes of an update are others when it is built again.
fn difference(update: PartitionUpdate<'_>, again: PartitionUpdate<'_>, least: EncodingStats) -> &'static str {
    if update.encoded() == again.encoded() {
        "none"
    } else if update.stats() != least {
        "its bases are not the least times"
    } else if update.column_names() != again.column_names() {
        "it names columns of which it has no cells"
    } else {
        "another"
    }
}

#[test]
fn every_mutation_in_the_commit_logs_of_nodes_is_decoded_and_is_the_same_when_it_is_built_again() {
    let Some(corpus) = corpus_or_skip("mutations in commit logs") else { return };
    let (mut decoded_count, mut unknown, mut rows) = (0, BTreeMap::<String, usize>::new(), 0);
    let mut differences: BTreeMap<&str, usize> = BTreeMap::new();
    // Cassandra's own tables have the same ids everywhere, but not on every node SSTables.
    let nodes = NODES.map(|node| corpus.root().join("cassandra50/nb").join(node));
    let tables: HashMap<_, _> = nodes.iter().flat_map(|node| tables(&node.join("data"))).collect();
    for node in nodes {
        for segment in entries(&node.join("commitlog")) {
            for bytes in mutations(&segment) {
                let version = MessagingVersion::of_commit_log(7).unwrap();
                let found = Mutation::decode(bytes.clone(), version, |id| tables.get(&id).cloned());
                let mutation = match found.unwrap() {
                    Decoded::Mutation(mutation) => mutation,
                    Decoded::UnknownTable(id) => {
                        *unknown.entry(id.to_string()).or_default() += 1;
                        continue;
                    }
                };
                assert_eq!(mutation.bytes(), bytes);
                decoded_count += 1;
                let mut parts = Vec::new();
                for update in mutation.updates() {
                    rows += update.row_count();
                    let (again, least) = built_again(update);
                    let rebuilt = again.updates().next().unwrap();
                    assert_eq!(told(rebuilt), told(update));
                    *differences.entry(difference(update, rebuilt, least)).or_default() += 1;
                    parts.push(again);
                }
                let joined = Mutation::joined(parts).unwrap();
                assert_eq!((joined.key(), joined.keyspace()), (mutation.key(), mutation.keyspace()));
                assert_eq!(joined.updates().count(), mutation.updates().count());
                let parts = joined.updates().zip(mutation.updates());
                if parts.into_iter().all(|(again, update)| again.encoded() == update.encoded()) {
                    assert_eq!(joined.bytes(), bytes);
                }
            }
        }
    }
    println!("{decoded_count} mutations, {rows} rows, {differences:?}, of unknown tables {unknown:?}");
    assert!(decoded_count > 2_500 && rows > 5_000, "{decoded_count} mutations, {rows} rows");
    assert!(differences.get("none") > Some(&2_500), "{differences:?}");
    assert_eq!(differences.get("another"), None, "{differences:?}");
    assert_eq!(unknown, BTreeMap::new());
}

#[test]
fn an_update_of_a_column_that_never_was_is_refused_by_its_name() {
    let column = |name: &str| cqlite_sstable::schema::Column::new(name, CqlType::Int);
    let schema = |columns: Vec<cqlite_sstable::schema::Column>, dropped| TableSchema {
        keyspace: "app".into(),
        name: "t".into(),
        id: Some(Uuid([1; 16])),
        kind: cqlite_sstable::schema::TableKind::Table,
        partition_key: vec![column("k")],
        clustering: Vec::new(),
        static_columns: Vec::new(),
        regular_columns: columns,
        dropped_columns: dropped,
        user_types: Vec::new(),
        options: Vec::new(),
        keyspace_options: Vec::new(),
        indexes: Vec::new(),
        is_compact: false,
        enforces_strict_liveness: false,
    };
    let layout = |schema: &TableSchema| TableLayout::new(schema, Partitioner::Murmur3).unwrap();
    let wide = layout(&schema(vec![column("gone"), column("kept")], Vec::new()));
    let mut builder = PartitionUpdateBuilder::new(&wide, b"key1");
    let clustering = cqlite_sstable::row::ClusteringBuffer::default();
    let row = OwnedRow { clustering, ..OwnedRow::default() };
    let cell = |column: usize, timestamp: i64| {
        RowItem::Cell(Cell {
            column,
            timestamp,
            ttl_seconds: 0,
            local_deletion_time_seconds: cqlite_sstable::row::NO_DELETION_TIME,
            path: None,
            value: b"four",
        })
    };
    builder.row(&row.as_row(false), &[cell(0, 10), cell(1, 10)]).unwrap();
    let bytes = builder.build().unwrap().bytes().to_vec();
    let decode = |schema: &TableSchema| {
        let layout = layout(schema);
        let known = Mutation::decode(bytes.clone(), MessagingVersion::V40, |_| Some(Arc::clone(&layout)));
        match known? {
            Decoded::Mutation(mutation) => Ok(told(mutation.updates().next().unwrap())),
            Decoded::UnknownTable(_) => Ok(Vec::new()),
        }
    };
    let refused: cqlite_sstable::Error = decode(&schema(vec![column("kept")], Vec::new())).unwrap_err();
    assert!(refused.to_string().contains("'gone'"), "{refused}");
    let dropped = |dropped_at_micros| cqlite_sstable::schema::DroppedColumn {
        name: "gone".into(),
        column_type: CqlType::Int,
        kind: cqlite_sstable::schema::ColumnKind::Regular,
        dropped_at_micros: Some(dropped_at_micros),
    };
    let told = decode(&schema(vec![column("kept")], vec![dropped(9)])).unwrap();
    assert_eq!(told.iter().filter(|line| line.contains(" = ")).count(), 1, "{told:?}");
    // Made again under its name, it shows what was written since.
    for (dropped_at, cells) in [(9, 2), (10, 1)] {
        let again = schema(vec![column("gone"), column("kept")], vec![dropped(dropped_at)]);
        let told = decode(&again).unwrap();
        assert_eq!(told.iter().filter(|line| line.contains(" = ")).count(), cells, "{told:?}");
    }
}
