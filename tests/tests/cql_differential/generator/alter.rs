//! `ALTER`, `DROP` and `TRUNCATE`.

use super::{Generator, Spoil, create::Place, insert::FIRST_WRITE_TIME_MICROS};
use crate::{
    schema::{Column, Effect, Kind, Table},
    types::Type,
};

/// After all that is written with a time of its own, in whole milliseconds: of more Cassandra knows until it is restarted. Of
/// what is written after the drop and before it is told, it keeps what it does not flush.
const DROP_TIME_MICROS: i64 = FIRST_WRITE_TIME_MICROS + 10_000;

impl Generator {
    fn if_exists(&mut self, rule: &'static str) -> &'static str {
        if !self.chance(55) {
            return "";
        }
        self.rule(rule);
        "IF EXISTS "
    }

    pub(super) fn alter(&mut self) -> String {
        match self.below(22) {
            0..=4 => self.alter_type(),
            5 | 6 => self.alter_keyspace(),
            _ => self.alter_table(),
        }
    }

    fn alter_keyspace(&mut self) -> String {
        let name = match (self.schema.others.first().cloned(), self.spoils(Spoil::Table)) {
            (Some(name), false) if self.chance(50) => name,
            (_, false) => self.schema.keyspace.clone(),
            _ => "nope0".to_owned(),
        };
        self.rule("ALTER KEYSPACE");
        let exists = self.if_exists("ALTER KEYSPACE IF EXISTS");
        format!("ALTER KEYSPACE {exists}{name} WITH {}", self.keyspace_properties())
    }

    fn alter_table(&mut self) -> String {
        let has_dropped = |table: &Table| !table.dropped.is_empty();
        let is_any = !self.schema.tables.iter().any(has_dropped) || self.chance(30);
        let wanted = |table: &Table| is_any || has_dropped(table);
        let Some(table) = self.some_table(wanted) else { return self.create_table() };
        self.table = None;
        let exists = self.if_exists("ALTER TABLE IF EXISTS");
        let name = self.table_name(&table);
        let change = match self.below(26) {
            0..=5 => self.add_columns(&table),
            6..=10 => self.drop_columns(&table),
            11..=14 => self.rename_columns(&table),
            15..=19 => {
                self.rule("ALTER TABLE WITH");
                let options: Vec<String> = (0..=self.below(4)).map(|_| self.table_option()).collect();
                if options.iter().any(|option| option.starts_with("default_time_to_live")) {
                    // Writes without a time of their own were thought to be harmless.
                    "WITH comment = 'ttl'".to_owned()
                } else {
                    format!("WITH {}", options.join(" AND "))
                }
            }
            20..=23 => self.alter_mask(&table),
            _ => self.rarely_altered(&table),
        };
        format!("ALTER TABLE {exists}{name} {change}")
    }

    fn add_columns(&mut self, table: &Table) -> String {
        self.rule("ALTER TABLE ADD");
        let exists = if self.chance(40) {
            self.rule("ALTER TABLE ADD IF NOT EXISTS");
            "IF NOT EXISTS "
        } else {
            ""
        };
        let count = [1, 1, 2][self.below(3)];
        let (mut added, mut written) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let is_static = !table.clustering().is_empty() && self.chance(25);
            let (name, of) = match table.dropped.last() {
                // Of user types in keys of cells Cassandra compares fields as they are declared with fields as they were frozen
                // (`TupleType.isCompatibleWith`).
                Some((name, of)) if !of.has_user_in_keys() && self.chance(97) => {
                    self.rule("ALTER TABLE ADD of what was dropped");
                    (name.clone(), of.clone())
                }
                _ if self.spoils(Spoil::Twice) => {
                    let column = self.pick(&table.columns);
                    (column.name, column.of)
                }
                _ => (self.new_name("v"), self.some_type(Place::Value)),
            };
            if table.has_counters && !self.chance(10) {
                let kind = if is_static { Kind::Static } else { Kind::Regular };
                let of = Type::Native("counter");
                written.push(format!("{name} counter{}", if is_static { " static" } else { "" }));
                added.push(Column { name, of, kind });
                continue;
            }
            let mask = self.mask(&of);
            written.push(format!("{name} {}{}{mask}", of.cql(), if is_static { " static" } else { "" }));
            added.push(Column { name, of, kind: if is_static { Kind::Static } else { Kind::Regular } });
        }
        self.effect = Effect::AddColumns(table.name.clone(), added);
        match written.len() {
            1 if self.chance(70) => format!("ADD {exists}{}", written[0]),
            _ => {
                self.rule("ALTER TABLE ADD of several");
                format!("ADD {exists}({})", written.join(", "))
            }
        }
    }

