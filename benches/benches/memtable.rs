//! Putting rows of a key of 16 bytes and a value of 100 into a memtable and getting them, beside other structures that
//! keep the same bytes. Everything is measured five times, the candidates by turns; printed are medians, in thousands a
//! second: of processor time where one thread works, as the machine may be busy with other things.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may fail loudly"
)]

#[path = "memtable_candidates/mod.rs"]
mod candidates;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use candidates::{Candidate, LockedFlat, LockedMaps, Ours, Place, Skiplist, add_row};
use cqlite_core::storage::mutation::PartitionUpdateBuilder;
use cqlite_sstable::row::ClusteringBuffer;

const ROWS: u64 = 1_000_000;
const OVERWRITES: u64 = 100_000;
const ROUNDS: usize = 5;
const VALUE: [u8; 100] = [7; 100];

/// The processor time of this thread.
struct Processor(Duration);

impl Processor {
    fn now() -> Self {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Self(Duration::from_nanos(told.split(' ').next().unwrap().parse().unwrap()))
    }

    fn elapsed(&self) -> Duration {
        Self::now().0 - self.0
    }
}

/// An order in which rows are written, and its name.
type NamedOrder = (&'static str, fn(u64) -> u64);

/// Numbers in another order, each once.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 32;
    mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// A row of a partition of its own.
fn partition(number: u64) -> Place {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&mixed(number).to_be_bytes());
    key[8..].copy_from_slice(&number.to_be_bytes());
    Place { key, clustering: None }
}

/// A row of the one partition.
fn row(number: u64) -> Place {
    Place { key: [1; 16], clustering: Some(number) }
}

fn candidates(has_clustering: bool) -> Vec<Box<dyn Candidate>> {
    vec![
        Box::new(Skiplist::default()),
        Box::new(LockedMaps::default()),
        Box::new(LockedFlat::default()),
        Box::new(Ours::new(has_clustering)),
    ]
}

#[derive(Default)]
struct Figures {
    thousands: BTreeMap<(String, &'static str), Vec<f64>>,
}

impl Figures {
    fn add(&mut self, what: &str, who: &'static str, count: u64, took: Duration) {
        let thousands = count as f64 / took.as_secs_f64() / 1000.0;
        println!("{what:40} {who:24} {thousands:8.0}");
        self.thousands.entry((what.to_owned(), who)).or_default().push(thousands);
    }

    fn print(&mut self) {
        println!("\nmedians, and the least to the most:");
        for ((what, who), figures) in &mut self.thousands {
            figures.sort_by(f64::total_cmp);
            let (least, most) = (figures[0], figures[figures.len() - 1]);
            println!("{what:40} {who:24} {:8.0}  ({least:.0} to {most:.0})", figures[figures.len() / 2]);
        }
    }
}

fn put_all(candidate: &dyn Candidate, places: impl Iterator<Item = Place>) -> Duration {
    let mut writer = candidate.writer();
    let start = Processor::now();
    (1..).zip(places).for_each(|(sequence, place)| writer.put(place, sequence, &VALUE));
    start.elapsed()
}

fn partitions(figures: &mut Figures) {
    for candidate in candidates(false) {
        let who = candidate.name();
        figures.add("put, 1M partitions", who, ROWS, put_all(&*candidate, (0..ROWS).map(partition)));
        let mut reader = candidate.reader();
        let start = Processor::now();
        let found: usize = (0..ROWS).map(|number| reader.get(partition(mixed(number) % ROWS))).sum();
        figures.add("get, 1M partitions", who, ROWS, start.elapsed());
        assert_eq!(found as u64, ROWS * VALUE.len() as u64);
        let start = Processor::now();
        let found: usize = (0..ROWS).map(|number| reader.get(partition(number + 2 * ROWS))).sum();
        figures.add("get, absent", who, ROWS, start.elapsed());
        assert_eq!(found, 0);
        let start = Processor::now();
        assert_eq!(candidate.drain(), ROWS);
        figures.add("drain", who, ROWS, start.elapsed());
    }
}

/// Two writers and two readers, while what was written before is drained.
fn together(figures: &mut Figures) {
    const EACH: u64 = ROWS / 2;
    for (candidate, sealed) in candidates(false).into_iter().zip(candidates(false)) {
        put_all(&*sealed, (0..ROWS / 2).map(partition));
        let (is_done, gets) = (AtomicBool::new(false), AtomicU64::new(0));
        let start = Instant::now();
        let mut took = Duration::ZERO;
        std::thread::scope(|scope| {
            let flush = scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    sealed.drain();
                }
            });
            for reader in 0..2 {
                let (candidate, is_done, gets) = (&candidate, &is_done, &gets);
                scope.spawn(move || {
                    let mut from = candidate.reader();
                    let mut count = 0;
                    while !is_done.load(Ordering::Relaxed) {
                        for number in 0..64 {
                            from.get(partition(mixed(count + number + reader) % ROWS));
                        }
                        count += 64;
                    }
                    gets.fetch_add(count, Ordering::Relaxed);
                });
            }
            let writers: Vec<_> = (0..2)
                .map(|writer| {
                    let candidate = &candidate;
                    scope.spawn(move || {
                        let mut into = candidate.writer();
                        for number in 0..EACH {
                            let number = 2 * number + writer;
                            into.put(partition(number), number + 1, &VALUE);
                        }
                    })
                })
                .collect();
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            took = start.elapsed();
            is_done.store(true, Ordering::Relaxed);
            flush.join().unwrap();
        });
        let who = candidate.name();
        figures.add("together: puts of two writers", who, ROWS, took);
        figures.add("together: gets of two readers", who, gets.load(Ordering::Relaxed), took);
    }
}

