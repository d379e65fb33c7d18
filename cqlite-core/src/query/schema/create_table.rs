//! `CREATE TABLE`

use std::collections::{BTreeMap, BTreeSet};

use cqlite_cql::{
    ColumnDefinition, CreateTable, Identifier, Literal, Order, Property, PropertyValue, TableOption, Uuid,
};
use cqlite_sstable::Partitioner;
use cqlite_sstable::schema::{ClusteringColumn, Column, TableKind, TableSchema};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::writer::TimeUuid;

use super::super::{ErrorClass, QueryError, QueryResult};
use super::masks::MaskedColumn;
use super::raw_type::{is_counter, prepare_type};
use super::{Applied, ChangeKind, SchemaChange, altered, compact_table, nothing};
use crate::catalog::{
    Keyspace, Schema, Table, TableMask, TableParameters, check_counters, check_key_column, check_table_name,
    hash_order, identifier_hash,
};
use crate::storage::TableId;

/// A table that is to be made (`CreateTableStatement`).
#[derive(Debug, Clone)]
pub(super) struct NewTable {
    create: CreateTable,
    /// The options that are properties, `id` among them.
    options: Vec<Property>,
    orders: Vec<(Identifier, Order)>,
}

type Types = BTreeMap<String, CqlType>;
type Masks = Vec<(String, TableMask)>;

impl NewTable {
    /// Checks what can be told without the schema.
    pub(super) fn prepare(create: &CreateTable) -> QueryResult<Self> {
        let mut orders: Vec<(Identifier, Order)> = Vec::new();
        let mut options = Vec::new();
        for option in &create.options {
            match option {
                TableOption::Property(property) => options.push(property.clone()),
                TableOption::Id(id) => options.push(Property::literal("id", Literal::Uuid(*id))),
                TableOption::CompactStorage => {}
                TableOption::ClusteringOrder(columns) => {
                    for column in columns {
                        if orders.iter().any(|(known, _)| *known == column.column) {
                            return Err(duplicate_order(&column.column, create));
                        }
                        orders.push((column.column.clone(), column.order));
                    }
                }
            }
        }
        Ok(Self { create: create.clone(), options, orders })
    }

    pub(super) fn options(&self) -> &[Property] {
        &self.options
    }

    fn name(&self) -> &str {
        self.create.name.name.as_str()
    }

    pub(super) fn apply(&self, schema: &Schema, keyspace: &Keyspace) -> Applied {
        let change = SchemaChange::of_table(ChangeKind::Created, keyspace.name(), self.name());
        if keyspace.table(self.name()).is_some() {
            if self.create.if_not_exists {
                return nothing(change);
            }
            let (table, keyspace) = (self.name(), keyspace.name());
            return Err(QueryError::new(
                ErrorClass::AlreadyExists,
                format!("Cannot add already existing table \"{table}\" to keyspace \"{keyspace}\""),
            ));
        }
        let partitioner = schema.system().partitioner();
        let table = self.table(schema, keyspace, partitioner)?;
        check_table_name(keyspace.name(), self.name())?;
        check_counters(table.schema(), self.has_counters())?;
        if let Some(other) = schema.table_by_id(table.id()) {
            let (id, other) = (table.id(), other.quoted_name());
            return Err(QueryError::invalid(format!("the table {other} has the id {id} already")));
        }
        altered(keyspace, keyspace.with_table(table)?, change)
    }

