//! What a script of CQL leaves behind.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use cqlite_cql::{
    AlterKeyspace, AlterType, AlterTypeChange, CreateKeyspace, CreateType, DropTarget, Identifier, Position,
    Property, QualifiedName, Statement, TypeName,
};

use super::script_table::ScriptTable;
use super::type_resolver::{TypeDefinitions, TypeResolver};
use crate::error::{Error, Result};

/// Keyspaces, types and tables after all statements of a script.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) keyspaces: BTreeMap<String, Vec<Property>>,
    /// By keyspace.
    pub(super) types: BTreeMap<String, TypeDefinitions>,
    /// By keyspace and name.
    pub(super) tables: BTreeMap<(String, String), ScriptTable>,
    /// Where names without a keyspace belong.
    current_keyspace: String,
}

impl Script {
    /// Executes the statements of `text` in their order. Names without a keyspace belong to `keyspace`, until a
    /// `USE`. Statements that define no table are passed over.
    ///
    /// # Errors
    /// If the text is not CQL, or a statement names what is not there; with the line.
    pub(super) fn execute(text: &str, keyspace: &str) -> Result<Self> {
        let statements = cqlite_cql::parse_script(text)
            .map_err(|error| Error::invalid_input(format!("the schema is not CQL: {error}")))?;
        let mut script = Self {
            keyspaces: BTreeMap::new(),
            types: BTreeMap::new(),
            tables: BTreeMap::new(),
            current_keyspace: keyspace.to_owned(),
        };
        for statement in statements {
            let line = Position::of(text, statement.span.start).line;
            script.apply(statement.node).map_err(|error| {
                Error::invalid_input(format!("the statement in line {line} cannot be: {}", error.message()))
            })?;
        }
        Ok(script)
    }

    fn apply(&mut self, statement: Statement) -> Result<()> {
        match statement {
            Statement::Use(keyspace) => self.current_keyspace = keyspace.as_str().to_owned(),
            Statement::CreateKeyspace(CreateKeyspace { name, properties, .. }) => {
                self.keyspaces.entry(name.as_str().to_owned()).or_insert(properties);
            }
            Statement::AlterKeyspace(AlterKeyspace { name, properties, .. }) => {
                replace_properties(self.keyspaces.entry(name.as_str().to_owned()).or_default(), properties);
            }
            Statement::CreateType(create) => self.create_type(create)?,
            Statement::AlterType(alter) => self.alter_type(alter)?,
            Statement::CreateTable(create) => {
                let key = self.key(&create.name);
                match self.tables.entry(key) {
                    Entry::Vacant(place) => {
                        place.insert(ScriptTable::create(create)?);
                    }
                    Entry::Occupied(_) if create.if_not_exists => {}
                    Entry::Occupied(_) => {
                        let name = create.name;
                        return Err(Error::invalid_input(format!("the table {name} is there already")));
                    }
                }
            }
            Statement::AlterTable(alter) => {
                let key = self.key(&alter.name);
                let types = self.types.entry(key.0.clone()).or_default();
                match self.tables.get_mut(&key) {
                    Some(table) => table.alter(alter.change, &mut TypeResolver::new(&key.0, types))?,
                    None if alter.if_exists => {}
                    None => return Err(unknown("table", &alter.name)),
                }
            }
            Statement::CreateIndex(create) => {
                // The table may be there in a comment only, as DESCRIBE prints compact ones.
                let key = self.key(&create.table);
                if let Some(table) = self.tables.get_mut(&key) {
                    table.indexes.push(create);
                }
            }
            Statement::Drop(drop) => self.drop_target(&drop.target, drop.if_exists)?,
            Statement::Other(_) => {}
        }
        Ok(())
    }

    /// The keyspace and the name of a table or type.
    fn key(&self, name: &QualifiedName) -> (String, String) {
        let keyspace = name.keyspace.as_ref().map_or(self.current_keyspace.as_str(), Identifier::as_str);
        (keyspace.to_owned(), name.name.as_str().to_owned())
    }

