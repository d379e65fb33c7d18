//! The parameters of tables, with Cassandra's defaults and checks.

mod caching;
mod compaction;
mod compression;
mod in_effect;
mod option_values;
mod retry_policy;

use std::collections::BTreeMap;

use cqlite_cql::{Literal, MapLiteral, Property};
use cqlite_sstable::compress::CompressionParameters;
use cqlite_sstable::{Error, Result};

pub(crate) use self::option_values::OptionValues;
use super::java::double_text;
use crate::query::{QueryError, QueryResult};
use crate::storage::compaction::CompactionParameters;

pub use self::caching::CachingParameters;

/// The longest time to live, twenty years (`Attributes.MAX_TTL`).
pub const MAX_TIME_TO_LIVE_SECONDS: i32 = 20 * 365 * 24 * 60 * 60;

/// The least chance that a bloom filter can be made for (`BloomCalculations.minSupportedBloomFilterFpChance`).
const MIN_FP_CHANCE: f64 = 6.71e-5;

/// What tables can be asked for (`TableAttributes`).
const NAMES: [&str; 21] = [
    "additional_write_policy",
    "allow_auto_snapshot",
    "auto_repair",
    "bloom_filter_fp_chance",
    "caching",
    "cdc",
    "comment",
    "compaction",
    "compression",
    "crc_check_chance",
    "default_time_to_live",
    "extensions",
    "gc_grace_seconds",
    "id",
    "incremental_backups",
    "max_index_interval",
    "memtable",
    "memtable_flush_period_in_ms",
    "min_index_interval",
    "read_repair",
    "speculative_retry",
];

/// What a table is asked for beside its columns (`schema.TableParams`).
///
/// # Example
/// ```
/// use cqlite_core::catalog::TableParameters;
/// use cqlite_cql::{Literal, Property};
/// let grace = Property::literal("gc_grace_seconds", Literal::Integer("60".into()));
/// let parameters = TableParameters::parse(&[grace])?;
/// assert_eq!((parameters.gc_grace_seconds, parameters.min_index_interval), (60, 128));
///
/// let chance = Property::literal("bloom_filter_fp_chance", Literal::Float("1.5".into()));
/// assert_eq!(
///     TableParameters::parse(&[chance]).unwrap_err().message(),
///     "bloom_filter_fp_chance must be larger than 6.71E-5 and less than or equal to 1.0 (got 1.5)"
/// );
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TableParameters {
    /// When a coordinator writes to more replicas (`99p`, `ALWAYS`, ...).
    pub additional_write_policy: String,
    /// Whether a snapshot is taken before it is dropped or truncated, where the node does that.
    pub allow_auto_snapshot: bool,
    /// How many keys that are not in an SSTable its filter lets pass: a part of 1.
    pub bloom_filter_fp_chance: f64,
    /// What of it may be held in caches.
    pub caching: CachingParameters,
    /// Whether its commit log segments are kept for consumers of changes.
    pub cdc: bool,
    /// Words of whoever made it.
    pub comment: String,
    /// The strategy of its compaction: `class` with its package, thresholds where the strategy has them, and what else
    /// was given.
    pub compaction: BTreeMap<String, String>,
    /// How its SSTables are compressed: `class` with its package, and options; or `enabled` with `false`.
    pub compression: BTreeMap<String, String>,
    /// The name of the memtables' configuration.
    pub memtable: String,
    /// How often the checksum of a compressed chunk is compared: a part of 1.
    pub crc_check_chance: f64,
    /// The time to live of what is written without one; 0 if it stays.
    pub default_time_to_live_seconds: i32,
    /// What only others understand. Statements do not change it: Cassandra takes the option and passes over it.
    pub extensions: BTreeMap<String, Vec<u8>>,
    /// For how long tombstones are kept at least.
    pub gc_grace_seconds: i32,
    /// Whether flushed SSTables are linked into `backups/`, where the node does that.
    pub incremental_backups: bool,
    /// The least number of partitions between two entries of a summary of an index.
    pub max_index_interval: i32,
    /// After how long a memtable is flushed anyway; 0 if it is not.
    pub memtable_flush_period_millis: i32,
    /// The greatest number of partitions between two entries of a summary of an index.
    pub min_index_interval: i32,
    /// How replicas that differ are repaired at reads: `BLOCKING` or `NONE`.
    pub read_repair: String,
    /// When a coordinator reads from more replicas.
    pub speculative_retry: String,
}

