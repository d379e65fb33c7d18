//! How parts of sets and maps, and what is composed of several selectors, get their types.

use cqlite_cql::query::Term;
use cqlite_sstable::types::{CqlType, UserType};

use super::Selectable;
use super::compose::Composer;
use super::factory::{Expression, Factory, Traits};
use super::keyed::Keyed;
use super::map_entry::MapEntry;
use super::preparation::{Preparation, leaf};
use super::selectable_assignment::{no_array, unknown_field};
use crate::query::term::{key_spec, value_spec};
use crate::query::type_text::type_text;
use crate::query::{Assignable, ColumnSpec, PreparedTerm, QueryError, QueryResult};

impl Preparation<'_> {
    /// `collection[element]` (`Selectable.WithElementSelection`)
    pub(super) fn element(
        &mut self,
        selectable: &Selectable<'_>,
        selected: &Selectable<'_>,
        element: &Term,
    ) -> QueryResult<Factory> {
        let inner = self.factory(selected, None)?;
        let of = &inner.cql_type;
        let spec = self.key_of(selected, &inner, "Element")?.ok_or_else(|| {
            let (text, of) = (selected.text(), type_text(of));
            QueryError::invalid(format!(
                "Invalid element selection: {text} is of type {of} is not a collection"
            ))
        })?;
        let key = PreparedTerm::prepare(element, &spec, self.scope, self.markers)?;
        let cql_type = match of {
            CqlType::Map { value, .. } => CqlType::clone(value),
            _ => spec.cql_type,
        };
        let traits = inner.traits.of_part();
        let Some(keyed) = Keyed::of(of) else { return Err(no_array(of)) };
        let expression = Expression::Element { keyed, key, selected: Box::new(inner) };
        Ok(Factory { traits, ..leaf(selectable.text(), cql_type, expression) })
    }

    /// `collection[from..to]` (`Selectable.WithSliceSelection`)
    pub(super) fn slice(
        &mut self,
        selectable: &Selectable<'_>,
        selected: &Selectable<'_>,
        (from, to): (Option<&Term>, Option<&Term>),
        expected: Option<&CqlType>,
    ) -> QueryResult<Factory> {
        let inner = self.factory(selected, expected)?;
        let cql_type = inner.cql_type.clone();
        let spec = self.key_of(selected, &inner, "Slice")?.ok_or_else(|| {
            let (text, of) = (selected.text(), type_text(&cql_type));
            QueryError::invalid(format!("Invalid slice selection: {text} of type {of} is not a collection"))
        })?;
        let mut bound = |term: Option<&Term>| {
            term.map(|term| PreparedTerm::prepare(term, &spec, self.scope, self.markers)).transpose()
        };
        let (from, to) = (bound(from)?, bound(to)?);
        let traits = inner.traits.of_part();
        let Some(keyed) = Keyed::of(&cql_type) else { return Err(no_array(&cql_type)) };
        let expression = Expression::Slice { keyed, from, to, selected: Box::new(inner) };
        Ok(Factory { traits, ..leaf(selectable.text(), cql_type, expression) })
    }

    /// What elements or keys of a collection are given to; none if it is no collection
    /// (`Selectable.specForElementOrSlice`).
    fn key_of(
        &self,
        selected: &Selectable<'_>,
        inner: &Factory,
        what: &str,
    ) -> QueryResult<Option<ColumnSpec>> {
        let receiver = self.spec(inner);
        match &inner.cql_type {
            CqlType::List { .. } => Err(QueryError::invalid(format!(
                "{what} selection is only allowed on sets and maps, but {} is a list",
                selected.text()
            ))),
            CqlType::Set { element, .. } => Ok(Some(value_spec(&receiver, element))),
            CqlType::Map { key, .. } => Ok(Some(key_spec(&receiver, key))),
            _ => Ok(None),
        }
    }

    /// `(a, b)` (`Selectable.BetweenParenthesesOrWithTuple`)
    pub(super) fn tuple_or_nested(
        &mut self,
        selectable: &Selectable<'_>,
        elements: &[Selectable<'_>],
        expected: Option<&CqlType>,
    ) -> QueryResult<Factory> {
        let cql_type = self.known_type(selectable, expected)?;
        let types: Vec<CqlType> = match (&cql_type, elements) {
            (CqlType::Tuple(types), _) => types.to_vec(),
            (_, [one]) => {
                let nested = self.factory(one, expected)?;
                return Ok(Factory { name: format!("({})", nested.name), ..nested });
            }
            (CqlType::User(user), _) => user.fields.iter().map(|field| field.field_type.clone()).collect(),
            _ => {
                let (text, of) = (selectable.text(), type_text(&cql_type));
                return Err(QueryError::invalid(format!(
                    "Invalid tuple type literal for {text} of type {of}"
                )));
            }
        };
        let factories = self.factories(elements, |place| types.get(place))?;
        Ok(composed(cql_type, Composer::Tuple, factories, '(', ')'))
    }

    /// `[a, b]` (`Selectable.WithArrayLiteral`)
    pub(super) fn array(
        &mut self,
        selectable: &Selectable<'_>,
        elements: &[Selectable<'_>],
        expected: Option<&CqlType>,
    ) -> QueryResult<Factory> {
        if let Some(CqlType::Vector { .. }) = expected {
            return self.vector(selectable, elements, expected);
        }
        if let Some(other) = expected
            && !matches!(other, CqlType::List { .. })
        {
            return Err(no_array(other));
        }
        let cql_type = self.known_type(selectable, expected)?;
        let CqlType::List { element, .. } = &cql_type else { return Err(no_array(&cql_type)) };
        let factories = self.factories(elements, |_| Some(element))?;
        Ok(composed(cql_type.clone(), Composer::List, factories, '[', ']'))
    }

    /// `Selectable.WithVector`
    fn vector(
        &mut self,
        selectable: &Selectable<'_>,
        elements: &[Selectable<'_>],
        expected: Option<&CqlType>,
    ) -> QueryResult<Factory> {
        let own = match selectable.exact_type(self.scope)? {
            Some(CqlType::List { element, .. }) => {
                Some(CqlType::Vector { element, dimension: elements.len() as u32 })
            }
            _ => expected.cloned(),
        };
        let cql_type = own.map_or_else(|| self.known_type(selectable, expected), Ok)?;
        let CqlType::Vector { element, dimension } = &cql_type else { return Err(no_array(&cql_type)) };
        if *dimension as usize != elements.len() {
            return Err(QueryError::invalid(format!(
                "Unable to create a vector selector of type {} from {} elements",
                type_text(&cql_type),
                elements.len()
            )));
        }
        let factories = self.factories(elements, |_| Some(element))?;
        let composer = Composer::Vector(CqlType::clone(element));
        Ok(composed(cql_type.clone(), composer, factories, '[', ']'))
    }

    /// `{a, b}` (`Selectable.WithSet`)
    pub(super) fn set(
        &mut self,
        selectable: &Selectable<'_>,
        elements: &[Selectable<'_>],
        expected: Option<&CqlType>,
    ) -> QueryResult<Factory> {
        let cql_type = self.known_type(selectable, expected)?;
        match &cql_type {
            // Without elements, braces may as well be a map.
            CqlType::Map { key, .. } => {
                let composer = Composer::Map(CqlType::clone(key));
                Ok(composed(cql_type.clone(), composer, Vec::new(), '{', '}'))
            }
            CqlType::Set { element, .. } if **element == CqlType::Duration => {
                let of = type_text(&cql_type);
                Err(QueryError::invalid(format!("Durations are not allowed inside sets: {of}")))
            }
            CqlType::Set { element, .. } => {
                let factories = self.factories(elements, |_| Some(element))?;
                let composer = Composer::Set(self.order_of(elements, element)?);
                Ok(composed(cql_type.clone(), composer, factories, '{', '}'))
            }
            other => Err(no_array(other)),
        }
    }

    /// The order of a set's elements. If their type is known from a clustering column of which the greatest
    /// value comes first, so it does in the set.
    fn order_of(&self, elements: &[Selectable<'_>], element: &CqlType) -> QueryResult<CqlType> {
        for selectable in elements {
            match selectable {
                Selectable::Column(column) if column.is_descending => {
                    return Ok(CqlType::Reversed(element.clone().into()));
                }
                other if other.exact_type(self.scope)?.is_some() => break,
                _ => {}
            }
        }
        Ok(element.clone())
    }

    /// `{k: v}` (`Selectable.WithMapOrUdt`)
    pub(super) fn map_or_user_type(
        &mut self,
        selectable: &Selectable<'_>,
        entries: &[MapEntry<'_>],
        expected: Option<&CqlType>,
    ) -> QueryResult<Factory> {
        let cql_type = self.known_type(selectable, expected)?;
        match &cql_type {
            CqlType::User(user) => self.user_type(&cql_type, user, entries),
            CqlType::Map { key, .. } if **key == CqlType::Duration => {
                let of = type_text(&cql_type);
                Err(QueryError::invalid(format!("Durations are not allowed as map keys: {of}")))
            }
            CqlType::Map { key, value, .. } => {
                let mut prepared = Vec::with_capacity(entries.len());
                for entry in entries {
                    prepared.push((entry.key()?, entry.value()?));
                }
                let mut factories = Vec::with_capacity(entries.len().saturating_mul(2));
                let mut names = Vec::with_capacity(entries.len());
                for (of_key, of_value) in prepared {
                    let of_key = self.factory(of_key, Some(key))?;
                    let of_value = self.factory(of_value, Some(value))?;
                    names.push(format!("{}: {}", of_key.name, of_value.name));
                    factories.extend([of_key, of_value]);
                }
                let name = format!("{{{}}}", names.join(", "));
                let composer = Composer::Map(CqlType::clone(key));
                Ok(named(name, cql_type.clone(), composer, factories))
            }
            other => Err(no_array(other)),
        }
    }

    fn user_type(
        &mut self,
        cql_type: &CqlType,
        user: &UserType,
        entries: &[MapEntry<'_>],
    ) -> QueryResult<Factory> {
        let mut places = vec![None; user.fields.len()];
        let mut factories: Vec<Factory> = Vec::with_capacity(entries.len());
        let mut names: Vec<String> = Vec::with_capacity(entries.len());
        for entry in entries {
            let name = entry.field(&user.name)?.as_str();
            let mut fields = user.fields.iter().zip(&mut places);
            let Some((field, place)) = fields.find(|(field, _)| field.name == name) else {
                return Err(unknown_field(name, &user.name));
            };
            let factory = self.factory(entry.value()?, Some(&field.field_type))?;
            let text = format!("{name}: {}", factory.name);
            // Of a field that is there twice the last value counts, at the place of the first.
            let same = place.and_then(|place| factories.get_mut(place).zip(names.get_mut(place)));
            if let Some((known, known_name)) = same {
                (*known, *known_name) = (factory, text);
            } else {
                *place = Some(factories.len());
                factories.push(factory);
                names.push(text);
            }
        }
        let name = format!("{{{}}}", names.join(", "));
        Ok(named(name, cql_type.clone(), Composer::UserType(places), factories))
    }
}

fn composed(
    cql_type: CqlType,
    composer: Composer,
    elements: Vec<Factory>,
    open: char,
    close: char,
) -> Factory {
    let names: Vec<&str> = elements.iter().map(|element| element.name.as_str()).collect();
    named(format!("{open}{}{close}", names.join(", ")), cql_type, composer, elements)
}

fn named(name: String, cql_type: CqlType, composer: Composer, elements: Vec<Factory>) -> Factory {
    let traits = Traits::of_all(&elements);
    Factory { traits, ..leaf(name, cql_type, Expression::Composed { composer, elements }) }
}
