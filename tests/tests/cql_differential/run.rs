//! The same statements to two engines.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use cqlite_tests::cassandra::Bound;

use super::{
    compare::{Difference, PAGES_DIFFER, compare},
    engine::{Answer, Engine, INVALID, Outcome, Refusal, Request},
    exceptions::{Exception, exception},
    generator::{FLUSHES, Generator, Purpose, STATEMENTS_OF_A_SCENARIO, Statement},
    report::{Report, shown, told},
    rules::Coverage,
    schema::{Effect, Table},
};

/// What was counted.
#[derive(Debug, Default)]
pub struct Counts {
    pub statements: usize,
    pub refused: usize,
    pub selects: usize,
    pub selects_after_flushes: usize,
    /// Selects that answered with rows.
    pub selects_with_rows: usize,
    /// How long the engines took for what, Cassandra first.
    pub taken: BTreeMap<&'static str, [Duration; 2]>,
    /// Scenarios that ended early since the schemas differed.
    pub abandoned: usize,
    /// Tables that were dropped after a write with another outcome.
    pub forgotten: usize,
}

impl Counts {
    fn took(&mut self, what: &'static str, durations: [Duration; 2]) {
        let taken = self.taken.entry(what).or_default();
        taken.iter_mut().zip(durations).for_each(|(sum, duration)| *sum += duration);
    }
}

/// Statements for Cassandra and another.
pub struct Run<'e> {
    pub theirs: &'e mut dyn Engine,
    pub ours: &'e mut dyn Engine,
    pub coverage: Coverage,
    pub report: Report,
    pub counts: Counts,
}

/// A scenario while it runs.
struct Scenario {
    number: u64,
    generator: Generator,
    /// Every statement that Cassandra accepted and that changed something.
    history: Vec<(Option<String>, String)>,
}

impl Scenario {
    /// The table of a statement.
    fn table(&self, statement: &Statement) -> Option<&Table> {
        let name = statement.table.as_ref()?;
        self.generator.schema.tables.iter().find(|table| table.name == *name)
    }

    fn has_indexes(&self, statement: &Statement) -> bool {
        self.table(statement).is_some_and(|table| !table.indexes.is_empty())
    }

    /// Whether counters of the table were deleted.
    fn has_counted_on(&self, statement: &Statement) -> bool {
        let is_deletion =
            |(table, line): &(Option<String>, String)| *table == statement.table && line.contains("DELETE");
        self.table(statement).is_some_and(|table| table.has_counters) && self.history.iter().any(is_deletion)
    }
}

impl<'e> Run<'e> {
    pub fn new(theirs: &'e mut dyn Engine, ours: &'e mut dyn Engine) -> Self {
        Self {
            theirs,
            ours,
            coverage: Coverage::default(),
            report: Report::default(),
            counts: Counts::default(),
        }
    }

    /// Carries out the statements of a scenario, at most so many.
    pub fn scenario(&mut self, number: u64, most: usize) {
        let mut scenario = Scenario { number, generator: Generator::new(number), history: Vec::new() };
        for step in 0..STATEMENTS_OF_A_SCENARIO.min(most) {
            if FLUSHES.contains(&step) {
                let started = Instant::now();
                let theirs = self.theirs.flush(&scenario.generator.schema.keyspace);
                let between = Instant::now();
                let ours = self.ours.flush(&scenario.generator.schema.keyspace);
                self.counts.took("flushes", [between - started, between.elapsed()]);
                scenario.generator.flushed();
                if theirs.is_err() || ours.is_err() {
                    let example = || format!("  scenario {number}: {theirs:?} in Cassandra, {ours:?} here");
                    self.report.add("a flush fails".to_owned(), example);
                    self.counts.abandoned += 1;
                    break;
                }
            }
            if !self.step(&mut scenario, step) {
                self.counts.abandoned += 1;
                break;
            }
        }
        let schema = &scenario.generator.schema;
        for keyspace in schema.others.iter().chain([&schema.keyspace]) {
            self.both(&format!("DROP KEYSPACE IF EXISTS {keyspace}"));
        }
    }

    /// Whether the scenario can go on.
    fn step(&mut self, scenario: &mut Scenario, step: usize) -> bool {
        let statement = scenario.generator.statement();
        if let Purpose::Foreign(named) = statement.purpose {
            self.foreign(scenario, step, &statement, named);
            return true;
        }
        let started = Instant::now();
        let theirs = self.theirs.execute(&statement.request);
        let between = Instant::now();
        let ours = self.ours.execute(&statement.request);
        self.counts.took(statement.purpose.name(), [between - started, between.elapsed()]);
        self.count(&statement, &theirs);
        let is_same = self.note(scenario, step, &statement, &theirs, &ours);
        let is_agreed = theirs.result.is_ok() == ours.result.is_ok();
        if !is_same && (statement.purpose == Purpose::Write || scenario.has_indexes(&statement)) {
            self.forget(scenario, statement.table.as_deref());
        } else if !is_agreed && !self.reconcile(scenario, &statement) {
            return false;
        }
        if is_agreed && theirs.result.is_ok() && statement.purpose != Purpose::Select {
            self.follow(scenario, &statement, &theirs);
        }
        true
    }

