//! The verdict, which comes first.

use super::super::{Outcome, Report, Verdict};
use super::{
    escape::escaped,
    table::{Column, HtmlTable},
};

/// Beside the figures of a strip a part of its width is left free.
const FREE: f64 = 0.12;

/// The verdict in a line, and how the run stands to earlier ones.
pub(super) fn banner(report: &Report) -> String {
    let verdicts = &report.verdicts;
    let (class, headline) = match (verdicts.missed(), verdicts.not_run()) {
        _ if verdicts.is_empty() => ("open", "No target was set".to_owned()),
        (0, 0) => ("held", format!("All {} targets held", verdicts.len())),
        (0, _) if verdicts.held() == 0 => ("open", "No target was run".to_owned()),
        (0, not_run) => ("open", format!("{not_run} of {} targets not run, none missed", verdicts.len())),
        (missed, _) => ("missed", format!("{missed} of {} targets missed", verdicts.len())),
    };
    let regressions = report.trend.as_ref().map(|trend| match (trend.regressions().count(), trend.alike) {
        (_, 0) => "No earlier run to compare with".to_owned(),
        (0, runs) => format!("No regression against {runs} earlier runs"),
        (1, runs) => format!("1 regression against {runs} earlier runs"),
        (found, runs) => format!("{found} regressions against {runs} earlier runs"),
    });
    let counts = [
        ("held", verdicts.held(), "held"),
        ("missed", verdicts.missed(), "missed"),
        ("open", verdicts.not_run(), "not run"),
    ];
    let counts = counts.map(|(class, count, name)| {
        format!("<li class=\"{class}\"><strong>{count}</strong> <span>{name}</span></li>")
    });
    format!(
        "<div class=\"banner {class}\">\n<p class=\"headline\">{}</p>\n<ul class=\"counts\">{}</ul>\n{}</div>\n",
        escaped(&headline),
        counts.concat(),
        regressions.map(|text| format!("<p>{}</p>\n", escaped(&text))).unwrap_or_default()
    )
}

/// All targets.
pub(super) fn section(report: &Report) -> String {
    if report.verdicts.is_empty() {
        return String::new();
    }
    let columns = [
        Column::Words("Target"),
        Column::Words("Verdict"),
        Column::Figures("To reach"),
        Column::Figures("Measured"),
        Column::Figures("Spread"),
        Column::Words("Runs against the line"),
        Column::Figures("Margin"),
    ];
    let mut table = HtmlTable::new("Targets, and the median of the runs", &columns);
    for verdict in report.verdicts.iter() {
        table.marked_up_row(class_of(&verdict.outcome), &row(verdict));
    }
    format!("<section id=\"targets\">\n<h2>Targets</h2>\n{}</section>\n", table.html())
}

fn row(verdict: &Verdict) -> [String; 7] {
    let target = &verdict.target;
    let small = |text: Option<String>| {
        text.map(|text| format!("<small>{}</small>", escaped(&text))).unwrap_or_default()
    };
    let measured = verdict.outcome.measured();
    let (mark, name) = (mark_of(&verdict.outcome), verdict.outcome.name());
    let remark = small(verdict.outcome.remark());
    let spread = measured.map(|spread| match spread.runs {
        1 => "1 run".to_owned(),
        runs => format!("±{:.1} %<small>{runs} runs</small>", spread.variation * 100.0),
    });
    [
        format!("{}<small><code>{}</code></small>", escaped(&target.what), escaped(&target.name)),
        format!("<span class=\"verdict\"><span aria-hidden=\"true\">{mark}</span> {name}</span>{remark}"),
        format!("{}{}", escaped(&target.bound.text(target.unit)), small(target.reference.clone())),
        measured
            .map(|spread| format!("<strong>{}</strong>", escaped(&target.unit.text(spread.median))))
            .unwrap_or_default(),
        spread.unwrap_or_default(),
        strip(verdict).unwrap_or_default(),
        verdict.margin().map(|margin| format!("{:+.1} %", margin * 100.0)).unwrap_or_default(),
    ]
}

/// The runs from least to greatest, their median, and the line of the target.
fn strip(verdict: &Verdict) -> Option<String> {
    let (spread, unit) = (verdict.outcome.measured()?, verdict.target.unit);
    let line = verdict.target.bound.value();
    let (least, greatest) = (spread.min.min(line), spread.max.max(line));
    let width = if greatest > least { greatest - least } else { 1.0 };
    let place = |value: f64| (FREE + (value - least) / width * (1.0 - 2.0 * FREE)) * 100.0;
    let (min, max) = (place(spread.min), place(spread.max));
    let told = format!(
        "from {} to {}, {}",
        unit.text(spread.min),
        unit.text(spread.max),
        verdict.target.bound.text(unit)
    );
    Some(format!(
        "<span class=\"strip\" role=\"img\" aria-label=\"{told}\" title=\"{told}\">\
         <i class=\"runs\" style=\"left:{min:.1}%;width:{:.1}%\"></i><i class=\"line\" style=\"left:{:.1}%\"></i>\
         <i class=\"median\" style=\"left:{:.1}%\"></i></span>",
        max - min,
        place(line),
        place(spread.median),
        told = escaped(&told),
    ))
}

fn class_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Held { .. } => "held",
        Outcome::Missed { .. } => "missed",
        Outcome::NotRun { .. } => "open",
    }
}

fn mark_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Held { .. } => "✓",
        Outcome::Missed { .. } => "✗",
        Outcome::NotRun { .. } => "–",
    }
}
