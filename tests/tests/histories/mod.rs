//! Random statements for random tables, many of them of the same write time.

use cqlite_tests::fuzz::Random;

/// A table, by its seed.
pub struct Shape {
    pub seed: u64,
    pub table: String,
    /// Two clustering columns, one, or none.
    clusterings: usize,
    descending: bool,
    has_statics: bool,
    is_counter: bool,
}

/// Names and types of the columns that tables have: simple ones, and those of many cells.
const SIMPLE: [(&str, &str); 4] =
    [("a", "int"), ("b", "text"), ("f", "frozen<list<int>>"), ("t", "timestamp")];
const COMPLEX: [(&str, &str); 4] =
    [("m", "map<text, int>"), ("s", "set<int>"), ("l", "list<text>"), ("u", "pair")];

impl Shape {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            table: format!("t{seed}"),
            clusterings: [2, 1, 2, 0][seed as usize % 4],
            descending: seed % 3 == 1,
            has_statics: seed % 4 != 3 && seed % 5 != 0,
            is_counter: seed % 7 == 5,
        }
    }

    pub fn create(&self, keyspace: &str, gc_grace_seconds: i64) -> String {
        let mut columns = "k int".to_owned();
        let clusterings = &["c int", "d text"][..self.clusterings];
        clusterings.iter().for_each(|column| columns.push_str(&format!(", {column}")));
        if self.is_counter {
            columns.push_str(", n counter, o counter");
            columns.push_str(if self.has_statics { ", z counter static" } else { "" });
        } else {
            for (name, cql_type) in SIMPLE.iter().chain(&COMPLEX) {
                columns.push_str(&format!(", {name} {cql_type}"));
            }
            if self.has_statics {
                columns.push_str(", z int static, y map<text, int> static");
            }
        }
        let key = ["k", "k, c", "k, c, d"][self.clusterings];
        let order = match (self.clusterings, self.descending) {
            (2, true) => "CLUSTERING ORDER BY (c DESC, d ASC) AND ",
            (2, false) => "CLUSTERING ORDER BY (c ASC, d DESC) AND ",
            (1, true) => "CLUSTERING ORDER BY (c DESC) AND ",
            _ => "",
        };
        format!(
            "CREATE TABLE {keyspace}.{} ({columns}, PRIMARY KEY ({key})) WITH {order}gc_grace_seconds = \
             {gc_grace_seconds} AND compaction = {{'class': 'SizeTieredCompactionStrategy', 'enabled': false}}",
            self.table
        )
    }

    fn row(&self, random: &mut Random) -> String {
        let (c, d) = (random.below(4), ["", "p", "q", "r"][random.below(4)]);
        match self.clusterings {
            0 => String::new(),
            1 => format!(" AND c = {c}"),
            _ => format!(" AND c = {c} AND d = '{d}'"),
        }
    }

    /// Some of the rows of a partition, or all of them.
    fn range(&self, random: &mut Random) -> String {
        let (c, d) = (random.below(4), ["p", "q", "r"][random.below(3)]);
        let comparisons = ["<", "<=", ">", ">="];
        let comparison = comparisons[random.below(4)];
        match (self.clusterings, random.below(4)) {
            (0, _) | (_, 0) => String::new(),
            (2, 1) => format!(" AND c = {c} AND d {comparison} '{d}'"),
            (2, 2) => format!(" AND c = {c}"),
            (_, 3) => {
                format!(" AND c >{} {c} AND c <= {}", ["", "="][random.below(2)], c + 1 + random.below(2))
            }
            _ => format!(" AND c {comparison} {c}"),
        }
    }
}

