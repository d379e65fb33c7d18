//! `DESCRIBE`, and what CQLite refuses by name.

use super::{Generator, Spoil};

/// Statements about users, functions in Java, triggers and views, by their rule.
const FOREIGN: &[(&str, &str)] = &[
    ("roles", "CREATE ROLE r1 WITH PASSWORD = 'x' AND LOGIN = true"),
    ("roles", "ALTER ROLE r1 WITH PASSWORD = 'x'"),
    ("roles", "DROP ROLE IF EXISTS r1"),
    ("roles", "CREATE USER r1 WITH PASSWORD 'x' NOSUPERUSER"),
    ("roles", "GRANT SELECT ON ALL KEYSPACES TO r1"),
    ("roles", "REVOKE SELECT ON ALL KEYSPACES FROM r1"),
    ("roles", "LIST ROLES"),
    ("roles", "LIST ALL PERMISSIONS"),
    (
        "functions in Java",
        "CREATE FUNCTION fn1 (x int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return x;'",
    ),
    ("functions in Java", "CREATE AGGREGATE ag1 (int) SFUNC fn1 STYPE int"),
    ("triggers", "CREATE TRIGGER tr1 ON t1 USING 'a.B'"),
    (
        "materialized views",
        "CREATE MATERIALIZED VIEW mv1 AS SELECT * FROM t1 WHERE k1 IS NOT NULL PRIMARY KEY (k1)",
    ),
    ("materialized views", "DROP MATERIALIZED VIEW mv1"),
];

/// The rules of these, and what a refusal names.
const NAMED: &[(&str, &[&str])] = &[
    ("roles", &["roles, users and identities", "permissions"]),
    ("functions in Java", &["user-defined functions", "user-defined aggregates"]),
    ("triggers", &["triggers"]),
    ("materialized views", &["materialized views", "Materialized view"]),
];

impl Generator {
    /// A statement that CQLite refuses, and what the refusal names: one of these.
    pub(super) fn foreign(&mut self) -> (&'static [&'static str], String) {
        self.spoil = None;
        let (kind, named) = self.pick(NAMED);
        let of_kind: Vec<(&str, &str)> = FOREIGN.iter().copied().filter(|(rule, _)| *rule == kind).collect();
        let (rule, text) = self.pick(&of_kind);
        self.rule(rule);
        (named, text.to_owned())
    }

    pub(super) fn describe(&mut self) -> String {
        let word = self.pick(&["DESCRIBE", "DESC"]);
        let internals = if self.chance(10) {
            self.rule("DESCRIBE WITH INTERNALS");
            " WITH INTERNALS"
        } else {
            ""
        };
        let what = match self.below(20) {
            0 | 1 => self.described("DESCRIBE TABLE", "TABLE ", Self::tables),
            2 => self.described("DESCRIBE TYPE", "TYPE ", Self::user_types),
            3 => self.described("DESCRIBE INDEX", "INDEX ", Self::indexes),
            4 | 5 => self.described("DESCRIBE name", "", |one| {
                let mut names = [one.tables(), one.user_types(), one.indexes()].concat();
                names.push(one.schema.keyspace.clone());
                names
            }),
            6 => self.described_keyspace("DESCRIBE KEYSPACE", "KEYSPACE"),
            7 => self.described_keyspace("DESCRIBE ONLY KEYSPACE", "ONLY KEYSPACE"),
            8 | 9 => self.described_all("DESCRIBE SCHEMA", "SCHEMA"),
            10 => self.described_all("DESCRIBE KEYSPACES", "KEYSPACES"),
            11 => self.described_all("DESCRIBE TABLES", "TABLES"),
            12 => self.described_all("DESCRIBE TYPES", "TYPES"),
            13 => self.described_all("DESCRIBE FUNCTIONS", "FUNCTIONS"),
            14 => self.described_all("DESCRIBE AGGREGATES", "AGGREGATES"),
            15 => self.described_all("DESCRIBE CLUSTER", "CLUSTER"),
            16 => self.described_all("DESCRIBE FUNCTION", "FUNCTION nope0"),
            17 => self.described_all("DESCRIBE AGGREGATE", "AGGREGATE nope0"),
            _ => self.described_all("DESCRIBE MATERIALIZED VIEW", "MATERIALIZED VIEW nope0"),
        };
        format!("{word} {what}{internals}")
    }

    fn described(&mut self, rule: &'static str, word: &str, names: impl Fn(&Self) -> Vec<String>) -> String {
        self.rule(rule);
        let names = names(self);
        let name = if names.is_empty() || self.spoils(Spoil::Table) || self.spoils(Spoil::UserType) {
            "nope0".to_owned()
        } else {
            self.pick(&names)
        };
        if name == self.schema.keyspace { name } else { format!("{word}{}", self.qualified(&name)) }
    }

    fn described_keyspace(&mut self, rule: &'static str, word: &str) -> String {
        self.rule(rule);
        match self.below(6) {
            0 => word.to_owned(),
            1 => format!("{word} nope0"),
            _ => format!("{word} {}", self.schema.keyspace),
        }
    }

    fn described_all(&mut self, rule: &'static str, what: &str) -> String {
        self.rule(rule);
        what.to_owned()
    }

    fn tables(&self) -> Vec<String> {
        self.schema.tables.iter().map(|table| table.name.clone()).collect()
    }

    fn user_types(&self) -> Vec<String> {
        self.schema.types.iter().map(|of| of.name.clone()).collect()
    }

    fn indexes(&self) -> Vec<String> {
        let indexes = self.schema.tables.iter().flat_map(|table| &table.indexes);
        indexes.map(|index| index.name.clone()).collect()
    }
}
