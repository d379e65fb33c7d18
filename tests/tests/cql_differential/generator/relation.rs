//! `WHERE`.

use cqlite_tests::cassandra::Bound;

use super::{Generator, Marking, Spoil, names::bare};
use crate::{
    schema::{Column, Table},
    types::Type,
    values::{Value, counted},
};

impl Generator {
    /// The whole partition key.
    pub(super) fn partition_relations(&mut self, table: &Table) -> Vec<String> {
        let mut columns = table.partition();
        if self.spoils(Spoil::Key) {
            let at = self.below(columns.len());
            columns.remove(at);
            if columns.is_empty() {
                columns.extend(table.values().into_iter().take(1));
            }
        }
        if self.chance(10) {
            columns.reverse();
        }
        let mut relations = Vec::new();
        for column in &columns {
            relations.push(self.equal_or_in(column, 8));
        }
        if self.spoils(Spoil::Twice) {
            relations.push(self.equal_or_in(&columns[0], 50));
        }
        relations
    }

    /// The whole primary key.
    pub(super) fn row_relations(&mut self, table: &Table) -> Vec<String> {
        let mut relations = self.partition_relations(table);
        let mut columns = table.clustering();
        if self.spoils(Spoil::Key) {
            let at = self.below(columns.len());
            columns.drain(at..);
        }
        if columns.len() > 1 && self.chance(15) {
            relations.push(self.tuple_equal(&columns));
        } else {
            for column in &columns {
                relations.push(self.equal_or_in(column, 6));
            }
        }
        relations
    }

    fn equal_or_in(&mut self, column: &Column, in_percent: usize) -> String {
        let name = self.column_name(column);
        if self.chance(in_percent) {
            return self.one_of(&name, column);
        }
        self.rule("=");
        let operator = if self.spoils(Spoil::Relation) {
            self.pick(&["!=", ">", "<=", "CONTAINS", "LIKE", "IS NOT"])
        } else {
            "="
        };
        format!("{name} {operator} {}", self.key_term(&column.name, &column.of))
    }

    fn one_of(&mut self, name: &str, column: &Column) -> String {
        self.rule("IN");
        if self.marking != Marking::None && self.chance(40) {
            self.rule("IN marker");
            let values: Vec<Value> = (0..self.below(4)).map(|_| self.key_value(&column.of)).collect();
            let marker = self.marker(&format!("in_{}", bare(name)), Bound::Bytes(list(&values)));
            return format!("{name} IN {marker}");
        }
        let count = if self.chance(4) { 0 } else { 1 + self.below(3) };
        let terms: Vec<String> = (0..count).map(|_| self.key_term(&column.name, &column.of)).collect();
        format!("{name} IN ({})", terms.join(", "))
    }

    /// Restrictions of clustering columns: a prefix, and perhaps a slice.
    pub(super) fn range_relations(&mut self, table: &Table) -> Vec<String> {
        let mut columns = table.clustering();
        if columns.is_empty() {
            return Vec::new();
        }
        if self.spoils(Spoil::Order) {
            columns.reverse();
        }
        if self.chance(25) {
            return self.tuple_range(&columns);
        }
        let prefix = self.below(columns.len());
        let mut relations: Vec<String> =
            columns[..prefix].iter().map(|column| self.equal_or_in(column, 15)).collect();
        relations.extend(self.slice(&columns[prefix]));
        relations
    }

    /// One bound or two.
    fn slice(&mut self, column: &Column) -> Vec<String> {
        self.rule("slice");
        let name = self.column_name(column);
        let bounds: &[&[&str]] =
            &[&[">"], &[">="], &["<"], &["<="], &[">", "<"], &[">=", "<"], &[">", "<="], &[">=", "<="]];
        let mut operators = self.pick(bounds).to_vec();
        if self.spoils(Spoil::Twice) {
            operators.push(operators[0]);
        }
        let mut relations = Vec::new();
        for operator in operators {
            relations.push(format!("{name} {operator} {}", self.key_term(&column.name, &column.of)));
        }
        relations
    }

    fn tuple_names(&mut self, columns: &[Column]) -> String {
        let names: Vec<String> = columns.iter().map(|column| self.column_name(column)).collect();
        format!("({})", names.join(", "))
    }

    fn tuple_of(&mut self, columns: &[Column]) -> String {
        if self.marking != Marking::None && self.chance(25) {
            self.rule("tuple marker");
            let values: Vec<Value> = columns.iter().map(|column| self.key_value(&column.of)).collect();
            let bytes = values.iter().flat_map(|value| counted(Some(&value.bytes))).collect();
            return self.marker("tuple_of", Bound::Bytes(bytes));
        }
        let mut terms: Vec<String> =
            columns.iter().map(|column| self.key_term(&column.name, &column.of)).collect();
        if self.spoils(Spoil::Count) {
            terms.push("1".to_owned());
        }
        format!("({})", terms.join(", "))
    }

