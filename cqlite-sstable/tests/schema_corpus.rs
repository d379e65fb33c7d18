//! Schemas of the tables of the corpus that Apache Cassandra 5.0.9 wrote, against what it says they are.
//!
//! The corpus is found by the variable `CQLITE_CORPUS`; without one these tests are skipped, and say so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};

use cqlite_sstable::find::{FindOptions, find};
use cqlite_sstable::reader::{Access, Sstable};
use cqlite_sstable::schema::{
    ColumnKind, MappedColumn, ResolvedTable, SchemaSource, SstableHeader, SystemSchema, TableHint,
    TableSchema, resolve, write_cql,
};
use cqlite_sstable::{Descriptor, Result};

/// Tables that `DESCRIBE` prints only as a comment, or as a view.
const NOT_IN_CQL: [&str; 6] = ["i_mv_by_a", "x_dense", "x_dense2", "x_dense_prefix", "x_keyonly", "x_sparse"];

/// The folder of the corpus, or none with a loud word.
fn corpus() -> Option<PathBuf> {
    let given = std::env::var_os("CQLITE_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let found = given.unwrap_or(beside).join("cassandra50");
    if found.is_dir() {
        return Some(found);
    }
    eprintln!("SKIPPED: there is no corpus of SSTables; set CQLITE_CORPUS to its folder");
    None
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    paths.sort();
    paths
}

/// The SSTables of one table, opened.
struct Opened {
    set: PathBuf,
    directory: PathBuf,
    descriptors: Vec<Descriptor>,
    sstables: Vec<Sstable>,
}

impl Opened {
    fn open(set: &Path, directory: &Path) -> Option<Self> {
        let found = find(&[directory.to_owned()], &FindOptions::default()).ok()?;
        let descriptors: Vec<Descriptor> = found.sstables().cloned().collect();
        let open = |one| Sstable::open_descriptor(one, Access::default()).unwrap();
        let sstables = descriptors.iter().map(open).collect();
        Some(Self { set: set.to_owned(), directory: directory.to_owned(), descriptors, sstables })
    }

    fn headers(&self) -> Vec<SstableHeader<'_>> {
        let both = self.descriptors.iter().zip(&self.sstables);
        both.map(|(descriptor, sstable)| SstableHeader { descriptor, header: sstable.header() }).collect()
    }

    fn resolve(&self, given: Option<&Path>) -> Result<ResolvedTable> {
        resolve(&self.headers(), given)
    }

    fn names(&self) -> (String, String) {
        self.descriptors.first().unwrap().table_name().unwrap()
    }

    /// What Cassandra said of the keyspace, with dropped columns where that is there.
    fn described(&self) -> PathBuf {
        let internals = self.set.join("schema_internals.cql");
        if internals.is_file() { internals } else { self.set.join("schema.cql") }
    }
}

/// Every table of somebody's keyspaces.
fn tables(corpus: &Path) -> Vec<Opened> {
    let mut tables = Vec::new();
    for set in ["nb", "oa", "da"].iter().flat_map(|format| entries(&corpus.join(format))) {
        for keyspace in entries(&set.join("data")) {
            if keyspace.file_name().unwrap().to_str().unwrap().starts_with("system") {
                continue;
            }
            tables.extend(entries(&keyspace).iter().filter_map(|directory| Opened::open(&set, directory)));
        }
    }
    assert!(tables.len() > 200, "only {} tables", tables.len());
    tables
}

fn types(table: &TableSchema) -> (String, String) {
    let of_key = table.key_type().marshal_name().to_string();
    let of_clustering = table.clustering_types();
    let of_clustering: Vec<_> = of_clustering.iter().map(|of| of.marshal_name().to_string()).collect();
    (of_key, of_clustering.join(", "))
}

