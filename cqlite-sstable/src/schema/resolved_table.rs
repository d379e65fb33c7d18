//! A table, and what its SSTables have of it.

use std::collections::{BTreeMap, BTreeSet};

use cqlite_cql::Identifier;

use super::column::name_text;
use super::from_headers::{by_age, newest_types, printed};
use super::user_types::{NewestTypes, needed_types};
use super::{
    Column, ColumnKind, ColumnMap, MappedColumn, SchemaSource, SstableHeader, TableSchema, write_cql,
};
use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::error::{Error, Result};
use crate::types::CqlType;

/// A table with its names, and for each of its SSTables what the columns of the header are in the table. Made by
/// [`super::resolve`].
///
/// Values are decoded by the type in the header of their own SSTable. Where that is a user-defined type with fewer
/// fields than [`Self::schema`] gives it, the rest is null: in a frozen value as in one of many cells.
#[derive(Debug)]
pub struct ResolvedTable {
    /// The table. Its columns include those that only headers know ([`MappedColumn::Extra`]).
    pub schema: TableSchema,
    /// Where the schema comes from.
    pub source: SchemaSource,
    /// What a person should know: why a schema was not used, which columns it lacks.
    pub warnings: Vec<Error>,
    /// One for each SSTable, in the order given to [`super::resolve`].
    pub maps: Vec<ColumnMap>,
}

