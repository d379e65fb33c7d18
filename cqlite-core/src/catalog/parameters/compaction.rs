//! The compaction map as it is stored (`CompactionParams.asMap`).

use std::collections::BTreeMap;

use crate::query::{QueryError, QueryResult};
use crate::storage::compaction::{CompactionParameters, Strategy};

const PACKAGE: &str = "org.apache.cassandra.db.compaction.";

pub(super) fn default_map() -> BTreeMap<String, String> {
    let class = format!("{PACKAGE}SizeTieredCompactionStrategy");
    with_thresholds(BTreeMap::from([("class".to_owned(), class)]))
}

/// A map that somebody gave: its class with the package, and thresholds where the strategy has them. Of its other options
/// nothing is checked but those that decide how the map is read (`CompactionParams.fromMap`).
pub(super) fn canonical(given: &BTreeMap<String, String>) -> QueryResult<BTreeMap<String, String>> {
    let decides = |name: &&str| ["class", "provide_overlapping_tombstones"].contains(name);
    let entries = given.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let parsed = CompactionParameters::parse(entries.filter(|(name, _)| decides(name)), false);
    let parsed = parsed.map_err(|error| QueryError::configuration(error.message()))?;
    let mut map = given.clone();
    map.insert("class".to_owned(), format!("{PACKAGE}{}", parsed.strategy.name()));
    Ok(match parsed.strategy {
        Strategy::Unified(_) => map,
        Strategy::SizeTiered(_) | Strategy::Leveled(_) | Strategy::TimeWindow(_) => with_thresholds(map),
    })
}

/// The chance of a filter that a table gets if it does not say.
pub(super) fn default_fp_chance(map: &BTreeMap<String, String>) -> f64 {
    match map.get("class").and_then(|class| class.strip_prefix(PACKAGE)) {
        Some("LeveledCompactionStrategy") => 0.1,
        _ => 0.01,
    }
}

fn with_thresholds(mut map: BTreeMap<String, String>) -> BTreeMap<String, String> {
    for (name, value) in [("min_threshold", "4"), ("max_threshold", "32")] {
        map.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    map
}
