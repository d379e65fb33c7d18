//! Rows from records of CSV.

use super::columns::{Field, Role, TargetColumns, is_same};
use super::names::Spelling;
use super::options::CsvOptions;
use super::record::{FieldValue, Record};
use super::text_value::TextDialect;
use crate::types::{CqlType, Excerpt, parse_string};

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
        let names: Vec<&str> = names.into_iter().map(str::trim).collect();
        let mut roles = Vec::new();
        for (role, what, wanted) in columns.row_fields() {
            let Some(wanted) = wanted else { continue };
            let place = place_of(&names, wanted).ok_or_else(|| {
                format!("there is no field '{wanted}', which is to have {what}, but {}", listed(&names))
            })?;
            roles.push((place, role));
        }
        let is_skipped = skipped(&names, columns, options)?;
        let mut fields: Vec<(String, Option<Field>)> = Vec::new();
        for (place, (name, is_skipped)) in names.iter().zip(is_skipped).enumerate() {
            if names.iter().take(place).any(|known| known == name) {
                return Err(format!("the field '{}' is there twice", Excerpt(name)));
            }
            let role = roles.iter().find(|(of, _)| *of == place).map(|(_, role)| *role);
            if is_skipped && role.is_some() {
                return Err(format!(
                    "the field '{name}' cannot be both read for all of the row and passed over"
                ));
            }
            let field = if is_skipped { None } else { Some(columns.field(name, Spelling::Csv, role)?) };
            if let Some(field) = field
                && fields.iter().filter_map(|(_, other)| *other).any(|other| other.is_of_the_same(field))
            {
                return Err(format!("the field '{name}' gives what another one gives already"));
            }
            let column = field.and_then(|field| columns.get(field.column?));
            fields.push((column.map_or(*name, |column| column.name.as_str()).to_owned(), field));
        }
        Ok(Self { fields })
    }

    /// The fields that cqlsh expects where nobody says which they are.
    pub(super) fn by_default(columns: &TargetColumns, options: &CsvOptions) -> Result<Self, String> {
        let order = columns.default_order().into_iter();
        let names = order.filter_map(|index| columns.get(index).map(|column| column.name.as_str()));
        Self::new(names, columns, options)
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

/// The field that an option names: just so, or but for its capitals.
fn place_of(names: &[&str], wanted: &str) -> Option<usize> {
    let exact = names.iter().position(|name| *name == wanted.trim());
    exact.or_else(|| names.iter().position(|name| is_same(wanted.trim(), name)))
}

/// Which of the fields are passed over.
fn skipped(names: &[&str], columns: &TargetColumns, options: &CsvOptions) -> Result<Vec<bool>, String> {
    let mut is_skipped = vec![false; names.len()];
    for wanted in &options.skipped_columns {
        let place = place_of(names, wanted);
        let place = place.or_else(|| {
            // A column by another spelling of its name than the field has.
            let column = columns.find(wanted.trim(), Spelling::Csv).ok()?;
            names.iter().position(|name| columns.find(name, Spelling::Csv) == Ok(column))
        });
        match place.and_then(|place| is_skipped.get_mut(place)) {
            Some(into) => *into = true,
            None => {
                return Err(format!("there is no field '{wanted}' to pass over, but {}", listed(names)));
            }
        }
    }
    Ok(is_skipped)
}

fn listed(names: &[&str]) -> String {
    Excerpt(&names.join(", ")).to_string()
}

/// Microseconds, or a date and time.
fn write_time(text: &str) -> Result<i64, String> {
    let text = text.trim();
    if let Ok(micros) = text.parse() {
        return Ok(micros);
    }
    date_micros(text).ok_or_else(|| {
        format!(
            "'{}' is no write time: microseconds since 1970 are wanted, or a date and time with at most six \
             digits behind the seconds",
            Excerpt(text)
        )
    })
}

/// Microseconds since 1970 of a date and time, which as a value has milliseconds.
fn date_micros(text: &str) -> Option<i64> {
    const FRACTION_DIGITS: usize = 6;
    let millis = |text: &str| -> Option<i64> {
        let bytes = parse_string(&CqlType::Timestamp, text).ok()?;
        bytes.try_into().ok().map(i64::from_be_bytes)
    };
    let whole = millis(text)?;
    let Some((before, behind)) = text.split_once('.') else { return whole.checked_mul(1000) };
    let end = behind.find(|character: char| !character.is_ascii_digit()).unwrap_or(behind.len());
    let (digits, zone) = behind.split_at_checked(end)?;
    if digits.is_empty() || digits.len() > FRACTION_DIGITS {
        return None;
    }
    let fraction: i64 = format!("{digits:0<FRACTION_DIGITS$}").parse().ok()?;
    millis(&format!("{before}{zone}"))?.checked_mul(1000)?.checked_add(fraction)
}

fn ttl(text: &str) -> Result<i32, String> {
    text.trim().parse().map_err(|_| format!("'{}' is no TTL: seconds are wanted", Excerpt(text)))
}
