//! Random tables: their schemas, and what is written into them, follow from numbers, write times too.
//!
//! Each seed has partitions of its own in its table, so that two hundred of them share twenty tables. Write times
//! are drawn from few, and rows from few, so that much ties and much is deleted again.

use crate::fuzz::Random;

/// How many times a table is flushed; a seed writes in two to five of these rounds.
pub const ROUNDS: usize = 5;

/// The TTL of what is expired when it is read, and of what is not.
const TTLS_SECONDS: [u32; 2] = [1, 150_000_000];
const FIRST_WRITE_TIME_MICROS: i64 = 1_700_000_000_000_000;
const WRITE_TIMES: usize = 30;
const PARTITIONS_OF_A_SEED: usize = 3;

/// A table of random columns.
#[derive(Debug, Clone)]
pub struct SeededTable {
    /// `t0` and so on.
    pub name: String,
    clusterings: Vec<Clustering>,
    columns: Vec<Column>,
}

#[derive(Debug, Clone)]
struct Clustering {
    name: String,
    cql_type: &'static str,
    is_descending: bool,
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    kind: Kind,
    is_static: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Text,
    Blob,
    Frozen,
    Map,
    Set,
    List,
    User,
    Counter,
}

impl Kind {
    const OF_ROWS: [Self; 8] =
        [Self::Int, Self::Text, Self::Map, Self::Set, Self::List, Self::User, Self::Frozen, Self::Blob];

    fn cql(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Text => "text",
            Self::Blob => "blob",
            Self::Frozen => "frozen<list<int>>",
            Self::Map => "map<int, text>",
            Self::Set => "set<text>",
            Self::List => "list<int>",
            Self::User => "point",
            Self::Counter => "counter",
        }
    }

    fn literal(self, random: &mut Random) -> String {
        let number = random.below(5);
        let text = ["a", "bb", "", "ccc ccc", "ü"][random.below(5)];
        match self {
            Self::Int | Self::Counter => number.to_string(),
            Self::Text => format!("'{text}'"),
            Self::Blob => ["0x", "0x00", "0xffffffff"][random.below(3)].to_owned(),
            Self::Frozen | Self::List => format!("[{number}, {}]", random.below(9)),
            Self::Map => format!("{{{number}: '{text}', {}: 'x'}}", number + 1),
            Self::Set => format!("{{'{text}', 'x{number}'}}"),
            Self::User => format!("{{x: {number}, y: '{text}'}}"),
        }
    }

    /// What follows the column's name in `SET`.
    fn assignment(self, name: &str, random: &mut Random) -> String {
        let key = random.below(5);
        let (value, appends) = (self.literal(random), random.below(3) > 0);
        match self {
            Self::Counter if random.below(3) == 0 => format!("{name} = {name} - {value}"),
            Self::Counter => format!("{name} = {name} + {value}"),
            Self::Map if appends && key == 0 => format!("{name} = {name} - {{{key}, 3}}"),
            Self::Map if appends && key < 3 => format!("{name}[{key}] = {}", Self::Text.literal(random)),
            Self::User if appends && key < 3 => format!("{name}.x = {key}"),
            Self::Map | Self::Set | Self::List if appends => format!("{name} = {name} + {value}"),
            _ if key == 4 => format!("{name} = null"),
            _ => format!("{name} = {value}"),
        }
    }
}

impl SeededTable {
    /// So many tables; every fifth has counters.
    pub fn all(count: usize) -> Vec<Self> {
        (0..count).map(Self::new).collect()
    }

    fn new(index: usize) -> Self {
        let mut random = Random::new(index as u64);
        let clusterings = (0..index % 4).map(|depth| Clustering {
            name: format!("c{depth}"),
            cql_type: ["int", "text", "bigint"][random.below(3)],
            is_descending: random.below(2) == 1,
        });
        let clusterings: Vec<_> = clusterings.collect();
        let counts = index % 5 == 4;
        let columns = (0..if counts { 2 } else { 3 + random.below(4) }).map(|column| Column {
            name: format!("v{column}"),
            kind: if counts { Kind::Counter } else { Kind::OF_ROWS[(index + column) % 8] },
            is_static: !clusterings.is_empty() && column > 0 && random.below(3) == 0,
        });
        let columns = columns.collect();
        Self { name: format!("t{index}"), clusterings, columns }
    }

    /// The type that the tables of a keyspace share.
    pub fn create_type(keyspace: &str) -> String {
        format!("CREATE TYPE {keyspace}.point (x int, y text)")
    }

    /// The statement that makes the table.
    pub fn create(&self, keyspace: &str, options: &str) -> String {
        let mut cql = format!("CREATE TABLE {keyspace}.{} (pk int", self.name);
        for Clustering { name, cql_type, .. } in &self.clusterings {
            cql += &format!(", {name} {cql_type}");
        }
        for Column { name, kind, is_static } in &self.columns {
            cql += &format!(", {name} {}{}", kind.cql(), if *is_static { " static" } else { "" });
        }
        let names: Vec<&str> = self.clusterings.iter().map(|one| one.name.as_str()).collect();
        let key = [&["pk"], names.as_slice()].concat().join(", ");
        cql += &format!(", PRIMARY KEY ({key})) WITH {options}");
        let order =
            |one: &Clustering| format!("{} {}", one.name, if one.is_descending { "DESC" } else { "ASC" });
        if !names.is_empty() {
            let orders: Vec<String> = self.clusterings.iter().map(order).collect();
            cql += &format!(" AND CLUSTERING ORDER BY ({})", orders.join(", "));
        }
        cql
    }

