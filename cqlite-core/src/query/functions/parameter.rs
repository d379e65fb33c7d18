//! Parameters of functions that are made for their arguments (`functions.FunctionParameter`).

use std::fmt;
use std::sync::Arc;

use cqlite_sstable::types::CqlType;

use super::number::is_number;
use crate::query::type_text::type_text;
use crate::query::{Assignable, Assignment, QueryError, QueryResult, Scope, test_type};

/// What an argument may be.
#[derive(Debug)]
pub(super) enum Parameter {
    /// Anything; of what its type does not tell, the receiver's type if `from_receiver`.
    Any {
        /// Whether the receiver's type may be taken.
        from_receiver: bool,
    },
    /// One of some types, by the names that messages have for them.
    Fixed(&'static [(&'static str, CqlType)]),
    /// As another parameter, whose type it has: at any rate, or where it does not tell its own.
    SameAs {
        /// The other parameter.
        index: usize,
        /// Whether the other's type goes before its own.
        prefers_other: bool,
        /// What it may be.
        parameter: &'static Parameter,
    },
    /// A list, set or map.
    Collection,
    /// A list or set.
    SetOrList,
    /// A list or set of numbers.
    NumericSetOrList,
    /// A map.
    Map,
    /// A vector of floats.
    FloatVector,
    /// It may be missing.
    Optional(&'static Parameter),
}

impl Parameter {
    pub(super) fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_))
    }

    /// The type of an argument, if it can be told; `inferred` are those of all, where they have been told once.
    pub(super) fn infer(
        &self,
        scope: &Scope<'_>,
        argument: &dyn Assignable,
        receiver: Option<&CqlType>,
        inferred: Option<&[Option<CqlType>]>,
    ) -> QueryResult<Option<CqlType>> {
        match self {
            Self::Optional(parameter) => parameter.infer(scope, argument, receiver, inferred),
            Self::Fixed(types) => {
                let own = argument.compatible_type(scope)?;
                Ok(own.or_else(|| types.first().map(|(_, of)| of.clone())))
            }
            Self::Any { from_receiver } => {
                let own = argument.compatible_type(scope)?;
                Ok(own.or_else(|| receiver.filter(|_| *from_receiver).cloned()))
            }
            Self::SameAs { index, prefers_other, parameter } => {
                let other = inferred.and_then(|types| types.get(*index).cloned().flatten());
                if *prefers_other && other.is_some() {
                    return Ok(other);
                }
                let own = parameter.infer(scope, argument, receiver, inferred)?;
                Ok(own.or_else(|| other.filter(|_| !prefers_other)))
            }
            Self::FloatVector => match argument.array_length().map(u32::try_from) {
                Some(Ok(dimension)) => {
                    Ok(Some(CqlType::Vector { element: Arc::new(CqlType::Float), dimension }))
                }
                _ => Ok(argument.compatible_type(scope)?.or_else(|| receiver.cloned())),
            },
            _ => argument.compatible_type(scope),
        }
    }

    /// Refuses an argument of a wrong type.
    pub(super) fn check(&self, function: &str, argument: &dyn Assignable, of: &CqlType) -> QueryResult<()> {
        let element = match of {
            CqlType::List { element, .. } | CqlType::Set { element, .. } => Some(&**element),
            _ => None,
        };
        let (fits, wanted) = match self {
            Self::Any { .. } => return Ok(()),
            Self::Optional(parameter) | Self::SameAs { parameter, .. } => {
                return parameter.check(function, argument, of);
            }
            Self::Fixed(types) => {
                let fits = types.iter().any(|(_, wanted)| test_type(of, wanted) != Assignment::Not);
                (fits, format!("an argument of type {self}"))
            }
            Self::Collection => {
                let fits = element.is_some() || matches!(of, CqlType::Map { .. });
                (fits, String::from("a collection argument"))
            }
            Self::SetOrList => (element.is_some(), String::from("a set or list argument")),
            Self::NumericSetOrList => {
                (element.is_some_and(is_number), String::from("a numeric set/list argument"))
            }
            Self::Map => (matches!(of, CqlType::Map { .. }), String::from("a map argument")),
            Self::FloatVector => {
                let fits = matches!(of, CqlType::Vector { element, .. } if **element == CqlType::Float);
                (fits, String::from("a float vector argument"))
            }
        };
        if fits {
            return Ok(());
        }
        Err(QueryError::invalid(format!(
            "Function system.{function} requires {wanted}, but found argument {} of type {}",
            argument.text(),
            type_text(of)
        )))
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any { .. } => f.write_str("any"),
            Self::Fixed([(name, _)]) => f.write_str(name),
            Self::Fixed(types) => {
                let names: Vec<&str> = types.iter().map(|(name, _)| *name).collect();
                write!(f, "[{}]", names.join("|"))
            }
            Self::SameAs { parameter, .. } => parameter.fmt(f),
            Self::Collection => f.write_str("collection"),
            Self::SetOrList | Self::NumericSetOrList => f.write_str("numeric_set_or_list"),
            Self::Map => f.write_str("map"),
            Self::FloatVector => f.write_str("vector<float, n>"),
            Self::Optional(parameter) => write!(f, "[{parameter}]"),
        }
    }
}
