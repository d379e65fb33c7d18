//! `SELECT`.

use super::{Generator, Spoil, spoil};
use crate::{
    schema::{Column, IndexTarget, Kind, Table},
    types::Type,
};

/// The clauses behind the table.
#[derive(Default)]
struct Found {
    relations: Vec<String>,
    /// The partition key is given.
    in_partition: bool,
    needs_filtering: bool,
    /// `ORDER BY .. ANN OF`, and a limit.
    nearest: Option<String>,
}

impl Generator {
    pub(super) fn select(&mut self) -> String {
        self.choose_spoil(spoil::OF_SELECTS);
        let Some(table) = self.some_table(|_| true) else { return self.create_table() };
        self.rule("SELECT");
        let aggregates = self.chance(16);
        let groups = if aggregates || self.chance(5) { self.groups(&table) } else { Vec::new() };
        let is_distinct = !aggregates && groups.is_empty() && self.chance(6);
        let is_json = self.chance(12);
        self.is_json = is_json;
        let mut text = "SELECT ".to_owned();
        if is_json {
            self.rule("SELECT JSON");
            text += "JSON ";
        }
        if is_distinct {
            self.rule("SELECT DISTINCT");
            text += "DISTINCT ";
        }
        text += &match (is_distinct, aggregates) {
            (true, _) => self.distinct_selectors(&table),
            (_, true) => self.aggregates(&table, &groups),
            _ => self.selectors(&table, is_json),
        };
        text += &format!(" FROM {}", self.table_name(&table));
        let found = self.found(&table, is_distinct);
        if !found.relations.is_empty() {
            text += &format!(" WHERE {}", found.relations.join(" AND "));
        }
        if !groups.is_empty() {
            self.rule("GROUP BY");
            text += &format!(" GROUP BY {}", groups.join(", "));
        }
        text += &self.rest(&table, &found);
        text
    }

    fn rest(&mut self, table: &Table, found: &Found) -> String {
        let mut text = String::new();
        match &found.nearest {
            Some(order) => text += order,
            None => text += &self.order(table, found.in_partition),
        }
        if self.chance(12) {
            self.rule("PER PARTITION LIMIT");
            text += &format!(" PER PARTITION LIMIT {}", self.limit("partition_limit"));
        }
        if self.chance(20) || found.nearest.is_some() && !self.chance(5) {
            self.rule("LIMIT");
            text += &format!(" LIMIT {}", self.limit("limit"));
        }
        if found.needs_filtering && !self.spoils(Spoil::Filtering) || self.chance(2) {
            self.rule("ALLOW FILTERING");
            text += " ALLOW FILTERING";
        }
        text
    }

    fn limit(&mut self, name: &str) -> String {
        let limit = if self.spoils(Spoil::Count) { self.pick(&[0, -1]) } else { 1 + self.below(6) as i32 };
        self.number(name, limit.to_string(), limit.to_be_bytes().to_vec())
    }

    fn found(&mut self, table: &Table, is_distinct: bool) -> Found {
        if is_distinct {
            let relations = match self.below(3) {
                0 => self.partition_relations(table),
                1 => self.token_relations(table),
                _ => Vec::new(),
            };
            return Found { relations, ..Found::default() };
        }
        match self.below(100) {
            0..=13 => {
                self.rule("SELECT all");
                Found::default()
            }
            14..=57 => {
                let mut relations = self.partition_relations(table);
                relations.extend(self.clustering_relations(table));
                let needs_filtering = self.chance(8) && !table.values().is_empty();
                if needs_filtering {
                    let column = self.pick(&table.values());
                    relations.push(self.filter_relation(&column));
                }
                Found { relations, in_partition: true, needs_filtering, nearest: None }
            }
            58..=64 => {
                let mut relations = self.token_relations(table);
                let needs_filtering = self.chance(15);
                if needs_filtering {
                    relations.extend(self.clustering_relations(table));
                }
                Found { relations, needs_filtering, ..Found::default() }
            }
            65..=79 => self.filtered(table),
            80..=93 => self.by_index(table),
            _ => self.nearest(table),
        }
    }

    fn filtered(&mut self, table: &Table) -> Found {
        let columns: Vec<Column> = (0..=self.below(2)).map(|_| self.pick_of_cells(&table.columns)).collect();
        let relations = columns.iter().map(|column| self.filter_relation(column)).collect();
        Found { relations, needs_filtering: true, ..Found::default() }
    }

