//! Snapshots, backups and compactions of the engine in the directory of a real node: Cassandra takes them for its own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use cqlite_core::storage::{
    compaction::{
        Choice, CompactionParameters, Cut, OverlappingTombstones, Reason, RepairGroup, SystemClock, Throttle,
        executor::{CompactedTable, CompactionControl, CompactionTask, LiveSstable, Surroundings},
    },
    fs::{DiskFileSystem, FileSystem},
    lifecycle::{
        Manifest, SnapshotOptions, back_up, clean_orphans, clear_snapshot, list_snapshots, live_set,
        take_snapshot,
    },
};
use cqlite_sstable::{
    Descriptor, Result, SstableId,
    compress::CompressionParameters,
    schema::{TableHint, TableSchema},
};
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Cassandra, Connection, Format, Node, Tools},
};

const ROWS: i32 = 200;

/// A node with a table of several SSTables and an index, which it does not compact.
struct Table {
    node: Node,
    connection: Connection,
    directory: PathBuf,
    files: Arc<dyn FileSystem>,
}

impl Table {
    fn written(cassandra: &Cassandra, root: &Path, format: Format) -> Self {
        let builder = Node::builder(cassandra, root).format(format).setting("incremental_backups", true);
        let mut node = builder.start().unwrap();
        let mut connection = node.connect().unwrap();
        for cql in [
            "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
            "CREATE TABLE ks.t (k int, c int, s text static, v text, m map<int, text>, PRIMARY KEY (k, c)) WITH \
             compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': false}",
            "CREATE INDEX by_v ON ks.t (v)",
        ] {
            connection.execute(cql).unwrap();
        }
        for flush in 0..4 {
            for key in 0..ROWS {
                let (k, c) = (key % 20, key + flush * 3);
                let insert = format!(
                    "INSERT INTO ks.t (k, c, s, v, m) VALUES ({k}, {c}, 's{flush}', 'v{key}', {{{flush}: 'x{key}'}})"
                );
                connection.execute(&insert).unwrap();
            }
            let k = flush + 5;
            for delete in [
                format!("DELETE FROM ks.t WHERE k = {k}"),
                format!("DELETE FROM ks.t WHERE k = {} AND c >= 40 AND c < 90", flush + 10),
                format!("DELETE v FROM ks.t WHERE k = {} AND c = 0", flush),
                format!("UPDATE ks.t USING TTL 100000 SET m = m + {{7: 'ttl'}} WHERE k = {flush} AND c = 60"),
            ] {
                connection.execute(&delete).unwrap();
            }
            node.flush("ks", &["t"]).unwrap();
        }
        let directory = fs::canonicalize(node.table_directory("ks", "t")).unwrap();
        let files: Arc<dyn FileSystem> = Arc::new(DiskFileSystem);
        Self { node, connection, directory, files }
    }

    fn index(&self) -> PathBuf {
        self.directory.join(".by_v")
    }

    /// All SSTables of the table, or of the index.
    fn sstables(&self, directory: &Path) -> Vec<Descriptor> {
        live_set(&self.files, &[directory.to_owned()]).unwrap().sstables
    }

    fn all_sstables(&self) -> Vec<Descriptor> {
        let mut all = self.sstables(&self.directory);
        all.extend(self.sstables(&self.index()));
        all
    }
}

/// All files below a directory, each with its number on the disk.
fn files_below(directory: &Path) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            let below = files_below(&entry.path()).into_iter();
            found.extend(below.map(|(file, number)| (format!("{name}/{file}"), number)));
        } else {
            found.insert(name, entry.metadata().unwrap().ino());
        }
    }
    found
}

fn manifest(directory: &Path) -> (Manifest, String) {
    let text = fs::read_to_string(directory.join("manifest.json")).unwrap();
    (Manifest::parse(text.as_bytes()).unwrap(), text)
}