    /// Whether the columns are counters, which batches of their own are for.
    pub fn counts(&self) -> bool {
        self.columns[0].kind == Kind::Counter
    }

    /// What a seed writes in a round; nothing in some of the rounds.
    pub fn statements(&self, keyspace: &str, seed: u64, round: usize) -> Vec<String> {
        let rounds = 2 + (seed as usize) % (ROUNDS - 1);
        if (round + seed as usize) % ROUNDS >= rounds {
            return Vec::new();
        }
        let mut random = Random::new(seed * ROUNDS as u64 + round as u64 + (1 << 32));
        let table = format!("{keyspace}.{}", self.name);
        let count = 8 + random.below(10);
        (0..count).map(|_| self.statement(&table, seed, &mut random)).collect()
    }

    fn statement(&self, table: &str, seed: u64, random: &mut Random) -> String {
        let partition = seed as usize * PARTITIONS_OF_A_SEED + random.below(PARTITIONS_OF_A_SEED);
        let key = format!("pk = {partition}");
        let ttl_seconds = if random.below(4) == 0 { TTLS_SECONDS[random.below(2)] } else { 0 };
        let ttl = if ttl_seconds > 0 { format!(" AND TTL {ttl_seconds}") } else { String::new() };
        // What expires soon never ties with anything else. In Cassandra too, a compaction makes a tombstone of it, which then
        // wins over a cell that expires later, though it had lost to it.
        let apart = i64::from(ttl_seconds == TTLS_SECONDS[0]);
        let time = FIRST_WRITE_TIME_MICROS + 4 * random.below(WRITE_TIMES) as i64 + apart;
        // Counters get their write times from the server.
        let timestamp = if self.counts() { String::new() } else { format!("USING TIMESTAMP {time}") };
        let column = &self.columns[random.below(self.columns.len())];
        let row = if column.is_static { key.clone() } else { self.row(&key, random) };
        let assignment = column.kind.assignment(&column.name, random);
        match random.below(12) {
            0 => format!("DELETE FROM {table} {timestamp} WHERE {key}{}", self.slice(random)),
            1 => format!("DELETE FROM {table} {timestamp} WHERE {}", self.row(&key, random)),
            2 => format!("DELETE {} FROM {table} {timestamp} WHERE {row}", column.name),
            3 if column.kind == Kind::Map => {
                format!("DELETE {}[{}] FROM {table} {timestamp} WHERE {row}", column.name, random.below(5))
            }
            _ if self.counts() => format!("UPDATE {table} SET {assignment} WHERE {row}"),
            4..=6 => format!("UPDATE {table} {timestamp}{ttl} SET {assignment} WHERE {row}"),
            _ => self.insert(table, partition, &format!("{timestamp}{ttl}"), random),
        }
    }

    fn insert(&self, table: &str, partition: usize, using: &str, random: &mut Random) -> String {
        let (mut names, mut values) = (vec!["pk".to_owned()], vec![partition.to_string()]);
        for clustering in &self.clusterings {
            names.push(clustering.name.clone());
            values.push(clustering.literal(random));
        }
        for column in &self.columns {
            if random.below(3) == 0 {
                continue;
            }
            names.push(column.name.clone());
            values.push(if random.below(8) == 0 { "null".to_owned() } else { column.kind.literal(random) });
        }
        format!("INSERT INTO {table} ({}) VALUES ({}) {using}", names.join(", "), values.join(", "))
    }

    /// The condition for one row.
    fn row(&self, key: &str, random: &mut Random) -> String {
        let equal = |one: &Clustering| format!(" AND {} = {}", one.name, one.literal(random));
        let clusterings: String = self.clusterings.iter().map(equal).collect();
        format!("{key}{clusterings}")
    }

    /// The conditions for some of the rows of a partition; rarely for all.
    fn slice(&self, random: &mut Random) -> String {
        if self.clusterings.is_empty() || random.below(6) == 0 {
            return String::new();
        }
        let depth = random.below(self.clusterings.len());
        let equal = |one: &Clustering| format!(" AND {} = {}", one.name, one.literal(random));
        let mut cql: String = self.clusterings[..depth].iter().map(equal).collect();
        let last = &self.clusterings[depth];
        let (from, to) = (last.literal(random), last.literal(random));
        let (greater, less) = ([">", ">="][random.below(2)], ["<", "<="][random.below(2)]);
        cql += &match random.below(3) {
            0 => format!(" AND {} {greater} {from}", last.name),
            1 => format!(" AND {} {less} {to}", last.name),
            _ => format!(" AND {0} {greater} {from} AND {0} {less} {to}", last.name),
        };
        cql
    }
}

impl Clustering {
    fn literal(&self, random: &mut Random) -> String {
        match self.cql_type {
            "text" => format!("'{}'", ["", "a", "b", "ba", "c"][random.below(5)]),
            _ => random.below(5).to_string(),
        }
    }
}