    /// `CreateTableStatement.builder`
    fn table(
        &self,
        catalogue: &Schema,
        keyspace: &Keyspace,
        partitioner: &Partitioner,
    ) -> QueryResult<Table> {
        TableParameters::check_names(&self.options)?;
        let parameters = TableParameters::default().with_options(&self.options, true)?;
        parameters.check()?;
        let (types, masks) = self.types(catalogue, keyspace)?;
        check_nested(keyspace, &types)?;
        self.check_key(&types)?;
        self.check_orders()?;
        let mut values = types.clone();
        values.retain(|name, _| !self.is_key(name));
        let statics: BTreeSet<&str> = self.static_columns().collect();
        if self.create.is_compact() {
            compact_table::check(&self.create.primary_key, &values, &statics)?;
        } else if self.create.primary_key.clustering.is_empty() && !statics.is_empty() {
            return Err(QueryError::invalid(
                "Static columns are only useful (and thus allowed) if the table has at least one clustering column",
            ));
        }
        self.check_counters(&values, &parameters)?;
        let mut schema = self.schema(keyspace.name(), &types, &values, &statics);
        schema.id = Some(self.id()?.unwrap_or_else(|| TimeUuid::next().to_uuid()));
        if schema.is_compact {
            compact_table::complete(&mut schema, self.has_counters());
        }
        schema.static_columns.sort_by(Column::comparison_order);
        schema.regular_columns.sort_by(Column::comparison_order);
        let table = Table::stored(schema, parameters, Vec::new(), partitioner)?;
        Ok(masks.iter().try_fold(table, |table, (column, mask)| table.with_mask(column, Some(mask)))?)
    }

    /// The types of the columns and their masks, looked up in the order in which Cassandra does.
    fn types(&self, schema: &Schema, keyspace: &Keyspace) -> QueryResult<(Types, Masks)> {
        let (mut types, mut masks) = (Types::new(), Masks::new());
        let columns = hash_order(&self.create.columns, |column| identifier_hash(column.name.as_str()));
        for ColumnDefinition { name, type_name, mask, .. } in columns {
            let (name, of) = (name.as_str(), prepare_type(keyspace, type_name)?);
            if let Some(mask) = mask {
                let (keyspace, table) = (keyspace.name(), self.name());
                let column = MaskedColumn { schema, keyspace, table, name, of: &of };
                masks.push((name.to_owned(), column.prepare(mask)?));
            }
            types.insert(name.to_owned(), of);
        }
        Ok((types, masks))
    }

    fn check_key(&self, types: &Types) -> QueryResult<()> {
        let key = &self.create.primary_key;
        let mut names = BTreeSet::new();
        for name in key.partition.iter().chain(&key.clustering).map(Identifier::as_str) {
            let table = self.name();
            let of = types.get(name).ok_or_else(|| {
                QueryError::invalid(format!(
                    "Unknown column '{name}' referenced in PRIMARY KEY for table '{table}'"
                ))
            })?;
            if !names.insert(name) {
                return Err(QueryError::invalid(format!(
                    "Duplicate column '{name}' in PRIMARY KEY clause for table '{table}'"
                )));
            }
            check_key_column(name, of)?;
            if self.static_columns().any(|column| column == name) {
                return Err(QueryError::invalid(format!(
                    "Static column '{name}' cannot be part of the PRIMARY KEY"
                )));
            }
        }
        Ok(())
    }

    fn check_orders(&self) -> QueryResult<()> {
        let clustering = &self.create.primary_key.clustering;
        let others = self.orders.iter().map(|(name, _)| name).filter(|name| !clustering.contains(name));
        let others: Vec<&str> = others.map(Identifier::as_str).collect();
        if !others.is_empty() {
            return Err(QueryError::invalid(format!(
                "Only clustering key columns can be defined in CLUSTERING ORDER directive: [{}] are not clustering columns",
                others.join(", ")
            )));
        }
        let mut pairs = self.orders.iter().map(|(name, _)| name).zip(clustering);
        let Some((name, column)) = pairs.find(|(name, column)| name != column) else { return Ok(()) };
        let (name, wanted) = (name.as_str(), column.as_str());
        let is_later = self.orders.iter().any(|(known, _)| known == column);
        Err(QueryError::invalid(match is_later {
            true => format!(
                "The order of columns in the CLUSTERING ORDER directive must match that of the clustering columns ({wanted} \
                 must appear before {name})"
            ),
            false => format!("Missing CLUSTERING ORDER for column {wanted}"),
        }))
    }

    fn check_counters(&self, values: &Types, parameters: &TableParameters) -> QueryResult<()> {
        if !self.has_counters() {
            return Ok(());
        }
        if values.values().any(|of| *of != CqlType::Counter) {
            return Err(QueryError::invalid("Cannot mix counter and non counter columns in the same table"));
        }
        if parameters.default_time_to_live_seconds > 0 {
            return Err(QueryError::invalid("Cannot set default_time_to_live on a table with counters"));
        }
        Ok(())
    }

