//! What a table of readings holds, in the simplest way.

use std::collections::BTreeMap;
use std::ops::Range;

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) station: i32,
    pub(super) number: i32,
    pub(super) temperature: i32,
    pub(super) status: &'static str,
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Model {
    readings: BTreeMap<(i32, i32), Reading>,
}

impl Model {
    pub(super) fn insert(&mut self, reading: Reading) {
        self.readings.insert((reading.station, reading.number), reading);
    }

    pub(super) fn delete(&mut self, station: i32, numbers: Range<i32>) {
        self.readings.retain(|(of, number), _| *of != station || !numbers.contains(number));
    }

    /// All rows, by stations and numbers.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Reading> {
        self.readings.values()
    }

    /// The rows of a station, by numbers.
    pub(super) fn of(&self, station: i32) -> impl DoubleEndedIterator<Item = &Reading> {
        self.readings.range((station, i32::MIN)..=(station, i32::MAX)).map(|(_, reading)| reading)
    }

    /// The stations that have rows.
    pub(super) fn stations(&self) -> Vec<i32> {
        let mut stations: Vec<_> = self.all().map(|reading| reading.station).collect();
        stations.dedup();
        stations
    }
}

impl Reading {
    /// Its values as text.
    pub(super) fn told(&self) -> Vec<String> {
        vec![
            self.station.to_string(),
            self.number.to_string(),
            self.temperature.to_string(),
            self.status.to_owned(),
        ]
    }
}
