//! Printing of the names of functions.

use std::fmt;

use crate::identifier::Identifier;
use crate::qualified_name::QualifiedName;

/// Words that mean something else before a parenthesis, unless they are quoted.
const QUOTED: [&str; 8] = ["cast", "distinct", "expr", "json", "key", "maxwritetime", "ttl", "writetime"];

/// The name of a function as it stands before its arguments.
pub(super) struct FunctionText<'a>(pub(super) &'a QualifiedName);

impl fmt::Display for FunctionText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(keyspace) = &self.0.keyspace {
            write!(f, "{keyspace}.")?;
        }
        let name = &self.0.name;
        if QUOTED.contains(&name.as_str()) {
            f.write_str(&Identifier::quote(name.as_str()))
        } else {
            write!(f, "{name}")
        }
    }
}
