//! Scenarios tried out with as little as they need.

use std::path::Path;

use cqlite_benches::suite::{Scale, Scenario, try_out};
use cqlite_benches::suites;
use cqlite_tests::performance::{Outcome, PartEnd, PerformanceMonitor, PerformanceTargets};

/// The scenario of that full name.
pub fn scenario(name: &str) -> Scenario {
    let all = suites::all();
    *all.iter().find(|one| one.full_name() == name).unwrap_or_else(|| panic!("there is no scenario {name}"))
}

/// What a process of the scenario measured, and how it ended.
pub fn tried(scenario: &Scenario) -> (PartEnd, PerformanceMonitor) {
    try_out(Path::new(env!("CARGO_BIN_EXE_performance")), scenario, Scale::Tiny).unwrap()
}

/// Asserts that the scenario completes and that these of its targets hold, none of which depends on time.
pub fn assert_holds(name: &str, targets: &[&str]) {
    let scenario = scenario(name);
    let (end, monitor) = tried(&scenario);
    assert_eq!(end, PartEnd::Completed, "{name}");
    let defaults = PerformanceTargets::default();
    let all = (scenario.own_targets)().into_iter().chain(defaults.iter().cloned());
    let all = all.fold(PerformanceTargets::none(), PerformanceTargets::with);
    let verdicts = monitor.validate_targets(&all);
    for target in targets {
        let verdict = verdicts.get(target).unwrap_or_else(|| panic!("{name} has no target {target}"));
        assert!(matches!(verdict.outcome, Outcome::Held { .. }), "{name}: {verdict:?}");
    }
}
