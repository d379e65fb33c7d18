//! Where time goes.

use plotters::{
    element::{Rectangle, Text},
    style::{
        Color as _,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::super::{Report, Unit, printable::printable};
use super::{
    Plot,
    canvas::{Area, Drawn, Size, px, text},
    palette::{BAND, LINES, TEXT},
};
use crate::Result;

/// So many parts are shown; the others are in the table.
const PARTS: usize = 12;
const ROW: u32 = 44;

/// Where time goes, as bars, the longest first; none if no time was counted.
pub(in super::super) fn time_shares(report: &Report) -> Result<Option<Plot>> {
    let all = report.time_shares.iter().map(|share| share.seconds).sum::<f64>();
    if all <= 0.0 {
        return Ok(None);
    }
    let bars = report.time_shares.iter().take(PARTS).map(|share| {
        let part = share.seconds / all;
        (
            printable(&share.part),
            part,
            format!("{} · {}", Unit::Share.text(part), Unit::Seconds.text(share.seconds)),
        )
    });
    let bars = bars.collect::<Vec<_>>();
    let description =
        bars.iter().map(|(name, _, told)| format!("{name}: {told}")).collect::<Vec<_>>().join("; ");
    let height = ROW * u32::try_from(bars.len()).unwrap_or(u32::MAX) + 8;
    let sizes = (Size { height, ..Size::WIDE }, Size { height, ..Size::NARROW });
    let mut plot =
        Plot::draw(sizes, "time", "Where time goes", &description, |area, size| draw(&bars, area, size))?;
    plot.note = "the time of all threads together".to_owned();
    plot.left_out = report.time_shares.len() - bars.len();
    Ok(Some(plot))
}

fn draw(bars: &[(String, f64, String)], area: &Area<'_>, size: Size) -> Drawn {
    let at = |pixels: u32| i32::try_from(px(pixels)).unwrap_or(i32::MAX);
    let left = |height| text(height, TEXT).pos(Pos::new(HPos::Left, VPos::Top));
    let right = |height| text(height, TEXT).pos(Pos::new(HPos::Right, VPos::Top));
    let end = size.width.saturating_sub(2);
    for ((name, part, told), top) in bars.iter().zip((4..).step_by(ROW as usize)) {
        area.draw(&Text::new(name.clone(), (0, at(top)), left(13.0)))?;
        area.draw(&Text::new(told.clone(), (at(end), at(top)), right(13.0)))?;
        let (above, below) = (at(top + 20), at(top + 32));
        area.draw(&Rectangle::new([(0, above), (at(end), below)], BAND.color().filled()))?;
        let length = (f64::from(at(end)) * part).round() as i32;
        area.draw(&Rectangle::new([(0, above), (length.max(1), below)], LINES[0].color().filled()))?;
    }
    Ok(())
}
