//! The catalogues of nodes in the corpus.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use cqlite_core::catalog::{Schema, StoredLocal, SystemTables, TableParameters};
use cqlite_sstable::Partitioner;
use cqlite_sstable::find::{FindOptions, find};
use cqlite_sstable::reader::Sstable;
use cqlite_tests::available::corpus_or_skip;
use cqlite_tests::catalogued::{now_seconds, stored_rows, with_merged};

/// The data directories of nodes.
fn nodes(corpus: &std::path::Path) -> Vec<PathBuf> {
    let sets = fs::read_dir(corpus.join("cassandra50/nb")).unwrap().map(|entry| entry.unwrap().path());
    let nodes = sets.filter(|set| set.file_name().unwrap().to_string_lossy().starts_with("node-"));
    let mut nodes: Vec<PathBuf> = nodes.map(|set| set.join("data")).filter(|data| data.is_dir()).collect();
    nodes.sort();
    nodes
}

#[test]
fn the_tables_of_the_catalogue_are_those_that_nodes_write() {
    let name = "the_tables_of_the_catalogue_are_those_that_nodes_write";
    let Some(corpus) = corpus_or_skip(name) else { return };
    let system = SystemTables::new(&Partitioner::Murmur3).unwrap();
    let mut compared = 0;
    for data in nodes(corpus.root()) {
        for table in system.all() {
            let directory = data.join(table.keyspace()).join(table.directory_name());
            if !directory.is_dir() {
                continue;
            }
            for descriptor in find(&[directory], &FindOptions::default()).unwrap().sstables() {
                let sstable = Sstable::open_descriptor(descriptor, Default::default()).unwrap();
                let (theirs, ours) = (sstable.header(), table.layout().header());
                assert_eq!(
                    (&theirs.key_type, &theirs.clustering_types),
                    (&ours.key_type, &ours.clustering_types)
                );
                // A header has the columns that were written.
                for column in &theirs.regular_columns {
                    assert!(ours.regular_columns.contains(column), "{}: {column:?}", table.name());
                }
                assert!(theirs.static_columns.is_empty());
                compared += 1;
            }
        }
    }
    assert!(compared >= 30, "{compared} SSTables were compared");
}

#[test]
fn the_schema_of_a_node_is_read_with_the_ids_of_its_directories() {
    let name = "the_schema_of_a_node_is_read_with_the_ids_of_its_directories";
    let Some(corpus) = corpus_or_skip(name) else { return };
    let system = Arc::new(SystemTables::new(&Partitioner::Murmur3).unwrap());
    let (mut nodes_read, mut tables) = (0, 0);
    for data in nodes(corpus.root()) {
        let rows = stored_rows(&system, &data).unwrap();
        let schema = Schema::read(&system, &rows).unwrap();
        for table in schema.tables() {
            // A table that was not flushed when its node was killed has no directory here.
            let keyspace = data.join(table.keyspace());
            let Ok(directories) = fs::read_dir(&keyspace) else { continue };
            let names = directories.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let of_name = |name: &String| name.rsplit_once('-').is_some_and(|(of, _)| of == table.name());
            let names: Vec<String> = names.filter(of_name).collect();
            assert!(names.is_empty() || names.contains(&table.directory_name()), "{names:?}");
            tables += usize::from(!names.is_empty());
            assert_eq!(schema.table_by_id(table.id()).unwrap().name(), table.name());
            table.parameters().compaction_parameters().unwrap();
            table.parameters().compression_parameters().unwrap();
        }
        let local = with_merged(system.local(), &data, |merge, columns| {
            StoredLocal::read(merge, columns, now_seconds())
        });
        if let Some(local) = local.unwrap() {
            assert!(local.host_id.is_some(), "{}", data.display());
            assert_eq!(local.partitioner, Some(Partitioner::Murmur3.class_name()));
        }
        nodes_read += 1;
    }
    assert!(nodes_read >= 5 && tables >= 20, "{tables} tables of {nodes_read} nodes");
}

#[test]
fn a_node_describes_the_tables_of_the_catalogue_as_they_are_here() {
    let name = "a_node_describes_the_tables_of_the_catalogue_as_they_are_here";
    let Some(corpus) = corpus_or_skip(name) else { return };
    let system = SystemTables::new(&Partitioner::Murmur3).unwrap();
    let mut compared = 0;
    for data in nodes(corpus.root()) {
        let rows = stored_rows(&system, &data).unwrap();
        for theirs in ["system", "system_schema"].map(|keyspace| rows.tables(keyspace).unwrap()).concat() {
            let Some(ours) = system.all().find(|table| Some(table.id().0) == theirs.id) else { continue };
            let (ours, name) = (ours.schema(), &theirs.name);
            assert_eq!((&ours.keyspace, &ours.name), (&theirs.keyspace, name));
            assert_eq!(ours.partition_key, theirs.partition_key, "{name}");
            assert_eq!(ours.clustering, theirs.clustering, "{name}");
            assert_eq!(ours.regular_columns, theirs.regular_columns, "{name}");
            let theirs = TableParameters::parse(&theirs.options).unwrap();
            assert_eq!(TableParameters::parse(&ours.options).unwrap(), theirs, "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 12, "{compared} tables were compared");
}
