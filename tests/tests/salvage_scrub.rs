//! A salvage beside `sstablescrub` on the same damage: never fewer rows, and never one that was not there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use cqlite_sstable::find::{FindOptions, find};
use cqlite_sstable::reader::Sstable;
use cqlite_sstable::tools::salvage::{SalvageOptions, SalvagedSstables, Stream};
use cqlite_sstable::writer::Written;
use cqlite_sstable::{Component, Descriptor};
use cqlite_tests::available::cassandra_or_skip;
use cqlite_tests::cassandra::{Cassandra, Connection, Format, Node, Tools};
use cqlite_tests::fuzz::random::Random;
use cqlite_tests::salvaged::{Salvaged, is_row, scanned_items, written_items};
use tempfile::TempDir;

/// The shapes of tables: what stands behind the name, and the compression.
const SHAPES: [(&str, &str, &str); 6] = [
    (
        "narrow",
        "pk int PRIMARY KEY, a text, b blob, c int",
        "{'class': 'LZ4Compressor', 'chunk_length_in_kb': 4}",
    ),
    ("wide", WIDE, "{'class': 'LZ4Compressor', 'chunk_length_in_kb': 4}"),
    ("zstd", WIDE, "{'class': 'ZstdCompressor', 'chunk_length_in_kb': 8}"),
    ("deflate", WIDE, "{'class': 'DeflateCompressor', 'chunk_length_in_kb': 4}"),
    ("plain", "pk int PRIMARY KEY, a text, b blob, c int", "{'enabled': false}"),
    ("plain_wide", WIDE, "{'enabled': false}"),
];
const WIDE: &str = "pk int, ck int, s text static, a text, b blob, c int, PRIMARY KEY (pk, ck)";

/// Damages of each shape and format: 2 x 6 x 17 = 204.
const DAMAGES: usize = 17;

fn table(shape: &str, number: usize) -> String {
    format!("{shape}_{number}")
}

/// Words and bytes that do not compress to nothing.
fn fill(connection: &mut Connection, shape: &str) {
    let mut random = Random::new(shape.len() as u64);
    let is_narrow = !WIDE_SHAPES.contains(&shape);
    let mut value = |pk: usize| {
        let bytes: String = (0..12 + pk % 40).fold(String::new(), |mut text, _| {
            let _ = write!(text, "{:02x}", random.below(256));
            text
        });
        format!("'row {pk} {}', 0x{bytes}, {}", random.below(1000), random.below(100))
    };
    let rows: Vec<String> = match is_narrow {
        true => (0..1500)
            .map(|pk| format!("INTO ks.{shape} (pk, a, b, c) VALUES ({pk}, {})", value(pk)))
            .collect(),
        false => (0..8)
            .flat_map(|pk| (0..200 + 40 * pk).map(move |ck| (pk, ck)))
            .map(|(pk, ck)| format!("INTO ks.{shape} (pk, ck, a, b, c) VALUES ({pk}, {ck}, {})", value(ck)))
            .collect(),
    };
    for batch in rows.chunks(100) {
        let statements: String = batch.iter().fold(String::new(), |mut text, row| {
            let _ = write!(text, "INSERT {row} USING TIMESTAMP 1000000; ");
            text
        });
        connection.execute(&format!("BEGIN UNLOGGED BATCH {statements} APPLY BATCH")).unwrap();
    }
    if !is_narrow {
        for pk in 0..8 {
            let from = 20 * pk;
            let delete = format!("DELETE FROM ks.{shape} USING TIMESTAMP 900000 WHERE pk = {pk} AND");
            // Cassandra's scrub takes a range tombstone for a row and gives up its partition: most are without.
            if pk % 3 == 0 {
                connection.execute(&format!("{delete} ck >= {from} AND ck < {}", from + 90)).unwrap();
            }
            connection
                .execute(&format!(
                    "UPDATE ks.{shape} USING TIMESTAMP 1000000 SET s = 'static of {pk}' WHERE pk = {pk}"
                ))
                .unwrap();
        }
    }
}

