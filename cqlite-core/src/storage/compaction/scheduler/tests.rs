//! When compactions run, and what becomes of those that fail.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use cqlite_sstable::writer::CommitFailure;
use cqlite_sstable::{Component, Error, ErrorKind, Result, SstableId, Token};

use super::*;
use crate::storage::TableId;
use crate::storage::compaction::executor::{CompactedOutputs, CompactionTask, Surroundings as _};
use crate::storage::compaction::test_table::{self, Change, TestTable, Written};
use crate::storage::compaction::{
    Choice, CompactionParameters, OverlappingTombstones, ShardSpace, SstableSummary, SystemClock, Throttle,
};
use crate::storage::fs::{Failure, Fault, FaultyFileSystem, FileSystem, MemoryFileSystem};

type Files = FaultyFileSystem<MemoryFileSystem>;

struct Host {
    files: Vec<Files>,
    tables: BTreeMap<TableId, Arc<TestTable>>,
    parameters: Arc<CompactionParameters>,
    space: Arc<ShardSpace>,
    events: Mutex<Vec<String>>,
    starts: AtomicUsize,
    /// Those who start wait for each other here.
    together: Mutex<Option<Arc<Barrier>>>,
    is_undecided: AtomicBool,
    has_room: AtomicBool,
}

fn id(number: u8) -> TableId {
    TableId::from_bytes([number; 16])
}

impl Host {
    fn new(tables: u8) -> Arc<Self> {
        let files = (0..tables).map(|_| {
            let memory = MemoryFileSystem::new();
            test_table::make_directories(&memory);
            FaultyFileSystem::new(memory)
        });
        let files: Vec<Files> = files.collect();
        let made = files.iter().zip(1..).map(|(files, number)| {
            let files: Arc<dyn FileSystem> = Arc::new(files.clone());
            (id(number), Arc::new(TestTable::new(files)))
        });
        Arc::new(Self {
            tables: made.collect(),
            files,
            parameters: Arc::new(CompactionParameters::default()),
            space: Arc::new(ShardSpace::whole(&Token::Murmur3(0))),
            events: Mutex::default(),
            starts: AtomicUsize::new(0),
            together: Mutex::default(),
            is_undecided: AtomicBool::new(false),
            has_room: AtomicBool::new(true),
        })
    }

    fn fill(&self, sstables: i32) {
        for table in self.tables.values() {
            for number in 0..sstables {
                let timestamp = i64::from(number) * 10;
                table
                    .write(&[Written::put(number % 5, 1, timestamp), Written::put(9, number, timestamp + 1)]);
            }
        }
    }

    fn counts(&self) -> Vec<usize> {
        self.tables.values().map(|table| table.ids().len()).collect()
    }

    fn check(&self) {
        for table in self.tables.values() {
            assert_eq!(table.visible(), table.expected());
        }
    }

    fn events(&self, kind: &str) -> usize {
        self.events.lock().unwrap().iter().filter(|event| event.starts_with(kind)).count()
    }
}

impl CompactionHost for Host {
    fn tables(&self) -> Vec<TableId> {
        self.tables.keys().copied().collect()
    }

    fn table(&self, table: TableId) -> Option<HostedTable> {
        let table = self.tables.get(&table)?;
        let gc_before_seconds = table.table.gc_before_seconds(table.now());
        Some(HostedTable {
            parameters: Arc::clone(&self.parameters),
            live: table.live().iter().map(|live| live.summary(gc_before_seconds)).collect(),
            gc_before_seconds,
            memtable_min_timestamp: table.memtables_have(),
            flushed_bytes: 0.0,
            shard_space: Arc::clone(&self.space),
        })
    }

    fn start(
        &self,
        table: TableId,
        choice: &Choice,
        garbage: Option<OverlappingTombstones>,
    ) -> Result<CompactionTask> {
        self.starts.fetch_add(1, Ordering::SeqCst);
        let together = self.together.lock().unwrap().clone();
        if let Some(together) = together {
            together.wait();
        }
        let mut task = self.tables[&table].task(choice.clone());
        task.garbage = garbage.unwrap_or_default();
        Ok(task)
    }

