//! Properties of keyspaces and tables.

use super::{Generator, Spoil};
use crate::schema::{Column, Kind};

/// An option of tables, and what it may be.
const OPTIONS: &[(&str, &[&str])] = &[
    ("comment", &["'a comment'", "'it''s'", "''"]),
    // None is 0: when Cassandra forgets a deletion then depends on the clock.
    ("gc_grace_seconds", &["864000", "100000", "1000"]),
    ("default_time_to_live", &["10000000", "0"]),
    ("bloom_filter_fp_chance", &["0.1", "0.01", "1.0"]),
    (
        "caching",
        &["{'keys': 'ALL', 'rows_per_partition': 'NONE'}", "{'keys': 'NONE', 'rows_per_partition': '10'}"],
    ),
    (
        "compaction",
        &[
            "{'class': 'SizeTieredCompactionStrategy', 'enabled': 'false'}",
            "{'class': 'UnifiedCompactionStrategy', 'enabled': 'false'}",
            "{'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': '100'}",
            "{'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'DAYS', 'compaction_window_size': 2}",
        ],
    ),
    (
        "compression",
        &[
            "{'class': 'LZ4Compressor', 'chunk_length_in_kb': 16}",
            "{'enabled': 'false'}",
            "{'class': 'SnappyCompressor'}",
            "{'class': 'ZstdCompressor', 'compression_level': '3'}",
            "{'class': 'DeflateCompressor', 'chunk_length_in_kb': '4'}",
        ],
    ),
    ("speculative_retry", &["'99p'", "'ALWAYS'", "'10ms'", "'NONE'", "'MIN(10ms,99p)'"]),
    ("additional_write_policy", &["'99p'", "'NEVER'"]),
    ("crc_check_chance", &["0.5", "1"]),
    ("memtable_flush_period_in_ms", &["0", "3600000"]),
    ("min_index_interval", &["64", "128"]),
    ("max_index_interval", &["4096"]),
    ("read_repair", &["'NONE'", "'BLOCKING'"]),
    ("cdc", &["false"]),
    ("allow_auto_snapshot", &["false", "true"]),
    ("incremental_backups", &["false", "true"]),
    ("memtable", &["'default'"]),
    ("extensions", &["{'a': 0x01}"]),
];

const WRONG_OPTIONS: &[&str] = &[
    "nope0 = 1",
    "comment = {'a': 'b'}",
    "gc_grace_seconds = 'abc'",
    "gc_grace_seconds = -1",
    "default_time_to_live = -5",
    "default_time_to_live = 999999999",
    "bloom_filter_fp_chance = 2",
    "bloom_filter_fp_chance = 'x'",
    "caching = 'ALL'",
    "caching = {'keys': 'nope0'}",
    "caching = {'nope0': 'ALL'}",
    "compaction = {'class': 'nope0'}",
    "compaction = {'enabled': 'true'}",
    "compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': '1'}",
    "compaction = {'class': 'LeveledCompactionStrategy', 'nope0': '1'}",
    "compression = {'class': 'nope0'}",
    "compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': '5'}",
    "compression = {'sstable_compression': 'LZ4Compressor', 'class': 'LZ4Compressor'}",
    "speculative_retry = 'nope0'",
    "crc_check_chance = 3",
    "min_index_interval = 0",
    "max_index_interval = 1",
    "read_repair = 'nope0'",
    "memtable = 'nope0'",
    "memtable_flush_period_in_ms = -1",
    "cdc = 'maybe'",
    "id = 'nope0'",
    "extensions = 5",
];

const REPLICATIONS: &[&str] = &[
    "{'class': 'SimpleStrategy', 'replication_factor': 1}",
    "{'class': 'SimpleStrategy', 'replication_factor': '1'}",
    "{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}",
    "{'class': 'org.apache.cassandra.locator.SimpleStrategy', 'replication_factor': 1}",
];

const WRONG_KEYSPACE_PROPERTIES: &[&str] = &[
    "nope0 = 1",
    "replication = {'class': 'nope0'}",
    "replication = {'class': 'SimpleStrategy'}",
    "replication = {'class': 'SimpleStrategy', 'replication_factor': 'x'}",
    "replication = {'replication_factor': 1}",
    "replication = {'class': 'NetworkTopologyStrategy', 'nope0': 1}",
    "replication = 'SimpleStrategy'",
    "durable_writes = 'maybe'",
    "durable_writes = true",
];

impl Generator {
    pub(super) fn keyspace_properties(&mut self) -> String {
        if self.spoils(Spoil::Option) {
            return self.pick(WRONG_KEYSPACE_PROPERTIES).to_owned();
        }
        let replication = self.pick(REPLICATIONS);
        let durable = match self.below(3) {
            0 => "",
            1 => " AND durable_writes = true",
            _ => " AND durable_writes = false",
        };
        if !durable.is_empty() {
            self.rule("durable_writes");
        }
        self.rule("replication");
        format!("replication = {replication}{durable}")
    }

    /// The options of a new table.
    pub(super) fn table_options(&mut self, columns: &[Column], has_counters: bool) -> Vec<String> {
        let mut options = Vec::new();
        let order = self.clustering_order(columns);
        options.extend(order);
        for _ in 0..[0, 1, 2, 3, 5][self.below(5)] {
            let option = self.table_option();
            let is_ttl = option.starts_with("default_time_to_live");
            let name = option.split(' ').next().unwrap_or_default().to_owned();
            let is_there = options.iter().any(|one: &String| one.starts_with(&name));
            let is_fit = !is_ttl || !has_counters;
            if is_fit && !is_there {
                options.push(option);
            }
        }
        options
    }

    fn clustering_order(&mut self, columns: &[Column]) -> Option<String> {
        let mut orders = Vec::new();
        for column in columns {
            if let Kind::Clustering { is_descending } = column.kind {
                orders.push(format!("{} {}", column.name, if is_descending { "DESC" } else { "ASC" }));
            }
        }
        let needs = orders.iter().any(|order| order.ends_with("DESC"));
        if orders.is_empty() || !needs && self.chance(50) {
            return None;
        }
        self.rule("CLUSTERING ORDER BY");
        if self.spoils(Spoil::Order) {
            match self.below(3) {
                0 => orders.reverse(),
                1 => drop(orders.pop()),
                _ => orders.push("nope0 ASC".to_owned()),
            }
        }
        (!orders.is_empty()).then(|| format!("CLUSTERING ORDER BY ({})", orders.join(", ")))
    }

    pub(super) fn table_option(&mut self) -> String {
        if self.spoils(Spoil::Option) {
            return self.pick(WRONG_OPTIONS).to_owned();
        }
        let (name, values) = self.pick(OPTIONS);
        self.rule(name);
        format!("{name} = {}", self.pick(values))
    }
}
