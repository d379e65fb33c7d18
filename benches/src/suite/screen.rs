//! What is seen while a run goes on.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use cqlite_tests::performance::{LiveCounter, PartEnd, Unit};
use indicatif::{ProgressBar, ProgressStyle};

use super::Scenario;
use super::told::Told;

/// Counters that are shown at a time.
const COUNTERS: usize = 3;
/// So often they are shown where there is no terminal.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is seen while a run goes on, on standard error: on a terminal one line that changes, else lines now and then.
#[derive(Debug)]
pub(super) struct Screen {
    bar: Option<ProgressBar>,
    step: String,
    shown: Instant,
}

impl Screen {
    /// For a run of so many scenarios.
    pub(super) fn new(scenarios: usize) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {pos}/{len} {prefix} {wide_msg} {elapsed}");
            let bar = ProgressBar::new(scenarios as u64);
            bar.enable_steady_tick(Duration::from_millis(200));
            style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
        });
        Self { bar, step: String::new(), shown: Instant::now() }
    }

    pub(super) fn begin(&mut self, scenario: &Scenario) {
        self.step.clear();
        self.shown = Instant::now();
        match &self.bar {
            Some(bar) => {
                bar.set_prefix(scenario.full_name());
                bar.set_message("");
            }
            None => self.line(&format!("{}: {}", scenario.full_name(), scenario.about)),
        }
    }

    pub(super) fn hear(&mut self, told: &Told) {
        let text = match told {
            Told::Step(step) => {
                self.step.clone_from(step);
                step.clone()
            }
            Told::Live(counters) => format!("{} {}", self.step, live(counters)),
            Told::Ended(..) => return,
        };
        match &self.bar {
            Some(bar) => bar.set_message(text),
            None if matches!(told, Told::Step(_)) || self.shown.elapsed() >= PATIENCE => {
                self.line(&format!("    {}", text.trim()));
                self.shown = Instant::now();
            }
            None => {}
        }
    }

    pub(super) fn end(&mut self, scenario: &Scenario, took: Duration, end: &PartEnd) {
        let took = Unit::Seconds.text(took.as_secs_f64());
        let reason = end.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
        self.line(&format!("{} {} after {took}{reason}", scenario.full_name(), end.name()));
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// Leaves the terminal as it was.
    pub(super) fn close(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    #[allow(clippy::print_stderr, reason = "this is where a run tells what goes on")]
    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => eprintln!("{text}"),
        }
    }
}

/// The counters of the operations that are at work.
fn live(counters: &[LiveCounter]) -> String {
    let mut busy: Vec<_> = counters.iter().filter(|counter| counter.throughput > 0.0).collect();
    busy.sort_by(|one, other| other.throughput.total_cmp(&one.throughput));
    let told = busy.iter().take(COUNTERS).map(|counter| {
        let (rate, p99) = (Unit::PerSecond.text(counter.throughput), Unit::Seconds.text(counter.p99_seconds));
        format!("{} {rate}, P99 {p99}", counter.name)
    });
    told.collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_operations_are_shown_with_their_rates() {
        let counter = |name: &str, throughput| LiveCounter {
            name: name.to_owned(),
            count: 1,
            throughput,
            p99_seconds: 0.001,
            max_seconds: 0.002,
        };
        let counters = [
            counter("a", 0.0),
            counter("b", 5.0),
            counter("c", 7_000.0),
            counter("d", 6.0),
            counter("e", 1.0),
        ];
        assert_eq!(live(&counters), "c 7,000/s, P99 1.00 ms · d 6/s, P99 1.00 ms · b 5/s, P99 1.00 ms");
    }
}
