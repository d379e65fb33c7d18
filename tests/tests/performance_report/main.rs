//! Reports as people and programs read them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod html;
mod invented;

use std::fs;

use cqlite_tests::performance::*;

#[test]
fn a_report_reads_back_from_json_as_it_was_written() {
    let json = invented::report().to_json().unwrap();
    let read = Report::from_json(&json).unwrap();
    assert_eq!(read.to_json().unwrap(), json);
    assert_eq!(read, Report::from_json(&read.to_json().unwrap()).unwrap());
    let empty = invented::empty();
    assert_eq!(Report::from_json(&empty.to_json().unwrap()).unwrap(), empty);
}

#[test]
fn a_number_that_json_has_not_is_refused_and_not_written_as_null() {
    let target = Target::new("a", "a", Unit::Count, Bound::AtMost(f64::NAN));
    let report = PerformanceMonitor::with_targets(PerformanceTargets::none().with(target)).generate_report();
    let error = report.to_json().unwrap_err().to_string();
    assert!(error.contains("NaN is no finite number"), "{error}");
}

#[test]
fn json_tells_its_format_and_that_of_a_newer_one_is_refused() {
    let json = invented::empty().to_json().unwrap();
    let newer = json.replacen("\"format\": 1", "\"format\": 2", 1);
    assert_ne!(json, newer);
    let error = Report::from_json(&newer).unwrap_err().to_string();
    assert!(error.contains("its format 2 is newer than 1"), "{error}");
    assert!(Report::from_json("{}").is_err());
    assert!(Report::from_json(&json[..json.len() / 2]).is_err());
}

#[test]
fn files_are_written_whole_and_can_be_looked_at() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("invented-report");
    let _there_was_none = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let report = invented::report();
    report.write_html(&directory.join("report.html")).unwrap();
    report.write_json(&directory.join("report.json")).unwrap();
    assert_eq!(fs::read_to_string(directory.join("report.html")).unwrap(), report.to_html().unwrap());
    assert_eq!(fs::read_to_string(directory.join("report.json")).unwrap(), report.to_json().unwrap());
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 2);
    assert!(report.write_json(&directory.join("nowhere/report.json")).is_err());
    fs::create_dir_all(directory.join("taken/by/others")).unwrap();
    assert!(report.write_json(&directory.join("taken")).is_err());
    assert!(!directory.join("taken.unfinished").exists());
    fs::remove_dir_all(directory.join("taken")).unwrap();
}

#[test]
fn a_terminal_shows_the_verdict_before_the_figures() {
    let report = invented::report();
    let text = TerminalReport::new(&report).colored(false).wide(140).to_string();
    let places = [
        "synced append P50 640 µs, P99 2.05 ms",
        "11 of 16 targets held, 2 missed, 3 not run",
        "✗ missed",
        "P99.9",
        "reads.scan",
        "regression",
        "→",
    ];
    let places = places.map(|part| text.find(part).unwrap_or_else(|| panic!("no {part} in {text}")));
    assert!(places.is_sorted(), "{places:?} in {text}");
    assert!(text.contains("left out of a quick run"), "{text}");
}

#[test]
fn colours_are_shown_only_where_they_are_welcome_and_names_make_none() {
    let report = invented::report();
    let plain = TerminalReport::new(&report).colored(false).wide(140).to_string();
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let colored = TerminalReport::new(&report).colored(true).wide(140).to_string();
    assert!(colored.contains("\u{1b}[38;5;9m") || colored.contains("\u{1b}[31m"), "{colored:?}");
    assert!(!colored.contains("\u{1b}[31m ]]>"), "{colored:?}");
}

#[test]
fn a_report_is_no_wider_than_its_terminal() {
    let report = invented::report();
    let text = TerminalReport::new(&report).colored(false).wide(100).to_string();
    let tables = text.lines().filter(|line| line.starts_with(['─', '═']));
    assert!(tables.clone().count() > 3);
    for line in tables {
        assert!(line.chars().count() <= 100, "{line}");
    }
}
