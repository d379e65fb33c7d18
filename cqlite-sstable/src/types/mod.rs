//! Types and values: marshal class names, CQL names, and the text forms of values.

mod byte_comparable;
mod compare;
mod counter;
mod cql_name;
mod cql_type;
mod duration;
mod duration_text;
mod elements;
mod excerpt;
mod invalid;
mod marshal;
mod scalar;
mod text;
mod user_type;
mod validate;

pub use byte_comparable::write_byte_comparable;
pub(crate) use byte_comparable::{Separator, write_component, write_escaped, write_varint};
pub use compare::compare;
pub(crate) use compare::compare_nullable;
pub use counter::{CounterContext, CounterShard, CounterShards, ShardKind};
pub use cql_type::CqlType;
pub use duration::Duration;
pub use elements::{CompositeComponent, CompositeComponents, Elements};
pub(crate) use excerpt::Excerpt;
pub use invalid::{InvalidValue, ParseValueError};
pub use marshal::MarshalError;
pub use scalar::Scalar;
pub(crate) use text::parse_hex;
pub use text::{
    JsonEscaped, JsonStyle, TextSink, TimeUnit, parse_string, push_hex, write_cql, write_instant, write_json,
    write_metadata_date, write_string,
};
pub use user_type::{Field, UserType};
pub use validate::validate;
