//! The colours of plots.

use plotters::style::RGBColor;

use super::super::EventKind;

/// A colour of a plot. What is drawn has the light one; the style sheet of the page puts a property in its place, which is
/// another in the dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Ink {
    light: (u8, u8, u8),
    dark: &'static str,
    dashes: Option<&'static str>,
}

const fn ink(light: (u8, u8, u8), dark: &'static str) -> Ink {
    Ink { light, dark, dashes: None }
}

const fn dashed(light: (u8, u8, u8), dark: &'static str, dashes: &'static str) -> Ink {
    Ink { light, dark, dashes: Some(dashes) }
}

/// Lines, told apart by their dashes as well, for those who do not see the colours.
pub(super) const LINES: [Ink; 6] = [
    ink((0x1F, 0x6F, 0xB2), "#6cb2f2"),
    dashed((0xC0, 0x5A, 0x12), "#f0a05a", "14 6"),
    dashed((0x2C, 0x7D, 0x4F), "#6fcb97", "4 5"),
    dashed((0x7A, 0x4D, 0xA6), "#c3a0ea", "16 5 3 5"),
    dashed((0xA8, 0x30, 0x5C), "#f08fb0", "9 4"),
    dashed((0x4E, 0x5B, 0x6B), "#aab6c5", "2 3"),
];
pub(super) const FLUSH: Ink = ink((0x4C, 0x93, 0xA8), "#5fb4cc");
pub(super) const COMPACTION: Ink = ink((0xC9, 0x9A, 0x1B), "#d9b24a");
pub(super) const KILL: Ink = ink((0xC4, 0x2B, 0x2B), "#f07070");
pub(super) const RECOVERY: Ink = ink((0x3B, 0x8F, 0x3F), "#7cc97f");
pub(super) const OTHER_EVENT: Ink = ink((0x8A, 0x83, 0x7C), "#a59f98");
pub(super) const BAD: Ink = ink((0xB8, 0x1F, 0x2E), "#ff7b7b");
pub(super) const GOOD: Ink = ink((0x1E, 0x7A, 0x3C), "#6fd08c");
pub(super) const TEXT: Ink = ink((0x5B, 0x64, 0x70), "#a7b0bc");
pub(super) const AXIS: Ink = ink((0x9A, 0xA3, 0xAF), "#5f6975");
pub(super) const GRID: Ink = ink((0xE3, 0xE6, 0xEA), "#2a3139");
pub(super) const BAND: Ink = ink((0xDD, 0xE3, 0xEB), "#2c3743");

impl Ink {
    pub(super) fn color(self) -> RGBColor {
        let (red, green, blue) = self.light;
        RGBColor(red, green, blue)
    }

    /// The colour as it stands in what is drawn.
    pub(super) fn hex(self) -> String {
        let (red, green, blue) = self.light;
        format!("#{red:02X}{green:02X}{blue:02X}")
    }
}

/// The colour of an event.
pub(super) fn of_event(kind: &EventKind) -> Ink {
    match kind {
        EventKind::Flush => FLUSH,
        EventKind::Compaction => COMPACTION,
        EventKind::Kill => KILL,
        EventKind::Recovery => RECOVERY,
        EventKind::Other(_) => OTHER_EVENT,
    }
}

fn all() -> impl Iterator<Item = Ink> {
    let others = [FLUSH, COMPACTION, KILL, RECOVERY, OTHER_EVENT, BAD, GOOD, TEXT, AXIS, GRID, BAND];
    LINES.into_iter().chain(others)
}

/// The rules that give plots their dashes, and their colours in the dark.
pub(in super::super) fn style_sheet() -> String {
    let dashes = all().filter_map(|ink| {
        Some(format!(".plot [stroke=\"{}\"]{{stroke-dasharray:{}}}\n", ink.hex(), ink.dashes?))
    });
    let dark = all().map(|ink| {
        let (hex, dark) = (ink.hex(), ink.dark);
        format!(".plot [stroke=\"{hex}\"]{{stroke:{dark}}}.plot [fill=\"{hex}\"]{{fill:{dark}}}\n")
    });
    let (dashes, dark) = (dashes.collect::<String>(), dark.collect::<String>());
    format!("{dashes}@media (prefers-color-scheme:dark){{\n{dark}}}\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_colours_are_the_same_so_that_each_has_its_own_in_the_dark() {
        assert_eq!(all().map(Ink::hex).collect::<BTreeSet<_>>().len(), all().count());
    }
}