    fn count(&mut self, statement: &Statement, theirs: &Outcome) {
        self.coverage.count(&statement.rules, theirs.result.is_ok());
        self.counts.statements += 1;
        self.counts.refused += usize::from(theirs.result.is_err());
        if statement.purpose == Purpose::Select {
            self.counts.selects += 1;
            self.counts.selects_after_flushes += usize::from(statement.is_after_flushes);
            let has_rows = matches!(&theirs.result, Ok(Answer::Rows { pages, .. }) if pages.iter().any(|page| !page.is_empty()));
            self.counts.selects_with_rows += usize::from(has_rows);
        }
    }

    fn foreign(&mut self, scenario: &Scenario, step: usize, statement: &Statement, named: &[&str]) {
        self.coverage.count(&statement.rules, false);
        self.counts.statements += 1;
        if !self.ours.refuses_foreign() {
            return;
        }
        let ours = self.ours.execute(&statement.request);
        let names = |refusal: &Refusal| {
            refusal.code == INVALID && named.iter().any(|name| refusal.message.contains(name))
        };
        if !ours.refused().is_some_and(names) {
            let example = || example(scenario, step, statement, None, &ours);
            self.report.add(format!("not refused by the name of {}", named.join(" or ")), example);
        }
    }

    /// Reports a difference, if there is one. Whether there is none.
    fn note(
        &mut self,
        scenario: &Scenario,
        step: usize,
        statement: &Statement,
        theirs: &Outcome,
        ours: &Outcome,
    ) -> bool {
        let Some(difference) = compare(theirs, ours) else { return true };
        let example = || {
            let example = example(scenario, step, statement, Some(theirs), ours);
            if difference.place.is_empty() { example } else { format!("  {}\n{example}", difference.place) }
        };
        let filters = statement.request.cql.contains("ALLOW FILTERING") || scenario.has_indexes(statement);
        if filters && self.is_lost_in_pages(&statement.request, theirs, ours) {
            let reason =
                "Cassandra has rows only if it is not asked for pages: those that CQLite has in pages";
            self.report.except(reason, told_of(statement, &difference), example);
            return false;
        }
        if let Some(Exception { reason, sort }) = exception(&statement.request, theirs, ours) {
            self.report.except(reason, sort, example);
            return false;
        }
        let of_rows = !difference.place.is_empty() || difference.kind.starts_with("number of rows");
        if of_rows && scenario.has_counted_on(statement) {
            let reason = "what a counter is that counts on behind its deletion Cassandra does not say";
            self.report.except(reason, told_of(statement, &difference), example);
            return false;
        }
        if of_rows && self.is_as_near(&statement.request) {
            let reason = "of vectors that are as near Cassandra's graph has any one first";
            self.report.except(reason, told_of(statement, &difference), example);
            return false;
        }
        if of_rows && self.is_of_index(scenario, statement, ours) {
            let reason = "Cassandra has other rows by its index than without it: without it those of CQLite";
            self.report.except(reason, told_of(statement, &difference), example);
            return false;
        }
        let thrown = theirs.refused().and_then(|refusal| refusal.cause.as_ref());
        let thrown = thrown.map(|thrown| format!("; {thrown}")).unwrap_or_default();
        self.report.add(format!("{}{}{thrown}", difference.kind, told_of(statement, &difference)), example);
        false
    }

    /// Drops a table that may no longer have the same rows.
    fn forget(&mut self, scenario: &mut Scenario, table: Option<&str>) {
        let Some(table) = table else { return };
        self.counts.forgotten += 1;
        let keyspace = scenario.generator.schema.keyspace.clone();
        self.both(&format!("DROP TABLE IF EXISTS {keyspace}.{table}"));
        scenario.generator.schema.apply(&Effect::DropTable(table.to_owned()));
    }

    /// Whether Cassandra answers without pages what CQLite answered with them: rows of partitions of which a static column is
    /// filtered, or looked up in an index, are lost behind the first page (`RowFilter.filter` of a partition that is read on).
    fn is_lost_in_pages(&mut self, request: &Request, theirs: &Outcome, ours: &Outcome) -> bool {
        if request.page_rows.is_none() || theirs.result.is_err() {
            return false;
        }
        let whole = self.theirs.execute(&Request { page_rows: None, ..request.clone() });
        is_same_at_once(&whole, ours)
            && compare(&whole, theirs).is_some_and(|difference| difference.kind != PAGES_DIFFER)
    }

