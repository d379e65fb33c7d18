//! What outputs take over from inputs.

use super::{RepairState, RewriteInput, Target, merged_header};
use crate::component::statistics::{IntervalSet, SerializationHeader, StatisticsSettings};
use crate::compress::CompressionParameters;
use crate::error::{Error, Result};
use crate::types::CqlType;
use crate::writer::index::IndexSettings;
use crate::writer::{Lossy, WriterOptions};

/// What a user decides about a rewrite.
#[derive(Debug, Clone, PartialEq)]
pub struct RewriteOptions {
    /// What is to be written.
    pub target: Target,
    /// Whether the outputs count as unrepaired, whatever the inputs are.
    pub marks_unrepaired: bool,
    /// How the outputs are compressed, `Some(None)` for not at all; none to keep that of the inputs.
    pub compression: Option<Option<CompressionParameters>>,
    /// Bytes of a block in the index of a partition's rows; none for the default of Cassandra.
    pub index_block_bytes: Option<u32>,
}

/// What all outputs of a rewrite have.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// How the rows are encoded.
    pub header: SerializationHeader,
    /// What Statistics.db says beside what the rows tell.
    pub settings: StatisticsSettings,
    /// How Data.db is compressed, if it is.
    pub compression: Option<CompressionParameters>,
    /// How rows and partitions are indexed.
    pub index: IndexSettings,
    /// How many partitions there are at most, for the size of the bloom filter.
    pub partitions: u64,
}

impl Kept {
    /// How an output is written that has about so many partitions. With `writes_behind` another thread compresses.
    pub fn writer_options(&self, target: Target, estimated_keys: u64, writes_behind: bool) -> WriterOptions {
        WriterOptions {
            compression: self.compression.clone(),
            index: self.index,
            estimated_keys,
            statistics: self.settings.clone(),
            lossy: if target.is_lossy { Lossy::Convert } else { Lossy::Refuse },
            writes_behind,
        }
    }
}

/// What is kept of `inputs`, which stand in the order of their age.
///
/// # Errors
/// [`crate::ErrorKind::InvalidInput`] if there is none, or two of them must not be mixed, naming both;
/// [`crate::ErrorKind::Unsupported`] if the target cannot hold what they have.
pub fn keep(inputs: &[RewriteInput<'_>], options: &RewriteOptions) -> Result<Kept> {
    let (Some(first), Some(newest)) = (inputs.first(), inputs.last()) else {
        return Err(Error::invalid_input("there is no SSTable to rewrite"));
    };
    refuse_mixed(inputs)?;
    options.target.check(inputs)?;
    let repair = match options.marks_unrepaired {
        true => RepairState::Unrepaired,
        false => options.target.repair(RepairState::of_all(inputs)?)?,
    };
    let header = match inputs {
        [only] => only.statistics.header.clone(),
        several => merged_header(several)?.0,
    };
    let compression = match &options.compression {
        Some(chosen) => chosen.clone(),
        None => newest.compression.clone(),
    };
    let validation = &newest.statistics.validation;
    let mut settings = StatisticsSettings::new(
        first.statistics.validation.partitioner.clone(),
        validation.bloom_filter_fp_chance,
    );
    if let [only] = inputs {
        settings.sstable_level = only.statistics.stats.sstable_level;
        settings.token_space_coverage = only.statistics.stats.token_space_coverage;
    }
    match repair {
        RepairState::Unrepaired => {}
        RepairState::Repaired { at_millis } => settings.repaired_at_millis = at_millis,
        RepairState::Pending { session, is_transient } => {
            settings.pending_repair = Some(session);
            settings.is_transient = is_transient;
        }
    }
    (settings.originating_host_id, settings.commit_log_intervals) = written_by(inputs);
    let partitions = inputs.iter().fold(0_u64, |sum, input| sum.saturating_add(input.partitions));
    let index = index_settings(options);
    Ok(Kept { header, settings, compression, index, partitions })
}

fn index_settings(options: &RewriteOptions) -> IndexSettings {
    let default = IndexSettings::of_version(options.target.version);
    IndexSettings { block_bytes: options.index_block_bytes.unwrap_or(default.block_bytes), ..default }
}

/// The host that wrote all inputs, and what it has in them of its commit log. Where several hosts did, or nobody knows,
/// a position would be one in another host's log: there is none.
fn written_by(inputs: &[RewriteInput<'_>]) -> (Option<[u8; 16]>, IntervalSet) {
    let mut stats = inputs.iter().map(|input| &input.statistics.stats);
    let Some(first) = stats.next() else { return (None, IntervalSet::default()) };
    let (host, mut intervals) = (first.originating_host_id, first.commit_log_intervals.clone());
    for other in stats {
        if host.is_none() || other.originating_host_id != host {
            return (None, IntervalSet::default());
        }
        other.commit_log_intervals.intervals().iter().for_each(|interval| intervals.insert(*interval));
    }
    (host, intervals)
}

/// Refuses inputs that cannot be SSTables of one table.
fn refuse_mixed(inputs: &[RewriteInput<'_>]) -> Result<()> {
    let Some((first, others)) = inputs.split_first() else { return Ok(()) };
    for other in others {
        let differ = |what: &str, a: &str, b: &str| {
            Err(Error::invalid_input(format!(
                "{} has the {what} {b}, but {} has {a}: they are not SSTables of one table",
                other.descriptor, first.descriptor
            )))
        };
        let (a, b) = (first.statistics, other.statistics);
        if first.descriptor.table_name() != other.descriptor.table_name() {
            let name = |input: &RewriteInput<'_>| match input.descriptor.table_name() {
                Some((keyspace, table)) => format!("{keyspace}.{table}"),
                None => "unknown".to_owned(),
            };
            return differ("table", &name(first), &name(other));
        }
        if simple_name(&a.validation.partitioner) != simple_name(&b.validation.partitioner) {
            return differ("partitioner", &a.validation.partitioner, &b.validation.partitioner);
        }
        if a.header.key_type != b.header.key_type {
            return differ("key type", &name_of(&a.header.key_type), &name_of(&b.header.key_type));
        }
        if a.header.clustering_types != b.header.clustering_types {
            let names = |types: &[CqlType]| types.iter().map(name_of).collect::<Vec<_>>().join(", ");
            return differ(
                "clustering types",
                &names(&a.header.clustering_types),
                &names(&b.header.clustering_types),
            );
        }
    }
    Ok(())
}

fn name_of(of: &CqlType) -> String {
    of.marshal_name().to_string()
}

fn simple_name(class_name: &str) -> &str {
    class_name.rsplit_once('.').map_or(class_name, |(_, name)| name)
}