    fn drop_columns(&mut self, table: &Table) -> String {
        self.rule("ALTER TABLE DROP");
        let exists = if self.chance(45) {
            self.rule("ALTER TABLE DROP IF EXISTS");
            "IF EXISTS "
        } else {
            ""
        };
        let from = if self.spoils(Spoil::Key) { table.columns.clone() } else { table.values() };
        if from.is_empty() {
            return "DROP nope0".to_owned();
        }
        let column = self.pick(&from);
        let mut names = vec![self.column_name(&column)];
        let mut text = format!("DROP {exists}{}", names[0]);
        if self.chance(45) {
            self.rule("ALTER TABLE DROP of several");
            let other = self.pick(&from).name;
            names.push(other);
            names.dedup();
            text = format!("DROP {exists}({})", names.join(", "));
        }
        self.effect = Effect::DropColumns(table.name.clone(), names);
        if self.chance(40) {
            self.rule("ALTER TABLE DROP USING TIMESTAMP");
            let time = DROP_TIME_MICROS;
            text += &format!(" USING TIMESTAMP {time}");
        }
        text
    }

    fn rename_columns(&mut self, table: &Table) -> String {
        self.rule("ALTER TABLE RENAME");
        let exists = if self.chance(55) {
            self.rule("ALTER TABLE RENAME IF EXISTS");
            "IF EXISTS "
        } else {
            ""
        };
        let keys: Vec<Column> = table.columns.iter().filter(|column| column.is_key()).cloned().collect();
        let from = if self.spoils(Spoil::Key) { table.values() } else { keys };
        if from.is_empty() {
            return "RENAME nope0 TO nope1".to_owned();
        }
        let mut renames = Vec::new();
        for _ in 0..[1, 1, 1, 2][self.below(4)] {
            let column = self.pick(&from);
            let to =
                if self.spoils(Spoil::Twice) { self.pick(&table.columns).name } else { self.new_name("c") };
            if !renames.iter().any(|(name, _)| *name == column.name) {
                renames.push((self.column_name(&column), to));
            }
        }
        let written: Vec<String> = renames.iter().map(|(from, to)| format!("{from} TO {to}")).collect();
        self.effect = Effect::RenameColumns(table.name.clone(), renames);
        format!("RENAME {exists}{}", written.join(" AND "))
    }

    fn alter_mask(&mut self, table: &Table) -> String {
        let maskable: Vec<Column> =
            table.columns.iter().filter(|column| column.may_be_masked()).cloned().collect();
        if maskable.is_empty() {
            return "ALTER nope0 DROP MASKED".to_owned();
        }
        let column = self.pick(&maskable);
        let exists = if self.chance(25) { "IF EXISTS " } else { "" };
        let name = self.column_name(&column);
        if self.chance(50) {
            self.rule("ALTER TABLE ALTER DROP MASKED");
            return format!("ALTER {exists}{name} DROP MASKED");
        }
        self.rule("ALTER TABLE ALTER MASKED");
        let mut mask = String::new();
        while mask.is_empty() {
            mask = self.mask(&column.of);
        }
        format!("ALTER {exists}{name}{mask}")
    }

    fn rarely_altered(&mut self, table: &Table) -> String {
        self.rule("ALTER TABLE of what cannot be altered");
        match self.below(4) {
            0 => "DROP COMPACT STORAGE".to_owned(),
            1 => format!("ALTER {} TYPE blob", self.pick(&table.columns).name),
            2 => format!("ADD {} int", self.pick(&table.columns).name),
            _ => format!("DROP {}", self.pick(&table.columns).name),
        }
    }