    fn install(
        &self,
        table: TableId,
        outputs: CompactedOutputs,
    ) -> Result<Vec<SstableSummary>, CommitFailure> {
        if self.is_undecided.load(Ordering::SeqCst) {
            return Err(CommitFailure::Undecided(Error::new(
                ErrorKind::Output,
                "the sync of the commit failed",
            )));
        }
        let table = &self.tables[&table];
        let replaced = outputs.commit()?;
        table.replace(&replaced);
        let summaries = replaced.outputs().iter().map(|one| one.summary(0)).collect();
        replaced.delete().unwrap();
        Ok(summaries)
    }

    fn free_bytes(&self) -> Option<u64> {
        (!self.has_room.load(Ordering::SeqCst)).then_some(10)
    }

    fn now_millis(&self) -> i64 {
        test_table::START_SECONDS * 1_000
    }

    fn tell(&self, event: CompactionEvent<'_>) {
        let told = match event {
            CompactionEvent::Started { choice, .. } => format!("started {:?}", choice.inputs),
            CompactionEvent::Completed { outputs, .. } => format!("completed {outputs:?}"),
            CompactionEvent::Cancelled { .. } => "cancelled".to_owned(),
            CompactionEvent::Failed { error, suspects, .. } => format!("failed {error} {suspects:?}"),
        };
        self.events.lock().unwrap().push(told);
    }
}

/// Waits long after failures and never looks at tables by itself, so that nothing in here depends on time.
fn start(host: &Arc<Host>, concurrency: usize) -> Scheduler {
    let options = SchedulerOptions {
        concurrency,
        throttle: Arc::new(Throttle::new(SystemClock::default(), None)),
        check_interval: Duration::from_secs(100_000),
        retry_delay: Duration::from_secs(100_000),
    };
    Scheduler::start(Arc::clone(host) as Arc<dyn CompactionHost>, options).unwrap()
}

#[test]
fn all_tables_are_compacted_until_nothing_is_due() {
    let host = Host::new(3);
    host.fill(8);
    let scheduler = start(&host, 2);
    scheduler.wait_idle();
    assert!(host.counts().iter().all(|count| *count < 4), "{:?}", host.counts());
    assert_eq!(scheduler.pending().compactions, 0);
    host.fill(4);
    scheduler.notify(id(2));
    scheduler.wait_idle();
    assert!(host.counts()[1] < 4 && host.counts()[0] > 4, "{:?}", host.counts());
    host.check();
}

#[test]
fn as_many_run_at_a_time_as_are_allowed() {
    let host = Host::new(2);
    host.fill(4);
    *host.together.lock().unwrap() = Some(Arc::new(Barrier::new(2)));
    // It ends only if both tables are compacted side by side.
    let scheduler = start(&host, 2);
    scheduler.wait_idle();
    assert_eq!(host.counts(), [1, 1]);
    host.check();
}

#[test]
fn while_it_is_paused_nothing_begins_and_what_is_to_do_is_told() {
    let host = Host::new(1);
    let scheduler = start(&host, 1);
    scheduler.set_paused(true);
    host.fill(4);
    scheduler.notify(id(1));
    scheduler.wait_idle();
    assert_eq!((host.events("started"), host.counts()), (0, vec![4]));
    let pending = scheduler.pending();
    assert!(pending.compactions == 1 && pending.bytes > 0, "{pending:?}");
    scheduler.set_paused(false);
    scheduler.wait_idle();
    assert_eq!(host.counts(), [1]);
    host.check();
}

#[test]
fn a_damaged_sstable_is_left_out_and_the_others_are_compacted() {
    let host = Host::new(1);
    host.fill(5);
    let damaged = Arc::clone(&host.tables[&id(1)].live()[2]);
    let file = host.files[0].open_writable(&damaged.descriptor().file(Component::Data)).unwrap();
    file.write_at(&[0xFF], file.length_bytes().unwrap() / 2).unwrap();
    let scheduler = start(&host, 1);
    scheduler.wait_idle();
    assert_eq!((host.events("failed"), host.events("completed")), (1, 1), "{:?}", host.events);
    let ids = host.tables[&id(1)].ids();
    assert!(ids.len() == 2 && ids.contains(damaged.id()), "{ids:?}");
}

#[test]
fn what_fails_is_told_once_and_not_tried_again_until_somebody_says_so() {
    let host = Host::new(1);
    host.fill(4);
    let broken = Fault::ChangesFrom { number: 0, failure: Failure::BrokenDisk };
    host.files[0].plan(broken);
    let scheduler = start(&host, 2);
    scheduler.wait_idle();
    scheduler.notify(id(1));
    scheduler.wait_idle();
    assert_eq!((host.events("failed"), host.starts.load(Ordering::SeqCst)), (1, 1));
    host.files[0].plan(Fault::None);
    scheduler.retry();
    scheduler.wait_idle();
    assert_eq!(host.counts(), [1]);
    host.check();
}

