//! What scenarios stand on: a database with records in it.

use std::path::Path;

use cqlite_core::DatabaseBuilder;
use cqlite_tests::performance::Unit;

use crate::load::{
    Asked, CqliteEngine, Drive, Driven, Engine, KeyDistribution, OperationKind, OperationMix, Pace,
    RecordShape, Result, Until,
};
use crate::suite::Stage;

/// A database in a directory with the table of records, as it is by default.
///
/// # Errors
/// If it cannot be opened.
pub fn engine(stage: &Stage, directory: &Path, shape: RecordShape) -> Result<CqliteEngine> {
    engine_with(stage, directory, shape, "", |builder| builder)
}

/// As [`engine`], with other options of the table and the database.
///
/// # Errors
/// If it cannot be opened.
pub fn engine_with(
    stage: &Stage,
    directory: &Path,
    shape: RecordShape,
    table_options: &str,
    database_options: impl FnOnce(DatabaseBuilder) -> DatabaseBuilder,
) -> Result<CqliteEngine> {
    let builder = database_options(stage.database(directory)?.auto_snapshot(false));
    CqliteEngine::with_options(builder.open()?, shape, table_options)
}

/// Inserts so many records, the first of them numbered zero, in batches.
///
/// # Errors
/// If that fails.
pub fn fill(stage: &Stage, engine: &dyn Engine, records: u64) -> Result<Driven> {
    stage.tell(format!("{} records are written", Unit::Count.text(records as f64)));
    let asked = Asked::new(OperationMix::only(OperationKind::InsertBatch), KeyDistribution::Uniform, 0)?;
    let drive = Drive {
        name: "fill",
        clients: stage.busy_clients(),
        pace: Pace::Closed,
        until: Until::Operations(records / 100),
        seed: 0,
    };
    drive.run(engine, &asked, stage.monitor())
}

/// Clients that ask one after another, without a pause.
///
/// # Errors
/// If one fails.
pub fn closed(
    stage: &Stage,
    name: &str,
    engine: &dyn Engine,
    asked: &Asked,
    clients: u64,
    until: Until,
    seed: u64,
) -> Result<Driven> {
    Drive { name, clients, pace: Pace::Closed, until, seed }.run(engine, asked, stage.monitor())
}
