//! A real node takes what the library wrote out of each table of the corpus and the fixtures: it verifies every
//! value, and answers `SELECT` as the node did that wrote the table; `sstableverify` accepts the same files. So it
//! does with what the SSTables of a table were compacted into.
//!
//! A table and a version take a node 0.15 s (verify, answer, truncate): a test takes one to two minutes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Cassandra, Connection, CqlError, Format, Node, Tools},
    corpus::Corpus,
    described, fixtures,
    known::KnownTable,
    rewritten::{self, Compaction, Rewritten},
    scratch,
};
use serde_json::{Value, value::RawValue};

/// The rows of these are not all in SSTables: the node was killed, and they are in its commit log.
const IN_COMMIT_LOG: &str = "node-killed";

/// A node with the schema of tables in it.
struct Judge {
    node: Node,
    connection: Connection,
    tables: Vec<KnownTable>,
    wrong: Vec<String>,
    /// How many tables were also compacted.
    compacted: usize,
}

impl Judge {
    /// Starts a node and makes all tables in it that Cassandra accepts.
    fn start(cassandra: &Cassandra, directory: &Path, settings: Settings) -> Self {
        let node = Node::builder(cassandra, directory)
            .format(settings.format)
            .partitioner(settings.partitioner)
            // One that writes nb passes over files of oa and da without a word.
            .setting("storage_compatibility_mode", "NONE")
            // Hundreds of tables are made in seconds if no change of the schema waits for a disk.
            .jvm("-Dcassandra.test.flush_local_schema_changes=false")
            .start()
            .unwrap();
        let mut connection = node.connect().unwrap();
        let tables = settings.tables();
        let mut refused = Vec::new();
        for schema in schemas(&tables) {
            refused.extend(described::create(&mut connection, &fs::read_to_string(schema).unwrap()).unwrap());
        }
        assert!(refused.is_empty(), "{refused:?}");
        let names = names(&mut connection);
        let known = tables.len();
        let accepted = |table: &KnownTable| names.contains(&(table.keyspace.clone(), table.table.clone()));
        let tables: Vec<KnownTable> = tables.into_iter().filter(accepted).collect();
        eprintln!("{} {}: {} of {known} tables", settings.format, settings.partitioner, tables.len());
        Self { node, connection, tables, wrong: Vec::new(), compacted: 0 }
    }

    /// Imports what each table was rewritten into, and compares what the node then answers.
    fn import_and_select(&mut self) -> usize {
        let mut compared = 0;
        for (number, table) in self.tables.clone().iter().enumerate() {
            for version in versions(table) {
                let Some((_temporary, directory)) = rewritten_table(table, version) else { continue };
                self.import(table, &directory, &format!("as {version}"));
                compared += 1;
            }
            if table.sstables.len() > 1 {
                self.compact_and_select(table, rewritten::VERSIONS[number % rewritten::VERSIONS.len()]);
            }
        }
        compared
    }

    /// The same with all SSTables of a table in one.
    fn compact_and_select(&mut self, table: &KnownTable, version: &'static str) {
        let temporary = scratch::directory();
        let data: Vec<PathBuf> = table.sstables.iter().map(|sstable| sstable.data_path.clone()).collect();
        match rewritten::compact(&data, &Compaction { version, purge: None }, temporary.path()) {
            Rewritten::Written(written) => {
                self.import(table, written[0].parent().unwrap(), &format!("compacted as {version}"));
                self.compacted += 1;
            }
            // The version cannot hold what is in one of them.
            Rewritten::Refused(_) if rewritten_table(table, version).is_none() => {}
            Rewritten::Refused(words) => self.wrong.push(format!("{}: {words}", quoted(table))),
        }
    }

    fn import(&mut self, table: &KnownTable, directory: &Path, how: &str) {
        let what = format!("{} {}.{} {how}", table.set, table.keyspace, table.table);
        match self.node.import(&table.keyspace, &table.table, directory) {
            Ok(()) => self.select(table, &what),
            Err(error) => self.wrong.push(format!("{what}: {error}")),
        }
        if !is_view(table) {
            self.connection.execute(&format!("TRUNCATE {}", quoted(table))).unwrap();
        }
    }

    /// Compares `SELECT *`, `SELECT JSON *` and the write times with what is kept of the node that wrote the table.
    fn select(&mut self, table: &KnownTable, what: &str) {
        let name = quoted(table);
        let mut answer = |what_of: &str| self.connection.execute(&format!("SELECT {what_of} FROM {name}"));
        if let Some(truth) = table.raw_rows().unwrap() {
            match answer("*") {
                Ok(rows) if rows.rows == truth.rows => {}
                other => self
                    .wrong
                    .push(format!("{what}: SELECT * {}", parting(&truth.rows, other.map(|r| r.rows)))),
            }
        }
        let mut answer = |what_of: &str| self.connection.execute(&format!("SELECT {what_of} FROM {name}"));
        if let Some(truth) = table.json_rows().unwrap() {
            let ours = answer("JSON *").map(cqlite_tests::cassandra::Rows::into_texts);
            if !matches!(&ours, Ok(ours) if *ours == truth) {
                self.wrong.push(format!("{what}: SELECT JSON * {}", parting(&truth, ours)));
            }
        }
        if let Some(truth) = table.write_times().unwrap() {
            self.write_times(table, &truth, what);
        }
    }

