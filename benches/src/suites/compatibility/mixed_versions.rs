//! SSTables of different versions in one table.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use cqlite_core::{Database, FilesOptions};
use cqlite_sstable::reader::Sstable;
use cqlite_sstable::types::CqlType;
use cqlite_tests::cassandra::OldVersion;
use cqlite_tests::fixtures;
use cqlite_tests::known::{KnownSstable, KnownTable, data_files};
use cqlite_tests::performance::Unit;

use super::agreement::Agreement;
use super::opened;
use crate::load::Result;
use crate::suite::Stage;

/// The share of tables that agree.
pub(super) const AGREEING: &str = "compatibility.mixed_versions.agreeing";

/// Tables that are compared: those of several formats, and those of the old versions.
const LEAST: u64 = 80;

/// Puts SSTables of the same table in different versions into one directory: some of each, so that only together they are the table, and
/// all of all, so that each row is there several times.
///
/// # Errors
/// If the table then answers otherwise than a node did.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let mut tables: BTreeMap<(String, String), Vec<KnownTable>> = BTreeMap::new();
    for table in fixtures::tables()? {
        // Each node counted for itself.
        if table.table != "counters" && table.raw_json.is_some() && is_declared(&table)? && !has_list(&table)?
        {
            tables.entry((table.keyspace.clone(), table.table.clone())).or_default().push(table);
        }
    }
    tables.retain(|_, formats| formats.len() > 1 && has_the_same_everywhere(formats));
    let mut agreement = Agreement::default();
    let (mut rows, mut seconds) = (0_u64, 0.0);
    stage.tell(format!("{} tables of several formats", tables.len()));
    for (name, formats) in &tables {
        for rotation in 0..=formats.len() {
            let chosen = chosen(formats, rotation);
            let Some(first) = formats.first() else { continue };
            let directory = gathered(stage, first, &chosen)?;
            let begun = Instant::now();
            let db = opened::at(&directory, &described(first))?;
            let (count, told) = opened::compare(&db, first)?;
            seconds += begun.elapsed().as_secs_f64();
            rows = rows.saturating_add(count);
            let of: Vec<_> = chosen.iter().map(|sstable| sstable.stem()).collect();
            agreement.take(format!("{}.{} of {}", name.0, name.1, of.join(", ")), told);
        }
    }
    stage.monitor().record_metric(
        "compatibility.mixed_versions.rows",
        Unit::PerSecond,
        rows as f64 / seconds,
    );
    old(stage, &mut agreement)?;
    agreement.record(stage, AGREEING, LEAST)
}

/// Whether it has a list of many cells: their places are made by the clock of each node.
fn has_list(table: &KnownTable) -> Result<bool> {
    Ok(table.raw_rows()?.is_some_and(|truth| truth.types.iter().any(|name| name.starts_with("list<"))))
}

/// The same of the table in a directory, by what its files tell.
fn has_list_in_file(directory: &Path) -> Result<bool> {
    if let Some(data) = data_files(directory)?.first() {
        let sstable = Sstable::open(data)?;
        let mut columns = sstable.header().static_columns.iter().chain(&sstable.header().regular_columns);
        return Ok(columns.any(|column| matches!(column.column_type, CqlType::List { frozen: false, .. })));
    }
    Ok(false)
}

/// Whether it is a table, and not a view: what is described of a view alone does not tell what is in its files.
fn is_declared(table: &KnownTable) -> Result<bool> {
    let schema = described(table).schema.map(fs::read_to_string).transpose()?.unwrap_or_default();
    Ok(schema.contains(&format!("CREATE TABLE {} ", opened::name_of(table))))
}

/// Whether all formats answer the same, and have as many SSTables: then the clock of the nodes that wrote them has no part in it.
fn has_the_same_everywhere(formats: &[KnownTable]) -> bool {
    let mut pairs = formats.iter().zip(formats.iter().skip(1));
    pairs.all(|(one, other)| {
        let rows = |table: &KnownTable| table.raw_rows().ok().flatten();
        rows(one) == rows(other) && one.sstables.len() == other.sstables.len()
    })
}

