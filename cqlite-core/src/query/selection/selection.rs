//! The `SELECT` clause, prepared.

use std::sync::Arc;

use cqlite_cql::query::RawSelector;
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::schema::SchemaTable;
use cqlite_sstable::types::CqlType;

use super::column_reader::ColumnReader;
use super::factory::{Expression, Factory, Traits};
use super::json::JsonRow;
use super::plain_columns::PlainColumns;
use super::preparation::Preparation;
use super::{Selectable, Selectors};
use crate::query::{BindMarkers, Bindings, ColumnSpec, QueryResult, Scope, TableColumn, TableColumns};

/// What a `SELECT` shows of rows (`cql3.selection.Selection`).
#[derive(Debug)]
pub(crate) struct Selection {
    /// What clients see, in JSON or as it is.
    pub(super) shown: Vec<Factory>,
    /// The columns alone, if nothing has to be done with their values.
    pub(super) plain: Option<PlainColumns>,
    pub(super) json: Option<JsonRow>,
    /// Columns that are only sorted by.
    pub(super) hidden: Vec<ColumnReader>,
    /// What rows are asked for beside values.
    pub(super) collected: Traits,
    columns: Vec<Arc<TableColumn>>,
    result_columns: Arc<[ColumnSpec]>,
    row_columns: Arc<[ColumnSpec]>,
    is_wildcard: bool,
    is_aggregate: bool,
}

impl Selection {
    /// Prepares a clause; one without selectors is `*`. The columns of `ordering` are kept in rows to sort
    /// them by.
    ///
    /// # Errors
    /// If names are not known or types do not fit: the first selector that is wrong is told of.
    pub(crate) fn prepare(
        clause: &[RawSelector],
        scope: &Scope<'_>,
        columns: &Arc<TableColumns>,
        ordering: &[Arc<TableColumn>],
        has_group_by: bool,
        is_json: bool,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        let mut preparation = Preparation { scope, columns, markers, needed: Vec::new() };
        let mut shown = Vec::new();
        let mut specs = Vec::new();
        if clause.is_empty() {
            for column in columns.all() {
                shown.push(preparation.factory(&Selectable::Column(Arc::clone(column)), None)?);
                specs.push(column.spec.clone());
            }
        }
        for selector in clause {
            let selectable = Selectable::prepare(&selector.selectable, scope, columns)?;
            let factory = preparation.factory(&selectable, None)?;
            let mut spec = preparation.spec(&factory);
            if let Some(alias) = &selector.alias {
                spec.name = alias.as_str().into();
            }
            shown.push(factory);
            specs.push(spec);
        }
        let needed = preparation.needed;
        let is_masked =
            scope.table.is_some_and(|table| !table.attached_names(SchemaTable::ColumnMasks).is_empty());
        let is_wildcard = clause.is_empty() && !has_group_by && !is_masked;
        // Cassandra forgets what rows of `*` are sorted by, as all columns are there; but in JSON they are
        // not. Where columns are masked it takes `*` for their names.
        let hidden = match ordering {
            _ if is_wildcard => Vec::new(),
            ordering if is_json => ordering.to_vec(),
            ordering => ordering.iter().filter(|of| !is_shown(of, &shown, &needed)).cloned().collect(),
        };
        Ok(Self::new(shown, specs, (needed, hidden), columns, (has_group_by, is_wildcard, is_json)))
    }

    fn new(
        shown: Vec<Factory>,
        specs: Vec<ColumnSpec>,
        (mut columns, hidden): (Vec<Arc<TableColumn>>, Vec<Arc<TableColumn>>),
        table: &TableColumns,
        (has_group_by, is_wildcard, is_json): (bool, bool, bool),
    ) -> Self {
        columns.extend(hidden.iter().cloned());
        let plain = plain_columns(&shown, &columns).filter(|_| !has_group_by && !is_json);
        let json = is_json.then(|| JsonRow::new(&specs));
        let result_columns: Arc<[ColumnSpec]> =
            if is_json { Arc::new([table.pseudo_column("[json]", CqlType::Text)]) } else { specs.into() };
        let row_columns = if hidden.is_empty() {
            Arc::clone(&result_columns)
        } else {
            result_columns.iter().cloned().chain(hidden.iter().map(|column| column.spec.clone())).collect()
        };
        let collected = Traits::of_all(&shown);
        Self {
            plain,
            json,
            hidden: hidden.iter().map(ColumnReader::new).collect(),
            is_aggregate: collected.is_aggregate,
            shown,
            collected,
            columns,
            result_columns,
            row_columns,
            is_wildcard,
        }
    }

