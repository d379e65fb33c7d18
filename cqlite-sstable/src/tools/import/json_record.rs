//! Rows from JSON: objects as `INSERT JSON` takes them and `SELECT JSON` prints them, and deletions.

use std::borrow::Cow;

use super::columns::{Field, Role, TargetColumns};
use super::json_value::from_json;
use super::names::{Spelling, field_index};
use super::record::{Deletion, FieldValue, RangeBound, Record};
use crate::row::ClusteringKind;
use crate::schema::ColumnKind;
use crate::tools::json_text::JsonValue;
use crate::types::{CqlType, Excerpt};

type Fields<'t> = [(Cow<'t, str>, JsonValue<'t>)];

/// Reads the object of a line into `record`.
pub(super) fn read(text: &str, columns: &TargetColumns, record: &mut Record) -> Result<(), String> {
    let value = JsonValue::parse(text)
        .map_err(|error| format!("byte {}: {}", error.at.saturating_add(1), error.message))?;
    let JsonValue::Object(fields) = value else {
        return Err(format!("the line is {}, not an object", value.kind()));
    };
    for (name, value) in &fields {
        match name.as_ref() {
            "$timestamp" => {
                note(Field { column: None, role: Some(Role::RowWriteTime) }, name, record)?;
                record.write_time = number(name, value)?;
            }
            "$ttl" => {
                note(Field { column: None, role: Some(Role::RowTtl) }, name, record)?;
                record.ttl = number(name, value)?;
            }
            "$delete" => set_deletion(record, deletion(value, columns)?)?,
            "$delete_range" => set_deletion(record, range(value, columns)?)?,
            "$delete_elements" => record.deleted_elements = elements(value, columns)?,
            _ => read_field(name, value, columns, record)?,
        }
    }
    Ok(())
}

fn read_field(
    name: &str,
    value: &JsonValue<'_>,
    columns: &TargetColumns,
    record: &mut Record,
) -> Result<(), String> {
    if name.starts_with('$') {
        return Err(format!(
            "'{}' is not known; there are $timestamp, $ttl, $delete, $delete_range and $delete_elements",
            Excerpt(name)
        ));
    }
    let field = columns.field(name, Spelling::Json, columns.row_role(name))?;
    note(field, name, record)?;
    let [has_write_time, has_ttl] = &mut record.has_row_fields;
    match field.role {
        Some(Role::RowWriteTime) => {
            *has_write_time = true;
            record.write_time = number(name, value)?;
        }
        Some(Role::RowTtl) => {
            *has_ttl = true;
            record.ttl = number(name, value)?;
        }
        Some(Role::WriteTime(column)) => {
            if let Some(into) = record.write_times.get_mut(column) {
                *into = number(name, value)?;
            }
        }
        Some(Role::Ttl(column)) => {
            if let Some(into) = record.ttls.get_mut(column) {
                *into = number(name, value)?;
            }
        }
        None => {}
    }
    let Some((index, column)) = field.column.and_then(|index| Some((index, columns.get(index)?))) else {
        return Ok(());
    };
    let converted = match value {
        JsonValue::Null => FieldValue::Null,
        value => {
            let bytes = from_json(&column.column_type, value);
            FieldValue::Value(bytes.map_err(|error| format!("column {}: {error}", column.name))?)
        }
    };
    record.set(index, converted);
    Ok(())
}

/// Refuses a second field of one meaning: names differ in capitals, and may still be one.
fn note(field: Field, name: &str, record: &mut Record) -> Result<(), String> {
    match record.note(field) {
        true => Ok(()),
        false => Err(format!("the field '{}' gives what another one gives already", Excerpt(name))),
    }
}

/// A whole number; null is none. `SELECT` prints the write times of a collection's elements as a list, of which no
/// cell can be told its own.
fn number<N: std::str::FromStr>(name: &str, value: &JsonValue<'_>) -> Result<Option<N>, String> {
    match value {
        JsonValue::Null => Ok(None),
        JsonValue::Number(digits) => digits.parse().map(Some).map_err(|_| {
            format!("'{}' is {}, which is no whole number that fits", Excerpt(name), Excerpt(digits))
        }),
        other => Err(format!("'{}' is {}, not a number", Excerpt(name), other.kind())),
    }
}

fn set_deletion(record: &mut Record, deletion: Deletion) -> Result<(), String> {
    match std::mem::replace(&mut record.deletion, deletion) {
        Deletion::None => Ok(()),
        _ => Err("$delete and $delete_range exclude each other".to_owned()),
    }
}

