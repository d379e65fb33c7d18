//! The table as CQL.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cqlite_cql::{
    AlterTable, AlterTableChange, ClusteringOrder, ColumnDefinition, CreateKeyspace, CreateTable, CreateType,
    FieldDefinition, Identifier, MapLiteral, NativeType, PrimaryKey, Property, QualifiedName, Statement,
    TableOption, TypeName,
};

use super::user_types::for_each_inside;
use super::{Column, ColumnKind, DroppedColumn, SchemaSource, TableKind, TableSchema};
use crate::types::{CqlType, UserType};

/// The keyspaces in which nobody may create a table.
const SYSTEM_KEYSPACES: [&str; 7] = [
    "system",
    "system_auth",
    "system_distributed",
    "system_schema",
    "system_traces",
    "system_views",
    "system_virtual_schema",
];

/// The CQL that makes the table, its user-defined types and its keyspace on a node that does not have them, after
/// which the node takes its SSTables. The layout is that of Cassandra's `DESCRIBE`, and with the same steps it tells
/// the node of columns that were dropped. The table gets its id, where it is known, and so a directory of the same
/// name.
///
/// A first line says where the names come from. What CQL cannot say, such as tables with compact storage, stands there
/// as comment, with the reason.
pub fn write_cql(schema: &TableSchema, source: &SchemaSource) -> String {
    let mut text = format!("-- {}: from {}\n", table_name(schema), one_line(&source.to_string()));
    if let Some(reason) = why_not_cql(schema) {
        let _ = writeln!(text, "-- This is no CQL that a node executes: {reason}. For reference:");
        comment_out(&statements(schema), &mut text);
        return text;
    }
    for column in schema.regular_columns.iter().filter(|column| column.column_type == CqlType::Empty) {
        let name = one_line(&Identifier::quote_if_needed(&column.name));
        let _ = writeln!(
            text,
            "-- {name} never has a value: compact tables of nothing but keys have such a column."
        );
    }
    for class in custom_classes(schema) {
        let _ = writeln!(text, "-- The node needs the class {} for it.", one_line(&class));
    }
    if schema.keyspace_options.is_empty() {
        text.push_str("-- The replication of the keyspace is not known.\n");
    }
    for statement in statements(schema) {
        let _ = writeln!(text, "{statement}\n");
    }
    text.pop();
    text
}

/// The statements that make the table and its user-defined types, as Cassandra writes them into the `schema.cql` of a
/// snapshot: without its keyspace (`SchemaCQLHelper.reCreateStatementsForSchemaCql`).
pub fn write_snapshot_cql(schema: &TableSchema) -> String {
    let mut text = String::new();
    for statement in statements(schema).iter().skip(1) {
        let _ = writeln!(text, "{statement}");
    }
    text
}

/// The types that are not Cassandra's own.
fn custom_classes(schema: &TableSchema) -> BTreeSet<String> {
    fn collect(of: &CqlType, classes: &mut BTreeSet<String>) {
        if let CqlType::Custom(class) = of {
            classes.insert(class.clone());
        }
        for_each_inside(of, &mut |inside| collect(inside, classes));
    }
    let mut classes = BTreeSet::new();
    schema.column_types().for_each(|of| collect(of, &mut classes));
    classes
}

fn comment_out(statements: &[Statement], text: &mut String) {
    for statement in statements {
        text.push_str("--\n");
        for line in statement.to_string().lines() {
            let _ = writeln!(text, "-- {line}");
        }
    }
}

/// A path may have any characters.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, "?")
}

