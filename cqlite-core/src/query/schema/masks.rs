//! `MASKED WITH ...`

use cqlite_cql::query::{CqlStatement, InsertValues, Term};
use cqlite_cql::{ColumnMask, QualifiedName, Spanned, parse_cql};
use cqlite_sstable::schema::TableSchema;
use cqlite_sstable::types::CqlType;

use crate::catalog::{Schema, TableMask};
use crate::query::functions::{Function, resolve};
use crate::query::{
    Assignable, Assignment, BindMarkers, Bindings, ColumnSpec, PreparedTerm, QueryError, QueryResult, Scope,
    is_equal, test_type,
};

/// What the names of functions that can mask begin with (`functions.masking.MaskingFunction`).
const MASKING: &str = "mask_";

/// The type of a column, whatever it is in its table.
pub(super) fn type_of(schema: &TableSchema, name: &str) -> Option<CqlType> {
    let partition = schema.partition_key.iter().map(|column| (&column.name, &column.column_type));
    let clustering = schema.clustering.iter().map(|column| (&column.name, &column.column_type));
    let values = schema.static_columns.iter().chain(&schema.regular_columns);
    let values = values.map(|column| (&column.name, &column.column_type));
    let mut columns = partition.chain(clustering).chain(values);
    columns.find(|(known, _)| *known == name).map(|(_, of)| of.clone())
}

/// A column that is to be masked.
pub(super) struct MaskedColumn<'a> {
    pub(super) schema: &'a Schema,
    pub(super) keyspace: &'a str,
    pub(super) table: &'a str,
    pub(super) name: &'a str,
    pub(super) of: &'a CqlType,
}

impl MaskedColumn<'_> {
    fn spec(&self) -> ColumnSpec {
        ColumnSpec {
            keyspace: self.keyspace.into(),
            table: self.table.into(),
            name: self.name.into(),
            cql_type: self.of.clone(),
            is_descending: false,
        }
    }

    /// The function and its arguments (`ColumnMask.Raw.prepare`).
    pub(super) fn prepare(&self, mask: &ColumnMask) -> QueryResult<TableMask> {
        let scope = Scope { schema: self.schema, keyspace: self.keyspace, table: None };
        let terms = terms_of(mask)?;
        let function = self.function(&scope, mask, &terms)?;
        let function = function.signature();
        let types: Vec<CqlType> = function.argument_types().iter().skip(1).cloned().collect();
        let mut values = Vec::new();
        for (term, of) in terms.iter().zip(&types) {
            let receiver = self.spec().with("(dummy)", of.clone());
            let term = PreparedTerm::prepare(&term.node, &receiver, &scope, &mut BindMarkers::default())?;
            let value = term.evaluate(&Bindings { values: &[], now_millis: 0 })?;
            values.push(value.bytes().map(<[u8]>::to_vec));
        }
        // Arguments that are not given are not kept.
        let types = types.into_iter().take(values.len()).collect();
        Ok(TableMask { function: function.name().to_owned(), types, values })
    }

    fn function(
        &self,
        scope: &Scope<'_>,
        mask: &ColumnMask,
        terms: &[Spanned<Term>],
    ) -> QueryResult<Function> {
        let shown = || {
            let texts: Vec<String> = terms.iter().map(Assignable::text).collect();
            format!("{}({})", shown_name(&mask.function), texts.join(", "))
        };
        let column = TypeOf(self.of);
        let mut arguments: Vec<&dyn Assignable> = vec![&column];
        arguments.extend(terms.iter().map(|term| term as &dyn Assignable));
        let function = resolve(scope, &mask.function, &arguments, Some(&self.spec()))?;
        let Some(function) = function else {
            return Err(QueryError::invalid(format!(
                "Unable to find masking function for {}, no declared function matches the signature {}",
                self.name,
                shown()
            )));
        };
        if matches!(function, Function::Aggregate(_)) {
            return Err(QueryError::invalid(format!(
                "Aggregate function {} cannot be used for masking table columns",
                shown()
            )));
        }
        if !function.signature().name().starts_with(MASKING) {
            return Err(QueryError::invalid(format!(
                "Not-masking function {} cannot be used for masking table columns",
                shown()
            )));
        }
        let returned = function.signature().return_type();
        if !is_equal(returned, self.of) {
            return Err(QueryError::invalid(format!(
                "Masking function {} return type is {}. This is different to the type of the masked column {} of \
                 type {}. Masking functions can only be attached to table columns if they return the same data type as the \
                 masked column.",
                shown(),
                returned.cql_name(),
                self.name,
                self.of.cql_name()
            )));
        }
        Ok(function)
    }
}

fn shown_name(name: &QualifiedName) -> String {
    let keyspace = name.keyspace.as_ref().map(|keyspace| format!("{}.", keyspace.as_str()));
    format!("{}{}", keyspace.unwrap_or_default(), name.name.as_str())
}

/// The arguments that are written.
fn terms_of(mask: &ColumnMask) -> QueryResult<Vec<Spanned<Term>>> {
    let statement = format!("INSERT INTO t (c) VALUES (f({}))", mask.arguments);
    let CqlStatement::Insert(insert) = parse_cql(&statement)?.node else { return Ok(Vec::new()) };
    let InsertValues::Columns { values, .. } = insert.values else { return Ok(Vec::new()) };
    Ok(match values.into_iter().next().map(|value| value.node) {
        Some(Term::Function { arguments, .. }) => arguments.into(),
        _ => Vec::new(),
    })
}

/// The column as an argument.
struct TypeOf<'a>(&'a CqlType);

impl Assignable for TypeOf<'_> {
    fn test(&self, _: &Scope<'_>, receiver: &ColumnSpec) -> QueryResult<Assignment> {
        Ok(test_type(self.0, &receiver.cql_type))
    }

    fn exact_type(&self, _: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        Ok(Some(self.0.clone()))
    }

    fn text_in(&self, _: Option<&str>) -> String {
        self.0.marshal_name().to_string()
    }
}
