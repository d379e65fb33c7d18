//! Which SSTables a path means: trees of every shape, and transaction logs in every state.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
    time::UNIX_EPOCH,
};

use cqlite_sstable::{
    ErrorKind, Result,
    find::{FindOptions, Found, FoundTable, OpenTable, find},
    reader::Access,
};
use cqlite_tests::{
    available::corpus_or_skip,
    cassandra::Format::{Nb, Oa},
    cqlite, fixtures,
    transaction_log::{abort, add, commit, remove},
};
use tempfile::TempDir;

const ID: &str = "0123456789abcdef0123456789abcdef";
const OTHER_ID: &str = "fedcba9876543210fedcba9876543210";
const LOG: &str = "nb_txn_compaction_d7b7a170-e57b-11f1-bdff-5d016f48fe5f.log";

/// A node's files, made of copies of one small SSTable.
struct Tree {
    directory: TempDir,
}

impl Tree {
    fn new() -> Self {
        // A name that begins with a dot is that of an index.
        Self { directory: tempfile::Builder::new().prefix("finding-").tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    /// Puts SSTables of these ids into a directory below.
    fn put(&self, below: &str, ids: &[u32]) -> PathBuf {
        let directory = self.path().join(below.replace("ID", ID));
        for id in ids {
            put(&directory, *id);
        }
        directory
    }
}

fn put(directory: &Path, id: u32) {
    let sound = fixtures::table(Nb, "shop", "orders").sstables[0].data_path.clone();
    fs::create_dir_all(directory).unwrap();
    for entry in fs::read_dir(sound.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if let Some(component) = name.strip_prefix("nb-1-big-") {
            fs::copy(&path, directory.join(format!("nb-{id}-big-{component}"))).unwrap();
        }
    }
}

fn found(paths: &[&Path]) -> Result<Found> {
    find(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>(), &FindOptions::default())
}

fn snapshot(path: &Path, tag: &str) -> Result<Found> {
    find(&[path.to_owned()], &FindOptions { snapshot: Some(tag.to_owned()) })
}

/// The ids of a table's SSTables.
fn ids(table: &FoundTable) -> Vec<String> {
    table.sstables.iter().map(|one| one.id().to_string()).collect()
}

/// `shop.orders: 1 2`
fn tables(found: &Found) -> Vec<String> {
    let titles = found.tables.iter().map(|table| format!("{}: {}", table.title(), ids(table).join(" ")));
    titles.collect()
}

fn cqlite(arguments: &[&str], path: &Path) -> Output {
    cqlite::cqlite().args(arguments).arg(path).env("NO_COLOR", "1").output().unwrap()
}

#[test]
fn every_level_of_a_node_leads_to_its_tables_and_not_to_copies_or_indexes() {
    let tree = Tree::new();
    let table = tree.put("data/shop/orders-ID", &[10, 9, 1]);
    tree.put("data/shop/orders-ID/.by_name", &[3]);
    tree.put("data/shop/orders-ID/backups", &[1, 4]);
    tree.put("data/shop/orders-ID/snapshots/s1", &[5]);
    tree.put("data/shop/orders-ID/snapshots/s2", &[6]);
    tree.put("data/shop/orders-ID/snapshots/s2/.by_name", &[7]);
    tree.put(&format!("data/able/other-{OTHER_ID}"), &[2]);
    let orders = "shop.orders: 1 9 10".to_owned();
    for (below, wanted) in [
        (table.clone(), vec![orders.clone()]),
        (tree.path().join("data/shop"), vec![orders.clone()]),
        (tree.path().join("data"), vec!["able.other: 2".to_owned(), orders.clone()]),
        (tree.path(), vec!["able.other: 2".to_owned(), orders.clone()]),
        (table.join("nb-9-big-Index.db"), vec!["shop.orders: 9".to_owned()]),
        (table.join(".by_name"), vec!["shop.orders, index by_name: 3".to_owned()]),
        (table.join("backups"), vec!["shop.orders: 1 4".to_owned()]),
        (table.join("snapshots/s2"), vec!["shop.orders: 6".to_owned()]),
        (table.join("snapshots/s2/.by_name"), vec!["shop.orders, index by_name: 7".to_owned()]),
        (tree.path().join("data/../data/shop"), vec![orders]),
    ] {
        let found = found(&[&below]).unwrap();
        assert_eq!(tables(&found), wanted, "{}", below.display());
        assert!(found.refused.is_empty() && found.warnings.is_empty());
    }
    for (below, tag, wanted) in [("", "s1", "5"), ("data/shop", "s2", "6"), ("data", "s1", "5")] {
        let found = snapshot(&tree.path().join(below), tag).unwrap();
        assert_eq!(tables(&found), [format!("shop.orders: {wanted}")]);
    }
    let index = snapshot(&table.join(".by_name"), "s2").unwrap();
    assert_eq!(tables(&index), ["shop.orders, index by_name: 7"]);
    assert_eq!(tables(&snapshot(&table.join("snapshots"), "s1").unwrap()), ["shop.orders: 5"]);

    let told = snapshot(&tree.path(), "s3").unwrap_err();
    assert!(
        told.kind() == ErrorKind::NotAnSstable && told.to_string().contains("there are: s1, s2"),
        "{told}"
    );
    let told = found(&[&table.join("snapshots")]).unwrap_err();
    assert!(told.to_string().contains("several snapshots: s1, s2"), "{told}");
}

#[test]
fn a_file_or_directory_that_is_named_twice_is_there_once() {
    let tree = Tree::new();
    let table = tree.put("data/shop/orders-ID", &[1, 2]);
    let one = table.join("nb-1-big-Data.db");
    let index = table.join("nb-1-big-Index.db");
    let both = found(&[&one, &index]).unwrap();
    assert_eq!(tables(&both), ["shop.orders: 1"]);
    let all = found(&[&table, &one, &tree.path()]).unwrap();
    assert_eq!(tables(&all), ["shop.orders: 1 2"]);
}

#[test]
fn directories_of_one_table_id_are_one_table_and_others_are_not() {
    let tree = Tree::new();
    let first = tree.put("d1/shop/orders-ID", &[2]);
    let second = tree.put("d2/shop/orders-ID", &[1]);
    assert_eq!(tables(&found(&[&first, &second]).unwrap()), ["shop.orders: 1 2"]);
    assert_eq!(tables(&found(&[&tree.path()]).unwrap()), ["shop.orders: 1 2"]);
    // Without Cassandra's names, each directory is for itself.
    let (a, b) = (tree.put("loose/a", &[1]), tree.put("loose/b", &[1]));
    assert_eq!(found(&[&a, &b]).unwrap().tables.len(), 2);
}

#[test]
fn two_ids_of_one_name_are_told_and_refused_where_they_would_be_merged() {
    let tree = Tree::new();
    let first = tree.put("data/shop/orders-ID", &[1]);
    let second = tree.put(&format!("data/shop/orders-{OTHER_ID}"), &[1]);
    let found = found(&[&tree.path()]).unwrap();
    assert_eq!(tables(&found), ["shop.orders: 1", "shop.orders: 1"]);
    for table in found.tables {
        let told = table.obstacles()[0].to_string();
        assert!(told.contains(first.to_str().unwrap()) && told.contains(second.to_str().unwrap()), "{told}");
        assert!(OpenTable::open(table, Access::default(), 100).is_err());
    }
    let output = cqlite(&["schema"], &tree.path());
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    // One after the other is right all the same.
    let output = cqlite(&["info", "--json"], &tree.path());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("several tables shop.orders"));
}

#[test]
fn system_schema_tells_which_of_two_ids_was_dropped() {
    for format in [Nb, Oa] {
        let tree = Tree::new();
        let data = tree.path().join("data");
        copy_all(&fixtures::data(format), &data);
        let live = fixtures::table(format, "shop", "orders").directory;
        let live = data.join("shop").join(live.file_name().unwrap());
        let dropped = tree.put("data/shop/orders-ID", &[1]);
        let all = found(&[&data]).unwrap();
        let orders: Vec<_> = all.tables.iter().filter(|table| table.title() == "shop.orders").collect();
        assert_eq!(orders.len(), 1, "{:?}", all.warnings);
        assert_eq!(orders[0].directories, [live]);
        assert!(all.warnings[0].to_string().contains(dropped.to_str().unwrap()), "{:?}", all.warnings);
        // Named itself, it is read.
        assert_eq!(tables(&found(&[&dropped]).unwrap()), ["shop.orders: 1"]);
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let copy = to.join(entry.file_name().unwrap());
        if entry.is_dir() { copy_all(&entry, &copy) } else { fs::copy(&entry, &copy).map(drop).unwrap() }
    }
}

#[test]
fn the_names_of_a_table_come_from_system_schema_in_another_data_directory_of_the_node() {
    let tree = Tree::new();
    let (first, second) = (tree.path().join("d1"), tree.path().join("d2"));
    copy_all(&fixtures::data(Nb).join("system_schema"), &first.join("system_schema"));
    let table = fixtures::table(Nb, "shop", "orders").directory;
    let moved = second.join("shop").join(table.file_name().unwrap());
    copy_all(&table, &moved);
    for (paths, wanted) in
        [(&[&first, &second][..], "from system_schema in "), (&[&moved], "names of keys are made up")]
    {
        let output = cqlite::cqlite().arg("schema").args(paths).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let orders = printed.lines().find(|line| line.starts_with("-- shop.orders: ")).unwrap();
        assert!(orders.contains(wanted), "{orders}");
    }
}

#[test]
fn sstables_of_other_versions_beside_are_told_and_the_sound_ones_are_read() {
    let tree = Tree::new();
    let table = tree.put("data/shop/orders-ID", &[1, 2]);
    for name in ["ms-3-big-Data.db", "ms-4-big-Data.db", "ka-5-big-Index.db"] {
        fs::write(table.join(name), "x").unwrap();
    }
    for verb in [&["info", "--json"][..], &["dump", "-e"]] {
        let output = cqlite(verb, &tree.path());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told.lines().count()), (Some(4), 2), "{told}");
        assert!(told.contains("ScyllaDB") && told.contains("before 3.0"), "{told}");
        assert!(output.stdout.len() > 100);
    }
}

