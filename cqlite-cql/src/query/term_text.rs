//! Printing of terms.

use std::fmt;

use super::Term;
use super::function_text::FunctionText;
use crate::separated::Separated;
use crate::span::Spanned;

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Constant(literal) => write!(f, "{literal}"),
            Term::Null => f.write_str("null"),
            Term::BindMarker(marker) => write!(f, "{marker}"),
            Term::List(elements) => write!(f, "[{}]", Separated::by_comma(elements)),
            Term::Set(elements) => write!(f, "{{{}}}", Separated::by_comma(elements)),
            Term::Map(entries) => fmt_entries(entries, f),
            Term::UserType(fields) => fmt_entries(fields, f),
            Term::Tuple(elements) => write!(f, "({})", Separated::by_comma(elements)),
            Term::Function { name, arguments } => {
                write!(f, "{}({})", FunctionText(name), Separated::by_comma(arguments))
            }
            Term::TypeCast { type_name, term } => write!(f, "({type_name}) {term}"),
            Term::Cast { term, target } => write!(f, "CAST({term} AS {target})"),
            Term::Negation(term) => write!(f, "- {term}"),
            Term::Arithmetic { first, rest } => {
                write!(f, "{first}")?;
                rest.iter().try_for_each(|(operator, term)| write!(f, " {operator} {term}"))
            }
        }
    }
}

/// `{key: value, ...}`
pub(super) fn fmt_entries<K: fmt::Display, V: fmt::Display>(
    entries: &[(K, V)],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.write_str("{")?;
    for (index, (key, value)) in entries.iter().enumerate() {
        write!(f, "{}{key}: {value}", if index > 0 { ", " } else { "" })?;
    }
    f.write_str("}")
}
