//! Random statements over a schema that they made themselves.

mod aggregates;
mod alter;
mod assignment;
mod batch;
mod condition;
mod create;
mod describe;
mod expression;
mod insert;
mod modify;
mod mutation;
mod names;
mod options;
mod relation;
mod select;
mod spoil;
mod term;

use cqlite_tests::{cassandra::Bound, fuzz::Random};

use super::{
    engine::Request,
    schema::{Column, Effect, Schema, Table},
};
use spoil::Spoil;

/// How many statements a scenario has, each in a keyspace of its own.
pub const STATEMENTS_OF_A_SCENARIO: usize = 250;

/// After how many of them all tables are flushed.
pub const FLUSHES: [usize; 2] = [55, 100];

/// What a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Select,
    Write,
    Schema,
    Describe,
    /// What Cassandra has and CQLite refuses by one of these names.
    Foreign(&'static [&'static str]),
}

impl Purpose {
    /// The name in counts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Select => "SELECTs",
            Self::Write => "writes",
            Self::Schema => "schema",
            Self::Describe => "DESCRIBE",
            Self::Foreign(_) => "refused by name",
        }
    }
}

/// How bind markers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marking {
    None,
    Positional,
    Named,
}

/// A statement, and what it is about.
#[derive(Debug, Clone)]
pub struct Statement {
    pub request: Request,
    pub purpose: Purpose,
    /// The table that it reads or writes.
    pub table: Option<String>,
    pub effect: Effect,
    /// The rules that it was made by.
    pub rules: Vec<&'static str>,
    /// Whether what it reads has been flushed twice.
    pub is_after_flushes: bool,
}

/// Makes the statements of a scenario.
pub struct Generator {
    random: Random,
    pub schema: Schema,
    /// How many statements have been made.
    step: usize,
    /// How many names have been given.
    names: usize,
    /// How many writes have a time of their own.
    own_times: usize,
    // What follows is of the statement that is being made.
    rules: Vec<&'static str>,
    values: Vec<Bound>,
    marking: Marking,
    spoil: Option<Spoil>,
    effect: Effect,
    table: Option<String>,
    is_after_flushes: bool,
    /// Whether the answer is JSON, in which the values of clocks cannot be told from others.
    is_json: bool,
}

impl Generator {
    /// The statements of a scenario follow from its number.
    pub fn new(scenario: u64) -> Self {
        let keyspace = format!("d{scenario}");
        Self {
            random: Random::new(scenario.wrapping_mul(0x1_0001)),
            schema: Schema { keyspace, ..Schema::default() },
            step: 0,
            names: 0,
            own_times: 0,
            rules: Vec::new(),
            values: Vec::new(),
            marking: Marking::None,
            spoil: None,
            effect: Effect::None,
            table: None,
            is_after_flushes: false,
            is_json: false,
        }
    }

    /// The next statement.
    pub fn statement(&mut self) -> Statement {
        self.begin();
        let (purpose, text) = self.text();
        let text = self.finish_spoiling(text);
        self.step += 1;
        let is_select = purpose == Purpose::Select || purpose == Purpose::Describe;
        let page_rows = if is_select { self.page_rows() } else { None };
        let prepared = !self.values.is_empty() && self.chance(60) || self.chance(6);
        if prepared {
            self.rule("prepared");
        } else if !self.values.is_empty() {
            self.rule("bound at once");
        }
        Statement {
            request: Request { cql: text, values: std::mem::take(&mut self.values), prepared, page_rows },
            purpose,
            table: self.table.take(),
            effect: std::mem::replace(&mut self.effect, Effect::None),
            rules: std::mem::take(&mut self.rules),
            is_after_flushes: self.is_after_flushes,
        }
    }

    fn begin(&mut self) {
        self.is_after_flushes = false;
        self.is_json = false;
        self.marking = match self.below(10) {
            0..=2 => Marking::Positional,
            3 => Marking::Named,
            _ => Marking::None,
        };
    }

    fn page_rows(&mut self) -> Option<i32> {
        let (rows, rule) =
            [(Some(1), "page of 1"), (Some(2), "page of 2"), (Some(7), "page of 7"), (None, "no pages")]
                [self.below(4)];
        self.rule(rule);
        rows
    }

    fn text(&mut self) -> (Purpose, String) {
        match self.step {
            0 => (Purpose::Schema, self.create_keyspace_of_scenario()),
            1 => (Purpose::Schema, self.use_keyspace()),
            2..=4 => (Purpose::Schema, self.create_type()),
            5..=8 => (Purpose::Schema, self.create_table()),
            9..=11 => (Purpose::Schema, self.create_index()),
            step if step < FLUSHES[1] => match self.below(20) {
                0 => (Purpose::Select, self.select()),
                1 if step > FLUSHES[0] => self.any_schema(),
                _ => (Purpose::Write, self.write()),
            },
            _ => match self.below(100) {
                0..=39 => (Purpose::Select, self.select()),
                40..=54 => (Purpose::Write, self.write()),
                _ => self.any_schema(),
            },
        }
    }

    fn any_schema(&mut self) -> (Purpose, String) {
        self.choose_spoil(spoil::OF_SCHEMA);
        match self.below(50) {
            0..=12 => (Purpose::Schema, self.alter()),
            13 | 14 => (Purpose::Schema, self.create_table()),
            15..=20 => (Purpose::Schema, self.create_index()),
            21 => (Purpose::Schema, self.create_type()),
            22 | 23 => (Purpose::Schema, self.create_other_keyspace()),
            24..=31 => (Purpose::Schema, self.drop()),
            32 => (Purpose::Schema, self.truncate()),
            33 => (Purpose::Schema, self.use_keyspace()),
            34..=36 => {
                let (named, text) = self.foreign();
                (Purpose::Foreign(named), text)
            }
            _ => (Purpose::Describe, self.describe()),
        }
    }

    fn write(&mut self) -> String {
        self.choose_spoil(spoil::OF_WRITES);
        match self.below(20) {
            0..=7 => self.insert(),
            8 => self.insert_json(),
            9..=13 => self.update(),
            14..=17 => self.delete(),
            _ => self.batch(),
        }
    }

    /// Tells what became of a statement: the schema follows.
    pub fn told(&mut self, statement: &Statement) {
        self.schema.apply(&statement.effect);
    }

    /// Tells that all tables were flushed.
    pub fn flushed(&mut self) {
        self.schema.tables.iter_mut().for_each(|table| table.flushes += 1);
    }

    fn rule(&mut self, rule: &'static str) {
        self.rules.push(rule);
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.random.below(of.len())].clone()
    }

    /// A column, rather one that has a cell for each element.
    fn pick_of_cells(&mut self, columns: &[Column]) -> Column {
        let of_cells: Vec<Column> = columns.iter().filter(|one| one.of.is_multi_cell()).cloned().collect();
        if of_cells.is_empty() || self.chance(50) { self.pick(columns) } else { self.pick(&of_cells) }
    }

    /// Some table, which the statement is then about.
    fn some_table(&mut self, wanted: impl Fn(&Table) -> bool) -> Option<Table> {
        let tables: Vec<Table> = self.schema.tables.iter().filter(|table| wanted(table)).cloned().collect();
        let table = (!tables.is_empty()).then(|| self.pick(&tables))?;
        self.table = Some(table.name.clone());
        self.is_after_flushes = table.flushes >= 2;
        Some(table)
    }
}
