//! Live nodes.

use std::time::Instant;

use cqlite_core::FilesOptions;
use cqlite_tests::answered::{answer_of_database, answer_of_node, differs};
use cqlite_tests::cassandra::{Cassandra, Connection, Format, Node};
use cqlite_tests::performance::Unit;

use super::agreement::Agreement;
use super::opened;
use crate::load::Result;
use crate::suite::Stage;

/// The share of formats in which all agrees.
pub(super) const AGREEING: &str = "compatibility.live.agreeing";

const RECORDS: u32 = 10_000;

/// Records of a batch.
const BATCH: u32 = 50;

/// Rows of a partition.
const ROWS: u32 = 20;

/// Has a node write in each format, and asks its files the same as the node.
///
/// # Errors
/// If an answer differs; [`crate::suite::NotRun`] without a JDK or Maven.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let cassandra = stage.cassandra()?;
    let mut agreement = Agreement::default();
    for format in Format::ALL {
        agreement.take(format, one(stage, &cassandra, format)?);
    }
    agreement.record(stage, AGREEING, Format::ALL.len() as u64)
}

fn one(stage: &Stage, cassandra: &Cassandra, format: Format) -> Result<Option<String>> {
    stage.tell(format!("a node that writes {format} is started"));
    let mut node = Node::builder(cassandra, stage.empty("node")?).format(format).start()?;
    let mut connection = node.connect()?;
    write(stage, &mut node, &mut connection)?;
    stage.tell(format!("its {format} files are asked the same as the node"));
    let directory = node.table_directory("bench", "records");
    let mut told = None;
    for _round in 0..stage.rounds() {
        let begun = Instant::now();
        let db = opened::at(&directory, &FilesOptions::default())?;
        let table = db.table("bench", "records")?;
        let ours = answer_of_database(&db, &table)?;
        let rate = ours.rows.len() as f64 / begun.elapsed().as_secs_f64();
        stage.monitor().record_metric(&format!("compatibility.live.{format}.rows"), Unit::PerSecond, rate);
        let theirs = answer_of_node(&mut connection, &table)?;
        told = told.or_else(|| differs(&ours, &theirs));
    }
    node.stop()?;
    Ok(told)
}

/// Writes records in two SSTables, changes some and deletes some: cells, rows, ranges and partitions.
fn write(stage: &Stage, node: &mut Node, connection: &mut Connection) -> Result<()> {
    for statement in [
        "CREATE KEYSPACE bench WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE bench.records (pk int, ck int, name text, tags set<text>, counts map<text, int>, seen timestamp, \
         shared text static, PRIMARY KEY (pk, ck))",
    ] {
        connection.execute(statement)?;
    }
    node.nodetool(&["disableautocompaction", "bench"])?;
    stage.tell(format!("{RECORDS} records are written"));
    for batch in 0..RECORDS / BATCH {
        let mut cql = "BEGIN UNLOGGED BATCH ".to_owned();
        for number in batch * BATCH..(batch + 1) * BATCH {
            let (pk, ck) = (number / ROWS, number % ROWS);
            cql.push_str(&format!(
                "INSERT INTO bench.records (pk, ck, name, tags, counts, seen, shared) VALUES ({pk}, {ck}, 'record {number}', \
                 {{'a{ck}', 'b'}}, {{'one': {number}}}, {}, 'of {pk}'); ",
                1_700_000_000_000_u64 + u64::from(number)
            ));
        }
        cql.push_str("APPLY BATCH");
        connection.execute(&cql)?;
        if batch == RECORDS / BATCH / 2 {
            node.flush("bench", &["records"])?;
        }
    }
    for pk in (0..RECORDS / ROWS).step_by(7) {
        for statement in [
            format!(
                "UPDATE bench.records SET name = 'changed', tags = tags + {{'c'}} WHERE pk = {pk} AND ck = 3"
            ),
            format!("DELETE seen FROM bench.records WHERE pk = {pk} AND ck = 4"),
            format!("DELETE FROM bench.records WHERE pk = {pk} AND ck = 5"),
            format!("DELETE FROM bench.records WHERE pk = {pk} AND ck > 12 AND ck <= 15"),
            format!("DELETE FROM bench.records WHERE pk = {}", pk + 1),
            format!("UPDATE bench.records USING TTL 100000 SET name = 'mortal' WHERE pk = {pk} AND ck = 6"),
        ] {
            connection.execute(&statement)?;
        }
    }
    Ok(node.flush("bench", &["records"])?)
}
