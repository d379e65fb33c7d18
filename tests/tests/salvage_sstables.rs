//! The SSTables that a salvage writes: sound ones, of the rows that the lossless form has.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::tools::salvage::{SalvageOptions, SalvagedSstables, Stream};
use cqlite_sstable::{Component, Descriptor, Result};
use cqlite_tests::cassandra::Format;
use cqlite_tests::cqlite::cqlite;
use cqlite_tests::fixtures;
use cqlite_tests::fuzz::random::Random;
use cqlite_tests::known::{KnownSstable, data_files};
use cqlite_tests::mutated::MutatedSstable;
use cqlite_tests::salvaged::{Salvaged, is_row, scanned_items, telling, written_items};

fn options() -> SalvageOptions {
    SalvageOptions { skips_in_counters: true, ..SalvageOptions::default() }
}

fn opened(sstable: &MutatedSstable) -> Result<Sstable> {
    Sstable::open_files(Box::new(sstable.files()), sstable.version)
}

/// Salvages an SSTable in memory as if it lay where `known` does.
fn into_sstables(
    sstable: &MutatedSstable,
    known: &KnownSstable,
    out: &Path,
) -> Result<(Salvaged, SalvagedSstables)> {
    let descriptor = Descriptor::from_file(&known.data_path)?;
    Salvaged::into_sstables((&descriptor, &opened(sstable)?), &options(), out)
}

#[test]
fn the_sstables_are_sound_and_have_the_rows_of_the_lossless_form_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let (mut damages, mut written_rows, mut suspect) = (0, 0, 0);
    for (number, known) in fixtures::sstables().unwrap().iter().enumerate() {
        let sound = MutatedSstable::read(&known.data_path);
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let mut data = sound.components[&Component::Data].clone();
            let at = random.below(data.len());
            match seed % 4 {
                0 if seed == 0 => {}
                1 => data[at] ^= 1 << random.below(8),
                2 => data[at..].fill(0),
                _ => data.truncate(at.max(1)),
            }
            let damaged = sound.with(Component::Data, data);
            let what = format!("{}, damage {seed}", known.data_path.display());
            let lines = Salvaged::of(&opened(&damaged).unwrap(), &options()).unwrap();
            let out = place.path().join(format!("{number}-{seed}"));
            let (beside, sstables) =
                into_sstables(&damaged, known, &out).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(beside.report, lines.report, "{what}");
            assert_eq!(beside.losses, lines.losses, "{what}");
            assert_eq!(beside.streams.get(&Stream::Suspect), lines.streams.get(&Stream::Suspect), "{what}");
            let expected = telling(lines.items(Stream::Recovered));
            let found =
                sstables.recovered.as_ref().map_or_else(Vec::new, |one| written_items(one).unwrap().0);
            let found = telling(found);
            let first = found.iter().zip(&expected).find(|(found, expected)| found != expected);
            let counts = (found.len(), expected.len());
            assert!(found == expected, "{what}: {counts:?}, {first:?}");
            if !sstables.report.is_complete() {
                let stats = sstables.recovered.as_ref().map(|one| &one.statistics.stats);
                assert!(stats.is_none_or(|stats| stats.repaired_at_millis == 0), "{what}");
            }
            if expected.is_empty() {
                assert!(!out.exists(), "{what}");
            }
            (damages, written_rows) = (damages + 1, written_rows + expected.len());
            suspect += lines.rows(Stream::Suspect).len();
        }
    }
    assert!(damages > 200 && written_rows > 10_000 && suspect > 0, "{damages} {written_rows} {suspect}");
}

/// The SSTable with its first two partitions in each other's places.
fn turned(sound: &MutatedSstable) -> MutatedSstable {
    let opened = opened(sound).unwrap();
    let mut cursor = opened.scan(ScanOptions::default()).unwrap();
    let mut starts = Vec::new();
    while cursor.advance_partition().unwrap() {
        starts.push(cursor.partition_position() as usize);
    }
    let data = sound.uncompressed();
    let end = starts.get(2).copied().unwrap_or(data.len());
    sound.with_content([&data[starts[1]..end], &data[..starts[1]], &data[end..]].concat(), 512)
}