/// Of the SSTables of a table the first in one version, the second in the next, and so on; or all of all versions.
fn chosen(formats: &[KnownTable], rotation: usize) -> Vec<&KnownSstable> {
    if rotation == formats.len() {
        return formats.iter().flat_map(|table| &table.sstables).collect();
    }
    let count = formats.first().map_or(0, |table| table.sstables.len());
    let of_place = |place: usize| {
        let format = formats.get((place + rotation) % formats.len())?;
        by_age(&format.sstables).get(place).copied()
    };
    (0..count).filter_map(of_place).collect()
}

/// SSTables of a table as they were written one after another: numbers sort otherwise than text.
fn by_age(sstables: &[KnownSstable]) -> Vec<&KnownSstable> {
    let mut sorted: Vec<_> = sstables.iter().collect();
    sorted.sort_by_key(|sstable| (sstable.id.len(), sstable.id.clone()));
    sorted
}

/// The schema that a node described.
fn described(table: &KnownTable) -> FilesOptions {
    let schema = table.schema_internals_cql.clone().or_else(|| table.schema_cql.clone());
    FilesOptions { schema, ..FilesOptions::default() }
}

/// A directory of a table with these SSTables in it.
fn gathered(stage: &Stage, table: &KnownTable, sstables: &[&KnownSstable]) -> Result<PathBuf> {
    let name = table.directory.file_name().ok_or("a table has a directory")?;
    let directory = stage.empty("mixed")?.join(&table.keyspace).join(name);
    for sstable in sstables {
        copy(sstable.directory(), &sstable.stem(), &directory, &sstable.stem())?;
    }
    Ok(directory)
}

/// Copies all components of an SSTable.
fn copy(from: &Path, stem: &str, to: &Path, new_stem: &str) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(component) = name.strip_prefix(stem).filter(|rest| rest.starts_with('-')) {
            fs::copy(entry.path(), to.join(format!("{new_stem}{component}")))?;
        }
    }
    Ok(())
}

/// What the writers of older releases made of the same rows is together what each of them is alone. There is nothing that a node
/// answered, so each is compared with the others: that each alone is right, its dump tells.
fn old(stage: &Stage, agreement: &mut Agreement) -> Result<()> {
    let first = fixtures::root().join("ma/old");
    let mut names: Vec<_> =
        fs::read_dir(&first)?.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<_>>()?;
    names.sort();
    stage.tell(format!("{} tables of older versions", names.len()));
    for name in names {
        if has_list_in_file(&first.join(&name))? {
            continue;
        }
        let together = stage.empty("mixed")?.join("old").join(&name);
        let mut alone = Vec::new();
        for (number, version) in (1..).zip(OldVersion::ALL) {
            let directory = fixtures::root().join(version.letters).join("old").join(&name);
            for data in data_files(&directory)? {
                let stem =
                    data.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
                let stem = stem.trim_end_matches("-Data.db");
                copy(&directory, stem, &together, &format!("{}-{number}-big", version.letters))?;
            }
            alone.push((version.letters, all_rows(&directory)?));
        }
        let mixed = all_rows(&together)?;
        for (letters, rows) in &alone {
            let told = opened::differs(&mixed, rows);
            agreement.take(format!("{} of all old versions beside {letters}", name.to_string_lossy()), told);
        }
    }
    Ok(())
}

/// All rows of the table in a directory, by what its SSTables tell of their schema.
fn all_rows(directory: &Path) -> Result<opened::Rows> {
    let (db, report) = Database::open_files(&[directory.to_owned()], &FilesOptions::default())?;
    let table =
        report.tables.first().ok_or_else(|| format!("there is no table in {}", directory.display()))?;
    let name = cqlite_cql::QualifiedName::new(&*table.keyspace, &*table.name);
    opened::rows(&db, &format!("SELECT * FROM {name}"))
}
