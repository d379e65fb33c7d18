//! Tables that were dropped and created again under the same name.

use std::collections::BTreeSet;
use std::path::PathBuf;

use cqlite_cql::{QualifiedName, Uuid};

use super::found::{Found, FoundTable};
use crate::error::Error;
use crate::schema::SystemSchema;

/// Leaves out tables that were dropped, where `system_schema` tells which one of that name is not. Where it
/// does not, all stay, each with an obstacle.
pub(super) fn leave_out(found: &mut Found) {
    let roots = found.data_directories();
    let names: BTreeSet<_> = found.tables.iter().filter_map(name).collect();
    for name in names {
        let ids: BTreeSet<Uuid> = found
            .tables
            .iter()
            .filter(|table| self::name(table).as_ref() == Some(&name))
            .filter_map(|table| table.id)
            .collect();
        if ids.len() < 2 {
            continue;
        }
        let (keyspace, table, _) = &name;
        let live = live_id(&roots, keyspace, table).filter(|id| ids.contains(id));
        let mut rivals = Vec::new();
        let is_rival = |one: &FoundTable| self::name(one).as_ref() == Some(&name);
        let qualified = QualifiedName::new(keyspace.as_str(), table.as_str());
        found.tables.retain(|one| {
            let is_dropped = live.is_some() && one.id != live;
            if is_rival(one) && is_dropped && !one.is_pointed_to {
                found.warnings.push(
                    Error::invalid_input(format!(
                        "{qualified} was dropped and created again: this one is left out"
                    ))
                    .at(one.place())
                    .advise("name its directory to read it"),
                );
                return false;
            }
            rivals.extend(is_rival(one).then(|| one.place().display().to_string()));
            true
        });
        if rivals.len() > 1 {
            for one in found.tables.iter_mut().filter(|one| is_rival(one)) {
                let message = format!("there are several tables {qualified}: {}", rivals.join(", "));
                one.obstacles.push(Error::invalid_input(message).advise("name the directory of one"));
            }
        }
    }
}

/// What must be different for tables of one moment: keyspace, table and index.
fn name(table: &FoundTable) -> Option<(String, String, Option<String>)> {
    Some((table.keyspace.clone()?, table.name.clone()?, table.index.clone()))
}

fn live_id(roots: &[PathBuf], keyspace: &str, table: &str) -> Option<Uuid> {
    let known = roots.iter().filter_map(|root| SystemSchema::find(root));
    known.filter_map(|schema| schema.table_id(keyspace, table).ok().flatten()).next()
}
