//! The axis of a plot.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::super::Unit;

/// The axis of a plot: where values lie, and what is written beside it. A logarithmic axis places values by their logarithm.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) until: f64,
    ticks: Vec<(f64, String)>,
    logarithmic: bool,
}

impl Axis {
    /// From zero up to a value, and a little further, so that the line of the greatest is seen.
    pub(super) fn linear(unit: Unit, greatest: f64, ticks: usize) -> Self {
        let greatest = if greatest > 0.0 && greatest.is_finite() { greatest } else { 1.0 };
        Self::steps(greatest * 1.06, ticks, |value| short(unit, value))
    }

    /// Seconds from zero.
    pub(super) fn time(until: f64, ticks: usize) -> Self {
        let until = if until > 0.0 && until.is_finite() { until } else { 1.0 };
        Self::steps(until, ticks, |value| format!("{} s", trimmed(value)))
    }

    fn steps(until: f64, ticks: usize, label: impl Fn(f64) -> String) -> Self {
        let step = step(until / ticks.max(1) as f64);
        let places = (0..=1_000)
            .map(|number| f64::from(number) * step)
            .take_while(|place| *place <= until * 1.000_001);
        let ticks = places.map(|place| (place, label(place))).collect();
        Self { from: 0.0, until, ticks, logarithmic: false }
    }

    /// From the power of ten below the least to a little above the greatest. Between powers that are few there are 2 and 5 of each.
    pub(super) fn logarithmic(unit: Unit, least: f64, greatest: f64) -> Self {
        let least = if least > 0.0 && least.is_finite() { least } else { 1e-9 };
        let greatest = if greatest.is_finite() { greatest.max(least * 10.0) } else { least * 10.0 };
        let (from, until) = (least.log10().floor(), greatest.log10() + 0.05);
        let factors: &[f64] = if until - from > 2.5 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let powers = (0..=40).map(|power| from + f64::from(power)).take_while(|power| *power <= until);
        let values = powers.flat_map(|power| factors.iter().map(move |factor| 10_f64.powf(power) * factor));
        let places = values.map(|value| (value.log10(), short(unit, value)));
        let ticks = places.filter(|(place, _)| *place <= until).collect();
        Self { from, until, ticks, logarithmic: true }
    }

    /// Parts of so many operations, each step a tenth of what is left: 0 %, 90 %, 99 % and so on. Where there is room for few labels
    /// every other one is left out from a million operations on.
    pub(super) fn percentiles(operations: u64, is_narrow: bool) -> Self {
        let until = (operations.max(10) as f64).log10().min(9.0);
        let nines = (0..=9_u32).take_while(|nines| f64::from(*nines) <= until + 1e-9);
        let has_room = |nines: &u32| !is_narrow || until < 6.0 || nines.is_multiple_of(2);
        let ticks = nines.filter(has_room).map(|nines| (f64::from(nines), percent(nines))).collect();
        Self { from: 0.0, until, ticks, logarithmic: true }
    }

    /// Where a value lies.
    pub(super) fn place(&self, value: f64) -> f64 {
        let place = if self.logarithmic { value.max(f64::MIN_POSITIVE).log10() } else { value };
        place.clamp(self.from, self.until)
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, place: &f64, (begin, end): (i32, i32)) -> i32 {
        let part = (place - self.from) / (self.until - self.from);
        begin + (part * f64::from(end - begin)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Lines that have no label are asked for as well, and there are none.
        match hint.weight().allow_light_points() {
            true => Vec::new(),
            false => self.ticks.iter().map(|(place, _)| *place).collect(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.from..self.until
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, place: &f64) -> String {
        let near =
            self.ticks.iter().find(|(tick, _)| (tick - place).abs() <= (self.until - self.from) * 1e-9);
        near.map(|(_, label)| label.clone()).unwrap_or_default()
    }
}

/// 1, 2 or 5 times a power of ten, no less than what is asked.
fn step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(power * 10.0)
}

fn percent(nines: u32) -> String {
    match nines {
        0 => "0 %".to_owned(),
        1 => "90 %".to_owned(),
        2 => "99 %".to_owned(),
        more => format!("99.{} %", "9".repeat(more.saturating_sub(2) as usize)),
    }
}

/// A value beside an axis: as short as can be.
fn short(unit: Unit, value: f64) -> String {
    let scaled = |steps: &[(f64, &str)]| {
        let step = steps.iter().find(|(factor, _)| value.abs() >= factor * 0.999_999).or(steps.last());
        step.map_or_else(String::new, |(factor, name)| format!("{}{name}", trimmed(value / factor)))
    };
    match unit {
        _ if value == 0.0 => "0".to_owned(),
        Unit::PerSecond | Unit::Count => scaled(&[(1e6, " M"), (1e3, " k"), (1.0, "")]),
        Unit::Seconds => scaled(&[(1.0, " s"), (1e-3, " ms"), (1e-6, " µs"), (1e-9, " ns")]),
        Unit::Bytes | Unit::BytesPerSecond => {
            scaled(&[(1e9, " GB"), (1e6, " MB"), (1e3, " kB"), (1.0, " B")])
        }
        Unit::Share => format!("{} %", trimmed(value * 100.0)),
        Unit::Times => format!("{}×", trimmed(value)),
    }
}

/// At most three digits behind the point, and none that is a last zero.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use plotters::coord::ranged1d::BoldPoints;

    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.key_points(BoldPoints(0)).iter().map(|place| axis.format_ext(place)).collect()
    }

    #[test]
    fn an_axis_has_round_numbers_beside_it() {
        assert_eq!(labels(&Axis::linear(Unit::PerSecond, 312_000.0, 4)), ["0", "100 k", "200 k", "300 k"]);
        assert_eq!(labels(&Axis::linear(Unit::Bytes, 118e6, 3)), ["0", "50 MB", "100 MB"]);
        assert_eq!(labels(&Axis::time(30.0, 6)), ["0 s", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s"]);
        assert_eq!(labels(&Axis::linear(Unit::Count, f64::NAN, 2)), ["0", "1"]);
    }

    #[test]
    fn a_logarithmic_axis_begins_at_a_power_of_ten() {
        assert_eq!(
            labels(&Axis::logarithmic(Unit::Seconds, 3e-6, 0.08)),
            ["1 µs", "10 µs", "100 µs", "1 ms", "10 ms"]
        );
        assert_eq!(
            labels(&Axis::logarithmic(Unit::Seconds, 2e-6, 9e-6)),
            ["1 µs", "2 µs", "5 µs", "10 µs", "20 µs"]
        );
    }

    #[test]
    fn percentiles_go_on_as_long_as_there_are_operations() {
        assert_eq!(labels(&Axis::percentiles(3_000_000, true)), ["0 %", "99 %", "99.99 %", "99.9999 %"]);
        assert_eq!(labels(&Axis::percentiles(20_000, true)), ["0 %", "90 %", "99 %", "99.9 %", "99.99 %"]);
        assert_eq!(labels(&Axis::percentiles(0, false)), ["0 %", "90 %"]);
    }

    #[test]
    fn what_is_beyond_an_axis_lies_on_its_edge() {
        let axis = Axis::logarithmic(Unit::Seconds, 1e-6, 1e-3);
        assert_eq!(axis.place(0.0), axis.from);
        assert_eq!(axis.place(1e9), axis.until);
    }
}