fn deletion(value: &JsonValue<'_>, columns: &TargetColumns) -> Result<Deletion, String> {
    match value {
        JsonValue::String(what) if what == "partition" => Ok(Deletion::Partition),
        JsonValue::String(what) if what == "row" => Ok(Deletion::Row),
        JsonValue::Array(names) => {
            let column = |name: &JsonValue<'_>| match name {
                JsonValue::String(name) => deletable(name, columns),
                other => Err(format!("$delete has {}, not names of columns", other.kind())),
            };
            Ok(Deletion::Columns(names.iter().map(column).collect::<Result<_, _>>()?))
        }
        _ => Err("$delete is not \"partition\", \"row\" or an array of columns".to_owned()),
    }
}

fn deletable(name: &str, columns: &TargetColumns) -> Result<usize, String> {
    let index = columns.find(name, Spelling::Json)?;
    match columns.get(index).map(|column| column.kind) {
        Some(ColumnKind::Static | ColumnKind::Regular) => Ok(index),
        _ => Err(format!("'{name}' is part of the primary key and cannot be deleted")),
    }
}

/// A column, and the paths of its elements.
type Elements = (usize, Vec<Vec<u8>>);

/// `{"column": [elements]}`: keys of maps, elements of sets, names of fields.
fn elements(value: &JsonValue<'_>, columns: &TargetColumns) -> Result<Vec<Elements>, String> {
    let JsonValue::Object(fields) = value else {
        return Err(format!("$delete_elements is {}, not an object", value.kind()));
    };
    let mut all: Vec<Elements> = Vec::with_capacity(fields.len());
    for (name, paths) in fields {
        let elements = elements_of(name, paths, columns)?;
        if all.iter().any(|(column, _)| *column == elements.0) {
            return Err(format!("$delete_elements has the column '{name}' twice"));
        }
        all.push(elements);
    }
    Ok(all)
}

fn elements_of(name: &str, paths: &JsonValue<'_>, columns: &TargetColumns) -> Result<Elements, String> {
    let index = deletable(name, columns)?;
    let column_type = columns.get(index).map(|column| &column.column_type);
    let JsonValue::Array(paths) = paths else {
        return Err(format!("the elements of {name} to delete are {}, not an array", paths.kind()));
    };
    let path = |path: &JsonValue<'_>| match column_type {
        Some(CqlType::Map { key: of, frozen: false, .. } | CqlType::Set { element: of, frozen: false }) => {
            from_json(of, path).map_err(|error| format!("an element of {name} to delete: {error}"))
        }
        Some(CqlType::User(user)) if !user.frozen => match path {
            JsonValue::String(field) => {
                Ok((field_index(user, field, Spelling::Json)? as u16).to_be_bytes().to_vec())
            }
            other => Err(format!("a field of {name} to delete is {}, not a name", other.kind())),
        },
        Some(CqlType::List { frozen: false, .. }) => Err(format!(
            "elements of the list {name} are told apart by when they were written: give all of it anew"
        )),
        _ => Err(format!("the column {name} is one cell: $delete deletes it")),
    };
    let mut paths = paths.iter().map(path).collect::<Result<Vec<_>, _>>()?;
    if let Some(column_type) = column_type {
        sort_paths(column_type, &mut paths);
    }
    Ok((index, paths))
}

fn sort_paths(column_type: &CqlType, paths: &mut Vec<Vec<u8>>) {
    let of = match column_type {
        CqlType::Map { key, .. } => key,
        CqlType::Set { element, .. } => element,
        _ => &CqlType::SmallInt,
    };
    paths.sort_by(|a, b| crate::types::compare(of, a, b));
    paths.dedup();
}