    /// Whether Cassandra answers as CQLite does once it has no indexes of the table. They are gone then.
    fn is_of_index(&mut self, scenario: &Scenario, statement: &Statement, ours: &Outcome) -> bool {
        if !scenario.has_indexes(statement) || statement.purpose != Purpose::Select {
            return false;
        }
        let schema = &scenario.generator.schema;
        for index in scenario.table(statement).into_iter().flat_map(|table| &table.indexes) {
            let drop = format!("DROP INDEX IF EXISTS {}.{}", schema.keyspace, index.name);
            self.theirs.execute(&Request { cql: drop, values: Vec::new(), prepared: false, page_rows: None });
        }
        let mut request = statement.request.clone();
        if !request.cql.contains("ALLOW FILTERING") {
            request.cql.push_str(" ALLOW FILTERING");
        }
        if compare(&self.theirs.execute(&request), ours).is_none() {
            return true;
        }
        // In pages it may fail (`Invalid value for the paging state`).
        let whole = self.theirs.execute(&Request { page_rows: None, ..request });
        is_same_at_once(&whole, ours)
    }

    /// Whether the vectors that both have are as near to the one that is asked for, one after the other, by any measure.
    fn is_as_near(&mut self, request: &Request) -> bool {
        let Some((selection, rest)) = request.cql.split_once(" FROM ") else { return false };
        let Some((before, order)) = rest.split_once(" ORDER BY ") else { return false };
        let Some((column, vector)) = order.split_once(" ANN OF ") else { return false };
        let end = [" PER PARTITION LIMIT ", " LIMIT ", " ALLOW FILTERING"]
            .iter()
            .filter_map(|end| vector.find(end));
        let vector = end.min().and_then(|end| vector.get(..end)).unwrap_or(vector);
        // The vector may be bound itself, and what is selected binds nothing then.
        let (selected, in_front) = (markers(selection), markers(before));
        let values = request.values.get(selected..).unwrap_or_default().to_vec();
        let vector = match (markers(vector), values.get(in_front)) {
            (0, _) => vector.to_owned(),
            (1, Some(Bound::Bytes(bytes))) => floats(bytes),
            _ => return false,
        };
        ["cosine", "euclidean", "dot_product"].into_iter().any(|measure| {
            let near = format!("SELECT similarity_{measure}({column}, {vector}) FROM {rest}");
            let near = Request { cql: near, values: values.clone(), ..request.clone() };
            let (theirs, ours) = (self.theirs.execute(&near), self.ours.execute(&near));
            theirs.result.is_ok() && theirs.result == ours.result
        })
    }

    /// Makes both the same again as well as can be. Whether the scenario can go on.
    fn reconcile(&mut self, scenario: &mut Scenario, statement: &Statement) -> bool {
        if statement.purpose != Purpose::Schema {
            return true;
        }
        let keyspace = scenario.generator.schema.keyspace.clone();
        match &statement.effect {
            Effect::CreateTable(table) => {
                self.both(&format!("DROP TABLE IF EXISTS {keyspace}.{}", table.name));
            }
            Effect::CreateType(of) => self.both(&format!("DROP TYPE IF EXISTS {keyspace}.{}", of.name)),
            Effect::CreateIndex(_, index) => {
                self.both(&format!("DROP INDEX IF EXISTS {keyspace}.{}", index.name));
            }
            Effect::AddColumns(table, _)
            | Effect::DropColumns(table, _)
            | Effect::RenameColumns(table, _)
            | Effect::DropTable(table)
            | Effect::Truncate(table) => {
                self.both(&format!("DROP TABLE IF EXISTS {keyspace}.{table}"));
                scenario.generator.schema.apply(&Effect::DropTable(table.clone()));
            }
            Effect::DropIndex(index) => {
                self.both(&format!("DROP INDEX IF EXISTS {keyspace}.{index}"));
                scenario.generator.schema.apply(&statement.effect);
            }
            Effect::CreateKeyspace(name) | Effect::DropKeyspace(name) => {
                self.both(&format!("DROP KEYSPACE IF EXISTS {name}"));
                scenario.generator.schema.apply(&Effect::DropKeyspace(name.clone()));
            }
            Effect::None => {}
            Effect::DropType(_) | Effect::AddField(..) | Effect::RenameFields(..) => return false,
        }
        true
    }

