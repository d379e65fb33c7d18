//! Calls of functions (`functions.FunctionCall`).

use std::borrow::Cow;
use std::sync::Arc;

use cqlite_sstable::types::CqlType;

use super::prepared::PreparedTerm;
use super::raw::RawTerm;
use super::validate::validate_value;
use crate::query::functions::{Function, FunctionName, ScalarFunction, argument_spec, find};
use crate::query::type_text::type_text;
use crate::query::{
    Assignable, Assignment, BindMarkers, Bindings, ColumnSpec, ErrorClass, QueryError, QueryResult, Scope,
    Value, function_type, is_equal, is_value_compatible, test_result,
};

/// A function and its arguments, not typed yet (`FunctionCall.Raw`).
pub(super) struct Call<'a> {
    pub(super) name: &'a FunctionName,
    pub(super) arguments: &'a [&'a dyn RawTerm],
}

impl Call<'_> {
    /// The function, if there is one of that name.
    fn find(&self, scope: &Scope<'_>, receiver: Option<&ColumnSpec>) -> QueryResult<Option<Function>> {
        let arguments: Vec<&dyn Assignable> =
            self.arguments.iter().map(|argument| *argument as &dyn Assignable).collect();
        find(scope, self.name, &arguments, receiver)
    }

    /// A wrong function is refused with a better message later (`FunctionCall.Raw.testAssignment`).
    pub(super) fn test(&self, scope: &Scope<'_>, receiver: &ColumnSpec) -> QueryResult<Assignment> {
        let Ok(Some(function)) = self.find(scope, Some(receiver)) else {
            return Ok(Assignment::Weak);
        };
        let signature = function.signature();
        let wanted = function_type(&receiver.cql_type);
        Ok(if function.is_made_for_arguments() {
            Assignment::Weak
        } else if is_equal(&wanted, signature.return_type()) {
            Assignment::Exact
        } else if is_value_compatible(&wanted, signature.return_type()) {
            Assignment::Weak
        } else {
            Assignment::Not
        })
    }

    pub(super) fn exact_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        let function = self.find(scope, None).ok().flatten();
        Ok(function.map(|function| function.signature().return_type().clone()))
    }

    pub(super) fn prepare(
        &self,
        receiver: &ColumnSpec,
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<PreparedTerm> {
        let unknown = || QueryError::invalid(format!("Unknown function {} called", self.name));
        let function = match self.find(scope, Some(receiver))?.ok_or_else(unknown)? {
            Function::Scalar(function) => function,
            Function::Aggregate(_) => {
                return Err(QueryError::invalid(
                    "Aggregation function are not supported in the where clause",
                ));
            }
        };
        self.check_result(&*function, receiver)?;
        if function.argument_types().len() != self.arguments.len() {
            return Err(QueryError::invalid(format!(
                "Incorrect number of arguments specified for function {} (expected {}, found {})",
                function.description(),
                function.argument_types().len(),
                self.arguments.len()
            )));
        }
        let mut arguments = Vec::with_capacity(self.arguments.len());
        for (index, argument) in self.arguments.iter().enumerate() {
            let spec = argument_spec(receiver, &*function, index);
            arguments.push(argument.prepare(&spec, scope, markers)?);
        }
        Ok(PreparedTerm::Call(FunctionCall { function, arguments }))
    }

    fn check_result(&self, function: &dyn ScalarFunction, receiver: &ColumnSpec) -> QueryResult<()> {
        let returned = function.return_type();
        if test_result(returned, &receiver.cql_type).is_assignable() {
            return Ok(());
        }
        let what = match self.name.operator() {
            Some(operator) => format!("operation {operator}"),
            None => format!("function system.{}", function.name()),
        };
        Err(QueryError::invalid(format!(
            "Type error: cannot assign result of {what} (type {}) to {} (type {})",
            type_text(returned),
            receiver.name,
            type_text(&receiver.cql_type)
        )))
    }
}

/// How messages show a call.
pub(super) fn call_text(call: &Call<'_>, keyspace: Option<&str>) -> String {
    let arguments: Vec<String> = call.arguments.iter().map(|argument| argument.text_in(keyspace)).collect();
    format!("{}({})", call.name.cql(), arguments.join(", "))
}

/// A function and its typed arguments.
#[derive(Debug)]
pub(crate) struct FunctionCall {
    function: Arc<dyn ScalarFunction>,
    arguments: Vec<PreparedTerm>,
}

impl FunctionCall {
    pub(super) fn has_bind_marker(&self) -> bool {
        self.arguments.iter().any(PreparedTerm::has_bind_marker)
    }

    pub(super) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Value<'t>> {
        let values: Vec<Value<'_>> =
            self.arguments.iter().map(|argument| argument.evaluate(bindings)).collect::<QueryResult<_>>()?;
        if values.iter().any(Value::is_unset) {
            return Err(QueryError::invalid(format!(
                "Invalid unset value for argument in call to function {}",
                self.function.name()
            )));
        }
        let arguments: Vec<Option<&[u8]>> = values.iter().map(Value::bytes).collect();
        let mut out = Vec::new();
        if !self.function.execute(&arguments, bindings, &mut out)? {
            return Ok(Value::Null);
        }
        self.check_value(&out)?;
        Ok(Value::Bytes(Cow::Owned(out)))
    }

    /// Functions may say a type that their value is not of: `from_json` of an empty text.
    fn check_value(&self, value: &[u8]) -> QueryResult<()> {
        let returned = self.function.return_type();
        validate_value(returned, value).map_err(|_| {
            let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            QueryError::new(
                ErrorClass::Server,
                format!(
                    "java.lang.RuntimeException: Return of function {} ({hex}) is not a valid value for its declared return type {}",
                    self.function.description(),
                    type_text(returned)
                ),
            )
        })
    }
}