    fn write_times(&mut self, table: &KnownTable, truth: &[String], what: &str) {
        // Keys may be numbers of any size, which are not to be parsed.
        let parsed = |row: &String| serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(row).unwrap();
        let truth: Vec<_> = truth.iter().map(parsed).collect();
        for column in self.columns_with_write_times(table) {
            let quoted_column = column.replace('"', "\"\"");
            let theirs: Vec<_> = truth
                .iter()
                .filter_map(|row| row.get(&column))
                .map(|kept| write_time(&kept_value(kept)))
                .collect();
            if theirs.is_empty() {
                continue; // the server cannot tell those of this column
            }
            let cql = format!("SELECT WRITETIME(\"{quoted_column}\") FROM {}", quoted(table));
            let ours = self.connection.execute(&cql);
            let ours: Result<Vec<_>, _> =
                ours.map(|rows| rows.rows.into_iter().map(|row| row[0].clone()).collect());
            if !ours.as_ref().is_ok_and(|ours| *ours == theirs) {
                self.wrong.push(format!("{what}: WRITETIME({column}) {}", parting(&theirs, ours)));
            }
        }
    }

    fn columns_with_write_times(&mut self, table: &KnownTable) -> Vec<String> {
        let cql = format!(
            "SELECT column_name, kind FROM system_schema.columns WHERE keyspace_name = '{}' AND table_name = '{}'",
            table.keyspace, table.table
        );
        let rows = self.connection.execute(&cql).unwrap().rows;
        let text = |value: &Option<Vec<u8>>| String::from_utf8(value.clone().unwrap()).unwrap();
        let others = rows.iter().filter(|row| matches!(text(&row[1]).as_str(), "regular" | "static"));
        others.map(|row| text(&row[0])).collect()
    }

    /// Stops the node, puts what each table was rewritten into in its place, and has `sstableverify` read it.
    fn verify(mut self, cassandra: &Cassandra) -> usize {
        let directory = self.node.directory().to_owned();
        let mut places = Vec::new();
        for table in &self.tables {
            places.push(self.node.table_directory(&table.keyspace, &table.table));
        }
        self.node.stop().unwrap();
        let mut tools = Tools::start_on(cassandra, &directory).unwrap();
        let mut verified = 0;
        for (table, place) in self.tables.iter().zip(places) {
            let mut files = Vec::new();
            for version in versions(table) {
                let Some((_temporary, written)) = rewritten_table(table, version) else { continue };
                for entry in fs::read_dir(&written).unwrap().map(|entry| entry.unwrap()) {
                    files.push(place.join(entry.file_name()));
                    fs::copy(entry.path(), files.last().unwrap()).unwrap();
                }
                verified += 1;
            }
            let told = tools.sstableverify(&table.keyspace, &table.table).unwrap();
            let said = String::from_utf8_lossy(&told.stdout).into_owned();
            let count = files.iter().filter(|file| file.to_string_lossy().ends_with("-Data.db")).count();
            if !told.success() || said.matches("Verifying ").count() < count {
                let (set, name) = (&table.set, quoted(table));
                self.wrong.push(format!("{set} {name}: sstableverify says {said}{}", told.stderr));
            }
            files.iter().for_each(|file| fs::remove_file(file).unwrap());
        }
        for wrong in self.wrong.iter().take(40) {
            eprintln!("{}", wrong.chars().take(3000).collect::<String>());
        }
        assert!(self.wrong.is_empty(), "{} are wrong", self.wrong.len());
        verified
    }
}

/// Which node, and so which tables: those of its format and partitioner.
#[derive(Clone, Copy)]
struct Settings {
    format: Format,
    partitioner: &'static str,
    /// The sets of the corpus, by the start of their names; `nb/part-random`.
    corpus: &'static str,
}

impl Settings {
    fn tables(self) -> Vec<KnownTable> {
        let mut tables = Vec::new();
        if let Ok(corpus) = Corpus::find() {
            tables.extend(
                corpus
                    .tables()
                    .unwrap()
                    .into_iter()
                    .filter(|table| table.set.starts_with(self.corpus) && !table.set.contains(IN_COMMIT_LOG)),
            );
        }
        if self.partitioner == "Murmur3Partitioner" {
            tables.retain(|table| !table.set.contains("/part-"));
            let of_format = |table: &KnownTable| table.set == self.format.version();
            tables.extend(fixtures::tables().unwrap().into_iter().filter(of_format));
        }
        tables.retain(|table| !table.sstables.is_empty());
        tables
    }
}

