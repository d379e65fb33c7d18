//! Which function is called (`functions.FunctionResolver`).

use std::cell::Cell;

use cqlite_cql::QualifiedName;
use cqlite_sstable::types::CqlType;

use super::factory;
use super::function::{Function, FunctionSignature};
use super::function_name::FunctionName;
use super::registry::functions_named;
use crate::query::type_text::type_text;
use crate::query::{
    Assignable, Assignment, ColumnSpec, QueryError, QueryResult, Scope, function_type, is_equal, test_type,
};

/// The function that a name and arguments call; none if there is none of that name, for which the message depends on
/// where it stands. The receiver is none where no type is wanted.
///
/// # Errors
/// If the arguments fit none of that name, or several.
pub(crate) fn resolve(
    scope: &Scope<'_>,
    name: &QualifiedName,
    arguments: &[&dyn Assignable],
    receiver: Option<&ColumnSpec>,
) -> QueryResult<Option<Function>> {
    find(scope, &name.into(), arguments, receiver)
}

/// As [`resolve`], also for the functions of operators and casts.
///
/// # Errors
/// As [`resolve`].
pub(crate) fn find(
    scope: &Scope<'_>,
    name: &FunctionName,
    arguments: &[&dyn Assignable],
    receiver: Option<&ColumnSpec>,
) -> QueryResult<Option<Function>> {
    if !name.may_be_native() {
        return Ok(None);
    }
    Effort::spend(|| find_native(scope, name, arguments, receiver))
}

fn find_native(
    scope: &Scope<'_>,
    name: &FunctionName,
    arguments: &[&dyn Assignable],
    receiver: Option<&ColumnSpec>,
) -> QueryResult<Option<Function>> {
    let call = Resolution { scope, name, arguments, receiver };
    let receiver_type = receiver.map(|receiver| &receiver.cql_type);
    let candidates = functions_named(&name.name);
    match candidates {
        [] => match factory::make(scope, &name.name, arguments, receiver_type)? {
            Some(function) => {
                call.check_arguments(function.signature())?;
                Ok(Some(function))
            }
            None => Ok(None),
        },
        [only] => {
            call.check_arguments(only.signature())?;
            Ok(Some(only.clone()))
        }
        candidates => call.best_of(candidates).map(Some),
    }
}

/// How often functions were looked for on the way to one: an argument that is a call itself is tried several times, and so
/// are its own arguments. Deep calls would take longer than anyone waits.
#[derive(Clone, Copy)]
struct Effort {
    depth: u32,
    lookups: u32,
}

impl Effort {
    /// Cassandra has no limit, and does not come back beyond it.
    const MAX_LOOKUPS: u32 = 100_000;

    fn spend<T>(look: impl FnOnce() -> QueryResult<Option<T>>) -> QueryResult<Option<T>> {
        thread_local! {
            static EFFORT: Cell<Effort> = const { Cell::new(Effort { depth: 0, lookups: 0 }) };
        }
        let too_deep = || {
            QueryError::invalid(
                "The calls of functions are nested too deep: give the types of their arguments by casts",
            )
        };
        let before = EFFORT.get();
        if before.lookups > Self::MAX_LOOKUPS {
            return Err(too_deep());
        }
        EFFORT
            .set(Effort { depth: before.depth.saturating_add(1), lookups: before.lookups.saturating_add(1) });
        let found = look();
        let Effort { lookups, .. } = EFFORT.get();
        // Trials swallow errors: the outermost tells.
        EFFORT.set(Effort { depth: before.depth, lookups: if before.depth == 0 { 0 } else { lookups } });
        if lookups > Self::MAX_LOOKUPS { Err(too_deep()) } else { found }
    }
}

/// A call whose function is looked for.
struct Resolution<'a> {
    scope: &'a Scope<'a>,
    name: &'a FunctionName,
    arguments: &'a [&'a dyn Assignable],
    receiver: Option<&'a ColumnSpec>,
}

