//! Selectors: columns, and what is made of them.

use super::{Generator, Marking, Spoil};
use crate::{
    schema::{Column, Kind, Table},
    types::{NATIVES, NUMBERS, Type},
};

impl Generator {
    /// What a `SELECT` selects.
    pub(super) fn selectors(&mut self, table: &Table, is_json: bool) -> String {
        if self.chance(28) {
            self.rule("SELECT *");
            return "*".to_owned();
        }
        let mut selectors: Vec<String> = Vec::new();
        for _ in 0..=self.below(4) {
            let (rules, values) = (self.rules.len(), self.values.len());
            let selector = match self.below(10) {
                0..=2 => {
                    let column = self.pick(&table.columns);
                    self.column_name(&column)
                }
                // Their values may differ by a little, which cannot be told from the text of JSON.
                3 | 4 if !is_json => self.write_time_of(table),
                _ => self.expression(table, 0),
            };
            if selectors.iter().any(|one| are_slices_of_one(table, one, &selector)) {
                self.rules.truncate(rules);
                self.values.truncate(values);
                continue;
            }
            selectors.push(self.aliased(selector));
        }
        selectors.join(", ")
    }

    pub(super) fn aliased(&mut self, selector: String) -> String {
        let of_clock =
            ["ttl(", "writetime(", "now()", "uuid()", "urrent"].iter().any(|one| selector.contains(one));
        if of_clock || !self.chance(12) {
            return selector;
        }
        self.rule("alias");
        let alias = self.pick(&["a1", "\"A 1\"", "b2"]);
        format!("{selector} AS {alias}")
    }

    fn write_time_of(&mut self, table: &Table) -> String {
        let columns = if self.spoils(Spoil::Argument) { table.columns.clone() } else { table.values() };
        if columns.is_empty() {
            return "*".to_owned();
        }
        let column = self.pick_of_cells(&columns);
        let name = self.column_name(&column);
        let (function, rule) = self.pick(&[
            ("writetime", "writetime"),
            ("ttl", "ttl"),
            ("maxwritetime", "maxwritetime"),
            ("writetime", "writetime"),
        ]);
        self.rule(rule);
        let argument = match (&column.of, self.below(4)) {
            (Type::Map(key, _), 0 | 1) => {
                self.rule("writetime of element");
                format!("{name}[{}]", self.value(key).literal)
            }
            (Type::Set(element), 0) => {
                self.rule("writetime of element");
                format!("{name}[{}]", self.value(element).literal)
            }
            (Type::User(user), _) => {
                self.rule("writetime of field");
                // Of a field that a type got later and that is not frozen Cassandra tells a list of times, and answers one.
                let (field, of) = self.field(&user.clone());
                if of.is_multi_cell() { name } else { format!("{name}.{field}") }
            }
            _ => name,
        };
        format!("{function}({argument})")
    }

    /// Something made of a column, or of none.
    pub(super) fn expression(&mut self, table: &Table, depth: usize) -> String {
        let column = self.pick_of_cells(&table.columns);
        if depth > 2 {
            return column.name;
        }
        if self.spoils(Spoil::Function) {
            return format!("nope0({})", column.name);
        }
        if self.spoils(Spoil::Argument) {
            let function = self.pick(&[
                "abs",
                "map_keys",
                "to_date",
                "similarity_cosine",
                "collection_sum",
                "token",
                "int_as_blob",
                "mask_inner",
            ]);
            return format!("{function}({})", column.name);
        }
        match self.below(20) {
            0 => self.constant(),
            1 => self.composed(table, depth),
            2 => self.token_of(table),
            3 => self.of_any(&column),
            4 => self.mask_of(&column),
            5 => self.instant(),
            6 => self.cast(table, &column, depth),
            7 => {
                let is_vector = |one: &&Column| matches!(one.of, Type::Vector(..));
                let vector = table.columns.iter().find(is_vector).cloned();
                self.of_type(table, &vector.unwrap_or(column), depth)
            }
            _ => self.of_type(table, &column, depth),
        }
    }

    fn of_type(&mut self, table: &Table, column: &Column, depth: usize) -> String {
        let name = self.column_name(column);
        match column.of.thawed().clone() {
            Type::Native(native) => self.of_native(table, &name, native, depth),
            Type::Map(key, value) => self.of_map(&name, &key, &value),
            Type::Set(element) => match self.below(2) {
                0 => {
                    self.rule("element of set");
                    format!("{name}[{}]", self.some_element(&element))
                }
                _ => self.of_collection(&name),
            },
            Type::List(_) => self.of_collection(&name),
            Type::User(user) => {
                self.rule("field");
                let (field, _) = self.field(&user);
                format!("{name}.{field}")
            }
            Type::Vector(..) => {
                self.rule("similarity");
                let function =
                    self.pick(&["similarity_cosine", "similarity_euclidean", "similarity_dot_product"]);
                format!("{function}({name}, {})", self.some_term(&name, &column.of))
            }
            _ => self.of_any(column),
        }
    }

