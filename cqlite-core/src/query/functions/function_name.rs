//! Names of functions.

use std::fmt;

use cqlite_cql::query::ArithmeticOperator;
use cqlite_cql::{Identifier, NativeType, QualifiedName};

/// The name of a function (`functions.FunctionName`). Operators and casts have functions, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionName {
    /// The keyspace, if it is given.
    pub(crate) keyspace: Option<String>,
    /// The name within it.
    pub(crate) name: String,
}

/// The keyspace of all functions that are built in.
const NATIVE: &str = "system";

impl FunctionName {
    /// One that is built in.
    pub(crate) fn native(name: impl Into<String>) -> Self {
        Self { keyspace: Some(String::from(NATIVE)), name: name.into() }
    }

    /// The function of an operator (`OperationFcts`).
    pub(crate) fn of_operator(operator: ArithmeticOperator) -> Self {
        Self::native(match operator {
            ArithmeticOperator::Add => "_add",
            ArithmeticOperator::Subtract => "_substract",
            ArithmeticOperator::Multiply => "_multiply",
            ArithmeticOperator::Divide => "_divide",
            ArithmeticOperator::Modulo => "_modulo",
        })
    }

    /// The function of a sign.
    pub(crate) fn of_negation() -> Self {
        Self::native("_negate")
    }

    /// The function of a `CAST` (`CastFcts.getFunctionName`).
    pub(crate) fn of_cast(target: NativeType) -> Self {
        let target = if target == NativeType::Varchar { NativeType::Text } else { target };
        Self::native(format!("cast_as_{}", target.name()))
    }

    /// Whether it may be a function that is built in.
    pub(crate) fn may_be_native(&self) -> bool {
        self.keyspace.as_deref().is_none_or(|keyspace| keyspace == NATIVE)
    }

    /// The operator that it is the function of.
    pub(crate) fn operator(&self) -> Option<ArithmeticOperator> {
        use ArithmeticOperator::{Add, Divide, Modulo, Multiply, Subtract};
        let is_native = self.keyspace.as_deref() == Some(NATIVE);
        [Add, Subtract, Multiply, Divide, Modulo]
            .into_iter()
            .find(|operator| is_native && Self::of_operator(*operator).name == self.name)
    }

    /// Whether it is the function of a sign.
    pub(crate) fn is_negation(&self) -> bool {
        *self == Self::of_negation()
    }

    /// The name as CQL, quoted where it must be (`FunctionName.appendCqlTo`).
    pub(crate) fn cql(&self) -> String {
        if self.name == "token" && self.may_be_native() {
            return self.name.clone();
        }
        let name = Identifier::quote_if_needed(&self.name);
        match &self.keyspace {
            Some(keyspace) => format!("{}.{name}", Identifier::quote_if_needed(keyspace)),
            None => name.into_owned(),
        }
    }
}

impl From<&QualifiedName> for FunctionName {
    fn from(name: &QualifiedName) -> Self {
        let keyspace = name.keyspace.as_ref().map(|keyspace| keyspace.as_str().to_owned());
        Self { keyspace, name: name.name.as_str().to_owned() }
    }
}

/// As messages show it: not quoted.
impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.keyspace {
            Some(keyspace) => write!(f, "{keyspace}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}