#[test]
fn headers_agree_with_what_cassandra_describes() {
    let Some(corpus) = corpus() else { return };
    let mut agreed = 0;
    for opened in tables(&corpus) {
        let place = opened.directory.display();
        let (_, name) = opened.names();
        if NOT_IN_CQL.contains(&name.as_str()) {
            continue;
        }
        let table = opened.resolve(Some(&opened.described())).unwrap();
        let alone = TableSchema::from_headers(&opened.headers()).unwrap();
        assert!(table.warnings.is_empty(), "{place}: {:?}", table.warnings);
        assert_eq!(types(&table.schema), types(&alone), "{place}");
        for kind in [ColumnKind::Static, ColumnKind::Regular] {
            // in one order, and nothing but what was dropped is left over
            let described = table.schema.columns(kind).iter().map(|column| &column.name);
            let written = |name: &&String| alone.columns(kind).iter().any(|column| column.name == **name);
            let described: Vec<_> = described.filter(written).collect();
            let is_described = |name: &&String| described.contains(name);
            let told = alone.columns(kind).iter().map(|column| &column.name);
            assert_eq!(described, told.clone().filter(is_described).collect::<Vec<_>>(), "{place}");
            for name in told.filter(|name| !is_described(name)) {
                assert!(table.schema.dropped_column(name, kind).is_some(), "{place}: {name}");
            }
        }
        for (map, sstable) in table.maps.iter().zip(&opened.sstables) {
            for (mapped, column) in map.regulars.iter().zip(&sstable.header().regular_columns) {
                let of = mapped.index().and_then(|index| table.schema.regular_columns.get(index));
                match mapped {
                    MappedColumn::Column { .. } => {
                        assert_eq!(of.unwrap().name, column.name_text(), "{place}");
                    }
                    other => assert!(matches!(other, MappedColumn::Dropped { .. }), "{place}: {other:?}"),
                }
            }
        }
        agreed += 1;
    }
    assert!(agreed > 190, "only {agreed} tables");
}

#[test]
fn what_is_printed_from_headers_alone_reads_back_to_the_same_table() {
    let Some(corpus) = corpus() else { return };
    for opened in tables(&corpus) {
        let alone = TableSchema::from_headers(&opened.headers()).unwrap();
        let text = write_cql(&alone, &SchemaSource::Headers);
        let mut read = TableSchema::from_cql(&text, TableHint::default()).unwrap();
        // what was made up for the keyspace is not what was known
        read.keyspace_options.clear();
        assert_eq!(read, alone, "{}", opened.directory.display());
    }
}

#[test]
fn system_schema_of_a_node_tells_what_the_node_described() {
    let Some(corpus) = corpus() else { return };
    let mut compared = 0;
    for set in entries(&corpus.join("nb")) {
        let Some(system_schema) = SystemSchema::find(&set.join("data")) else { continue };
        let script = fs::read_to_string(set.join("schema.cql")).unwrap();
        let directories = entries(&set.join("data/app"));
        for truth in entries(&set.join("truth/app")) {
            let name = truth.file_name().unwrap().to_str().unwrap();
            let hint = TableHint { keyspace: Some("app"), table: Some(name), id: None };
            let described = TableSchema::from_cql(&script, hint).unwrap();
            let mut stored = system_schema.table("app", name).unwrap().unwrap();
            assert_eq!(stored.id, system_schema.table_id("app", name).unwrap());
            // a table that was never flushed has no directory in the corpus
            let id = stored.id.unwrap().to_string().replace('-', "");
            let directory = directories.iter().find(|path| path.ends_with(format!("{name}-{id}")));
            if let Some(opened) = directory.and_then(|directory| Opened::open(&set, directory)) {
                let resolved = opened.resolve(None).unwrap();
                assert_eq!(resolved.source, SchemaSource::SystemSchema(set.join("data")));
                assert!(resolved.warnings.is_empty(), "{:?}", resolved.warnings);
                assert_eq!(resolved.schema, stored);
            }
            for option in &stored.options {
                assert!(described.options.contains(option), "{name}: {option}");
            }
            assert!(stored.options.len() >= 15, "{:?}", stored.options);
            (stored.id, stored.options) = (described.id, described.options.clone());
            assert_eq!(stored, described);
            compared += 1;
        }
    }
    assert!(compared >= 18, "only {compared} tables");
}

