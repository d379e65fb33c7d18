//! A database that is killed while many threads write to it: what was acknowledged is there, and nothing is there in part.
//!
//! `CQLITE_KILLS=1000` kills more often, each time after at least 10,000 acknowledgements. `CQLITE_INCREMENTS=100000` has
//! each of sixteen threads add so often to a counter.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::BTreeMap,
    env,
    io::BufReader,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, Stdio},
};

use cqlite_core::{Database, storage::read::ReadCommand};
use cqlite_tests::{
    fuzz::Random,
    killed::{Moment, Tables, Told, WRITERS, builder, checksum, left, value},
    scratch,
};

/// How many threads add to the counter beside the writers.
const COUNTERS: u32 = 2;

/// How many do where nobody writes anything else.
const MANY_COUNTERS: u32 = 16;

/// How often these are killed, if all of them together count as often between any two kills.
const KILLS_OF_COUNTERS: u64 = 10;

/// After so many kills, a new database is begun.
const KILLS_OF_A_DATABASE: usize = 25;

/// If a moment does not come before so many acknowledgements, the process is killed all the same.
const PATIENCE: u64 = 100_000;

/// What is known of a database.
#[derive(Debug, Clone)]
struct Known {
    /// The next number of each writer.
    next: Vec<u64>,
    counter: i64,
}

/// What a process told before it was killed.
#[derive(Debug, Default)]
struct Heard {
    acknowledged: u64,
    /// The number of the last acknowledged write of each writer, and its checksum.
    last: BTreeMap<u32, (u64, u32)>,
    counted: i64,
    killed: Option<Moment>,
    was_open: bool,
}

/// How a process is started, and when it is killed.
struct Round {
    mode: usize,
    is_compressed: bool,
    seed: u64,
    least: u64,
    moment: Option<Moment>,
    /// So many threads count.
    counters: u32,
    /// From outside, after so many acknowledgements.
    kill_after: u64,
}

impl Round {
    fn run(&self, directory: &Path, next: &[u64]) -> Heard {
        let mut child = Command::new(env!("CARGO_BIN_EXE_killed-database"))
            .arg(directory)
            .args([self.mode.to_string(), self.is_compressed.to_string(), self.seed.to_string()])
            .arg(self.least.to_string())
            .arg(self.moment.map_or("none".to_owned(), |moment| format!("{moment:?}")))
            .arg(self.counters.to_string())
            .args(next.iter().map(ToString::to_string))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = BufReader::new(child.stdout.take().unwrap());
        let mut heard = Heard::default();
        let mut is_killed = false;
        while let Some(told) = Told::read(&mut pipe).unwrap() {
            match told {
                Told::Opened => heard.was_open = true,
                Told::Counted => heard.counted += 1,
                Told::Killed(moment) => heard.killed = Some(moment),
                Told::Acknowledged { writer, number, checksum } => {
                    let expected = heard.last.get(&writer).map_or(next[writer as usize], |last| last.0 + 1);
                    assert_eq!(number, expected, "acknowledgements come in order");
                    heard.last.insert(writer, (number, checksum));
                }
            }
            heard.acknowledged += u64::from(matches!(told, Told::Counted | Told::Acknowledged { .. }));
            if !is_killed && heard.acknowledged >= self.kill_after {
                is_killed = true;
                child.kill().unwrap();
            }
        }
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let is_end = output.status.signal() == Some(9)
            || (next.is_empty() && self.counters == 0 && output.status.success());
        assert!(is_end && !told.contains("panicked"), "{:?} {told}", output.status);
        heard
    }
}

/// The rows of a table of one writer.
fn rows_of(db: &Database, tables: &Tables, place: usize, writer: u32) -> BTreeMap<String, Vec<u8>> {
    let page = db.read(&ReadCommand::all(tables.all()[place].id())).unwrap();
    assert!(page.next().is_none());
    let mut rows = BTreeMap::new();
    for partition in page.partitions() {
        let key = String::from_utf8(partition.key().to_vec()).unwrap();
        if key.starts_with(&format!("{writer} ")) {
            for row in partition.rows() {
                rows.insert(key.clone(), row.cells().value(0).unwrap().to_vec());
            }
        }
    }
    rows
}

