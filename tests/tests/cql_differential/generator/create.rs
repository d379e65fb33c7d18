//! `CREATE`: keyspaces, types, tables, indexes; and `USE`.

use super::{Generator, Spoil};
use crate::{
    schema::{Column, Effect, Index, IndexTarget, Kind, Table, UserType},
    types::{NATIVES, Type},
};

/// What a type is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Key,
    Value,
    Nested,
}

const REPLICATION: &str = "{'class': 'SimpleStrategy', 'replication_factor': 1}";

impl Generator {
    pub(super) fn create_keyspace_of_scenario(&mut self) -> String {
        self.rule("CREATE KEYSPACE");
        format!("CREATE KEYSPACE {} WITH replication = {REPLICATION}", self.schema.keyspace)
    }

    /// A keyspace beside that of the scenario.
    pub(super) fn create_other_keyspace(&mut self) -> String {
        let name = match self.schema.others.len() {
            0 => format!("{}x{}", self.schema.keyspace, self.step),
            _ => self.schema.others[0].clone(),
        };
        let exists = if self.chance(50) {
            self.rule("CREATE KEYSPACE IF NOT EXISTS");
            "IF NOT EXISTS "
        } else {
            self.rule("CREATE KEYSPACE");
            ""
        };
        let properties = self.keyspace_properties();
        self.effect = Effect::CreateKeyspace(name.clone());
        format!("CREATE KEYSPACE {exists}{name} WITH {properties}")
    }

    pub(super) fn use_keyspace(&mut self) -> String {
        self.rule("USE");
        let name = if self.spoils(Spoil::Table) { "nope0".to_owned() } else { self.schema.keyspace.clone() };
        format!("USE {name}")
    }

    /// A type for a column or an element.
    pub(super) fn some_type(&mut self, place: Place) -> Type {
        if self.spoils(Spoil::UserType) {
            let wrong = [
                Type::User("nope0".to_owned()),
                Type::Frozen(Box::new(Type::Native("int"))),
                Type::List(Box::new(Type::List(Box::new(Type::Native("int"))))),
                Type::Map(Box::new(Type::Native("duration")), Box::new(Type::Native("int"))),
                Type::Set(Box::new(Type::Native("duration"))),
                Type::List(Box::new(Type::Native("counter"))),
                Type::Vector(Box::new(Type::Native("float")), 0),
                Type::Native("nope0"),
                Type::Native("counter"),
                Type::Native("'nope0'"),
            ];
            return self.pick(&wrong);
        }
        if self.below(100) < if place == Place::Value { 26 } else { 82 } {
            return self.native_type(place);
        }
        let of = self.composed_type(place);
        if place == Place::Value && (!self.chance(20) || matches!(of, Type::Vector(..) | Type::Tuple(_))) {
            return of;
        }
        self.rule("frozen type");
        Type::Frozen(Box::new(of))
    }

    fn native_type(&mut self, place: Place) -> Type {
        loop {
            let name = self.pick(&NATIVES);
            let fits = place == Place::Value || name != "duration";
            if fits {
                return Type::Native(name);
            }
        }
    }

    fn composed_type(&mut self, place: Place) -> Type {
        let users: Vec<String> = self.schema.types.iter().map(|of| of.name.clone()).collect();
        match self.below(if place == Place::Value { 17 } else { 12 }) {
            0 => Type::Tuple(vec![self.some_type(Place::Nested), self.some_type(Place::Nested)]),
            1 | 2 | 14..=16 if !users.is_empty() => Type::User(self.pick(&users)),
            3..=6 => {
                Type::Map(Box::new(self.some_type(Place::Nested)), Box::new(self.some_type(Place::Nested)))
            }
            7 | 8 => Type::Set(Box::new(self.some_type(Place::Nested))),
            9..=11 => Type::List(Box::new(self.some_type(Place::Nested))),
            12 => Type::Vector(Box::new(Type::Native("float")), 2),
            _ => {
                let element = self.some_type(Place::Nested);
                Type::Vector(Box::new(element), 1 + self.below(3))
            }
        }
    }

    pub(super) fn create_type(&mut self) -> String {
        self.rule("CREATE TYPE");
        let exists = self.if_not_exists("CREATE TYPE IF NOT EXISTS");
        let name = if self.chance(14) && !self.schema.types.is_empty() {
            self.rule("wrong: exists");
            self.schema.types[0].name.clone()
        } else {
            self.new_word("u")
        };
        let count = 1 + self.below(3);
        let mut fields: Vec<(String, Type)> = Vec::new();
        for _ in 0..count {
            let field = (self.new_name("f"), self.some_type(Place::Value));
            fields.push(field);
        }
        if self.spoils(Spoil::Twice) {
            fields.push(fields[0].clone());
        }
        let written: Vec<String> = fields.iter().map(|(field, of)| format!("{field} {}", of.cql())).collect();
        let text = format!("CREATE TYPE {exists}{} ({})", self.qualified(&name), written.join(", "));
        self.effect = Effect::CreateType(UserType { name, fields });
        text
    }

