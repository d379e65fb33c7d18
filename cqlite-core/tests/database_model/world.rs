//! The tables of these tests, and what they should show.

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Replication};
use cqlite_core::storage::TableId;
use cqlite_sstable::schema::Column;
use cqlite_sstable::types::CqlType;

use super::dice::Dice;
use super::model::{ColumnModel, TableModel, Type};

/// The places of tables: one with rows of two clustering columns, one without clusterings, and one of counters.
pub const ROWS: usize = 0;
pub const PLAIN: usize = 1;
pub const COUNTERS: usize = 2;

pub const NAMES: [&str; 3] = ["rows", "plain", "counters"];

/// Columns of the first table that come and go.
pub const DROPPABLE: [(&str, Type, bool); 4] =
    [("v", Type::Text, false), ("m", Type::Map, false), ("s", Type::Text, true), ("x", Type::Int, false)];

/// All tables at one moment.
#[derive(Debug, Clone)]
pub struct World {
    pub ids: [TableId; 3],
    pub tables: [TableModel; 3],
}

/// What the tables are made with.
#[derive(Debug, Clone)]
pub struct Schema {
    pub gc_grace_seconds: i64,
    /// The time to live of what is written to the second table, unless something else is said.
    pub default_ttl: i32,
    pub compaction: String,
    compression: &'static str,
}

impl Schema {
    pub fn random(dice: &mut Dice) -> Self {
        Self {
            gc_grace_seconds: *dice.one_of(&[0, 0, 60, 864_000, 864_000]),
            default_ttl: *dice.one_of(&[0, 0, 50]),
            compaction: compaction(dice),
            compression: *dice.one_of(&[
                "{'class': 'LZ4Compressor', 'chunk_length_in_kb': '4'}",
                "{'class': 'ZstdCompressor'}",
                "{'class': 'SnappyCompressor', 'chunk_length_in_kb': '4'}",
                "{'class': 'DeflateCompressor', 'chunk_length_in_kb': '4', 'min_compress_ratio': '1.1'}",
                "{'enabled': 'false'}",
            ]),
        }
    }

    /// Whether writes may come late: what deletes them is still there then.
    pub fn takes_late_writes(&self) -> bool {
        self.gc_grace_seconds > 100_000
    }

    fn options(&self) -> String {
        format!(
            "gc_grace_seconds = {} AND compaction = {} AND compression = {}",
            self.gc_grace_seconds, self.compaction, self.compression
        )
    }

    pub fn statement(&self, table: usize) -> String {
        let options = self.options();
        match table {
            ROWS => format!(
                "CREATE TABLE rows (k int, a int, b text, s text static, z set<int> static, v text, n int, \
                 m map<int, text>, PRIMARY KEY (k, a, b)) WITH CLUSTERING ORDER BY (a DESC, b ASC) AND {options}"
            ),
            PLAIN => format!(
                "CREATE TABLE plain (k int PRIMARY KEY, v text, m map<int, text>) \
                 WITH default_time_to_live = {} AND {options}",
                self.default_ttl
            ),
            _ => format!(
                "CREATE TABLE counters (k int, a int, n counter, o counter, PRIMARY KEY (k, a)) WITH {options}"
            ),
        }
    }

    /// Makes the tables, and says what they show: nothing.
    pub fn create(&self, db: &Database) -> World {
        db.create_keyspace(Keyspace::new("ks", Replication::simple(1), true).unwrap()).unwrap();
        let make = |table| db.create_table("ks", &self.statement(table)).unwrap().id();
        World { ids: [ROWS, PLAIN, COUNTERS].map(make), tables: [ROWS, PLAIN, COUNTERS].map(empty) }
    }
}

/// Options of a random strategy, such that it finds something to do with few and small SSTables.
pub fn compaction(dice: &mut Dice) -> String {
    let strategy = match dice.below(6) {
        0 => "'class': 'SizeTieredCompactionStrategy', 'min_threshold': '2', 'max_threshold': '4'",
        1 => "'class': 'SizeTieredCompactionStrategy'",
        2 => "'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': '1'",
        3 => {
            "'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'MINUTES', \
             'compaction_window_size': '1', 'min_threshold': '2', 'expired_sstable_check_frequency_seconds': '0'"
        }
        4 => {
            "'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'T2', 'target_sstable_size': '1MiB'"
        }
        _ => "'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'L4', 'base_shard_count': '2'",
    };
    let tombstones = match dice.below(3) {
        0 => "",
        1 => {
            ", 'tombstone_compaction_interval': '1', 'tombstone_threshold': '0.01', \
             'unchecked_tombstone_compaction': 'true'"
        }
        _ => ", 'provide_overlapping_tombstones': 'cell', 'tombstone_compaction_interval': '1'",
    };
    format!("{{{strategy}{tombstones}}}")
}

/// A table without rows.
pub fn empty(table: usize) -> TableModel {
    let column = |&(name, column_type, is_static): &(&str, Type, bool)| ColumnModel {
        name: name.to_owned(),
        column_type,
        is_static,
    };
    let (clusterings, columns): (Vec<_>, &[(&str, Type, bool)]) = match table {
        ROWS => (
            vec![(Type::Int, true), (Type::Text, false)],
            &[
                ("s", Type::Text, true),
                ("z", Type::Set, true),
                ("v", Type::Text, false),
                ("n", Type::Int, false),
                ("m", Type::Map, false),
            ],
        ),
        PLAIN => (vec![], &[("v", Type::Text, false), ("m", Type::Map, false)]),
        _ => (vec![(Type::Int, false)], &[("n", Type::Counter, false), ("o", Type::Counter, false)]),
    };
    TableModel {
        clusterings,
        columns: columns.iter().map(column).collect(),
        dropped: Default::default(),
        partitions: Default::default(),
    }
}

/// A column as the database is told of it.
pub fn column(name: &str, column_type: Type) -> Column {
    let cql = match column_type {
        Type::Int => CqlType::Int,
        Type::Map => {
            CqlType::parse_marshal("MapType(Int32Type,UTF8Type)").expect("the type is one of Cassandra's")
        }
        _ => CqlType::Text,
    };
    Column::new(name, cql)
}