/// Why a node would refuse the statements, or take them for something else.
fn why_not_cql(schema: &TableSchema) -> Option<String> {
    let mut columns = schema.static_columns.iter().chain(&schema.regular_columns);
    if schema.kind == TableKind::Index {
        return Some("it is the hidden table of a secondary index, which CREATE INDEX makes".to_owned());
    }
    if schema.kind == TableKind::View {
        return Some(
            "it is a materialized view, and as a table it would show rows that the view hides".to_owned(),
        );
    }
    if SYSTEM_KEYSPACES.contains(&schema.keyspace.as_str()) {
        return Some(format!("the keyspace {} is Cassandra's own", schema.keyspace));
    }
    if schema.is_compact {
        return Some("the table has COMPACT STORAGE, which Cassandra refuses since 4.0".to_owned());
    }
    if let Some(column) = columns.find(|column| is_hexadecimal(&column.name)) {
        return Some(format!("the name of the column {} is not UTF-8", column.name));
    }
    if schema.clustering.is_empty() && !schema.static_columns.is_empty() {
        return Some("it has static columns, but no clustering columns".to_owned());
    }
    if let Some(user) = schema.user_types.iter().find(|user| user.fields.is_empty()) {
        return Some(format!("the type {} has no fields", Identifier::quote_if_needed(&user.name)));
    }
    None
}

