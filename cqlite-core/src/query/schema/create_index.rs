//! `CREATE INDEX` and `DROP INDEX`.

use std::collections::{BTreeMap, BTreeSet};

use cqlite_cql::{CreateIndex, Identifier, IndexTarget, IndexTargetKind, QualifiedName};
use cqlite_sstable::schema::TableSchema;
use cqlite_sstable::types::CqlType;

use super::super::{QueryError, QueryResult};
use super::masks::type_of;
use super::{Applied, ChangeKind, SchemaChange, altered, no_keyspace, nothing};
use super::{sai_options, sasi_options};
use crate::catalog::{Keyspace, SecondaryIndex, Table, references_duration};

/// The longest name of a column that a custom index is on.
const NAME_LENGTH: usize = 48;

/// The name of the class that keeps an index in a hidden table; it is what indexes are without a class.
const LEGACY: &str = "legacy_local_table";

/// An index that is to be made (`CreateIndexStatement`).
#[derive(Debug, Clone)]
pub(super) struct NewIndex {
    create: CreateIndex,
    /// The class; an index without one is kept by Cassandra itself.
    class: Option<String>,
    is_custom: bool,
    options: BTreeMap<String, String>,
}

impl NewIndex {
    pub(super) fn prepare(create: &CreateIndex) -> Self {
        // Without a class the configured default is taken, which is that of indexes that Cassandra itself keeps: but not of one
        // that is said to be custom.
        let class = create.using.as_deref().unwrap_or(LEGACY);
        let is_custom = create.is_custom || !class.eq_ignore_ascii_case(LEGACY);
        let entries = create.options.iter().flat_map(|map| &map.entries);
        let options = entries.map(|(key, value)| (key.text().into_owned(), value.text().into_owned()));
        let class = is_custom.then(|| class.to_owned());
        Self { create: create.clone(), is_custom, class, options: options.collect() }
    }

    pub(super) fn table(&self) -> &str {
        self.create.table.name.as_str()
    }

    pub(super) fn apply(&self, keyspace: Option<&Keyspace>, keyspace_name: &str) -> Applied {
        self.check_options()?;
        let keyspace = keyspace.ok_or_else(|| no_keyspace(keyspace_name))?;
        let table = keyspace.table(self.table());
        let table =
            table.ok_or_else(|| QueryError::invalid(format!("Table '{}' doesn't exist", self.table())))?;
        let change = SchemaChange::of_table(ChangeKind::Updated, keyspace_name, self.table());
        if let Some(name) = self.create.name.as_ref().map(Identifier::as_str)
            && keyspace.indexed_table(name).is_some()
        {
            return match self.create.if_not_exists {
                true => nothing(change),
                false => Err(QueryError::invalid(format!("Index '{name}' already exists"))),
            };
        }
        if table.is_counter() {
            return Err(QueryError::invalid("Secondary indexes on counter tables aren't supported"));
        }
        if table.is_view() {
            return Err(QueryError::invalid("Secondary indexes on materialized views aren't supported"));
        }
        let targets = self.targets(table)?;
        let written: Vec<String> = targets.iter().map(ToString::to_string).collect();
        let name = self.create.name.as_ref().map(|name| name.as_str().to_owned());
        let name = name.unwrap_or_else(|| default_name(keyspace, self.table(), &targets));
        let options = if self.is_custom { self.options.clone() } else { BTreeMap::new() };
        let index = SecondaryIndex::new(name, &written.join(", "), self.class.as_deref(), options);
        let alike = |known: &&SecondaryIndex| known.kind == index.kind && known.options == index.options;
        if let Some(known) = table.indexes().iter().find(alike) {
            return match self.create.if_not_exists {
                true => nothing(change),
                false => Err(QueryError::invalid(format!(
                    "Index {} is a duplicate of existing index {}",
                    index.name, known.name
                ))),
            };
        }
        check_index(table, &index)?;
        altered(keyspace, keyspace.with_altered_table(table.with_index(&index)?)?, change)
    }

