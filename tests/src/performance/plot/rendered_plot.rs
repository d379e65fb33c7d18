//! A plot for screens and phones.

use super::{
    canvas::{Area, Drawn, Size, draw},
    palette::Ink,
};
use crate::Result;

/// A plot, drawn for a screen and for a phone.
#[derive(Debug)]
pub(in super::super) struct Plot {
    /// The title.
    pub(in super::super) title: String,
    /// What is drawn, in a few words.
    pub(in super::super) note: String,
    /// As it is on a screen.
    pub(in super::super) wide: String,
    /// As it is on a phone.
    pub(in super::super) narrow: String,
    /// What its colours stand for.
    pub(in super::super) keys: Vec<Key>,
    /// What is left out of it.
    pub(in super::super) left_out: usize,
}

/// What a colour stands for.
#[derive(Debug)]
pub(in super::super) struct Key {
    /// A piece of the line, or of the mark.
    pub(in super::super) sample: String,
    /// What it stands for.
    pub(in super::super) name: String,
}

impl Plot {
    /// Draws both. `id` is the plot's own in the page.
    pub(super) fn draw(
        (wide, narrow): (Size, Size),
        id: &str,
        title: &str,
        description: &str,
        drawing: impl Fn(&Area<'_>, Size) -> Drawn,
    ) -> Result<Self> {
        Ok(Self {
            title: title.to_owned(),
            note: String::new(),
            wide: draw(wide, &format!("{id}-wide"), title, description, |area| drawing(area, wide))?,
            narrow: draw(narrow, &format!("{id}-narrow"), title, description, |area| drawing(area, narrow))?,
            keys: Vec::new(),
            left_out: 0,
        })
    }
}

impl Key {
    /// A line.
    pub(super) fn line(ink: Ink, name: &str) -> Self {
        let shape = format!(
            "<line x1=\"0\" y1=\"10\" x2=\"56\" y2=\"10\" stroke-width=\"4\" stroke=\"{}\"/>",
            ink.hex()
        );
        Self { sample: sample(&shape), name: name.to_owned() }
    }

    /// The mark of an event.
    pub(super) fn mark(ink: Ink, name: &str) -> Self {
        let shape = format!("<polygon points=\"18,2 38,2 28,18\" fill=\"{}\"/>", ink.hex());
        Self { sample: sample(&shape), name: name.to_owned() }
    }
}

fn sample(shape: &str) -> String {
    format!("<svg class=\"plot key\" viewBox=\"0 0 56 20\" aria-hidden=\"true\">{shape}</svg>")
}
