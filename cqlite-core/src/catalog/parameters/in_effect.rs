//! What holds of parameters that somebody else stored.

use cqlite_sstable::compress::CompressionParameters;

use super::TableParameters;
use crate::storage::compaction::{CompactionParameters, Strategy};

impl TableParameters {
    /// How it is compacted here. `unsafe_aggressive_sstable_expiration` has no effect, as in a node that is not started to
    /// allow it. By a map that is none of a strategy that is known it is not compacted at all; why is told by the sentence
    /// that comes with it.
    pub(crate) fn compaction_in_effect(&self) -> (CompactionParameters, Option<String>) {
        let entries = self.compaction.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        match CompactionParameters::parse(entries, true) {
            Ok(mut parsed) => {
                match &mut parsed.strategy {
                    Strategy::TimeWindow(windows) => windows.ignores_overlaps = false,
                    Strategy::Unified(unified) => unified.ignores_overlaps = false,
                    Strategy::SizeTiered(_) | Strategy::Leveled(_) => {}
                }
                (parsed, None)
            }
            Err(error) => {
                let told = format!("it is not compacted: {}", error.message());
                (CompactionParameters { is_enabled: false, ..CompactionParameters::default() }, Some(told))
            }
        }
    }

    /// How its SSTables are compressed here: by a map that is not known, as those of a table that says nothing. Why is told
    /// by the sentence that comes with it.
    pub(crate) fn compression_in_effect(&self) -> (Option<CompressionParameters>, Option<String>) {
        match self.compression_parameters() {
            Ok(parsed) => (parsed, None),
            Err(error) => {
                let told = format!("it is compressed by LZ4: {}", error.message());
                (Self::default().compression_parameters().ok().flatten(), Some(told))
            }
        }
    }
}