#[test]
fn an_sstable_that_lacks_what_it_needs_is_never_passed_over() {
    let tree = Tree::new();
    let table = tree.put("data/shop/orders-ID", &[1, 2]);
    fs::write(table.join("nb-9-big-Data.db.tmp"), "x").unwrap();
    let missing = |name: &str| fs::remove_file(table.join(name)).unwrap();
    for gone in ["nb-2-big-Data.db", "nb-2-big-Statistics.db", "nb-2-big-Index.db", "nb-2-big-TOC.txt"] {
        missing(gone);
        assert_eq!(tables(&found(&[&table]).unwrap()), ["shop.orders: 1 2"]);
        let output = cqlite(&["dump", "-e"], &table);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains("nb-2-big-Data.db: there is no such file"), "{told}");
    }
}

#[test]
fn a_snapshot_that_lacks_files_of_its_manifest_is_told() {
    let tree = Tree::new();
    let snapshot = tree.put("data/shop/orders-ID/snapshots/s1", &[1, 2]);
    let manifest = |files: &str| fs::write(snapshot.join("manifest.json"), files).unwrap();
    manifest(r#"{"files" : [ "nb-1-big-Data.db", "nb-2-big-Data.db", ".i/nb-7-big-Data.db" ]}"#);
    assert_eq!(cqlite(&["info", "--json"], &snapshot).status.code(), Some(0));
    manifest(r#"{"files" : [ "nb-1-big-Data.db", "nb-2-big-Data.db", "nb-3-big-Data.db" ]}"#);
    let output = cqlite(&["info", "--json", "--snapshot", "s1"], &tree.path());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("nb-3-big-Data.db"), "{told}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
    manifest("{");
    assert_eq!(cqlite(&["info", "--json"], &snapshot).status.code(), Some(1));
}

/// What is found in a table of the SSTables 1, 2, which are compacted to 3, and 4, where the log has these lines.
/// `None` where nobody can tell, and all are listed.
fn with_log(log: impl Fn(&Path) -> Vec<String>, then: impl Fn(&Path)) -> Option<Vec<String>> {
    let tree = Tree::new();
    let table = tree.put("data/shop/orders-ID", &[1, 2, 3, 4]);
    fs::write(table.join(LOG), log(&table).concat()).unwrap();
    then(&table);
    let found = found(&[&tree.path()]).unwrap();
    let listed = found.tables.first().map(ids).unwrap_or_default();
    let obstacles = found.tables[0].obstacles();
    assert_eq!(found.tables[0].left_out().is_empty(), !obstacles.is_empty() || listed.len() == 4);
    obstacles.is_empty().then_some(listed)
}

#[test]
fn an_unfinished_or_aborted_compaction_hides_what_is_new_and_a_committed_one_what_is_old() {
    let old = || Some(["1", "2", "4"].map(str::to_owned).to_vec());
    let new = || Some(["3", "4"].map(str::to_owned).to_vec());
    let begun = |t: &Path| vec![add(t, 3)];
    let removing = |t: &Path| vec![add(t, 3), remove(t, 1), remove(t, 2)];
    let ended = |t: &Path, last: String| [removing(t), vec![last]].concat();
    assert_eq!(with_log(begun, |_| {}), old());
    assert_eq!(with_log(removing, |_| {}), old());
    assert_eq!(with_log(|t| ended(t, commit()), |_| {}), new());
    assert_eq!(with_log(|t| ended(t, abort()), |_| {}), old());
    // While the old ones are being deleted, and the new ones of an aborted one.
    let delete = |name: &'static str| move |t: &Path| fs::remove_file(t.join(name)).unwrap();
    assert_eq!(with_log(|t| ended(t, commit()), delete("nb-1-big-Data.db")), new());
    assert_eq!(with_log(|t| ended(t, abort()), delete("nb-3-big-Data.db")), old());
    // Every part of the last line.
    let whole = commit();
    for length in 1..whole.trim_end().len() {
        assert_eq!(with_log(|t| ended(t, whole[..length].to_owned()), |_| {}), old(), "{length}");
    }
    assert_eq!(with_log(|_| Vec::new(), |_| {}), Some(["1", "2", "3", "4"].map(str::to_owned).to_vec()));
}

#[test]
fn a_log_on_which_cassandra_gives_up_is_told_and_nothing_is_hidden() {
    let delete = |name: &'static str| move |t: &Path| fs::remove_file(t.join(name)).unwrap();
    let removing = |t: &Path| vec![add(t, 3), remove(t, 1), remove(t, 2)];
    let ended = |t: &Path, last: &str| [removing(t), vec![last.to_owned()]].concat();
    assert_eq!(with_log(removing, delete("nb-1-big-TOC.txt")), None, "not committed, an old file gone");
    assert_eq!(
        with_log(|t| ended(t, "COMM"), delete("nb-1-big-TOC.txt")),
        None,
        "the same, with half a line"
    );
    let broken = |t: &Path| vec![add(t, 3), remove(t, 1).replace("][", "][9"), commit()];
    assert_eq!(with_log(broken, |_| {}), None, "a checksum in the middle");
    assert_eq!(with_log(|t| vec![add(t, 3), add(t, 3)], |_| {}), None, "a line twice");
    assert_eq!(with_log(|t| vec![commit(), add(t, 3)], |_| {}), None, "a line behind the end");
    let restored = |t: &Path| {
        let file = File::options().append(true).open(t.join("nb-2-big-Data.db")).unwrap();
        file.set_modified(UNIX_EPOCH + std::time::Duration::from_secs(4_000_000_000)).unwrap();
    };
    assert_eq!(with_log(|t| ended(t, &commit()), restored), None, "files put in place of old ones");

    let tree = Tree::new();
    let table = tree.put("data/shop/orders-ID", &[1, 2, 3]);
    fs::write(table.join(LOG), [commit(), add(&table, 3)].concat()).unwrap();
    let output = cqlite(&["dump", "-e"], &table);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(LOG) && told.contains("line 1 ends the transaction"), "{told}");
    assert_eq!(cqlite(&["schema"], &table).status.code(), Some(1));
}

#[test]
fn replicas_in_several_data_directories_are_read_together() {
    let tree = Tree::new();
    let (d1, d2) = (tree.put("d1/shop/orders-ID", &[1, 3]), tree.put("d2/shop/orders-ID", &[2]));
    let lines = [add(&d1, 3), remove(&d1, 1), remove(&d2, 2)].concat();
    let listed = |in_d1: String, in_d2: String| {
        fs::write(d1.join(LOG), in_d1).unwrap();
        fs::write(d2.join(LOG), in_d2).unwrap();
        let found = found(&[&tree.path()]).unwrap();
        found.tables[0].obstacles().is_empty().then(|| ids(&found.tables[0]).join(" "))
    };
    let committed = || lines.clone() + &commit();
    assert_eq!(listed(lines.clone(), lines.clone()).as_deref(), Some("1 2"));
    assert_eq!(listed(committed(), committed()).as_deref(), Some("3"));
    // A crash came between the two, or in the middle of the second.
    assert_eq!(listed(committed(), lines.clone()).as_deref(), Some("3"));
    assert_eq!(listed(lines.clone() + &commit()[..9], committed()).as_deref(), Some("3"));
    assert_eq!(listed(lines.clone() + &abort(), committed()), None);
    assert_eq!(listed(add(&d1, 4) + &lines, committed()), None);
    // One of the two alone is right about itself.
    fs::write(d1.join(LOG), &lines).unwrap();
    fs::write(d2.join(LOG), &lines).unwrap();
    assert_eq!(tables(&found(&[&d1]).unwrap()), ["shop.orders: 1"]);
    assert_eq!(tables(&found(&[&d2]).unwrap()), ["shop.orders: 2"]);
}

#[test]
fn a_directory_that_was_copied_elsewhere_keeps_what_its_logs_say() {
    let tree = Tree::new();
    let table = tree.put("data/shop/orders-ID", &[1, 2, 3]);
    let lines = [add(&table, 3), remove(&table, 1), remove(&table, 2)].concat();
    fs::write(table.join(LOG), lines).unwrap();
    let copy = tree.path().join(format!("broken-node/shop/orders-{ID}"));
    fs::create_dir_all(copy.parent().unwrap()).unwrap();
    fs::rename(&table, &copy).unwrap();
    let found = found(&[&copy]).unwrap();
    assert_eq!(tables(&found), ["shop.orders: 1 2"]);
    assert!(found.tables[0].left_out()[0].to_string().contains("1 SSTable of an unfinished compaction"));
    let output = cqlite(&["info", "--json"], &copy);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
}

#[test]
fn nodes_of_the_corpus_are_found_whole_and_what_they_left_in_the_commit_log_is_told() {
    let Some(corpus) = corpus_or_skip("nodes_of_the_corpus_are_found_whole") else { return };
    let set = |name: &str| corpus.root().join("cassandra50/nb").join(name);
    let known = corpus.sstables().unwrap();
    for name in ["node-drained", "node-killed", "merge", "random"] {
        let found = found(&[&set(name)]).unwrap();
        assert!(found.refused.is_empty() && found.warnings.is_empty());
        let wanted =
            known.iter().filter(|one| one.set == format!("nb/{name}") && one.index.is_none()).count();
        assert_eq!(found.sstables().count(), wanted, "{name}");
        assert_eq!(found.tables.iter().any(|table| table.is_live), name == "node-killed", "{name}");
    }
    let output = cqlite(&["dump", "-e"], &set("node-killed"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.lines().count() == 1 && told.contains("memtables and the commit log are not included"),
        "{told}"
    );
    let in_snapshot = snapshot(&set("merge"), "snap1").unwrap();
    assert_eq!(in_snapshot.tables.len(), 1);
    let directory = in_snapshot.tables[0].directories[0].clone();
    let schema = String::from_utf8(cqlite(&["schema"], &directory).stdout).unwrap();
    assert!(schema.contains("merge_nb.m_plain: from the schema beside the files"), "{schema}");
    for path in [set("node-drained"), set("node-drained").join("data/app")] {
        let schema = String::from_utf8(cqlite(&["schema"], &path).stdout).unwrap();
        assert!(schema.contains("app.plain: from system_schema in "), "{schema}");
    }
    for format in ["nb", "oa"] {
        let keyspace = corpus.root().join(format!("cassandra50/{format}/merge/data/merge_{format}"));
        let table = fs::read_dir(keyspace).unwrap().map(|entry| entry.unwrap().path());
        let table = table.into_iter().find(|path| path.to_str().unwrap().contains("/i_2i-")).unwrap();
        let found = found(&[&table.join(".i_2i_a")]).unwrap();
        assert_eq!(found.tables[0].index.as_deref(), Some("i_2i_a"));
        assert!(!found.tables[0].sstables.is_empty());
    }
}

#[test]
fn ten_thousand_sstables_need_no_more_descriptors_than_one() {
    const COUNT: u32 = 10_000;
    let tree = Tree::new();
    let table = tree.put("data/shop/orders-ID", &[1]);
    let components: Vec<PathBuf> = fs::read_dir(&table).unwrap().map(|entry| entry.unwrap().path()).collect();
    for id in 2..=COUNT {
        for path in &components {
            let name = path.file_name().unwrap().to_str().unwrap().replace("nb-1-", &format!("nb-{id}-"));
            fs::hard_link(path, table.join(name)).unwrap();
        }
    }
    let binary = cqlite::path().to_str().unwrap();
    for (verb, lines) in [("info --json", COUNT as usize), ("dump -l", 0), ("dump -e", 0), ("schema", 0)] {
        let script = format!("ulimit -n 256 && '{binary}' {verb} '{}'", tree.path().display());
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{verb}: {told}");
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(lines == 0 || printed.lines().count() == lines, "{verb}");
        assert!(verb == "schema" || printed.lines().count() >= COUNT as usize, "{verb}");
    }
    let found = found(&[&table]).unwrap().tables.remove(0);
    let told = OpenTable::open(found, Access::default(), 200).unwrap_err().to_string();
    assert!(told.contains("50000 files to hold open, but only 200 are allowed"), "{told}");
}
