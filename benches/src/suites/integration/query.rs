//! Queries of readings, and what a model answers.

use super::model::{Model, Reading};

/// A query, and its answer.
pub(super) struct Query {
    pub(super) cql: String,
    /// Whether the order of rows is told by the query, and not by tokens.
    pub(super) is_ordered: bool,
    pub(super) expected: Vec<Vec<String>>,
}

/// Makes a query of a number that looks random.
type Kind = fn(&Model, i32, u64) -> Query;

/// All kinds.
pub(super) const KINDS: [Kind; 11] =
    [slice, newest, choice, aggregates, filter, index, per_partition, groups, distinct, both_keys, count];

const COLUMNS: &str = "SELECT station, number, temperature, status FROM weather.readings";

fn ordered(cql: String, expected: Vec<Vec<String>>) -> Query {
    Query { cql, is_ordered: true, expected }
}

fn unordered(cql: String, expected: Vec<Vec<String>>) -> Query {
    Query { cql, is_ordered: false, expected }
}

fn told<'r>(readings: impl Iterator<Item = &'r Reading>) -> Vec<Vec<String>> {
    readings.map(Reading::told).collect()
}

/// A station, maybe one without rows, and two numbers.
fn parts(stations: i32, random: u64) -> (i32, i32, i32) {
    let station = (random % (u64::from(stations.unsigned_abs()) + 1)) as i32;
    let from = (random >> 16 & 0x7f) as i32 - 10;
    (station, from, from + (random >> 24 & 0x1f) as i32)
}

fn slice(model: &Model, stations: i32, random: u64) -> Query {
    let (station, from, to) = parts(stations, random);
    let found = model.of(station).filter(|one| from < one.number && one.number <= to);
    let cql = format!("{COLUMNS} WHERE station = {station} AND number > {from} AND number <= {to}");
    ordered(cql, told(found))
}

fn newest(model: &Model, stations: i32, random: u64) -> Query {
    let (station, _, _) = parts(stations, random);
    let limit = (random >> 40 & 0xf) as usize + 1;
    let cql = format!("{COLUMNS} WHERE station = {station} ORDER BY number DESC LIMIT {limit}");
    ordered(cql, told(model.of(station).rev().take(limit)))
}

fn choice(model: &Model, stations: i32, random: u64) -> Query {
    let (station, from, to) = parts(stations, random);
    let found = model.of(station).filter(|one| [from, to, 50].contains(&one.number));
    ordered(format!("{COLUMNS} WHERE station = {station} AND number IN ({to}, {from}, 50)"), told(found))
}

fn both_keys(model: &Model, stations: i32, random: u64) -> Query {
    let (station, from, to) = parts(stations, random);
    let other = (station + 1) % stations;
    let mut chosen = vec![station, other];
    chosen.dedup();
    let found = chosen.iter().flat_map(|station| model.of(*station));
    let found = found.filter(|one| from <= one.number && one.number < to);
    unordered(
        format!("{COLUMNS} WHERE station IN ({station}, {other}) AND number >= {from} AND number < {to}"),
        told(found),
    )
}

fn aggregates(model: &Model, stations: i32, random: u64) -> Query {
    let (station, from, _) = parts(stations, random);
    let found: Vec<i32> =
        model.of(station).filter(|one| one.number >= from).map(|one| one.temperature).collect();
    let text = |value: Option<&i32>| value.map_or("null".to_owned(), i32::to_string);
    let row = vec![
        found.len().to_string(),
        text(found.iter().min()),
        text(found.iter().max()),
        found.iter().sum::<i32>().to_string(),
    ];
    let cql = format!(
        "SELECT count(*), min(temperature), max(temperature), sum(temperature) FROM weather.readings \
         WHERE station = {station} AND number >= {from}"
    );
    ordered(cql, vec![row])
}

fn filter(model: &Model, _stations: i32, random: u64) -> Query {
    let least = (random & 0x3f) as i32 - 20;
    let found = model.all().filter(|one| one.temperature >= least && one.status == "late");
    unordered(
        format!("{COLUMNS} WHERE temperature >= {least} AND status = 'late' ALLOW FILTERING"),
        told(found),
    )
}

fn index(model: &Model, stations: i32, random: u64) -> Query {
    let (station, _, _) = parts(stations, random);
    if random >> 50 & 1 == 0 {
        let found = model.all().filter(|one| one.status == "broken");
        return unordered(format!("{COLUMNS} WHERE status = 'broken'"), told(found));
    }
    let found = model.of(station).filter(|one| one.status == "broken");
    ordered(format!("{COLUMNS} WHERE status = 'broken' AND station = {station}"), told(found))
}

fn per_partition(model: &Model, _stations: i32, random: u64) -> Query {
    let limit = (random & 3) as usize + 1;
    let stations = model.stations();
    let found = stations.iter().flat_map(|station| model.of(*station).take(limit));
    unordered(format!("{COLUMNS} PER PARTITION LIMIT {limit}"), told(found))
}

fn groups(model: &Model, _stations: i32, _random: u64) -> Query {
    let of_station = |station: &i32| {
        let greatest = model.of(*station).map(|one| one.temperature).max().unwrap_or_default();
        vec![station.to_string(), model.of(*station).count().to_string(), greatest.to_string()]
    };
    unordered(
        "SELECT station, count(*), max(temperature) FROM weather.readings GROUP BY station".to_owned(),
        model.stations().iter().map(of_station).collect(),
    )
}

fn distinct(model: &Model, _stations: i32, _random: u64) -> Query {
    unordered(
        "SELECT DISTINCT station FROM weather.readings".to_owned(),
        model.stations().iter().map(|station| vec![station.to_string()]).collect(),
    )
}

fn count(model: &Model, _stations: i32, _random: u64) -> Query {
    ordered("SELECT count(*) FROM weather.readings".to_owned(), vec![vec![model.all().count().to_string()]])
}
