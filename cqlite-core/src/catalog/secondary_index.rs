//! Secondary indexes of tables.

use std::collections::BTreeMap;
use std::path::Path;

use cqlite_cql::{
    CreateIndex, Identifier, IndexTargetKind, MapLiteral, QualifiedName, Statement, parse_statement,
};
use cqlite_sstable::Result;
use cqlite_sstable::schema::{SCHEMA_KEYSPACE, SchemaRow, SchemaTable, TableSchema};

use super::Table;
use super::stored_values::frozen_map;

const TARGET: &str = "target";
const CLASS_NAME: &str = "class_name";
const CUSTOM: &str = "CUSTOM";

/// A secondary index as it is declared (`schema.IndexMetadata`). Nothing is kept for it here but its declaration: what it
/// would find is found by reading the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondaryIndex {
    /// Its name, by which it is told from all others of its keyspace.
    pub name: String,
    /// `COMPOSITES`, `KEYS` or `CUSTOM`.
    pub kind: String,
    /// Its options: the `target`, of a custom index also the `class_name`, and those of its class.
    pub options: BTreeMap<String, String>,
}

impl SecondaryIndex {
    /// An index on these targets, as CQL writes them. A class makes it a custom one.
    pub(crate) fn new(
        name: String,
        targets: &str,
        class: Option<&str>,
        mut options: BTreeMap<String, String>,
    ) -> Self {
        options.insert(TARGET.to_owned(), targets.to_owned());
        options.extend(class.map(|class| (CLASS_NAME.to_owned(), class.to_owned())));
        let kind = if class.is_some() { CUSTOM } else { "COMPOSITES" };
        Self { name, kind: kind.to_owned(), options }
    }

    fn from_row(row: &SchemaRow) -> Result<Self> {
        Ok(Self {
            name: row.clustering_text(1)?,
            kind: row.text("kind")?.unwrap_or_default(),
            options: row.text_map("options")?.into_iter().collect(),
        })
    }

    fn to_row(&self, table: &str) -> SchemaRow {
        let place = Path::new(SCHEMA_KEYSPACE).join(SchemaTable::Indexes.name());
        let clustering = vec![table.as_bytes().to_vec(), self.name.as_bytes().to_vec()];
        let cells = BTreeMap::from([
            ("kind".to_owned(), self.kind.as_bytes().to_vec()),
            ("options".to_owned(), frozen_map(&self.options)),
        ]);
        SchemaRow::new(&place, clustering, cells)
    }

    /// What it is on, as CQL writes it: `v`, `keys(m)`, `"A"`.
    pub fn target(&self) -> &str {
        self.options.get(TARGET).map_or("", String::as_str)
    }

    /// The columns that it is on, and what of each. `values(m)` and a plain column are told apart as they were declared.
    pub fn targets(&self) -> Vec<(IndexTargetKind, String)> {
        let statement = format!("CREATE CUSTOM INDEX ON t ({}) USING ''", self.target());
        let Ok(Statement::CreateIndex(create)) = parse_statement(&statement) else { return Vec::new() };
        create.targets.into_iter().map(|target| (target.kind, target.column.as_str().to_owned())).collect()
    }

    /// Whether it is on a column, among others perhaps.
    pub fn is_on(&self, column: &str) -> bool {
        self.targets().iter().any(|(_, name)| name == column)
    }

    /// Whether a class that is named keeps it.
    pub fn is_custom(&self) -> bool {
        self.kind == CUSTOM
    }

    /// The class with its package that keeps it (`IndexMetadata.getIndexClassName`).
    pub fn class(&self) -> &str {
        let Some(class) = self.options.get(CLASS_NAME).filter(|_| self.is_custom()) else {
            return "org.apache.cassandra.index.internal.CassandraIndex";
        };
        match class.to_lowercase().as_str() {
            "sai" | "storageattachedindex" => Self::STORAGE_ATTACHED,
            _ => class,
        }
    }

    /// The class of storage-attached indexes, `sai`.
    pub const STORAGE_ATTACHED: &'static str = "org.apache.cassandra.index.sai.StorageAttachedIndex";

    /// The class of the indexes that are called SASI.
    pub const SASI: &'static str = "org.apache.cassandra.index.sasi.SASIIndex";

    /// The statement that makes it.
    pub fn to_statement(&self, keyspace: &str, table: &str) -> CreateIndex {
        let others = self.options.iter().filter(|(name, _)| *name != TARGET && *name != CLASS_NAME);
        let others: MapLiteral = others
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|_| self.is_custom())
            .collect();
        let targets = self
            .targets()
            .into_iter()
            .map(|(kind, column)| cqlite_cql::IndexTarget { kind, column: Identifier::new(column) });
        CreateIndex {
            is_custom: self.is_custom(),
            if_not_exists: false,
            name: Some(Identifier::new(self.name.as_str())),
            table: QualifiedName::new(keyspace, table),
            targets: targets.collect(),
            using: self.options.get(CLASS_NAME).filter(|_| self.is_custom()).cloned(),
            options: (!others.entries.is_empty()).then_some(others),
        }
    }
}

impl Table {
    /// Its secondary indexes, by name.
    pub fn indexes(&self) -> Vec<SecondaryIndex> {
        let rows = self.attached().iter().filter(|(of, _)| *of == SchemaTable::Indexes);
        let mut indexes: Vec<_> = rows.filter_map(|(_, row)| SecondaryIndex::from_row(row).ok()).collect();
        indexes.sort_by(|a, b| a.name.cmp(&b.name));
        indexes
    }

    /// The table with one more index.
    ///
    /// # Errors
    /// None of its own: that there is none of its name is for who knows the keyspace.
    pub(crate) fn with_index(&self, index: &SecondaryIndex) -> Result<Self> {
        let mut attached = self.attached().to_vec();
        attached.push((SchemaTable::Indexes, index.to_row(self.name())));
        self.with_attached(attached)
    }

    /// The table without the index of a name.
    ///
    /// # Errors
    /// None of its own.
    pub(crate) fn without_index(&self, name: &str) -> Result<Self> {
        let mut attached = self.attached().to_vec();
        attached.retain(|(of, row)| {
            *of != SchemaTable::Indexes || row.clustering_text(1).is_ok_and(|known| known != name)
        });
        self.with_attached(attached)
    }

    fn with_attached(&self, attached: Vec<(SchemaTable, SchemaRow)>) -> Result<Self> {
        let mut changed = self.clone();
        changed.attached = attached;
        let indexes =
            changed.indexes().into_iter().map(|index| index.to_statement(self.keyspace(), self.name()));
        let schema = TableSchema { indexes: indexes.collect(), ..TableSchema::clone(self.schema()) };
        changed.with_schema(schema, self.parameters().clone())
    }
}
