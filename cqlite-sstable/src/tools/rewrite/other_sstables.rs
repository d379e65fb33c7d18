//! What else there is of a table beside the inputs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::find::{CommitLog, FindOptions, FoundTable, find};
use crate::merge::{OverlappingSstables, Overlaps, UnknownOverlaps};
use crate::partitioner::Partitioner;
use crate::reader::{Access, Sstable};
use crate::tools::metadata::Metadata;

/// What of a table lies where its inputs lie and is none of them.
#[derive(Debug)]
pub struct OtherSstables {
    /// The SSTables.
    pub sstables: Vec<Descriptor>,
    /// What is known of the writes that a node has of it in memtables and a commit log.
    pub commit_log: CommitLog,
}

impl OtherSstables {
    /// Looks into the directories of the inputs, and for those of a snapshot or a backup into that of the table, too.
    ///
    /// # Errors
    /// If a directory cannot be read, or holds what cannot be: nobody could tell then what a tombstone is needed for.
    pub fn of(inputs: &[Descriptor]) -> Result<Self> {
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let own = inputs.iter().map(|one| real(one.directory()));
        let of_tables = inputs.iter().filter_map(Descriptor::table_directory).map(|one| real(&one));
        let directories: BTreeSet<PathBuf> = own.chain(of_tables).collect();
        let mut sstables = Vec::new();
        let mut commit_logs = Vec::new();
        for directory in directories {
            let found = find(&[directory], &FindOptions::default())?;
            let mut obstacles = found.tables.iter().flat_map(FoundTable::obstacles);
            if let Some(error) = found.refused.first().or_else(|| obstacles.next()) {
                return Err(Error::new(
                    error.kind(),
                    format!("it is not known which tombstones are needed: {error}"),
                )
                .advise("compact without --purge"));
            }
            for table in &found.tables {
                // A node that did not stop cleanly leaves transaction logs, too.
                commit_logs.push(if table.is_live { CommitLog::HasWrites } else { table.commit_log });
                let is_other = |one: &&Descriptor| !inputs.iter().any(|input| is_same(input, one));
                sstables.extend(table.sstables.iter().filter(is_other).cloned());
            }
        }
        Ok(Self { sstables, commit_log: commit_logs.into_iter().max().unwrap_or_default() })
    }

    /// As what keeps tombstones. All are kept unless the commit log is known to be empty: `drained` says so, or it was
    /// found and is. One that was not found may lie elsewhere, and hold any write. What does not agree with the index of
    /// its SSTable, and so rules out no tombstone, is told by the second part.
    ///
    /// # Errors
    /// If one of the SSTables cannot be opened.
    pub fn overlaps(
        &self,
        partitioner: Partitioner,
        drained: bool,
    ) -> Result<(Box<dyn Overlaps>, Vec<Error>)> {
        if !drained && self.commit_log != CommitLog::Empty {
            return Ok((Box::new(UnknownOverlaps), Vec::new()));
        }
        let mut overlaps = OverlappingSstables::new(partitioner);
        let mut doubts = Vec::new();
        for descriptor in &self.sstables {
            let sstable = Sstable::open_descriptor(descriptor, Access::default())?;
            let metadata = Metadata::load(descriptor.stem(), sstable.files(), sstable.version());
            let keys = metadata.ok().and_then(|metadata| metadata.key_range);
            let keys = keys.map(|keys| (keys.first, keys.last));
            doubts.extend(overlaps.add(descriptor.clone(), &sstable, keys)?);
        }
        Ok((Box::new(overlaps), doubts))
    }
}

/// Whether two names mean one SSTable, whichever path leads there.
fn is_same(a: &Descriptor, b: &Descriptor) -> bool {
    let real = |one: &Descriptor| fs::canonicalize(one.directory()).ok();
    a.stem() == b.stem() && real(a).is_some_and(|directory| Some(directory) == real(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_the_inputs_and_is_none_of_them_counts() {
        let root = tempfile::tempdir().unwrap();
        let table = root.path().join("t");
        fs::create_dir(&table).unwrap();
        std::os::unix::fs::symlink(&table, root.path().join("link")).unwrap();
        for id in 1..=3 {
            fs::write(table.join(format!("nb-{id}-big-Data.db")), "").unwrap();
        }
        let input = |directory: &Path, id: u32| {
            Descriptor::from_file(&directory.join(format!("nb-{id}-big-Data.db"))).unwrap()
        };
        let others = OtherSstables::of(&[input(&table, 1), input(&root.path().join("link"), 3)]).unwrap();
        let stems: BTreeSet<&str> = others.sstables.iter().map(Descriptor::stem).collect();
        assert_eq!((stems, others.commit_log), (BTreeSet::from(["nb-2-big"]), CommitLog::NotFound));
        // A version that cannot be read may hold anything.
        fs::write(table.join("ms-9-big-Data.db"), "").unwrap();
        OtherSstables::of(&[input(&table, 1)]).unwrap_err();
    }
}