const WIDE_SHAPES: [&str; 4] = ["wide", "zstd", "deflate", "plain_wide"];

/// A stopped node with an SSTable of each shape, and empty tables for the damages.
fn make_node(cassandra: &Cassandra, directory: &Path, format: Format) {
    let builder = Node::builder(cassandra, directory).format(format);
    let builder = builder.setting("column_index_size", "4KiB").setting("flush_compression", "table");
    let mut node = builder.start().unwrap();
    let mut connection = node.connect().unwrap();
    let replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    connection.execute(&format!("CREATE KEYSPACE ks WITH replication = {replication}")).unwrap();
    for (shape, columns, compression) in SHAPES {
        let names = std::iter::once(shape.to_owned()).chain((0..DAMAGES).map(|number| table(shape, number)));
        for name in names {
            let options = format!(
                "compression = {compression} AND compaction = {{'class': 'SizeTieredCompactionStrategy', 'enabled': 'false'}}"
            );
            connection.execute(&format!("CREATE TABLE ks.{name} ({columns}) WITH {options}")).unwrap();
        }
        fill(&mut connection, shape);
    }
    node.flush("ks", &[]).unwrap();
    node.stop().unwrap();
}

fn table_directory(node: &Path, name: &str) -> PathBuf {
    let mut found = fs::read_dir(node.join("data/ks")).unwrap().map(|entry| entry.unwrap().path());
    let is_it = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().split('-').next() == Some(name);
    found.find(is_it).unwrap()
}

fn only_sstable(directory: &Path) -> Descriptor {
    let found = sstables(directory);
    assert_eq!(found.len(), 1, "{}", directory.display());
    found.into_iter().next().unwrap()
}

fn sstables(directory: &Path) -> Vec<Descriptor> {
    let found = find(&[directory.to_owned()], &FindOptions::default());
    found.map(|found| found.sstables().cloned().collect()).unwrap_or_default()
}

/// Kinds of damage.
const KINDS: usize = 9;

/// Damages the files of `descriptor`, and says how.
fn damage(descriptor: &Descriptor, number: usize, seed: u64) -> String {
    let mut random = Random::new(seed);
    let path = descriptor.file(Component::Data);
    let mut data = fs::read(&path).unwrap();
    let length = data.len();
    let told = match number % KINDS {
        0 | 1 => {
            let at = random.below(length);
            data[at] ^= 1 << random.below(8);
            format!("bit at {at}")
        }
        2 | 3 => {
            let (at, size) = (random.below(length), 1 + random.below(3000));
            data[at..(at + size).min(length)].fill(0);
            format!("{size} zeros at {at}")
        }
        4 => {
            let size = random.below(length);
            data.truncate(size);
            format!("cut at {size} of {length}")
        }
        5 => {
            let size = (1 + random.below(8)) * 512;
            let (a, b) = (random.below(length / size / 2), random.below(length / size / 2));
            let (a, b) = (a * size, (length / size / 2 + b) * size);
            let (front, back) = data.split_at_mut(b);
            front[a..a + size].swap_with_slice(&mut back[..size.min(length - b)]);
            format!("{size} bytes swapped at {a} and {b}")
        }
        6 => {
            for component in [Component::Index, Component::Summary, Component::Partitions] {
                let _not_of_the_format = fs::remove_file(descriptor.file(component));
            }
            "no index".to_owned()
        }
        7 => {
            let at = random.below(length);
            for _ in 0..200 {
                let place = (at + random.below(20_000)).min(length - 1);
                data[place] = random.below(256) as u8;
            }
            format!("noise from {at}")
        }
        _ => {
            for _ in 0..3 {
                let at = random.below(length);
                data[at] ^= 0xFF;
            }
            "three bytes".to_owned()
        }
    };
    fs::write(path, data).unwrap();
    told
}