fn one_partition(figures: &mut Figures) {
    let orders: [NamedOrder; 3] =
        [("ascending", |number| number), ("descending", |number| ROWS - 1 - number), ("mixed", mixed)];
    for (name, order) in orders {
        for candidate in candidates(true) {
            let who = candidate.name();
            let took = put_all(&*candidate, (0..ROWS).map(|number| row(order(number))));
            figures.add(&format!("put, one partition, {name}"), who, ROWS, took);
            let mut reader = candidate.reader();
            let start = Processor::now();
            let found: usize = (0..ROWS / 4).map(|number| reader.get(row(order(number)))).sum();
            figures.add(&format!("get, one partition, {name}"), who, ROWS / 4, start.elapsed());
            assert_eq!(found as u64, ROWS / 4 * VALUE.len() as u64);
        }
    }
}

/// One row again and again, with readers that see everything at once, as nobody holds an older view.
fn overwrites(figures: &mut Figures) {
    let ours = Ours::new(false);
    let mut writer = ours.writer();
    let start = Processor::now();
    for sequence in 1..=OVERWRITES {
        writer.put(partition(1), sequence, &VALUE);
        ours.visibility.set_complete(sequence);
        ours.visibility.set_oldest(sequence);
    }
    figures.add("overwrite one row", ours.name(), OVERWRITES, start.elapsed());
    let held = ours.memtable.held_bytes();
    assert!(held < 256 * 1024, "{held}");
    let mut reader = ours.reader();
    let start = Processor::now();
    let found: usize = (0..OVERWRITES).map(|_| reader.get(partition(1))).sum();
    figures.add("get the row that was overwritten", ours.name(), OVERWRITES, start.elapsed());
    assert_eq!(found as u64, OVERWRITES * VALUE.len() as u64);
}

/// The parts of a put.
fn parts(figures: &mut Figures) {
    let ours = Ours::new(false);
    let mut builder = PartitionUpdateBuilder::new(ours.memtable.layout(), b"");
    let mut clustering = ClusteringBuffer::default();
    let start = Processor::now();
    let built: Vec<_> = (0..ROWS)
        .map(|number| {
            add_row(&mut builder, &mut clustering, &partition(number), number as i64, &VALUE);
            builder.build().unwrap()
        })
        .collect();
    figures.add("part of a put: building", "memtable", ROWS, start.elapsed());
    let start = Processor::now();
    for (sequence, mutation) in (1..).zip(&built) {
        mutation.updates().for_each(|update| ours.memtable.apply(update, sequence).unwrap());
    }
    figures.add("part of a put: applying", "memtable", ROWS, start.elapsed());
    let held = ours.memtable.held_bytes() as u64;
    println!("memory held: {} bytes a row of 116", held / ROWS);
}

fn main() {
    let mut figures = Figures::default();
    let rounds = if std::env::args().any(|argument| argument == "--once") { 1 } else { ROUNDS };
    for _ in 0..rounds {
        parts(&mut figures);
        partitions(&mut figures);
        overwrites(&mut figures);
        one_partition(&mut figures);
        together(&mut figures);
    }
    figures.print();
}
