//! `schema.ReplicationParams`.

use std::collections::{BTreeMap, BTreeSet};

use cqlite_cql::Property;
use cqlite_sstable::Result;

use super::keyspace_attributes::KeyspaceAttributes;
use crate::query::{QueryError, QueryResult};

const PACKAGE: &str = "org.apache.cassandra.locator.";
pub(super) const CLASS: &str = "class";
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
    pub fn parse(keyspace: &str, options: &[Property], datacenter: &str) -> Result<(Self, bool)> {
        let attributes = KeyspaceAttributes::checked(options)?;
        let datacenters = BTreeSet::from([datacenter.to_owned()]);
        let replication = attributes.new_replication(&datacenters)?;
        replication.check(keyspace, &datacenters)?;
        Ok((replication, attributes.durable_writes(true)?))
    }

    /// The strategy and options of a map, completed by those that the keyspace had (`ReplicationParams.fromMapWithDefaults`).
    pub(super) fn from_map(
        class: &str,
        mut options: BTreeMap<String, String>,
        before: Option<&Self>,
        datacenters: &BTreeSet<String>,
    ) -> QueryResult<Self> {
        let class = if class.contains('.') { class.to_owned() } else { format!("{PACKAGE}{class}") };
        let before = before.map(Self::options);
        match class.strip_prefix(PACKAGE).unwrap_or_default() {
            SIMPLE => {
                let factor = before.and_then(|before| before.get(FACTOR)).map_or("1", String::as_str);
                options.entry(FACTOR.to_owned()).or_insert_with(|| factor.to_owned());
            }
            BY_DATACENTER => expand(&mut options, before, datacenters),
            LOCAL => {}
            "OldNetworkTopologyStrategy" => {
                return Err(QueryError::configuration(
                    "The support for the OldNetworkTopologyStrategy has been removed in C* version 4.0. The keyspace \
                     strategy should be switch to NetworkTopologyStrategy",
                ));
            }
            _ => {
                return Err(QueryError::configuration(format!(
                    "Unable to find replication strategy class '{class}'"
                )));
            }
        }
        Ok(Self { class, options })
    }

    /// Refuses what the strategy cannot be told (`AbstractReplicationStrategy.validateReplicationStrategy`).
    pub(crate) fn check(&self, keyspace: &str, datacenters: &BTreeSet<String>) -> QueryResult<()> {
        let class = self.class.strip_prefix(PACKAGE).unwrap_or(&self.class);
        if class == LOCAL {
            return Err(QueryError::invalid(
                "Unable to use given strategy class: LocalStrategy is reserved for internal use.",
            ));
        }
        let is_simple = class == SIMPLE;
        let factors = self.options.iter().filter(|(name, _)| !is_simple || *name == FACTOR);
        factors.map(|(_, factor)| factor).try_for_each(|factor| check_factor(factor))?;
        if !is_simple && self.options.is_empty() {
            return Err(QueryError::configuration(
                "Configuration for at least one datacenter must be present",
            ));
        }
        let is_known = |name: &String| if is_simple { name == FACTOR } else { datacenters.contains(name) };
        match self.options.keys().find(|name| !is_known(name)) {
            Some(other) => Err(QueryError::configuration(format!(
                "Unrecognized strategy option {{{other}}} passed to {class} for keyspace {keyspace}"
            ))),
            None => Ok(()),
        }
    }

    /// The datacenters that are named.
    pub(crate) fn datacenters(&self) -> impl Iterator<Item = &String> {
        let is_named = self.class.strip_prefix(PACKAGE) == Some(BY_DATACENTER);
        self.options.keys().filter(move |_| is_named)
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

/// Puts a `replication_factor` that names no datacenter into those that are not named
/// (`NetworkTopologyStrategy.prepareOptions`).
fn expand(
    options: &mut BTreeMap<String, String>,
    before: Option<&BTreeMap<String, String>>,
    datacenters: &BTreeSet<String>,
) {
    let factor_before = before.and_then(|before| before.get(FACTOR)).cloned();
    if options.is_empty() {
        options.insert(FACTOR.to_owned(), factor_before.unwrap_or_else(|| "1".to_owned()));
    }
    let Some(factor) = options.remove(FACTOR) else {
        options.retain(|_, factor| factor != "0");
        return;
    };
    for (name, factor) in before.into_iter().flatten().filter(|(name, _)| *name != FACTOR) {
        options.entry(name.clone()).or_insert_with(|| factor.clone());
    }
    // Of a factor that is none nothing is known here, and zero replicas are as none.
    if check_factor(&factor).is_ok() {
        for datacenter in datacenters {
            options.entry(datacenter.clone()).or_insert_with(|| factor.clone());
        }
        options.retain(|_, factor| factor != "0");
    }
}

/// `ReplicationFactor.fromString`
fn check_factor(factor: &str) -> QueryResult<()> {
    let refused = |message: String| Err(QueryError::configuration(message));
    let number = |text: &str| {
        text.parse::<i32>().map_err(|_| QueryError::configuration(format!("For input string: \"{text}\"")))
    };
    let (total, transient) = match factor.trim_end_matches('/').split_once('/') {
        None if factor.contains('/') => {
            return refused("Replication factor format is <replicas> or <replicas>/<transient>".to_owned());
        }
        Some((_, transient)) if transient.contains('/') => {
            return refused("Replication factor format is <replicas> or <replicas>/<transient>".to_owned());
        }
        None => (number(factor)?, 0),
        Some((total, transient)) => (number(total)?, number(transient)?),
    };
    if transient != 0 {
        return refused("Transient replication is not enabled on this node".to_owned());
    }
    if total < 0 {
        return refused(format!("Replication factor must be non-negative, found {total}"));
    }
    Ok(())
}
