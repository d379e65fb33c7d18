//! Printing of what is selected.

use std::fmt;

use super::function_text::FunctionText;
use super::term_text::fmt_entries;
use super::{Selectable, WritetimeOrTtl};
use crate::identifier::Identifier;
use crate::separated::Separated;

impl fmt::Display for Selectable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Where a column may stand first, these words may be none.
            Selectable::Column(column) if *column == "json" || *column == "distinct" => {
                f.write_str(&Identifier::quote(column.as_str()))
            }
            Selectable::Column(column) => write!(f, "{column}"),
            Selectable::Term(term) => write!(f, "{term}"),
            Selectable::CountAll => f.write_str("count(*)"),
            Selectable::WritetimeOrTtl { kind, column, modifiers } => {
                write!(f, "{kind}({column}{})", Separated::new(modifiers, ""))
            }
            Selectable::Cast { selector, target } => write!(f, "CAST({selector} AS {target})"),
            Selectable::Function { name, arguments } => {
                write!(f, "{}({})", FunctionText(name), Separated::by_comma(arguments))
            }
            Selectable::Modified { base, modifiers } => write!(f, "{base}{}", Separated::new(modifiers, "")),
            Selectable::TypeHint { type_name, selector } => write!(f, "({type_name}) {selector}"),
            Selectable::TupleOrNested(elements) => write!(f, "({})", Separated::by_comma(elements)),
            Selectable::List(elements) => write!(f, "[{}]", Separated::by_comma(elements)),
            Selectable::Set(elements) => write!(f, "{{{}}}", Separated::by_comma(elements)),
            Selectable::MapOrUserType(entries) => fmt_entries(entries, f),
            Selectable::Negation(selector) => write!(f, "- {selector}"),
            Selectable::Arithmetic { first, rest } => {
                write!(f, "{first}")?;
                rest.iter().try_for_each(|(operator, selector)| write!(f, " {operator} {selector}"))
            }
        }
    }
}

impl fmt::Display for WritetimeOrTtl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WritetimeOrTtl::Writetime => "writetime",
            WritetimeOrTtl::MaxWritetime => "maxwritetime",
            WritetimeOrTtl::Ttl => "ttl",
        })
    }
}
