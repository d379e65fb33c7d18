//! How selectors get their types.

use std::sync::Arc;

use cqlite_cql::query::WritetimeOrTtl;
use cqlite_cql::{Identifier, NativeType};
use cqlite_sstable::types::CqlType;

use super::Selectable;
use super::column_reader::ColumnReader;
use super::factory::{Expression, Factory, Traits};
use super::timestamps;
use crate::query::functions::{Function, FunctionName, find};
use crate::query::type_text::type_text;
use crate::query::{
    Assignable, BindMarkers, ColumnSpec, PreparedTerm, QueryError, QueryResult, Scope, TableColumn,
    TableColumns,
};

/// The name of what bind markers in a selection stand for.
const MARKER: &str = "[selection]";

/// Makes factories of selectables, and notes which columns they need (`Selectable.newSelectorFactory`).
pub(super) struct Preparation<'p> {
    pub(super) scope: &'p Scope<'p>,
    pub(super) columns: &'p TableColumns,
    pub(super) markers: &'p mut BindMarkers,
    /// The columns that are needed, each once, in the order in which they are met.
    pub(super) needed: Vec<Arc<TableColumn>>,
}

impl Preparation<'_> {
    /// The factory of something that a value of a type is expected of, if one is.
    ///
    /// # Errors
    /// If types do not fit, or one is not known.
    pub(super) fn factory(
        &mut self,
        selectable: &Selectable<'_>,
        expected: Option<&CqlType>,
    ) -> QueryResult<Factory> {
        match selectable {
            Selectable::Column(column) => Ok(self.column(column)),
            Selectable::Term(term) => {
                let cql_type = self.known_type(selectable, expected)?;
                let receiver = self.columns.pseudo_column(MARKER, cql_type.clone());
                let term = PreparedTerm::prepare(term, &receiver, self.scope, self.markers)?;
                Ok(leaf(selectable.text(), cql_type, Expression::Term(term)))
            }
            Selectable::WritetimeOrTtl { kind, column, selected } => {
                self.timestamps(*kind, column, selected, expected)
            }
            Selectable::Function { function, arguments } => self.call(function, arguments),
            Selectable::Cast { selected, target } => self.cast(selected, *target),
            Selectable::Field { selected, field } => self.field(selected, field),
            Selectable::Element { selected, element } => self.element(selectable, selected, element),
            Selectable::Slice { selected, from, to } => {
                self.slice(selectable, selected, (*from, *to), expected)
            }
            Selectable::TypeHint { text: hint, cql_type, selected } => {
                let receiver = self.columns.pseudo_column(&selectable.text(), cql_type.clone());
                if !selected.test(self.scope, &receiver)?.is_assignable() {
                    let (text, of) = (&receiver.name, type_text(cql_type));
                    let message = format!("Cannot assign value {text} to {text} of type {of}");
                    return Err(QueryError::invalid(message));
                }
                let hinted = self.factory(selected, Some(cql_type))?;
                let name = format!("({hint}){}", hinted.name);
                Ok(Factory { name, cql_type: cql_type.clone(), ..hinted })
            }
            Selectable::TupleOrNested(elements) => self.tuple_or_nested(selectable, elements, expected),
            Selectable::Array(elements) => self.array(selectable, elements, expected),
            Selectable::Set(elements) => self.set(selectable, elements, expected),
            Selectable::MapOrUserType(entries) => self.map_or_user_type(selectable, entries, expected),
        }
    }

    /// The factories of several things (`SelectorFactories`).
    pub(super) fn factories<'t>(
        &mut self,
        selectables: &[Selectable<'_>],
        expected: impl Fn(usize) -> Option<&'t CqlType>,
    ) -> QueryResult<Vec<Factory>> {
        let each = selectables.iter().enumerate();
        each.map(|(place, selectable)| self.factory(selectable, expected(place))).collect()
    }

    /// The type that something is of, or else that it is expected to be of.
    pub(super) fn known_type(
        &self,
        selectable: &Selectable<'_>,
        expected: Option<&CqlType>,
    ) -> QueryResult<CqlType> {
        if let Some(own) = selectable.exact_type(self.scope)? {
            return Ok(own);
        }
        expected.cloned().ok_or_else(|| {
            let text = selectable.text();
            QueryError::invalid(format!(
                "Cannot infer type for term {text} in selection clause (try using a cast to force a type)"
            ))
        })
    }

    /// What a factory's values are in, as a column of the table would be
    /// (`Selector.Factory.getColumnSpecification`).
    pub(super) fn spec(&self, factory: &Factory) -> ColumnSpec {
        self.columns.pseudo_column(&factory.name, factory.cql_type.clone())
    }

    fn column(&mut self, column: &Arc<TableColumn>) -> Factory {
        let place = self.place(column);
        Factory {
            column: Some(place),
            ..leaf(
                column.name().to_owned(),
                column.cql_type().clone(),
                Expression::Column(ColumnReader::new(column)),
            )
        }
    }

    /// Which of the needed columns it is.
    fn place(&mut self, column: &Arc<TableColumn>) -> usize {
        let known = self.needed.iter().position(|needed| needed == column);
        known.unwrap_or_else(|| {
            self.needed.push(Arc::clone(column));
            self.needed.len().saturating_sub(1)
        })
    }

    fn timestamps(
        &mut self,
        kind: WritetimeOrTtl,
        column: &Arc<TableColumn>,
        selected: &Selectable<'_>,
        expected: Option<&CqlType>,
    ) -> QueryResult<Factory> {
        if column.is_key() {
            return Err(QueryError::invalid(format!(
                "Cannot use selection function {kind} on PRIMARY KEY part {}",
                column.name()
            )));
        }
        let selected = self.factory(selected, expected)?;
        self.place(column);
        let is_list = selected.cql_type.is_multi_cell() && !timestamps::is_maximum(kind);
        let is_ttl = kind == WritetimeOrTtl::Ttl;
        let name = format!("{kind}({})", selected.name);
        let expression = Expression::Timestamps { kind, selected: Box::new(selected) };
        let traits = Traits { is_aggregate: false, tells_writetime: !is_ttl, tells_ttl: is_ttl };
        Ok(Factory { traits, ..leaf(name, timestamps::type_of(kind, is_list), expression) })
    }

    fn call(&mut self, function: &Function, arguments: &[Selectable<'_>]) -> QueryResult<Factory> {
        let types = function.signature().argument_types();
        let arguments = self.factories(arguments, |place| types.get(place))?;
        call_of(function, arguments)
    }

    fn cast(&mut self, selected: &Selectable<'_>, target: NativeType) -> QueryResult<Factory> {
        let argument = self.factory(selected, None)?;
        // A cast to the type that something has is none, but for a column where the greatest value comes first.
        let is_descending = matches!(selected, Selectable::Column(column) if column.is_descending);
        if !is_descending && argument.cql_type == CqlType::from_native(target) {
            return Ok(argument);
        }
        let name = FunctionName::native(format!("cast_as_{target}"));
        let Some(function) = find(self.scope, &name, &[selected], None)? else {
            let first =
                self.needed.first().map_or_else(|| selected.text(), |column| column.name().to_owned());
            return Err(QueryError::invalid(format!("{first} cannot be cast to {target}")));
        };
        call_of(&function, vec![argument])
    }

    fn field(&mut self, selected: &Selectable<'_>, field: &Identifier) -> QueryResult<Factory> {
        // In parentheses a value of a user-defined type is no tuple of one element.
        let expected = match selected {
            Selectable::TupleOrNested(elements) => match elements.first() {
                Some(first) => first.exact_type(self.scope)?.map(|of| of.without_reversed().clone()),
                None => None,
            },
            _ => None,
        };
        let inner = self.factory(selected, expected.as_ref())?;
        let CqlType::User(user) = &inner.cql_type else {
            return Err(QueryError::invalid(format!(
                "Invalid field selection: {} of type {} is not a user type",
                selected.text(),
                type_text(&inner.cql_type)
            )));
        };
        let mut fields = user.fields.iter().enumerate();
        let Some((place, of)) = fields.find(|(_, of)| of.name == field.as_str()) else {
            return Err(QueryError::invalid(format!(
                "{} of type {} has no field {}",
                selected.text(),
                type_text(&inner.cql_type),
                field.as_str()
            )));
        };
        let name = format!("{}.{}", inner.name, field.as_str());
        let (cql_type, count) = (of.field_type.clone(), user.fields.len());
        let traits = inner.traits.of_part();
        let expression = Expression::Field { place, count, selected: Box::new(inner) };
        Ok(Factory { traits, ..leaf(name, cql_type, expression) })
    }
}

/// A factory in which there is nothing of note.
pub(super) fn leaf(name: String, cql_type: CqlType, expression: Expression) -> Factory {
    Factory { name, cql_type, expression, column: None, traits: Traits::default() }
}

/// The factory of a call (`AbstractFunctionSelector.newFactory`).
fn call_of(function: &Function, arguments: Vec<Factory>) -> QueryResult<Factory> {
    let signature = function.signature();
    let names: Vec<String> = arguments.iter().map(|argument| argument.name.clone()).collect();
    let (name, cql_type) = (signature.column_name(&names), signature.return_type().clone());
    let mut traits = Traits::of_all(&arguments);
    let expression = match function {
        Function::Scalar(function) => Expression::Scalar { function: Arc::clone(function), arguments },
        Function::Aggregate(_) if traits.is_aggregate => {
            return Err(QueryError::invalid(
                "aggregate functions cannot be used as arguments of aggregate functions",
            ));
        }
        Function::Aggregate(function) => {
            traits.is_aggregate = true;
            Expression::Aggregate { function: Arc::clone(function), arguments }
        }
    };
    Ok(Factory { traits, ..leaf(name, cql_type, expression) })
}