#[test]
fn a_snapshot_is_the_one_that_the_node_takes_file_by_file_and_the_node_knows_it() {
    let test = "a_snapshot_is_the_one_that_the_node_takes_file_by_file_and_the_node_knows_it";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    for format in [Format::Nb, Format::Da] {
        let root = tempfile::tempdir().unwrap();
        let mut table = Table::written(&cassandra, &root.path().join("node"), format);
        table.node.nodetool(&["snapshot", "-t", "theirs", "-cf", "t", "ks"]).unwrap();
        let snapshots = table.directory.join("snapshots");
        let (theirs, ours) = (snapshots.join("theirs"), snapshots.join("ours"));
        let schema = fs::read_to_string(theirs.join("schema.cql")).unwrap();
        let (their_manifest, their_text) = manifest(&theirs);
        let options = SnapshotOptions {
            tag: "ours",
            created_at_millis: their_manifest.created_at_millis.unwrap(),
            expires_at_millis: their_manifest.expires_at_millis,
            schema_cql: Some(&schema),
        };
        let all = table.all_sstables();
        assert!(all.len() > 5, "{all:?}");
        take_snapshot(&table.files, &table.directory, &all, options).unwrap();

        let is_link = |(name, _): &(String, u64)| !["manifest.json", "schema.cql"].contains(&name.as_str());
        let [linked_by_them, linked] = [&theirs, &ours]
            .map(|one| files_below(one).into_iter().filter(is_link).collect::<BTreeMap<String, u64>>());
        assert_eq!(linked, linked_by_them, "{format}: the same links to the same files");
        let (mut manifest, text) = manifest(&ours);
        manifest.files.clone_from(&their_manifest.files);
        assert_eq!(manifest.to_json(), their_text, "{format}: the order of files apart");
        let names = |text: &str| text.split('"').map(str::to_owned).collect::<BTreeSet<String>>();
        assert_eq!(names(&text), names(&their_text), "{format}");
        assert_eq!(fs::read_to_string(ours.join("schema.cql")).unwrap(), schema);

        let listed = table.node.nodetool(&["listsnapshots"]).unwrap().text().to_owned();
        for tag in ["ours", "theirs"] {
            assert!(listed.lines().any(|line| line.starts_with(tag)), "{listed}");
        }
        let tags = |table: &Table| -> Vec<String> {
            let listed = list_snapshots(&table.files, &table.directory).unwrap();
            listed.into_iter().map(|snapshot| snapshot.tag).collect()
        };
        assert_eq!(tags(&table), ["ours", "theirs"]);
        table.node.nodetool(&["clearsnapshot", "-t", "ours", "ks"]).unwrap();
        assert_eq!(tags(&table), ["theirs"]);
        assert!(clear_snapshot(&table.files, &table.directory, "theirs").unwrap());
        let listed = table.node.nodetool(&["listsnapshots"]).unwrap().text().to_owned();
        assert!(!listed.contains("theirs"), "{listed}");
    }
}

#[test]
fn incremental_backups_are_the_links_that_the_node_makes() {
    let Some(cassandra) = cassandra_or_skip("incremental_backups_are_the_links_that_the_node_makes") else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let table = Table::written(&cassandra, &root.path().join("node"), Format::Nb);
    let backups = table.directory.join("backups");
    let theirs = files_below(&backups);
    assert!(theirs.len() > 30, "{theirs:?}");
    fs::remove_dir_all(&backups).unwrap();
    let own = table.sstables(&table.directory);
    back_up(&*table.files, &table.directory, &own).unwrap();
    let ours = files_below(&backups);
    let of_table: BTreeMap<String, u64> =
        theirs.into_iter().filter(|(name, _)| !name.contains('/')).collect();
    assert_eq!(ours, of_table);
}

/// The SSTables of a table that nobody writes to.
#[derive(Debug)]
struct Resting(Arc<[Arc<LiveSstable>]>);

impl Surroundings for Resting {
    fn memtables_have_of(&self, _key: &[u8]) -> Result<Option<i64>> {
        Ok(None)
    }

    fn memtables_have(&self) -> Option<i64> {
        None
    }

    fn live(&self) -> Arc<[Arc<LiveSstable>]> {
        Arc::clone(&self.0)
    }
}

/// A compaction of all SSTables of the table into several.
fn compaction(table_directory: &Path, files: &Arc<dyn FileSystem>, schema: TableSchema) -> CompactionTask {
    let sstables = live_set(files, &[table_directory.to_owned()]).unwrap().sstables;
    let version = sstables[0].version();
    let opened = sstables.into_iter().map(|one| Arc::new(LiveSstable::open(files, one).unwrap()));
    let live: Arc<[Arc<LiveSstable>]> = opened.collect();
    let next = AtomicU32::new(1_000);
    CompactionTask {
        files: Arc::clone(files),
        directory: table_directory.to_owned(),
        table: Arc::new(CompactedTable {
            schema,
            parameters: CompactionParameters::default(),
            compression: Some(CompressionParameters::default()),
            bloom_filter_fp_chance: 0.01,
            gc_grace_seconds: 864_000,
            version,
            index_block_bytes: None,
            host_id: live[0].sstable().statistics().stats.originating_host_id,
        }),
        choice: Choice {
            inputs: live.iter().map(|one| one.id().clone()).collect(),
            expired: Vec::new(),
            group: RepairGroup::Unrepaired,
            level: 0,
            cut: Cut::Sizes(vec![1, 1]),
            reason: Reason::Major,
        },
        inputs: live.to_vec(),
        surroundings: Arc::new(Resting(live)),
        ids: Arc::new(move || Ok(SstableId::Sequence(next.fetch_add(1, Ordering::SeqCst)))),
        garbage: OverlappingTombstones::None,
        now_seconds: SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64,
    }
}