impl Resolution<'_> {
    /// The only function of its name must fit (`FunctionResolver.validateTypes`).
    fn check_arguments(&self, function: &dyn FunctionSignature) -> QueryResult<()> {
        let types = function.argument_types();
        if self.arguments.len() != types.len() {
            return Err(QueryError::invalid(format!(
                "Invalid number of arguments in call to function system.{}: {} required but {} provided",
                function.name(),
                types.len(),
                self.arguments.len()
            )));
        }
        for (index, (argument, of)) in self.arguments.iter().zip(types).enumerate() {
            if !argument.test(self.scope, &test_spec(of))?.is_assignable() {
                return Err(QueryError::invalid(format!(
                    "Type error: {} cannot be passed as argument {index} of function system.{} of type {}",
                    argument.text_in(Some(self.scope.keyspace)),
                    function.name(),
                    type_text(of)
                )));
            }
        }
        Ok(())
    }

    /// `FunctionResolver.pickBestMatch`
    fn best_of(&self, candidates: &[Function]) -> QueryResult<Function> {
        let mut compatible = Vec::new();
        for candidate in candidates.iter().filter(|candidate| self.returns_what_is_wanted(candidate)) {
            match self.match_arguments(candidate.signature())? {
                Assignment::Exact => return Ok(candidate.clone()),
                Assignment::Weak => compatible.push(candidate),
                Assignment::Not => {}
            }
        }
        match compatible.as_slice() {
            [] => Err(self.no_match(candidates)),
            [only] => Ok((*only).clone()),
            several => self.only_one_of(several),
        }
    }

    fn returns_what_is_wanted(&self, candidate: &Function) -> bool {
        self.receiver.is_none_or(|receiver| {
            test_type(candidate.signature().return_type(), &function_type(&receiver.cql_type)).is_assignable()
        })
    }

    fn match_arguments(&self, function: &dyn FunctionSignature) -> QueryResult<Assignment> {
        let types = function.argument_types();
        if self.arguments.len() != types.len() {
            return Ok(Assignment::Not);
        }
        let mut worst = Assignment::Exact;
        for (argument, of) in self.arguments.iter().zip(types) {
            match argument.test(self.scope, &test_spec(of))? {
                Assignment::Not => return Ok(Assignment::Not),
                Assignment::Weak => worst = Assignment::Weak,
                Assignment::Exact => {}
            }
        }
        Ok(worst)
    }

    fn text(&self, index: usize) -> String {
        let argument = self.arguments.get(index);
        argument.map(|argument| argument.text_in(Some(self.scope.keyspace))).unwrap_or_default()
    }

    fn no_match(&self, candidates: &[Function]) -> QueryError {
        QueryError::invalid(match self.name.operator() {
            Some(operator) => format!(
                "the '{operator}' operation is not supported between {} and {}",
                self.text(0),
                self.text(1)
            ),
            None => format!(
                "Invalid call to function {}, none of its type signatures match (known type signatures: {})",
                self.name,
                descriptions(candidates.iter())
            ),
        })
    }

    /// Several functions fit: of operators that with the receiver's type on both sides is taken. None has the type of a
    /// column where the greatest value comes first.
    fn only_one_of(&self, several: &[&Function]) -> QueryResult<Function> {
        let Some(operator) = self.name.operator() else {
            return Err(QueryError::invalid(if self.name.is_negation() {
                String::from("Ambiguous negation: use type casts to disambiguate")
            } else {
                format!(
                    "Ambiguous call to function {} (can be matched by following signatures: {}): use type casts to disambiguate",
                    self.name,
                    descriptions(several.iter().copied())
                )
            }));
        };
        if let Some(receiver) = self.receiver
            && !receiver.is_descending
            && !self.arguments.iter().any(Assignable::is_bind_marker)
        {
            let is_of = |function: &&&Function| {
                function.signature().argument_types().iter().all(|of| is_equal(of, &receiver.cql_type))
            };
            if let Some(function) = several.iter().find(is_of) {
                return Ok((*function).clone());
            }
        }
        Err(QueryError::invalid(format!(
            "Ambiguous '{operator}' operation with args {} and {}: use type hint to disambiguate, example '(int) ?'",
            self.text(0),
            self.text(1)
        )))
    }
}

fn descriptions<'f>(functions: impl Iterator<Item = &'f Function>) -> String {
    functions.map(|function| function.signature().description()).collect::<Vec<_>>().join(", ")
}

/// What an argument is tried on; its name is not seen.
fn test_spec(of: &CqlType) -> ColumnSpec {
    ColumnSpec {
        keyspace: "".into(),
        table: "".into(),
        name: "".into(),
        cql_type: of.clone(),
        is_descending: false,
    }
}

/// What an argument is given to (`FunctionResolver.makeArgSpec`).
pub(crate) fn argument_spec(
    receiver: &ColumnSpec,
    function: &(impl FunctionSignature + ?Sized),
    index: usize,
) -> ColumnSpec {
    let of = function.argument_types().get(index).cloned().unwrap_or(CqlType::Empty);
    receiver.with(format!("arg{index}(system.{})", function.name().to_lowercase()), of)
}
