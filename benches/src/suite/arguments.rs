//! What a run is asked for.

use std::path::PathBuf;

use clap::Parser;

use super::{Scale, Scenario, SuiteName};

/// Load tests of CQLite, with a verdict for each target and a report.
#[derive(Debug, Parser)]
#[command(
    name = "run_performance_tests.sh",
    bin_name = "run_performance_tests.sh",
    max_term_width = 120,
    after_help = "Exit codes:\n  \
        0  every target of the run held, and all of it was run\n  \
        1  a target was missed, or a scenario failed\n  \
        2  the run could not begin: wrong options, no room, too little memory\n  \
        3  nothing was missed, but something could not be run, such as what needs a real Cassandra\n\n\
        Examples:\n  \
        ./run_performance_tests.sh --quick\n  \
        ./run_performance_tests.sh --load-only --directory /mnt/disk/cqlite\n  \
        ./run_performance_tests.sh --scenario latency --target open_loop.p99=0.010\n  \
        ./run_performance_tests.sh --scenario ycsb --peers"
)]
pub struct Arguments {
    /// Run less of everything: all suites in less than two minutes
    #[arg(long)]
    pub quick: bool,
    /// Run the performance suite alone
    #[arg(long, group = "suite")]
    performance_only: bool,
    /// Run the load suite alone
    #[arg(long, group = "suite")]
    load_only: bool,
    /// Run the compatibility suite alone
    #[arg(long, group = "suite")]
    compatibility_only: bool,
    /// Run the integration suite alone
    #[arg(long, group = "suite")]
    integration_only: bool,
    /// Run the scenarios alone whose names contain this; can be given several times
    #[arg(long = "scenario", value_name = "NAME")]
    scenarios: Vec<String>,
    /// List the scenarios with their targets, and run none
    #[arg(long)]
    pub list: bool,
    /// Run the same workloads on fjall, RocksDB and a real Cassandra beside CQLite. The first time they are built, which takes long
    #[arg(long)]
    pub peers: bool,
    /// Move the line of a target, such as `reads.key.cql=100000`, in its base unit
    #[arg(long = "target", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub targets: Vec<(String, f64)>,
    /// Where the data goes: the disk that is measured
    #[arg(long, value_name = "DIRECTORY", default_value = "target/performance/work")]
    pub directory: PathBuf,
    /// Where `report.html`, `report.json` and `history.jsonl` go
    #[arg(long, value_name = "DIRECTORY", default_value = "target/performance")]
    pub output: PathBuf,
    /// What `cargo bench` says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    /// How much is run.
    pub(super) fn scale(&self) -> Scale {
        if self.quick { Scale::Quick } else { Scale::Full }
    }

    /// The suite that is run alone, if one is.
    fn suite(&self) -> Option<SuiteName> {
        let given = [self.performance_only, self.load_only, self.compatibility_only, self.integration_only];
        SuiteName::ALL.into_iter().zip(given).find_map(|(suite, is_given)| is_given.then_some(suite))
    }

    /// Whether a scenario is asked for.
    pub(super) fn ask_for(&self, scenario: &Scenario) -> bool {
        let name = scenario.full_name();
        let is_named = self.scenarios.iter().any(|part| name.contains(part.as_str()));
        let is_of_suite = match scenario.suite {
            SuiteName::Peers => self.peers,
            suite => self.suite().is_none_or(|alone| alone == suite),
        };
        is_of_suite && (self.scenarios.is_empty() || is_named) && scenario.is_of(self.scale())
    }

    /// What is asked for, as it stands in the report: runs of the same are compared.
    pub(super) fn options(&self) -> Vec<(&'static str, String)> {
        let suites = self.suite().map_or_else(|| "all".to_owned(), |suite| suite.to_string());
        let mut options = vec![("scale", self.scale().name().to_owned()), ("suites", suites)];
        if !self.scenarios.is_empty() {
            options.push(("scenarios", self.scenarios.join(", ")));
        }
        if self.peers {
            options.push(("peers", "beside".to_owned()));
        }
        options
    }
}

fn name_and_value(text: &str) -> Result<(String, f64), String> {
    let (name, value) = text.split_once('=').ok_or("it has no `=`: write NAME=VALUE")?;
    let value = value.parse().map_err(|_| format!("`{value}` is no number"))?;
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Arguments, ErrorKind> {
        let all = ["run_performance_tests.sh"].iter().chain(arguments);
        Arguments::try_parse_from(all).map_err(|error| error.kind())
    }

    const SCENARIO: Scenario = Scenario::new(SuiteName::Load, "open-loop", "", |_| Ok(()));

    #[test]
    fn a_suite_alone_leaves_the_others_out() {
        assert!(parsed(&[]).unwrap().ask_for(&SCENARIO));
        assert!(parsed(&["--load-only"]).unwrap().ask_for(&SCENARIO));
        assert!(!parsed(&["--integration-only"]).unwrap().ask_for(&SCENARIO));
        assert_eq!(parsed(&["--load-only", "--integration-only"]).unwrap_err(), ErrorKind::ArgumentConflict);
    }

    #[test]
    fn scenarios_are_asked_for_by_parts_of_their_names_and_long_ones_not_quickly() {
        assert!(parsed(&["--scenario", "load/open"]).unwrap().ask_for(&SCENARIO));
        assert!(!parsed(&["--scenario", "growth"]).unwrap().ask_for(&SCENARIO));
        assert!(parsed(&["--quick"]).unwrap().ask_for(&SCENARIO));
        assert!(!parsed(&["--quick"]).unwrap().ask_for(&SCENARIO.long()));
    }

    #[test]
    fn peers_are_left_out_unless_they_are_asked_for() {
        let peers = Scenario { suite: SuiteName::Peers, ..SCENARIO };
        assert!(!parsed(&[]).unwrap().ask_for(&peers));
        assert!(parsed(&["--peers", "--load-only"]).unwrap().ask_for(&peers));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_eq!(parsed(&["--quik"]).unwrap_err(), ErrorKind::UnknownArgument);
        for target in ["reads", "reads=fast"] {
            assert_eq!(parsed(&["--target", target]).unwrap_err(), ErrorKind::ValueValidation);
        }
        let targets = parsed(&["--target", "open_loop.p99=0.01"]).unwrap().targets;
        assert_eq!(targets, [("open_loop.p99".to_owned(), 0.01)]);
    }
}
