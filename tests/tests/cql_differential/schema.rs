//! What the generator knows of the schema that its statements have made.

use std::collections::BTreeSet;

use super::types::Type;

/// What a column is in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Partition,
    Clustering { is_descending: bool },
    Static,
    Regular,
}

#[derive(Debug, Clone)]
pub struct Column {
    /// As statements write it, in quotes where it needs them.
    pub name: String,
    pub of: Type,
    pub kind: Kind,
}

impl Column {
    pub fn is_key(&self) -> bool {
        matches!(self.kind, Kind::Partition | Kind::Clustering { .. })
    }

    /// Whether rows may be grouped by a function of it.
    pub fn has_floor(&self) -> bool {
        let is_clustering = matches!(self.kind, Kind::Clustering { .. });
        is_clustering && ["timestamp", "date", "time"].iter().any(|of| self.of.is(of))
    }

    /// Not what rows are grouped by a function of: Cassandra groups by the function of what the mask makes of it
    /// (`GroupMaker.SelectorGroupMaker`, whose rows are masked for everybody).
    pub fn may_be_masked(&self) -> bool {
        !self.has_floor()
    }
}

/// What of a column an index has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexTarget {
    Values,
    Keys,
    Entries,
    Full,
}

#[derive(Debug, Clone)]
pub struct Index {
    pub name: String,
    pub column: String,
    pub target: IndexTarget,
    pub is_sai: bool,
}

#[derive(Debug, Clone)]
pub struct Table {
    pub name: String,
    /// The partition key, the clustering columns, the others.
    pub columns: Vec<Column>,
    pub indexes: Vec<Index>,
    pub has_counters: bool,
    /// Each write has a time of its own: what expires by itself must not tie.
    pub has_default_ttl: bool,
    /// Conditional updates write here, with the time of day, and so does most else.
    pub has_conditions: bool,
    /// How often it has been flushed since it was made or emptied.
    pub flushes: usize,
    /// Names that columns had.
    pub dropped: Vec<(String, Type)>,
}

impl Table {
    pub fn of_kind(&self, wanted: fn(&Kind) -> bool) -> Vec<Column> {
        self.columns.iter().filter(|column| wanted(&column.kind)).cloned().collect()
    }

    pub fn partition(&self) -> Vec<Column> {
        self.of_kind(|kind| *kind == Kind::Partition)
    }

    pub fn clustering(&self) -> Vec<Column> {
        self.of_kind(|kind| matches!(kind, Kind::Clustering { .. }))
    }

    pub fn statics(&self) -> Vec<Column> {
        self.of_kind(|kind| *kind == Kind::Static)
    }

    /// Columns that are not in the key.
    pub fn values(&self) -> Vec<Column> {
        self.columns.iter().filter(|column| !column.is_key()).cloned().collect()
    }
}

#[derive(Debug, Clone)]
pub struct UserType {
    pub name: String,
    pub fields: Vec<(String, Type)>,
}

/// The keyspace of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    pub keyspace: String,
    pub types: Vec<UserType>,
    pub tables: Vec<Table>,
    /// Other keyspaces that statements made.
    pub others: Vec<String>,
}

/// What a statement makes of the schema if it succeeds.
#[derive(Debug, Clone)]
pub enum Effect {
    None,
    CreateKeyspace(String),
    DropKeyspace(String),
    CreateTable(Box<Table>),
    DropTable(String),
    Truncate(String),
    AddColumns(String, Vec<Column>),
    DropColumns(String, Vec<String>),
    RenameColumns(String, Vec<(String, String)>),
    CreateType(UserType),
    DropType(String),
    AddField(String, String, Type),
    RenameFields(String, Vec<(String, String)>),
    CreateIndex(String, Index),
    DropIndex(String),
}

