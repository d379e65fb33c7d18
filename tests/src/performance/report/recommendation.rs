//! What follows from figures.

use serde::{Deserialize, Serialize};

use super::super::{AlertLevel, Event, Outcome, PerformanceTargets as Targets, Unit, spread::median};
use super::{OperationSeries, Report};

/// Figures of runs that vary by more are not to be relied on.
const UNSTEADY: f64 = 0.10;
/// A part of the work that takes more of the time is where to look first.
const DOMINANT: f64 = 0.5;
/// An interval is an outlier from so many times the usual P99.
const OUTLIER: f64 = 5.0;
/// A database with many SSTables has more files open than this.
const FEW_OPEN_FILES: u64 = 4_096;

/// What follows from a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The name of the figure that it follows from.
    pub figure: String,
    /// What the figure is.
    pub because: String,
    /// What to do.
    pub advice: String,
}

impl Recommendation {
    fn new(figure: impl Into<String>, because: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { figure: figure.into(), because: because.into(), advice: advice.into() }
    }
}

/// What follows from the figures of a report, the most urgent first.
pub(super) fn recommend(report: &Report) -> Vec<Recommendation> {
    let rules = [
        regressions,
        missed_targets,
        slow_disk,
        outliers,
        critical_alerts,
        dominant_part,
        unsteady,
        open_files,
    ];
    rules.iter().flat_map(|rule| rule(report)).collect()
}

fn regressions(report: &Report) -> Vec<Recommendation> {
    let Some(trend) = &report.trend else { return Vec::new() };
    let advice = |versions: Vec<&str>| match versions.last() {
        Some(version) => {
            format!("Look at what changed since version {version}, and repeat the run before that.")
        }
        None => "Repeat the run, and look at what changed.".to_owned(),
    };
    let regressions = trend.regressions().map(|figure| {
        let versions = figure.earlier.iter().map(|run| run.version.as_str()).collect();
        Recommendation::new(&figure.name, figure.text(), advice(versions))
    });
    regressions.collect()
}

fn missed_targets(report: &Report) -> Vec<Recommendation> {
    let missed = report.verdicts.iter().filter_map(|verdict| {
        let Outcome::Missed { measured, .. } = &verdict.outcome else { return None };
        let target = &verdict.target;
        let because =
            format!("{}, and the target is {}", measured.text(target.unit), target.bound.text(target.unit));
        Some(Recommendation::new(&target.name, because, advice_for(&target.name)?))
    });
    missed.collect()
}

fn advice_for(name: &str) -> Option<&'static str> {
    Some(match name {
        Targets::WRITES | Targets::BATCH_WRITES => {
            "Profile the write path, and see whether writers wait for the commit log or for a flush."
        }
        Targets::READS_BY_KEY => "Profile the read path, and count the SSTables that a read consults.",
        Targets::PEAK_MEMORY => {
            "Make the memtable or the chunk cache smaller: both count, and so do mapped pages."
        }
        Targets::COMPRESSED_SIZE => {
            "Try longer chunks or Zstandard; the data pattern decides more than either."
        }
        Targets::OPEN_LOOP_P99 | Targets::OPEN_LOOP_P999 | Targets::OPEN_LOOP_MAX => {
            "Look at what happened in the slowest intervals, and whether the rate is one that can be kept up at all."
        }
        Targets::BLOOM_FALSE_POSITIVES => "Look at how many keys the filters were sized for.",
        Targets::BLOOM_ABSENT_WITHOUT_DATA => {
            "Lower bloom_filter_fp_chance of the table, or compact its SSTables."
        }
        Targets::CACHE_HITS_FITTING => {
            "See whether a scan or a compaction displaces the hot set from the chunk cache."
        }
        Targets::CACHE_HITS_TO_BEST => {
            "Look at the policy of the chunk cache: a static choice of chunks does better."
        }
        Targets::RECOVERY_1M | Targets::RECOVERY_10M => {
            "Flush sooner, so that less of the log has to be replayed."
        }
        Targets::GROWTH => {
            "See what grows with the data: SSTables a read, the depth of indexes, or misses of the cache."
        }
        _ => return None,
    })
}

fn slow_disk(report: &Report) -> Vec<Recommendation> {
    let floor = report.machine.as_ref().and_then(|machine| machine.floor.as_ref());
    let bound = report.verdicts.get(Targets::OPEN_LOOP_P99).map(|verdict| verdict.target.bound);
    let (Some(floor), Some(bound)) = (floor, bound) else { return Vec::new() };
    let p99 = floor.synced_append.p99_nanos as f64 / 1e9;
    if bound.holds(p99) {
        return Vec::new();
    }
    let because = format!("an append of 4 KiB is on this disk in {} at P99", Unit::Seconds.text(p99));
    let advice =
        "No engine that syncs each write can be quicker here: use a periodic commit log or another disk.";
    vec![Recommendation::new("machine.synced_append.p99", because, advice)]
}

