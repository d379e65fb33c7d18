//! The fields of an object, each taken once; what is left at the end is an error.

use std::borrow::Cow;

use crate::tools::json_text::JsonValue;
use crate::types::CqlType;

/// An object whose fields are taken by name.
pub(super) struct Fields<'t> {
    fields: Vec<(Cow<'t, str>, JsonValue<'t>)>,
}

impl<'t> Fields<'t> {
    pub(super) fn of(value: JsonValue<'t>, what: &str) -> Result<Self, String> {
        match value {
            JsonValue::Object(fields) => Ok(Self { fields }),
            other => Err(format!("{what} is {}, not an object", other.kind())),
        }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<JsonValue<'t>> {
        let index = self.fields.iter().position(|(known, _)| known == name)?;
        Some(self.fields.swap_remove(index).1)
    }

    pub(super) fn wanted(&mut self, name: &str) -> Result<JsonValue<'t>, String> {
        self.take(name).ok_or_else(|| format!("the field '{name}' is missing"))
    }

    /// Refuses what was not taken: it means something that this reader would drop.
    pub(super) fn finish(self) -> Result<(), String> {
        match self.fields.first() {
            Some((name, _)) => Err(format!("the field '{name}' is not known here")),
            None => Ok(()),
        }
    }

    pub(super) fn integer<N: std::str::FromStr>(&mut self, name: &str) -> Result<Option<N>, String> {
        self.take(name).map(|value| integer(&value, name)).transpose()
    }

    pub(super) fn wanted_integer<N: std::str::FromStr>(&mut self, name: &str) -> Result<N, String> {
        integer(&self.wanted(name)?, name)
    }

    pub(super) fn boolean(&mut self, name: &str) -> Result<bool, String> {
        match self.take(name) {
            None => Ok(false),
            Some(JsonValue::Bool(value)) => Ok(value),
            Some(other) => Err(format!("the field '{name}' is {}, not a boolean", other.kind())),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<Cow<'t, str>>, String> {
        self.take(name).map(|value| text(value, name)).transpose()
    }

    pub(super) fn wanted_text(&mut self, name: &str) -> Result<Cow<'t, str>, String> {
        text(self.wanted(name)?, name)
    }

    pub(super) fn hex(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        self.text(name)?.map(|digits| hex(&digits, name)).transpose()
    }

    pub(super) fn wanted_array(&mut self, name: &str) -> Result<Vec<JsonValue<'t>>, String> {
        array(self.wanted(name)?, name)
    }

    /// Whichever of a name in UTF-8 and one in hexadecimal there is.
    pub(super) fn name(&mut self, [plain, in_hex]: [&str; 2]) -> Result<Vec<u8>, String> {
        match (self.text(plain)?, self.hex(in_hex)?) {
            (Some(name), None) => Ok(name.into_owned().into_bytes()),
            (None, Some(name)) => Ok(name),
            (None, None) => Err(format!("the field '{plain}' is missing")),
            (Some(_), Some(_)) => Err(format!("'{plain}' and '{in_hex}' exclude each other")),
        }
    }
}

pub(super) fn integer<N: std::str::FromStr>(value: &JsonValue<'_>, name: &str) -> Result<N, String> {
    match value {
        JsonValue::Number(digits) => {
            digits.parse().map_err(|_| format!("the field '{name}' is {digits}, which does not fit"))
        }
        other => Err(format!("the field '{name}' is {}, not a number", other.kind())),
    }
}

fn text<'t>(value: JsonValue<'t>, name: &str) -> Result<Cow<'t, str>, String> {
    match value {
        JsonValue::String(text) => Ok(text),
        other => Err(format!("the field '{name}' is {}, not a string", other.kind())),
    }
}

pub(super) fn array<'t>(value: JsonValue<'t>, name: &str) -> Result<Vec<JsonValue<'t>>, String> {
    match value {
        JsonValue::Array(values) => Ok(values),
        other => Err(format!("the field '{name}' is {}, not an array", other.kind())),
    }
}

/// The bytes of hexadecimal digits.
pub(super) fn hex(digits: &str, name: &str) -> Result<Vec<u8>, String> {
    crate::types::parse_hex(digits)
        .ok_or_else(|| format!("the field '{name}' is '{}', not pairs of hexadecimal digits", short(digits)))
}

/// A type by its class name, which has to be one of Cassandra's.
pub(super) fn marshal_type(value: JsonValue<'_>, name: &str) -> Result<CqlType, String> {
    let class = text(value, name)?;
    CqlType::parse_marshal(&class)
        .map_err(|error| format!("the field '{name}': '{class}' is not a type: {error}"))
}

fn short(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
