//! `schema.ReplicationParams`.

use std::collections::BTreeMap;

use cqlite_cql::{Literal, Property, PropertyValue};
use cqlite_sstable::{Error, Result};

const PACKAGE: &str = "org.apache.cassandra.locator.";
const CLASS: &str = "class";
const FACTOR: &str = "replication_factor";
const SIMPLE: &str = "SimpleStrategy";
const BY_DATACENTER: &str = "NetworkTopologyStrategy";
const LOCAL: &str = "LocalStrategy";

/// Where the replicas of a keyspace are: the `class` of a strategy, and its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replication {
    /// The class with its package.
    class: String,
    options: BTreeMap<String, String>,
}

impl Replication {
    /// So many replicas on any nodes (`SimpleStrategy`).
    pub fn simple(factor: u32) -> Self {
        let options = BTreeMap::from([(FACTOR.to_owned(), factor.to_string())]);
        Self { class: format!("{PACKAGE}{SIMPLE}"), options }
    }

    /// Each node for itself, as in the keyspaces `system` and `system_schema` (`LocalStrategy`).
    pub fn local() -> Self {
        Self { class: format!("{PACKAGE}{LOCAL}"), options: BTreeMap::new() }
    }

    /// What the options of `CREATE KEYSPACE` ask for, and whether writes are durable, which they are if nothing is said.
    /// `datacenter` is that of the node: a `replication_factor` without the name of one is meant for it.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] with Cassandra's own message for what it would refuse.
    pub fn parse(options: &[Property], datacenter: &str) -> Result<(Self, bool)> {
        let refused = |message: String| Err(Error::invalid_input(message));
        let (mut replication, mut durable_writes) = (None, true);
        for option in options {
            match (option.name.as_str(), &option.value) {
                ("replication", PropertyValue::Map(map)) => {
                    let text = |literal: &Literal| literal.text().into_owned();
                    let entries = map.entries.iter().map(|(key, value)| (text(key), text(value)));
                    replication = Some(entries.collect::<BTreeMap<_, _>>());
                }
                ("replication", _) => {
                    return refused(
                        "Invalid value for property 'replication'. It should be a map.".to_owned(),
                    );
                }
                ("durable_writes", PropertyValue::Literal(value)) => {
                    durable_writes = match value.text().to_lowercase().as_str() {
                        "1" | "true" | "yes" => true,
                        "0" | "false" | "no" => false,
                        _ => {
                            return refused(format!(
                                "Invalid boolean value {} for 'durable_writes'. Positive values can be '1', 'true' or \
                                 'yes'. Negative values can be '0', 'false' or 'no'.",
                                value.text()
                            ));
                        }
                    };
                }
                ("durable_writes", _) => {
                    return refused(
                        "Invalid value for property 'durable_writes'. It should be a string".to_owned(),
                    );
                }
                (name, _) => return refused(format!("Unknown property '{name}'")),
            }
        }
        let Some(mut options) = replication else {
            return refused("Missing mandatory option 'replication'".to_owned());
        };
        let Some(class) = options.remove(CLASS) else {
            return refused("Missing replication strategy class".to_owned());
        };
        Self::checked(&class, options, datacenter).map(|checked| (checked, durable_writes))
    }

    fn checked(class: &str, mut options: BTreeMap<String, String>, datacenter: &str) -> Result<Self> {
        let refused = |message: String| Err(Error::invalid_input(message));
        let class = if class.contains('.') { class.to_owned() } else { format!("{PACKAGE}{class}") };
        match class.strip_prefix(PACKAGE).unwrap_or_default() {
            SIMPLE => {
                options.entry(FACTOR.to_owned()).or_insert_with(|| "1".to_owned());
                if let Some(other) = options.keys().find(|name| *name != FACTOR) {
                    return refused(format!("Unrecognized strategy option {{{other}}} passed to {SIMPLE}"));
                }
            }
            BY_DATACENTER => {
                if options.is_empty() {
                    options.insert(FACTOR.to_owned(), "1".to_owned());
                }
                if let Some(factor) = options.remove(FACTOR) {
                    options.entry(datacenter.to_owned()).or_insert(factor);
                }
                options.retain(|_, factor| factor != "0");
                if options.is_empty() {
                    return refused("Configuration for at least one datacenter must be present".to_owned());
                }
                if let Some(other) = options.keys().find(|name| *name != datacenter) {
                    return refused(format!(
                        "Unrecognized strategy option {{{other}}} passed to {BY_DATACENTER}"
                    ));
                }
            }
            LOCAL => {
                return refused(
                    "Unable to use given strategy class: LocalStrategy is reserved for internal use."
                        .to_owned(),
                );
            }
            _ => return refused(format!("Unable to find replication strategy class '{class}'")),
        }
        for factor in options.values() {
            if factor.parse::<i32>().is_err() {
                return refused(format!("Replication factor must be a number, and not '{factor}'"));
            }
            if factor.starts_with('-') {
                return refused(format!("Replication factor must be non-negative, found {factor}"));
            }
        }
        Ok(Self { class, options })
    }

    /// A stored map, whatever its class.
    pub(super) fn stored(mut map: BTreeMap<String, String>) -> Option<Self> {
        let class = map.remove(CLASS)?;
        Some(Self { class, options: map })
    }

    /// The class with its package.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// What the class is told.
    pub fn options(&self) -> &BTreeMap<String, String> {
        &self.options
    }

    /// The map as it is stored.
    pub(super) fn to_map(&self) -> BTreeMap<String, String> {
        let mut map = self.options.clone();
        map.insert(CLASS.to_owned(), self.class.clone());
        map
    }

    /// The option of `CREATE KEYSPACE`.
    pub(super) fn to_property(&self) -> Property {
        let class = self.class.strip_prefix(PACKAGE).unwrap_or(&self.class);
        let class = std::iter::once((CLASS, class));
        let options = self.options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Property::map("replication", class.chain(options).collect())
    }
}
