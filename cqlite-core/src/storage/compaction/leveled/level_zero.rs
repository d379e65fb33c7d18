//! What of level 0 is compacted together.

use cqlite_sstable::Token;

use super::super::SstableSummary;
use super::super::summary::data_bytes;
use super::Manifest;

impl<'a> Manifest<'a> {
    /// The oldest SSTables of level 0 with those that overlap them, and, if that is more than one SSTable
    /// makes, with those that they overlap in level 1; none if there are not two, or if some of them are
    /// being compacted (`getCandidatesFor`).
    pub(super) fn of_level_zero(&self) -> Option<Vec<&'a SstableSummary>> {
        let compacting: Vec<&SstableSummary> =
            self.levels.level(0).iter().copied().filter(|sstable| sstable.is_compacting).collect();
        let mut inputs = self.oldest_of_level_zero(&compacting);
        if data_bytes(inputs.iter().copied()) > self.leveled.sstable_bytes {
            let (first, last) = span(&inputs)?;
            let overlaps = |one: &&SstableSummary| one.has_tokens_between(first, last);
            let above: Vec<&SstableSummary> = self.levels.level(1).iter().copied().filter(overlaps).collect();
            if above.iter().any(|one| one.is_compacting) || compacting.iter().any(overlaps) {
                return None;
            }
            inputs.extend(above);
        }
        (inputs.len() >= 2).then_some(inputs)
    }

    fn oldest_of_level_zero(&self, compacting: &[&SstableSummary]) -> Vec<&'a SstableSummary> {
        let max_threshold = self.parameters.max_threshold;
        let busy = span(compacting);
        let is_beside_busy =
            |one: &SstableSummary| busy.is_none_or(|(first, last)| !one.has_tokens_between(first, last));
        let mut remaining: Vec<&SstableSummary> =
            self.levels.level(0).iter().copied().filter(|sstable| !sstable.is_suspect).collect();
        remaining.sort_by_key(|sstable| sstable.max_timestamp);
        let by_age = remaining.clone();
        let mut inputs: Vec<&SstableSummary> = Vec::new();
        for sstable in by_age {
            if inputs.iter().any(|input| input.id == sstable.id) {
                continue;
            }
            let (first, last) = (&sstable.first.token, &sstable.last.token);
            let is_taken =
                |one: &&SstableSummary| one.id == sstable.id || one.has_tokens_between(first, last);
            if remaining.iter().copied().any(|one| is_taken(&one) && one.is_compacting)
                || sstable.is_compacting
            {
                continue;
            }
            inputs.extend(remaining.iter().copied().filter(is_taken).filter(|one| is_beside_busy(one)));
            remaining.retain(|one| !is_taken(one));
            if inputs.len() > max_threshold {
                inputs.sort_by_key(|input| input.max_timestamp);
                inputs.truncate(max_threshold);
                break;
            }
        }
        inputs
    }
}

/// The least and the greatest token of any of the SSTables.
fn span<'t>(sstables: &[&'t SstableSummary]) -> Option<(&'t Token, &'t Token)> {
    let first = sstables.iter().map(|sstable| &sstable.first).min()?;
    let last = sstables.iter().map(|sstable| &sstable.last).max()?;
    Some((&first.token, &last.token))
}
