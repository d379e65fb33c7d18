//! Changes as statements.

use cqlite_core::catalog::Table;
use cqlite_cql::Order;
use cqlite_sstable::{component::statistics::HeaderColumn, types::CqlType};

use super::{Change, Element, Kind, NewValue, TimeToLive};
use crate::cassandra::{Connection, CqlError, quoted};

/// About four years.
const LONG_SECONDS: i32 = 130_000_000;

/// Has a node make a change. False if it is one that CQL has no statement for.
///
/// # Errors
/// If the node refuses it.
pub fn change_by_node(connection: &mut Connection, table: &Table, change: &Change) -> Result<bool, CqlError> {
    let Some(Statement { cql, values }) = statement(table, change) else { return Ok(false) };
    connection.execute_with(&cql, &values).map(|_| true)
}

/// A statement, and the values of its question marks.
#[derive(Default)]
struct Statement {
    cql: String,
    values: Vec<Option<Vec<u8>>>,
}

fn statement(table: &Table, change: &Change) -> Option<Statement> {
    let name = format!("{}.{}", quoted(table.keyspace()), quoted(table.name()));
    let mut made = Statement::default();
    let (statics, regulars) = (table.layout().header_columns(true), table.layout().header_columns(false));
    let at = change.micros.map(|micros| format!("TIMESTAMP {micros}"));
    let using_at = at.as_ref().map(|at| format!(" USING {at}")).unwrap_or_default();
    let ttl = (change.time_to_live == TimeToLive::Long).then(|| format!("TTL {LONG_SECONDS}"));
    let using: Vec<String> = at.into_iter().chain(ttl).collect();
    let using = if using.is_empty() { String::new() } else { format!(" USING {}", using.join(" AND ")) };
    match &change.kind {
        Kind::Row { clustering, values, is_insert: true } => {
            made.insert(table, &name, change, clustering, values);
            made.cql += &using;
        }
        Kind::Row { clustering, values, is_insert: false } => {
            made.update(&format!("{name}{using}"), regulars, values)?;
            made.of_row(table, &change.key, clustering);
        }
        Kind::Statics(values) => {
            made.update(&format!("{name}{using}"), statics, values)?;
            made.of_row(table, &change.key, &[]);
        }
        Kind::DeleteRow(clustering) => {
            made.cql = format!("DELETE FROM {name}{using_at}");
            made.of_row(table, &change.key, clustering);
        }
        Kind::DeletePartition => {
            made.cql = format!("DELETE FROM {name}{using_at}");
            made.of_row(table, &change.key, &[]);
        }
        Kind::DeleteRange { prefix, start, end } => {
            made.cql = format!("DELETE FROM {name}{using_at}");
            made.of_row(table, &change.key, prefix);
            made.bounds(table, prefix.len(), start.as_ref(), end.as_ref());
        }
        Kind::Count { clustering, column, delta } => {
            let column = quoted(&regulars.get(*column)?.name_text());
            made.cql = format!("UPDATE {name} SET {column} = {column} + ?");
            made.values.push(Some(delta.to_be_bytes().to_vec()));
            made.of_row(table, &change.key, clustering);
        }
    }
    Some(made)
}

impl Statement {
    fn insert(
        &mut self,
        table: &Table,
        name: &str,
        change: &Change,
        clustering: &[Vec<u8>],
        values: &[(usize, NewValue)],
    ) {
        let schema = table.schema();
        let mut names: Vec<String> = schema.partition_key.iter().map(|column| quoted(&column.name)).collect();
        names.extend(schema.clustering.iter().map(|column| quoted(&column.name)));
        self.values = change.key.iter().chain(clustering).cloned().map(Some).collect();
        for (column, value) in values {
            let column = &table.layout().header_columns(false)[*column];
            names.push(quoted(&column.name_text()));
            self.values.push(match value {
                NewValue::Null | NewValue::Removed(_) => None,
                NewValue::Whole(value) => Some(value.clone()),
                NewValue::Replaced(elements) | NewValue::Added(elements) => {
                    Some(whole(&column.column_type, elements))
                }
            });
        }
        let marks = vec!["?"; names.len()].join(", ");
        self.cql = format!("INSERT INTO {name} ({}) VALUES ({marks})", names.join(", "));
    }