/// Puts a damaged copy of `from` into `to`.
fn plant(from: &Descriptor, to: &Path, number: usize, seed: u64) -> (Descriptor, String) {
    for component in Component::ALL {
        let source = from.file(component);
        if source.exists() {
            fs::copy(&source, to.join(source.file_name().unwrap())).unwrap();
        }
    }
    let planted = only_sstable(to);
    let told = damage(&planted, number, seed);
    (planted, told)
}

/// The rows of what a scrub made of `original`.
fn scrubbed_rows(directory: &Path, original: &Descriptor) -> BTreeSet<String> {
    let made = sstables(directory).into_iter().filter(|one| one.id() != original.id());
    made.flat_map(|one| {
        let sstable = Sstable::open(one.file(Component::Data)).unwrap();
        // A scrub that died leaves a file that is not whole.
        scanned_items(&sstable).unwrap_or_default().into_iter().filter(|item| is_row(item))
    })
    .collect()
}

#[derive(Debug, Default)]
struct Sums {
    damages: usize,
    ours: usize,
    suspect: usize,
    scrubs: usize,
    scrubs_wrong: usize,
    /// Rows that only the scrub has.
    lacking: usize,
    original: usize,
    /// What must not be.
    wrong: Vec<String>,
}

/// A damaged SSTable in a table of its own.
struct Case {
    shape: &'static str,
    name: String,
    what: String,
    planted: Descriptor,
    ours: Salvaged,
    /// What it was salvaged into.
    sstables: SalvagedSstables,
    _out: TempDir,
}

impl Case {
    /// What is wrong with the SSTables of the salvage, by their rows and by `sstableverify` in the place of the damaged one.
    fn refused(&self, tools: &mut Tools) -> Option<String> {
        let place = self.planted.directory();
        for entry in fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_file() {
                fs::remove_file(entry).unwrap();
            }
        }
        let mut items = Vec::new();
        for written in self.sstables.written() {
            let (of_one, data) = written_items(written).unwrap();
            items.extend(of_one);
            for entry in fs::read_dir(data.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()) {
                fs::copy(&entry, place.join(entry.file_name().unwrap())).unwrap();
            }
        }
        let expected: BTreeSet<String> = [Stream::Recovered, Stream::OutOfOrder]
            .iter()
            .flat_map(|stream| self.ours.rows(*stream))
            .collect();
        let found: BTreeSet<String> = items.into_iter().filter(|item| is_row(item)).collect();
        if found != expected {
            return Some(format!("{}: {} rows of {}", self.what, found.len(), expected.len()));
        }
        let told = tools.sstableverify("ks", &self.name).unwrap();
        // Where the data ends with a whole chunk, the verifier seeks to the one behind it, and fails on any SSTable, at
        // the end of the last partition.
        let said = format!("{}{}", told.text(), told.stderr);
        let is_its_own = self.sstables.written().any(fills_chunks)
            && ["SortedTableVerifier.verifySSTable", "CompressionMetadata.chunkFor", "java.io.EOFException"]
                .iter()
                .all(|word| said.contains(word));
        (!told.success() && !is_its_own).then(|| format!("{}: sstableverify: {said}", self.what))
    }
}

/// Damages copies of the SSTables of all shapes and salvages them. Cassandra looks which numbers are taken when it reads
/// the schema, so that all must be in their places before the first scrub.
fn plant_all(node: &Path, format: Format) -> Vec<Case> {
    let mut cases = Vec::new();
    for (shape, _, _) in SHAPES {
        let sound = only_sstable(&table_directory(node, shape));
        for number in 0..DAMAGES {
            let name = table(shape, number);
            let seed = (number * 31 + shape.len() * 1009 + format as usize * 7) as u64;
            let (planted, told) = plant(&sound, &table_directory(node, &name), number, seed);
            let what = format!("{format} {name}: {told}");
            let (options, out) = (SalvageOptions::default(), tempfile::tempdir().unwrap());
            let salvage = |sstable: Sstable| {
                let sstables = Salvaged::into_sstables((&planted, &sstable), &options, out.path())?.1;
                Ok((Salvaged::of(&sstable, &options)?, sstables))
            };
            let salvaged = Sstable::open(planted.file(Component::Data)).and_then(salvage);
            let (ours, sstables) = salvaged.unwrap_or_else(|error| panic!("{what}: {error}"));
            cases.push(Case { shape, name, what, planted, ours, sstables, _out: out });
        }
    }
    cases
}

