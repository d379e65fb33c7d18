//! A directory that CQLite and nodes use in turns.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use cqlite_core::{Database, catalog::Table};
use cqlite_tests::{
    answered::{Answer, answer_of_database, answer_of_node, differs},
    cassandra::{Cassandra, CqlError, Format, Node, NodeBuilder, Tools},
    changes::{RandomChanges, change_by_node},
    filled,
    known::data_files,
    writing::{KEYSPACE, Writing},
};

/// Answers by the names of tables.
pub type Answers = BTreeMap<String, Answer>;

/// What was compared.
#[derive(Debug, Default)]
pub struct Counted {
    pub tables: usize,
    pub rows: usize,
    pub sstables: usize,
    pub not_dumped: usize,
    pub changes_of_nodes: usize,
    pub refused_by_nodes: usize,
}

/// The directory.
pub struct Place<'c> {
    pub directory: PathBuf,
    pub cassandra: &'c Cassandra,
    pub counted: Counted,
}

impl<'c> Place<'c> {
    pub fn new(directory: &Path, cassandra: &'c Cassandra) -> Self {
        Self { directory: directory.to_owned(), cassandra, counted: Counted::default() }
    }

    pub fn log_directory(&self) -> PathBuf {
        self.directory.join("commitlog")
    }

    pub fn open(&self, writing: Writing) -> Database {
        writing.builder(&self.directory).unwrap().open().unwrap()
    }

    /// A node whose every write is in its commit log when it is killed.
    pub fn node(&self, format: Format) -> NodeBuilder {
        let node = Node::builder(self.cassandra, &self.directory).format(format);
        node.uuid_ids(format != Format::Nb).setting("commitlog_sync", "batch")
    }

    /// What a database answers of all tables, `system.local` among them.
    pub fn answers_of(&self, db: &Database) -> (Vec<Arc<Table>>, Answers) {
        let tables = filled::tables(db, KEYSPACE);
        let answer = |table: &Arc<Table>| {
            let answer = answer_of_database(db, table);
            (table.name().to_owned(), answer.unwrap_or_else(|error| panic!("{}: {error}", table.name())))
        };
        let answers = tables.iter().map(answer).collect();
        (tables, answers)
    }

    /// Compares what a node answers; returned is that.
    pub fn compare_node(&mut self, node: &Node, tables: &[Arc<Table>], ours: &Answers) -> Answers {
        let theirs = answers_of_node(node, tables);
        assert_eq!(errors_of(node), [""; 0], "{}", node.log());
        self.assert_same(ours, &theirs);
        theirs
    }

    /// Compares answers of all tables.
    pub fn assert_same(&mut self, ours: &Answers, theirs: &Answers) {
        let mut told = Vec::new();
        for (name, theirs) in theirs {
            self.counted.tables += 1;
            self.counted.rows += theirs.rows.len();
            told.extend(differs(&ours[name], theirs).map(|told| format!("{name}: {told}")));
        }
        assert!(told.is_empty(), "{} of {} tables differ:\n{}", told.len(), theirs.len(), told.join("\n"));
        assert_eq!(ours.len(), theirs.len());
    }

    /// Has a node change all tables.
    pub fn change_by(&mut self, node: &Node, tables: &[Arc<Table>], seed: u64) {
        let mut connection = node.connect().unwrap();
        for table in tables {
            for change in RandomChanges::new(table, seed).take(14) {
                match change_by_node(&mut connection, table, &change) {
                    Ok(is_made) => self.counted.changes_of_nodes += usize::from(is_made),
                    // It takes no empty values of most types for elements.
                    Err(CqlError::Server { message, .. }) if is_of_empty_element(&message) => {
                        self.counted.refused_by_nodes += 1;
                    }
                    Err(error) => panic!("{}: {error}: {change:?}", table.name()),
                }
            }
        }
    }

    /// Has Cassandra's tools read all SSTables of the keyspace.
    pub fn dump_all(&mut self) {
        let mut tools = Tools::shared(self.cassandra).unwrap();
        for path in data_files(&self.directory.join("data").join(KEYSPACE)).unwrap() {
            let dumped = tools.sstabledump::<&str>(&path, &[]).unwrap();
            // It has no text for empty booleans, or for tuples with less values than their type has.
            let has_no_text = dumped.stderr.contains("Type.toJSONString(");
            assert!(dumped.success() || has_no_text, "{}: {}", path.display(), dumped.stderr);
            self.counted.sstables += 1;
            self.counted.not_dumped += usize::from(!dumped.success());
        }
    }
}

fn is_of_empty_element(message: &str) -> bool {
    message.contains("NullPointerException") || message.contains("Null value read when not allowed")
}

/// What a node answers of all tables.
pub fn answers_of_node(node: &Node, tables: &[Arc<Table>]) -> Answers {
    let mut connection = node.connect().unwrap();
    let answer = |table: &Arc<Table>| {
        let answer = answer_of_node(&mut connection, table);
        let name = table.name();
        (name.to_owned(), answer.unwrap_or_else(|error| panic!("{name}: {error}: {}", node.log())))
    };
    tables.iter().map(answer).collect()
}

/// The id of the host as the node has it.
pub fn host_id(node: &Node) -> Vec<u8> {
    let answer = node.connect().unwrap().execute("SELECT host_id FROM system.local").unwrap();
    answer.rows[0][0].clone().unwrap()
}

/// The id of the host as a database reads it.
pub fn stored_host_id(db: &Database) -> Vec<u8> {
    let local = db.table("system", "local").unwrap();
    let answer = answer_of_database(db, &local).unwrap();
    let column = answer.columns.iter().position(|name| name == "host_id").unwrap();
    answer.rows[0].values[column].clone().unwrap()
}

/// The errors that a node logged, but for what it says of a log whose end is torn.
fn errors_of(node: &Node) -> Vec<String> {
    let is_error =
        |line: &&str| line.starts_with("ERROR") && !line.contains("likely due to incomplete flush to disk");
    node.log().lines().filter(is_error).map(str::to_owned).collect()
}
