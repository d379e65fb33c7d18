//! What is wrong with a value or a text.

use std::borrow::Cow;
use std::fmt;

use super::{CqlType, Excerpt};

/// Bytes that are no value of their type. Its `Display` is a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidValue(Cow<'static, str>);

impl InvalidValue {
    pub(crate) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(message.into())
    }

    #[cold]
    pub(super) fn length(of: &CqlType, wanted: &str, value: &[u8]) -> Self {
        Self::new(format!("a value of type {} has {} bytes, not {wanted}", name(of), value.len()))
    }

    #[cold]
    pub(super) fn of(of: &CqlType, problem: &str) -> Self {
        Self::new(format!("a value of type {} {problem}", name(of)))
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidValue {}

/// Why a text is no value of a type. Its `Display` is a sentence without a full stop, naming both;
/// of a long text its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseValueError(String);

impl ParseValueError {
    #[cold]
    pub(super) fn new(wanted: &CqlType, text: &str, problem: &str) -> Self {
        Self(format!("'{}' is no {}: {problem}", Excerpt(text), name(wanted)))
    }
}

impl fmt::Display for ParseValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseValueError {}

/// What people call a type.
fn name(of: &CqlType) -> Cow<'static, str> {
    match of {
        CqlType::Composite(_) => Cow::Borrowed("composite"),
        CqlType::DynamicComposite(_) => Cow::Borrowed("dynamic composite"),
        CqlType::PartitionerDefinedOrder { .. } => Cow::Borrowed("partition key"),
        other => Cow::Owned(other.cql_name().to_string()),
    }
}
