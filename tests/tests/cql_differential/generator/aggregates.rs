//! Selectors that aggregate.

use super::{Generator, Spoil};
use crate::schema::{Column, Table};

impl Generator {
    /// The groups' columns, and aggregates of others.
    pub(super) fn aggregates(&mut self, table: &Table, groups: &[String]) -> String {
        let mut selectors = Vec::new();
        for group in groups {
            if self.chance(60) {
                selectors.push(group.clone());
            }
        }
        for _ in 0..=self.below(3) {
            let selector = self.aggregate(table);
            selectors.push(self.aliased(selector));
        }
        if self.chance(10) {
            self.rule("aggregate beside column");
            selectors.push(self.pick(&table.columns).name);
        }
        selectors.join(", ")
    }

    fn aggregate(&mut self, table: &Table) -> String {
        let column = self.pick(&table.columns);
        let numbers: Vec<Column> =
            table.columns.iter().filter(|one| one.of.is_number() || one.of.is("counter")).cloned().collect();
        match self.below(10) {
            0 | 1 => {
                self.rule("count(*)");
                self.pick(&["count(*)", "COUNT(1)", "count(*)"]).to_owned()
            }
            2 => {
                self.rule("count(column)");
                format!("count({})", self.column_name(&column))
            }
            3 => {
                self.rule("min");
                format!("min({})", self.column_name(&column))
            }
            4 => {
                self.rule("max");
                format!("max({})", self.column_name(&column))
            }
            5 => {
                self.rule("aggregate of expression");
                let function = self.pick(&["min", "max", "count"]);
                format!("{function}({})", self.expression(table, 1))
            }
            other => {
                let (function, rule) = if other % 2 == 0 { ("sum", "sum") } else { ("avg", "avg") };
                self.rule(rule);
                let column = if numbers.is_empty() || self.spoils(Spoil::Argument) {
                    column
                } else {
                    self.pick(&numbers)
                };
                format!("{function}({})", self.column_name(&column))
            }
        }
    }
}
