//! How the run stands to earlier ones, and what follows.

use super::super::{FigureTrend, Report, Standing, Trend, plot};
use super::{
    escape::escaped,
    table::{Column, HtmlTable},
};
use crate::Result;

/// So many figures are drawn; all are in the table.
const DRAWN: usize = 12;

/// What follows from the figures.
pub(super) fn recommendations(report: &Report) -> String {
    let items = report.recommendations.iter().map(|recommendation| {
        format!(
            "<li><p>{}</p><small><code>{}</code> {}</small></li>\n",
            escaped(&recommendation.advice),
            escaped(&recommendation.figure),
            escaped(&recommendation.because)
        )
    });
    let items = items.collect::<String>();
    match items.is_empty() {
        true => String::new(),
        false => format!(
            "<section id=\"recommendations\">\n<h2>What follows</h2>\n<ol class=\"advice\">\n{items}</ol>\n</section>\n"
        ),
    }
}

/// The trend against earlier runs.
pub(super) fn trend(report: &Report) -> Result<String> {
    let Some(trend) = &report.trend else { return Ok(String::new()) };
    let mut drawn = trend.figures.iter().filter(|figure| figure.baseline.is_some()).collect::<Vec<_>>();
    // Those that have a target come before others of the same standing.
    let has_target = |figure: &FigureTrend| report.verdicts.get(&figure.name).is_some();
    drawn.sort_by_key(|figure| (rank(&figure.standing), !has_target(figure)));
    let mut plots = String::new();
    for (index, figure) in drawn.into_iter().take(DRAWN).enumerate() {
        let Some(svg) = plot::trend_of(figure, &format!("trend-{index}"))? else { continue };
        plots.push_str(&format!(
            "<figure class=\"{}\"><figcaption>{} <strong>{}</strong> <small>{}, {:+.1} %</small></figcaption>{svg}</figure>\n",
            class_of(&figure.standing),
            escaped(&figure.name),
            escaped(&figure.unit.text(figure.now)),
            escaped(figure.standing.name()),
            figure.change * 100.0,
        ));
    }
    let problems =
        trend.problems.iter().map(|problem| format!("<li>{}</li>", escaped(problem))).collect::<String>();
    let problems = match problems.is_empty() {
        true => problems,
        false => format!("<p>Lines of the history that could not be read:</p><ul>{problems}</ul>\n"),
    };
    let runs = format!(
        "{} earlier runs of this machine with these options; {} others do not count.",
        trend.alike, trend.unlike
    );
    Ok(format!(
        "<section id=\"trend\">\n<h2>Against earlier runs</h2>\n<p>{runs} The last dot is this run; the band is the noise \
         around the earlier runs’ median.</p>\n{problems}<div class=\"small-plots\">\n{plots}</div>\n{}<p class=\"rule\">{}</p>\n\
         </section>\n",
        table(trend).html(),
        escaped(Trend::RULE)
    ))
}

fn table(trend: &Trend) -> HtmlTable {
    let columns = [
        Column::Words("Figure"),
        Column::Words("Standing"),
        Column::Figures("This run"),
        Column::Figures("Earlier median"),
        Column::Figures("Change"),
        Column::Figures("Noise"),
        Column::Figures("Runs"),
    ];
    let mut table = HtmlTable::new("Figures against earlier runs", &columns);
    let mut figures = trend.figures.iter().collect::<Vec<_>>();
    figures.sort_by_key(|figure| rank(&figure.standing));
    for figure in figures {
        let why = match &figure.standing {
            Standing::NotJudged(why) => format!("<small>{}</small>", escaped(why)),
            Standing::Regression | Standing::Improvement | Standing::WithinNoise => String::new(),
        };
        let median = figure.baseline.map(|baseline| figure.unit.text(baseline.median));
        let is_known = |text: String| if figure.baseline.is_some() { text } else { String::new() };
        let row = [
            escaped(&figure.name),
            format!("<span class=\"verdict\">{}</span>{why}", figure.standing.name()),
            escaped(&figure.unit.text(figure.now)),
            escaped(&median.unwrap_or_default()),
            is_known(format!("{:+.1} %", figure.change * 100.0)),
            is_known(format!("{:.1} %", figure.noise * 100.0)),
            figure.earlier.len().to_string(),
        ];
        table.marked_up_row(class_of(&figure.standing), &row);
    }
    table
}

fn rank(standing: &Standing) -> u8 {
    match standing {
        Standing::Regression => 0,
        Standing::Improvement => 1,
        Standing::WithinNoise => 2,
        Standing::NotJudged(_) => 3,
    }
}

fn class_of(standing: &Standing) -> &'static str {
    match standing {
        Standing::Regression => "missed",
        Standing::Improvement => "held",
        Standing::WithinNoise | Standing::NotJudged(_) => "",
    }
}