    fn schema(&self, keyspace: &str, types: &Types, values: &Types, statics: &BTreeSet<&str>) -> TableSchema {
        let column = |name: &str| {
            let of = types.get(name).cloned().unwrap_or(CqlType::Blob);
            Column::new(name, of)
        };
        let key = &self.create.primary_key;
        let clustering = key.clustering.iter().map(|name| ClusteringColumn {
            name: name.as_str().to_owned(),
            column_type: column(name.as_str()).column_type,
            order: self
                .orders
                .iter()
                .find(|(known, _)| known == name)
                .map_or(Order::Ascending, |(_, order)| *order),
        });
        let of_kind = |is_static: bool| {
            let names = values.keys().filter(|name| statics.contains(name.as_str()) == is_static);
            names.map(|name| column(name)).collect()
        };
        TableSchema {
            keyspace: keyspace.to_owned(),
            name: self.name().to_owned(),
            id: None,
            kind: TableKind::Table,
            partition_key: key.partition.iter().map(|name| column(name.as_str())).collect(),
            clustering: clustering.collect(),
            static_columns: of_kind(true),
            regular_columns: of_kind(false),
            dropped_columns: Vec::new(),
            user_types: Vec::new(),
            options: Vec::new(),
            keyspace_options: Vec::new(),
            indexes: Vec::new(),
            is_compact: self.create.is_compact(),
            enforces_strict_liveness: false,
        }
    }

    fn id(&self) -> QueryResult<Option<Uuid>> {
        let id = self.options.iter().find(|option| option.name.as_str() == "id");
        id.map(|option| table_id(&option.value)).transpose()
    }

    fn has_counters(&self) -> bool {
        self.create.columns.iter().any(|column| is_counter(&column.type_name))
    }

    fn static_columns(&self) -> impl Iterator<Item = &str> {
        let statics = self.create.columns.iter().filter(|column| column.is_static);
        statics.map(|column| column.name.as_str())
    }

    fn is_key(&self, name: &str) -> bool {
        let key = &self.create.primary_key;
        key.partition.iter().chain(&key.clustering).any(|column| *column == *name)
    }
}

fn duplicate_order(column: &Identifier, create: &CreateTable) -> QueryError {
    let keyspace = create.name.keyspace.as_ref().map(|name| format!("{}.", name.as_str()));
    QueryError::invalid(format!(
        "Duplicate column '{}' in CLUSTERING ORDER BY clause for table '{}{}'",
        column.as_str(),
        keyspace.unwrap_or_default(),
        create.name.name.as_str()
    ))
}

/// Refuses a column with a cell for each field of a type that has a field with a cell for each element.
fn check_nested(keyspace: &Keyspace, types: &Types) -> QueryResult<()> {
    match types.values().any(|of| is_nested(keyspace, of)) {
        true => {
            Err(QueryError::invalid("Non-frozen UDTs with nested non-frozen collections are not supported"))
        }
        false => Ok(()),
    }
}

/// Whether it has a cell for each field, and one of these a cell for each element.
pub(super) fn is_nested(keyspace: &Keyspace, of: &CqlType) -> bool {
    let CqlType::User(user) = of else { return false };
    let declared = keyspace.types().get(&user.name).filter(|_| !user.frozen);
    declared.is_some_and(|declared| declared.fields.iter().any(|field| field.field_type.is_multi_cell()))
}

/// The value of the option `id` (`TableAttributes.getId`).
pub(super) fn table_id(value: &PropertyValue) -> QueryResult<Uuid> {
    match value {
        PropertyValue::Literal(Literal::Uuid(id)) => Ok(*id),
        PropertyValue::Literal(literal) => TableId::from_java_text(&literal.text())
            .map(|id| id.0)
            .ok_or_else(|| QueryError::configuration("Invalid table id")),
        PropertyValue::Map(_) => {
            Err(QueryError::syntax("Invalid value for property 'id'. It should be a string"))
        }
    }
}