    /// `IndexAttributes.validate`
    fn check_options(&self) -> QueryResult<()> {
        let refused = |message: &str| Err(QueryError::invalid(message));
        if !self.is_custom && self.create.options.is_some() {
            return refused("Cannot specify options for a non-CUSTOM index");
        }
        for name in ["class_name", "target"] {
            if self.options.contains_key(name) {
                return Err(QueryError::invalid(format!("Cannot specify {name} as a CUSTOM option")));
            }
        }
        Ok(())
    }

    fn targets(&self, table: &Table) -> QueryResult<Vec<IndexTarget>> {
        let targets = self.create.targets.iter().map(|target| prepare_target(table, target));
        let targets: Vec<IndexTarget> = targets.collect::<QueryResult<_>>()?;
        if targets.is_empty() && !self.is_custom {
            return Err(QueryError::invalid(
                "Only CUSTOM indexes can be created without specifying a target column",
            ));
        }
        if targets.len() > 1 {
            if !self.is_custom {
                return Err(QueryError::invalid("Only CUSTOM indexes support multiple columns"));
            }
            let mut columns = BTreeSet::new();
            if let Some(target) = targets.iter().find(|target| !columns.insert(&target.column)) {
                let column = target.column.as_str();
                return Err(QueryError::invalid(format!("Duplicate column '{column}' in index target list")));
            }
        }
        targets.iter().try_for_each(|target| self.check_target(table, target))?;
        Ok(targets)
    }

    /// `CreateIndexStatement.validateIndexTarget`
    fn check_target(&self, table: &Table, target: &IndexTarget) -> QueryResult<()> {
        let refused = |message: String| Err(QueryError::invalid(message));
        let (schema, name) = (table.schema(), target.column.as_str());
        let Some(of) = type_of(schema, name) else {
            return refused(format!("Column '{name}' doesn't exist"));
        };
        if self.is_custom {
            check_custom_name(name)?;
        }
        if references_duration(&of) {
            return refused(durations(&of).to_owned());
        }
        let is_partition_key = schema.partition_key.iter().any(|column| column.name == name);
        if schema.is_compact {
            check_compact(schema, name, is_partition_key)?;
        }
        if is_partition_key && schema.partition_key.len() == 1 {
            return refused(format!("Cannot create secondary index on the only partition key column {name}"));
        }
        let kind = kind_name(target.kind);
        let is_collection = matches!(of, CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. });
        let is_frozen = is_collection && !of.is_multi_cell();
        if is_frozen && target.kind != IndexTargetKind::Full {
            let quoted = &target.column;
            return refused(format!(
                "Cannot create {kind}() index on frozen column {name}. Frozen collections are immutable and must be fully \
                 indexed by using the 'full({quoted})' modifier"
            ));
        }
        if !is_frozen && target.kind == IndexTargetKind::Full {
            return refused("full() indexes can only be created on frozen collections".to_owned());
        }
        if !is_collection && target.kind != IndexTargetKind::Simple {
            return refused(format!(
                "Cannot create {kind}() index on {name}. Non-collection columns only support simple indexes"
            ));
        }
        let is_map = matches!(of, CqlType::Map { frozen: false, .. });
        if !is_map && matches!(target.kind, IndexTargetKind::Keys | IndexTargetKind::Entries) {
            return refused(format!("Cannot create index on {kind} of column {name} with non-map type"));
        }
        if matches!(&of, CqlType::User(user) if !user.frozen) {
            return refused(format!("Cannot create index on non-frozen UDT column {name}"));
        }
        Ok(())
    }
}

/// What of a column is indexed: of a collection its values, if nothing is said (`IndexTarget.Raw.prepare`).
fn prepare_target(table: &Table, target: &IndexTarget) -> QueryResult<IndexTarget> {
    let name = target.column.as_str();
    if table.shown_column_names().all(|known| known != name) {
        let table = table.quoted_name();
        return Err(QueryError::invalid(format!("Undefined column name {} in table {table}", target.column)));
    }
    let of = type_of(table.schema(), name);
    let is_collection = matches!(of, Some(CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. }));
    let kind = match target.kind {
        IndexTargetKind::Simple if is_collection => IndexTargetKind::Values,
        kind => kind,
    };
    Ok(IndexTarget { kind, column: target.column.clone() })
}

