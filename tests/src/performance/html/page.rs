//! The page as a whole.

use super::super::{Report, plot, report::utc};
use super::{comparison, escape::escaped, measurements, surroundings, targets};
use crate::Result;

const STYLE: &str = include_str!("style.css");

/// A report as one page of HTML that needs nothing else: no script, and nothing that is loaded.
///
/// # Errors
/// If a plot cannot be drawn.
pub(in super::super) fn page(report: &Report) -> Result<String> {
    let sections = [
        targets::section(report),
        comparison::recommendations(report),
        measurements::parts(report),
        measurements::over_time(report)?,
        measurements::latencies(report)?,
        measurements::time_shares(report)?,
        comparison::trend(report)?,
        measurements::figures(report),
        measurements::alerts(report),
        surroundings::section(report),
    ];
    let (title, began) = (escaped(&report.title), utc(report.began_at));
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <title>{title} · {began}</title>\n<style>\n{STYLE}{}</style>\n</head>\n<body>\n\
         <header>\n<p class=\"when\">{began} · {}</p>\n<h1>{title}</h1>\n{}</header>\n<main>\n{}</main>\n\
         <footer><p>All figures are in <code>report.json</code> as well. A figure with ± has its coefficient of variation over \
         the runs; the median decides.</p></footer>\n</body>\n</html>\n",
        plot::style_sheet(),
        escaped(&versions(report)),
        targets::banner(report),
        sections.concat()
    ))
}

fn versions(report: &Report) -> String {
    report.versions.iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>().join(" · ")
}