    fn tuple_equal(&mut self, columns: &[Column]) -> String {
        self.rule("tuple =");
        format!("{} = {}", self.tuple_names(columns), self.tuple_of(columns))
    }

    fn tuple_range(&mut self, columns: &[Column]) -> Vec<String> {
        self.rule("tuple slice");
        let whole = columns.len();
        let mut relations = Vec::new();
        let operators: &[&[&str]] = &[&[">"], &["<="], &[">=", "<"], &[">", "<="], &["<"]];
        for operator in self.pick(operators) {
            let count = if self.chance(30) { 1 + self.below(whole) } else { whole };
            let columns = &columns[..count];
            relations.push(format!("{} {operator} {}", self.tuple_names(columns), self.tuple_of(columns)));
        }
        relations
    }

    fn tuple_in(&mut self, columns: &[Column]) -> String {
        self.rule("tuple IN");
        let names = self.tuple_names(columns);
        let tuples: Vec<String> = (0..=self.below(3)).map(|_| self.tuple_of(columns)).collect();
        format!("{names} IN ({})", tuples.join(", "))
    }

    /// Restrictions of clustering columns in any manner, or none.
    pub(super) fn clustering_relations(&mut self, table: &Table) -> Vec<String> {
        let columns = table.clustering();
        if columns.is_empty() || self.chance(25) {
            return Vec::new();
        }
        match self.below(10) {
            0..=2 => {
                let count = 1 + self.below(columns.len());
                columns[..count].iter().map(|column| self.equal_or_in(column, 20)).collect()
            }
            3..=6 => self.range_relations(table),
            7 => self.tuple_range(&columns),
            8 => vec![self.tuple_in(&columns)],
            _ => vec![self.tuple_equal(&columns)],
        }
    }

    pub(super) fn token_relations(&mut self, table: &Table) -> Vec<String> {
        self.rule("token()");
        let columns = table.partition();
        let mut names: Vec<String> = columns.iter().map(|column| self.column_name(column)).collect();
        if self.spoils(Spoil::Order) {
            names.push(names[0].clone());
        }
        let names = names.join(", ");
        let operators: &[&[&str]] = &[&[">"], &["<="], &[">", "<="], &[">=", "<"], &["="], &["<"]];
        let mut relations = Vec::new();
        for operator in self.pick(operators) {
            let bound = if self.chance(60) {
                let terms: Vec<String> =
                    columns.iter().map(|column| self.key_term(&column.name, &column.of)).collect();
                format!("token({})", terms.join(", "))
            } else {
                let token = self.pick(&[
                    0,
                    i64::MIN,
                    i64::MAX,
                    -3_000_000_000_000_000_000,
                    4_000_000_000_000_000_000,
                ]);
                self.number("partition key token", token.to_string(), token.to_be_bytes().to_vec())
            };
            relations.push(format!("token({names}) {operator} {bound}"));
        }
        relations
    }

    /// A restriction of a column that is not found by the key.
    pub(super) fn filter_relation(&mut self, column: &Column) -> String {
        let name = self.column_name(column);
        if self.spoils(Spoil::Relation) {
            let operator = self.pick(&["!=", "LIKE", "IS NOT", "CONTAINS", "CONTAINS KEY", "NOT IN"]);
            return format!("{name} {operator} {}", self.key_term(&column.name, &column.of));
        }
        match column.of.thawed().clone() {
            Type::Map(key, value) if self.chance(70) => match self.below(3) {
                0 => {
                    self.rule("CONTAINS KEY");
                    format!("{name} CONTAINS KEY {}", self.some_term(&name, &key))
                }
                1 => {
                    self.rule("WHERE element");
                    let key = self.some_term("key", &key);
                    format!("{name}[{key}] = {}", self.some_term("value", &value))
                }
                _ => {
                    self.rule("CONTAINS");
                    format!("{name} CONTAINS {}", self.some_term(&name, &value))
                }
            },
            Type::Set(element) | Type::List(element) if self.chance(70) => {
                self.rule("CONTAINS");
                format!("{name} CONTAINS {}", self.some_term(&name, &element))
            }
            _ => match self.below(5) {
                0..=2 => self.equal_or_in(column, 8),
                _ => self.slice(column).join(" AND "),
            },
        }
    }
}

/// The bytes of a list.
fn list(values: &[Value]) -> Vec<u8> {
    let mut bytes = (values.len() as i32).to_be_bytes().to_vec();
    values.iter().for_each(|value| bytes.extend(counted(Some(&value.bytes))));
    bytes
}