#[test]
fn without_room_nothing_is_begun() {
    let host = Host::new(1);
    host.fill(4);
    host.has_room.store(false, Ordering::SeqCst);
    let scheduler = start(&host, 1);
    scheduler.wait_idle();
    assert_eq!((host.events("failed"), host.events("started")), (1, 0), "{:?}", host.events);
    host.has_room.store(true, Ordering::SeqCst);
    scheduler.retry();
    scheduler.wait_idle();
    assert_eq!(host.counts(), [1]);
}

#[test]
fn the_inputs_of_an_undecided_commit_are_not_touched_again() {
    let host = Host::new(1);
    host.fill(4);
    host.is_undecided.store(true, Ordering::SeqCst);
    let scheduler = start(&host, 1);
    scheduler.wait_idle();
    host.is_undecided.store(false, Ordering::SeqCst);
    scheduler.retry();
    scheduler.wait_idle();
    assert_eq!((host.starts.load(Ordering::SeqCst), host.events("failed")), (1, 1));
    let error = scheduler.compact(id(1), &CompactionRequest::UserDefined(host.tables[&id(1)].ids()));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn in_a_stopped_table_nothing_runs_until_it_is_let_go() {
    let host = Host::new(1);
    let scheduler = start(&host, 2);
    let stopped = scheduler.stop_table(id(1));
    host.fill(4);
    scheduler.notify(id(1));
    scheduler.wait_idle();
    assert_eq!(host.counts(), [4]);
    drop(stopped);
    scheduler.wait_idle();
    assert_eq!(host.counts(), [1]);
}

#[test]
fn stopping_a_table_cancels_what_runs_in_it() {
    let host = Host::new(1);
    host.fill(4);
    let scheduler = start(&host, 1);
    scheduler.set_paused(true);
    // Whatever had begun is waiting, and only a cancelled one can end.
    let stopped = scheduler.stop_table(id(1));
    assert!(scheduler.running().is_empty());
    let counts = host.counts();
    assert!(counts == [4] || counts == [1], "{counts:?}");
    drop(stopped);
    scheduler.set_paused(false);
    scheduler.wait_idle();
    assert_eq!(host.counts(), [1]);
    host.check();
}

#[test]
fn what_somebody_asks_for_is_done_whether_it_is_due_or_not() {
    let host = Host::new(1);
    host.fill(3);
    let scheduler = start(&host, 1);
    scheduler.wait_idle();
    let table = Arc::clone(&host.tables[&id(1)]);
    let ids = table.ids();
    let made = scheduler.compact(id(1), &CompactionRequest::UserDefined(ids[..2].to_vec())).unwrap();
    assert_eq!((made.len(), table.ids().len()), (1, 2));
    scheduler.compact(id(1), &CompactionRequest::Major { splits: false }).unwrap();
    assert_eq!(table.ids().len(), 1);
    host.check();
    let missing = CompactionRequest::UserDefined(vec![SstableId::Sequence(77)]);
    assert_eq!(scheduler.compact(id(1), &missing).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(scheduler.compact(id(9), &missing).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_garbage_collection_writes_every_sstable_anew_by_itself() {
    let host = Host::new(1);
    let table = Arc::clone(&host.tables[&id(1)]);
    table.write(&[Written::put(1, 1, 10), Written::put(2, 1, 11)]);
    table.write(&[Written::put(1, 1, 20).with(Change::DeletePartition), Written::put(3, 1, 21)]);
    let scheduler = start(&host, 1);
    let request = CompactionRequest::GarbageCollection(OverlappingTombstones::Row);
    assert_eq!(scheduler.compact(id(1), &request).unwrap().len(), 2);
    host.check();
    let log = host.files[0].list(Path::new(test_table::TABLE)).unwrap();
    assert!(log.iter().all(|entry| !entry.name.ends_with(".log")));
    assert!(scheduler.running().is_empty());
    // What the second one deletes is gone from the first one.
    let rows: Vec<i64> =
        table.live().iter().map(|live| live.sstable().statistics().stats.total_rows).collect();
    assert_eq!(rows, [1, 1]);
}
