//! Plots as SVG, to stand in a page.

mod axis;
mod canvas;
mod chart;
mod figures;
mod palette;
mod rendered_plot;
mod sparkline;
mod time_bars;

pub(super) use figures::{latency_over_time, memory, percentiles, throughput};
pub(super) use palette::style_sheet;
use rendered_plot::Key;
pub(super) use rendered_plot::Plot;
pub(super) use sparkline::trend_of;
pub(super) use time_bars::time_shares;
