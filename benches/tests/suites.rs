//! Each scenario of the other suites, in small: it completes, or says what it needs that is not there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod tried;

use std::collections::BTreeSet;

use cqlite_benches::suite::{Scale, Scenario, SuiteName};
use cqlite_benches::suites;
use cqlite_tests::performance::PartEnd;

use tried::{assert_holds, tried};

fn assert_completes(suite: SuiteName) {
    let all = suites::all();
    let of_suite: Vec<_> = all.iter().filter(|one| one.suite == suite && one.is_of(Scale::Tiny)).collect();
    for scenario in of_suite {
        let (end, _) = tried(scenario);
        assert!(!matches!(end, PartEnd::Failed(_)), "{}: {end:?}", scenario.full_name());
    }
}

#[test]
fn every_scenario_of_the_performance_suite_completes() {
    assert_completes(SuiteName::Performance);
}

#[test]
fn every_scenario_of_the_load_suite_completes() {
    assert_completes(SuiteName::Load);
}

#[test]
fn files_of_cassandra_agree_with_what_it_said_of_them() {
    for (name, target) in [
        ("compatibility/versions", "compatibility.versions.agreeing"),
        ("compatibility/types", "compatibility.types.agreeing"),
        ("compatibility/compressors", "compatibility.compressors.agreeing"),
        ("compatibility/lookups", "compatibility.lookups.agreeing"),
        ("compatibility/mixed-versions", "compatibility.mixed_versions.agreeing"),
    ] {
        assert_holds(name, &[target]);
    }
}

#[test]
fn no_two_scenarios_have_the_same_name() {
    let names: Vec<_> = suites::all().iter().map(Scenario::full_name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}
