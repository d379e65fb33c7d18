//! `UPDATE` and `DELETE`.

use super::{Generator, Spoil};
use crate::schema::{Column, Table};

impl Generator {
    pub(super) fn update(&mut self) -> String {
        match self.some_table(|table| !table.values().is_empty()) {
            Some(table) => self.update_of(&table),
            None => self.create_table(),
        }
    }

    pub(super) fn update_of(&mut self, table: &Table) -> String {
        self.rule("UPDATE");
        let name = self.table_name(table);
        let statics = table.statics();
        let has_row = statics.is_empty() || !self.chance(20);
        let columns = if has_row { table.values() } else { statics };
        if columns.is_empty() {
            return format!("UPDATE {name} SET nope0 = 1 WHERE nope0 = 1");
        }
        // Whether there is a condition follows from the table, but it is written last.
        let using = self.using(table, true, false);
        let count = [1, 1, 2, 3][self.below(4)];
        let mut chosen: Vec<Column> = Vec::new();
        for _ in 0..count {
            let column = if self.spoils(Spoil::Key) {
                self.pick(&table.columns)
            } else {
                self.pick_of_cells(&columns)
            };
            if !chosen.iter().any(|other| other.name == column.name) || self.chance(3) {
                chosen.push(column);
            }
        }
        let assignments: Vec<String> = chosen.iter().map(|column| self.assignment(column)).collect();
        let place = if has_row { self.row_relations(table) } else { self.partition_relations(table) };
        let condition = if using.contains("TIMESTAMP") && !self.chance(2) {
            String::new()
        } else {
            self.condition(table, has_row)
        };
        format!(
            "UPDATE {name}{using} SET {} WHERE {}{condition}",
            assignments.join(", "),
            place.join(" AND ")
        )
    }

    pub(super) fn delete(&mut self) -> String {
        match self.some_table(|_| true) {
            Some(table) => self.delete_from(&table),
            None => self.create_table(),
        }
    }

    pub(super) fn delete_from(&mut self, table: &Table) -> String {
        self.rule("DELETE");
        let style = self.below(10);
        let values = table.values();
        let mut named = String::new();
        if style < 4 && !values.is_empty() {
            let columns: Vec<Column> = (0..=self.below(2)).map(|_| self.pick_of_cells(&values)).collect();
            let deletions: Vec<String> = columns.iter().map(|column| self.deletion(column)).collect();
            named = format!("{} ", deletions.join(", "));
        }
        let name = self.table_name(table);
        let using = self.using(table, false, false);
        let using = if self.spoils(Spoil::Option) { " USING TTL 100".to_owned() } else { using };
        let (place, may_be_conditional) = match style {
            0..=3 => (self.row_relations(table), true),
            4 => {
                self.rule("DELETE partition");
                (self.partition_relations(table), false)
            }
            5 | 6 => {
                self.rule("DELETE row");
                (self.row_relations(table), true)
            }
            _ => {
                self.rule("DELETE range");
                let mut place = self.partition_relations(table);
                place.extend(self.range_relations(table));
                (place, false)
            }
        };
        let condition = if using.is_empty() && (may_be_conditional || self.chance(5)) {
            self.condition(table, true)
        } else {
            String::new()
        };
        format!("DELETE {named}FROM {name}{using} WHERE {}{condition}", place.join(" AND "))
    }
}
