//! What a `SELECT` shows of rows (`cql3.selection`).
//!
//! ```text
//! syntax tree -> Selectable (names are resolved) -> Factory (types are known) -> Selector (of one execution)
//! ```

mod column_reader;
mod compose;
mod factory;
mod json;
mod keyed;
mod map_entry;
mod plain_columns;
mod preparation;
mod preparation_of_parts;
mod selectable;
mod selectable_assignment;
#[expect(clippy::module_inception, reason = "the folder is named by the type that all the others are for")]
mod selection;
mod selector;
mod selectors;
#[cfg(test)]
mod tests;
mod timestamps;

pub(crate) use json::with_totals;
pub(crate) use selectable::Selectable;
pub(crate) use selection::{Selection, selects_only_statics};
pub(crate) use selectors::Selectors;
