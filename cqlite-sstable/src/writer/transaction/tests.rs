use std::sync::Mutex;

use super::*;
use crate::io::{FaultyDirectory, MemoryDirectory, Source, TemporaryFile};
use crate::version::Format;

/// Tells what is done to another directory, in order.
#[derive(Debug, Clone)]
struct Told {
    inner: MemoryDirectory,
    steps: Arc<Mutex<Vec<String>>>,
}

impl Told {
    fn new() -> Self {
        Self { inner: MemoryDirectory::new("/data/ks/t"), steps: Arc::default() }
    }

    fn tell(&self, step: String) {
        self.steps.lock().unwrap().push(step);
    }

    fn steps(&self) -> Vec<String> {
        self.steps.lock().unwrap().clone()
    }
}

impl OutputDirectory for Told {
    fn path(&self) -> &Path {
        self.inner.path()
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn OutputFile>> {
        self.tell(format!("create {}", short(name)));
        Ok(Box::new(ToldFile { told: self.clone(), name: name.to_owned(), inner: self.inner.create(name)? }))
    }

    fn temporary(&self) -> io::Result<Box<dyn TemporaryFile>> {
        self.inner.temporary()
    }

    fn open(&self, name: &str) -> Result<Box<dyn Source>> {
        self.inner.open(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn copy_owner_and_mode(&self, of: &str, name: &str) -> io::Result<()> {
        self.inner.copy_owner_and_mode(of, name)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.tell(format!("remove {}", short(name)));
        self.inner.remove(name)
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.inner.names()
    }

    fn sync(&self) -> io::Result<()> {
        self.tell("sync the directory".to_owned());
        self.inner.sync()
    }

    fn free_bytes(&self) -> io::Result<Option<u64>> {
        self.inner.free_bytes()
    }
}

fn short(name: &str) -> &str {
    if name.ends_with(".log") { "the log" } else { name }
}

#[derive(Debug)]
struct ToldFile {
    told: Told,
    name: String,
    inner: Box<dyn OutputFile>,
}

impl io::Write for ToldFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.told.tell(format!("write {}", text.split([':', '\n']).next().unwrap()));
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl OutputFile for ToldFile {
    fn sync(&mut self) -> io::Result<()> {
        self.told.tell(format!("sync {}", short(&self.name)));
        self.inner.sync()
    }
}

fn nb() -> Version {
    Version::parse("nb", Format::Big).unwrap()
}

fn old() -> Obsolete {
    let names = ["nb-1-big-Data.db", "nb-1-big-TOC.txt"].map(str::to_owned).to_vec();
    Obsolete { prefix: "nb-1-big-".to_owned(), modified_millis: 1_700_000_000_000, names }
}

fn begin(directory: impl OutputDirectory + 'static) -> Transaction {
    Transaction::begin(Arc::new(directory), Operation::Compaction, nb()).unwrap()
}

fn write(transaction: &Transaction, name: &str) -> io::Result<()> {
    let mut file = transaction.directory().create(name)?;
    file.write_all(name.as_bytes())?;
    file.sync()
}

#[test]
fn every_step_is_on_disk_before_the_next_one_begins() {
    let told = Told::new();
    for name in &old().names {
        told.inner.create(name).unwrap();
    }
    let mut transaction = begin(told.clone());
    transaction.add(nb(), SstableId::Sequence(2)).unwrap();
    write(&transaction, "nb-2-big-Data.db").unwrap();
    transaction.remove(old()).unwrap();
    transaction.commit().unwrap().finish().unwrap();
    assert_eq!(
        told.steps(),
        [
            "create the log",
            "write ADD",
            "sync the log",
            "sync the directory",
            "create nb-2-big-Data.db",
            "write nb-2-big-Data.db",
            "sync nb-2-big-Data.db",
            "write REMOVE",
            "sync the log",
            "sync the directory",
            "write COMMIT",
            "sync the log",
            "remove nb-1-big-Data.db",
            "sync the directory",
            "remove nb-1-big-TOC.txt",
            "sync the directory",
            "remove the log",
            "sync the directory",
        ]
    );
    assert_eq!(told.names().unwrap(), ["nb-2-big-Data.db"]);
}

#[test]
fn what_is_dropped_or_given_up_leaves_nothing_behind() {
    for gives_up in [false, true] {
        let told = Told::new();
        told.inner.create("nb-1-big-Data.db").unwrap();
        told.inner.create("nb-20-big-Data.db").unwrap();
        let mut transaction = begin(told.clone());
        transaction.add(nb(), SstableId::Sequence(2)).unwrap();
        write(&transaction, "nb-2-big-Data.db").unwrap();
        write(&transaction, "nb-2-big-Statistics.db.tmp").unwrap();
        transaction.remove(old()).unwrap();
        if gives_up {
            transaction.abort().unwrap();
        } else {
            drop(transaction);
        }
        assert_eq!(told.names().unwrap(), ["nb-1-big-Data.db", "nb-20-big-Data.db"]);
        let steps = told.steps();
        let abort = steps.iter().position(|step| step == "write ABORT").unwrap();
        assert_eq!(steps[abort + 1], "sync the log");
        assert_eq!(steps[steps.len() - 3..], ["sync the directory", "remove the log", "sync the directory"]);
    }
}

#[test]
fn an_id_that_is_used_is_refused_before_anything_is_written() {
    for name in ["nb-2-big-Data.db", "da-2-bti-Data.db", "nb-2-big-Statistics.db.tmp"] {
        let told = Told::new();
        told.inner.create(name).unwrap();
        let error = begin(told.clone()).add(nb(), SstableId::Sequence(2)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
        assert!(told.steps().is_empty());
    }
}

#[test]
fn a_path_that_a_log_cannot_hold_is_refused() {
    for path in ["/data/a,b", "/data/a\nb"] {
        let directory = Arc::new(MemoryDirectory::new(path));
        let error = Transaction::begin(directory, Operation::Write, nb()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn a_commit_that_is_written_in_part_is_none() {
    let whole = Told::new();
    let mut transaction = begin(whole.clone());
    transaction.add(nb(), SstableId::Sequence(2)).unwrap();
    let log = whole.names().unwrap().remove(0);
    // The log and its directory, the record, two syncs; then one sync, and nine bytes of the commit.
    let steps = 1 + whole.inner.bytes(&log).unwrap().len() as u64 + 2 + 1 + 9;
    let memory = MemoryDirectory::new("/data/ks/t");
    let mut transaction = begin(FaultyDirectory::new(Arc::new(memory.clone()), steps));
    transaction.add(nb(), SstableId::Sequence(2)).unwrap();
    assert_eq!(transaction.commit().unwrap_err().into_error().kind(), ErrorKind::Output);
    let log = memory.names().unwrap().remove(0);
    let text = String::from_utf8(memory.bytes(&log).unwrap()).unwrap();
    assert!(text.ends_with("\nCOMMIT:[,"), "{text}");
}

#[test]
fn the_log_is_named_as_cassandra_names_it() {
    let da = Version::parse("da", Format::Bti).unwrap();
    for (version, operation, start) in [
        (nb(), Operation::Flush, "nb_txn_flush_"),
        (nb(), Operation::Upgrade, "nb_txn_upgradesstables_"),
        (da, Operation::Scrub, "bti-da_txn_scrub_"),
    ] {
        let memory = MemoryDirectory::new("/data/ks/t");
        let mut transaction = Transaction::begin(Arc::new(memory.clone()), operation, version).unwrap();
        transaction.add(version, SstableId::Sequence(1)).unwrap();
        let name = memory.names().unwrap().remove(0);
        assert!(name.starts_with(start) && name.ends_with(".log"), "{name}");
    }
}
