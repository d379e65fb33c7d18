//! Types and values: marshal class names, CQL names, and the text forms of values.

mod cql_type;
mod marshal;
mod user_type;

pub use cql_type::CqlType;
pub use marshal::MarshalError;
pub use user_type::{Field, UserType};