impl Default for TableParameters {
    fn default() -> Self {
        Self {
            additional_write_policy: retry_policy::DEFAULT.to_owned(),
            allow_auto_snapshot: true,
            bloom_filter_fp_chance: 0.01,
            caching: CachingParameters::default(),
            cdc: false,
            comment: String::new(),
            compaction: compaction::default_map(),
            compression: compression::default_map(),
            memtable: DEFAULT_MEMTABLE.to_owned(),
            crc_check_chance: 1.0,
            default_time_to_live_seconds: 0,
            extensions: BTreeMap::new(),
            gc_grace_seconds: 864_000,
            incremental_backups: true,
            max_index_interval: 2048,
            memtable_flush_period_millis: 0,
            min_index_interval: 128,
            read_repair: "BLOCKING".to_owned(),
            speculative_retry: retry_policy::DEFAULT.to_owned(),
        }
    }
}

/// What only nodes have that are told to repair by themselves.
const AUTO_REPAIR: &str = "auto_repair";
const AUTO_REPAIR_NAMES: [&str; 4] =
    ["full_enabled", "incremental_enabled", "preview_repaired_enabled", "priority"];

/// `AutoRepairParams.fromMap`
fn check_auto_repair(values: &OptionValues<'_>) -> QueryResult<()> {
    let map = values.map(AUTO_REPAIR)?.unwrap_or_default();
    let is_known = |name: &String| AUTO_REPAIR_NAMES.contains(&name.to_lowercase().as_str());
    match map.keys().find(|name| !is_known(name)) {
        Some(name) => Err(QueryError::configuration(format!("Unknown property '{name}'"))),
        None => Ok(()),
    }
}

const DEFAULT_MEMTABLE: &str = "default";

/// The configurations of memtables in the `cassandra.yaml` that Cassandra comes with. Which one it is means nothing here.
const MEMTABLES: [&str; 3] = [DEFAULT_MEMTABLE, "skiplist", "trie"];

impl TableParameters {
    /// Those of a new table with these options; what is not among them has its default.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] with Cassandra's own message for what it would refuse.
    pub fn parse(options: &[Property]) -> Result<Self> {
        Ok(Self::default().changed(options, true)?)
    }

    /// These with some options changed (`ALTER TABLE ... WITH`).
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn altered(&self, options: &[Property]) -> Result<Self> {
        Ok(self.clone().changed(options, false)?)
    }

    /// Those of a stored table. Values that mean nothing to this version are kept as they are: a table does not go
    /// because its compaction is done by a class that is not known.
    pub(super) fn stored(options: &[Property]) -> Result<Self> {
        let values = OptionValues::new(options);
        let mut stored = Self::default();
        stored.set_plain(&values)?;
        for (name, map) in [("compaction", &mut stored.compaction), ("compression", &mut stored.compression)]
        {
            if let Some(entries) = values.map(name)? {
                *map = entries;
            }
        }
        if let Some(map) = values.blobs("extensions")? {
            stored.extensions = map;
        }
        for (name, text) in stored.texts_mut() {
            if let Some(value) = values.text(name)? {
                *text = value;
            }
        }
        Ok(stored)
    }

    fn changed(self, options: &[Property], is_new: bool) -> QueryResult<Self> {
        let names = Self::check_names(options);
        let changed = names.and_then(|()| self.with_options(options, is_new))?;
        changed.check()?;
        Ok(changed)
    }

    /// Refuses an option that tables do not have.
    pub(crate) fn check_names(options: &[Property]) -> QueryResult<()> {
        let values = OptionValues::new(options);
        values.check_names(&NAMES)?;
        match values.has(AUTO_REPAIR) {
            true => Err(QueryError::configuration(
                "auto_repair option is not supported unless auto-repair is enabled with \
                 -Dcassandra.autorepair.enable=true",
            )),
            false => Ok(()),
        }
    }