fn compare(cassandra: &Cassandra, node: &Path, format: Format) -> BTreeMap<&'static str, Sums> {
    let cases = plant_all(node, format);
    let mut tools = Tools::start_on(cassandra, node).unwrap();
    let mut sums = BTreeMap::<&str, Sums>::new();
    for (shape, _, _) in SHAPES {
        let sound = only_sstable(&table_directory(node, shape));
        let items = scanned_items(&Sstable::open(sound.file(Component::Data)).unwrap()).unwrap();
        let original: BTreeSet<String> = items.into_iter().filter(|item| is_row(item)).collect();
        let of_shape = sums.entry(shape).or_default();
        for case in cases.iter().filter(|case| case.shape == shape) {
            let _exit_code = tools.run("StandaloneScrubber", ["ks", &case.name]).unwrap();
            let theirs = scrubbed_rows(case.planted.directory(), &case.planted);
            of_shape.add(case, &theirs, &original);
            of_shape.wrong.extend(case.refused(&mut tools));
        }
    }
    sums
}

/// Whether the uncompressed data is a whole number of chunks.
fn fills_chunks(written: &Written) -> bool {
    let sstable = Sstable::open(written_items(written).unwrap().1).unwrap();
    let chunk_length = sstable.compression().map(|info| u64::from(info.chunk_length_bytes));
    chunk_length.is_some_and(|chunk_length| written.data_length_bytes.is_multiple_of(chunk_length))
}

impl Sums {
    fn add(&mut self, case: &Case, theirs: &BTreeSet<String>, original: &BTreeSet<String>) {
        let what = &case.what;
        let mut right = case.ours.rows(Stream::Recovered);
        right.extend(case.ours.rows(Stream::OutOfOrder));
        let suspect = case.ours.rows(Stream::Suspect);
        let never_written = right.iter().find(|row| !original.contains(*row));
        self.wrong.extend(never_written.map(|row| format!("{what}: never written: {row}")));
        let ours: BTreeSet<&String> =
            right.iter().chain(&suspect).filter(|row| original.contains(*row)).collect();
        let of_theirs: BTreeSet<&String> = theirs.iter().filter(|row| original.contains(*row)).collect();
        let lacking: Vec<&&String> = of_theirs.difference(&ours).collect();
        if let Some(first) = lacking.first() {
            self.wrong.push(format!("{what}: {} rows that only the scrub has, as {first}", lacking.len()));
        }
        self.lacking += lacking.len();
        self.damages += 1;
        self.ours += ours.len();
        self.suspect += suspect.len();
        self.scrubs += of_theirs.len();
        self.scrubs_wrong += theirs.len() - of_theirs.len();
        self.original += original.len();
    }
}

#[test]
fn a_salvage_never_has_fewer_rows_than_a_scrub_and_never_one_that_was_not_there() {
    let test = "a_salvage_never_has_fewer_rows_than_a_scrub_and_never_one_that_was_not_there";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let of_format = |format| {
        let directory = tempfile::tempdir().unwrap();
        make_node(&cassandra, directory.path(), format);
        let mut wrong = Vec::new();
        for (shape, sums) in compare(&cassandra, directory.path(), format) {
            eprintln!("{format} {shape}: {sums:?}");
            assert_eq!(sums.damages, DAMAGES);
            assert!(sums.ours >= sums.scrubs, "{format} {shape}: {sums:?}");
            wrong.extend(sums.wrong);
        }
        wrong
    };
    let wrong = thread::scope(|scope| {
        let nb = scope.spawn(|| of_format(Format::Nb));
        let da = of_format(Format::Da);
        [nb.join().unwrap(), da].concat()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
