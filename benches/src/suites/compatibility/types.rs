//! Tables of every type.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use cqlite_core::Database;
use cqlite_tests::known::KnownTable;
use cqlite_tests::performance::Unit;
use cqlite_tests::random_schema::NATIVES;

use super::agreement::Agreement;
use super::known::{corpus, tables};
use super::opened;
use crate::load::Result;
use crate::suite::{Scale, Stage};

/// The share of tables that agree.
pub(super) const AGREEING: &str = "compatibility.types.agreeing";

/// The repository has more than so many.
const LEAST: u64 = 150;

/// Opens all tables of which it is known what a node answers, and asks them the same. Then all rows are read for the time.
///
/// # Errors
/// If an answer differs, or if there is a type of which no table has a column.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let known = tables()?;
    let (mut agreement, mut types) = (Agreement::default(), BTreeSet::new());
    let mut opened = Vec::new();
    stage.tell(format!("{} tables are compared", known.len()));
    for table in &known {
        let db = opened::fixture(table)?;
        agreement.take(table.directory.display(), opened::compare(&db, table)?.1);
        types.extend(table.raw_rows()?.into_iter().flat_map(|truth| truth.types));
        opened.push((db, table));
    }
    for round in 0..stage.rounds() {
        stage.tell(format!("all rows are read, round {}", round + 1));
        read(stage, &opened)?;
    }
    drop(opened);
    if let Some(corpus) = corpus().filter(|_| stage.scale() == Scale::Full) {
        let place = stage.empty("schemas")?;
        stage.tell("the tables of the corpus are compared");
        for table in opened::tables_of(&corpus)? {
            let db = opened::of_corpus(&table, &place)?;
            agreement.take(table.directory.display(), opened::compare(&db, &table)?.1);
        }
    }
    // `varchar` is another name of `text`, and columns of counters are in tables of their own.
    let natives = NATIVES.into_iter().filter(|native| *native != "varchar").chain(["counter"]);
    let missing: Vec<_> = natives.filter(|native| !types.contains(*native)).collect();
    if !missing.is_empty() {
        return Err(format!("no table has a column of {missing:?}").into());
    }
    stage.monitor().record_metric("compatibility.types.covered", Unit::Count, types.len() as f64);
    agreement.record(stage, AGREEING, LEAST)
}

fn read(stage: &Stage, opened: &[(Database, &KnownTable)]) -> Result<()> {
    let enough = Duration::from_millis(stage.scale().of(1, 200, 3_000));
    let (mut seen, begun) = (0_u64, Instant::now());
    while seen == 0 || begun.elapsed() < enough {
        for (db, table) in opened {
            let rows = opened::rows(db, &format!("SELECT * FROM {}", opened::name_of(table)))?;
            seen = seen.saturating_add(rows.len() as u64);
        }
    }
    let rate = seen as f64 / begun.elapsed().as_secs_f64();
    stage.monitor().record_metric("compatibility.types.rows", Unit::PerSecond, rate);
    Ok(())
}
