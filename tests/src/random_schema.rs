//! Random schemas as statements.

use crate::fuzz::Random;

/// All native types but counters, which columns of counter tables alone have.
pub const NATIVES: [&str; 20] = [
    "ascii",
    "bigint",
    "blob",
    "boolean",
    "date",
    "decimal",
    "double",
    "duration",
    "float",
    "inet",
    "int",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timeuuid",
    "tinyint",
    "uuid",
    "varchar",
    "varint",
];

const OPTIONS: [&str; 22] = [
    "gc_grace_seconds = 60",
    "comment = 'it''s \"quoted\" and ünïcode'",
    "default_time_to_live = 86400",
    "bloom_filter_fp_chance = 0.0005",
    "bloom_filter_fp_chance = 1",
    "caching = {'keys': 'none', 'rows_per_partition': 'all'}",
    "caching = {'keys': 'ALL', 'rows_per_partition': '120'}",
    "compaction = {'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': '64', 'fanout_size': 8}",
    "compaction = {'class': 'org.apache.cassandra.db.compaction.TimeWindowCompactionStrategy', \
     'compaction_window_unit': 'HOURS', 'compaction_window_size': '6'}",
    "compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': '6', 'enabled': 'false'}",
    "compaction = {'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'T4, L8'}",
    "compression = {'enabled': 'false'}",
    "compression = {'class': 'ZstdCompressor', 'compression_level': 5, 'chunk_length_in_kb': 64}",
    "compression = {'class': 'LZ4Compressor', 'min_compress_ratio': 1.25, 'chunk_length_in_kb': 4}",
    "compression = {'class': 'org.apache.cassandra.io.compress.SnappyCompressor'}",
    "crc_check_chance = 0.25",
    "speculative_retry = 'MIN(98.5percentile,40ms)' AND additional_write_policy = 'always'",
    "speculative_retry = 'NONE' AND read_repair = 'none'",
    "max_index_interval = 4096 AND min_index_interval = 64",
    "memtable_flush_period_in_ms = 3600000",
    "incremental_backups = false AND allow_auto_snapshot = 'no'",
    "extensions = {'a': 0xcafe, 'b': 0x} AND cdc = false",
];

/// The statements that make a keyspace with types and so many tables in it, change some of them and drop others.
pub fn statements(keyspace: &str, tables: usize, seed: u64) -> Vec<String> {
    let mut made =
        RandomSchema { random: Random::new(seed), keyspace: keyspace.to_owned(), types: Vec::new() };
    let durable = made.random.below(2) == 0;
    let mut statements = vec![format!(
        "CREATE KEYSPACE {keyspace} WITH replication = {{'class': '{}', 'replication_factor': 1}} AND durable_writes = \
         {durable}",
        ["SimpleStrategy", "NetworkTopologyStrategy"][made.random.below(2)]
    )];
    for number in 0..6 {
        statements.push(made.create_type(number));
    }
    for number in 0..tables {
        made.table(number, &mut statements);
    }
    statements.push(format!("ALTER TYPE {keyspace}.t0 ADD added list<int>"));
    statements.push(format!("ALTER TYPE {keyspace}.t1 RENAME f0 TO renamed"));
    statements.push(format!("CREATE TYPE {keyspace}.unused (a int)"));
    statements.push(format!("DROP TYPE {keyspace}.unused"));
    statements.push(format!("CREATE TYPE {keyspace}.unused (b frozen<t0>)"));
    statements
}

struct RandomSchema {
    random: Random,
    keyspace: String,
    types: Vec<String>,
}

impl RandomSchema {
    fn pick(&mut self, of: &[&str]) -> String {
        of[self.random.below(of.len())].to_owned()
    }

    fn native(&mut self) -> String {
        self.pick(&NATIVES)
    }

    /// A type of one cell that can stand anywhere.
    fn frozen(&mut self, depth: usize) -> String {
        let kind = if depth == 0 { 0 } else { self.random.below(8) };
        match kind {
            1 => format!("frozen<list<{}>>", self.frozen(depth - 1)),
            2 => format!("frozen<set<{}>>", self.element(depth - 1)),
            3 => format!("frozen<map<{}, {}>>", self.element(depth - 1), self.frozen(depth - 1)),
            4 => format!("tuple<{}, {}>", self.frozen(depth - 1), self.frozen(depth - 1)),
            5 => format!("vector<{}, {}>", self.pick(&["float", "int", "text"]), self.random.below(9) + 1),
            6 if !self.types.is_empty() => {
                let place = self.random.below(self.types.len());
                format!("frozen<{}>", self.types[place])
            }
            _ => self.native(),
        }
    }

    /// A type that keys can have: durations have no order.
    fn element(&mut self, depth: usize) -> String {
        loop {
            let of = self.frozen(depth);
            if of != "duration"
                && !of.contains("duration")
                && !self.types.iter().any(|name| of.contains(name))
            {
                return of;
            }
        }
    }

    /// A type of many cells, or of one.
    fn column(&mut self) -> String {
        match self.random.below(7) {
            0 => format!("list<{}>", self.frozen(2)),
            1 => format!("set<{}>", self.element(2)),
            2 => format!("map<{}, {}>", self.element(1), self.frozen(2)),
            3 => "flat".to_owned(),
            _ => self.frozen(3),
        }
    }

