//! What the server answers to statements.

use cqlite_sstable::types::CqlType;

use super::{Column, CqlError, wire::Cursor};

mod kind {
    pub(super) const ROWS: i32 = 2;
    pub(super) const SET_KEYSPACE: i32 = 3;
    pub(super) const PREPARED: i32 = 4;
    pub(super) const SCHEMA_CHANGE: i32 = 5;
}

mod rows_flag {
    pub(super) const GLOBAL_TABLE: i32 = 0x01;
    pub(super) const HAS_MORE_PAGES: i32 = 0x02;
    pub(super) const NO_METADATA: i32 = 0x04;
}

/// A page of a result.
#[derive(Debug, Default)]
pub struct Page {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows: a value for each column, as serialized; `None` is null.
    pub rows: Vec<Vec<Option<Vec<u8>>>>,
    /// What the next page is asked for with; none behind the last page.
    pub paging_state: Option<Vec<u8>>,
}

/// A statement that the server has prepared.
#[derive(Debug)]
pub struct Prepared {
    pub(super) id: Vec<u8>,
    /// What the bind markers stand for.
    pub variables: Vec<Column>,
}

/// What a statement did to the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaChange {
    /// `CREATED`, `UPDATED`, `DROPPED`
    pub change: String,
    /// `KEYSPACE`, `TABLE`, `TYPE`, `FUNCTION`, `AGGREGATE`
    pub target: String,
    /// The keyspace.
    pub keyspace: String,
    /// The name of what is in the keyspace.
    pub name: Option<String>,
}

/// The result of a statement.
#[derive(Debug)]
pub enum Response {
    /// Nothing to tell.
    Void,
    /// Rows.
    Rows(Page),
    /// The keyspace of names without one.
    SetKeyspace(String),
    /// The statement is prepared.
    Prepared(Prepared),
    /// The schema changed.
    SchemaChange(SchemaChange),
}

impl Response {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CqlError> {
        Ok(match cursor.int()? {
            kind::ROWS => Self::Rows(parse_page(cursor)?),
            kind::SET_KEYSPACE => Self::SetKeyspace(cursor.string()?),
            kind::PREPARED => Self::Prepared(parse_prepared(cursor)?),
            kind::SCHEMA_CHANGE => {
                let (change, target) = (cursor.string()?, cursor.string()?);
                let keyspace = cursor.string()?;
                let name = if target == "KEYSPACE" { None } else { Some(cursor.string()?) };
                Self::SchemaChange(SchemaChange { change, target, keyspace, name })
            }
            _ => Self::Void,
        })
    }
}

fn parse_page(cursor: &mut Cursor<'_>) -> Result<Page, CqlError> {
    let flags = cursor.int()?;
    let column_count = cursor.int()?;
    let paging_state = match flags & rows_flag::HAS_MORE_PAGES {
        0 => None,
        _ => cursor.bytes()?,
    };
    let columns = parse_columns(cursor, flags, column_count)?;
    let mut rows = Vec::new();
    for _ in 0..cursor.int()? {
        rows.push((0..column_count).map(|_| cursor.bytes()).collect::<Result<_, _>>()?);
    }
    Ok(Page { columns, rows, paging_state })
}

fn parse_prepared(cursor: &mut Cursor<'_>) -> Result<Prepared, CqlError> {
    let length = cursor.short()?;
    let id = cursor.take(length.into())?.to_vec();
    let (flags, column_count) = (cursor.int()?, cursor.int()?);
    for _ in 0..cursor.int()? {
        cursor.short()?; // the place of a part of the partition key
    }
    Ok(Prepared { id, variables: parse_columns(cursor, flags, column_count)? })
}

fn parse_columns(cursor: &mut Cursor<'_>, flags: i32, count: i32) -> Result<Vec<Column>, CqlError> {
    let mut columns = Vec::new();
    if flags & rows_flag::NO_METADATA != 0 {
        return Ok(columns);
    }
    let global_table = flags & rows_flag::GLOBAL_TABLE != 0 && count > 0;
    if flags & rows_flag::GLOBAL_TABLE != 0 {
        cursor.string()?;
        cursor.string()?;
    }
    for _ in 0..count {
        if !global_table {
            cursor.string()?;
            cursor.string()?;
        }
        let name = cursor.string()?;
        let Type { name: type_name, full } = parse_type(cursor)?;
        columns.push(Column { name, type_name, full_type: full });
    }
    Ok(columns)
}

