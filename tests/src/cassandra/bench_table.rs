//! The table that benchmarks read, written by Cassandra's own writer.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Cassandra, java, tools};
use crate::error::{Doing as _, Error, Result};

/// The `Data.db` of a table with 12 columns of mixed types and `rows` rows of about 690 bytes, LZ4 in chunks of
/// 16 KiB. It is written once under `directory` and found there afterwards.
pub fn bench_table(cassandra: &Cassandra, directory: &Path, rows: u32) -> Result<PathBuf> {
    let table = directory.join(format!("orders-{rows}"));
    if let Some(data) = data_file(&table)? {
        return Ok(data);
    }
    let partial = directory.join(format!("orders-{rows}.partial"));
    let _ = fs::remove_dir_all(&partial); // of a run that was broken off
    fs::create_dir_all(&partial).doing(|| format!("create {}", partial.display()))?;
    let configuration = tools::configured(cassandra)?;
    let status = java::program(cassandra, "BenchTable.java", &configuration, &["-Xmx2g".into()])
        .arg("table")
        .arg(rows.to_string())
        .arg(&partial)
        .status()
        .doing(|| "run BenchTable.java".to_owned())?;
    if !status.success() {
        return Err(Error::said("write the table of the benchmarks", status.to_string()));
    }
    fs::rename(&partial, &table).doing(|| format!("rename {}", partial.display()))?;
    data_file(&table)?.ok_or_else(|| Error::said("find the table of the benchmarks", "there is no Data.db"))
}

/// The only `Data.db` in a directory. Cassandra's writer chooses the number in its name.
fn data_file(table: &Path) -> Result<Option<PathBuf>> {
    if !table.exists() {
        return Ok(None);
    }
    let listed = fs::read_dir(table).doing(|| format!("list {}", table.display()))?;
    let paths: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
    Ok(paths.into_iter().find(|path| path.to_string_lossy().ends_with("-Data.db")))
}