    fn create_type(&mut self, number: usize) -> String {
        let keyspace = self.keyspace.clone();
        if number == 5 {
            return format!("CREATE TYPE {keyspace}.flat (a int, \"B\" text, c frozen<t0>)");
        }
        let fields: Vec<String> =
            (0..=self.random.below(4)).map(|field| format!("f{field} {}", self.frozen(2))).collect();
        // A name that has to be quoted is one of them.
        let name = if number == 3 { "\"Type Three\"".to_owned() } else { format!("t{number}") };
        self.types.push(name.clone());
        format!("CREATE TYPE {keyspace}.{name} ({})", fields.join(", "))
    }

    fn table(&mut self, number: usize, statements: &mut Vec<String>) {
        let name = if number % 7 == 3 { format!("\"Table{number}\"") } else { format!("table_{number}") };
        let name = format!("{}.{name}", self.keyspace);
        let (partition, clustering) = (1 + self.random.below(3), self.random.below(4));
        let is_counter = number % 9 == 4;
        let mut columns: Vec<String> =
            (0..partition).map(|key| format!("p{key} {}", self.element(2))).collect();
        columns.extend((0..clustering).map(|key| format!("c{key} {}", self.element(2))));
        for column in 0..self.random.below(6) {
            let of = if is_counter { "counter".to_owned() } else { self.column() };
            let kind = if clustering > 0 && self.random.below(3) == 0 { " static" } else { "" };
            // Cassandra orders names by their bytes.
            let column = ["v", "V", "é", "_"][self.random.below(4)].to_owned() + &column.to_string();
            columns.push(format!("\"{column}\" {of}{kind}"));
        }
        if is_counter {
            columns.push("n counter".to_owned());
        }
        let list = |prefix: &str, count: usize| -> String {
            let names: Vec<String> = (0..count).map(|key| format!("{prefix}{key}")).collect();
            names.join(", ")
        };
        let rest = if clustering > 0 { format!(", {}", list("c", clustering)) } else { String::new() };
        let mut options = Vec::new();
        if clustering > 0 && self.random.below(2) == 0 {
            let order = (0..clustering).map(|key| format!("c{key} {}", self.pick(&["ASC", "DESC"])));
            options.push(format!("CLUSTERING ORDER BY ({})", order.collect::<Vec<_>>().join(", ")));
        }
        options.extend(self.options(is_counter));
        let with =
            if options.is_empty() { String::new() } else { format!(" WITH {}", options.join(" AND ")) };
        statements.push(format!(
            "CREATE TABLE {name} ({}, PRIMARY KEY (({}){rest})){with}",
            columns.join(", "),
            list("p", partition)
        ));
        self.change(&name, number, clustering, is_counter, statements);
    }

    fn options(&mut self, is_counter: bool) -> Vec<String> {
        let mut options: Vec<&str> = Vec::new();
        for _ in 0..self.random.below(4) {
            let option = OPTIONS[self.random.below(OPTIONS.len())];
            let name = |option: &str| option.split(' ').next().unwrap_or_default().to_owned();
            let is_there = options.iter().any(|known| name(known) == name(option));
            if !(is_there || is_counter && option.starts_with("default_time")) {
                options.push(option);
            }
        }
        options.into_iter().map(str::to_owned).collect()
    }

    fn change(
        &mut self,
        name: &str,
        number: usize,
        clustering: usize,
        is_counter: bool,
        statements: &mut Vec<String>,
    ) {
        let of = |made: &mut Self| if is_counter { "counter".to_owned() } else { made.frozen(2) };
        if number % 3 == 1 {
            let (one, other) = (of(self), of(self));
            statements.push(format!("ALTER TABLE {name} ADD (added_1 {one}, added_2 {other})"));
            statements.push(format!("ALTER TABLE {name} DROP added_1"));
            // Cassandra knows the type of a dropped column only with tuples for its user-defined types.
            let is_user_type =
                |word: &str| word.strip_prefix('t').is_some_and(|number| number.parse::<u32>().is_ok());
            let has_user_type = one.split(|part: char| !part.is_alphanumeric()).any(is_user_type);
            if number % 2 == 1 && !is_counter && !has_user_type {
                statements.push(format!("ALTER TABLE {name} ADD added_1 {one}"));
                statements.push(format!("ALTER TABLE {name} DROP added_1 USING TIMESTAMP 1700000000123456"));
                statements.push(format!("ALTER TABLE {name} ADD added_1 {one}"));
            }
        }
        if number % 4 == 2 {
            if clustering > 0 {
                statements.push(format!("ALTER TABLE {name} ADD shared {} static", of(self)));
            }
            statements.push(format!("ALTER TABLE {name} RENAME p0 TO \"renamed P\""));
        }
        if number % 5 == 1 {
            for option in self.options(is_counter) {
                statements.push(format!("ALTER TABLE {name} WITH {option}"));
            }
        }
        if number % 8 == 5 {
            statements.push(format!("DROP TABLE {name}"));
        }
        if number % 16 == 5 {
            statements.push(format!("CREATE TABLE {name} (k int PRIMARY KEY, v text)"));
        }
    }
}
