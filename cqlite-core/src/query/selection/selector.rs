//! Selectors at work.

use cqlite_cql::query::WritetimeOrTtl;
use cqlite_sstable::types::Elements;

use super::column_reader::ColumnReader;
use super::compose::Composer;
use super::factory::{Expression, Factory, Traits};
use super::keyed::Keyed;
use super::timestamps::Timestamps;
use crate::query::functions::{
    AggregateFunction, Aggregation, FunctionName, FunctionSignature, ScalarFunction,
};
use crate::query::type_text::type_text;
use crate::query::{Bindings, InputRow, PreparedTerm, QueryError, QueryResult, Value};

/// What a selector looks at.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    /// The row; none where it has noted what it wants of the rows of a group.
    pub(super) row: Option<&'a InputRow<'a>>,
    /// The time, and what else the execution has.
    pub(super) bindings: &'a Bindings<'a>,
}

/// A selector of one execution (`cql3.selection.Selector`). Its buffer holds what it makes, time and again.
pub(super) struct Selector<'s> {
    kind: Kind<'s>,
    buffer: Vec<u8>,
    noted: Noted,
}

/// What a selector has noted of the first row of a group. The value is in its buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noted {
    Nothing,
    Null,
    Value,
}

enum Kind<'s> {
    Column(&'s ColumnReader),
    Constant(Value<'s>),
    Timestamps {
        kind: WritetimeOrTtl,
        selected: Box<Selector<'s>>,
    },
    Scalar {
        function: &'s dyn ScalarFunction,
        arguments: Vec<Selector<'s>>,
    },
    Aggregate {
        function: &'s dyn AggregateFunction,
        arguments: Vec<Selector<'s>>,
        aggregation: Box<dyn Aggregation>,
    },
    Field {
        place: usize,
        count: usize,
        selected: Box<Selector<'s>>,
    },
    Element {
        keyed: &'s Keyed,
        key: Value<'s>,
        selected: Box<Selector<'s>>,
    },
    Slice {
        keyed: &'s Keyed,
        from: Value<'s>,
        to: Value<'s>,
        selected: Box<Selector<'s>>,
    },
    Composed {
        composer: &'s Composer,
        elements: Vec<Selector<'s>>,
    },
}

impl<'s> Selector<'s> {
    /// A selector for an execution (`Selector.Factory.newInstance`). `collected` is what the rows are asked
    /// for.
    ///
    /// # Errors
    /// If a bound value is none where there must be one, or a function of constants fails.
    pub(super) fn new(factory: &'s Factory, bindings: &Bindings<'s>, collected: Traits) -> QueryResult<Self> {
        let all = |factories: &'s [Factory]| -> QueryResult<Vec<Self>> {
            factories.iter().map(|factory| Self::new(factory, bindings, collected)).collect()
        };
        let boxed = |factory: &'s Factory| Self::new(factory, bindings, collected).map(Box::new);
        let kind = match &factory.expression {
            Expression::Column(reader) => Kind::Column(reader),
            Expression::Term(term) => Kind::Constant(term.evaluate(bindings)?),
            Expression::Timestamps { kind, selected } => {
                let is_ttl = *kind == WritetimeOrTtl::Ttl;
                if is_ttl && collected.tells_ttl || !is_ttl && collected.tells_writetime {
                    Kind::Timestamps { kind: *kind, selected: boxed(selected)? }
                } else {
                    Kind::Constant(Value::Null)
                }
            }
            Expression::Scalar { function, arguments } => {
                Self::scalar(&**function, all(arguments)?, bindings)?
            }
            Expression::Aggregate { function, arguments } => Kind::Aggregate {
                function: &**function,
                arguments: all(arguments)?,
                aggregation: function.begin(),
            },
            Expression::Field { place, count, selected } => {
                Kind::Field { place: *place, count: *count, selected: boxed(selected)? }
            }
            Expression::Element { keyed, key, selected } => {
                let key = Self::key(key, &selected.name, bindings)?;
                Kind::Element { keyed, key, selected: boxed(selected)? }
            }
            Expression::Slice { keyed, from, to, selected } => {
                let bound = |term: &'s Option<PreparedTerm>| match term {
                    Some(term) => term.evaluate(bindings),
                    None => Ok(Value::Unset),
                };
                let (from, to) = (bound(from)?, bound(to)?);
                if from.is_null() || to.is_null() {
                    let message = format!("Invalid null value for slice selection on {}", selected.name);
                    return Err(QueryError::invalid(message));
                }
                Kind::Slice { keyed, from, to, selected: boxed(selected)? }
            }
            Expression::Composed { composer, elements } => {
                Kind::Composed { composer, elements: all(elements)? }
            }
        };
        Ok(Self { kind, buffer: Vec::new(), noted: Noted::Nothing })
    }

    fn key(term: &'s PreparedTerm, of: &str, bindings: &Bindings<'s>) -> QueryResult<Value<'s>> {
        let refuse =
            |what: &str| QueryError::invalid(format!("Invalid {what} value for element selection on {of}"));
        match term.evaluate(bindings)? {
            Value::Null => Err(refuse("null")),
            Value::Unset => Err(refuse("unset")),
            key => Ok(key),
        }
    }

    /// A call; its value is a constant if it is one of constants alone.
    fn scalar(
        function: &'s dyn ScalarFunction,
        mut arguments: Vec<Self>,
        bindings: &Bindings<'s>,
    ) -> QueryResult<Kind<'s>> {
        for argument in &arguments {
            argument.check_is_set(function.as_signature())?;
        }
        let is_constant = function.is_pure() && arguments.iter().all(Self::is_terminal);
        if arguments.is_empty() || !is_constant {
            let constants: Vec<Option<&[u8]>> = arguments.iter().map(Self::value_of_constant).collect();
            function.check_constants(&constants)?;
            return Ok(Kind::Scalar { function, arguments });
        }
        let input = Input { row: None, bindings };
        let mut value = Vec::new();
        let is_there =
            with_values(&mut arguments, input, |values| function.execute(values, bindings, &mut value))?;
        Ok(Kind::Constant(if is_there { Value::Bytes(value.into()) } else { Value::Null }))
    }

    fn check_is_set(&self, function: &dyn FunctionSignature) -> QueryResult<()> {
        match &self.kind {
            Kind::Constant(Value::Unset) => Err(QueryError::invalid(format!(
                "Invalid unset value for argument in call to function {}",
                function.name()
            ))),
            _ => Ok(()),
        }
    }

    /// The value, if it is a constant and not null.
    fn value_of_constant(&self) -> Option<&[u8]> {
        match &self.kind {
            Kind::Constant(value) => value.bytes(),
            _ => None,
        }
    }

    /// The value, if it is a constant; of null that are no bytes.
    fn constant(&self) -> Option<&[u8]> {
        match &self.kind {
            Kind::Constant(value) => Some(value.bytes().unwrap_or_default()),
            _ => None,
        }
    }

    /// Whether the value does not depend on rows (`Selector.isTerminal`).
    fn is_terminal(&self) -> bool {
        match &self.kind {
            Kind::Constant(_) => true,
            Kind::Field { selected, .. } | Kind::Element { selected, .. } | Kind::Slice { selected, .. } => {
                selected.is_terminal()
            }
            Kind::Composed { elements, .. } => elements.iter().all(Self::is_terminal),
            Kind::Column(_) | Kind::Timestamps { .. } | Kind::Scalar { .. } | Kind::Aggregate { .. } => false,
        }
    }

    /// The value for a row, or for the rows that were added.
    ///
    /// # Errors
    /// If a function fails, or something is null that cannot be.
    pub(super) fn evaluate<'a>(&'a mut self, input: Input<'a>) -> QueryResult<Option<&'a [u8]>> {
        let Self { kind, buffer, noted } = self;
        match kind {
            Kind::Column(reader) => Ok(match input.row {
                Some(row) => reader.read(row, buffer),
                None => noted.value(buffer),
            }),
            Kind::Constant(value) => Ok(match value {
                Value::Unset => Some(&[]),
                value => value.bytes(),
            }),
            Kind::Timestamps { kind, selected } => {
                if input.row.is_none() {
                    return Ok(noted.value(buffer));
                }
                buffer.clear();
                let told = told(selected, *kind, input)?;
                Ok(told.write(*kind, buffer).then_some(buffer))
            }
            Kind::Scalar { function, arguments } => {
                buffer.clear();
                let is_there =
                    with_values(arguments, input, |values| function.execute(values, input.bindings, buffer))?;
                Ok(is_there.then_some(buffer))
            }
            Kind::Aggregate { aggregation, .. } => {
                buffer.clear();
                Ok(aggregation.finish(buffer)?.then_some(buffer))
            }
            Kind::Field { place, count, selected } => match selected.evaluate(input)? {
                Some(value) => field(value, *place, *count),
                None => Ok(None),
            },
            Kind::Element { keyed, key, selected } => match selected.evaluate(input)? {
                Some(value) => keyed.element(value, key.bytes().unwrap_or_default()),
                None => Ok(None),
            },
            Kind::Slice { keyed, from, to, selected } => match (selected.evaluate(input)?, from, to) {
                (value, Value::Unset, Value::Unset) => Ok(value),
                (Some(value), from, to) => {
                    buffer.clear();
                    let is_there = keyed.slice(value, from.bytes(), to.bytes(), buffer)?;
                    Ok(is_there.then_some(buffer))
                }
                (None, ..) => Ok(None),
            },
            Kind::Composed { composer, elements } => {
                buffer.clear();
                with_values(elements, input, |values| composer.compose(values, buffer))?;
                Ok(Some(buffer))
            }
        }
    }

    /// What is told of the cells in which the values are.
    fn timestamps(&mut self, kind: WritetimeOrTtl, input: Input<'_>) -> QueryResult<Timestamps> {
        match &mut self.kind {
            Kind::Column(reader) => Ok(input.row.map_or(Timestamps::None, |row| {
                let now_seconds = input.bindings.now_millis.div_euclid(1000);
                Timestamps::of(reader.column(), row, kind, now_seconds)
            })),
            Kind::Field { place, count, selected } => {
                let field = match selected.evaluate(input)? {
                    Some(value) => field(value, *place, *count)?,
                    None => None,
                };
                if field.is_none() {
                    return Ok(Timestamps::None);
                }
                Ok(selected.timestamps(kind, input)?.get(*place))
            }
            Kind::Element { keyed, key, selected } => {
                let index = match selected.evaluate(input)? {
                    Some(value) => keyed.index(value, key.bytes().unwrap_or_default())?,
                    None => None,
                };
                let Some(index) = index else { return Ok(Timestamps::None) };
                Ok(selected.timestamps(kind, input)?.get(index))
            }
            Kind::Slice { keyed, from, to, selected } => {
                let range = match selected.evaluate(input)? {
                    Some(value) => keyed.range(value, from.bytes(), to.bytes())?,
                    None => 0..0,
                };
                Ok(selected.timestamps(kind, input)?.slice(range))
            }
            _ => Ok(Timestamps::None),
        }
    }

    /// Looks at one row more of a group (`Selector.addInput`): columns are those of its first row.
    ///
    /// # Errors
    /// If a function fails.
    pub(super) fn add(&mut self, row: &InputRow<'_>, bindings: &Bindings<'_>) -> QueryResult<()> {
        match &mut self.kind {
            Kind::Column(reader) => {
                if self.noted == Noted::Nothing {
                    self.buffer.clear();
                    self.noted = Noted::of(reader.append(row, &mut self.buffer));
                }
                Ok(())
            }
            Kind::Timestamps { kind, selected } => {
                if self.noted == Noted::Nothing {
                    self.buffer.clear();
                    let told = told(selected, *kind, Input { row: Some(row), bindings })?;
                    self.noted = Noted::of(told.write(*kind, &mut self.buffer));
                }
                Ok(())
            }
            Kind::Aggregate { function, arguments, aggregation } => {
                for argument in &*arguments {
                    argument.check_is_set(function.as_signature())?;
                }
                with_values(arguments, Input { row: Some(row), bindings }, |values| aggregation.add(values))
            }
            Kind::Constant(_) => Ok(()),
            Kind::Field { selected, .. } | Kind::Element { selected, .. } | Kind::Slice { selected, .. } => {
                selected.add(row, bindings)
            }
            Kind::Scalar { arguments: parts, .. } | Kind::Composed { elements: parts, .. } => {
                parts.iter_mut().try_for_each(|part| part.add(row, bindings))
            }
        }
    }

    /// Forgets the rows that were added (`Selector.reset`).
    pub(super) fn reset(&mut self) {
        self.noted = Noted::Nothing;
        match &mut self.kind {
            Kind::Column(_) | Kind::Constant(_) | Kind::Timestamps { .. } => {}
            Kind::Aggregate { aggregation, .. } => aggregation.reset(),
            Kind::Field { selected, .. } | Kind::Element { selected, .. } | Kind::Slice { selected, .. } => {
                selected.reset();
            }
            Kind::Scalar { arguments: parts, .. } | Kind::Composed { elements: parts, .. } => {
                parts.iter_mut().for_each(Self::reset);
            }
        }
    }

    /// Checks that rows can be grouped by it (`Selector.validateForGroupBy`).
    ///
    /// # Errors
    /// If it is no column and no monotonic function of one.
    pub(super) fn check_for_group_by(&self) -> QueryResult<()> {
        match &self.kind {
            Kind::Column(_) => Ok(()),
            Kind::Scalar { function, arguments } => {
                let constants: Vec<Option<&[u8]>> = arguments.iter().map(Self::constant).collect();
                if !function.is_monotonic(&constants) {
                    return Err(QueryError::invalid(format!(
                        "Only monotonic functions are supported in the GROUP BY clause. Got: {} ",
                        partial_description(function.as_signature(), &constants)
                    )));
                }
                let mut others = arguments.iter().filter(|argument| argument.constant().is_none());
                others.try_for_each(Self::check_for_group_by)
            }
            _ => Err(QueryError::invalid(
                "Only column names and monotonic scalar functions are supported in the GROUP BY clause.",
            )),
        }
    }
}

