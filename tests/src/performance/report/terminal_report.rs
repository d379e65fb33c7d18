//! A report on a terminal.

use std::{
    fmt,
    io::{IsTerminal as _, stdout},
};

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, presets};

use super::super::{LatencyProfile, Outcome, Unit, Verdict, printable::printable};
use super::{Figure, Report, utc};

/// Rows of a table that has no verdicts; the page has all of them.
const ROWS: usize = 24;
/// As wide as a table is where the terminal does not tell.
const WIDTH: u16 = 120;

/// A report on a terminal: the verdict first, then targets, latencies, regressions and recommendations.
///
/// ```
/// use cqlite_tests::performance::{PerformanceMonitor, TerminalReport};
///
/// let report = PerformanceMonitor::new().generate_report();
/// println!("{}", TerminalReport::new(&report));
/// assert!(TerminalReport::new(&report).to_string().contains("0 of 15 targets held, 15 not run"));
/// ```
#[derive(Debug)]
pub struct TerminalReport<'a> {
    report: &'a Report,
    colors: bool,
    width: Option<u16>,
}

impl<'a> TerminalReport<'a> {
    /// For standard output: as wide as the terminal, with colours only on one, and not where `NO_COLOR` is set.
    pub fn new(report: &'a Report) -> Self {
        let unwelcome = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { report, colors: stdout().is_terminal() && !unwelcome, width: Table::new().width() }
    }

    /// With colours or without.
    #[must_use]
    pub fn colored(self, colors: bool) -> Self {
        Self { colors, ..self }
    }

    /// So many columns wide.
    #[must_use]
    pub fn wide(self, width: u16) -> Self {
        Self { width: Some(width), ..self }
    }

    fn table(&self, columns: &[&str]) -> Table {
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()))
            .set_content_arrangement(ContentArrangement::Dynamic);
        table.force_no_tty().set_width(self.width.unwrap_or(WIDTH));
        if self.colors {
            table.enforce_styling();
        }
        table.set_header(columns.iter().map(|column| Cell::new(column).add_attribute(Attribute::Bold)));
        table
    }

    fn verdicts(&self) -> Table {
        let mut table = self.table(&["", "target", "to reach", "measured", "spread", "margin"]);
        for verdict in self.report.verdicts.iter() {
            table.add_row(verdict_row(verdict));
        }
        for column in 2..6 {
            align_right(&mut table, column);
        }
        table
    }

    fn latencies(&self) -> Table {
        let mut table =
            self.table(&["operation", "measured", "count", "P50", "P95", "P99", "P99.9", "longest", "mean"]);
        for profile in self.report.latencies.iter().take(ROWS) {
            let summary = &profile.summary;
            let mut row = vec![Cell::new(printable(&profile.name)), Cell::new(profile.measured.name())];
            row.push(Cell::new(Unit::Count.text(summary.count as f64)));
            let times = [
                summary.p50_nanos,
                summary.p95_nanos,
                summary.p99_nanos,
                summary.p99_9_nanos,
                summary.max_nanos,
                summary.mean_nanos,
            ];
            row.extend(times.map(|nanos| Cell::new(Unit::Seconds.text(nanos as f64 / 1e9))));
            table.add_row(row);
        }
        for column in 2..9 {
            align_right(&mut table, column);
        }
        table
    }

    fn figures(&self) -> Table {
        let mut table = self.table(&["figure", "median", "least", "greatest", "variation", "runs"]);
        let told_above = |name: &str| self.report.verdicts.get(name).is_some();
        let told_elsewhere = |figure: &&Figure| {
            let of_latency =
                |profile: &LatencyProfile| figure.name.starts_with(&format!("{}.", profile.name));
            figure.unit == Unit::Seconds && self.report.latencies.iter().any(of_latency)
        };
        let figures = self.report.figures.iter();
        for figure in figures.filter(|figure| !told_above(&figure.name) && !told_elsewhere(figure)).take(ROWS)
        {
            let spread = &figure.spread;
            let mut row = vec![Cell::new(printable(&figure.name))];
            row.extend(
                [spread.median, spread.min, spread.max].map(|value| Cell::new(figure.unit.text(value))),
            );
            row.push(Cell::new(format!("±{:.1} %", spread.variation * 100.0)));
            row.push(Cell::new(spread.runs));
            table.add_row(row);
        }
        for column in 1..6 {
            align_right(&mut table, column);
        }
        table
    }
}

impl fmt::Display for TerminalReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report;
        writeln!(f, "{} · {}", printable(&report.title), utc(report.began_at))?;
        if let Some(machine) = &report.machine {
            writeln!(f, "{}", printable(&machine.id()))?;
            if let Some(floor) = &machine.floor {
                writeln!(f, "{}", floor.text())?;
            }
        }
        writeln!(f, "\n{}\n", report.verdicts.text())?;
        if !report.verdicts.is_empty() {
            writeln!(f, "{}\n", self.verdicts())?;
        }
        for part in &report.parts {
            if let Some(reason) = part.end.reason() {
                writeln!(f, "{} {}: {}", printable(&part.name), part.end.name(), printable(reason))?;
            }
        }
        if !report.latencies.is_empty() {
            writeln!(f, "{}\n", self.latencies())?;
        }
        let figures = self.figures();
        if !figures.is_empty() {
            writeln!(f, "{figures}\n")?;
        }
        if report.latencies.len() > ROWS || report.figures.len() > ROWS {
            let (latencies, figures) = (report.latencies.len(), report.figures.len());
            writeln!(f, "The page has all: {latencies} latencies and {figures} figures.\n")?;
        }
        if let Some(trend) = &report.trend {
            writeln!(f, "Earlier runs of this machine with these options: {}", trend.alike)?;
            for figure in trend.regressions().chain(trend.improvements()) {
                writeln!(f, "  {}: {}", printable(&figure.name), printable(&figure.text()))?;
            }
            for problem in &trend.problems {
                writeln!(f, "  history: {}", printable(problem))?;
            }
            writeln!(f)?;
        }
        for recommendation in &report.recommendations {
            let (figure, because) = (printable(&recommendation.figure), printable(&recommendation.because));
            writeln!(f, "{figure}: {because}\n  → {}", printable(&recommendation.advice))?;
        }
        Ok(())
    }
}

fn verdict_row(verdict: &Verdict) -> Vec<Cell> {
    let (mark, color) = match verdict.outcome {
        Outcome::Held { .. } => ("✓ held", Color::Green),
        Outcome::Missed { .. } => ("✗ missed", Color::Red),
        Outcome::NotRun { .. } => ("– not run", Color::Yellow),
    };
    let target = &verdict.target;
    let remark =
        verdict.outcome.remark().map(|remark| format!("\n{}", printable(&remark))).unwrap_or_default();
    let measured = verdict.outcome.measured();
    let spread = measured.map(|spread| variation(spread.runs, spread.variation));
    let margin = verdict.margin().map(|margin| format!("{:+.1} %", margin * 100.0));
    vec![
        Cell::new(mark).fg(color).add_attribute(Attribute::Bold),
        Cell::new(format!("{}{remark}", printable(&target.what))),
        Cell::new(target.bound.text(target.unit)),
        Cell::new(measured.map(|spread| target.unit.text(spread.median)).unwrap_or_default()),
        Cell::new(spread.unwrap_or_default()),
        Cell::new(margin.unwrap_or_default()),
    ]
}

fn variation(runs: u64, variation: f64) -> String {
    match runs {
        1 => "1 run".to_owned(),
        runs => format!("±{:.1} %, {runs} runs", variation * 100.0),
    }
}

fn align_right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
