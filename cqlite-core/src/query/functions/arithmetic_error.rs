//! What goes wrong in arithmetic.

use std::borrow::Cow;
use std::fmt;

use crate::query::{ErrorClass, QueryError};

/// Why numbers have no result: a division by zero, a number that is none. Its `Display` is what Java says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArithmeticError {
    class: &'static str,
    message: Cow<'static, str>,
}

impl ArithmeticError {
    /// `java.lang.ArithmeticException`
    pub(super) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: "java.lang.ArithmeticException", message: message.into() }
    }

    /// `java.lang.NumberFormatException`
    pub(super) fn of_format(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: "java.lang.NumberFormatException", message: message.into() }
    }
}

impl fmt::Display for ArithmeticError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Of a function; operators have their own words for it.
impl From<ArithmeticError> for QueryError {
    fn from(error: ArithmeticError) -> Self {
        Self::new(ErrorClass::Server, format!("{}: {}", error.class, error.message))
    }
}