    /// What Cassandra accepted has its effect.
    fn follow(&mut self, scenario: &mut Scenario, statement: &Statement, theirs: &Outcome) {
        let has_changed = match (&theirs.result, &statement.effect) {
            (_, Effect::None) => false,
            (Ok(Answer::Schema(_)), _) | (Ok(_), Effect::Truncate(_)) => true,
            _ => false,
        };
        if has_changed {
            scenario.generator.told(statement);
            if matches!(statement.effect, Effect::CreateIndex(..)) {
                let keyspace = &scenario.generator.schema.keyspace;
                self.theirs.wait_for_indexes(keyspace);
                self.ours.wait_for_indexes(keyspace);
            }
        }
        if statement.purpose != Purpose::Describe {
            scenario.history.push((statement.table.clone(), shown(&statement.request)));
        }
    }

    fn both(&mut self, cql: &str) {
        let request = Request { cql: cql.to_owned(), values: Vec::new(), prepared: false, page_rows: None };
        let started = Instant::now();
        self.theirs.execute(&request);
        let between = Instant::now();
        self.ours.execute(&request);
        self.counts.took("ends", [between - started, between.elapsed()]);
    }
}

/// Whether the rows without pages are those that came in pages.
fn is_same_at_once(whole: &Outcome, paged: &Outcome) -> bool {
    match (&whole.result, &paged.result) {
        (Ok(Answer::Rows { pages: whole, .. }), Ok(Answer::Rows { pages, .. })) => {
            whole.concat() == pages.concat()
        }
        _ => false,
    }
}

/// A difference as a reader can repeat it.
fn example(
    scenario: &Scenario,
    step: usize,
    statement: &Statement,
    theirs: Option<&Outcome>,
    ours: &Outcome,
) -> String {
    let theirs_ok = theirs.is_some_and(|theirs| theirs.result.is_ok());
    let theirs = theirs.map(|theirs| format!("\n  Cassandra: {}", told(theirs))).unwrap_or_default();
    let script = script(scenario, statement, theirs_ok);
    format!(
        "  scenario {}, statement {step}: {}{theirs}\n  ours: {}\nscript:\n{}",
        scenario.number,
        shown(&statement.request),
        told(ours),
        script.join(";\n"),
    )
}

/// What came before that may matter: statements about the table, and types; what was written only where rows matter.
fn script<'s>(scenario: &'s Scenario, statement: &Statement, has_rows: bool) -> Vec<&'s str> {
    let names: Vec<&str> = scenario.generator.schema.tables.iter().map(|table| table.name.as_str()).collect();
    let text = statement.request.cql.as_str();
    let is_word = |name: &str, text: &str| {
        let around = |one: Option<char>| one.is_none_or(|one| !one.is_alphanumeric());
        text.match_indices(name).any(|(at, _)| {
            around(text[..at].chars().next_back()) && around(text[at + name.len()..].chars().next())
        })
    };
    let tables: Vec<&str> = names.into_iter().filter(|name| is_word(name, text)).collect();
    let concerns = |table: &Option<String>, line: &str| match table {
        Some(table) => has_rows && statement.table.as_ref() == Some(table),
        None => {
            let is_of_table = ["TABLE", "INDEX", "COLUMNFAMILY"].iter().any(|word| line.contains(word));
            !is_of_table && line.contains("TYPE") || tables.iter().any(|name| is_word(name, line))
        }
    };
    let lines = scenario.history.iter().filter(|(table, line)| concerns(table, line));
    lines.map(|(_, line)| line.as_str()).collect()
}

/// Rules that tell kinds of differing rows apart.
const TELLING: &[&str] = &[
    "SELECT DISTINCT",
    "GROUP BY",
    "ANN OF",
    "WHERE by index",
    "WHERE by sai",
    "token()",
    "PER PARTITION LIMIT",
    "tuple slice",
    "tuple IN",
    "ALLOW FILTERING",
];

/// What the statement has that may matter, where rows differ.
fn told_of(statement: &Statement, difference: &Difference) -> String {
    if difference.place.is_empty() {
        return String::new();
    }
    let mut told: Vec<&str> = statement.rules.iter().copied().filter(|rule| TELLING.contains(rule)).collect();
    told.sort_unstable();
    told.dedup();
    format!("; {} {}", statement.purpose.name(), told.join(", "))
}

/// How many bind markers a part of a statement has, outside of texts and quoted names.
fn markers(text: &str) -> usize {
    let (mut count, mut quote) = (0, None);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, '?') => count += 1,
            (None, ':') if characters.peek().is_some_and(|next| next.is_alphabetic() || *next == '"') => {
                count += 1;
            }
            _ => {}
        }
    }
    count
}

/// A vector of floats as CQL has it.
fn floats(vector: &[u8]) -> String {
    let numbers = vector.chunks_exact(4).filter_map(|bytes| Some(f32::from_be_bytes(bytes.try_into().ok()?)));
    let numbers: Vec<String> = numbers.map(|number| format!("{number:?}")).collect();
    format!("[{}]", numbers.join(", "))
}
