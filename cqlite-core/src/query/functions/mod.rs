//! Functions: all that Cassandra has built in (`cql3.functions`).

mod aggregate;
mod arithmetic_error;
mod average;
mod blob;
mod calendar;
mod cast;
mod collection;
mod decimal;
mod factory;
mod function;
mod function_name;
#[cfg(test)]
mod golden_tests;
mod json;
mod logarithm;
mod mask;
mod math;
mod native_scalar;
mod number;
mod operation;
mod parameter;
mod registry;
mod resolver;
mod sum;
mod temporal;
mod time;
mod token;
mod vector;

pub(crate) use function::{AggregateFunction, Aggregation, Function, FunctionSignature, ScalarFunction};
pub(crate) use function_name::FunctionName;
pub use registry::function_names;
pub(crate) use resolver::{argument_spec, find, resolve};
