//! Functions of one row that are built in.

use std::borrow::Cow;
use std::fmt;

use cqlite_cql::query::ArithmeticOperator;
use cqlite_sstable::types::CqlType;

use super::function::{FunctionSignature, ScalarFunction};
use crate::query::type_text::type_text;
use crate::query::{Bindings, QueryResult};

/// What such a function does: pushes its value, or says that it is null.
type Body = Box<dyn Fn(&[Option<&[u8]>], &Bindings<'_>, &mut Vec<u8>) -> QueryResult<bool> + Send + Sync>;

/// Refuses constants among the arguments of a function of this name.
type Check = fn(&str, &[Option<&[u8]>]) -> QueryResult<()>;

/// How the columns of a function's results are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// `system.name(a, b)`
    Call,
    /// `a + b`
    Operator(ArithmeticOperator),
    /// `-a`
    Negation,
    /// `cast(a as type)`
    Cast,
}

/// Whether the order of arguments is that of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Monotonicity {
    Never,
    Always,
    /// In the first argument, where all others are constants.
    First,
}

/// A function of one row that is built in (`functions.NativeScalarFunction`).
pub(super) struct NativeScalar {
    name: Cow<'static, str>,
    argument_types: Vec<CqlType>,
    return_type: CqlType,
    manner: Manner,
    monotonicity: Monotonicity,
    is_pure: bool,
    is_made: bool,
    check: Option<Check>,
    body: Body,
}

impl NativeScalar {
    pub(super) fn new(
        name: impl Into<Cow<'static, str>>,
        return_type: CqlType,
        argument_types: Vec<CqlType>,
        body: impl Fn(&[Option<&[u8]>], &Bindings<'_>, &mut Vec<u8>) -> QueryResult<bool> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            argument_types,
            return_type,
            manner: Manner::Call,
            monotonicity: Monotonicity::Never,
            is_pure: true,
            is_made: false,
            check: None,
            body: Box::new(body),
        }
    }

    /// Columns are called as the operation is written.
    pub(super) fn named_as_operator(mut self, operator: ArithmeticOperator) -> Self {
        self.manner = Manner::Operator(operator);
        self
    }

    /// Columns are called `-a`.
    pub(super) fn named_as_negation(mut self) -> Self {
        self.manner = Manner::Negation;
        self
    }

    /// Columns are called `cast(a as type)`.
    pub(super) fn named_as_cast(mut self) -> Self {
        self.manner = Manner::Cast;
        self
    }

    /// Results are in the order of the arguments.
    pub(super) fn monotonic(mut self) -> Self {
        self.monotonicity = Monotonicity::Always;
        self
    }

    /// Results are in the order of the first argument if all others are constants.
    pub(super) fn monotonic_in_first(mut self) -> Self {
        self.monotonicity = Monotonicity::First;
        self
    }

    /// Results differ from time to time.
    pub(super) fn impure(mut self) -> Self {
        self.is_pure = false;
        self
    }

    /// Some constants cannot be arguments.
    pub(super) fn checked(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// The function is made for its arguments.
    pub(super) fn made(mut self) -> Self {
        self.is_made = true;
        self
    }
}

impl fmt::Debug for NativeScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description())
    }
}

impl FunctionSignature for NativeScalar {
    fn name(&self) -> &str {
        &self.name
    }

    fn argument_types(&self) -> &[CqlType] {
        &self.argument_types
    }

    fn return_type(&self) -> &CqlType {
        &self.return_type
    }

    fn column_name(&self, arguments: &[String]) -> String {
        let [first, second] = [0, 1].map(|index| arguments.get(index).map_or("", String::as_str));
        match self.manner {
            Manner::Call => format!("system.{}({})", self.name, arguments.join(", ")),
            Manner::Operator(operator) => format!("{first} {operator} {second}"),
            Manner::Negation => format!("-{first}"),
            Manner::Cast => format!("cast({first} as {})", type_text(&self.return_type)),
        }
    }

    fn is_pure(&self) -> bool {
        self.is_pure
    }

    fn is_made_for_arguments(&self) -> bool {
        self.is_made
    }

    fn as_signature(&self) -> &dyn FunctionSignature {
        self
    }
}

impl ScalarFunction for NativeScalar {
    fn execute(
        &self,
        arguments: &[Option<&[u8]>],
        bindings: &Bindings<'_>,
        out: &mut Vec<u8>,
    ) -> QueryResult<bool> {
        (self.body)(arguments, bindings, out)
    }

    fn check_constants(&self, constants: &[Option<&[u8]>]) -> QueryResult<()> {
        self.check.map_or(Ok(()), |check| check(&self.name, constants))
    }

    fn is_monotonic(&self, constants: &[Option<&[u8]>]) -> bool {
        match self.monotonicity {
            Monotonicity::Never => false,
            Monotonicity::Always => true,
            Monotonicity::First => match constants.split_first() {
                Some((first, rest)) => first.is_none() && rest.iter().all(Option::is_some),
                None => false,
            },
        }
    }
}