#[test]
fn system_schema_does_not_know_what_is_not_there() {
    let Some(corpus) = corpus() else { return };
    let system_schema = SystemSchema::find(&corpus.join("nb/node-drained/data")).unwrap();
    assert_eq!(system_schema.table("app", "nothing").unwrap(), None);
    assert_eq!(system_schema.table("nothing", "plain").unwrap(), None);
    assert_eq!(SystemSchema::find(&corpus.join("nb/types/data")), None);
}

#[test]
fn a_directory_of_another_id_is_of_a_table_dropped_before() {
    let Some(corpus) = corpus() else { return };
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dropped_before/data");
    let _ = fs::remove_dir_all(&root);
    let source = corpus.join("nb/node-drained/data");
    for table in entries(&source.join("system_schema")) {
        copy_files(&table, &root.join("system_schema").join(table.file_name().unwrap()));
    }
    let plain =
        entries(&source.join("app")).into_iter().find(|path| path.to_str().unwrap().contains("plain-"));
    let other = root.join("app/plain-00000000000010008000000000000000");
    copy_files(&plain.unwrap(), &other);

    let table = Opened::open(&root, &other).unwrap().resolve(None).unwrap();
    assert_eq!(table.source, SchemaSource::Headers);
    let warning = table.warnings.first().unwrap().to_string();
    assert!(warning.contains("this directory is of a table dropped before"), "{warning}");
}

#[test]
fn a_damaged_system_schema_is_passed_over_with_a_warning() {
    let Some(corpus) = corpus() else { return };
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("damaged/data");
    let _ = fs::remove_dir_all(&root);
    let source = corpus.join("nb/node-drained/data");
    for table in entries(&source.join("system_schema")).into_iter().chain(entries(&source.join("app"))) {
        let place = table.strip_prefix(&source).unwrap();
        copy_files(&table, &root.join(place));
    }
    let tables = root.join("system_schema/tables-afddfb9dbc1e30688056eed6c302ba09/nb-6-big-Data.db");
    let mut bytes = fs::read(&tables).unwrap();
    let middle = bytes.len() / 2;
    bytes.iter_mut().skip(middle).take(8).for_each(|byte| *byte ^= 0xff);
    fs::write(&tables, bytes).unwrap();

    for directory in entries(&root.join("app")) {
        let table = Opened::open(&root, &directory).unwrap().resolve(None).unwrap();
        assert_eq!(table.source, SchemaSource::Headers);
        let warning = table.warnings.first().unwrap().to_string();
        assert!(warning.contains("nb-6-big-Data.db: the schema there is not used"), "{warning}");
    }
}

#[test]
fn a_snapshot_has_its_schema_beside_it() {
    let Some(corpus) = corpus() else { return };
    let keyspaces =
        ["nb", "oa", "da"].map(|format| corpus.join(format!("{format}/merge/data/merge_{format}")));
    for directory in keyspaces.iter().flat_map(|keyspace| entries(keyspace)) {
        let snapshot = directory.join("snapshots/snap1");
        let Some(opened) = Opened::open(&directory, &snapshot) else { continue };
        let table = opened.resolve(None).unwrap();
        assert_eq!(table.source, SchemaSource::Beside(snapshot.join("schema.cql")));
        assert!(table.warnings.is_empty(), "{:?}", table.warnings);
        assert_eq!(table.schema.column_names().collect::<Vec<_>>(), ["k", "c", "a", "b", "d"]);
    }
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    {
        // not `fs::copy`, which copies the permissions: the corpus is read-only
        fs::write(to.join(entry.file_name().unwrap()), fs::read(&entry).unwrap()).unwrap();
    }
}