/// One change of one of the three partitions of a history.
pub fn statement(keyspace: &str, shape: &Shape, history: u64, random: &mut Random) -> String {
    let table = format!("{keyspace}.{}", shape.table);
    let partition = format!("k = {}", history as usize * 3 + random.below(3));
    if shape.is_counter {
        return counter_statement(&table, &partition, shape, random);
    }
    let timestamp = 1_000 + random.below(12);
    let using = format!("USING TIMESTAMP {timestamp}");
    let using_ttl = match random.below(4) {
        0 => format!("{using} AND TTL 1"),
        1 => format!("{using} AND TTL {}", 100_000 + random.below(2)),
        _ => using.clone(),
    };
    let row = shape.row(random);
    match random.below(14) {
        0..=3 => insert(&table, &partition, &row, &using_ttl, random),
        4 | 5 => {
            let change = change(random);
            format!("UPDATE {table} {using_ttl} SET {change} WHERE {partition}{row}")
        }
        6 | 7 => {
            let element = ["m['x']", "m['y']", "u.a", "m", "a", "l", "s"][random.below(7)];
            format!("DELETE {element} FROM {table} {using} WHERE {partition}{row}")
        }
        8 => format!("DELETE FROM {table} {using} WHERE {partition}{row}"),
        9 | 10 if shape.clusterings > 0 => {
            let range = shape.range(random);
            format!("DELETE FROM {table} {using} WHERE {partition}{range}")
        }
        11 if random.below(3) == 0 => format!("DELETE FROM {table} {using} WHERE {partition}"),
        12 if shape.has_statics => match random.below(4) {
            0 => format!("DELETE y FROM {table} {using} WHERE {partition}"),
            1 => format!("UPDATE {table} {using_ttl} SET y['x'] = 1, z = {timestamp} WHERE {partition}"),
            2 => format!("UPDATE {table} {using_ttl} SET y = {{'q': 7, 'x': 2}} WHERE {partition}"),
            _ => format!("UPDATE {table} {using_ttl} SET z = {} WHERE {partition}", random.below(5)),
        },
        _ => insert(&table, &partition, &row, &using_ttl, random),
    }
}

/// One change of an `UPDATE`.
fn change(random: &mut Random) -> String {
    let number = random.below(5);
    let key = ["x", "y", "z"][random.below(3)];
    match random.below(11) {
        0 => format!("a = {number}"),
        1 => "a = null, b = null".to_owned(),
        2 => format!("m['{key}'] = {number}"),
        3 => format!("m = {{'{key}': {number}, 'v': 1}}"),
        4 => format!("s = s + {{{number}, {}}}", number + 3),
        5 => format!("s = s - {{{number}}}, b = '{key}'"),
        6 => format!("l = l + ['{key}']"),
        7 => format!("l = ['{key}', '{number}']"),
        8 => format!("u = {{a: {number}, b: '{key}'}}"),
        9 => format!("u.b = '{key}', f = [{number}]"),
        _ => format!("b = '{key}', t = {number}, m = m - {{'{key}'}}"),
    }
}

fn insert(table: &str, partition: &str, row: &str, using: &str, random: &mut Random) -> String {
    let equals = format!("{partition}{row}");
    let parts: Vec<(&str, &str)> =
        equals.split(" AND ").map(|part| part.split_once(" = ").unwrap_or((part, ""))).collect();
    let (mut names, mut values): (Vec<&str>, Vec<String>) =
        parts.iter().map(|(name, value)| (*name, (*value).to_owned())).unzip();
    let number = random.below(6);
    let texts = [format!("'v{number}'"), "''".to_owned(), "null".to_owned()];
    let options: [(&str, String); 7] = [
        ("a", number.to_string()),
        ("b", texts[random.below(3)].clone()),
        ("f", format!("[{number}, 2]")),
        ("t", "1000".to_owned()),
        ("m", format!("{{'x': {number}, 'w': 2}}")),
        ("s", format!("{{{number}, 9}}")),
        ("u", format!("{{a: {number}}}")),
    ];
    for (name, value) in options {
        if random.below(3) == 0 {
            names.push(name);
            values.push(value);
        }
    }
    format!("INSERT INTO {table} ({}) VALUES ({}) {using}", names.join(", "), values.join(", "))
}

fn counter_statement(table: &str, partition: &str, shape: &Shape, random: &mut Random) -> String {
    let row = shape.row(random);
    let number = random.below(9);
    match random.below(12) {
        0 => format!("DELETE FROM {table} WHERE {partition}{row}"),
        1 => format!("DELETE o FROM {table} WHERE {partition}{row}"),
        2 if shape.has_statics => format!("UPDATE {table} SET z = z + {number} WHERE {partition}"),
        3 => format!("UPDATE {table} SET n = n - {number} WHERE {partition}{row}"),
        4 => format!("UPDATE {table} SET n = n + 1, o = o + {number} WHERE {partition}{row}"),
        _ => format!("UPDATE {table} SET n = n + {number} WHERE {partition}{row}"),
    }
}