    fn some_element(&mut self, of: &Type) -> String {
        self.some_term("element", of)
    }

    fn of_map(&mut self, name: &str, key: &Type, value: &Type) -> String {
        match self.below(9) {
            0 | 1 => {
                self.rule("element of map");
                let element = format!("{name}[{}]", self.some_element(key));
                match value.thawed() {
                    Type::User(user) => format!("{element}.{}", self.field(&user.clone()).0),
                    _ => element,
                }
            }
            2 | 7 => {
                self.rule("slice of map");
                let (from, to) = (self.some_element(key), self.some_element(key));
                match self.below(3) {
                    0 => format!("{name}[{from}..{to}]"),
                    1 if self.marking == Marking::None => format!("{name}[{from}..]"),
                    _ if self.marking == Marking::None => format!("{name}[..{to}]"),
                    _ => format!("{name}[{from}..{to}]"),
                }
            }
            3 | 8 => {
                self.rule("map_keys");
                format!("map_keys({name})")
            }
            4 | 5 => {
                self.rule("map_values");
                format!("map_values({name})")
            }
            _ => self.of_collection(name),
        }
    }

    fn of_collection(&mut self, name: &str) -> String {
        self.rule("collection functions");
        let functions = [
            "collection_count",
            "collection_min",
            "collection_max",
            "collection_sum",
            "collection_avg",
            "collection_count",
        ];
        format!("{}({name})", self.pick(&functions))
    }

    fn of_native(&mut self, table: &Table, name: &str, native: &'static str, depth: usize) -> String {
        let is_number = NUMBERS.contains(&native) || native == "counter";
        match native {
            _ if is_number => match self.below(4) {
                0 => {
                    self.rule("mathematical function");
                    let function = self.pick(&["abs", "exp", "log", "log10", "round"]);
                    format!("{function}({name})")
                }
                1 => {
                    self.rule("negation");
                    format!("-{name}")
                }
                _ => self.arithmetic(table, name, native, depth),
            },
            "timestamp" | "date" | "time" | "timeuuid" => self.of_time(name, native),
            _ => {
                self.rule("blob conversion");
                match self.below(3) {
                    0 => format!("{native}_as_blob({name})"),
                    1 => format!("blob_as_{native}({native}AsBlob({name}))"),
                    _ => format!("{native}AsBlob({name})"),
                }
            }
        }
    }

    fn arithmetic(&mut self, table: &Table, name: &str, native: &'static str, depth: usize) -> String {
        self.rule("arithmetic");
        let operator = self.pick(&["+", "-", "*", "/", "%"]);
        let numbers: Vec<Column> = table.columns.iter().filter(|one| one.of.is_number()).cloned().collect();
        let other = match self.below(3) {
            0 if !numbers.is_empty() => self.pick(&numbers).name,
            1 if depth < 2 => format!("({name} {operator} {name})"),
            _ => {
                let native = if native == "counter" { "bigint" } else { native };
                let of = if self.chance(70) { native } else { self.pick(&NUMBERS) };
                self.value(&Type::Native(of)).literal
            }
        };
        if self.chance(25) {
            let second = self.pick(&["+", "-", "*"]);
            return format!("{name} {operator} {other} {second} {name}");
        }
        format!("{name} {operator} {other}")
    }

    fn of_time(&mut self, name: &str, native: &str) -> String {
        self.rule("time function");
        let duration = self.pick(&["1h", "2d", "1mo", "-1d", "5m", "1y", "90s"]);
        match (native, self.below(6)) {
            ("time", 0 | 1) => format!("floor({name}, {duration})"),
            ("time", _) => format!("time_as_blob({name})"),
            (_, 0) => format!("{}({name})", self.pick(&["to_date", "toDate"])),
            (_, 1) => format!("{}({name})", self.pick(&["to_timestamp", "toTimestamp"])),
            (_, 2) => format!("{}({name})", self.pick(&["to_unix_timestamp", "toUnixTimestamp"])),
            ("timestamp" | "date", 3) => format!("{name} + {duration}"),
            ("timestamp" | "date", 4) => format!("{name} - {duration}"),
            ("timestamp", _) if self.chance(50) => {
                let function = self.pick(&["min_timeuuid", "maxTimeuuid", "max_timeuuid"]);
                format!("{function}({name})")
            }
            ("timestamp", _) => format!("floor({name}, {duration}, '2024-01-01')"),
            _ => format!("floor({name}, {duration})"),
        }
    }