    fn alter_type(&mut self) -> String {
        let types = self.schema.changeable_types();
        if types.is_empty() {
            return self.create_type();
        }
        let of = self.pick(&types);
        let exists = self.if_exists("ALTER TYPE IF EXISTS");
        let name = if self.spoils(Spoil::UserType) { "nope0".to_owned() } else { of.name.clone() };
        let qualified = self.qualified(&name);
        let field = self.pick(&of.fields).0;
        let change = match self.below(6) {
            0 | 1 => {
                self.rule("ALTER TYPE ADD");
                let absent = if self.chance(30) { "IF NOT EXISTS " } else { "" };
                let new = if self.spoils(Spoil::Twice) { field } else { self.new_name("f") };
                // In a vector Cassandra does not see the type itself.
                let added = loop {
                    let added = self.some_type(Place::Value);
                    if !matches!(&added, Type::Vector(element, _) if element.has_user()) {
                        break added;
                    }
                };
                self.effect = Effect::AddField(name, new.clone(), added.clone());
                format!("ADD {absent}{new} {}", added.cql())
            }
            2 | 3 => {
                self.rule("ALTER TYPE RENAME");
                let from = if self.spoils(Spoil::Field) { "nope0".to_owned() } else { field };
                let present = if self.chance(20) { "IF EXISTS " } else { "" };
                let to = if self.spoils(Spoil::Twice) { self.pick(&of.fields).0 } else { self.new_name("f") };
                self.effect = Effect::RenameFields(name, vec![(from.clone(), to.clone())]);
                format!("RENAME {present}{from} TO {to}")
            }
            _ => {
                self.rule("ALTER TYPE ALTER");
                format!("ALTER {field} TYPE blob")
            }
        };
        format!("ALTER TYPE {exists}{qualified} {change}")
    }

    pub(super) fn drop(&mut self) -> String {
        match self.below(12) {
            0 | 1 => {
                self.rule("DROP TYPE");
                let types: Vec<String> =
                    self.schema.changeable_types().into_iter().map(|of| of.name).collect();
                let name = self.name_to_drop(&types);
                self.effect = Effect::DropType(name.clone());
                let exists = self.if_exists("DROP TYPE IF EXISTS");
                format!("DROP TYPE {exists}{}", self.qualified(&name))
            }
            2..=5 if self.schema.tables.len() > 2 => {
                self.rule("DROP TABLE");
                let tables: Vec<String> = self.schema.tables.iter().map(|table| table.name.clone()).collect();
                let name = self.name_to_drop(&tables);
                self.effect = Effect::DropTable(name.clone());
                let exists = self.if_exists("DROP TABLE IF EXISTS");
                format!("DROP TABLE {exists}{}", self.qualified(&name))
            }
            6 | 7 => {
                self.rule("DROP KEYSPACE");
                let others = self.schema.others.clone();
                let name = self.name_to_drop(&others);
                self.effect = Effect::DropKeyspace(name.clone());
                let exists = self.if_exists("DROP KEYSPACE IF EXISTS");
                format!("DROP KEYSPACE {exists}{name}")
            }
            _ => {
                self.rule("DROP INDEX");
                let indexes = self.schema.tables.iter().flat_map(|table| &table.indexes);
                let indexes: Vec<String> = indexes.map(|index| index.name.clone()).collect();
                let name = self.name_to_drop(&indexes);
                self.effect = Effect::DropIndex(name.clone());
                let exists = self.if_exists("DROP INDEX IF EXISTS");
                format!("DROP INDEX {exists}{}", self.qualified(&name))
            }
        }
    }

    fn name_to_drop(&mut self, names: &[String]) -> String {
        if names.is_empty() || self.spoils(Spoil::Table) { "nope0".to_owned() } else { self.pick(names) }
    }

    pub(super) fn truncate(&mut self) -> String {
        self.rule("TRUNCATE");
        let Some(table) = self.some_table(|_| true) else { return self.create_table() };
        let word = if self.chance(50) { "TABLE " } else { "" };
        self.effect = Effect::Truncate(table.name.clone());
        format!("TRUNCATE {word}{}", self.table_name(&table))
    }
}
