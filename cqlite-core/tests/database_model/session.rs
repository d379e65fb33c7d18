//! A database that lives through random operations, beside the model.

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cqlite_core::Database;
use cqlite_core::catalog::Table;
use cqlite_core::storage::compaction::OverlappingTombstones;
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::storage::fs::{FileSystem, MemoryFileSystem};
use cqlite_core::storage::lifecycle::IngestOptions;
use cqlite_core::storage::mutation::Batch;
use cqlite_core::storage::read::ReadCommand;
use cqlite_core::storage::store::{Health, View, WallClock};
use cqlite_sstable::row::ClusteringValue;
use cqlite_sstable::{Descriptor, SstableId};

use super::dice::Dice;
use super::model::Change;
use super::options::{RandomOptions, random_options};
use super::reads;
use super::world::{self, COUNTERS, DROPPABLE, NAMES, PLAIN, ROWS, Schema, World};
use super::writes::{RandomUpdate, When, random_key};

const DIRECTORY: &str = "/db";

/// The time in microseconds, which goes as the test says.
#[derive(Debug)]
pub struct SetClock(pub AtomicI64);

impl WallClock for SetClock {
    fn now_micros(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A snapshot with what there was when it was taken.
struct Snapshot {
    tag: String,
    world: World,
}

pub struct Session {
    dice: Dice,
    files: Arc<MemoryFileSystem>,
    clock: Arc<SetClock>,
    /// The latest time that there was: by it is read, as what expired once may be gone for good.
    latest_seconds: i64,
    schema: Schema,
    db: Option<Database>,
    has_log: bool,
    world: World,
    /// A schema of the first table that may be another one by now.
    stale: Arc<Table>,
    timestamps: Vec<i64>,
    views: Vec<(View, World)>,
    snapshots: Vec<Snapshot>,
    /// Names of snapshots and backups.
    next_name: usize,
    pub done: Vec<String>,
}

type Outcome = Result<(), String>;

fn told(error: impl Debug) -> String {
    format!("{error:?}")
}

fn is_taken(error: &cqlite_sstable::Error) -> bool {
    let told = error.to_string();
    told.contains("is being compacted already") || told.contains("no SSTable")
}

impl Session {
    pub fn begin(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let files = Arc::new(MemoryFileSystem::new());
        files.create_directory(Path::new(DIRECTORY)).unwrap();
        let clock = Arc::new(SetClock(AtomicI64::new(1_700_000_000_000_000)));
        let schema = Schema::random(&mut dice);
        let RandomOptions { builder, has_log } = random_options(&mut dice, DIRECTORY, &files, &clock);
        let done = vec![format!("{schema:?}"), format!("{builder:?}")];
        let db = builder.open().unwrap();
        let world = schema.create(&db);
        let stale = db.table("ks", NAMES[ROWS]).unwrap();
        let latest_seconds = clock.now_micros() / 1_000_000;
        Self {
            dice,
            files,
            clock,
            latest_seconds,
            schema,
            db: Some(db),
            has_log,
            world,
            stale,
            timestamps: vec![1_700_000_000_000_000],
            views: Vec::new(),
            snapshots: Vec::new(),
            next_name: 0,
            done,
        }
    }

    fn db(&self) -> &Database {
        self.db.as_ref().expect("it is open but while it is opened anew")
    }

    fn table(&self, table: usize) -> Arc<Table> {
        self.db().table("ks", NAMES[table]).unwrap()
    }

    /// Makes a random operation and compares random reads.
    pub fn step(&mut self) -> Outcome {
        self.operate().map_err(|error| format!("{error} (the operation)"))?;
        let table = self.dice.below(3);
        reads::check(&self.db().view(), &self.world, table, self.latest_seconds, &mut self.dice)?;
        if !self.views.is_empty() {
            let at = self.dice.below(self.views.len());
            let (view, world) = &self.views[at];
            reads::check(view, world, table, self.latest_seconds, &mut self.dice)
                .map_err(|error| format!("in a view that is held: {error}"))?;
        }
        Ok(())
    }

    fn operate(&mut self) -> Outcome {
        match self.dice.below(1_000) {
            0..430 => self.write(),
            430..530 => self.batch(),
            530..630 => self.add_to_counter(),
            630..645 => self.delete_counter(),
            645..665 => self.apply_if(),
            665..735 => self.flush(),
            735..790 => self.compact(),
            790..850 => self.jump(),
            850..900 => self.open_view(),
            900..945 => self.close_view(),
            945..965 => self.reopen(),
            965..970 => self.truncate(),
            970..980 => self.alter(),
            980..984 => self.set_options(),
            984..987 => self.recreate(),
            987..991 => self.snapshot(),
            991..993 => self.backup(),
            993..996 => self.ingest(),
            _ => self.trim_log(),
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        self.done.push(what.into());
    }

    fn when(&mut self, table: usize) -> When {
        let now_seconds = self.clock.now_micros().div_euclid(1_000_000);
        let takes_late = self.schema.takes_late_writes() && !(table == PLAIN && self.schema.default_ttl > 0);
        if takes_late && self.dice.once_in(4) {
            let timestamp = *self.dice.one_of(&self.timestamps);
            return When { timestamp, now_seconds, ttl: 0 };
        }
        let timestamp = self.db().next_timestamp();
        self.timestamps.push(timestamp);
        let ttl = match (table, self.dice.below(4)) {
            (_, 0) => 1 + self.dice.below(100) as i32,
            (PLAIN, _) => self.schema.default_ttl,
            _ => 0,
        };
        When { timestamp, now_seconds, ttl }
    }

    fn random_update(&mut self) -> RandomUpdate {
        let table = if self.dice.once_in(4) { PLAIN } else { ROWS };
        let when = self.when(table);
        let schema = match table {
            ROWS if self.dice.once_in(5) => Arc::clone(&self.stale),
            _ => self.table(table),
        };
        let db = self.db.as_ref().expect("it is open");
        RandomUpdate::new(db, table, &schema, when, &mut self.dice)
    }

    fn apply(&mut self, table: usize, key: &[u8], changes: Vec<Change>) {
        changes.into_iter().for_each(|change| self.world.tables[table].change(key, change));
    }

    /// Whether a write was made. It is refused if it names a column that was dropped, unless it deletes that itself.
    fn is_made<'a>(
        &self,
        outcome: cqlite_sstable::Result<()>,
        changes: impl IntoIterator<Item = (usize, &'a Vec<Change>)>,
    ) -> Result<bool, String> {
        let mut lacking =
            changes.into_iter().filter(|(table, of)| self.world.tables[*table].lacks_a_column_of(of));
        let lacks = lacking.next().is_some_and(|(_, of)| !of.iter().any(Change::is_deletion));
        match outcome {
            Err(error) if error.to_string().contains("names a column that was dropped") => Ok(false),
            Ok(()) if lacks => Err("a column was dropped, and a write of it is taken".to_owned()),
            other => other.map(|()| true).map_err(told),
        }
    }

    fn write(&mut self) -> Outcome {
        let (mutation, table, key, changes) = self.random_update().build();
        self.note(format!("write {table} {key:?} {changes:?}"));
        if self.is_made(self.db().write(&mutation), [(table, &changes)])? {
            self.apply(table, &key, changes);
        }
        Ok(())
    }

    fn batch(&mut self) -> Outcome {
        let mut made = Vec::new();
        for _ in 0..2 + self.dice.below(4) {
            made.push(self.random_update().build());
        }
        let batch: Batch = made.iter().map(|(mutation, ..)| mutation.clone()).collect();
        for (_, table, key, changes) in &made {
            self.done.push(format!("in a batch: write {table} {key:?} {changes:?}"));
        }
        let waits = !self.dice.once_in(3);
        let submitted =
            self.db().submit(&batch).and_then(|commit| if waits { commit.wait() } else { Ok(()) });
        if self.is_made(submitted, made.iter().map(|(_, table, _, changes)| (*table, changes)))? {
            for (_, table, key, changes) in made {
                self.apply(table, &key, changes);
            }
        }
        Ok(())
    }

    fn add_to_counter(&mut self) -> Outcome {
        let (key, delta) = (random_key(&mut self.dice), self.dice.below(20) as i64 - 5);
        let (a, place) = ((self.dice.below(4) as i32).to_be_bytes(), self.dice.below(2));
        let table = self.table(COUNTERS);
        let column = ["n", "o"][place];
        self.note(format!("count {key:?} {a:?} {column} {delta}"));
        let total = self.db().add_to_counter(&table, &key, &[ClusteringValue::Value(&a)], place, delta);
        let (total, row) = (total.map_err(told)?, vec![a.to_vec()]);
        self.apply(COUNTERS, &key, vec![Change::Added { row: row.clone(), column: column.into(), delta }]);
        let mut others = 0;
        for change in &self.world.tables[COUNTERS].partitions[&key] {
            match change {
                Change::Added { row: of, column: named, delta } if *of == row && named == column => {
                    others += delta;
                }
                Change::DeletedRow { row: of, .. } if *of == row => others = 0,
                Change::DeletedPartition { .. } => others = 0,
                _ => {}
            }
        }
        if total == others {
            Ok(())
        } else {
            Err(format!("the counter comes to {total}, and not to {others}"))
        }
    }

    fn delete_counter(&mut self) -> Outcome {
        let (key, a) = (random_key(&mut self.dice), (self.dice.below(4) as i32).to_be_bytes());
        let (table, timestamp) = (self.table(COUNTERS), self.db().next_timestamp());
        let update = self.db().update(&table, &key).timestamp(timestamp);
        let (update, change) = if self.dice.once_in(3) {
            (update.delete_partition(), Change::DeletedPartition { timestamp })
        } else {
            (update.delete_row(&[&a]), Change::DeletedRow { row: vec![a.to_vec()], timestamp })
        };
        self.note(format!("counters {key:?} {change:?}"));
        let mutation = update.and_then(|update| update.build()).map_err(told)?;
        self.db().write(&mutation).map_err(told)?;
        self.apply(COUNTERS, &key, vec![change]);
        Ok(())
    }

    fn apply_if(&mut self) -> Outcome {
        let (mutation, table, key, mut changes) = self.random_update().build();
        let read = ReadCommand::key(self.world.ids[table], key.clone()).now_seconds(self.latest_seconds);
        let is_there = !self.world.tables[table]
            .read(std::slice::from_ref(&key), &Default::default(), self.latest_seconds)
            .is_empty();
        self.note(format!("if {is_there}: write {table} {key:?} {changes:?}"));
        let mut held = None;
        let condition = |page: &cqlite_core::storage::read::Page| {
            held = Some(!page.is_empty());
            Ok(!page.is_empty())
        };
        let applied = self.db().apply_if(&read, condition, &mutation);
        if held != Some(is_there) {
            return Err(format!("the condition was {held:?}, and not {is_there}"));
        }
        if is_there && self.is_made(applied.map(|_| ()), [(table, &changes)])? {
            // It is made at the time that was given out last.
            let made_at = self.db().next_timestamp() - 1;
            let newest = changes.iter_mut().filter_map(Change::timestamp_mut).map(|time| *time).max();
            for time in changes.iter_mut().filter_map(Change::timestamp_mut) {
                *time += made_at - newest.unwrap_or(made_at);
            }
            self.note(format!("that was made at {made_at}"));
            self.apply(table, &key, changes);
        }
        Ok(())
    }

    fn flush(&mut self) -> Outcome {
        let table = self.dice.below(3);
        self.note(format!("flush {table}"));
        self.db().flush(self.world.ids[table]).map_err(told)
    }

    fn trim_log(&mut self) -> Outcome {
        self.note("trim the log");
        self.db().flush_and_trim_log().map_err(told)?;
        self.db().sync().map_err(told)
    }

    fn compact(&mut self) -> Outcome {
        use OverlappingTombstones::{Cell, None, Row};
        let id = self.world.ids[self.dice.below(3)];
        let request = match self.dice.below(4) {
            0 => CompactionRequest::GarbageCollection(*self.dice.one_of(&[None, Row, Cell])),
            1 => {
                self.db().wait_idle();
                let view = self.db().view();
                let sstables = view.table(id).map_err(told)?.sstables();
                let ids: Vec<SstableId> = sstables.iter().map(|one| one.live().id().clone()).collect();
                let ids: Vec<SstableId> = ids.into_iter().filter(|_| !self.dice.once_in(3)).collect();
                if ids.is_empty() {
                    return Ok(());
                }
                CompactionRequest::UserDefined(ids)
            }
            _ => CompactionRequest::Major { splits: self.dice.once_in(2) },
        };
        self.note(format!("compact {id} {request:?}"));
        match self.db().compact(id, &request) {
            // What is chosen by the strategy at the same time is passed over, or told of.
            Err(error) if !matches!(request, CompactionRequest::Major { .. }) && is_taken(&error) => Ok(()),
            compacted => compacted.map(|_| ()).map_err(told),
        }
    }

    /// The clock jumps, mostly forward.
    fn jump(&mut self) -> Outcome {
        let seconds = match self.dice.below(6) {
            0 => -(self.dice.below(40) as i64),
            1 => 30 + self.dice.below(200) as i64,
            _ => self.dice.below(15) as i64,
        };
        let now = self.clock.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst) / 1_000_000 + seconds;
        self.latest_seconds = self.latest_seconds.max(now);
        self.note(format!("jump by {seconds} s to {now}"));
        Ok(())
    }

    fn open_view(&mut self) -> Outcome {
        if self.views.len() < 3 {
            self.note("open a view");
            self.views.push((self.db().view(), self.world.clone()));
        }
        Ok(())
    }

    fn close_view(&mut self) -> Outcome {
        if self.views.is_empty() {
            return Ok(());
        }
        let at = self.dice.below(self.views.len());
        let (view, world) = self.views.swap_remove(at);
        self.note("close a view");
        (0..3).try_for_each(|table| reads::check_all(&view, &world, table, self.latest_seconds))
    }

    pub fn reopen(&mut self) -> Outcome {
        self.views.clear();
        let db = self.db.take().expect("it is open");
        if db.health() != Health::Sound || db.last_error().is_some() {
            return Err(format!("{:?}, {:?}", db.health(), db.last_error()));
        }
        if self.has_log && self.dice.once_in(2) {
            self.note("drop");
            drop(db);
        } else {
            self.note("close");
            db.close().map_err(told)?;
        }
        let RandomOptions { builder, has_log } =
            random_options(&mut self.dice, DIRECTORY, &self.files, &self.clock);
        self.has_log = has_log;
        self.note(format!("{builder:?}"));
        self.db = Some(builder.open().map_err(told)?);
        self.check_all()
    }

    pub fn check_all(&mut self) -> Outcome {
        let view = self.db().view();
        (0..3).try_for_each(|table| reads::check_all(&view, &self.world, table, self.latest_seconds))
    }

    fn truncate(&mut self) -> Outcome {
        let table = self.dice.below(3);
        self.note(format!("truncate {table}"));
        self.db().truncate(self.world.ids[table]).map_err(told)?;
        self.world.tables[table].partitions.clear();
        if self.dice.once_in(2) { self.ingest_into(table) } else { Ok(()) }
    }

    /// Drops a column, or makes it again.
    fn alter(&mut self) -> Outcome {
        let (name, column_type, is_static) = *self.dice.one_of(&DROPPABLE);
        self.stale = self.table(ROWS);
        let model = &mut self.world.tables[ROWS];
        if model.column(name).is_some() {
            model.columns.retain(|column| column.name != name);
            self.note(format!("drop the column {name}"));
            self.db().drop_column("ks", NAMES[ROWS], name).map_err(told)?;
            // All that was written has lesser timestamps. What comes may have the one that is asked for here, with which nothing
            // is written: a database that is opened anew gives it out once more.
            let until = self.db().next_timestamp() - 1;
            self.world.tables[ROWS].dropped.insert(name.to_owned(), until);
        } else {
            let name_of = name.to_owned();
            model.columns.push(super::model::ColumnModel { name: name_of, column_type, is_static });
            self.note(format!("add the column {name}"));
            let column = world::column(name, column_type);
            self.db().add_column("ks", NAMES[ROWS], column, is_static).map_err(told)?;
        }
        Ok(())
    }

    fn set_options(&mut self) -> Outcome {
        let (table, compaction) = (self.dice.below(3), world::compaction(&mut self.dice));
        self.note(format!("{table} WITH compaction = {compaction}"));
        let statement = format!("ALTER TABLE ks.{} WITH compaction = {compaction}", NAMES[table]);
        let options = match cqlite_cql::parse_statement(&statement).map_err(told)? {
            cqlite_cql::Statement::AlterTable(altered) => match altered.change {
                cqlite_cql::AlterTableChange::With(options) => options,
                other => return Err(format!("{other:?}")),
            },
            other => return Err(format!("{other:?}")),
        };
        self.db().set_table_options("ks", NAMES[table], &options).map_err(told)
    }

    /// Drops a table and makes another one of its name.
    fn recreate(&mut self) -> Outcome {
        let table = 1 + self.dice.below(2);
        self.note(format!("drop and make {table}"));
        self.db().drop_table("ks", NAMES[table]).map_err(told)?;
        let made = self.db().create_table("ks", &self.schema.statement(table)).map_err(told)?;
        self.world.ids[table] = made.id();
        self.world.tables[table] = world::empty(table);
        self.snapshots.clear();
        Ok(())
    }

    fn snapshot(&mut self) -> Outcome {
        self.next_name += 1;
        let tag = format!("tag{}", self.next_name);
        self.note(format!("snapshot {tag}"));
        self.db().snapshot(&tag).map_err(told)?;
        self.snapshots.push(Snapshot { tag, world: self.world.clone() });
        Ok(())
    }

    /// A backup opens, and has what there was.
    fn backup(&mut self) -> Outcome {
        self.next_name += 1;
        let place = format!("/backup{}", self.next_name);
        self.note(format!("backup {place}"));
        self.db().backup(&place).map_err(told)?;
        let options = random_options(&mut self.dice, &place, &self.files, &self.clock);
        let copy = options.builder.open().map_err(told)?;
        let view = copy.view();
        (0..3).try_for_each(|table| reads::check_all(&view, &self.world, table, self.latest_seconds))?;
        drop(view);
        copy.close().map_err(told)
    }

    /// Where deletions stay, what a snapshot has can come back at any time.
    fn ingest(&mut self) -> Outcome {
        if self.schema.takes_late_writes() { self.ingest_into(ROWS) } else { Ok(()) }
    }

    fn ingest_into(&mut self, table: usize) -> Outcome {
        let Some(snapshot) = self.snapshots.last() else { return Ok(()) };
        let tag = snapshot.tag.clone();
        let directory = self.directory(table)?.join("snapshots").join(&tag);
        let mut descriptors = Vec::new();
        for entry in self.files.list(&directory).unwrap_or_default() {
            if entry.name.ends_with("-Data.db") {
                descriptors.push(Descriptor::from_file(&directory.join(&entry.name)).map_err(told)?);
            }
        }
        if descriptors.is_empty() {
            return Ok(());
        }
        self.note(format!("take {tag} into {table}"));
        let old = self.snapshots[self.snapshots.len() - 1].world.tables[table].clone();
        self.db().ingest(self.world.ids[table], &descriptors, IngestOptions::default()).map_err(told)?;
        for (key, changes) in old.partitions {
            self.world.tables[table].partitions.entry(key).or_default().extend(changes);
        }
        Ok(())
    }

    fn directory(&self, table: usize) -> Result<PathBuf, String> {
        let view = self.db().view();
        let opened = view.table(self.world.ids[table]).map_err(told)?;
        Ok(opened.table().directory().clone())
    }

    /// All of it is there once more.
    pub fn end(mut self) -> Result<(), (Vec<String>, String)> {
        self.finish().map_err(|error| (std::mem::take(&mut self.done), error))
    }

    fn finish(&mut self) -> Outcome {
        self.reopen()?;
        self.db().wait_idle();
        self.check_all()?;
        self.db.take().expect("it is open").close().map_err(told)
    }
}
