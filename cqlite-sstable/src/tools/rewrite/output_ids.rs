//! The ids of outputs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::descriptor::{Descriptor, SstableId};
use crate::error::Result;
use crate::version::Version;
use crate::writer::SstableIds;

/// Which ids the outputs of a rewrite get.
#[derive(Debug)]
pub struct OutputIds {
    keeps: bool,
    takes_uuids: bool,
    given: BTreeSet<SstableId>,
    next: SstableIds,
}

impl OutputIds {
    /// Those behind all that are used where `inputs` lie, so that outputs can be put beside them; time UUIDs where one of
    /// them has one and the version of the outputs takes them. `first` chooses the first number instead. Unless it does,
    /// outputs may keep the ids of their inputs.
    ///
    /// # Errors
    /// If a directory of an input cannot be read.
    pub fn of(inputs: &[Descriptor], first: Option<u32>, keeps: bool, to: Version) -> Result<Self> {
        if let Some(first) = first {
            return Ok(Self::next_of(SstableIds::from(first)));
        }
        let directories: Vec<PathBuf> = inputs.iter().map(|one| one.directory().to_owned()).collect();
        let has_uuid = inputs.iter().any(|one| matches!(one.id(), SstableId::Uuid(_)));
        let takes_uuids = to.has_uuid_ids();
        let next = SstableIds::free_in(&directories, has_uuid && takes_uuids)?;
        Ok(Self { keeps, takes_uuids, ..Self::next_of(next) })
    }

    /// Those that come next.
    pub fn next_of(next: SstableIds) -> Self {
        Self { keeps: false, takes_uuids: true, given: BTreeSet::new(), next }
    }

    /// That of the input for its first output, the next ones for others, and where two inputs have the same.
    pub fn kept_or(next: SstableIds) -> Self {
        Self { keeps: true, ..Self::next_of(next) }
    }

    /// The id of the next output; it is the first of `input`, if one is given.
    pub(in crate::tools) fn give(&mut self, input: Option<&SstableId>) -> Result<SstableId> {
        let is_taken = |id: &SstableId| self.takes_uuids || !matches!(id, SstableId::Uuid(_));
        let kept = input.filter(|id| self.keeps && is_taken(id) && !self.given.contains(*id)).cloned();
        let mut id = kept.map_or_else(|| self.next.next_id(), Ok)?;
        while !self.given.insert(id.clone()) {
            id = self.next.next_id()?;
        }
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(mut ids: OutputIds, inputs: &[Option<u32>]) -> Vec<String> {
        let give =
            |input: &Option<u32>| ids.give(input.map(SstableId::Sequence).as_ref()).unwrap().to_string();
        inputs.iter().map(give).collect()
    }

    #[test]
    fn an_id_is_kept_where_it_is_free_and_never_given_twice() {
        let inputs = [Some(3), None, Some(7), Some(3), Some(9)];
        assert_eq!(given(OutputIds::kept_or(SstableIds::from(8)), &inputs), ["3", "8", "7", "9", "10"]);
        assert_eq!(given(OutputIds::next_of(SstableIds::from(8)), &inputs), ["8", "9", "10", "11", "12"]);
    }
}