/// A type in two texts.
struct Type {
    name: String,
    full: String,
}

impl Type {
    fn of(text: String) -> Self {
        Self { full: text.clone(), name: text }
    }

    fn with(of: &str, elements: &[Self]) -> Self {
        let text = |text: fn(&Self) -> &str| {
            let elements: Vec<&str> = elements.iter().map(text).collect();
            format!("{of}<{}>", elements.join(", "))
        };
        Self { name: text(|element| &element.name), full: text(|element| &element.full) }
    }
}

fn parse_type(cursor: &mut Cursor<'_>) -> Result<Type, CqlError> {
    let simple = match cursor.short()? {
        0x00 => {
            let name = cursor.string()?;
            return Ok(Type { full: type_of_class(&name), name });
        }
        0x01 => "ascii",
        0x02 => "bigint",
        0x03 => "blob",
        0x04 => "boolean",
        0x05 => "counter",
        0x06 => "decimal",
        0x07 => "double",
        0x08 => "float",
        0x09 => "int",
        0x0b => "timestamp",
        0x0c => "uuid",
        0x0d => "text",
        0x0e => "varint",
        0x0f => "timeuuid",
        0x10 => "inet",
        0x11 => "date",
        0x12 => "time",
        0x13 => "smallint",
        0x14 => "tinyint",
        0x15 => "duration",
        0x20 => return Ok(Type::with("list", &[parse_type(cursor)?])),
        0x21 => return Ok(Type::with("map", &[parse_type(cursor)?, parse_type(cursor)?])),
        0x22 => return Ok(Type::with("set", &[parse_type(cursor)?])),
        0x30 => return parse_user_type(cursor),
        0x31 => {
            let count = cursor.short()?;
            let components = (0..count).map(|_| parse_type(cursor)).collect::<Result<Vec<_>, _>>()?;
            return Ok(Type::with("tuple", &components));
        }
        _ => return Err(CqlError::Protocol("a type code that is not known")),
    };
    Ok(Type::of(simple.to_owned()))
}

fn parse_user_type(cursor: &mut Cursor<'_>) -> Result<Type, CqlError> {
    let keyspace = cursor.string()?;
    let name = cursor.string()?;
    let mut fields = Vec::new();
    for _ in 0..cursor.short()? {
        let field = cursor.string()?;
        fields.push((field, parse_type(cursor)?.full));
    }
    Ok(Type { full: user_type(&keyspace, &name, fields), name })
}

fn type_of_class(class: &str) -> String {
    CqlType::parse_marshal(class).map_or_else(|_| class.to_owned(), |of| full_type(&of))
}

fn user_type(keyspace: &str, name: &str, fields: impl IntoIterator<Item = (String, String)>) -> String {
    let fields: Vec<String> = fields.into_iter().map(|(field, of)| format!("{field} {of}")).collect();
    format!("{keyspace}.{name}{{{}}}", fields.join(", "))
}

/// A type as [`Column::full_type`] has it: whether it is frozen is not told to clients.
pub fn full_type(of: &CqlType) -> String {
    let text = |name: &str, elements: &[&CqlType]| {
        let elements: Vec<String> = elements.iter().map(|element| full_type(element)).collect();
        format!("{name}<{}>", elements.join(", "))
    };
    match of {
        CqlType::List { element, .. } => text("list", &[element]),
        CqlType::Set { element, .. } => text("set", &[element]),
        CqlType::Map { key, value, .. } => text("map", &[key, value]),
        CqlType::Tuple(components) => text("tuple", &components.iter().collect::<Vec<_>>()),
        CqlType::Vector { element, dimension } => format!("vector<{}, {dimension}>", full_type(element)),
        CqlType::User(user) => {
            let fields = user.fields.iter().map(|field| (field.name.clone(), full_type(&field.field_type)));
            user_type(&user.keyspace, &user.name, fields)
        }
        CqlType::Reversed(inner) => full_type(inner),
        simple => simple.cql_name().to_string(),
    }
}