    /// The columns that clients see. In JSON it is one, `[json]`.
    pub(crate) fn result_columns(&self) -> &Arc<[ColumnSpec]> {
        &self.result_columns
    }

    /// The columns of the rows that are made: those that clients see, then those that are only sorted by.
    pub(crate) fn row_columns(&self) -> &Arc<[ColumnSpec]> {
        &self.row_columns
    }

    /// Where the values of a column to sort by are in those rows (`Selection.getOrderingIndex`). Rows of
    /// `JSON *` are sorted by their text, as Cassandra does.
    pub(crate) fn ordering_place(&self, column: &TableColumn) -> Option<usize> {
        let mut hidden = self.hidden.iter();
        let hidden = hidden.position(|reader| **reader.column() == *column);
        if self.json.is_some() {
            return Some(hidden.map_or(0, |place| place.saturating_add(1)));
        }
        let needed = self.columns.iter().position(|needed| **needed == *column);
        let shown =
            self.shown.iter().position(|factory| factory.column.is_some() && factory.column == needed);
        shown.or_else(|| hidden.map(|place| place.saturating_add(self.shown.len())))
    }

    /// The columns of the table that are needed (`Selection.getColumns`).
    pub(crate) fn columns(&self) -> &[Arc<TableColumn>] {
        &self.columns
    }

    /// Whether many rows are made into one.
    pub(crate) fn is_aggregate(&self) -> bool {
        self.is_aggregate
    }

    /// Whether it is `*`, and each row is shown by itself.
    pub(crate) fn is_wildcard(&self) -> bool {
        self.is_wildcard
    }

    /// Whether rows are counted, and nothing else is asked for: no other aggregate function has no argument.
    pub(crate) fn counts_rows(&self) -> bool {
        let counts = |factory: &Factory| matches!(&factory.expression, Expression::Aggregate { arguments, .. } if arguments.is_empty());
        self.json.is_none() && self.hidden.is_empty() && self.shown.iter().all(counts)
    }

    /// What makes the rows of one execution (`Selection.newSelectors`). Terms get their values here.
    ///
    /// # Errors
    /// If a bound value is not sound or missing, or a function of constants fails.
    pub(crate) fn selectors<'s>(&'s self, bindings: &Bindings<'s>) -> QueryResult<Selectors<'s>> {
        Selectors::new(self, bindings)
    }
}

/// Whether a column is shown as it is (`Selection.filterOrderingColumns`).
fn is_shown(column: &TableColumn, shown: &[Factory], needed: &[Arc<TableColumn>]) -> bool {
    let place = needed.iter().position(|needed| **needed == *column);
    place.is_some() && shown.iter().any(|factory| factory.column == place)
}

/// The columns, if no more than columns is shown.
fn plain_columns(shown: &[Factory], columns: &[Arc<TableColumn>]) -> Option<PlainColumns> {
    let reader = |factory: &Factory| {
        let column = factory.column.and_then(|place| columns.get(place));
        column.map(ColumnReader::new)
    };
    shown.iter().map(reader).collect::<Option<Vec<_>>>().map(PlainColumns::new)
}

/// Whether a clause selects static columns, and of others no more than those of the partition key
/// (`SelectStatement.selectOnlyStaticColumns`).
///
/// # Errors
/// If names are not known: of a table with static columns, they are looked up here for the first time.
pub(crate) fn selects_only_statics(
    clause: &[RawSelector],
    scope: &Scope<'_>,
    columns: &Arc<TableColumns>,
) -> QueryResult<bool> {
    if !columns.has_statics() || clause.is_empty() {
        return Ok(false);
    }
    let selects = |is_wanted: &dyn Fn(&TableColumn) -> bool| -> QueryResult<bool> {
        for selector in clause {
            if Selectable::prepare(&selector.selectable, scope, columns)?.selects(is_wanted)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    Ok(selects(&|column| column.kind == ColumnKind::Static)?
        && !selects(&|column| !matches!(column.kind, ColumnKind::PartitionKey | ColumnKind::Static))?)
}
