//! A salvage beside `sstablescrub` on the same damage: never fewer rows, and never one that was not there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cqlite_sstable::find::{FindOptions, find};
use cqlite_sstable::reader::Sstable;
use cqlite_sstable::tools::salvage::{SalvageOptions, Stream};
use cqlite_sstable::{Component, Descriptor};
use cqlite_tests::available::cassandra_or_skip;
use cqlite_tests::cassandra::{Cassandra, Connection, Format, Node, Tools};
use cqlite_tests::fuzz::random::Random;
use cqlite_tests::salvaged::{Salvaged, is_row, scanned_items};

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
                .execute(&format!("UPDATE ks.{shape} SET s = 'static of {pk}' WHERE pk = {pk}"))
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
    /// Rows of uncompressed data that only the scrub has.
    lacking: usize,
    original: usize,
}

/// A damaged SSTable in a table of its own.
struct Case {
    shape: &'static str,
    name: String,
    what: String,
    planted: Descriptor,
    ours: Salvaged,
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
            let ours = Sstable::open(planted.file(Component::Data))
                .and_then(|sstable| Salvaged::of(&sstable, &SalvageOptions::default()))
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            cases.push(Case { shape, name, what, planted, ours });
        }
    }
    cases
}

fn compare(cassandra: &Cassandra, node: &Path, format: Format) -> Sums {
    let cases = plant_all(node, format);
    let mut sums = Sums::default();
    let mut tools = Tools::start_on(cassandra, node).unwrap();
    for (shape, _, _) in SHAPES {
        let sound = only_sstable(&table_directory(node, shape));
        let items = scanned_items(&Sstable::open(sound.file(Component::Data)).unwrap()).unwrap();
        let original: BTreeSet<String> = items.into_iter().filter(|item| is_row(item)).collect();
        for case in cases.iter().filter(|case| case.shape == shape) {
            let what = &case.what;
            let mut right = case.ours.rows(Stream::Recovered);
            right.extend(case.ours.rows(Stream::OutOfOrder));
            let suspect = case.ours.rows(Stream::Suspect);
            for row in &right {
                assert!(original.contains(row), "{what}: never written: {row}");
            }
            let _exit_code = tools.run("StandaloneScrubber", ["ks", &case.name]).unwrap();
            let theirs = scrubbed_rows(case.planted.directory(), &case.planted);
            let all: BTreeSet<&String> =
                right.iter().chain(&suspect).filter(|row| original.contains(*row)).collect();
            let of_theirs: BTreeSet<&String> = theirs.iter().filter(|row| original.contains(*row)).collect();
            let lacking = of_theirs.difference(&all).count();
            // Of uncompressed data a scrub compares no checksums: some rows that it reads are right by chance.
            if !shape.starts_with("plain") {
                assert_eq!(lacking, 0, "{what}: rows that only the scrub has");
                assert!(right.len() >= theirs.len(), "{what}: {} < {}", right.len(), theirs.len());
            }
            sums.lacking += lacking;
            sums.damages += 1;
            sums.ours += right.len();
            sums.suspect += suspect.len();
            sums.scrubs += of_theirs.len();
            sums.scrubs_wrong += theirs.len() - of_theirs.len();
            sums.original += original.len();
        }
    }
    sums
}

#[test]
fn a_salvage_never_has_fewer_rows_than_a_scrub_and_never_one_that_was_not_there() {
    let test = "a_salvage_never_has_fewer_rows_than_a_scrub_and_never_one_that_was_not_there";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    for format in [Format::Nb, Format::Da] {
        let directory = tempfile::tempdir().unwrap();
        make_node(&cassandra, directory.path(), format);
        let sums = compare(&cassandra, directory.path(), format);
        eprintln!("{format}: {sums:?}");
        assert_eq!(sums.damages, SHAPES.len() * DAMAGES);
        assert!(sums.ours > sums.scrubs, "{sums:?}");
    }
}
