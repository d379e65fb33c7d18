//! What CQLite wrote, read by Cassandra.

use std::path::Path;
use std::time::Instant;

use cqlite_core::{Database, DatabaseBuilder};
use cqlite_sstable::reader::Sstable;
use cqlite_sstable::tools::dump::{DumpOptions, dump};
use cqlite_sstable::{Format as SstableFormat, Version};
use cqlite_tests::answered::{answer_of_database, answer_of_node, differs};
use cqlite_tests::cassandra::{Cassandra, Format, Node, Tools};
use cqlite_tests::catalogued::now_seconds;
use cqlite_tests::filled;
use cqlite_tests::known::data_files;
use cqlite_tests::performance::Unit;

use super::agreement::{Agreement, difference};
use crate::load::{CqliteEngine, RecordShape, Result};
use crate::suite::Stage;
use crate::suites::ground::fill;

/// The share of what was compared that agrees.
pub(super) const AGREEING: &str = "compatibility.written.agreeing";

const KEYSPACE: &str = "made";

/// Random tables.
const TABLES: usize = 12;

/// Records in the table of records.
const RECORDS: u64 = 10_000;

/// Writes random tables and records in each format, closes, and lets Cassandra's tools and then a node read them.
///
/// # Errors
/// If Cassandra reads something else; [`crate::suite::NotRun`] without a JDK or Maven.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let cassandra = stage.cassandra()?;
    let mut agreement = Agreement::default();
    for format in Format::ALL {
        let directory = stage.empty("written")?;
        stage.tell(format!("{format} is written"));
        write(stage, &directory, format)?;
        dump_all(stage, &cassandra, &directory.join("data"), format, &mut agreement)?;
        ask(stage, &cassandra, &directory, format, &mut agreement)?;
        verify(stage, &cassandra, &directory, format, &mut agreement)?;
    }
    agreement.record(stage, AGREEING, Format::ALL.len() as u64 * TABLES as u64)
}

fn builder(directory: &Path, format: Format) -> Result<DatabaseBuilder> {
    let of = if format == Format::Da { SstableFormat::Bti } else { SstableFormat::Big };
    let version = Version::parse(format.version(), of)?;
    // The nodes of the harness are of a cluster of this name.
    let builder = Database::builder(directory)?.cluster_name("cqlite tests").sstable_version(version);
    Ok(if format == Format::Nb { builder } else { builder.uuid_sstable_ids() })
}

fn write(stage: &Stage, directory: &Path, format: Format) -> Result<()> {
    let engine = CqliteEngine::new(builder(directory, format)?.open()?, RecordShape::STANDARD)?;
    let db = engine.database();
    filled::create(db, KEYSPACE, TABLES, 7)?;
    filled::write(db, KEYSPACE, 7)?;
    fill(stage, &engine, RECORDS)?;
    engine.close()
}

/// Compares the dumps of all SSTables.
fn dump_all(
    stage: &Stage,
    cassandra: &Cassandra,
    data: &Path,
    format: Format,
    agreement: &mut Agreement,
) -> Result<()> {
    let mut tools = Tools::shared(cassandra)?;
    for keyspace in [KEYSPACE, "load"] {
        for path in data_files(&data.join(keyspace))? {
            stage.tell(format!("{format}: sstabledump reads {}", path.display()));
            let theirs = tools.sstabledump::<&str>(&path, &[])?;
            // It has no text for empty booleans, nor for tuples with less values than their type has.
            if theirs.stderr.contains("Type.toJSONString(") {
                continue;
            }
            let mut ours = Vec::new();
            let summary = dump(&Sstable::open(&path)?, &DumpOptions::new(now_seconds()), &mut ours)?;
            // Random bytes may be no value of their type: CQLite prints such as they are, and Cassandra anything.
            if summary.invalid_values > 0 {
                continue;
            }
            let fails = || Some(format!("sstabledump fails: {}", theirs.stderr));
            let told = if theirs.success() { difference(&ours, &theirs.stdout) } else { fails() };
            agreement.take(path.display(), told);
        }
    }
    Ok(())
}

/// Compares what a node answers of all tables.
fn ask(
    stage: &Stage,
    cassandra: &Cassandra,
    directory: &Path,
    format: Format,
    agreement: &mut Agreement,
) -> Result<()> {
    stage.tell(format!("{format}: CQLite and a node answer from the same files"));
    let mut answers = Vec::new();
    let db = builder(directory, format)?.open()?;
    for keyspace in [KEYSPACE, "load"] {
        for table in filled::tables(&db, keyspace) {
            let begun = Instant::now();
            let answer = answer_of_database(&db, &table)?;
            if keyspace == "load" {
                let rate = answer.rows.len() as f64 / begun.elapsed().as_secs_f64();
                let figure = format!("compatibility.written.{format}.rows");
                stage.monitor().record_metric(&figure, Unit::PerSecond, rate);
            }
            answers.push((table, answer));
        }
    }
    db.close()?;
    let node = Node::builder(cassandra, directory).format(format).uuid_ids(format != Format::Nb).start()?;
    let mut connection = node.connect()?;
    for (table, ours) in &answers {
        let theirs = answer_of_node(&mut connection, table)?;
        agreement.take(format!("{format}, {}", table.name()), differs(ours, &theirs));
    }
    Ok(node.stop()?)
}

/// Has sstableverify look at the table of records, each row of it.
fn verify(
    stage: &Stage,
    cassandra: &Cassandra,
    directory: &Path,
    format: Format,
    agreement: &mut Agreement,
) -> Result<()> {
    stage.tell(format!("{format}: sstableverify"));
    let told = Tools::start_on(cassandra, directory)?.sstableverify("load", "records")?;
    let fails = (!told.success()).then_some(told.stderr);
    agreement.take(format!("{format}, sstableverify"), fails);
    Ok(())
}
