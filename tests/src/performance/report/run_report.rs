//! What a run came to.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::super::{
    Alert, Event, History, HistoryEntry, HistoryFigure, Interval, LatencyProfile, Machine, Part, Trend,
    Verdicts, html,
};
use super::{Figure, GaugeSeries, OperationSeries, Recommendation, TimeShare, recommendation::recommend};
use crate::{Error, Result, error::Doing as _};

/// What a run came to. [`TerminalReport`](super::TerminalReport) shows it on a terminal; [`write_json`](Self::write_json) and
/// [`write_html`](Self::write_html) keep it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    format: u32,
    /// What was run.
    pub title: String,
    /// When it began, in seconds since 1970.
    pub began_at: u64,
    /// The versions of what took part, by name.
    pub versions: BTreeMap<String, String>,
    /// The options of the run, by name.
    pub options: BTreeMap<String, String>,
    /// The machine, where it was looked at.
    pub machine: Option<Machine>,
    /// What became of the targets.
    pub verdicts: Verdicts,
    /// All figures.
    pub figures: Vec<Figure>,
    /// The latencies of each kind of operation.
    pub latencies: Vec<LatencyProfile>,
    /// The kinds of operations over time.
    pub operations: Vec<OperationSeries>,
    /// The gauges over time.
    pub gauges: Vec<GaugeSeries>,
    /// What happened.
    pub events: Vec<Event>,
    /// The time that the parts of the work took, the longest first.
    pub time_shares: Vec<TimeShare>,
    /// The parts of the run, and how they ended.
    pub parts: Vec<Part>,
    /// The alerts that were raised.
    pub alerts: Vec<Alert>,
    /// How many older alerts are not among them.
    pub alerts_forgotten: u64,
    /// How the figures stand to those of earlier runs, where these are known.
    pub trend: Option<Trend>,
    /// What follows from the figures.
    pub recommendations: Vec<Recommendation>,
}

impl Report {
    /// The format of `report.json` that is written, and the newest that is read.
    pub const FORMAT: u32 = 1;

    /// A report that has verdicts alone.
    pub(in super::super) fn new(began_at: SystemTime, verdicts: Verdicts) -> Self {
        let versions = BTreeMap::from([("cqlite".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]);
        Self {
            format: Self::FORMAT,
            title: "Performance".to_owned(),
            began_at: began_at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            versions,
            options: BTreeMap::new(),
            machine: None,
            verdicts,
            figures: Vec::new(),
            latencies: Vec::new(),
            operations: Vec::new(),
            gauges: Vec::new(),
            events: Vec::new(),
            time_shares: Vec::new(),
            parts: Vec::new(),
            alerts: Vec::new(),
            alerts_forgotten: 0,
            trend: None,
            recommendations: Vec::new(),
        }
    }

    /// Says what was run.
    #[must_use]
    pub fn titled(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    /// Notes an option of the run.
    #[must_use]
    pub fn with_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }

    /// Notes the version of something that took part.
    #[must_use]
    pub fn with_version(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.versions.insert(name.into(), version.into());
        self
    }

    /// Notes the machine.
    #[must_use]
    pub fn on(self, machine: Machine) -> Self {
        Self { machine: Some(machine), ..self }.advised()
    }

    /// Holds the figures against those of earlier runs of the same machine and options, which must be noted before.
    #[must_use]
    pub fn compared_with(mut self, history: &History) -> Self {
        self.trend = Some(Trend::of(history, &self.history_entry()));
        self.advised()
    }

    /// What the history keeps of this run.
    pub fn history_entry(&self) -> HistoryEntry {
        let figures = self.figures.iter().map(|figure| {
            let kept = HistoryFigure { unit: figure.unit, better: figure.better, spread: figure.spread };
            (figure.name.clone(), kept)
        });
        let machine = self.machine.as_ref().map(Machine::id);
        let (versions, options) = (self.versions.clone(), self.options.clone());
        HistoryEntry::new(self.began_at, versions, machine, options, figures.collect())
    }

    /// The figure of that name.
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// What was seen between two times, in seconds since the monitor began, as a report of that time alone: operations, gauges and
    /// events, without the latencies of operations that are not among them. Its times begin with it.
    pub(in super::super) fn within(&self, from: f64, until: f64) -> Self {
        let mut within = Self::new(UNIX_EPOCH, Verdicts::new(Vec::new()));
        for operation in &self.operations {
            let over_time = seen_within(&operation.over_time, from, until);
            if !over_time.is_empty() {
                within.operations.push(OperationSeries { name: operation.name.clone(), over_time });
            }
        }
        for gauge in &self.gauges {
            let (name, unit) = (gauge.name.clone(), gauge.unit);
            within.gauges.push(GaugeSeries {
                name,
                unit,
                over_time: seen_within(&gauge.over_time, from, until),
            });
        }
        let events = self.events.iter().filter(|event| event.is_within(from, until));
        within.events = events
            .map(|event| Event {
                from: (event.from - from).max(0.0),
                until: (event.until - from).max(0.0),
                ..event.clone()
            })
            .collect();
        within.operations.sort_by_key(|operation| Reverse(operation.count()));
        within
    }

    /// The report as JSON.
    ///
    /// # Errors
    /// If a number in it is not finite.
    pub fn to_json(&self) -> Result<String> {
        let json = serde_json::to_string_pretty(self);
        json.map(|json| json + "\n")
            .map_err(|error| Error::said("write the report as JSON", error.to_string()))
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// If it is no report, or of a newer format.
    pub fn from_json(json: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let said = |said: String| Error::said("read the report", said);
        let Format { format } = serde_json::from_str(json).map_err(|error| said(error.to_string()))?;
        if format > Self::FORMAT {
            return Err(said(format!("its format {format} is newer than {}", Self::FORMAT)));
        }
        serde_json::from_str(json).map_err(|error| said(error.to_string()))
    }

    /// The report as one page of HTML that needs nothing else.
    ///
    /// # Errors
    /// If a plot cannot be drawn.
    pub fn to_html(&self) -> Result<String> {
        html::page(self)
    }

    /// Writes the report as JSON: the whole file or nothing.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_json(&self, path: &Path) -> Result<()> {
        write_whole(path, &self.to_json()?)
    }

    /// Writes the report as HTML: the whole file or nothing.
    ///
    /// # Errors
    /// If it cannot be written, or a plot cannot be drawn.
    pub fn write_html(&self, path: &Path) -> Result<()> {
        write_whole(path, &self.to_html()?)
    }

    /// With what follows from the figures as they are now.
    pub(in super::super) fn advised(mut self) -> Self {
        self.recommendations = recommend(&self);
        self
    }
}

fn seen_within<T: Clone>(intervals: &[Interval<T>], from: f64, until: f64) -> Vec<Interval<T>> {
    let within = intervals.iter().filter(|interval| from <= interval.middle() && interval.middle() <= until);
    let moved = within.map(|Interval { from: begin, until: end, seen }| Interval {
        from: begin - from,
        until: end - from,
        seen: seen.clone(),
    });
    moved.collect()
}

/// A reader sees the old file or the new one, and never a part.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let doing = || format!("write {}", path.display());
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let written = fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // It may not even be there.
        let _left = fs::remove_file(&unfinished);
    }
    written.doing(doing)
}