impl Schema {
    pub fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.name == name)
    }

    pub fn user_type(&self, name: &str) -> Option<&UserType> {
        self.types.iter().find(|of| of.name == name)
    }

    /// The user types that may be altered and dropped. Not those in vectors: Cassandra does not look for them there
    /// (`VectorType` has no `referencesUserType`), the columns keep the type that was. And not those of what an index has, the
    /// key of the table among it: the table of the index keeps the type that was (`CassandraIndex.indexCfsMetadata`), and once
    /// it has a value with a field more, it cannot be flushed.
    pub fn changeable_types(&self) -> Vec<UserType> {
        let mut kept = BTreeSet::new();
        let columns = self.tables.iter().flat_map(|table| table.columns.iter().map(|column| &column.of));
        let fields = self.types.iter().flat_map(|of| of.fields.iter().map(|(_, of)| of));
        columns.chain(fields).for_each(|of| self.find_users(of, false, &mut kept));
        for table in self.tables.iter().filter(|table| !table.indexes.is_empty()) {
            let is_indexed = |column: &&Column| table.indexes.iter().any(|index| index.column == column.name);
            let indexed = table.columns.iter().filter(|column| column.is_key() || is_indexed(column));
            indexed.for_each(|column| self.find_users(&column.of, true, &mut kept));
        }
        self.types.iter().filter(|of| !kept.contains(&of.name)).cloned().collect()
    }

    fn find_users(&self, of: &Type, is_kept: bool, found: &mut BTreeSet<String>) {
        match of {
            Type::Native(_) => {}
            Type::List(inner) | Type::Set(inner) | Type::Frozen(inner) => {
                self.find_users(inner, is_kept, found);
            }
            Type::Map(key, value) => {
                self.find_users(key, is_kept, found);
                self.find_users(value, is_kept, found);
            }
            Type::Tuple(parts) => {
                parts.iter().for_each(|part| self.find_users(part, is_kept, found));
            }
            Type::Vector(inner, _) => self.find_users(inner, true, found),
            Type::User(name) if is_kept => {
                found.insert(name.clone());
                let fields = self.user_type(name).map(|of| of.fields.as_slice()).unwrap_or_default();
                fields.iter().for_each(|(_, of)| self.find_users(of, true, found));
            }
            Type::User(_) => {}
        }
    }

    pub fn apply(&mut self, effect: &Effect) {
        match effect.clone() {
            Effect::None => {}
            Effect::CreateKeyspace(name) => self.others.push(name),
            Effect::DropKeyspace(name) => self.others.retain(|other| *other != name),
            Effect::CreateTable(table) => self.tables.push(*table),
            Effect::DropTable(name) => self.tables.retain(|table| table.name != name),
            Effect::CreateType(of) => self.types.push(of),
            Effect::DropType(name) => self.types.retain(|of| of.name != name),
            Effect::AddField(name, field, of) => {
                self.user_type_mut(&name, |found| found.fields.push((field.clone(), of.clone())));
            }
            Effect::RenameFields(name, renames) => self.user_type_mut(&name, |found| {
                for (field, _) in &mut found.fields {
                    rename(field, &renames);
                }
            }),
            Effect::DropIndex(name) => {
                self.tables.iter_mut().for_each(|table| table.indexes.retain(|index| index.name != name));
            }
            Effect::Truncate(name)
            | Effect::AddColumns(name, _)
            | Effect::DropColumns(name, _)
            | Effect::RenameColumns(name, _)
            | Effect::CreateIndex(name, _) => {
                if let Some(table) = self.table_mut(&name) {
                    table.apply(effect);
                }
            }
        }
    }

    fn user_type_mut(&mut self, name: &str, change: impl Fn(&mut UserType)) {
        self.types.iter_mut().filter(|of| of.name == name).for_each(change);
    }
}

impl Table {
    fn apply(&mut self, effect: &Effect) {
        match effect.clone() {
            Effect::Truncate(_) => self.flushes = 0,
            Effect::AddColumns(_, columns) => self.columns.extend(columns),
            Effect::DropColumns(_, names) => {
                let dropped = self.columns.iter().filter(|column| names.contains(&column.name));
                self.dropped.extend(dropped.map(|column| (column.name.clone(), column.of.clone())));
                self.columns.retain(|column| !names.contains(&column.name));
            }
            Effect::RenameColumns(_, renames) => {
                for column in &mut self.columns {
                    rename(&mut column.name, &renames);
                }
                for index in &mut self.indexes {
                    rename(&mut index.column, &renames);
                }
            }
            Effect::CreateIndex(_, index) => self.indexes.push(index),
            _ => {}
        }
    }
}

fn rename(name: &mut String, renames: &[(String, String)]) {
    if let Some((_, to)) = renames.iter().find(|(from, _)| from == name) {
        name.clone_from(to);
    }
}