    /// These with what some options say, each understood and not more (`TableAttributes.build`).
    pub(crate) fn with_options(mut self, options: &[Property], is_new: bool) -> QueryResult<Self> {
        let values = OptionValues::new(options);
        let has_chance = values.has("bloom_filter_fp_chance");
        self.set_first(&values)?;
        if let Some(map) = values.map("compaction")? {
            self.compaction = compaction::canonical(&map)?;
            if is_new && !has_chance {
                self.bloom_filter_fp_chance = compaction::default_fp_chance(&self.compaction);
            }
        }
        if let Some(map) = values.map("compression")? {
            self.compression = compression::canonical(&map)?;
        }
        if let Some(name) = values.text("memtable")? {
            if !MEMTABLES.contains(&name.as_str()) {
                let told = format!("Memtable configuration \"{name}\" not found.");
                return Err(QueryError::configuration(told));
            }
            self.memtable = name;
        }
        self.set_numbers(&values)?;
        for (name, policy) in [
            ("speculative_retry", &mut self.speculative_retry),
            ("additional_write_policy", &mut self.additional_write_policy),
        ] {
            if let Some(text) = values.text(name)? {
                *policy = retry_policy::canonical(&text)?;
            }
        }
        self.set_last(&values)?;
        if let Some(text) = values.text("read_repair")? {
            let upper = text.to_uppercase();
            if !["NONE", "BLOCKING"].contains(&upper.as_str()) {
                let class = "org.apache.cassandra.service.reads.repair.ReadRepairStrategy";
                return Err(QueryError::invalid(format!("No enum constant {class}.{upper}")));
            }
            self.read_repair = upper;
        }
        check_auto_repair(&values)?;
        Ok(self)
    }

    /// Sets what is no text that has to be understood.
    fn set_plain(&mut self, values: &OptionValues<'_>) -> QueryResult<()> {
        self.set_first(values)?;
        self.set_numbers(values)?;
        self.set_last(values)
    }

    fn set_first(&mut self, values: &OptionValues<'_>) -> QueryResult<()> {
        self.allow_auto_snapshot = values.boolean("allow_auto_snapshot")?.unwrap_or(self.allow_auto_snapshot);
        let chance = values.double("bloom_filter_fp_chance")?;
        self.bloom_filter_fp_chance = chance.unwrap_or(self.bloom_filter_fp_chance);
        if let Some(map) = values.map("caching")? {
            self.caching = CachingParameters::parse(&map)?;
        }
        if let Some(comment) = values.text("comment")? {
            self.comment = comment;
        }
        Ok(())
    }

    fn set_numbers(&mut self, values: &OptionValues<'_>) -> QueryResult<()> {
        let int = |name: &str, before: i32| Ok::<i32, QueryError>(values.int(name)?.unwrap_or(before));
        self.default_time_to_live_seconds = int("default_time_to_live", self.default_time_to_live_seconds)?;
        self.gc_grace_seconds = int("gc_grace_seconds", self.gc_grace_seconds)?;
        self.incremental_backups = values.boolean("incremental_backups")?.unwrap_or(self.incremental_backups);
        self.max_index_interval = int("max_index_interval", self.max_index_interval)?;
        self.memtable_flush_period_millis =
            int("memtable_flush_period_in_ms", self.memtable_flush_period_millis)?;
        self.min_index_interval = int("min_index_interval", self.min_index_interval)?;
        Ok(())
    }

    fn set_last(&mut self, values: &OptionValues<'_>) -> QueryResult<()> {
        self.crc_check_chance = values.double("crc_check_chance")?.unwrap_or(self.crc_check_chance);
        self.cdc = values.boolean("cdc")?.unwrap_or(self.cdc);
        Ok(())
    }

