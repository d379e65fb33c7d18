//! Lines over an axis.

use plotters::{
    chart::{ChartBuilder, ChartContext},
    coord::cartesian::Cartesian2d,
    element::{PathElement, Polygon, Rectangle},
    prelude::SVGBackend,
    style::{Color as _, ShapeStyle},
};

use super::super::Event;
use super::{
    axis::Axis,
    canvas::{Area, Drawn, Size, px, text},
    palette::{AXIS, GRID, Ink, TEXT, of_event},
};

type Context<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// Lines over an axis, and events beside them.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
    pub(super) events: &'a [Event],
}

/// A line, in pieces where there is nothing between.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) ink: Ink,
    pub(super) pieces: Vec<Vec<(f64, f64)>>,
}

impl Chart<'_> {
    pub(super) fn draw(&self, area: &Area<'_>, size: Size) -> Drawn {
        let left = if size.is_narrow() { 52 } else { 64 };
        let mut chart = ChartBuilder::on(area)
            .margin_top(px(14))
            .margin_right(px(if size.is_narrow() { 16 } else { 24 }))
            .x_label_area_size(px(20))
            .y_label_area_size(px(left))
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(ShapeStyle::from(&GRID.color()).stroke_width(px(1)))
            .light_line_style(GRID.color().mix(0.0))
            .axis_style(ShapeStyle::from(&AXIS.color()).stroke_width(px(1)))
            .label_style(text(12.0, TEXT))
            .draw()?;
        self.draw_events(&mut chart)?;
        for line in &self.lines {
            let style = ShapeStyle::from(&line.ink.color()).stroke_width(px(2));
            for piece in &line.pieces {
                let places =
                    piece.iter().map(|(x, y)| (self.x.place(*x), self.y.place(*y))).collect::<Vec<_>>();
                chart.draw_series([PathElement::new(places, style)])?;
            }
        }
        Ok(())
    }

    /// An event is a line from top to bottom, or a band where it took its time, with a mark at the top.
    fn draw_events(&self, chart: &mut Context<'_, '_>) -> Drawn {
        let (bottom, top) = (self.y.from, self.y.until);
        let (width, height) = chart.plotting_area().dim_in_pixel();
        let a_pixel = (self.x.until - self.x.from) / f64::from(width.max(1));
        let a_pixel_up = (top - bottom) / f64::from(height.max(1));
        for event in self.events {
            let color = of_event(&event.kind).color();
            let (from, until) = (self.x.place(event.from), self.x.place(event.until));
            if event.count == 1 && until - from > 3.0 * a_pixel {
                let band = Rectangle::new([(from, bottom), (until, top)], color.mix(0.16).filled());
                chart.draw_series([band])?;
            }
            let line = ShapeStyle::from(&color.mix(0.75)).stroke_width(px(1));
            chart.draw_series([PathElement::new(vec![(from, bottom), (from, top)], line)])?;
            let (aside, down) = (8.0 * a_pixel, 12.0 * a_pixel_up);
            let corners = [(from - aside, top), (from + aside, top), (from, top - down)];
            let corners = corners.map(|(x, y)| (x.clamp(self.x.from, self.x.until), y));
            chart.draw_series([Polygon::new(corners.to_vec(), color.filled())])?;
        }
        Ok(())
    }
}