fn outliers(report: &Report) -> Vec<Recommendation> {
    report.operations.iter().filter_map(|operation| outlier(operation, &report.events)).collect()
}

/// The slowest interval of an operation, if it is far from the usual.
fn outlier(operation: &OperationSeries, events: &[Event]) -> Option<Recommendation> {
    let at_work = operation.over_time.iter().filter(|interval| interval.seen.count > 0);
    let usual = median(&at_work.clone().map(|interval| interval.seen.p99_nanos as f64).collect::<Vec<_>>())?;
    let slowest = at_work.max_by_key(|interval| interval.seen.p99_nanos)?;
    let p99 = slowest.seen.p99_nanos as f64;
    if p99 < OUTLIER * usual {
        return None;
    }
    let in_it = events.iter().filter(|event| event.is_within(slowest.from, slowest.until));
    let mut kinds = in_it.map(|event| event.kind.name()).collect::<Vec<_>>();
    kinds.sort_unstable();
    kinds.dedup();
    let because = format!(
        "P99 is {} from {:.1} s to {:.1} s, and {} usually",
        Unit::Seconds.text(p99 / 1e9),
        slowest.from,
        slowest.until,
        Unit::Seconds.text(usual / 1e9)
    );
    let advice = match kinds.is_empty() {
        true => "Nothing was noted at that time: trace the engine there, and look at what else ran on the machine.".to_owned(),
        false => format!("At that time there was: {}. See whether operations wait for it.", kinds.join(", ")),
    };
    Some(Recommendation::new(format!("{}.p99", operation.name), because, advice))
}

fn critical_alerts(report: &Report) -> Vec<Recommendation> {
    let mut told = Vec::<Recommendation>::new();
    for alert in report.alerts.iter().filter(|alert| alert.level == AlertLevel::Critical) {
        if told.iter().all(|known| known.figure != alert.metric) {
            let (worst, bound) = (alert.unit.text(alert.worst), alert.bound.text(alert.unit));
            let because = format!("{worst} at {:.1} s, and {bound} was asked", alert.raised);
            let advice = "Find out what led there before relying on the other figures of this run.";
            told.push(Recommendation::new(&alert.metric, because, advice));
        }
    }
    told
}

fn dominant_part(report: &Report) -> Vec<Recommendation> {
    let all = report.time_shares.iter().map(|share| share.seconds).sum::<f64>();
    let dominant = report.time_shares.iter().filter(|share| all > 0.0 && share.seconds / all > DOMINANT);
    let told = dominant.filter(|_| report.time_shares.len() > 1).map(|share| {
        let because = format!("{} of the time that was counted", Unit::Share.text(share.seconds / all));
        Recommendation::new(format!("time.{}", share.part), because, "Profile this part first.")
    });
    told.collect()
}

/// One recommendation for all of them, by the most unsteady. The tails of latencies are unsteady by nature.
fn unsteady(report: &Report) -> Vec<Recommendation> {
    let is_tail = |name: &str| [".p99", ".p99_9", ".max"].iter().any(|tail| name.ends_with(tail));
    let mut unsteady: Vec<_> = report
        .figures
        .iter()
        .filter(|figure| {
            figure.spread.runs > 2 && figure.spread.variation > UNSTEADY && !is_tail(&figure.name)
        })
        .collect();
    unsteady.sort_by(|one, other| other.spread.variation.total_cmp(&one.spread.variation));
    let Some((most, others)) = unsteady.split_first() else { return Vec::new() };
    let beside = match others.len() {
        0 => String::new(),
        count => format!(", and {count} more figures vary by more than {:.0} %", UNSTEADY * 100.0),
    };
    let because = format!("{}{beside}", most.spread.text(most.unit));
    let advice = "Repeat the run on a quieter machine, or a longer one, before relying on what varies.";
    vec![Recommendation::new(&most.name, because, advice)]
}

fn open_files(report: &Report) -> Vec<Recommendation> {
    let limit = report.machine.as_ref().and_then(|machine| machine.open_files);
    let few = limit.filter(|limit| *limit < FEW_OPEN_FILES).map(|limit| {
        let advice = format!("Raise the limit (`ulimit -n {FEW_OPEN_FILES}`): many SSTables are many files.");
        Recommendation::new("machine.open_files", format!("{limit} files may be open"), advice)
    });
    few.into_iter().collect()
}
