//! Where plots are drawn.

use std::error::Error as StdError;

use plotters::{
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea as _},
    prelude::SVGBackend,
    style::{IntoFont as _, TextStyle},
};

use super::palette::Ink;
use crate::{Error, Result, performance::html::escaped};

/// The crate draws at whole pixels: at twice the size they do not show.
const FINENESS: u32 = 2;
/// The crate makes letters smaller than it is told.
const FONT_FACTOR: f64 = 1.24;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = std::result::Result<(), Box<dyn StdError>>;

/// How large a plot is, in the pixels of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Size {
    /// For a screen.
    pub(super) const WIDE: Self = Self { width: 920, height: 300 };
    /// For a phone.
    pub(super) const NARROW: Self = Self { width: 400, height: 270 };

    pub(super) fn is_narrow(self) -> bool {
        self.width < 600
    }
}

/// Pixels of the page, as they are drawn.
pub(super) fn px(pixels: u32) -> u32 {
    pixels * FINENESS
}

/// Letters of a height in pixels of the page.
pub(super) fn text(pixels: f64, ink: Ink) -> TextStyle<'static> {
    let height = pixels * f64::from(FINENESS) * FONT_FACTOR;
    ("sans-serif", height).into_font().color(&ink.color())
}

/// Draws a plot: an `svg` element with a title and a description that those have it read to them who do not see it. `id` is the
/// plot's own in the page.
pub(super) fn draw(
    size: Size,
    id: &str,
    title: &str,
    description: &str,
    drawing: impl FnOnce(&Area<'_>) -> Drawn,
) -> Result<String> {
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, (px(size.width), px(size.height))).into_drawing_area();
    let drawn = drawing(&root).and_then(|()| root.present().map_err(Into::into));
    drop(root);
    let failed = |why: String| Error::said(format!("draw the plot `{title}`"), why);
    drawn.map_err(|error| failed(error.to_string()))?;
    let (_, content) = svg.split_once('>').ok_or_else(|| failed("nothing was drawn".to_owned()))?;
    let (width, height) = (px(size.width), px(size.height));
    Ok(format!(
        "<svg class=\"plot\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-description\"><title id=\"{id}-title\">{}</title><desc id=\"{id}-description\">{}</desc>{content}",
        escaped(title),
        escaped(description)
    ))
}