fn kind_name(kind: IndexTargetKind) -> &'static str {
    match kind {
        IndexTargetKind::Simple => "",
        IndexTargetKind::Values => "values",
        IndexTargetKind::Keys => "keys",
        IndexTargetKind::Entries => "entries",
        IndexTargetKind::Full => "full",
    }
}

fn check_custom_name(name: &str) -> QueryResult<()> {
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_word {
        return Err(QueryError::invalid(format!(
            "Column '{name}' contains non-alphanumeric-underscore characters"
        )));
    }
    if name.len() > NAME_LENGTH {
        return Err(QueryError::invalid(format!(
            "Column '{name}' is longer than the permissible name length of {NAME_LENGTH} characters"
        )));
    }
    Ok(())
}

fn check_compact(schema: &TableSchema, name: &str, is_partition_key: bool) -> QueryResult<()> {
    if is_partition_key || schema.clustering.iter().any(|column| column.name == name) {
        return Err(QueryError::invalid(
            "Secondary indexes are not supported on PRIMARY KEY columns in COMPACT STORAGE tables",
        ));
    }
    if schema.regular_columns.iter().any(|column| column.name == name) {
        return Err(QueryError::invalid(
            "Secondary indexes are not supported on compact value column of COMPACT STORAGE tables",
        ));
    }
    Ok(())
}

fn durations(of: &CqlType) -> &'static str {
    match of {
        CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. } => {
            "Secondary indexes are not supported on collections containing durations"
        }
        CqlType::Tuple(_) => "Secondary indexes are not supported on tuples containing durations",
        CqlType::User(_) => "Secondary indexes are not supported on UDTs containing durations",
        _ => "Secondary indexes are not supported on duration columns",
    }
}

/// The name of an index that is given none (`IndexMetadata.generateDefaultIndexName`).
fn default_name(keyspace: &Keyspace, table: &str, targets: &[IndexTarget]) -> String {
    let name = match targets {
        [target] => format!("{table}_{}_idx", target.column.as_str()),
        _ => format!("{table}_idx"),
    };
    let name: String =
        name.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '_').collect();
    let numbered = (1..u32::MAX).map(|number| format!("{name}_{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(|name| keyspace.indexed_table(name).is_none()).unwrap_or_default()
}

/// `IndexMetadata.validate`
fn check_index(table: &Table, index: &SecondaryIndex) -> QueryResult<()> {
    let name = &index.name;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(QueryError::configuration(format!("Illegal index name {name}")));
    }
    if !index.is_custom() {
        return Ok(());
    }
    match index.class() {
        SecondaryIndex::STORAGE_ATTACHED => sai_options::check(table, index),
        SecondaryIndex::SASI => sasi_options::check(table, index),
        class => Err(QueryError::configuration(format!("Unable to find custom indexer class '{class}'"))),
    }
}

/// `DropIndexStatement`
pub(super) fn drop_index(
    name: &QualifiedName,
    if_exists: bool,
    keyspace: Option<&Keyspace>,
    keyspace_name: &str,
) -> Applied {
    let name = name.name.as_str();
    let known = keyspace.and_then(|keyspace| Some((keyspace, keyspace.indexed_table(name)?)));
    match known {
        Some((keyspace, table)) => {
            let change = SchemaChange::of_table(ChangeKind::Updated, keyspace_name, table.name());
            altered(keyspace, keyspace.with_altered_table(table.without_index(name)?)?, change)
        }
        None if if_exists => nothing(SchemaChange::of_table(ChangeKind::Updated, keyspace_name, name)),
        // The last quote is Cassandra's.
        None => Err(QueryError::invalid(format!("Index '{keyspace_name}.{name}' doesn't exist'"))),
    }
}
