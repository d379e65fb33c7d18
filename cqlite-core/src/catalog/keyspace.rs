//! A keyspace of the catalogue.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use cqlite_cql::{
    CreateType, FieldDefinition, Identifier, Literal, Property, QualifiedName, Statement, TypeName,
};
use cqlite_sstable::schema::{Column, SchemaRow, SchemaTable, TableHint, TableSchema};
use cqlite_sstable::types::{CqlType, Field, UserType};
use cqlite_sstable::{Error, Partitioner, Result};

use super::altered::change_type;
use super::table_rules::check_keyspace_name;
use super::type_users::{function_uses_type, table_uses_type, type_uses_type, uses_type};
use super::{Replication, Table};

/// A keyspace with all that is in it (`schema.KeyspaceMetadata`). A change makes another one.
#[derive(Debug, Clone)]
pub struct Keyspace {
    name: String,
    replication: Replication,
    durable_writes: bool,
    types: BTreeMap<String, Arc<UserType>>,
    tables: BTreeMap<String, Arc<Table>>,
    views: BTreeMap<String, Arc<Table>>,
    /// Rows of functions and aggregates, which are kept as they are.
    functions: Vec<SchemaRow>,
}

impl Keyspace {
    /// A keyspace with nothing in it.
    ///
    /// # Errors
    /// If it cannot be called so.
    pub fn new(name: &str, replication: Replication, durable_writes: bool) -> Result<Self> {
        check_keyspace_name(name)?;
        Ok(Self::empty(name, replication, durable_writes))
    }

    pub(super) fn empty(name: &str, replication: Replication, durable_writes: bool) -> Self {
        Self {
            name: name.to_owned(),
            replication,
            durable_writes,
            types: BTreeMap::new(),
            tables: BTreeMap::new(),
            views: BTreeMap::new(),
            functions: Vec::new(),
        }
    }

    /// Puts in what is stored.
    pub(super) fn fill(
        &mut self,
        types: impl IntoIterator<Item = UserType>,
        tables: impl IntoIterator<Item = Table>,
        functions: Vec<SchemaRow>,
    ) {
        self.types.extend(types.into_iter().map(|of| (of.name.clone(), Arc::new(of))));
        for table in tables {
            let into = if table.is_view() { &mut self.views } else { &mut self.tables };
            into.insert(table.name().to_owned(), Arc::new(table));
        }
        self.functions = functions;
    }

    /// Puts in a table of Cassandra's own, in the place of what is stored of it.
    pub(super) fn insert(&mut self, table: &Arc<Table>) {
        self.tables.insert(table.name().to_owned(), Arc::clone(table));
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its replicas are.
    pub fn replication(&self) -> &Replication {
        &self.replication
    }

    /// Whether its writes go through the commit log.
    pub fn durable_writes(&self) -> bool {
        self.durable_writes
    }

    /// The user-defined types as they are declared, by name.
    pub fn types(&self) -> &BTreeMap<String, Arc<UserType>> {
        &self.types
    }

    /// The tables by name.
    pub fn tables(&self) -> &BTreeMap<String, Arc<Table>> {
        &self.tables
    }

    /// The materialized views by name.
    pub fn views(&self) -> &BTreeMap<String, Arc<Table>> {
        &self.views
    }

    /// The table or view of a name.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(name).or_else(|| self.views.get(name))
    }

    /// The options of `CREATE KEYSPACE`.
    pub fn options(&self) -> Vec<Property> {
        let durable_writes = Property::literal("durable_writes", Literal::boolean(self.durable_writes));
        vec![self.replication.to_property(), durable_writes]
    }

    /// The keyspace with other parameters (`ALTER KEYSPACE`).
    #[must_use]
    pub fn with_parameters(&self, replication: Replication, durable_writes: bool) -> Self {
        Self { replication, durable_writes, ..self.clone() }
    }

