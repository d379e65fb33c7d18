//! `IF`.

use super::{Generator, Spoil, names::bare};
use crate::{
    schema::{Column, Table},
    types::Type,
};

impl Generator {
    /// A condition, or nothing; of the row, or of the partition's static columns alone.
    pub(super) fn condition(&mut self, table: &Table, has_row: bool) -> String {
        let wanted = table.has_conditions && self.chance(60) || self.chance(1);
        if !wanted {
            return String::new();
        }
        let columns = if has_row { table.values() } else { table.statics() };
        if columns.is_empty() || self.chance(20) {
            self.rule("IF EXISTS");
            return " IF EXISTS".to_owned();
        }
        let count = [1, 2, 3][self.below(3)];
        let conditions: Vec<String> = (0..count)
            .map(|_| {
                let column = if self.spoils(Spoil::Key) {
                    self.pick(&table.columns)
                } else {
                    self.pick_of_cells(&columns)
                };
                self.column_condition(&column)
            })
            .collect();
        format!(" IF {}", conditions.join(" AND "))
    }

    fn column_condition(&mut self, column: &Column) -> String {
        let name = self.column_name(column);
        match column.of.clone() {
            Type::Map(key, _) if self.chance(40) => {
                self.rule("IF CONTAINS KEY");
                format!("{name} CONTAINS KEY {}", self.some_term(&name, &key))
            }
            Type::Map(key, value) if self.chance(40) => {
                self.rule("IF element");
                let key = self.some_term(&format!("key({})", bare(&name)), &key);
                let target = format!("{name}[{key}]");
                self.compared(&target, "value", &value)
            }
            Type::List(element) if self.chance(40) => {
                self.rule("IF element");
                let place = self.below(3) as i32;
                let place = self.number("idx", place.to_string(), place.to_be_bytes().to_vec());
                self.compared(&format!("{name}[{place}]"), "value", &element)
            }
            Type::User(user) if self.chance(80) => {
                self.rule("IF field");
                let (field, of) = self.field(&user);
                self.compared(&format!("{name}.{field}"), &field, &of)
            }
            Type::Map(_, element) | Type::Set(element) | Type::List(element) if self.chance(30) => {
                self.rule("IF CONTAINS");
                format!("{name} CONTAINS {}", self.some_term(&name, &element))
            }
            of => self.compared(&name.clone(), &name, &of),
        }
    }

    fn compared(&mut self, target: &str, name: &str, of: &Type) -> String {
        match self.below(8) {
            0 => {
                self.rule("IF IN");
                let terms: Vec<String> = (0..=self.below(3)).map(|_| self.term(name, of)).collect();
                format!("{target} IN ({})", terms.join(", "))
            }
            1 => {
                self.rule("IF null");
                let operator = self.pick(&["=", "!="]);
                format!("{target} {operator} null")
            }
            2..=4 => {
                self.rule("IF column");
                format!("{target} = {}", self.term(name, of))
            }
            5 => {
                self.rule("IF !=");
                format!("{target} != {}", self.term(name, of))
            }
            _ => {
                self.rule("IF comparison");
                let operator = self.pick(&["<", "<=", ">", ">="]);
                format!("{target} {operator} {}", self.some_term(name, of))
            }
        }
    }
}
