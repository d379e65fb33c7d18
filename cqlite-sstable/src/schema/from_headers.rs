//! A table as the headers of its SSTables tell it.

use std::collections::{BTreeMap, BTreeSet};

use super::column::name_text;
use super::user_types::{NewestTypes, needed_types};
use super::{
    ClusteringColumn, Column, SstableHeader, TableKind, TableSchema, UNKNOWN_KEYSPACE, UNKNOWN_TABLE,
};
use crate::component::statistics::HeaderColumn;
use crate::error::{Error, Result};
use crate::types::CqlType;

impl TableSchema {
    /// The table whose SSTables have these headers: all their columns, with the type that the newest header gives
    /// them. Keyspace, name and id come from the directories, where those follow Cassandra's layout; the columns of
    /// the partition key are called `key`, `key2`, ... and clustering columns `clustering`, `clustering2`, ...,
    /// with underscores behind the name if a column is already called so.
    ///
    /// # Errors
    /// If there is no header, or the types of partition key or clustering differ between two of them.
    pub fn from_headers(headers: &[SstableHeader<'_>]) -> Result<Self> {
        let by_age = by_age(headers);
        let Some(newest) = by_age.last() else {
            return Err(Error::invalid_input("there is no SSTable to tell the columns of the table"));
        };
        let types = newest_types(&by_age);
        check_keys(&by_age, &types)?;

        let mut schema = Self::named_by_path(newest, &types);
        let columns = Columns::of(&by_age);
        schema.static_columns = columns.of_kind(true, &types)?;
        schema.regular_columns = columns.of_kind(false, &types)?;
        schema.sort_columns();

        let mut taken: BTreeSet<String> = schema.column_names().map(str::to_owned).collect();
        let key_types = match &newest.header.key_type {
            CqlType::Composite(types) => types.to_vec(),
            only => vec![only.clone()],
        };
        for (index, key_type) in key_types.iter().enumerate() {
            let name = made_up_name("key", index, &mut taken);
            schema.partition_key.push(Column::new(name, types.apply(key_type)?));
        }
        for (index, clustering_type) in newest.header.clustering_types.iter().enumerate() {
            let name = made_up_name("clustering", index, &mut taken);
            schema.clustering.push(ClusteringColumn::from_header(name, &types.apply(clustering_type)?));
        }
        schema.user_types = needed_types(schema.column_types());
        Ok(schema)
    }

    /// A table without columns that is called as the directories say. Where they do not, a user-defined type
    /// still knows its keyspace.
    fn named_by_path(newest: &SstableHeader<'_>, types: &NewestTypes) -> Self {
        let (keyspace, table) = newest.descriptor.table_name().unwrap_or_else(|| {
            (types.keyspace().unwrap_or(UNKNOWN_KEYSPACE).to_owned(), UNKNOWN_TABLE.to_owned())
        });
        match newest.index_name() {
            Some(index) => {
                let mut schema = Self::empty(keyspace, format!("{table}.{index}"));
                schema.kind = TableKind::Index;
                schema
            }
            None => {
                let mut schema = Self::empty(keyspace, table);
                schema.id = newest.table_id();
                schema
            }
        }
    }

    /// The types of all columns, keys first.
    pub(super) fn column_types(&self) -> impl Iterator<Item = &CqlType> {
        (self.partition_key.iter().map(|column| &column.column_type))
            .chain(self.clustering.iter().map(|column| &column.column_type))
            .chain(self.static_columns.iter().map(|column| &column.column_type))
            .chain(self.regular_columns.iter().map(|column| &column.column_type))
    }
}

/// The headers, oldest first.
pub(super) fn by_age<'a>(headers: &[SstableHeader<'a>]) -> Vec<SstableHeader<'a>> {
    let mut sorted = headers.to_vec();
    sorted.sort_by(|a, b| a.descriptor.id().cmp(b.descriptor.id()));
    sorted
}

/// The newest definitions of the user-defined types in headers that are sorted by age.
pub(super) fn newest_types(by_age: &[SstableHeader<'_>]) -> NewestTypes {
    let mut types = NewestTypes::default();
    for SstableHeader { header, .. } in by_age {
        types.learn(&header.key_type);
        header.clustering_types.iter().for_each(|of| types.learn(of));
        let columns = header.static_columns.iter().chain(&header.regular_columns);
        columns.for_each(|column| types.learn(&column.column_type));
    }
    types
}

/// Refuses headers whose key or clustering types differ.
pub(super) fn check_keys(by_age: &[SstableHeader<'_>], types: &NewestTypes) -> Result<()> {
    let keys = |one: &SstableHeader<'_>| -> Result<(CqlType, Vec<CqlType>)> {
        let clustering = one.header.clustering_types.iter().map(|of| types.apply(of));
        Ok((types.apply(&one.header.key_type)?, clustering.collect::<Result<_>>()?))
    };
    let Some((newest, others)) = by_age.split_last() else { return Ok(()) };
    let expected = keys(newest)?;
    for other in others {
        let found = keys(other).map_err(|error| error.at(other.file()))?;
        let (part, found, expected) = if found.0 != expected.0 {
            ("partition key", printed(&[found.0]), printed(std::slice::from_ref(&expected.0)))
        } else if found.1 != expected.1 {
            ("clustering", printed(&found.1), printed(&expected.1))
        } else {
            continue;
        };
        let rest = format!("but {expected} in {}", newest.file().display());
        return Err(Error::invalid_input(format!("the type of the {part} is {found} here, {rest}"))
            .at(other.file())
            .advise("these are not SSTables of one table"));
    }
    Ok(())
}

/// Types for a message.
pub(super) fn printed(types: &[CqlType]) -> String {
    let of = |one: &CqlType| match one {
        CqlType::Reversed(inner) => format!("{} DESC", inner.cql_name()),
        CqlType::Composite(types) => printed(types),
        other => other.cql_name().to_string(),
    };
    match types {
        [only] => of(only),
        types => format!("({})", types.iter().map(of).collect::<Vec<_>>().join(", ")),
    }
}

/// `base`, `base2`, `base3`, ... by index, or with underscores behind it if it is taken.
fn made_up_name(base: &str, index: usize, taken: &mut BTreeSet<String>) -> String {
    let mut name = match index {
        0 => base.to_owned(),
        _ => format!("{base}{}", index.saturating_add(1)),
    };
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    name
}

/// All columns of all headers by name: whether static, and the type, as the newest says.
struct Columns<'a> {
    by_name: BTreeMap<&'a [u8], (bool, &'a CqlType)>,
}

impl<'a> Columns<'a> {
    fn of(by_age: &[SstableHeader<'a>]) -> Self {
        let mut by_name = BTreeMap::new();
        for SstableHeader { header, .. } in by_age {
            for (is_static, columns) in [(true, &header.static_columns), (false, &header.regular_columns)] {
                for HeaderColumn { name, column_type } in columns {
                    by_name.insert(name.as_slice(), (is_static, column_type));
                }
            }
        }
        Self { by_name }
    }

    fn of_kind(&self, is_static: bool, types: &NewestTypes) -> Result<Vec<Column>> {
        let of_kind = self.by_name.iter().filter(|(_, (kind, _))| *kind == is_static);
        of_kind.map(|(name, (_, of))| Ok(Column::new(name_text(name), types.apply(of)?))).collect()
    }
}
