//! Values of JSON.

use std::fmt;

use cqlite_sstable::types::{CqlType, write_string};

/// A value of JSON. Its `Display` is what Java prints of it (`Object.toString`).
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum JsonValue {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number without point and exponent, as written.
    Integer(String),
    /// Any other number.
    Double(f64),
    /// A text, without quotes and escapes.
    String(String),
    /// `[a, b]`
    List(Vec<JsonValue>),
    /// `{"a": b}`, in the order of the text, the last value of each key.
    Object(Vec<(String, JsonValue)>),
}

impl JsonValue {
    /// What Java calls it (`Class.getSimpleName`).
    pub(super) fn class_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "Boolean",
            Self::Integer(text) if text.parse::<i32>().is_ok() => "Integer",
            Self::Integer(text) if text.parse::<i64>().is_ok() => "Long",
            Self::Integer(_) => "BigInteger",
            Self::Double(_) => "Double",
            Self::String(_) => "String",
            Self::List(_) => "ArrayList",
            Self::Object(_) => "LinkedHashMap",
        }
    }
}

impl fmt::Display for JsonValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(text) => f.write_str(match text.as_str() {
                "-0" => "0",
                text => text,
            }),
            Self::Double(value) => {
                let mut text = Vec::new();
                let _ = write_string(&CqlType::Double, &value.to_be_bytes(), &mut text);
                f.write_str(&String::from_utf8_lossy(&text))
            }
            Self::String(text) => f.write_str(text),
            Self::List(elements) => {
                f.write_str("[")?;
                for (index, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key}={value}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}