/// The texts that make the tables, each once.
fn schemas(tables: &[KnownTable]) -> BTreeSet<PathBuf> {
    let of = |table: &KnownTable| table.schema_internals_cql.clone().or_else(|| table.schema_cql.clone());
    tables.iter().filter_map(of).collect()
}

/// All tables and views of a node.
fn names(connection: &mut Connection) -> BTreeSet<(String, String)> {
    let mut names = BTreeSet::new();
    for (name, of) in [("table_name", "tables"), ("view_name", "views")] {
        let cql = format!("SELECT keyspace_name, {name} FROM system_schema.{of}");
        for row in connection.execute(&cql).unwrap().rows {
            let text = |index: usize| String::from_utf8(row[index].clone().unwrap()).unwrap();
            names.insert((text(0), text(1)));
        }
    }
    names
}

fn quoted(table: &KnownTable) -> String {
    format!("\"{}\".\"{}\"", table.keyspace, table.table)
}

fn is_view(table: &KnownTable) -> bool {
    table.table.ends_with("_by_a")
}

fn kept_value(kept: &RawValue) -> Value {
    serde_json::from_str(kept.get()).unwrap()
}

/// A kept write time, or those of a collection's elements, as the protocol has them.
fn write_time(kept: &Value) -> Option<Vec<u8>> {
    match kept {
        Value::Null => None,
        Value::Array(elements) => {
            let mut bytes = i32::try_from(elements.len()).unwrap().to_be_bytes().to_vec();
            for element in elements.iter().map(write_time) {
                let length = element.as_ref().map_or(-1, |_| i64::BITS as i32 / 8);
                bytes.extend(length.to_be_bytes());
                bytes.extend(element.unwrap_or_default());
            }
            Some(bytes)
        }
        number => Some(number.as_i64().unwrap().to_be_bytes().to_vec()),
    }
}

/// The versions that each SSTable of a table is rewritten into.
fn versions(table: &KnownTable) -> [&'static str; 4] {
    rewritten::targets(&table.sstables[0])
}

/// All SSTables of a table, each rewritten, or `None` if one was refused.
fn rewritten_table(table: &KnownTable, version: &str) -> Option<(tempfile::TempDir, PathBuf)> {
    let temporary = scratch::directory();
    let directory = temporary.path().join(&table.keyspace).join(&table.table);
    let data: Vec<PathBuf> = table.sstables.iter().map(|sstable| sstable.data_path.clone()).collect();
    match rewritten::rewrite(&data, version, &directory).unwrap() {
        Rewritten::Written(_) => {}
        Rewritten::Refused(_) => return None, // the refusals are compared with those known in rewrites_tools.rs
    }
    Some((temporary, directory))
}

/// Where two lists of rows part.
fn parting<T: PartialEq + std::fmt::Debug>(theirs: &[T], ours: Result<Vec<T>, CqlError>) -> String {
    let ours = match ours {
        Ok(ours) => ours,
        Err(error) => return format!("fails: {error}"),
    };
    let at = theirs.iter().zip(&ours).take_while(|(a, b)| a == b).count();
    let counts = format!("({} rows of {})", ours.len(), theirs.len());
    format!("{counts} differs at row {at}:\n  theirs {:?}\n  ours   {:?}", theirs.get(at), ours.get(at))
}

fn judge(test: &str, settings: Settings, at_least: usize) {
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    if settings.tables().is_empty() {
        return; // all of them are of the corpus, and it is not here
    }
    let directory = scratch::directory();
    let mut judge = Judge::start(&cassandra, directory.path(), settings);
    let imported = judge.import_and_select();
    let compacted = judge.compacted;
    let verified = judge.verify(&cassandra);
    eprintln!("{imported} imported and verified, {compacted} compacted");
    assert!(imported == verified && imported >= at_least, "{imported} imported, {verified} verified");
    assert!(compacted > 0, "no table was compacted");
}

/// Of a format, all tables but those of other partitioners.
fn usual(format: Format) -> Settings {
    Settings { format, partitioner: "Murmur3Partitioner", corpus: format.version() }
}

#[test]
fn a_node_answers_from_rewritten_tables_as_from_its_own_nb() {
    judge("a_node_answers_from_rewritten_tables_as_from_its_own_nb", usual(Format::Nb), 70);
}

#[test]
fn a_node_answers_from_rewritten_tables_as_from_its_own_oa() {
    judge("a_node_answers_from_rewritten_tables_as_from_its_own_oa", usual(Format::Oa), 30);
}

#[test]
fn a_node_answers_from_rewritten_tables_as_from_its_own_da() {
    judge("a_node_answers_from_rewritten_tables_as_from_its_own_da", usual(Format::Da), 30);
}

#[test]
fn a_node_answers_from_rewritten_tables_of_other_partitioners() {
    let test = "a_node_answers_from_rewritten_tables_of_other_partitioners";
    for (partitioner, corpus) in
        [("RandomPartitioner", "nb/part-random"), ("ByteOrderedPartitioner", "nb/part-byteordered")]
    {
        judge(test, Settings { format: Format::Nb, partitioner, corpus }, 3);
    }
}