    pub(super) fn if_not_exists(&mut self, rule: &'static str) -> &'static str {
        if !self.chance(30) {
            return "";
        }
        self.rule(rule);
        "IF NOT EXISTS "
    }

    pub(super) fn create_table(&mut self) -> String {
        self.rule("CREATE TABLE");
        let exists = self.if_not_exists("CREATE TABLE IF NOT EXISTS");
        let existing = self.chance(10) && !self.schema.tables.is_empty();
        let name = if existing {
            self.rule("wrong: exists");
            self.schema.tables[0].name.clone()
        } else {
            self.new_word("t")
        };
        let has_counters = self.chance(15);
        let has_conditions = self.chance(if self.step > 5 { 45 } else { 0 });
        let columns = self.columns(has_counters);
        let definitions = self.definitions(&columns);
        let mut options = self.table_options(&columns, has_counters);
        let has_default_ttl = options.iter().any(|option| option.starts_with("default_time_to_live"));
        if self.spoils(Spoil::Twice) && !options.is_empty() {
            options.push(options[0].clone());
        }
        let with =
            if options.is_empty() { String::new() } else { format!(" WITH {}", options.join(" AND ")) };
        let word = if self.chance(6) { "COLUMNFAMILY" } else { "TABLE" };
        let text = format!("CREATE {word} {exists}{} ({definitions}){with}", self.qualified(&name));
        self.effect = Effect::CreateTable(Box::new(Table {
            name,
            columns,
            indexes: Vec::new(),
            has_counters,
            has_default_ttl,
            has_conditions,
            flushes: 0,
            dropped: Vec::new(),
        }));
        text
    }

    fn columns(&mut self, has_counters: bool) -> Vec<Column> {
        let partition = [1, 1, 2, 3][self.below(4)];
        let clustering = [0, 1, 1, 2, 2, 3][self.below(6)];
        let statics = if clustering > 0 { [0, 0, 1, 2][self.below(4)] } else { 0 };
        let regulars = if has_counters { 1 + self.below(2) } else { 1 + self.below(6) };
        let mut columns = Vec::new();
        for _ in 0..partition {
            columns.push(Column {
                name: self.new_name("k"),
                of: self.some_type(Place::Key),
                kind: Kind::Partition,
            });
        }
        for _ in 0..clustering {
            let kind = Kind::Clustering { is_descending: self.chance(40) };
            columns.push(Column { name: self.new_name("c"), of: self.some_type(Place::Key), kind });
        }
        if clustering > 0 && self.chance(25) {
            // What groups by intervals of time.
            let of = self.pick(&["timestamp", "date", "time"]);
            columns.last_mut().unwrap().of = Type::Native(of);
        }
        for index in 0..statics + regulars {
            let (letter, kind) = if index < statics { ("s", Kind::Static) } else { ("v", Kind::Regular) };
            let of = if has_counters { Type::Native("counter") } else { self.some_type(Place::Value) };
            columns.push(Column { name: self.new_name(letter), of, kind });
        }
        columns
    }

    fn definitions(&mut self, columns: &[Column]) -> String {
        let keys: Vec<&Column> = columns.iter().filter(|column| column.kind == Kind::Partition).collect();
        let others: Vec<&Column> =
            columns.iter().filter(|column| matches!(column.kind, Kind::Clustering { .. })).collect();
        let is_short = keys.len() == 1 && others.is_empty() && self.chance(60);
        let mut parts = Vec::new();
        for column in columns {
            let mut part = format!("{} {}", column.name, column.of.cql());
            if column.kind == Kind::Static {
                self.rule("static column");
                part += " STATIC";
            }
            if column.may_be_masked() {
                part += &self.mask(&column.of);
            }
            if is_short && column.is_key() {
                part += " PRIMARY KEY";
            }
            parts.push(part);
        }
        if self.spoils(Spoil::Twice) {
            parts.push(parts[0].clone());
        }
        if !is_short && !self.spoils(Spoil::Key) {
            parts.push(self.primary_key(&keys, &others));
        }
        parts.join(", ")
    }

    fn primary_key(&mut self, keys: &[&Column], others: &[&Column]) -> String {
        let names =
            |columns: &[&Column]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        let partition = names(keys).join(", ");
        let mut parts = match keys.len() {
            1 => vec![partition],
            _ => {
                self.rule("composite partition key");
                vec![format!("({partition})")]
            }
        };
        if others.len() > 1 {
            self.rule("several clustering columns");
        }
        parts.extend(names(others));
        if self.spoils(Spoil::Column) {
            parts.push("nope0".to_owned());
        }
        format!("PRIMARY KEY ({})", parts.join(", "))
    }

    pub(super) fn mask(&mut self, of: &Type) -> String {
        if !self.chance(4) {
            return String::new();
        }
        self.rule("column mask");
        let masks: &[&str] = match of {
            Type::Native("text" | "varchar" | "ascii") => &[
                "DEFAULT",
                "mask_null()",
                "mask_inner(1, 1)",
                "mask_outer(1, null)",
                "mask_hash()",
                "mask_replace('x')",
                "mask_inner(1, 1, '#')",
            ],
            _ => &["DEFAULT", "mask_null()", "mask_default()", "mask_hash('MD5')"],
        };
        let mask = if self.spoils(Spoil::Function) { "nope0()" } else { self.pick(masks) };
        format!(" MASKED WITH {mask}")
    }

    pub(super) fn create_index(&mut self) -> String {
        self.rule("CREATE INDEX");
        let Some(table) = self.some_table(|_| true) else { return self.create_type() };
        self.table = None;
        let is_collection = |one: &Column| match one.of.thawed() {
            Type::Map(..) => true,
            Type::List(_) | Type::Set(_) => table.columns.len() % 2 == 0,
            _ => false,
        };
        let collections: Vec<Column> = table.values().into_iter().filter(is_collection).collect();
        let column = if self.chance(65) && !collections.is_empty() {
            self.pick(&collections)
        } else if self.chance(85) && !table.values().is_empty() {
            self.pick(&table.values())
        } else {
            self.pick(&table.columns)
        };
        let (target, written) = self.index_target(&column);
        let is_sai = self.chance(50) || matches!(column.of, Type::Vector(..));
        let exists = self.if_not_exists("CREATE INDEX IF NOT EXISTS");
        let name = self.new_word("i");
        let named = self.chance(85);
        let (custom, using) = if !is_sai {
            (if self.spoils(Spoil::Option) { "CUSTOM " } else { "" }, "")
        } else {
            self.rule("CREATE INDEX USING sai");
            let custom = self.pick(&["", "CUSTOM "]);
            let classes = [" USING 'sai'", " USING 'StorageAttachedIndex'", " USING 'sai'"];
            (custom, if self.spoils(Spoil::Option) { " USING 'nope0'" } else { self.pick(&classes) })
        };
        let options = if is_sai { self.index_options(&column) } else { String::new() };
        let shown = if named { format!("{name} ") } else { String::new() };
        let text = format!(
            "CREATE {custom}INDEX {exists}{shown}ON {} ({written}){using}{options}",
            self.table_name(&table)
        );
        if named {
            let index = Index { name, column: column.name, target, is_sai };
            self.effect = Effect::CreateIndex(table.name, index);
        } else {
            self.rule("CREATE INDEX without name");
            let name = unnamed_index(&table.name, &column.name);
            let index = Index { name, column: column.name, target, is_sai };
            self.effect = Effect::CreateIndex(table.name, index);
        }
        text
    }

    fn index_target(&mut self, column: &Column) -> (IndexTarget, String) {
        let name = self.column_name(column);
        let (target, function, rule) = match (&column.of, [0, 0, 1, 1, 2][self.below(5)]) {
            (Type::Map(..), 0) => (IndexTarget::Keys, "KEYS", "index of keys"),
            (Type::Map(..), 1) => (IndexTarget::Entries, "ENTRIES", "index of entries"),
            (Type::Map(..) | Type::List(_) | Type::Set(_), 2) => {
                (IndexTarget::Values, "VALUES", "index of values")
            }
            (Type::Frozen(inner), 0..=2)
                if matches!(**inner, Type::Map(..) | Type::List(_) | Type::Set(_)) =>
            {
                (IndexTarget::Full, "FULL", "index of whole collections")
            }
            _ => return (IndexTarget::Values, name),
        };
        self.rule(rule);
        let function = if self.spoils(Spoil::Option) {
            self.pick(&["KEYS", "ENTRIES", "FULL", "VALUES"])
        } else {
            function
        };
        (target, format!("{function}({name})"))
    }

    fn index_options(&mut self, column: &Column) -> String {
        let options = match &column.of {
            Type::Vector(..) => self.pick(&[
                "",
                "{'similarity_function': 'euclidean'}",
                "{'similarity_function': 'DOT_PRODUCT'}",
                "{'similarity_function': 'cosine'}",
                "{'similarity_function': 'nope0'}",
            ]),
            _ => self.pick(&[
                "",
                "",
                "",
                "{'case_sensitive': 'false'}",
                "{'normalize': 'true', 'ascii': 'true'}",
                "{}",
            ]),
        };
        let options = if self.spoils(Spoil::Option) { "{'nope0': '1'}" } else { options };
        if options.is_empty() {
            return String::new();
        }
        self.rule("CREATE INDEX WITH OPTIONS");
        format!(" WITH OPTIONS = {options}")
    }
}

/// The name that Cassandra gives an index without one, as a statement has it.
fn unnamed_index(table: &str, column: &str) -> String {
    let word =
        |name: &str| name.chars().filter(|one| one.is_alphanumeric() || *one == '_').collect::<String>();
    let name = format!("{}_{}_idx", word(table), word(column));
    if name.chars().any(char::is_uppercase) { format!("\"{name}\"") } else { name }
}
