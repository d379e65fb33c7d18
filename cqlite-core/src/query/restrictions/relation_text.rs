//! Relations as messages show them.

use cqlite_cql::query::{InValues, Relation, Term};
use cqlite_cql::{Identifier, Spanned};

use crate::query::Assignable;

/// A relation as messages show it (`cql3.Relation.toCQLString`): bind markers have no name.
pub(super) fn relation_text(relation: &Relation) -> String {
    let text = |term: &Spanned<Term>| term.text();
    match relation {
        Relation::SingleColumn { column, operator, value } => format!("{column} {operator} {}", text(value)),
        Relation::Element { column, key, operator, value } => {
            format!("{column}[{}] {operator} {}", text(key), text(value))
        }
        Relation::In { column, values } => format!("{column} IN {}", in_text(values)),
        Relation::IsNotNull(column) => format!("{column} IS NOT NULL"),
        Relation::Token { columns, operator, value } => {
            format!("token{} {operator} {}", tuple(columns), text(value))
        }
        Relation::MultiColumn { columns, operator, value } => {
            format!("{} {operator} {}", tuple(columns), text(value))
        }
        Relation::MultiColumnIn { columns, values } => format!("{} IN {}", tuple(columns), in_text(values)),
    }
}

fn in_text(values: &InValues) -> String {
    match values {
        InValues::BindMarker(_) => String::from("?"),
        InValues::Terms(terms) => {
            let terms: Vec<String> = terms.iter().map(Assignable::text).collect();
            format!("({})", terms.join(", "))
        }
    }
}

fn tuple(columns: &[Identifier]) -> String {
    let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
    format!("({})", columns.join(", "))
}
