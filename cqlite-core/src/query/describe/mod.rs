//! `DESCRIBE` (`cql3.statements.DescribeStatement`).
//!
//! What is described is what the database has: of Cassandra's own keyspaces `system` and `system_schema` with the tables that
//! are kept here, and in a directory of a node all that the node has put into its schema. The virtual keyspaces, which no
//! schema names, are not there.

mod cluster;
mod element;
mod keyspace_elements;
mod table_text;
mod view_text;

use std::cmp::Ordering;
use std::sync::Arc;

use cqlite_cql::query::{DescribeStatement, DescribeTarget};
use cqlite_cql::{Identifier, QualifiedName};
use cqlite_sstable::types::CqlType;

use self::element::Element;
use self::keyspace_elements::{elements_of_keyspace, elements_of_table};
use super::schema::is_system_keyspace;
use super::{ColumnSpec, QueryError, QueryResult, RowSet};
use crate::catalog::{Keyspace, Schema};

/// What `DESCRIBE` answers.
///
/// # Errors
/// With Cassandra's own message for what is not there or not named; functions that a node has made are named as
/// unsupported.
pub(crate) fn describe(
    statement: &DescribeStatement,
    schema: &Schema,
    in_use: Option<&str>,
    cluster_name: &str,
) -> QueryResult<RowSet> {
    let described = Described { schema, in_use, with_internals: statement.with_internals };
    match &statement.target {
        DescribeTarget::Cluster => Ok(cluster::describe(schema, in_use, cluster_name)),
        DescribeTarget::Keyspaces => {
            let keyspaces = sorted(schema.keyspaces().values(), |keyspace| keyspace.name());
            Ok(described.list(keyspaces.into_iter().map(|keyspace| Element::Keyspace(keyspace))))
        }
        DescribeTarget::Tables => described.listing(Element::of_tables),
        DescribeTarget::Types => described.listing(Element::of_types),
        DescribeTarget::Functions => described.functions(false),
        DescribeTarget::Aggregates => described.functions(true),
        DescribeTarget::Schema { is_full } => described.schema(*is_full),
        DescribeTarget::Keyspace { only, name } => {
            let keyspace = described.keyspace(name.as_ref())?;
            match only {
                true => described.show([Element::Keyspace(keyspace)]),
                false => described.show(elements_of_keyspace(keyspace)?),
            }
        }
        DescribeTarget::Table(name) => described.table(name),
        DescribeTarget::Index(name) => described.index(name),
        DescribeTarget::MaterializedView(name) => described.view(name),
        DescribeTarget::Type(name) => {
            let keyspace = described.keyspace(name.keyspace.as_ref())?;
            let of = keyspace.types().get(name.name.as_str());
            let of = of.ok_or_else(|| not_in(keyspace, "User defined type", name))?;
            described.show([Element::Type(of)])
        }
        DescribeTarget::Function(name) => described.function(name, false),
        DescribeTarget::Aggregate(name) => described.function(name, true),
        DescribeTarget::Generic(name) => described.generic(name),
    }
}

/// What is asked, and of what.
struct Described<'a> {
    schema: &'a Schema,
    in_use: Option<&'a str>,
    with_internals: bool,
}

