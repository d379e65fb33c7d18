//! How a figure went from run to run.

use plotters::{
    element::{Circle, PathElement, Rectangle, Text},
    style::{
        Color as _, ShapeStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::super::{FigureTrend, Standing};
use super::{
    canvas::{Area, Drawn, Size, draw, px, text},
    palette::{BAD, BAND, GOOD, Ink, LINES, TEXT},
};
use crate::Result;

const SIZE: Size = Size { width: 400, height: 120 };
const MARGIN: u32 = 16;

/// The earlier runs of a figure and this one, with the band of what is noise; none if there is no earlier run.
pub(in super::super) fn trend_of(trend: &FigureTrend, id: &str) -> Result<Option<String>> {
    let Some(baseline) = &trend.baseline else { return Ok(None) };
    let figures = trend.earlier.iter().map(|run| run.figure).chain([trend.now]).collect::<Vec<_>>();
    let noise = (baseline.median * trend.noise).abs();
    let band = (baseline.median - noise, baseline.median + noise);
    let ink = match trend.standing {
        Standing::Regression => BAD,
        Standing::Improvement => GOOD,
        Standing::WithinNoise | Standing::NotJudged(_) => LINES[0],
    };
    let ends = (trend.unit.text(band.0), trend.unit.text(band.1));
    draw(SIZE, id, &trend.name, &trend.text(), |area| sparkline(area, &figures, band, ends, ink)).map(Some)
}

fn sparkline(area: &Area<'_>, figures: &[f64], band: (f64, f64), ends: (String, String), ink: Ink) -> Drawn {
    let least = figures.iter().copied().fold(band.0, f64::min);
    let greatest = figures.iter().copied().fold(band.1, f64::max);
    let height = if greatest > least { greatest - least } else { 1.0 };
    let (left, right) = (f64::from(px(MARGIN)), f64::from(px(SIZE.width - 5 * MARGIN)));
    let (top, bottom) = (f64::from(px(MARGIN)), f64::from(px(SIZE.height - MARGIN)));
    let y = |figure: f64| (bottom - (figure - least) / height * (bottom - top)).round() as i32;
    let steps = figures.len().saturating_sub(1).max(1) as f64;
    let x = |run: usize| (left + run as f64 / steps * (right - left)).round() as i32;
    let (first, last) = (x(0) - 16, right.round() as i32 + 16);
    area.draw(&Rectangle::new([(first, y(band.1)), (last, y(band.0))], BAND.color().filled()))?;
    for (end, place, anchor) in [(ends.1, y(band.1), VPos::Top), (ends.0, y(band.0), VPos::Bottom)] {
        let style = text(11.0, TEXT).pos(Pos::new(HPos::Left, anchor));
        area.draw(&Text::new(end, (last + 12, place), style))?;
    }
    let places = figures.iter().enumerate().map(|(run, figure)| (x(run), y(*figure))).collect::<Vec<_>>();
    let line = ShapeStyle::from(&TEXT.color().mix(0.6)).stroke_width(px(1));
    area.draw(&PathElement::new(places.clone(), line))?;
    let Some((now, earlier)) = places.split_last() else { return Ok(()) };
    for place in earlier {
        area.draw(&Circle::new(*place, px(3), TEXT.color().filled()))?;
    }
    area.draw(&Circle::new(*now, px(5), ink.color().filled()))?;
    Ok(())
}
