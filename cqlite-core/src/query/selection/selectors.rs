//! The rows of a result as they are made.

use std::fmt;

use super::Selection;
use super::column_reader::ColumnReader;
use super::selector::{Input, Selector};
use crate::query::{Bindings, InputRow, QueryResult, RowSet};

/// Makes the rows of a result of rows of a table, in one execution (`cql3.selection.Selection.Selectors`).
pub(crate) struct Selectors<'s> {
    selection: &'s Selection,
    bindings: Bindings<'s>,
    /// None where plain columns are shown.
    shown: Vec<Selector<'s>>,
    hidden: Vec<Hidden<'s>>,
    json: Vec<u8>,
}

/// A column to sort by, as it was in the first row of a group.
struct Hidden<'s> {
    reader: &'s ColumnReader,
    /// None before that row; else its value, or null.
    value: Option<Option<Vec<u8>>>,
}

impl<'s> Selectors<'s> {
    pub(super) fn new(selection: &'s Selection, bindings: &Bindings<'s>) -> QueryResult<Self> {
        let mut selectors =
            Self { selection, bindings: *bindings, shown: Vec::new(), hidden: Vec::new(), json: Vec::new() };
        if selection.plain.is_none() {
            for factory in &selection.shown {
                selectors.shown.push(Selector::new(factory, bindings, selection.collected)?);
            }
            let hidden = selection.hidden.iter();
            selectors.hidden.extend(hidden.map(|reader| Hidden { reader, value: None }));
        }
        Ok(selectors)
    }

    /// Whether each row is made of columns alone: then [`Self::push_simple`] makes it, and nothing else does.
    pub(crate) fn is_simple(&self) -> bool {
        self.selection.plain.is_some()
    }

    /// Makes a row of plain columns.
    ///
    /// # Errors
    /// None, as values are not looked at.
    pub(crate) fn push_simple(&self, row: &InputRow<'_>, into: &mut RowSet) -> QueryResult<()> {
        into.write_row(|writer| {
            if let Some(plain) = &self.selection.plain {
                plain.write(row, writer);
            }
            self.selection.hidden.iter().for_each(|reader| reader.write(row, writer));
            Ok(())
        })
    }

    /// Makes a row of a row. That is for what neither groups rows nor aggregates them.
    ///
    /// # Errors
    /// If a function fails, or something is null that cannot be.
    pub(crate) fn push(&mut self, row: &InputRow<'_>, into: &mut RowSet) -> QueryResult<()> {
        if self.is_simple() {
            return self.push_simple(row, into);
        }
        self.write(Some(row), into)
    }

    /// Looks at one row more (`Selectors.addInputRow`).
    ///
    /// # Errors
    /// If a function fails.
    pub(crate) fn add_row(&mut self, row: &InputRow<'_>) -> QueryResult<()> {
        for selector in &mut self.shown {
            selector.add(row, &self.bindings)?;
        }
        for hidden in &mut self.hidden {
            if hidden.value.is_none() {
                let mut value = Vec::new();
                hidden.value = Some(hidden.reader.append(row, &mut value).then_some(value));
            }
        }
        Ok(())
    }

    /// Makes a row of all rows that were added since the last reset; without any, constants and aggregates of
    /// none are in it (`Selectors.getOutputRow`).
    ///
    /// # Errors
    /// As [`Self::push`].
    pub(crate) fn output(&mut self, into: &mut RowSet) -> QueryResult<()> {
        self.write(None, into)
    }

    /// Forgets the rows that were added.
    pub(crate) fn reset(&mut self) {
        self.shown.iter_mut().for_each(Selector::reset);
        self.hidden.iter_mut().for_each(|hidden| hidden.value = None);
    }

    /// Checks that rows can be grouped by what is selected (`Selector.validateForGroupBy`).
    ///
    /// # Errors
    /// If it is no monotonic function of a column.
    pub(crate) fn check_for_group_by(&self) -> QueryResult<()> {
        self.shown.iter().try_for_each(Selector::check_for_group_by)
    }

    fn write(&mut self, row: Option<&InputRow<'_>>, into: &mut RowSet) -> QueryResult<()> {
        let Self { selection, bindings, shown, hidden, json } = self;
        let input = Input { row, bindings };
        into.write_row(|writer| {
            match &selection.json {
                Some(object) => {
                    json.clear();
                    object.write(shown.iter_mut().map(|selector| selector.evaluate(input)), json)?;
                    writer.value(Some(json));
                }
                None => {
                    for selector in shown {
                        writer.value(selector.evaluate(input)?);
                    }
                }
            }
            for of in hidden {
                match row {
                    Some(row) => of.reader.write(row, writer),
                    None => writer.value(of.value.as_ref().and_then(Option::as_deref)),
                }
            }
            Ok(())
        })
    }
}

impl fmt::Debug for Selectors<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selectors").field("columns", self.selection.row_columns()).finish_non_exhaustive()
    }
}
