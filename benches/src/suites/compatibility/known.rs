//! Which SSTables of Cassandra are read.

use cqlite_tests::corpus::Corpus;
use cqlite_tests::fixtures;
use cqlite_tests::known::{KnownSstable, KnownTable};

use crate::load::Result;
use crate::suite::{Scale, Stage};

/// The versions that Cassandra 5.0 reads.
pub(super) const VERSIONS: [&str; 10] = ["ma", "mb", "mc", "md", "me", "na", "nb", "nc", "oa", "da"];

/// Versions of which the repository has no SSTables.
const OF_THE_CORPUS: [&str; 3] = ["mb", "na", "nc"];

/// The larger collection of SSTables, where it is on this machine.
pub(super) fn corpus() -> Option<Corpus> {
    Corpus::find().ok()
}

/// The SSTables that are compared at a scale: the repository's, and of the corpus, where it is there, all, or those of the versions
/// that the repository does not have.
pub(super) fn sstables(stage: &Stage) -> Result<Vec<KnownSstable>> {
    let mut all = fixtures::sstables()?;
    if let Some(corpus) = corpus() {
        let is_wanted = |sstable: &KnownSstable| {
            stage.scale() == Scale::Full || OF_THE_CORPUS.contains(&sstable.version.as_str())
        };
        all.extend(corpus.sstables()?.into_iter().filter(is_wanted));
    }
    Ok(all)
}

/// The tables of the repository of which it is known what a node answers.
pub(super) fn tables() -> Result<Vec<KnownTable>> {
    let mut tables = fixtures::tables()?;
    tables.retain(|table| table.raw_json.is_some());
    Ok(tables)
}