#[test]
fn right_rows_that_are_out_of_order_are_in_order_in_a_second_sstable() {
    let place = tempfile::tempdir().unwrap();
    for (keyspace, table) in
        [("shop", "orders"), ("rows", "ranges"), ("rows", "statics"), ("rows", "deletions"), ("rows", "wide")]
    {
        let known = &fixtures::table(Format::Nb, keyspace, table).sstables[0];
        let sound = MutatedSstable::read(&known.data_path);
        let out = place.path().join(table);
        let (_, sstables) = into_sstables(&turned(&sound), known, &out).unwrap();
        assert_eq!((sstables.report.out_of_order.partitions, sstables.report.gaps), (1, 0), "{table}");
        let mut found = Vec::new();
        for written in sstables.written() {
            let (items, data) = written_items(written).unwrap();
            found.extend(items);
            let verified = cqlite().arg("verify").arg(data).output().unwrap();
            assert!(verified.status.success(), "{table}: {}", text(&verified.stdout));
        }
        assert_eq!(sstables.written().count(), 2);
        let mut expected = telling(scanned_items(&opened(&sound).unwrap()).unwrap());
        let mut found = telling(found);
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{table}");
    }
}

#[test]
fn counters_that_are_out_of_order_are_not_merged_but_written_as_lines() {
    let place = tempfile::tempdir().unwrap();
    let known = &fixtures::table(Format::Nb, "rows", "counters").sstables[0];
    let sound = MutatedSstable::read(&known.data_path);
    let (beside, sstables) = into_sstables(&turned(&sound), known, place.path()).unwrap();
    assert!(sstables.recovered.is_some() && sstables.out_of_order.is_none());
    assert_eq!(beside.rows(Stream::OutOfOrder).len() as u64, sstables.report.out_of_order.rows);
    assert!(!beside.rows(Stream::OutOfOrder).is_empty());
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A copy of a table's first SSTable in a directory of the table's name, with a byte of Data.db changed.
fn damaged_copy(place: &Path, keyspace: &str, table: &str) -> PathBuf {
    copy_with(place, (keyspace, table), |data| {
        let middle = data.len() / 2;
        data[middle] ^= 1;
    })
}

/// A copy of a fixture with other bytes in Data.db.
fn copy_with(place: &Path, (keyspace, table): (&str, &str), damage: impl Fn(&mut [u8])) -> PathBuf {
    let known = &fixtures::table(Format::Nb, keyspace, table).sstables[0];
    let name = known.directory().file_name().unwrap();
    let directory = place.join("data").join(keyspace).join(name);
    fs::create_dir_all(&directory).unwrap();
    let descriptor = Descriptor::from_file(&known.data_path).unwrap();
    for file in Component::ALL.map(|component| descriptor.file(component)).iter().filter(|file| file.exists())
    {
        let mut bytes = fs::read(file).unwrap();
        if file == &known.data_path {
            damage(&mut bytes);
        }
        fs::write(directory.join(file.file_name().unwrap()), bytes).unwrap();
    }
    directory
}

fn run(verb: &str, options: &[&str], out: &Path, input: &Path) -> Output {
    cqlite().arg(verb).args(options).arg("--out").arg(out).arg(input).output().unwrap()
}

#[test]
fn a_rewrite_with_skip_damaged_has_what_a_salvage_has_and_says_what_is_lost() {
    let place = tempfile::tempdir().unwrap();
    let input = damaged_copy(place.path(), "rows", "wide");
    let rescued = place.path().join("rescued");
    assert_eq!(run("salvage", &[], &rescued, &input).status.code(), Some(1));
    for (verb, options) in [
        ("compact", &["--json", "--skip-damaged"][..]),
        ("upgrade", &["--json", "--skip-damaged", "--to", "oa"]),
        ("split", &["--json", "--skip-damaged", "--count", "3"]),
        ("filter", &["--json", "--skip-damaged", "--after", "0"]),
    ] {
        let out = place.path().join(verb);
        let output = run(verb, options, &out, &input);
        assert_eq!(output.status.code(), Some(1), "{verb}: {}", text(&output.stderr));
        let told = text(&output.stdout);
        assert!(told.contains("\"damaged_inputs\":1") && told.contains("bytes in 1 gaps are lost"), "{told}");
        let differences = cqlite().arg("diff").arg(&rescued).arg(&out).output().unwrap();
        assert!(differences.status.success(), "{verb}: {}", text(&differences.stdout));
        let names: Vec<String> = fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name != "rows")
            .collect();
        assert_eq!(names.len(), 1, "{names:?}");
        assert!(names[0].ends_with("-nb-1-big.lost.jsonl"), "{names:?}");
    }
    // Nothing is left of what stood in for the input.
    let hidden = |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with(".salvaged");
    assert!(!fs::read_dir(place.path()).unwrap().any(|entry| hidden(entry.unwrap())));
}

