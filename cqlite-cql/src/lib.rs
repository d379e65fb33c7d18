//! CQL, the Cassandra Query Language.

mod error;
pub mod lexer;
mod span;

pub use error::{ParseError, Position};
pub use span::{Span, Spanned};
