//! `BATCH`.

use super::{Generator, Spoil};
use crate::schema::Table;

impl Generator {
    pub(super) fn batch(&mut self) -> String {
        let has_counters = self.chance(20) && self.schema.tables.iter().any(|table| table.has_counters);
        let fits = |table: &Table| table.has_counters == has_counters;
        let Some(table) = self.some_table(fits) else { return self.create_table() };
        let kind = if self.spoils(Spoil::Option) {
            self.pick(&["", "UNLOGGED ", "COUNTER "])
        } else if has_counters {
            self.rule("COUNTER BATCH");
            "COUNTER "
        } else if self.chance(40) {
            self.rule("UNLOGGED BATCH");
            "UNLOGGED "
        } else {
            self.rule("BATCH");
            ""
        };
        let others: Vec<Table> = self.schema.tables.iter().filter(|one| fits(one)).cloned().collect();
        // Several tables cannot have conditions, and what was written to another than is told of cannot be compared.
        let mixed = self.chance(4);
        let using = if self.chance(12) && !has_counters { self.batch_time(&table) } else { String::new() };
        let mut statements = Vec::new();
        for _ in 0..=self.below(4) {
            let table = if mixed { self.pick(&others) } else { table.clone() };
            let is_timed = !using.is_empty() && !self.chance(10);
            let of = if is_timed { Table { has_conditions: true, ..table } } else { table };
            statements.push(match self.below(4) {
                0 => self.update_of(&of),
                1 => self.delete_from(&of),
                _ if has_counters => self.update_of(&of),
                _ => self.insert_into(&of),
            });
        }
        let separator = self.pick(&["; ", " ", ";\n"]);
        format!("BEGIN {kind}BATCH{using} {}; APPLY BATCH", statements.join(separator))
    }

    fn batch_time(&mut self, table: &Table) -> String {
        self.rule("BATCH USING TIMESTAMP");
        let time = self.write_time(table);
        let term = self.number("timestamp", time.to_string(), time.to_be_bytes().to_vec());
        format!(" USING TIMESTAMP {term}")
    }
}