impl ResolvedTable {
    /// Puts a schema and the headers of SSTables together.
    ///
    /// # Errors
    /// If the types of partition key or clustering differ.
    pub(super) fn new(
        mut schema: TableSchema,
        source: SchemaSource,
        mut warnings: Vec<Error>,
        headers: &[SstableHeader<'_>],
    ) -> Result<Self> {
        let by_age = by_age(headers);
        let types = newest_types(&by_age);
        if let Some(newest) = by_age.last() {
            check_keys(&mut schema, &source, newest)?;
        }
        let extras = Extras::of(&schema, &by_age, &types)?;
        extras.warn(&source, &mut warnings);
        warn_of_types(&schema, &source, &by_age, &mut warnings);
        extras.add_to(&mut schema);
        let maps = headers.iter().map(|one| extras.map(one.header, &schema)).collect();
        Ok(Self { schema, source, warnings, maps })
    }

    /// The table as CQL, see [`write_cql`].
    pub fn to_cql(&self) -> String {
        write_cql(&self.schema, &self.source)
    }
}

/// Refuses a schema whose keys are not those of the header.
fn check_keys(schema: &mut TableSchema, source: &SchemaSource, newest: &SstableHeader<'_>) -> Result<()> {
    let SerializationHeader { key_type, clustering_types, .. } = newest.header;
    let refuse = |part: &str, here: String, there: String| {
        Error::invalid_input(format!("the type of the {part} is {here} here, but {there} by {source}"))
            .at(newest.file())
            .advise("give the schema of this table")
    };
    let expected = schema.key_type();
    if !expected.is_same_type(key_type) {
        let of = std::slice::from_ref;
        return Err(refuse("partition key", printed(of(key_type)), printed(of(&expected))));
    }
    let expected = schema.clustering_types();
    let is_same = expected.len() == clustering_types.len()
        && expected.iter().zip(clustering_types).all(|(expected, found)| {
            let is_reversed = |of: &CqlType| matches!(of, CqlType::Reversed(_));
            is_reversed(expected) == is_reversed(found) && expected.is_same_type(found)
        });
    if !is_same {
        return Err(refuse("clustering", printed(clustering_types), printed(&expected)));
    }
    // CQL calls them timestamp and timeuuid, but their values are in another order.
    for (column, header_type) in schema.clustering.iter_mut().zip(clustering_types) {
        let header_type = header_type.without_reversed();
        if matches!(header_type, CqlType::LegacyTimestamp | CqlType::LegacyTimeUuid) {
            column.column_type = header_type.clone();
        }
    }
    Ok(())
}

fn kind_of(is_static: bool) -> ColumnKind {
    if is_static { ColumnKind::Static } else { ColumnKind::Regular }
}

/// The static and the regular columns of a header.
fn columns_of(header: &SerializationHeader) -> [(bool, &[HeaderColumn]); 2] {
    [(true, &header.static_columns), (false, &header.regular_columns)]
}

/// Columns of headers that the schema neither has nor had.
#[derive(Debug, Default)]
struct Extras {
    /// By kind and name in the header: the name in the table, and the newest type.
    columns: BTreeMap<(bool, Vec<u8>), Column>,
}

impl Extras {
    fn of(schema: &TableSchema, by_age: &[SstableHeader<'_>], types: &NewestTypes) -> Result<Self> {
        let mut extras = Self::default();
        let mut taken: BTreeSet<String> = schema.column_names().map(str::to_owned).collect();
        for SstableHeader { header, .. } in by_age {
            for (is_static, columns) in columns_of(header) {
                for HeaderColumn { name, column_type } in columns {
                    let text = name_text(name);
                    let kind = kind_of(is_static);
                    let is_known = schema.columns(kind).iter().any(|column| column.name == text)
                        || schema.dropped_column(&text, kind).is_some();
                    if is_known {
                        continue;
                    }
                    let column_type = types.apply(column_type)?;
                    let known = extras.columns.entry((is_static, name.clone()));
                    let column =
                        known.or_insert_with(|| Column::new(free_name(&text, &mut taken), CqlType::Blob));
                    column.column_type = column_type;
                }
            }
        }
        Ok(extras)
    }

    fn warn(&self, source: &SchemaSource, warnings: &mut Vec<Error>) {
        let names: Vec<_> =
            self.columns.values().map(|column| Identifier::quote_if_needed(&column.name)).collect();
        let message = match names.as_slice() {
            [] => return,
            [name] => format!("the column {name} is in SSTables, but not in the schema from {source}"),
            names => {
                format!(
                    "the columns {} are in SSTables, but not in the schema from {source}",
                    names.join(", ")
                )
            }
        };
        warnings.push(Error::invalid_input(message));
    }

    fn add_to(&self, schema: &mut TableSchema) {
        for ((is_static, _), column) in &self.columns {
            schema.columns_mut(*is_static).push(column.clone());
        }
        schema.sort_columns();
        for user in needed_types(self.columns.values().map(|column| &column.column_type)) {
            if schema.user_types.iter().all(|known| known.name != user.name) {
                schema.user_types.push(user);
            }
        }
    }

    /// What the columns of `header` are in `schema`, to which these have been added.
    fn map(&self, header: &SerializationHeader, schema: &TableSchema) -> ColumnMap {
        let map = |is_static: bool, columns: &[HeaderColumn]| {
            columns.iter().map(|column| self.map_column(is_static, &column.name, schema)).collect()
        };
        ColumnMap {
            statics: map(true, &header.static_columns),
            regulars: map(false, &header.regular_columns),
        }
    }

    fn map_column(&self, is_static: bool, name: &[u8], schema: &TableSchema) -> MappedColumn {
        let kind = kind_of(is_static);
        let index_of = |name: &str| schema.columns(kind).iter().position(|column| column.name == name);
        let extra = self.columns.get(&(is_static, name.to_owned()));
        if let Some(index) = extra.and_then(|column| index_of(&column.name)) {
            return MappedColumn::Extra { index };
        }
        let name = name_text(name);
        let dropped_at = schema.dropped_column(&name, kind).and_then(|column| column.dropped_at_micros);
        match index_of(&name) {
            Some(index) => MappedColumn::Column { index, hidden_until_micros: dropped_at },
            // Dropped at a time that nobody wrote down: after all that was written.
            None => MappedColumn::Dropped { until_micros: dropped_at.unwrap_or(i64::MAX) },
        }
    }
}

/// `name`, with underscores behind it if a column of another kind is called so.
fn free_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = name.to_owned();
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    name
}

/// Says which columns are of another type in the newest SSTable that has them.
fn warn_of_types(
    schema: &TableSchema,
    source: &SchemaSource,
    by_age: &[SstableHeader<'_>],
    warnings: &mut Vec<Error>,
) {
    let mut seen = BTreeSet::new();
    for one in by_age.iter().rev() {
        for (is_static, columns) in columns_of(one.header) {
            for HeaderColumn { name, column_type } in columns {
                let name = name_text(name);
                let known = schema.columns(kind_of(is_static)).iter().find(|column| column.name == name);
                let Some(known) = known else { continue };
                if !seen.insert((is_static, name.clone())) || known.column_type.is_same_type(column_type) {
                    continue;
                }
                let (here, there) = (column_type.cql_name(), known.column_type.cql_name());
                let name = Identifier::quote_if_needed(&name);
                let message = format!("the column {name} is of type {here} here, but {there} by {source}");
                warnings.push(
                    Error::invalid_input(message)
                        .at(one.file())
                        .advise("its values are read as the file has them"),
                );
            }
        }
    }
}