/// `{">=": {"c": 1}, "<": {"c": 5}}`, or `{"=": {"c": 1}}` for all rows that begin so.
fn range(value: &JsonValue<'_>, columns: &TargetColumns) -> Result<Deletion, String> {
    let JsonValue::Object(sides) = value else {
        return Err(format!("$delete_range is {}, not an object", value.kind()));
    };
    let (mut start, mut end) = (None, None);
    for (operator, values) in sides {
        let bound = |kind| Ok::<_, String>(Some(RangeBound { kind, values: prefix(values, columns)? }));
        let (opens, closes) = match operator.as_ref() {
            ">=" => (bound(ClusteringKind::InclStartBound)?, None),
            ">" => (bound(ClusteringKind::ExclStartBound)?, None),
            "<=" => (None, bound(ClusteringKind::InclEndBound)?),
            "<" => (None, bound(ClusteringKind::ExclEndBound)?),
            "=" => (bound(ClusteringKind::InclStartBound)?, bound(ClusteringKind::InclEndBound)?),
            _ => {
                return Err(format!(
                    "$delete_range has '{}', which is none of = > >= < <=",
                    Excerpt(operator)
                ));
            }
        };
        for (side, given) in [(&mut start, opens), (&mut end, closes)] {
            if given.is_some() && std::mem::replace(side, given).is_some() {
                return Err("$delete_range says twice where it begins or ends".to_owned());
            }
        }
    }
    let (start, end) = complete(start, end)?;
    Ok(Deletion::Range(by_order(start, end, columns)))
}

/// A range that is open on one side goes to the end of what the other side's values but the last begin.
fn complete(start: Option<RangeBound>, end: Option<RangeBound>) -> Result<(RangeBound, RangeBound), String> {
    let shared = |of: &RangeBound| {
        let mut values = of.values.clone();
        values.pop();
        values
    };
    match (start, end) {
        (Some(start), Some(end)) => match shared(&start) == shared(&end)
            && start.values.len() == end.values.len()
        {
            true => Ok((start, end)),
            false => Err(
                "both bounds of $delete_range have to name the same columns, of which the last alone may \
                          differ in its value"
                    .to_owned(),
            ),
        },
        (Some(start), None) => {
            let values = shared(&start);
            Ok((start, RangeBound { kind: ClusteringKind::InclEndBound, values }))
        }
        (None, Some(end)) => {
            let values = shared(&end);
            Ok((RangeBound { kind: ClusteringKind::InclStartBound, values }, end))
        }
        (None, None) => Err("$delete_range has no bound; $delete \"partition\" deletes all".to_owned()),
    }
}

/// In a column of descending order, what is greater comes first: the bounds change sides.
fn by_order(start: RangeBound, end: RangeBound, columns: &TargetColumns) -> [RangeBound; 2] {
    let deciding = start.values.len().max(end.values.len()).saturating_sub(1);
    let differ = start.values.len() != end.values.len() || start.values != end.values;
    if !differ || !columns.is_descending(deciding) {
        return [start, end];
    }
    let turned = |bound: RangeBound| {
        let kind = match bound.kind {
            ClusteringKind::InclStartBound => ClusteringKind::InclEndBound,
            ClusteringKind::ExclStartBound => ClusteringKind::ExclEndBound,
            ClusteringKind::InclEndBound => ClusteringKind::InclStartBound,
            ClusteringKind::ExclEndBound => ClusteringKind::ExclStartBound,
            other => other,
        };
        RangeBound { kind, values: bound.values }
    };
    [turned(end), turned(start)]
}

/// The values of the first clustering columns.
fn prefix(value: &JsonValue<'_>, columns: &TargetColumns) -> Result<Vec<Vec<u8>>, String> {
    let JsonValue::Object(fields) = value else {
        return Err(format!("a bound of $delete_range is {}, not an object", value.kind()));
    };
    let fields: &Fields<'_> = fields;
    let mut given: Vec<Option<Vec<u8>>> = Vec::new();
    for (name, value) in fields {
        let column = columns.find(name, Spelling::Json)?;
        let column = columns.get(column).filter(|column| column.kind == ColumnKind::Clustering);
        let column =
            column.ok_or_else(|| format!("'{name}' is no clustering column, and a range has only those"))?;
        if *value == JsonValue::Null {
            return Err(format!("the clustering column {name} of a range is null"));
        }
        let bytes =
            from_json(&column.column_type, value).map_err(|error| format!("column {name}: {error}"))?;
        if given.len() <= column.index {
            given.resize(column.index.saturating_add(1), None);
        }
        match given.get_mut(column.index) {
            Some(Some(_)) => return Err(format!("the column {name} is there twice")),
            Some(into) => *into = Some(bytes),
            None => {}
        }
    }
    if given.is_empty() {
        return Err("a bound of $delete_range names no column".to_owned());
    }
    let all: Option<Vec<Vec<u8>>> = given.into_iter().collect();
    all.ok_or_else(|| {
        "a bound of $delete_range leaves out a clustering column in front of another".to_owned()
    })
}