impl<'a> Described<'a> {
    fn keyspace(&self, name: Option<&Identifier>) -> QueryResult<&'a Keyspace> {
        let name = name.map(Identifier::as_str).or(self.in_use);
        self.known(name.ok_or_else(|| QueryError::invalid("No keyspace specified and no current keyspace"))?)
    }

    fn known(&self, name: &str) -> QueryResult<&'a Keyspace> {
        let keyspace = self.schema.keyspace(name).map(|keyspace| &**keyspace);
        keyspace.ok_or_else(|| QueryError::invalid(format!("'{name}' not found in keyspaces")))
    }

    /// The keyspace in use, or all of them.
    fn listed(&self) -> QueryResult<Vec<&'a Keyspace>> {
        match self.in_use {
            Some(name) => Ok(vec![self.known(name)?]),
            None => Ok(sorted(self.schema.keyspaces().values(), |keyspace| keyspace.name())
                .into_iter()
                .map(|keyspace| &**keyspace)
                .collect()),
        }
    }

    fn listing(&self, elements: fn(&'a Keyspace) -> Vec<Element<'a>>) -> QueryResult<RowSet> {
        Ok(self.list(self.listed()?.into_iter().flat_map(elements)))
    }

    fn functions(&self, are_aggregates: bool) -> QueryResult<RowSet> {
        for keyspace in self.listed()? {
            refuse_functions(keyspace, are_aggregates)?;
        }
        Ok(self.list([]))
    }

    fn function(&self, name: &QualifiedName, is_aggregate: bool) -> QueryResult<RowSet> {
        let keyspace = self.keyspace(name.keyspace.as_ref())?;
        let known = keyspace.function_names(is_aggregate);
        if known.iter().any(|known| *known == name.name.as_str()) {
            return Err(functions_unsupported(keyspace));
        }
        let kind = if is_aggregate { "aggregate" } else { "function" };
        Err(none_in(keyspace, &format!("User defined {kind}"), name))
    }

    fn schema(&self, is_full: bool) -> QueryResult<RowSet> {
        let keyspaces = self.schema.keyspaces().values();
        let shown = keyspaces.filter(|keyspace| is_full || !is_system_keyspace(keyspace.name()));
        let mut elements = Vec::new();
        for keyspace in sorted(shown, |keyspace| keyspace.name()) {
            elements.extend(elements_of_keyspace(keyspace)?);
        }
        self.show(elements)
    }

    fn table(&self, name: &QualifiedName) -> QueryResult<RowSet> {
        let keyspace = self.keyspace(name.keyspace.as_ref())?;
        let table = keyspace.tables().get(name.name.as_str()).ok_or_else(|| {
            let (name, keyspace) = (name.name.as_str(), keyspace.name());
            QueryError::invalid(format!("Table '{name}' not found in keyspace '{keyspace}'"))
        })?;
        self.show(elements_of_table(keyspace, table))
    }

    fn index(&self, name: &QualifiedName) -> QueryResult<RowSet> {
        let keyspace = self.keyspace(name.keyspace.as_ref())?;
        let table = keyspace.indexed_table(name.name.as_str());
        let table = table.ok_or_else(|| not_in(keyspace, "Table for existing index", name))?;
        let index = table.indexes().into_iter().find(|index| index.name == name.name.as_str());
        let index = index.ok_or_else(|| not_in(keyspace, "Index", name))?;
        self.show([Element::Index(table, index)])
    }

    fn view(&self, name: &QualifiedName) -> QueryResult<RowSet> {
        let keyspace = self.keyspace(name.keyspace.as_ref())?;
        let view = keyspace.views().get(name.name.as_str());
        let view = view.ok_or_else(|| none_in(keyspace, "Materialized view", name))?;
        self.show([Element::View(view)])
    }

    /// A keyspace, or in one a table, an index or a view, in this order.
    fn generic(&self, name: &QualifiedName) -> QueryResult<RowSet> {
        let keyspace = match &name.keyspace {
            Some(keyspace) => self.known(keyspace.as_str())?,
            None => match self.schema.keyspace(name.name.as_str()) {
                Some(keyspace) => return self.show(elements_of_keyspace(keyspace)?),
                None => self.known(self.in_use.unwrap_or(name.name.as_str()))?,
            },
        };
        let (inside, of) = (name.name.as_str(), keyspace.name());
        let qualified = QualifiedName::new(of, inside);
        if keyspace.tables().contains_key(inside) {
            self.table(&qualified)
        } else if keyspace.indexed_table(inside).is_some() {
            self.index(&qualified)
        } else if keyspace.views().contains_key(inside) {
            self.view(&qualified)
        } else {
            Err(QueryError::invalid(format!("'{inside}' not found in keyspace '{of}'")))
        }
    }

    /// Names alone.
    fn list<'e>(&self, elements: impl IntoIterator<Item = Element<'e>>) -> RowSet {
        let mut rows = RowSet::new(columns(&["keyspace_name", "type", "name"]));
        for element in elements {
            let texts = [element.keyspace(), element.kind().to_owned(), element.name()];
            rows.push_row(texts.iter().map(|text| Some(text.as_bytes())));
        }
        rows
    }

    /// Names, and the statements that make what they are of.
    fn show<'e>(&self, elements: impl IntoIterator<Item = Element<'e>>) -> QueryResult<RowSet> {
        let mut rows = RowSet::new(columns(&["keyspace_name", "type", "name", "create_statement"]));
        for element in elements {
            let statement = element.statement(self.with_internals)?;
            let texts = [element.keyspace(), element.kind().to_owned(), element.name(), statement];
            rows.push_row(texts.iter().map(|text| Some(text.as_bytes())));
        }
        Ok(rows)
    }
}

fn not_in(keyspace: &Keyspace, what: &str, name: &QualifiedName) -> QueryError {
    let (name, keyspace) = (name.name.as_str(), keyspace.name());
    QueryError::invalid(format!("{what} '{name}' not found in '{keyspace}'"))
}

/// As [`not_in`], of what only a node makes.
fn none_in(keyspace: &Keyspace, what: &str, name: &QualifiedName) -> QueryError {
    QueryError::unsupported(not_in(keyspace, what, name).message())
}

fn functions_unsupported(keyspace: &Keyspace) -> QueryError {
    let keyspace = keyspace.name();
    QueryError::unsupported(format!(
        "the keyspace {keyspace} has user-defined functions or aggregates, which only a node of Cassandra describes"
    ))
}

/// Refuses to pass over functions that a node has made.
fn refuse_functions(keyspace: &Keyspace, are_aggregates: bool) -> QueryResult<()> {
    match keyspace.function_names(are_aggregates).is_empty() {
        true => Ok(()),
        false => Err(functions_unsupported(keyspace)),
    }
}

fn columns(names: &[&str]) -> Vec<ColumnSpec> {
    let (keyspace, table): (Arc<str>, Arc<str>) = ("system".into(), "describe".into());
    let column = |name: &&str| ColumnSpec {
        keyspace: Arc::clone(&keyspace),
        table: Arc::clone(&table),
        name: (*name).into(),
        cql_type: CqlType::Text,
        is_descending: false,
    };
    names.iter().map(column).collect()
}

/// In the order of names, whatever their case is (`SchemaElement.NAME_COMPARATOR`).
fn sorted<T>(items: impl IntoIterator<Item = T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_by(|a, b| compare_ignoring_case(name(a), name(b)));
    items
}

/// `String.compareToIgnoreCase`
fn compare_ignoring_case(a: &str, b: &str) -> Ordering {
    let folded = |text: &str| text.to_uppercase().to_lowercase();
    folded(a).encode_utf16().cmp(folded(b).encode_utf16())
}
