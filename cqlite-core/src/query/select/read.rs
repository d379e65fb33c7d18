//! What a `SELECT` reads.

use cqlite_sstable::Partitioner;
use cqlite_sstable::reader::Slice;
use cqlite_sstable::schema::ColumnKind;

use super::PreparedSelect;
use crate::query::restrictions::{RowFilter, TokenBounds, check_key};
use crate::query::{Bindings, QueryResult};
use crate::storage::read::ReadCommand;

/// What one execution asks for.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, which is taken apart at once")]
pub(super) enum Asked {
    Nothing,
    /// No row, as none can be in what is asked for. Cassandra reads static columns all the same, and shows nothing of them
    /// (`SelectStatement.makeClusteringIndexFilter`).
    NoRow,
    Rows(SelectRead),
}

/// What is read in one execution.
pub(super) struct SelectRead {
    pub(super) command: ReadCommand,
    /// The tokens that partitions may have, where the range that is read has others.
    pub(super) tokens: Option<TokenBounds>,
}

const MILLIS: i64 = 1_000;

impl PreparedSelect {
    /// What is to be read (`SelectStatement.getQuery`).
    pub(super) fn read(&self, filter: &RowFilter<'_>, bindings: &Bindings<'_>) -> QueryResult<Asked> {
        let id = self.table.id();
        let restrictions = &self.restrictions;
        let is_named = !restrictions.is_key_range()
            && (!restrictions.uses_index() || restrictions.has_key_restrictions());
        let (mut command, tokens) = if is_named {
            let keys = restrictions.partition_keys(bindings)?;
            if keys.is_empty() {
                return Ok(Asked::Nothing);
            }
            let slices = self.slices(bindings)?;
            if slices.is_none() && (restrictions.is_column_range() || !self.fetches_statics()) {
                return Ok(Asked::Nothing);
            }
            keys.iter().try_for_each(|key| check_key(key))?;
            let Some(slices) = slices else { return Ok(Asked::NoRow) };
            let command = match <[Vec<u8>; 1]>::try_from(keys) {
                Ok([key]) => ReadCommand::key(id, key),
                Err(keys) => ReadCommand::keys(id, keys),
            };
            (command.slices(slices), None)
        } else {
            let Some(slices) = self.slices(bindings)? else { return Ok(Asked::Nothing) };
            let Some(tokens) = restrictions.token_bounds(bindings)? else { return Ok(Asked::Nothing) };
            let command = ReadCommand::range(id, tokens.to_range()).slices(slices);
            let is_exact = tokens == TokenBounds::default()
                || matches!(self.table.layout().partitioner(), Partitioner::Murmur3 | Partitioner::Random);
            (command, Some(tokens).filter(|_| !is_exact))
        };
        if self.is_reversed {
            command = command.reversed();
        }
        command.now_seconds = Some(bindings.now_millis.div_euclid(MILLIS));
        if !self.selection.is_wildcard() {
            command.columns = Some(self.wanted(filter));
        }
        if self.is_distinct {
            command.partition_limit = Some(1);
        }
        Ok(Asked::Rows(SelectRead { command, tokens }))
    }

    /// The slices that are read of each partition, all of it if there are none; nothing if no row can be in them.
    fn slices(&self, bindings: &Bindings<'_>) -> QueryResult<Option<Vec<Slice>>> {
        if self.is_distinct || !self.restrictions.has_clustering_restrictions() {
            return Ok(Some(Vec::new()));
        }
        let slices = if self.restrictions.is_column_range() {
            self.restrictions.slices(bindings)?
        } else {
            let rows = self.restrictions.clusterings(bindings)?;
            rows.iter().map(|row| Slice::of_prefix(row.as_clustering().iter())).collect()
        };
        Ok(Some(slices).filter(|slices| !slices.is_empty()))
    }

    /// Whether Cassandra fetches static columns (`ColumnFilter.fetchedColumns`): all there are, if no column that is none of the
    /// key is selected.
    fn fetches_statics(&self) -> bool {
        let selected = |kind: ColumnKind| self.selection.columns().iter().any(|column| column.kind == kind);
        self.table.layout().has_statics()
            && (self.selection.is_wildcard()
                || selected(ColumnKind::Static)
                || !selected(ColumnKind::Regular))
    }

    /// The places of the columns that are needed. All static ones are where a partition is shown for these alone.
    fn wanted(&self, filter: &RowFilter<'_>) -> [Vec<usize>; 2] {
        let needed = || self.selection.columns().iter().chain(filter.columns());
        let places = |kind: ColumnKind| {
            let mut places: Vec<usize> =
                needed().filter(|column| column.kind == kind).map(|column| column.place).collect();
            places.sort_unstable();
            places.dedup();
            places
        };
        let statics = match self.restrictions.shows_statics_alone() {
            true => (0..self.table.layout().header_columns(true).len()).collect(),
            false => places(ColumnKind::Static),
        };
        [statics, places(ColumnKind::Regular)]
    }
}