    /// Whether it is the same in all that is kept of it (`KeyspaceMetadata.diff`).
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let are_same = |these: &BTreeMap<String, Arc<Table>>, those: &BTreeMap<String, Arc<Table>>| {
            these.len() == those.len()
                && these.iter().zip(those).all(|((_, a), (_, b))| Arc::ptr_eq(a, b) || a.is_same(b))
        };
        self.replication == other.replication
            && self.durable_writes == other.durable_writes
            && self.types == other.types
            && are_same(&self.tables, &other.tables)
            && are_same(&self.views, &other.views)
    }

    /// The table or view that has an index of a name.
    pub(crate) fn indexed_table(&self, index: &str) -> Option<&Arc<Table>> {
        let mut tables = self.tables.values().chain(self.views.values());
        tables.find(|table| table.attached_names(SchemaTable::Indexes).iter().any(|name| name == index))
    }

    /// The names of its functions, or of its aggregates, as often as they have overloads.
    pub(crate) fn function_names(&self, are_aggregates: bool) -> Vec<String> {
        let rows = self.functions.iter().filter(|row| row.bytes("state_func").is_some() == are_aggregates);
        rows.filter_map(|row| row.clustering_text(0).ok()).collect()
    }

    /// The table that a `CREATE TABLE` makes in this keyspace, with its types.
    ///
    /// # Errors
    /// If the text is no such statement, or the table cannot be: see [`Table::new`].
    pub fn table_from_cql(&self, statement: &str, partitioner: &Partitioner) -> Result<Table> {
        let mut script = String::new();
        for of in self.types.values() {
            let _ = writeln!(script, "{}", self.create_type(of));
        }
        script.push_str(statement);
        let hint = TableHint { keyspace: Some(&self.name), ..TableHint::default() };
        Table::new(TableSchema::from_cql(&script, hint)?, partitioner)
    }

    /// The type that a name stands for in this keyspace.
    ///
    /// # Errors
    /// If a user-defined type is not known.
    pub fn resolve_type(&self, name: &TypeName) -> Result<CqlType> {
        CqlType::resolve(&self.name, self.types.values().map(Arc::as_ref), name)
    }

    /// The type that a `CREATE TYPE` declares.
    ///
    /// # Errors
    /// If the type of a field is not known.
    pub fn declare_type(&self, create: &CreateType) -> Result<UserType> {
        let field = |field: &FieldDefinition| {
            let field_type = self.resolve_type(&field.type_name)?;
            Ok(Field { name: field.name.as_str().to_owned(), field_type })
        };
        Ok(UserType {
            keyspace: self.name.clone(),
            name: create.name.name.as_str().to_owned(),
            fields: create.fields.iter().map(field).collect::<Result<_>>()?,
            frozen: false,
        })
    }

    /// The statement that declares a type.
    fn create_type(&self, of: &UserType) -> Statement {
        let fields = of.fields.iter().map(|field| FieldDefinition {
            name: Identifier::new(field.name.as_str()),
            type_name: field.field_type.cql_name(),
        });
        Statement::CreateType(CreateType {
            if_not_exists: true,
            name: QualifiedName::new(self.name.as_str(), of.name.as_str()),
            fields: fields.collect(),
        })
    }

    /// The keyspace with one more table.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if there is one of its name, or its types are not those of the
    /// keyspace.
    pub fn with_table(&self, table: Table) -> Result<Self> {
        let table = self.with_known_types(&table)?;
        if self.column_of_two_levels(&table, None).is_some() {
            return Err(refused(NESTED.to_owned()));
        }
        let name = table.name().to_owned();
        if self.table(&name).is_some() {
            return Err(refused(format!(
                "Cannot add already existing table \"{name}\" to keyspace \"{}\"",
                self.name
            )));
        }
        let mut changed = self.clone();
        changed.tables.insert(name, Arc::new(table));
        Ok(changed)
    }

    /// The keyspace with a table in the place of that of the same name and id.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if there is none, or its types are not those of the keyspace.
    pub fn with_altered_table(&self, table: Table) -> Result<Self> {
        let table = self.with_known_types(&table)?;
        if let Some(column) =
            self.column_of_two_levels(&table, self.tables.get(table.name()).map(Arc::as_ref))
        {
            return Err(refused(format!("{NESTED} for column {column}")));
        }
        let name = table.name().to_owned();
        let known = self.tables.get(&name).ok_or_else(|| self.no_table(&name))?;
        if known.id() != table.id() {
            let (is, was) = (table.id(), known.id());
            return Err(refused(format!("Table ID mismatch (found {is}; expected {was})")));
        }
        let changes_columns = table.schema().column_names().ne(known.schema().column_names());
        if changes_columns && let Some(view) = self.views_of(&name).first() {
            return Err(Error::unsupported(format!(
                "the columns of the table {name} cannot change, as the materialized view {view} has some of them"
            )));
        }
        let mut changed = self.clone();
        changed.tables.insert(name, Arc::new(table));
        Ok(changed)
    }

    /// The keyspace without a table.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if there is none, or views depend on it.
    pub fn without_table(&self, name: &str) -> Result<Self> {
        if self.views.contains_key(name) {
            return Err(refused(
                "Cannot use DROP TABLE on a materialized view. Please use DROP MATERIALIZED VIEW instead."
                    .to_owned(),
            ));
        }
        let views = self.views_of(name);
        if !views.is_empty() {
            return Err(refused(format!(
                "Cannot drop a table when materialized views still depend on it ({})",
                views.join(", ")
            )));
        }
        let mut changed = self.clone();
        match changed.tables.remove(name) {
            Some(_) => Ok(changed),
            None => Err(self.no_table(name)),
        }
    }

    /// The keyspace with one more type.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if there is one of its name, or it cannot be.
    pub fn with_type(&self, of: UserType) -> Result<Self> {
        if self.types.contains_key(&of.name) {
            return Err(refused(format!("A user type with name '{}' already exists", of.name)));
        }
        self.check_type(&of)?;
        let mut changed = self.clone();
        changed.types.insert(of.name.clone(), Arc::new(of));
        Ok(changed)
    }

    /// The keyspace with a type in the place of that of the same name, with more fields or other names of fields: in
    /// types that contain it and in tables, too.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if there is none, fields are gone or have other types, or it would
    /// contain itself.
    pub fn with_altered_type(&self, of: &UserType) -> Result<Self> {
        let known = self.types.get(&of.name).ok_or_else(|| self.no_type(&of.name))?;
        self.check_type(of)?;
        let is_kept = known.fields.iter().zip(&of.fields).all(|(was, is)| was.field_type == is.field_type);
        if !is_kept || known.fields.len() > of.fields.len() {
            return Err(refused(format!("fields of the type {} can only be added and renamed", of.name)));
        }
        let mut changed = self.clone();
        for known in changed.types.values_mut() {
            let mut altered = UserType::clone(known);
            change_type(&mut altered, of)?;
            *known = Arc::new(altered);
        }
        let with_type = |tables: &BTreeMap<String, Arc<Table>>| {
            let using = tables.iter().filter(|(_, table)| table_uses_type(table, &of.name));
            // A new field may be of a type that the table had not before.
            let altered = using.map(|(name, table)| {
                let table = changed.with_known_types(&table.with_user_type(of)?)?;
                Ok((name.clone(), Arc::new(table)))
            });
            altered.collect::<Result<Vec<_>>>()
        };
        let (tables, views) = (with_type(&changed.tables)?, with_type(&changed.views)?);
        changed.tables.extend(tables);
        changed.views.extend(views);
        Ok(changed)
    }

    /// The keyspace without a type.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if there is none, or functions, types or tables still have it.
    pub fn without_type(&self, name: &str) -> Result<Self> {
        if !self.types.contains_key(name) {
            return Err(self.no_type(name));
        }
        let functions = self.functions.iter().filter(|row| function_uses_type(row, name));
        let types = self.types.values().filter(|of| type_uses_type(of, name));
        let tables = self.tables.values().filter(|table| table_uses_type(table, name));
        for (what, users) in [
            ("functions", functions.filter_map(|row| row.clustering_text(0).ok()).collect::<Vec<_>>()),
            ("user types", types.map(|of| of.name.clone()).collect()),
            ("tables", tables.map(|table| table.name().to_owned()).collect()),
        ] {
            if !users.is_empty() {
                let (keyspace, users) = (&self.name, users.join(", "));
                return Err(refused(format!(
                    "Cannot drop user type '{keyspace}.{name}' as it is still used by {what} {users}"
                )));
            }
        }
        let mut changed = self.clone();
        changed.types.remove(name);
        Ok(changed)
    }

    /// The names of the views of a table.
    pub(crate) fn views_of(&self, table: &str) -> Vec<String> {
        let Some(base) = self.tables.get(table) else { return Vec::new() };
        let views = self.views.values().filter(|view| view.base_table_id() == Some(base.id()));
        views.map(|view| view.name().to_owned()).collect()
    }

    /// The table with the types of the keyspace, which have to be those of its columns.
    fn with_known_types(&self, table: &Table) -> Result<Table> {
        if table.keyspace() != self.name {
            let (is, wanted) = (table.keyspace(), &self.name);
            return Err(refused(format!("Keyspace mismatch (found {is}; expected {wanted})")));
        }
        let known = |of: UserType| {
            let known = self.types.get(&of.name).ok_or_else(|| self.no_type(&of.name))?;
            let frozen = |field: &Field| (field.name.clone(), field.field_type.freeze());
            match known.fields.iter().map(frozen).eq(of.fields.iter().map(frozen)) {
                true => Ok(UserType::clone(known)),
                false => Err(refused(format!(
                    "the type {} has other fields in the keyspace {}",
                    of.name, self.name
                ))),
            }
        };
        let types = table.schema().types_of_columns().into_iter().map(known).collect::<Result<_>>()?;
        table.with_schema(
            TableSchema { user_types: types, ..TableSchema::clone(table.schema()) },
            table.parameters().clone(),
        )
    }

    /// A column with a cell for each field of a type that has a field with a cell for each element, and which the table had not
    /// before: to a type that columns have already, such a field can be added.
    fn column_of_two_levels<'t>(&self, table: &'t Table, before: Option<&Table>) -> Option<&'t str> {
        let schema = table.schema();
        let columns = schema.static_columns.iter().chain(&schema.regular_columns);
        let is_new = |column: &&Column| {
            before.is_none_or(|before| !before.schema().column_names().any(|name| name == column.name))
        };
        let mut columns = columns.filter(is_new);
        let of_two_levels = |column: &&Column| match &column.column_type {
            CqlType::User(user) if !user.frozen => self
                .types
                .get(&user.name)
                .is_some_and(|known| known.fields.iter().any(|field| field.field_type.is_multi_cell())),
            _ => false,
        };
        columns.find(of_two_levels).map(|column| column.name.as_str())
    }

    fn check_type(&self, of: &UserType) -> Result<()> {
        for (number, field) in of.fields.iter().enumerate() {
            if of.fields.iter().take(number).any(|before| before.name == field.name) {
                return Err(refused(format!("Duplicate field name '{}' in type '{}'", field.name, of.name)));
            }
            if field.field_type.contains(&|inside| *inside == CqlType::Counter) {
                return Err(refused("A user type cannot contain counters".to_owned()));
            }
            if matches!(&field.field_type, CqlType::User(user) if !user.frozen) {
                return Err(refused("A user type cannot contain non-frozen UDTs".to_owned()));
            }
            if uses_type(&field.field_type, &of.name) {
                return Err(refused(format!("the type {} would contain itself", of.name)));
            }
            let is_known = |inside: &CqlType| match inside {
                CqlType::User(user) => self.types.contains_key(&user.name),
                _ => true,
            };
            if field.field_type.contains(&|inside| !is_known(inside)) {
                let (field, of) = (&field.name, field.field_type.cql_name());
                return Err(refused(format!(
                    "the field {field} has the type {of}, which is not known in the keyspace {}",
                    self.name
                )));
            }
        }
        Ok(())
    }

    fn no_table(&self, name: &str) -> Error {
        refused(format!("Table '{}.{name}' doesn't exist", self.name))
    }

    fn no_type(&self, name: &str) -> Error {
        refused(format!("Type '{}.{name}' doesn't exist", self.name))
    }
}

const NESTED: &str = "Non-frozen UDTs with nested non-frozen collections are not supported";

fn refused(message: String) -> Error {
    Error::invalid_input(message)
}
