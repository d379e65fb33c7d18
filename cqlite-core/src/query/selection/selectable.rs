//! What is selected, with the names in it resolved.

use std::cell::Cell;
use std::sync::Arc;

use cqlite_cql::query::{ArithmeticOperator, Selectable as Raw, SelectorModifier, Term, WritetimeOrTtl};
use cqlite_cql::{Identifier, NativeType, Spanned};
use cqlite_sstable::types::CqlType;

use super::map_entry::MapEntry;
use crate::query::functions::{Function, FunctionName, find};
use crate::query::schema::raw_text;
use crate::query::{Assignable, QueryError, QueryResult, Scope, TableColumn, TableColumns};

/// So many operators and parts of parts may stand in one selector: each is inside the one behind it.
const MAX_LINKS: usize = 128;

/// What names in a selector stand for.
#[derive(Clone, Copy)]
pub(super) struct Names<'n> {
    pub(super) scope: &'n Scope<'n>,
    pub(super) columns: &'n TableColumns,
    /// Operators and parts of parts so far.
    links: &'n Cell<usize>,
}

impl Names<'_> {
    fn link(&self, count: usize) -> QueryResult<()> {
        let links = self.links.get().saturating_add(count);
        self.links.set(links);
        if links > MAX_LINKS {
            return Err(QueryError::invalid(format!(
                "a selector has {links} operators and parts of parts, and no more than {MAX_LINKS} may be in one"
            )));
        }
        Ok(())
    }
}

