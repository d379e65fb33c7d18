//! Options by their names (`cql3.statements.PropertyDefinitions`).

use std::collections::BTreeMap;

use cqlite_cql::{Literal, MapLiteral, Property, PropertyValue};

use crate::catalog::java::{hash_order, string_hash};
use crate::query::{QueryError, QueryResult};

/// The options of a statement, as numbers, texts and maps.
pub(crate) struct OptionValues<'a>(&'a [Property]);

impl<'a> OptionValues<'a> {
    pub(crate) fn new(options: &'a [Property]) -> Self {
        Self(options)
    }

    /// Refuses an option that is none of these.
    pub(crate) fn check_names(&self, names: &[&str]) -> QueryResult<()> {
        let given = hash_order(self.0, |option| string_hash(option.name.as_str()));
        match given.into_iter().find(|option| !names.contains(&option.name.as_str())) {
            Some(option) => Err(refused(format!("Unknown property '{}'", option.name.as_str()))),
            None => Ok(()),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    fn value(&self, name: &str) -> Option<&'a PropertyValue> {
        self.0.iter().find(|option| option.name.as_str() == name).map(|option| &option.value)
    }

    pub(crate) fn text(&self, name: &str) -> QueryResult<Option<String>> {
        match self.value(name) {
            None => Ok(None),
            Some(PropertyValue::Literal(literal)) => Ok(Some(literal.text().into_owned())),
            Some(PropertyValue::Map(_)) => {
                Err(refused(format!("Invalid value for property '{name}'. It should be a string")))
            }
        }
    }

    fn entries(&self, name: &str) -> QueryResult<Option<&'a MapLiteral>> {
        match self.value(name) {
            None => Ok(None),
            Some(PropertyValue::Map(map)) => Ok(Some(map)),
            Some(PropertyValue::Literal(_)) => {
                Err(refused(format!("Invalid value for property '{name}'. It should be a map.")))
            }
        }
    }

    pub(crate) fn map(&self, name: &str) -> QueryResult<Option<BTreeMap<String, String>>> {
        let text = |literal: &Literal| literal.text().into_owned();
        let entries = self.entries(name)?;
        Ok(entries.map(|map| map.entries.iter().map(|(key, value)| (text(key), text(value))).collect()))
    }

    /// A map of blobs, as `DESCRIBE` prints extensions.
    pub(crate) fn blobs(&self, name: &str) -> QueryResult<Option<BTreeMap<String, Vec<u8>>>> {
        let Some(map) = self.entries(name)? else { return Ok(None) };
        let blob = |(key, value): &(Literal, Literal)| {
            let bytes = match value {
                Literal::Blob(text) => bytes_of(text),
                _ => None,
            };
            let key = key.text().into_owned();
            match bytes {
                Some(bytes) => Ok((key, bytes)),
                None => Err(refused(format!("the value of '{key}' in '{name}' is not a blob"))),
            }
        };
        map.entries.iter().map(blob).collect::<QueryResult<_>>().map(Some)
    }

    pub(crate) fn boolean(&self, name: &str) -> QueryResult<Option<bool>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match text.to_lowercase().as_str() {
            "1" | "true" | "yes" => Ok(Some(true)),
            "0" | "false" | "no" => Ok(Some(false)),
            _ => Err(refused(format!(
                "Invalid boolean value {text} for '{name}'. Positive values can be '1', 'true' or 'yes'. Negative values \
                 can be '0', 'false' or 'no'."
            ))),
        }
    }

    pub(crate) fn int(&self, name: &str) -> QueryResult<Option<i32>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse().map_err(|_| refused(format!("Invalid integer value {text} for '{name}'")));
        number.map(Some)
    }

    pub(crate) fn double(&self, name: &str) -> QueryResult<Option<f64>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse().map_err(|_| refused(format!("Invalid double value {text} for '{name}'")));
        number.map(Some)
    }
}

fn refused(message: String) -> QueryError {
    QueryError::syntax(message)
}

/// The bytes of a literal `0xcafe`.
fn bytes_of(literal: &str) -> Option<Vec<u8>> {
    let digits = literal.get(2..)?.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    (digits.len() % 2 == 0).then(|| digits.chunks_exact(2).map(byte).collect())?
}