    fn create_type(&mut self, create: CreateType) -> Result<()> {
        let (keyspace, name) = self.key(&create.name);
        let types = self.types.entry(keyspace).or_default();
        if types.contains_key(&name) {
            return match create.if_not_exists {
                true => Ok(()),
                false => Err(Error::invalid_input(format!("the type {} is there already", create.name))),
            };
        }
        let fields = create.fields.into_iter().map(|field| (field.name.as_str().to_owned(), field.type_name));
        types.insert(name, fields.collect());
        Ok(())
    }

    fn alter_type(&mut self, alter: AlterType) -> Result<()> {
        let (keyspace, name) = self.key(&alter.name);
        let Some(fields) = self.types.get_mut(&keyspace).and_then(|types| types.get_mut(&name)) else {
            return if alter.if_exists { Ok(()) } else { Err(unknown("type", &alter.name)) };
        };
        match alter.change {
            AlterTypeChange::Add { if_not_exists, field } => {
                let is_there = fields.iter().any(|(name, _)| field.name == name.as_str());
                if !is_there {
                    fields.push((field.name.as_str().to_owned(), field.type_name));
                } else if !if_not_exists {
                    return Err(Error::invalid_input(format!("the field {} is there already", field.name)));
                }
            }
            AlterTypeChange::Rename { if_exists, fields: renamed } => {
                for rename in renamed {
                    match field_named(fields, &rename.from) {
                        Some((name, _)) => rename.to.as_str().clone_into(name),
                        None if if_exists => {}
                        None => {
                            return Err(Error::invalid_input(format!("there is no field {}", rename.from)));
                        }
                    }
                }
            }
            AlterTypeChange::AlterField(field) => match field_named(fields, &field.name) {
                Some((_, type_name)) => *type_name = field.type_name,
                None => return Err(Error::invalid_input(format!("there is no field {}", field.name))),
            },
        }
        Ok(())
    }

    fn drop_target(&mut self, target: &DropTarget, if_exists: bool) -> Result<()> {
        let (kind, name, was_there) = match target {
            DropTarget::Keyspace(keyspace) => {
                let name = QualifiedName::unqualified(keyspace.as_str());
                self.types.remove(keyspace.as_str());
                let before = self.tables.len();
                self.tables.retain(|(of, _), _| *keyspace != of.as_str());
                let had_tables = self.tables.len() < before;
                ("keyspace", name, self.keyspaces.remove(keyspace.as_str()).is_some() || had_tables)
            }
            DropTarget::Type(name) => {
                let (keyspace, of) = self.key(name);
                let dropped = self.types.get_mut(&keyspace).and_then(|types| types.remove(&of));
                ("type", name.clone(), dropped.is_some())
            }
            DropTarget::Table(name) => {
                let key = self.key(name);
                ("table", name.clone(), self.tables.remove(&key).is_some())
            }
            DropTarget::Index(name) => {
                let (keyspace, index) = self.key(name);
                let tables = self.tables.iter_mut().filter(|((of, _), _)| *of == keyspace);
                for (_, table) in tables {
                    table.indexes.retain(|of| of.name.as_ref().is_none_or(|of| *of != index.as_str()));
                }
                return Ok(());
            }
        };
        if was_there || if_exists { Ok(()) } else { Err(unknown(kind, &name)) }
    }
}

fn field_named<'a>(
    fields: &'a mut [(String, TypeName)],
    name: &Identifier,
) -> Option<&'a mut (String, TypeName)> {
    fields.iter_mut().find(|(field, _)| *name == field.as_str())
}

/// Puts new values in the place of old ones of the same name.
pub(super) fn replace_properties(properties: &mut Vec<Property>, changed: Vec<Property>) {
    for property in changed {
        match properties.iter_mut().find(|old| old.name == property.name) {
            Some(old) => *old = property,
            None => properties.push(property),
        }
    }
}

fn unknown(kind: &str, name: &QualifiedName) -> Error {
    Error::invalid_input(format!("there is no {kind} {name}"))
}
