//! `INSERT`.

use cqlite_tests::cassandra::Bound;

use super::{FLUSHES, Generator, Marking, Spoil, names::json_key};
use crate::schema::{Column, Table};

pub(super) const FIRST_WRITE_TIME_MICROS: i64 = 1_700_000_000_000_000;

/// Longer than any run.
const FIRST_TTL_SECONDS: i32 = 200_000;

impl Generator {
    /// A write time: few, so that writes tie, and later ones rather later.
    pub(super) fn write_time(&mut self, table: &Table) -> i64 {
        let phase = FLUSHES.iter().filter(|flush| self.step >= **flush).count();
        let offset = if table.has_default_ttl {
            self.own_times += 1;
            1_000 + self.own_times
        } else {
            phase * 15 + self.below(40)
        };
        FIRST_WRITE_TIME_MICROS + offset as i64
    }

    /// `USING`, or nothing.
    pub(super) fn using(&mut self, table: &Table, may_have_ttl: bool, is_conditional: bool) -> String {
        let mut parts = Vec::new();
        let has_time = match (table.has_counters, is_conditional, table.has_conditions) {
            (true, ..) => self.chance(2),
            (_, true, _) => self.chance(2),
            (_, _, true) => self.chance(10),
            _ => !self.chance(2),
        };
        if has_time {
            self.rule("USING TIMESTAMP");
            let time = self.write_time(table);
            let term = self.number("[timestamp]", time.to_string(), time.to_be_bytes().to_vec());
            parts.push(format!("TIMESTAMP {term}"));
        }
        if may_have_ttl && (!table.has_counters && self.chance(25) || self.chance(1)) {
            self.rule("USING TTL");
            let seconds = match self.spoils(Spoil::Value) {
                true => self.pick(&[-1, 630_720_001, i32::MAX]),
                false => FIRST_TTL_SECONDS + self.step as i32 * 10,
            };
            let term = self.number("[ttl]", seconds.to_string(), seconds.to_be_bytes().to_vec());
            parts.push(format!("TTL {term}"));
            if self.chance(50) {
                parts.rotate_left(1);
                // What is bound must stand in the order of the text.
                let bound = self.values.len();
                let both = parts.len() == 2 && parts.iter().all(|part| part.contains(['?', ':']));
                if both {
                    self.values.swap(bound - 2, bound - 1);
                }
            }
        }
        if parts.is_empty() { String::new() } else { format!(" USING {}", parts.join(" AND ")) }
    }

    /// A number or a marker for it.
    pub(super) fn number(&mut self, name: &str, literal: String, bytes: Vec<u8>) -> String {
        if self.marking == Marking::None || !self.chance(60) {
            return literal;
        }
        let bound = match self.below(12) {
            0 => Bound::Null,
            1 => Bound::Unset,
            _ => Bound::Bytes(bytes),
        };
        let name = name.trim_matches(['[', ']']).to_owned();
        self.marker(&format!("n_{name}"), bound)
    }

    pub(super) fn insert(&mut self) -> String {
        let Some(table) = self.some_table(|_| true) else { return self.create_table() };
        if table.has_counters && !self.chance(5) {
            return self.update();
        }
        self.insert_into(&table)
    }

    pub(super) fn insert_into(&mut self, table: &Table) -> String {
        self.rule("INSERT");
        let name = self.table_name(table);
        let columns = self.columns_to_insert(table);
        let mut names: Vec<String> = Vec::new();
        let mut terms = Vec::new();
        for column in &columns {
            names.push(self.column_name(column));
            terms.push(match column.is_key() {
                true => self.key_term(&column.name, &column.of),
                false => self.term(&column.name, &column.of),
            });
        }
        if self.spoils(Spoil::Count) {
            if self.chance(50) { names.push("nope0".to_owned()) } else { terms.push("1".to_owned()) }
        }
        if self.spoils(Spoil::Twice) {
            names.push(names[0].clone());
            terms.push(terms[0].clone());
        }
        let absent = self.if_absent(table);
        let using = self.using(table, true, !absent.is_empty());
        format!("INSERT INTO {name} ({}) VALUES ({}){absent}{using}", names.join(", "), terms.join(", "))
    }

    fn if_absent(&mut self, table: &Table) -> &'static str {
        let is_wanted = table.has_conditions && self.chance(30) || self.chance(1);
        if !is_wanted {
            return "";
        }
        self.rule("IF NOT EXISTS");
        " IF NOT EXISTS"
    }

    /// The key and some of the others, in any order; now and then static columns alone.
    fn columns_to_insert(&mut self, table: &Table) -> Vec<Column> {
        let mut columns = table.partition();
        let statics = table.statics();
        if !statics.is_empty() && self.chance(15) {
            self.rule("INSERT of static columns alone");
            columns.extend(statics);
        } else {
            columns.extend(table.clustering());
            for column in table.values() {
                if !self.chance(30) {
                    columns.push(column);
                }
            }
        }
        if self.spoils(Spoil::Key) {
            let keys = columns.iter().filter(|column| column.is_key()).count();
            let at = self.below(keys);
            columns.remove(at);
        }
        if self.chance(30) {
            let count = columns.len();
            columns.rotate_left(self.random.below(count.max(1)));
        }
        columns
    }

    pub(super) fn insert_json(&mut self) -> String {
        let Some(table) = self.some_table(|table| !table.has_counters) else { return self.create_table() };
        self.rule("INSERT JSON");
        let name = self.table_name(&table);
        let mut members = Vec::new();
        for column in self.columns_to_insert(&table) {
            let of_key = column.is_key();
            let key =
                if self.spoils(Spoil::Column) { "\"nope0\"".to_owned() } else { json_key(&column.name) };
            let value = match (of_key, self.below(12)) {
                (false, 0) => "null".to_owned(),
                _ if self.spoils(Spoil::Value) => self
                    .pick(&[
                        "\"nope0\"",
                        "{\"a\": 1}",
                        "[1, \"x\"]",
                        "1.5",
                        "true",
                        "\"\"",
                        "12345678901234567890",
                    ])
                    .to_owned(),
                (true, _) => self.key_value(&column.of).json,
                _ => self.value(&column.of).json,
            };
            members.push(format!("{key}: {value}"));
        }
        let text = if self.spoils(Spoil::Count) {
            "{\"a\": ".to_owned()
        } else {
            format!("{{{}}}", members.join(", "))
        };
        let json = match self.marking {
            Marking::None => format!("'{}'", text.replace('\'', "''")),
            _ => self.marker("json", Bound::Bytes(text.into_bytes())),
        };
        let default = match self.below(3) {
            0 => "",
            1 => {
                self.rule("INSERT JSON DEFAULT NULL");
                " DEFAULT NULL"
            }
            _ => {
                self.rule("INSERT JSON DEFAULT UNSET");
                " DEFAULT UNSET"
            }
        };
        let absent = self.if_absent(&table);
        let using = self.using(&table, true, !absent.is_empty());
        format!("INSERT INTO {name} JSON {json}{default}{absent}{using}")
    }
}
