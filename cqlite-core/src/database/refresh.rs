//! Reading on beside a writer.

use std::collections::BTreeMap;

use cqlite_sstable::{Error, Result};

use super::replay::LogReading;
use super::{Database, DatabaseBuilder};
use crate::storage::mutation::Mutation;
use crate::storage::replay::LogFollower;

/// What a database that is only read goes on with.
pub(super) struct Reader {
    /// How it was opened.
    pub(super) builder: DatabaseBuilder,
    /// Up to where it has read the commit log.
    pub(super) follower: LogFollower,
}

impl Database {
    /// Shows what another process has written since this database was opened only to be read, or refreshed last. Whether that may
    /// be anything.
    ///
    /// As long as the writer only writes, what is new in its commit log is read, and nothing else. Where it has flushed, compacted, or
    /// changed the schema, the database is opened anew. Views and tables that were got before go on showing what they
    /// showed. If nothing was written, the directories of the tables are listed and the end of the log is looked at.
    ///
    /// # Errors
    /// If the database was not opened only to be read; and as [`DatabaseBuilder::open_read_only`], where it goes on showing what it showed, or
    /// that and a part of what is new.
    pub fn refresh(&mut self) -> Result<bool> {
        let Some(Reader { builder, follower }) = &mut self.reader else {
            let told = "only a database that was opened to be read is refreshed: one that is written shows all there is";
            return Err(Error::invalid_input(told).at(&self.places.root));
        };
        let schema = self.schema.load_full();
        let (store, log) = (&self.store, &self.places.commit_log);
        let reading = LogReading { store, schema: &schema, truncated: &BTreeMap::new(), builder, log };
        let is_own = |id| schema.system().get(id).is_some();
        let mut changes_own = false;
        let followed = follower.poll(&mut |logged| {
            let taken = reading.take(logged)?;
            let mut updates = taken.iter().flat_map(Mutation::updates);
            changes_own |= updates.any(|update| is_own(update.table_id()));
            Ok(())
        });
        match followed {
            Ok(followed) if !followed.has_gap && !changes_own && store.shows_all_files() => {
                Ok(followed.mutations > 0)
            }
            // What hinders here may be gone then: a table that is not known, or memory that SSTables give back.
            _ => {
                *self = builder.clone().open_read_only()?;
                Ok(true)
            }
        }
    }
}