/// An expression over the columns of a table, whose names are resolved; its types may not be known yet
/// (`cql3.selection.Selectable`).
#[derive(Debug)]
pub(crate) enum Selectable<'r> {
    /// A column.
    Column(Arc<TableColumn>),
    /// A constant, `null` or a bind marker.
    Term(&'r Term),
    /// When what is selected was written, or how long it lives.
    WritetimeOrTtl {
        /// Which of them.
        kind: WritetimeOrTtl,
        /// The column.
        column: Arc<TableColumn>,
        /// The column, or a part of it.
        selected: Box<Self>,
    },
    /// A call.
    Function {
        /// The function.
        function: Function,
        /// As many as it takes.
        arguments: Vec<Self>,
    },
    /// `CAST(selected AS target)`
    Cast {
        /// What is converted.
        selected: Box<Self>,
        /// The type it is converted to.
        target: NativeType,
    },
    /// `selected.field`
    Field {
        /// Of a user-defined type.
        selected: Box<Self>,
        /// The field.
        field: &'r Identifier,
    },
    /// `selected[element]`
    Element {
        /// A set or map.
        selected: Box<Self>,
        /// An element or key.
        element: &'r Term,
    },
    /// `selected[from..to]`
    Slice {
        /// A set or map.
        selected: Box<Self>,
        /// The first element or key.
        from: Option<&'r Term>,
        /// The last element or key.
        to: Option<&'r Term>,
    },
    /// `(a, b)`: a tuple, or with one element what is in the parentheses.
    TupleOrNested(Vec<Self>),
    /// `[a, b]`: a list, or a vector.
    Array(Vec<Self>),
    /// `{a, b}`; without elements it may be a map.
    Set(Vec<Self>),
    /// `{k: v}`: a map, or a value of a user-defined type.
    MapOrUserType(Vec<MapEntry<'r>>),
    /// `(type) selected`
    TypeHint {
        /// The type as Cassandra shows it.
        text: String,
        /// The type, frozen.
        cql_type: CqlType,
        /// What is of it.
        selected: Box<Self>,
    },
}

impl<'r> Selectable<'r> {
    /// Resolves the names in what is selected (`Selectable.Raw.prepare`).
    ///
    /// # Errors
    /// If a column, type or function is not known, or a function does not take its arguments.
    pub(crate) fn prepare(
        raw: &'r Spanned<Raw>,
        scope: &Scope<'_>,
        columns: &TableColumns,
    ) -> QueryResult<Self> {
        Self::resolve(raw, Names { scope, columns, links: &Cell::new(0) })
    }

    /// As [`Self::prepare`], of a part of a selector.
    pub(super) fn resolve(raw: &'r Spanned<Raw>, names: Names<'_>) -> QueryResult<Self> {
        let all = |raws: &'r [Spanned<Raw>]| -> QueryResult<Vec<Self>> {
            raws.iter().map(|raw| Self::resolve(raw, names)).collect()
        };
        let boxed = |raw: &'r Spanned<Raw>| Self::resolve(raw, names).map(Box::new);
        Ok(match &raw.node {
            Raw::Column(name) => Self::Column(Arc::clone(names.columns.existing(name)?)),
            Raw::Term(term) => Self::Term(term),
            Raw::CountAll => Self::call(&FunctionName::native("count_rows"), Vec::new(), names)?,
            Raw::WritetimeOrTtl { kind, column, modifiers } => {
                let column = Arc::clone(names.columns.existing(column)?);
                let selected = Self::modified(Self::Column(Arc::clone(&column)), modifiers, names)?;
                Self::WritetimeOrTtl { kind: *kind, column, selected: Box::new(selected) }
            }
            Raw::Cast { selector, target } => Self::Cast { selected: boxed(selector)?, target: *target },
            Raw::Function { name, arguments } => {
                let name = FunctionName::from(&**name);
                let arguments = all(arguments)?;
                // Any constant is counted as a row is: which type it is of need not be known.
                match arguments.as_slice() {
                    [Self::Term(Term::Constant(_))] if name.may_be_native() && name.name == "count" => {
                        Self::call(&FunctionName::native("count_rows"), Vec::new(), names)?
                    }
                    _ => Self::call(&name, arguments, names)?,
                }
            }
            Raw::Modified { base, modifiers } => {
                Self::modified(Self::resolve(base, names)?, modifiers, names)?
            }
            Raw::TypeHint { type_name, selector } => {
                let selected = boxed(selector)?;
                let text = raw_text(type_name, false, Some(names.scope.keyspace));
                Self::TypeHint { text, cql_type: names.scope.resolve_type(type_name)?.freeze(), selected }
            }
            Raw::TupleOrNested(elements) => Self::TupleOrNested(all(elements)?),
            Raw::List(elements) => Self::Array(all(elements)?),
            Raw::Set(elements) => Self::Set(all(elements)?),
            Raw::MapOrUserType(entries) => {
                Self::MapOrUserType(entries.iter().map(|entry| MapEntry::prepare(entry, names)).collect())
            }
            Raw::Negation(operand) => {
                let operand = Self::resolve(operand, names)?;
                Self::call(&FunctionName::of_negation(), vec![operand], names)?
            }
            Raw::Arithmetic { first, rest } => Self::resolve_chain(first, rest, names)?,
        })
    }

    fn resolve_chain(
        first: &'r Spanned<Raw>,
        rest: &'r [(ArithmeticOperator, Spanned<Raw>)],
        names: Names<'_>,
    ) -> QueryResult<Self> {
        names.link(rest.len())?;
        let mut left = Self::resolve(first, names)?;
        for (operator, right) in rest {
            let right = Self::resolve(right, names)?;
            left = Self::call(&FunctionName::of_operator(*operator), vec![left, right], names)?;
        }
        Ok(left)
    }

    /// Finds the function that takes the arguments (`Selectable.WithFunction.Raw.prepare`).
    fn call(name: &FunctionName, arguments: Vec<Self>, names: Names<'_>) -> QueryResult<Self> {
        let function = {
            let assignables: Vec<&dyn Assignable> = arguments.iter().map(|argument| argument as _).collect();
            find(names.scope, name, &assignables, None)?
        };
        let unknown = || QueryError::invalid(format!("Unknown function '{name}'"));
        Ok(Self::Function { function: function.ok_or_else(unknown)?, arguments })
    }

    fn modified(base: Self, modifiers: &'r [SelectorModifier], names: Names<'_>) -> QueryResult<Self> {
        names.link(modifiers.len())?;
        Ok(modifiers.iter().fold(base, |selected, modifier| {
            let selected = Box::new(selected);
            match modifier {
                SelectorModifier::Field(field) => Self::Field { selected, field },
                SelectorModifier::Element(element) => Self::Element { selected, element: &element.node },
                SelectorModifier::Slice { from, to } => Self::Slice {
                    selected,
                    from: from.as_ref().map(|term| &term.node),
                    to: to.as_ref().map(|term| &term.node),
                },
            }
        }))
    }

    /// Whether a column is selected that `is_wanted` (`Selectable.selectColumns`).
    ///
    /// # Errors
    /// If names in a map are not known, which is looked at here.
    pub(super) fn selects(&self, is_wanted: &dyn Fn(&TableColumn) -> bool) -> QueryResult<bool> {
        let any = |selectables: &[Self]| -> QueryResult<bool> {
            for selectable in selectables {
                if selectable.selects(is_wanted)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        match self {
            Self::Column(column) => Ok(is_wanted(column)),
            Self::Term(_) => Ok(false),
            Self::WritetimeOrTtl { selected, .. }
            | Self::Cast { selected, .. }
            | Self::Field { selected, .. }
            | Self::Element { selected, .. }
            | Self::Slice { selected, .. }
            | Self::TypeHint { selected, .. } => selected.selects(is_wanted),
            Self::Function { arguments, .. } => any(arguments),
            Self::TupleOrNested(elements) | Self::Array(elements) | Self::Set(elements) => any(elements),
            Self::MapOrUserType(entries) => {
                for entry in entries {
                    // Cassandra takes a value for one that selects such a column if it does not.
                    if (entry.name().is_none() && entry.key()?.selects(is_wanted)?)
                        || !entry.value()?.selects(is_wanted)?
                    {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}
