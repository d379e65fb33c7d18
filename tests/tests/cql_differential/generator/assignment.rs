//! What `SET` sets, and what `DELETE` deletes of a row.

use super::{Generator, Spoil, names::bare};
use crate::{schema::Column, types::Type};

impl Generator {
    pub(super) fn assignment(&mut self, column: &Column) -> String {
        let name = self.column_name(column);
        if column.of.is("counter") {
            return self.counter_assignment(&name);
        }
        let partly = column.of.is_multi_cell() && self.chance(60) || self.chance(1);
        if !partly {
            self.rule("SET column");
            return format!("{name} = {}", self.term(&column.name, &column.of));
        }
        match column.of.clone() {
            Type::Map(key, value) => match self.below(4) {
                0 => {
                    self.rule("SET element of map");
                    let key = self.some_term(&format!("key({})", bare(&name)), &key);
                    format!("{name}[{key}] = {}", self.term("value", &value))
                }
                1 => {
                    self.rule("SET map - keys");
                    let keys = self.some_term(&name, &Type::Set(key));
                    self.subtracted(&name, &keys)
                }
                _ => {
                    self.rule("SET map + map");
                    let added = self.some_term(&name, &column.of);
                    self.added(&name, &added)
                }
            },
            Type::Set(_) => {
                let term = self.some_term(&name, &column.of);
                if self.chance(40) {
                    self.rule("SET set - set");
                    return self.subtracted(&name, &term);
                }
                self.rule("SET set + set");
                self.added(&name, &term)
            }
            Type::List(element) => self.list_assignment(column, &name, &element),
            Type::User(user) => {
                self.rule("SET field");
                let (field, of) = self.field(&user);
                format!("{name}.{field} = {}", self.term(&field, &of))
            }
            _ => format!("{name} = {name} + {}", self.some_term(&name, &column.of)),
        }
    }

    fn list_assignment(&mut self, column: &Column, name: &str, element: &Type) -> String {
        match self.below(4) {
            0 => {
                self.rule("SET element of list");
                let place = self.below(3) as i32;
                let place = self.number("idx", place.to_string(), place.to_be_bytes().to_vec());
                format!("{name}[{place}] = {}", self.term("value", element))
            }
            1 => {
                self.rule("SET list - list");
                let term = self.some_term(name, &column.of);
                self.subtracted(name, &term)
            }
            2 => {
                self.rule("SET list before list");
                let term = self.some_term(name, &column.of);
                format!("{name} = {term} + {name}")
            }
            _ => {
                self.rule("SET list + list");
                let term = self.some_term(name, &column.of);
                self.added(name, &term)
            }
        }
    }

    fn added(&mut self, name: &str, term: &str) -> String {
        if self.chance(30) {
            self.rule("SET +=");
            return format!("{name} += {term}");
        }
        format!("{name} = {name} + {term}")
    }

    fn subtracted(&mut self, name: &str, term: &str) -> String {
        if self.chance(30) {
            self.rule("SET -=");
            return format!("{name} -= {term}");
        }
        format!("{name} = {name} - {term}")
    }

    fn counter_assignment(&mut self, name: &str) -> String {
        self.rule("SET counter");
        if self.spoils(Spoil::Value) {
            return format!("{name} = 5");
        }
        let delta = self.below(9) as i64 - 2;
        let term = self.number(name, delta.to_string(), delta.to_be_bytes().to_vec());
        if self.chance(35) { self.subtracted(name, &term) } else { self.added(name, &term) }
    }

    /// A field of a user type, and its type.
    pub(super) fn field(&mut self, user: &str) -> (String, Type) {
        let fields = self.schema.user_type(user).map(|of| of.fields.clone()).unwrap_or_default();
        if fields.is_empty() || self.spoils(Spoil::Field) {
            return ("nope0".to_owned(), Type::Native("int"));
        }
        self.pick(&fields)
    }

    /// What a `DELETE` names.
    pub(super) fn deletion(&mut self, column: &Column) -> String {
        let name = self.column_name(column);
        match column.of.clone() {
            Type::Map(key, _) if self.chance(50) => {
                self.rule("DELETE element");
                format!("{name}[{}]", self.some_term(&format!("key({})", bare(&name)), &key))
            }
            Type::Set(element) if self.chance(50) => {
                self.rule("DELETE element");
                format!("{name}[{}]", self.some_term(&format!("key({})", bare(&name)), &element))
            }
            Type::List(_) if self.chance(50) => {
                self.rule("DELETE element");
                let place = self.below(3) as i32;
                format!("{name}[{}]", self.number("idx", place.to_string(), place.to_be_bytes().to_vec()))
            }
            Type::User(user) if self.chance(65) => {
                self.rule("DELETE field");
                format!("{name}.{}", self.field(&user).0)
            }
            _ => {
                self.rule("DELETE column");
                name
            }
        }
    }
}