    fn of_any(&mut self, column: &Column) -> String {
        let name = self.column_name(column);
        self.rule("to_json");
        let function = self.pick(&["to_json", "toJson"]);
        format!("{function}({name})")
    }

    fn mask_of(&mut self, column: &Column) -> String {
        let name = self.column_name(column);
        self.rule("masking function");
        match (&column.of, self.below(7)) {
            (_, 0) => format!("mask_null({name})"),
            (_, 1) => format!("mask_default({name})"),
            (_, 2) => format!("mask_hash({name})"),
            (_, 3) => format!("mask_hash({name}, '{}')", self.pick(&["MD5", "SHA-512", "nope0"])),
            (of, 4) => {
                let other = self.some_term(&name, of);
                format!("mask_replace({name}, {other})")
            }
            (Type::Native("text" | "varchar" | "ascii"), 5) => {
                format!("mask_inner({name}, {})", self.pick(&["1, 1", "null, 1", "0, 2, '#'", "-1, 1"]))
            }
            (Type::Native("text" | "varchar" | "ascii"), _) => {
                format!("mask_outer({name}, {})", self.pick(&["1, 1", "null, null", "2, 0, '#'"]))
            }
            _ => format!("mask_default({name})"),
        }
    }

    fn constant(&mut self) -> String {
        self.rule("selected constant");
        let native = self.pick(&NATIVES);
        let of = Type::Native(native);
        if self.chance(10) {
            return self.value(&of).literal;
        }
        let term =
            if self.marking != Marking::None { self.some_term("x", &of) } else { self.value(&of).literal };
        format!("({native}) {term}")
    }

    /// A collection or tuple of columns, but of none in descending order: that is the type of the elements then, by which `max` compares them and
    /// by which Cassandra sorts sets ever after, also those of keys that are not (`SetSerializer.getInstance` keeps the order by the
    /// serializer of the elements alone).
    fn composed(&mut self, table: &Table, depth: usize) -> String {
        let is_ascending =
            |column: &&Column| !matches!(column.kind, Kind::Clustering { is_descending: true });
        let columns: Vec<Column> = table.columns.iter().filter(is_ascending).cloned().collect();
        self.rule("selected collection");
        let column = self.pick(&columns);
        let other = self.expression(table, depth + 2);
        let (name, of) = (self.column_name(&column), column.of.cql());
        let frozen = if column.of.is_multi_cell() { format!("frozen<{of}>") } else { of };
        match self.below(8) {
            0 | 1 => format!("({name}, {other})"),
            2 => format!("[{name}, {name}]"),
            3 => format!("{{{name}}}"),
            4 => format!("(list<{frozen}>) [{name}]"),
            5 => format!("(set<{frozen}>) {{{name}}}"),
            6 => format!("(map<{frozen}, {frozen}>) {{{name}: {name}}}"),
            _ => format!("(tuple<{frozen}, int>) ({name}, 1)"),
        }
    }

    fn token_of(&mut self, table: &Table) -> String {
        self.rule("token() selected");
        let names: Vec<String> = table.partition().iter().map(|column| self.column_name(column)).collect();
        format!("token({})", names.join(", "))
    }

    /// What every call answers differently, of which only the type is compared; or a constant of it.
    fn instant(&mut self) -> String {
        if self.is_json {
            return self.constant();
        }
        self.rule("instant");
        let functions = [
            "now()",
            "uuid()",
            "current_timestamp()",
            "currentDate()",
            "current_time()",
            "currentTimeuuid()",
            "to_date(now())",
        ];
        self.pick(&functions).to_owned()
    }

    fn cast(&mut self, table: &Table, column: &Column, depth: usize) -> String {
        self.rule("CAST");
        let argument = match column.kind {
            Kind::Regular if depth == 0 && self.chance(20) => self.expression(table, 2),
            _ => self.column_name(column),
        };
        let to = match (&column.of, self.below(4)) {
            (_, 0) => self.pick(&NATIVES),
            (Type::Native("timestamp" | "timeuuid"), 1) => self.pick(&["date", "timestamp"]),
            (of, 1 | 2) if of.is_number() => self.pick(&NUMBERS),
            _ => self.pick(&["text", "ascii"]),
        };
        format!("CAST({argument} AS {to})")
    }
}

/// Whether two selectors are of parts of one map, of which one is a slice: Cassandra reads one part of two that begin alike
/// (`ColumnSubselection.Slice.compareTo`, by which `ColumnFilter` keeps them in a set).
fn are_slices_of_one(table: &Table, one: &str, other: &str) -> bool {
    let are_of = |column: &Column| {
        let part = format!("{}[", column.name);
        one.contains(&part) && other.contains(&part)
    };
    (one.contains("..") || other.contains("..")) && table.columns.iter().any(are_of)
}