/// What `sstableutil` takes for SSTables of the table, or for what is temporary.
fn told(tools: &mut Tools, kind: &str) -> BTreeSet<String> {
    let output = tools.run("StandaloneSSTableUtil", ["-t", kind, "ks", "t"]).unwrap();
    assert!(output.success(), "{}", output.stderr);
    let names = output.text().lines().filter_map(|line| Some(line.rsplit_once('/')?.1.to_owned()));
    let own = names.filter(|name| name.contains('-'));
    own.filter_map(|name| Some(name.rsplit_once('-')?.0.to_owned())).collect()
}

fn stems<'a>(sstables: impl IntoIterator<Item = &'a Arc<LiveSstable>>) -> BTreeSet<String> {
    sstables.into_iter().map(|one| one.descriptor().stem().to_owned()).collect()
}

#[test]
fn sstableutil_and_a_node_see_what_a_compaction_has_come_to_at_each_step() {
    let test = "sstableutil_and_a_node_see_what_a_compaction_has_come_to_at_each_step";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    for format in [Format::Nb, Format::Da] {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("node");
        let mut table = Table::written(&cassandra, &home, format);
        let select = "SELECT k, c, s, v, m, writetime(v) FROM ks.t";
        let before = table.connection.execute(select).unwrap().rows;
        assert!(before.len() > 100, "{format}");
        table.connection.execute("DROP INDEX ks.by_v").unwrap();
        table.node.nodetool(&["snapshot", "-t", "schema", "-cf", "t", "ks"]).unwrap();
        let (files, directory) = (Arc::clone(&table.files), table.directory.clone());
        let script = fs::read_to_string(directory.join("snapshots/schema/schema.cql")).unwrap();
        let schema = TableSchema::from_cql(&script, TableHint::default()).unwrap();
        table.node.stop().unwrap();

        let mut tools = Tools::start_on(&cassandra, &home).unwrap();
        let control = CompactionControl::new(Arc::new(Throttle::new(SystemClock::default(), None)));
        let task = compaction(&directory, &files, schema);
        let outputs = task.run(&control).unwrap();
        let (old, new) = (stems(outputs.inputs()), stems(outputs.outputs()));
        assert!(old.len() >= 4 && !new.is_empty(), "{format}: {old:?} to {new:?}");
        assert_eq!(told(&mut tools, "final"), old, "{format}, before the commit");
        assert_eq!(told(&mut tools, "tmp"), new, "{format}, before the commit");
        let replaced = outputs.commit().unwrap();
        assert_eq!(told(&mut tools, "final"), new, "{format}, behind the commit");
        assert_eq!(told(&mut tools, "tmp"), old, "{format}, behind the commit");
        // As if it was killed here: what is left to do is done at the next opening.
        std::mem::forget(replaced);
        let cleaned = clean_orphans(&files, std::slice::from_ref(&directory)).unwrap();
        let removed: BTreeSet<String> = cleaned.replaced.iter().map(|one| one.stem().to_owned()).collect();
        assert_eq!((removed, cleaned.unfinished.len()), (old, 0));
        assert_eq!(told(&mut tools, "final"), new, "{format}, behind all");
        assert!(told(&mut tools, "tmp").is_empty(), "{format}");
        let verified = tools.sstableverify("ks", "t").unwrap();
        assert!(verified.success(), "{format}: {}", verified.stderr);
        drop(tools);

        let node = Node::builder(&cassandra, &home).format(format).start().unwrap();
        let after = node.connect().unwrap().execute(select).unwrap().rows;
        let differing = after.iter().zip(&before).find(|(after, before)| after != before);
        assert!(after == before, "{format}: {} rows, {} before, {differing:?}", after.len(), before.len());
        node.stop().unwrap();
    }
}
