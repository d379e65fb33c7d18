//! A small database whose files lie in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cqlite_core::catalog::{Keyspace, Replication, Table};
use cqlite_core::storage::commitlog::SyncMode;
use cqlite_core::storage::fs::FileSystem;
use cqlite_core::storage::read::ReadCommand;
use cqlite_core::storage::replay::ReplayReport;
use cqlite_core::{Database, DatabaseBuilder, Event, EventListener};

/// Where the database is.
pub const ROOT: &str = "/db";

/// What is in a table, value by key.
pub type Rows = BTreeMap<String, String>;

pub fn builder(fs: &(impl FileSystem + Clone + 'static)) -> DatabaseBuilder {
    let builder = Database::builder(ROOT).unwrap().file_system(Arc::new(fs.clone()));
    builder.sync_mode(SyncMode::Batch).commit_log_segment(64 << 10).reserved_disk(0)
}

/// Opens the database with a keyspace `ks` and a table `t` of text keys and values.
pub fn open(builder: DatabaseBuilder) -> (Database, Arc<Table>) {
    let db = builder.open().unwrap();
    if db.schema().keyspace("ks").is_none() {
        db.create_keyspace(Keyspace::new("ks", Replication::simple(1), true).unwrap()).unwrap();
    }
    let table = table(&db, "t");
    (db, table)
}

/// The table of a name, which is made if it is not there.
pub fn table(db: &Database, name: &str) -> Arc<Table> {
    db.table("ks", name).unwrap_or_else(|_| {
        db.create_table("ks", &format!("CREATE TABLE {name} (k text PRIMARY KEY, v text)")).unwrap()
    })
}

pub fn put(db: &Database, table: &Arc<Table>, key: &str, value: &str) {
    let update = db.update(table, key.as_bytes()).insert(&[], &[("v", Some(value.as_bytes()))]).unwrap();
    db.write(&update.build().unwrap()).unwrap();
}

/// What is in a table.
pub fn rows(db: &Database, table: &Table) -> Rows {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let page = db.read(&ReadCommand::all(table.id())).unwrap();
    let of =
        |row: cqlite_core::storage::read::PageRow<'_>| row.cells().value(0).map_or_else(String::new, text);
    page.partitions().map(|one| (text(one.key()), one.rows().next().map_or_else(String::new, of))).collect()
}

/// Keys and values `k0`, `v0` and so on.
pub fn numbered(numbers: impl IntoIterator<Item = usize>) -> Rows {
    numbers.into_iter().map(|number| (format!("k{number}"), format!("v{number}"))).collect()
}

pub fn put_numbered(db: &Database, table: &Arc<Table>, numbers: impl IntoIterator<Item = usize>) {
    numbers.into_iter().for_each(|number| put(db, table, &format!("k{number}"), &format!("v{number}")));
}

pub fn read_file(fs: &dyn FileSystem, path: &Path) -> Vec<u8> {
    let source = fs.open(path).unwrap();
    let mut bytes = vec![0; usize::try_from(source.len()).unwrap()];
    source.read_at(&mut bytes, 0).unwrap();
    bytes
}

/// Makes a file, in the place of the one that is there.
pub fn write_file(fs: &dyn FileSystem, path: impl AsRef<Path>, bytes: &[u8]) {
    let _ = fs.remove_file(path.as_ref());
    fs.create(path.as_ref()).unwrap().write_at(bytes, 0).unwrap();
}

/// All files and directories below a directory, with the bytes of files.
pub fn all_below(fs: &dyn FileSystem, directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs.list(directory).unwrap() {
        let path = directory.join(&entry.name);
        if entry.is_directory {
            found.extend(all_below(fs, &path));
            found.insert(path, Vec::new());
        } else {
            let bytes = read_file(fs, &path);
            found.insert(path, bytes);
        }
    }
    found
}

/// The files of a directory whose names end so.
pub fn files(fs: &dyn FileSystem, directory: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs.list(directory).unwrap().into_iter().filter(|entry| entry.name.ends_with(end));
    entries.map(|entry| directory.join(entry.name)).collect()
}

pub fn directory_of(db: &Database, table: &Table) -> PathBuf {
    db.view().table(table.id()).unwrap().table().directory().clone()
}

/// Keeps what it is told.
#[derive(Debug, Default, Clone)]
pub struct Told(Arc<Mutex<Vec<Event>>>);

impl Told {
    pub fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    /// What is told of the replay at the opening.
    pub fn replay(&self) -> Option<ReplayReport> {
        self.events().into_iter().find_map(|event| match event {
            Event::Replayed(report) => Some(report),
            _ => None,
        })
    }
}

impl EventListener for Told {
    fn tell(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}