    /// None if nothing is assigned.
    fn update(&mut self, name: &str, columns: &[HeaderColumn], values: &[(usize, NewValue)]) -> Option<()> {
        let mut assignments = Vec::new();
        for (column, value) in values {
            let (column, column_type) = (&columns[*column], &columns[*column].column_type);
            let column = quoted(&column.name_text());
            let fields = match column_type {
                CqlType::User(user) if !user.frozen => Some(&user.fields),
                _ => None,
            };
            let mut fields_of = |paths: Vec<(&[u8], Option<Vec<u8>>)>, values: &mut Vec<_>| {
                for (path, value) in paths {
                    let field = &fields.expect("a user-defined type")[usize::from(path[1])];
                    assignments.push(format!("{column}.{} = ?", quoted(&field.name)));
                    values.push(value);
                }
            };
            match value {
                NewValue::Added(elements) if fields.is_some() => {
                    let of = elements.iter().map(|(path, value)| (path.as_slice(), Some(value.clone())));
                    fields_of(of.collect(), &mut self.values);
                    continue;
                }
                NewValue::Removed(paths) if fields.is_some() => {
                    fields_of(paths.iter().map(|path| (path.as_slice(), None)).collect(), &mut self.values);
                    continue;
                }
                NewValue::Removed(_) if matches!(column_type, CqlType::List { .. }) => continue,
                NewValue::Removed(paths) => {
                    assignments.push(format!("{column} = {column} - ?"));
                    self.values.push(Some(counted(paths.len(), paths.iter())));
                }
                NewValue::Added(elements) => {
                    assignments.push(format!("{column} = {column} + ?"));
                    self.values.push(Some(whole(column_type, elements)));
                }
                NewValue::Null => {
                    assignments.push(format!("{column} = ?"));
                    self.values.push(None);
                }
                NewValue::Whole(value) => {
                    assignments.push(format!("{column} = ?"));
                    self.values.push(Some(value.clone()));
                }
                NewValue::Replaced(elements) => {
                    assignments.push(format!("{column} = ?"));
                    self.values.push(Some(whole(column_type, elements)));
                }
            }
        }
        self.cql = format!("UPDATE {name} SET {}", assignments.join(", "));
        (!assignments.is_empty()).then_some(())
    }

    fn of_row(&mut self, table: &Table, key: &[Vec<u8>], clustering: &[Vec<u8>]) {
        let schema = table.schema();
        let names = schema.partition_key.iter().map(|column| &column.name);
        let names = names.chain(schema.clustering.iter().map(|column| &column.name));
        let conditions: Vec<String> =
            names.take(key.len() + clustering.len()).map(|name| format!("{} = ?", quoted(name))).collect();
        self.cql += &format!(" WHERE {}", conditions.join(" AND "));
        self.values.extend(key.iter().chain(clustering).cloned().map(Some));
    }

    fn bounds(
        &mut self,
        table: &Table,
        column: usize,
        start: Option<&(Vec<u8>, bool)>,
        end: Option<&(Vec<u8>, bool)>,
    ) {
        for (bound, is_start) in [(start, true), (end, false)] {
            let (Some((value, is_inclusive)), Some(column)) = (bound, table.schema().clustering.get(column))
            else {
                continue;
            };
            let is_less = is_start == (column.order == Order::Descending);
            let operator = match (is_less, is_inclusive) {
                (true, true) => "<=",
                (true, false) => "<",
                (false, true) => ">=",
                (false, false) => ">",
            };
            self.cql += &format!(" AND {} {operator} ?", quoted(&column.name));
            self.values.push(Some(value.clone()));
        }
    }
}

/// A collection or user-defined type as one value.
fn whole(column_type: &CqlType, elements: &[Element]) -> Vec<u8> {
    match column_type {
        CqlType::Set { .. } => counted(elements.len(), elements.iter().map(|(path, _)| path)),
        CqlType::List { .. } => counted(elements.len(), elements.iter().map(|(_, value)| value)),
        CqlType::Map { .. } => {
            counted(elements.len(), elements.iter().flat_map(|(path, value)| [path, value]))
        }
        CqlType::User(user) => {
            let mut bytes = Vec::new();
            for field in 0..user.fields.len() {
                let path = (field as u16).to_be_bytes();
                match elements.iter().find(|(found, _)| *found == path) {
                    Some((_, value)) => push(&mut bytes, value),
                    None => bytes.extend((-1_i32).to_be_bytes()),
                }
            }
            bytes
        }
        _ => Vec::new(),
    }
}

fn counted<'v>(count: usize, values: impl Iterator<Item = &'v Vec<u8>>) -> Vec<u8> {
    let mut bytes = (count as i32).to_be_bytes().to_vec();
    values.for_each(|value| push(&mut bytes, value));
    bytes
}

fn push(bytes: &mut Vec<u8>, value: &[u8]) {
    bytes.extend((value.len() as i32).to_be_bytes());
    bytes.extend(value);
}