    /// A restriction that an index answers.
    fn by_index(&mut self, table: &Table) -> Found {
        if table.indexes.is_empty() {
            return self.filtered(table);
        }
        let index = self.pick(&table.indexes);
        let Some(column) = table.columns.iter().find(|column| column.name == index.column).cloned() else {
            return self.filtered(table);
        };
        self.rule(if index.is_sai { "WHERE by sai" } else { "WHERE by index" });
        let name = column.name.clone();
        let relation = match (index.target, column.of.thawed().clone()) {
            (IndexTarget::Keys, Type::Map(key, _)) => {
                format!("{name} CONTAINS KEY {}", self.some_term(&name, &key))
            }
            (IndexTarget::Entries, Type::Map(key, value)) => {
                let key = self.some_term("key", &key);
                format!("{name}[{key}] = {}", self.some_term("value", &value))
            }
            (IndexTarget::Values, Type::Map(_, element) | Type::Set(element) | Type::List(element))
                if column.of.is_multi_cell() =>
            {
                format!("{name} CONTAINS {}", self.some_term(&name, &element))
            }
            _ if index.is_sai && self.chance(30) => self.filter_relation(&column),
            _ => format!("{name} = {}", self.key_term(&name, &column.of)),
        };
        let mut found = Found { relations: vec![relation], ..Found::default() };
        match self.below(6) {
            0 => {
                found.relations.extend(self.partition_relations(table));
                found.in_partition = true;
            }
            1 => {
                found.relations.push({
                    let column = self.pick(&table.columns);
                    self.filter_relation(&column)
                });
                found.needs_filtering = true;
            }
            _ => {}
        }
        found
    }

    fn nearest(&mut self, table: &Table) -> Found {
        let vectors: Vec<Column> =
            table.values().into_iter().filter(|column| matches!(column.of, Type::Vector(..))).collect();
        if vectors.is_empty() {
            return self.by_index(table);
        }
        self.rule("ANN OF");
        let column = self.pick(&vectors);
        let relations = if self.chance(30) { self.by_index(table).relations } else { Vec::new() };
        let name = self.column_name(&column);
        let order = format!(" ORDER BY {name} ANN OF {}", self.some_term(&column.name, &column.of));
        Found { relations, nearest: Some(order), ..Found::default() }
    }

    /// `ORDER BY`, or nothing.
    fn order(&mut self, table: &Table, in_partition: bool) -> String {
        let columns = table.clustering();
        let is_wanted = in_partition && self.chance(35) || self.chance(1);
        if columns.is_empty() || !is_wanted {
            return String::new();
        }
        self.rule("ORDER BY");
        let is_reversed = self.chance(60);
        if is_reversed {
            self.rule("ORDER BY reversed");
        }
        let count = 1 + self.below(columns.len());
        let mut orders = Vec::new();
        for column in &columns[..count] {
            let is_descending = matches!(column.kind, Kind::Clustering { is_descending: true });
            let name = self.column_name(column);
            let order = if is_descending == is_reversed { self.pick(&[" ASC", ""]) } else { " DESC" };
            orders.push(format!("{name}{order}"));
        }
        if self.spoils(Spoil::Order) {
            orders.reverse();
            orders.push(self.pick(&table.columns).name);
        }
        format!(" ORDER BY {}", orders.join(", "))
    }

    fn groups(&mut self, table: &Table) -> Vec<String> {
        if self.chance(35) {
            return Vec::new();
        }
        let mut keys = table.partition();
        keys.extend(table.clustering());
        let count = match self.spoils(Spoil::Order) {
            true => {
                keys.reverse();
                1
            }
            false if self.chance(45) => table.partition().len(),
            false if self.chance(50) => keys.len(),
            false => 1 + self.below(keys.len()),
        };
        let mut groups: Vec<String> = keys[..count].iter().map(|column| self.column_name(column)).collect();
        if let Some(last) = keys[..count].last().filter(|column| column.has_floor()) {
            self.rule("GROUP BY floor()");
            groups.pop();
            let duration = if last.of.is("time") { "2h" } else { "1d" };
            groups.push(format!("floor({}, {duration})", last.name));
        }
        groups
    }

    fn distinct_selectors(&mut self, table: &Table) -> String {
        let mut columns = table.partition();
        for column in table.statics() {
            if self.chance(50) {
                columns.push(column);
            }
        }
        if self.spoils(Spoil::Key) {
            columns = table.columns.clone();
        }
        let names: Vec<String> = columns.iter().map(|column| self.column_name(column)).collect();
        names.join(", ")
    }
}
