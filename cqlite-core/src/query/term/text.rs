//! How messages show terms (`Term.Raw.getText`).

use cqlite_cql::query::Term;
use cqlite_cql::{Literal, Spanned};

use super::literal::literal_text;
use super::user_type::by_name;
use crate::query::Assignable;
use crate::query::schema::raw_text;

/// The text of a term that is no call of a function, its user-defined types told with the keyspace, if there is one.
pub(super) fn text_of(term: &Term, keyspace: Option<&str>) -> String {
    match term {
        // Quotes inside stay as they are.
        Term::Constant(Literal::String(text)) => format!("'{text}'"),
        Term::Constant(other) => literal_text(other).into_owned(),
        Term::Null => String::from("NULL"),
        Term::BindMarker(_) => String::from("?"),
        Term::List(elements) => format!("[{}]", joined(elements, keyspace)),
        Term::Set(elements) => format!("{{{}}}", joined(elements, keyspace)),
        Term::Tuple(elements) => format!("({})", joined(elements, keyspace)),
        Term::Map(entries) => {
            let entry = |(key, value): &(Spanned<Term>, Spanned<Term>)| {
                format!("{}: {}", key.text_in(keyspace), value.text_in(keyspace))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Term::UserType(fields) => {
            let fields = by_name(fields);
            let fields = fields.iter().map(|(name, value)| format!("{name}: {}", value.text_in(keyspace)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Term::TypeCast { type_name, term } => {
            format!("({}){}", raw_text(type_name, false, keyspace), term.text_in(keyspace))
        }
        other => other.to_string(),
    }
}

fn joined(elements: &[Spanned<Term>], keyspace: Option<&str>) -> String {
    elements.iter().map(|element| element.text_in(keyspace)).collect::<Vec<_>>().join(", ")
}
