//! What a function is.

use std::fmt;
use std::sync::Arc;

use cqlite_sstable::types::CqlType;

use super::function_name::FunctionName;
use crate::query::{Bindings, QueryResult};

/// A function (`functions.Function`).
#[derive(Debug, Clone)]
pub(crate) enum Function {
    /// Of one row.
    Scalar(Arc<dyn ScalarFunction>),
    /// Of many rows.
    Aggregate(Arc<dyn AggregateFunction>),
}

impl Function {
    /// Name, arguments and result.
    pub(crate) fn signature(&self) -> &dyn FunctionSignature {
        match self {
            Self::Scalar(function) => function.as_signature(),
            Self::Aggregate(function) => function.as_signature(),
        }
    }

    /// Whether the function was made for its arguments (`NativeFunctions.hasFactory`).
    pub(crate) fn is_made_for_arguments(&self) -> bool {
        self.signature().is_made_for_arguments()
    }
}

/// Name, arguments and result of a function; all are in the keyspace `system`.
pub(crate) trait FunctionSignature: fmt::Debug + Send + Sync {
    /// The name, without its keyspace.
    fn name(&self) -> &str;

    /// The types of the arguments.
    fn argument_types(&self) -> &[CqlType];

    /// The type of the result.
    fn return_type(&self) -> &CqlType;

    /// How the column of a result is called that is this function of arguments which are called so
    /// (`Function.columnName`).
    fn column_name(&self, arguments: &[String]) -> String {
        format!("system.{}({})", self.name(), arguments.join(", "))
    }

    /// Whether the same arguments always give the same result (`Function.isPure`).
    fn is_pure(&self) -> bool {
        true
    }

    /// Whether the function was made for its arguments.
    fn is_made_for_arguments(&self) -> bool {
        false
    }

    /// How messages show the function: `system.name : (types) -> type` (`AbstractFunction.toString`).
    fn description(&self) -> String {
        let types: Vec<String> = self.argument_types().iter().map(type_text).collect();
        format!(
            "{} : ({}) -> {}",
            FunctionName::native(self.name()).cql(),
            types.join(", "),
            crate::query::type_text::type_text(self.return_type())
        )
    }

    /// The function as a signature.
    fn as_signature(&self) -> &dyn FunctionSignature;
}

/// A type in a signature: tuples are not shown as frozen.
fn type_text(of: &CqlType) -> String {
    let name = of.cql_name();
    match (of, name) {
        (CqlType::Tuple(_), cqlite_cql::TypeName::Frozen(inner)) => inner.to_string(),
        (_, name) => name.to_string(),
    }
}

/// A function of one row (`functions.ScalarFunction`).
pub(crate) trait ScalarFunction: FunctionSignature {
    /// Pushes the value of the function behind what `out` has; `false` if it is null, and then nothing is pushed.
    ///
    /// # Errors
    /// If it has none for these arguments.
    fn execute(
        &self,
        arguments: &[Option<&[u8]>],
        bindings: &Bindings<'_>,
        out: &mut Vec<u8>,
    ) -> QueryResult<bool>;

    /// Refuses what cannot be an argument, of those that are given here as constants: that is told before there is a row
    /// (`ScalarFunction.partialApplication`).
    ///
    /// # Errors
    /// If one cannot.
    fn check_constants(&self, _constants: &[Option<&[u8]>]) -> QueryResult<()> {
        Ok(())
    }

    /// Whether the values keep the order of those arguments that are not given here as constants, in that order or the
    /// opposite one (`ScalarFunction.isMonotonic`): rows may be grouped by it.
    fn is_monotonic(&self, _constants: &[Option<&[u8]>]) -> bool {
        false
    }
}

/// A function of many rows (`functions.AggregateFunction`).
pub(crate) trait AggregateFunction: FunctionSignature {
    /// An aggregation of no rows yet.
    fn begin(&self) -> Box<dyn Aggregation>;
}

/// What an aggregate function knows of the rows so far (`AggregateFunction.Aggregate`).
pub(crate) trait Aggregation: Send {
    /// One row more.
    ///
    /// # Errors
    /// If its arguments cannot be aggregated.
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()>;

    /// Pushes the value behind what `out` has; `false` if it is null.
    ///
    /// # Errors
    /// If there is none: a number is too large.
    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool>;

    /// No rows again.
    fn reset(&mut self);
}