    fn texts_mut(&mut self) -> [(&'static str, &mut String); 4] {
        [
            ("additional_write_policy", &mut self.additional_write_policy),
            ("memtable", &mut self.memtable),
            ("read_repair", &mut self.read_repair),
            ("speculative_retry", &mut self.speculative_retry),
        ]
    }

    /// Refuses values that cannot be (`TableParams.validate`).
    pub(crate) fn check(&self) -> QueryResult<()> {
        let refused = |error: Error| QueryError::configuration(error.message());
        self.compaction_parameters().map_err(refused)?;
        let got = |what: String, got: String| Err(QueryError::configuration(format!("{what} (got {got})")));
        let chance = self.bloom_filter_fp_chance;
        if !(chance > MIN_FP_CHANCE && chance <= 1.0) {
            let least = double_text(MIN_FP_CHANCE);
            let what =
                format!("bloom_filter_fp_chance must be larger than {least} and less than or equal to 1.0");
            return got(what, double_text(chance));
        }
        let chance = self.crc_check_chance;
        if !(0.0..=1.0).contains(&chance) {
            let what = "crc_check_chance must be larger than or equal to 0 and smaller than or equal to 1.0";
            return got(what.to_owned(), double_text(chance));
        }
        let not_less = [
            ("default_time_to_live", self.default_time_to_live_seconds, 0),
            ("gc_grace_seconds", self.gc_grace_seconds, 0),
            ("min_index_interval", self.min_index_interval, 1),
            ("memtable_flush_period_in_ms", self.memtable_flush_period_millis, 0),
        ];
        for (name, value, least) in not_less {
            if value < least {
                return got(format!("{name} must be greater than or equal to {least}"), value.to_string());
            }
        }
        let ttl = self.default_time_to_live_seconds;
        if ttl > MAX_TIME_TO_LIVE_SECONDS {
            let what =
                format!("default_time_to_live must be less than or equal to {MAX_TIME_TO_LIVE_SECONDS}");
            return got(what, ttl.to_string());
        }
        let (least, most) = (self.min_index_interval, self.max_index_interval);
        if most < least {
            let what =
                format!("max_index_interval must be greater than or equal to min_index_interval ({least})");
            return got(what, most.to_string());
        }
        Ok(())
    }

    /// How it is compacted.
    ///
    /// # Errors
    /// With Cassandra's own message, if the map is none of a strategy that is known. That cannot be after
    /// [`Self::parse`], but in what somebody else stored.
    pub fn compaction_parameters(&self) -> Result<CompactionParameters> {
        let entries = self.compaction.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        CompactionParameters::parse(entries, false)
    }

    /// How its SSTables are compressed; none if they are not.
    ///
    /// # Errors
    /// As [`Self::compaction_parameters`].
    pub fn compression_parameters(&self) -> Result<Option<CompressionParameters>> {
        let entries = self.compression.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        CompressionParameters::from_options(entries)
    }

    /// All of them as options of `CREATE TABLE`, in the order in which `DESCRIBE` prints them.
    pub fn to_options(&self) -> Vec<Property> {
        let text = |name: &str, value: &String| Property::literal(name, Literal::String(value.into()));
        let boolean = |name: &str, value: bool| Property::literal(name, Literal::boolean(value));
        let double =
            |name: &str, value: f64| Property::literal(name, Literal::Float(double_text(value).into()));
        let int =
            |name: &str, value: i32| Property::literal(name, Literal::Integer(value.to_string().into()));
        let map =
            |name: &str, value: BTreeMap<String, String>| Property::map(name, value.into_iter().collect());
        let blob = |(name, bytes): (&String, &Vec<u8>)| {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            (Literal::String(name.into()), Literal::Blob(format!("0x{digits}").into()))
        };
        let extensions = MapLiteral { entries: self.extensions.iter().map(blob).collect() };
        vec![
            text("additional_write_policy", &self.additional_write_policy),
            boolean("allow_auto_snapshot", self.allow_auto_snapshot),
            double("bloom_filter_fp_chance", self.bloom_filter_fp_chance),
            map("caching", self.caching.to_map()),
            boolean("cdc", self.cdc),
            text("comment", &self.comment),
            map("compaction", self.compaction.clone()),
            map("compression", self.compression.clone()),
            text("memtable", &self.memtable),
            double("crc_check_chance", self.crc_check_chance),
            int("default_time_to_live", self.default_time_to_live_seconds),
            Property::map("extensions", extensions),
            int("gc_grace_seconds", self.gc_grace_seconds),
            boolean("incremental_backups", self.incremental_backups),
            int("max_index_interval", self.max_index_interval),
            int("memtable_flush_period_in_ms", self.memtable_flush_period_millis),
            int("min_index_interval", self.min_index_interval),
            text("read_repair", &self.read_repair),
            text("speculative_retry", &self.speculative_retry),
        ]
    }

    /// Whether the memtables are those of every node.
    pub(super) fn has_default_memtable(&self) -> bool {
        self.memtable == DEFAULT_MEMTABLE
    }
}