/// Opens the database and compares it with what was told. What is known of it now.
fn check(directory: &Path, known: &Known, heard: &Heard, what: &str) -> Known {
    let db = builder(directory, 2, false).open().unwrap_or_else(|error| panic!("{what}: {error}"));
    let damaged = db.metrics().tables.iter().map(|table| table.damaged_sstables).sum::<u64>();
    assert_eq!(damaged, 0, "{what}: {:?}", db.last_error());
    let tables = Tables::of(&db);
    let mut next = Vec::new();
    for writer in 0..WRITERS {
        let first = known.next[writer as usize];
        let acknowledged = match heard.last.get(&writer) {
            None => first,
            Some((number, told)) => {
                assert_eq!(*told, checksum(value(writer, *number).as_deref()), "{what}");
                number + 1
            }
        };
        let found = [0, 1].map(|place| rows_of(&db, &tables, place, writer));
        // One more may have been under way.
        let end = (acknowledged..=acknowledged + 1).find(|end| left(writer, *end) == found);
        next.push(end.unwrap_or_else(|| {
            let expected = left(writer, acknowledged);
            let short = |value: Option<&Vec<u8>>| {
                value.map(|value| String::from_utf8_lossy(&value[..value.len().min(14)]).into_owned())
            };
            let mut told = Vec::new();
            for place in [0, 1] {
                let keys = expected[place].keys().chain(found[place].keys());
                let other = keys.filter(|key| expected[place].get(*key) != found[place].get(*key));
                told.extend(other.map(|key| {
                    let (is, should) = (found[place].get(key), expected[place].get(key));
                    format!("{place} {key}: {:?}, not {:?}", short(is), short(should))
                }));
            }
            panic!("{what}: writer {writer} with {acknowledged} acknowledged: {told:#?}")
        }));
    }
    Known { next, counter: counted(&db, &tables, known.counter + heard.counted, COUNTERS, what) }
}

/// The counter, to which each of so many threads may have added once more than was acknowledged.
fn counted(db: &Database, tables: &Tables, least: i64, counters: u32, what: &str) -> i64 {
    let counter = tables.count(db, 0);
    let range = least..=least + i64::from(counters);
    assert!(range.contains(&counter), "{what}: the counter is {counter}, of {range:?}");
    counter
}

#[test]
fn a_database_that_is_killed_at_any_moment_has_all_that_it_acknowledged() {
    let wanted: Option<usize> = env::var("CQLITE_KILLS").ok().map(|kills| kills.parse().unwrap());
    let (kills, least) = wanted.map_or((30, 1_000), |kills| (kills, 10_000));
    let mut random = Random::new(env::var("CQLITE_KILL_SEED").map_or(7, |seed| seed.parse().unwrap()));
    let mut directory = scratch::directory();
    let mut known = Known { next: vec![0; WRITERS as usize], counter: 0 };
    let (mut hits, mut from_outside, mut acknowledged) = (BTreeMap::new(), 0, 0);
    for kill in 0..kills {
        if kill % KILLS_OF_A_DATABASE == 0 {
            directory = scratch::directory();
            known = Known { next: vec![0; WRITERS as usize], counter: 0 };
        }
        // Every seventh is killed from outside, at random.
        let moment = Moment::ALL.get(kill % 7).copied();
        let is_replay = moment == Some(Moment::Replay);
        let mut round = Round {
            mode: random.below(4),
            is_compressed: random.below(2) == 0,
            seed: random.next_u64(),
            least,
            moment: moment.filter(|_| !is_replay),
            counters: COUNTERS,
            kill_after: PATIENCE,
        };
        if moment.is_none() || is_replay {
            round.kill_after = least + random.below(least as usize) as u64;
        }
        let what = format!("kill {kill} at {moment:?} in mode {}, seed {}", round.mode, round.seed);
        let mut heard = round.run(directory.path(), &known.next);
        if is_replay {
            let again = Round { moment, kill_after: u64::MAX, least: 0, counters: 0, ..round };
            heard.killed = again.run(directory.path(), &[]).killed;
        }
        assert!(heard.acknowledged >= least, "{what}: {} acknowledged", heard.acknowledged);
        acknowledged += heard.acknowledged;
        match heard.killed {
            Some(moment) => *hits.entry(moment).or_insert(0) += 1,
            None => from_outside += 1,
        }
        known = check(directory.path(), &known, &heard, &what);
    }
    eprintln!("{kills} kills after {acknowledged} acknowledgements: {hits:?}, {from_outside} from outside");
    let few = kills / 7 / 2;
    for moment in Moment::ALL {
        assert!(hits.get(&moment).is_some_and(|hits| *hits > few), "{moment:?} was hit too rarely: {hits:?}");
    }
}

#[test]
fn sixteen_threads_count_exactly_across_kills() {
    let each: u64 = env::var("CQLITE_INCREMENTS").map_or(500, |given| given.parse().unwrap());
    let wanted = each * u64::from(MANY_COUNTERS);
    let (directory, mut random) = (scratch::directory(), Random::new(11));
    let (mut counter, mut acknowledged) = (0, 0);
    for mode in (0..4).cycle() {
        if acknowledged >= wanted {
            break;
        }
        let kill_after = (wanted / KILLS_OF_COUNTERS).max(1) + random.below(100) as u64;
        let (is_compressed, seed) = (random.below(2) == 0, random.next_u64());
        let round =
            Round { mode, is_compressed, seed, least: 0, moment: None, counters: MANY_COUNTERS, kill_after };
        let heard = round.run(directory.path(), &[]);
        acknowledged += heard.counted.unsigned_abs();
        let db = builder(directory.path(), 2, false).open().unwrap();
        let what = format!("killed in mode {mode} after {acknowledged} of {wanted}");
        counter = counted(&db, &Tables::of(&db), counter + heard.counted, MANY_COUNTERS, &what);
    }
    eprintln!("{acknowledged} increments were acknowledged, the counter is {counter}");
}
