//! Makes `fixtures/` anew: real SSTables from `fixtures/cql/*.cql`, and what Cassandra says is in them.
//!
//! Usage: `cargo run -p cqlite-tests --bin make-fixtures [VERSION...]`. Needs a JDK and Maven.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a program for developers: it stops at once and says where"
)]

mod script;
mod template;
mod truth;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use cqlite_tests::{
    cassandra::{Cassandra, Connection, Format, Node, OldVersion, Tools},
    fixtures,
};
use script::{Script, Step};
use serde_json::json;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> Result<()> {
    let wanted: Vec<String> = env::args().skip(1).collect();
    let cassandra = Cassandra::find()?;
    let scripts = read_scripts()?;
    let mut tools = Tools::start(&cassandra)?;
    for format in Format::ALL {
        if wanted.is_empty() || wanted.iter().any(|name| name == format.version()) {
            make(&cassandra, &mut tools, &scripts, format)?;
        }
    }
    for version in OldVersion::ALL {
        if wanted.is_empty() || wanted.iter().any(|name| name == version.letters) {
            make_old(&mut tools, version)?;
        }
    }
    Ok(())
}

/// Makes the fixtures of a version that Cassandra 5.0 no longer writes.
fn make_old(tools: &mut Tools, version: OldVersion) -> Result<()> {
    let data = fixtures::root().join(version.letters);
    let truth = fixtures::root().join("truth").join(version.letters);
    for old in [&data, &truth] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    version.write(&data.join("old"))?;
    truth::of_sstables(tools, version.letters)
}

fn read_scripts() -> Result<Vec<Script>> {
    let mut scripts = Vec::new();
    for entry in fs::read_dir(fixtures::root().join("cql"))? {
        let path = entry?.path();
        let keyspace = path.file_stem().and_then(|stem| stem.to_str()).expect("a keyspace's name");
        scripts.push(Script::parse(keyspace, &fs::read_to_string(&path)?));
    }
    scripts.sort_by(|a, b| a.keyspace.cmp(&b.keyspace));
    Ok(scripts)
}

/// Makes the fixtures of a format: one node, which starts twice if scripts differ in what they want of it.
fn make(cassandra: &Cassandra, tools: &mut Tools, scripts: &[Script], format: Format) -> Result<()> {
    let home = tempfile::tempdir()?;
    let truth = fixtures::root().join("truth").join(format.version());
    for old in [&fixtures::data(format), &truth] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
        fs::create_dir_all(old)?;
    }
    let uuid_ids = |script: &&Script| script.uuid_ids || format == Format::Da;
    let scripts: Vec<&Script> = scripts.iter().filter(|script| script.is_for(format)).collect();
    let (uuids, numbers): (Vec<&Script>, Vec<&Script>) = scripts.iter().copied().partition(uuid_ids);
    for (scripts, uuid_ids) in [(numbers, false), (uuids, true)] {
        if !scripts.is_empty() {
            run_node(cassandra, home.path(), &scripts, format, uuid_ids, &truth)?;
        }
    }
    copy_data(&home.path().join("data"), &scripts, &fixtures::data(format))?;
    truth::of_sstables(tools, format.version())
}

/// Runs scripts on a node, keeps what it answers, and leaves its directory drained.
fn run_node(
    cassandra: &Cassandra,
    home: &Path,
    scripts: &[&Script],
    format: Format,
    uuid_ids: bool,
    truth: &Path,
) -> Result<()> {
    let compaction = json!({
        "class_name": "SizeTieredCompactionStrategy",
        "parameters": { "min_threshold": "32" }, // never, in practice
    });
    let mut node = Node::builder(cassandra, home)
        .format(format)
        .uuid_ids(uuid_ids)
        .setting("flush_compression", "table")
        .setting("default_compaction", compaction)
        .start()?;
    let mut connection = node.connect()?;
    for script in scripts {
        let started = Instant::now();
        for step in &script.steps {
            run_step(step, &script.keyspace, &mut node, &mut connection)?;
        }
        truth::of_keyspace(&mut connection, &script.keyspace, &truth.join(&script.keyspace))?;
        eprintln!("{format} {}: {:.1?}", script.keyspace, started.elapsed());
    }
    node.nodetool(&["compact", "system_schema"])?;
    wait_for_deletions(&node.data());
    Ok(node.stop()?)
}

fn run_step(step: &Step, keyspace: &str, node: &mut Node, connection: &mut Connection) -> Result<()> {
    match step {
        Step::Statement(cql) => {
            let cql = with_table_id(cql, keyspace);
            connection.execute(&cql).map_err(|error| {
                format!("{keyspace}.cql: {error}\n{}", cql.chars().take(400).collect::<String>())
            })?;
        }
        Step::Flush(tables) => {
            let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
            node.flush(keyspace, &tables)?;
        }
        Step::Compact(table) => drop(node.nodetool(&["compact", keyspace, table])?),
        Step::Snapshot(tag, table) => {
            node.nodetool(&["snapshot", "-t", tag, "-kt", &format!("{keyspace}.{table}")])?;
        }
        Step::Wait(seconds) => thread::sleep(Duration::from_secs(*seconds)),
    }
    Ok(())
}

/// A table's id, and with it the name of its directory, depends on nothing but its name.
fn with_table_id(cql: &str, keyspace: &str) -> String {
    let created =
        ["CREATE TABLE ", "CREATE MATERIALIZED VIEW "].iter().find_map(|start| cql.strip_prefix(start));
    let Some(rest) = created else { return cql.to_owned() };
    let name = rest.split([' ', '(', '\n']).next().unwrap_or_default();
    let hash = |seed: u64| {
        let bytes = keyspace.bytes().chain([b'.']).chain(name.bytes());
        bytes.fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) // FNV-1a
    };
    let bits = u128::from(hash(0xcbf2_9ce4_8422_2325)) << 64 | u128::from(hash(0x8422_2325_cbf2_9ce4));
    let hex = format!("{bits:032x}");
    let id = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
    let link = if cql.contains(" WITH ") || cql.contains("\nWITH ") { "AND" } else { "WITH" };
    format!("{cql} {link} ID = {id}")
}

/// Compacted SSTables go a moment after their compaction, and then its transaction log.
fn wait_for_deletions(data: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while files_under(data).iter().any(|path| path.to_string_lossy().contains("_txn_")) {
        assert!(Instant::now() < deadline, "compacted SSTables do not go");
        thread::sleep(Duration::from_millis(200));
    }
}

fn copy_data(from: &Path, scripts: &[&Script], to: &Path) -> Result<()> {
    for keyspace in scripts.iter().map(|script| script.keyspace.as_str()).chain(["system_schema"]) {
        for path in files_under(&from.join(keyspace)) {
            let target = to.join(path.strip_prefix(from)?);
            fs::create_dir_all(target.parent().expect("a file is in a directory"))?;
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

fn files_under(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        // Cassandra may remove a directory or a file at any time.
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => directories.push(entry.path()),
                _ => files.push(entry.path()),
            }
        }
    }
    files
}
