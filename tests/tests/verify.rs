//! `verify` on sound SSTables: no false alarm.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{path::Path, sync::Arc};

use cqlite_sstable::{
    Component, Descriptor,
    reader::{Access, DiskFiles},
    tools::verify::{Report, Severity, Verdict, VerifyOptions, verify},
};
use cqlite_tests::{
    available::corpus_or_skip, cassandra::Format, cqlite::cqlite, fixtures, known::KnownSstable,
};

fn check(data: &Path, options: &VerifyOptions) -> Report {
    let descriptor = Descriptor::from_file(data).unwrap();
    let files = Arc::new(DiskFiles::new(descriptor.clone(), Access::default()));
    verify(files, descriptor.version(), options, &mut |_| {})
}

fn assert_all_sound(sstables: &[KnownSstable]) {
    assert!(!sstables.is_empty());
    for sstable in sstables {
        for quick in [false, true] {
            let report = check(&sstable.data_path, &VerifyOptions { quick, ..VerifyOptions::default() });
            let told: Vec<String> = report.damages().map(ToString::to_string).collect();
            assert_eq!(report.verdict, Verdict::Sound, "{}: {told:#?}", sstable.data_path.display());
        }
    }
}

#[test]
fn no_damage_is_reported_on_the_fixtures() {
    assert_all_sound(&fixtures::sstables().unwrap());
}

#[test]
fn no_damage_is_reported_on_any_sstable_of_the_corpus() {
    let Some(corpus) = corpus_or_skip("no_damage_is_reported_on_any_sstable_of_the_corpus") else { return };
    assert_all_sound(&corpus.sstables().unwrap());
}

/// A copy of a fixture in a directory of its own: the path of its Data.db.
fn copy(directory: &Path, keyspace: &str, table: &str) -> std::path::PathBuf {
    let original = &fixtures::table(Format::Nb, keyspace, table).sstables[0].data_path;
    let descriptor = Descriptor::from_file(original).unwrap();
    for component in Component::ALL {
        let from = descriptor.file(component);
        if from.exists() {
            std::fs::copy(&from, directory.join(from.file_name().unwrap())).unwrap();
        }
    }
    directory.join(original.file_name().unwrap())
}

#[test]
fn exit_codes_and_reports_tell_sound_damaged_and_unreadable_apart() {
    let directory = tempfile::tempdir().unwrap();
    let data = copy(directory.path(), "shop", "orders");
    let run = |arguments: &[&str]| {
        let output = cqlite().arg("verify").args(arguments).arg(&data).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, told) = run(&[]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("sound (4 partitions, 8 rows, "), "{told}");
    let json: serde_json::Value = serde_json::from_str(&run(&["--json"]).1).unwrap();
    assert_eq!((json["verdict"].as_str(), json["partitions"].as_u64()), (Some("sound"), Some(4)));

    let mut bytes = std::fs::read(&data).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&data, &bytes).unwrap();
    for arguments in [&[][..], &["--quick"]] {
        let (code, told) = run(arguments);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains("nb-1-big-Data.db, offset 0: chunk 0 ("), "{told}");
    }
    let json: serde_json::Value = serde_json::from_str(&run(&["--json"]).1).unwrap();
    assert_eq!(json["findings"][0]["component"], "Data.db");

    std::fs::remove_file(directory.path().join("nb-1-big-Statistics.db")).unwrap();
    std::fs::remove_file(directory.path().join("nb-1-big-Digest.crc32")).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&data, &bytes).unwrap();
    let (code, told) = run(&[]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("Statistics.db: the file is missing"), "{told}");
}

#[test]
fn leftovers_and_missing_optional_components_are_notes() {
    let directory = tempfile::tempdir().unwrap();
    let data = copy(directory.path(), "shop", "orders");
    for name in ["Filter.db", "Summary.db", "Digest.crc32"] {
        std::fs::remove_file(directory.path().join(format!("nb-1-big-{name}"))).unwrap();
    }
    std::fs::write(directory.path().join("nb-1-big-Statistics.db.tmp"), b"half").unwrap();
    let report = check(&data, &VerifyOptions::default());
    assert_eq!(report.verdict, Verdict::Sound, "{:#?}", report.findings);
    for name in ["Filter.db", "Summary.db", "Digest.crc32", "Statistics.db.tmp"] {
        let is_told = report.notes().any(|note| note.path.to_string_lossy().ends_with(name));
        assert!(is_told, "{name}: {:#?}", report.findings);
    }
}

#[test]
fn damage_in_one_place_hides_no_damage_behind_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = copy(directory.path(), "types", "times");
    let sound = cqlite_tests::mutated::MutatedSstable::read(&data);
    let (mut content, clean) = (sound.uncompressed(), sound.with_content(sound.uncompressed(), 64));
    let places = cqlite_tests::corrupted::Places::of(&sound, &content);
    // The last two partitions change places; a chunk near the start fails its checksum.
    let [.., a, b] = places.partitions.as_slice() else { panic!("there are two") };
    let swapped = [&content[..a.start], &content[b.clone()], &content[a.clone()]].concat();
    content = swapped;
    let mut wrong = clean.with_content(content, 64);
    wrong.components.get_mut(&Component::Data).unwrap()[100] ^= 1;
    let report = verify(Arc::new(wrong.files()), wrong.version, &VerifyOptions::default(), &mut |_| {});
    let checks: Vec<&str> = report.damages().map(|finding| finding.check.name()).collect();
    assert!(checks.contains(&"partition_order"), "{:#?}", report.findings);
    let chunk =
        report.damages().find(|finding| finding.message.contains("chunk 1 (64 bytes) fails")).unwrap();
    assert_eq!((chunk.severity, chunk.component), (Severity::Damage, Some(Component::Data)));
    assert!(report.partitions > 40 && report.partitions < 51, "{}", report.partitions);
}

#[test]
fn more_findings_of_a_kind_than_the_limit_are_counted() {
    let one = &fixtures::table(Format::Nb, "types", "times").sstables[0];
    let other = &fixtures::table(Format::Nb, "types", "ints").sstables[0];
    let sstable = cqlite_tests::mutated::MutatedSstable::read(&one.data_path);
    let other = cqlite_tests::mutated::MutatedSstable::read(&other.data_path);
    let wrong = sstable.with(Component::Index, other.components[&Component::Index].clone());
    let options = VerifyOptions { findings_per_check: 3, ..VerifyOptions::default() };
    let report = verify(Arc::new(wrong.files()), wrong.version, &options, &mut |_| {});
    let of_index = |finding: &&cqlite_sstable::tools::verify::Finding| {
        finding.check == cqlite_sstable::tools::verify::Check::PartitionIndex
    };
    assert_eq!(report.damages().filter(of_index).count(), 3);
    assert!(report.omitted.iter().any(|(_, severity, more)| *severity == Severity::Damage && *more > 10));
}
