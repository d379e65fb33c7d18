//! Rows from records of CSV.

use super::columns::{Field, Role, TargetColumns};
use super::options::CsvOptions;
use super::record::{FieldValue, Record};
use super::text_value::TextDialect;
use crate::types::{CqlType, parse_string};

/// What each field of a record is; none for those that are passed over.
#[derive(Debug)]
pub(super) struct CsvFields {
    fields: Vec<(String, Option<Field>)>,
}

impl CsvFields {
    /// The fields of these names.
    pub(super) fn new<'n>(
        names: impl IntoIterator<Item = &'n str>,
        columns: &TargetColumns,
        options: &CsvOptions,
    ) -> Result<Self, String> {
        let mut fields: Vec<(String, Option<Field>)> = Vec::new();
        for name in names {
            let name = name.trim();
            if fields.iter().any(|(known, _)| known == name) {
                return Err(format!("the field '{name}' is there twice"));
            }
            let is_skipped = options.skipped_columns.iter().any(|skipped| skipped == name);
            let field = if is_skipped { None } else { Some(columns.field(name)?) };
            let index = field.and_then(|field| field.column);
            let is_twice = |(_, other): &(String, Option<Field>)| {
                index.is_some() && other.and_then(|other| other.column) == index
            };
            if fields.iter().any(is_twice) {
                return Err(format!("the field '{name}' is of a column that another one gives already"));
            }
            let column = index.and_then(|index| columns.get(index));
            fields.push((column.map_or(name, |column| column.name.as_str()).to_owned(), field));
        }
        Ok(Self { fields })
    }

    /// The fields that cqlsh expects where nobody says which they are.
    pub(super) fn by_default(columns: &TargetColumns, options: &CsvOptions) -> Result<Self, String> {
        let names: Vec<String> = columns
            .default_order()
            .into_iter()
            .filter_map(|index| {
                columns.get(index).map(|column| format!("\"{}\"", column.name.replace('"', "\"\"")))
            })
            .collect();
        Self::new(names.iter().map(String::as_str), columns, options)
    }

    /// Reads the fields of a record.
    pub(super) fn read<'f>(
        &self,
        values: impl ExactSizeIterator<Item = &'f [u8]>,
        columns: &TargetColumns,
        dialect: &TextDialect,
        record: &mut Record,
    ) -> Result<(), String> {
        if values.len() != self.fields.len() {
            return Err(format!("there are {} fields, not {}", values.len(), self.fields.len()));
        }
        for ((name, field), value) in self.fields.iter().zip(values) {
            let Some(field) = field else { continue };
            let text = std::str::from_utf8(value).map_err(|_| format!("column {name}: it is not UTF-8"))?;
            read_field(*field, text, columns, dialect, record)
                .map_err(|error| format!("column {name}: {error}"))?;
        }
        Ok(())
    }
}

fn read_field(
    field: Field,
    text: &str,
    columns: &TargetColumns,
    dialect: &TextDialect,
    record: &mut Record,
) -> Result<(), String> {
    let is_null = text == dialect.null;
    match field.role {
        Some(_) if is_null => {}
        Some(Role::RowWriteTime) => record.write_time = Some(write_time(text)?),
        Some(Role::RowTtl) => record.ttl = Some(ttl(text)?),
        Some(Role::WriteTime(column)) => {
            if let Some(into) = record.write_times.get_mut(column) {
                *into = Some(write_time(text)?);
            }
        }
        Some(Role::Ttl(column)) => {
            if let Some(into) = record.ttls.get_mut(column) {
                *into = Some(ttl(text)?);
            }
        }
        None => {}
    }
    if let Some((index, column)) = field.column.and_then(|index| Some((index, columns.get(index)?))) {
        let value = match is_null {
            true => FieldValue::Null,
            false => FieldValue::Value(dialect.parse(&column.column_type, text)?),
        };
        record.set(index, value);
    }
    Ok(())
}

/// Microseconds, or a date and time.
fn write_time(text: &str) -> Result<i64, String> {
    let text = text.trim();
    if let Ok(micros) = text.parse() {
        return Ok(micros);
    }
    let wrong =
        || format!("'{text}' is no write time: microseconds since 1970 or a date and time are wanted");
    let bytes = parse_string(&CqlType::Timestamp, text).map_err(|_| wrong())?;
    let millis = bytes.try_into().map(i64::from_be_bytes).map_err(|_| wrong())?;
    millis.checked_mul(1000).ok_or_else(wrong)
}

fn ttl(text: &str) -> Result<i32, String> {
    text.trim().parse().map_err(|_| format!("'{text}' is no TTL: seconds are wanted"))
}