#[test]
fn the_filter_is_as_large_as_before_where_the_index_is_cut_off() {
    let place = tempfile::tempdir().unwrap();
    let sound = copy_with(&place.path().join("sound"), ("rows", "ranges"), |_| ());
    let cut = copy_with(&place.path().join("cut"), ("rows", "ranges"), |_| ());
    let index = fs::read(cut.join("nb-1-big-Index.db")).unwrap();
    fs::write(cut.join("nb-1-big-Index.db"), &index[..8]).unwrap();
    let filter_of = |input: &Path, name: &str| {
        let out = place.path().join(name);
        let output = run("salvage", &[], &out, input);
        assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
        let data = data_files(&out).unwrap().remove(0).to_str().unwrap().to_owned();
        fs::read(data.replace("-Data.db", "-Filter.db")).unwrap()
    };
    assert_eq!(filter_of(&sound, "of-sound"), filter_of(&cut, "of-cut"));
}

#[test]
fn an_input_of_which_nothing_is_left_is_told_of_and_not_written_over() {
    let place = tempfile::tempdir().unwrap();
    let input = copy_with(place.path(), ("rows", "wide"), |data| data.fill(0));
    let out = place.path().join("out");
    let output = run("compact", &["--skip-damaged"], &out, &input);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}{}", text(&output.stderr));
    assert!(told.contains("nothing could be recovered") && told.contains("0 rows are recovered"), "{told}");
    let lost: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(lost.len(), 1, "{lost:?}");
    let again = run("compact", &["--skip-damaged"], &out, &input);
    let said = text(&again.stderr);
    assert_eq!(again.status.code(), Some(3), "{said}");
    assert!(said.contains(&*lost[0].to_string_lossy()), "{said}");
}

#[test]
fn an_input_that_is_out_of_order_stops_a_rewrite_and_is_brought_into_order_with_skip_damaged() {
    let place = tempfile::tempdir().unwrap();
    let known = &fixtures::table(Format::Nb, "rows", "ranges").sstables[0];
    let input = place.path().join("data/rows").join(known.directory().file_name().unwrap());
    fs::create_dir_all(&input).unwrap();
    for (component, bytes) in &turned(&MutatedSstable::read(&known.data_path)).components {
        fs::write(input.join(format!("nb-1-big-{component}")), bytes).unwrap();
    }
    for (verb, options) in [("compact", &[][..]), ("upgrade", &["--to", "oa"]), ("split", &["--count", "2"])]
    {
        let out = place.path().join(verb);
        let stopped = run(verb, options, &out, &input);
        assert_eq!(stopped.status.code(), Some(1), "{verb}: {}", text(&stopped.stderr));
        assert!(!out.exists(), "{verb}");
        let skipping = run(verb, &[options, &["--skip-damaged"]].concat(), &out, &input);
        assert_eq!(skipping.status.code(), Some(0), "{verb}: {}", text(&skipping.stderr));
        let differences = cqlite().arg("diff").arg(known.directory()).arg(&out).output().unwrap();
        assert!(differences.status.success(), "{verb}: {}", text(&differences.stdout));
    }
}

#[test]
fn a_sound_input_is_rewritten_the_same_with_skip_damaged() {
    let place = tempfile::tempdir().unwrap();
    let known = &fixtures::table(Format::Da, "rows", "wide").sstables[0];
    let data = |out: &Path| {
        let written = out.join("rows").join(known.directory().file_name().unwrap());
        let files = fs::read_dir(written).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> =
            files.filter(|path| path.to_string_lossy().contains("-Data.db")).collect();
        fs::read(files.pop().unwrap()).unwrap()
    };
    let (plain, skipping) = (place.path().join("plain"), place.path().join("skipping"));
    let output = run("compact", &[], &plain, known.directory());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = run("compact", &["--skip-damaged"], &skipping, known.directory());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(data(&plain), data(&skipping));
}

#[test]
fn the_items_that_are_compared_have_rows() {
    let known = &fixtures::table(Format::Nb, "rows", "wide").sstables[0];
    let items = telling(scanned_items(&Sstable::open(&known.data_path).unwrap()).unwrap());
    assert!(items.iter().filter(|item| is_row(item)).count() == 57);
}