/// How messages show a function of which some arguments are constants
/// (`PartiallyAppliedScalarFunction.toString`).
fn partial_description(function: &dyn FunctionSignature, constants: &[Option<&[u8]>]) -> String {
    if constants.iter().all(Option::is_none) {
        return function.description();
    }
    let arguments = function.argument_types().iter().zip(constants).map(|(of, constant)| {
        format!("{}{}", type_text(of), if constant.is_some() { "(constant)" } else { "" })
    });
    let arguments: Vec<String> = arguments.collect();
    let name = FunctionName::native(function.name()).cql();
    format!("{name} : ({}) -> {}", arguments.join(", "), type_text(function.return_type()))
}

impl Noted {
    fn of(is_there: bool) -> Self {
        if is_there { Self::Value } else { Self::Null }
    }

    fn value(self, buffer: &[u8]) -> Option<&[u8]> {
        (self == Self::Value).then_some(buffer)
    }
}

/// What is told of the cells of something, as a whole.
fn told(selected: &mut Selector<'_>, kind: WritetimeOrTtl, input: Input<'_>) -> QueryResult<Timestamps> {
    let all = selected.timestamps(kind, input)?;
    Ok(if super::timestamps::is_maximum(kind) { all.max() } else { all })
}

/// A field of a value of a user-defined type (`UserType.split`).
fn field(value: &[u8], place: usize, count: usize) -> QueryResult<Option<&[u8]>> {
    match Elements::of_tuple(value, count).nth(place) {
        Some(Ok(field)) => Ok(field),
        Some(Err(_)) => Err(QueryError::invalid(format!("Not enough bytes to read {place}th component"))),
        None => Ok(None),
    }
}

/// So many values are held without a list of them.
const FEW: usize = 8;

/// Calls with the values of several selectors.
fn with_values<R>(
    selectors: &mut [Selector<'_>],
    input: Input<'_>,
    with: impl FnOnce(&[Option<&[u8]>]) -> QueryResult<R>,
) -> QueryResult<R> {
    if selectors.len() > FEW {
        let values: Vec<_> =
            selectors.iter_mut().map(|selector| selector.evaluate(input)).collect::<QueryResult<_>>()?;
        return with(&values);
    }
    let count = selectors.len();
    let mut values = [None; FEW];
    for (value, selector) in values.iter_mut().zip(selectors) {
        *value = selector.evaluate(input)?;
    }
    with(values.get(..count).unwrap_or_default())
}