/// Whether a name is how bytes that are no text are written.
fn is_hexadecimal(name: &str) -> bool {
    let digits = name.strip_prefix("0x");
    digits
        .is_some_and(|digits| digits.len() % 2 == 0 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn table_name(schema: &TableSchema) -> QualifiedName {
    QualifiedName::new(schema.keyspace.as_str(), schema.name.as_str())
}

fn statements(schema: &TableSchema) -> Vec<Statement> {
    let mut statements = vec![create_keyspace(schema)];
    statements.extend(schema.user_types.iter().map(|user| {
        let create = describe_type(user);
        Statement::CreateType(CreateType { if_not_exists: true, ..create })
    }));
    statements.extend(describe_table(schema, true));
    for statement in &mut statements {
        match statement {
            Statement::CreateTable(create) => {
                create.if_not_exists = true;
                create.columns.iter_mut().for_each(|column| declare(&mut column.type_name));
            }
            Statement::CreateType(create) => {
                create.fields.iter_mut().for_each(|field| declare(&mut field.type_name));
            }
            Statement::AlterTable(AlterTable { change: AlterTableChange::Add { columns, .. }, .. }) => {
                columns.iter_mut().for_each(|column| declare(&mut column.type_name));
            }
            _ => {}
        }
    }
    for index in &schema.indexes {
        let mut index = index.clone();
        index.if_not_exists = index.name.is_some();
        index.table = table_name(schema);
        statements.push(Statement::CreateIndex(index));
    }
    statements
}

/// The statement that makes a user-defined type, as Cassandra describes it (`UserType.toCqlString`).
pub fn describe_type(of: &UserType) -> CreateType {
    let fields = of.fields.iter().map(|field| FieldDefinition {
        name: Identifier::new(field.name.as_str()),
        type_name: field.field_type.cql_name(),
    });
    CreateType {
        if_not_exists: false,
        name: QualifiedName::new(of.keyspace.as_str(), of.name.as_str()),
        fields: fields.collect(),
    }
}

/// The statement that makes a table, as Cassandra describes it (`TableMetadata.toCqlString`). With what Cassandra keeps to
/// itself, that is with its id and the columns that were dropped, and behind it the statements that drop these and add those
/// that are there again.
pub fn describe_table(schema: &TableSchema, with_internals: bool) -> Vec<Statement> {
    let mut statements = vec![Statement::CreateTable(create_table(schema, with_internals))];
    if with_internals {
        statements.extend(told_drops(schema).flat_map(|dropped| drop_and_add(dropped, schema)));
    }
    statements
}

fn create_keyspace(schema: &TableSchema) -> Statement {
    let mut properties = schema.keyspace_options.clone();
    if properties.is_empty() {
        let replication = [("class", "SimpleStrategy"), ("replication_factor", "1")];
        properties.push(Property::map("replication", MapLiteral::from_iter(replication)));
    }
    let name = Identifier::new(schema.keyspace.as_str());
    Statement::CreateKeyspace(CreateKeyspace { if_not_exists: true, name, properties })
}

fn create_table(schema: &TableSchema, with_internals: bool) -> CreateTable {
    let mut columns: Vec<ColumnDefinition> = Vec::new();
    for Column { name, column_type } in &schema.partition_key {
        columns.push(definition(name, column_type, false));
    }
    for column in &schema.clustering {
        columns.push(definition(&column.name, &column.column_type, false));
    }
    // What was dropped and added again is added again below.
    let drops = || told_drops(schema).filter(|_| with_internals);
    let is_new = |name: &str| drops().all(|dropped| dropped.name != name);
    for (is_static, of_kind) in [(true, &schema.static_columns), (false, &schema.regular_columns)] {
        for Column { name, column_type } in of_kind.iter().filter(|column| is_new(&column.name)) {
            columns.push(definition(name, column_type, is_static));
        }
    }
    for dropped in drops() {
        columns.push(definition(&dropped.name, &dropped.column_type, dropped.kind == ColumnKind::Static));
    }

    let mut options: Vec<TableOption> =
        schema.is_compact.then_some(TableOption::CompactStorage).into_iter().collect();
    options.extend(schema.id.filter(|_| with_internals).map(TableOption::Id));
    let order = schema
        .clustering
        .iter()
        .map(|column| ClusteringOrder { column: Identifier::new(column.name.as_str()), order: column.order });
    if !schema.clustering.is_empty() {
        options.push(TableOption::ClusteringOrder(order.collect()));
    }
    options.extend(schema.options.iter().cloned().map(TableOption::Property));
    let partition = schema.partition_key.iter().map(|column| Identifier::new(column.name.as_str()));
    let clustering = schema.clustering.iter().map(|column| Identifier::new(column.name.as_str()));
    CreateTable {
        if_not_exists: false,
        name: table_name(schema),
        columns,
        primary_key: PrimaryKey { partition: partition.collect(), clustering: clustering.collect() },
        options,
    }
}

/// The dropped columns that a node can be told of: not those that are there again, if it is not known when they
/// were dropped.
fn told_drops(schema: &TableSchema) -> impl Iterator<Item = &DroppedColumn> {
    schema.dropped_columns.iter().filter(|dropped| {
        dropped.dropped_at_micros.is_some() || schema.column_names().all(|name| name != dropped.name)
    })
}

/// Drops a column that `CREATE TABLE` has made as it was, and adds it as it is now.
fn drop_and_add(dropped: &DroppedColumn, schema: &TableSchema) -> Vec<Statement> {
    let alter =
        |change| Statement::AlterTable(AlterTable { if_exists: false, name: table_name(schema), change });
    let mut statements = vec![alter(AlterTableChange::Drop {
        if_exists: false,
        columns: vec![Identifier::new(dropped.name.as_str())],
        timestamp_micros: dropped.dropped_at_micros,
    })];
    for (is_static, columns) in [(true, &schema.static_columns), (false, &schema.regular_columns)] {
        for Column { name, column_type } in columns.iter().filter(|column| column.name == dropped.name) {
            let columns = vec![definition(name, column_type, is_static)];
            statements.push(alter(AlterTableChange::Add { if_not_exists: false, columns }));
        }
    }
    statements
}

fn definition(name: &str, column_type: &CqlType, is_static: bool) -> ColumnDefinition {
    let mut definition = ColumnDefinition::new(Identifier::new(name), column_type.cql_name());
    definition.is_static = is_static;
    definition
}

/// Makes of a type what a declaration takes: `empty` is a name that only `DESCRIBE` knows.
fn declare(name: &mut TypeName) {
    let described = std::mem::replace(name, TypeName::Native(NativeType::Empty));
    *name = without_empty(described);
}

fn without_empty(name: TypeName) -> TypeName {
    let inside = |name: Box<TypeName>| Box::new(without_empty(*name));
    match name {
        TypeName::Native(NativeType::Empty) => TypeName::Custom(CqlType::Empty.marshal_name().to_string()),
        TypeName::List(element) => TypeName::List(inside(element)),
        TypeName::Set(element) => TypeName::Set(inside(element)),
        TypeName::Map(key, value) => TypeName::Map(inside(key), inside(value)),
        TypeName::Tuple(types) => TypeName::Tuple(types.into_iter().map(without_empty).collect()),
        TypeName::Vector(element, dimension) => TypeName::Vector(inside(element), dimension),
        TypeName::Frozen(frozen) => TypeName::Frozen(inside(frozen)),
        other => other,
    }
}
