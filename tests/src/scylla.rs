//! SSTables as ScyllaDB writes them, in what no release of Cassandra does: columns of one and of several cells in one
//! order of names, two deletions of a row, components of Statistics.db in another order than they lie in, bases of
//! times that no 32 bits hold.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use cqlite_sstable::Component;

use crate::generated::push_uvint;
use crate::mutated::crc_db;

const MARSHAL: &str = "org.apache.cassandra.db.marshal.";

/// A table of one `int` key and one `int` clustering column.
#[derive(Debug, Clone)]
pub struct ScyllaSstable {
    /// Static columns with their types, as the header lists them.
    pub static_columns: Vec<(&'static str, String)>,
    /// Regular columns with their types, as the header lists them.
    pub regular_columns: Vec<(&'static str, String)>,
    /// The base of local deletion times and of TTLs: ScyllaDB writes `i64::MAX` where there are none.
    pub bases: [i64; 2],
    /// All of Data.db.
    pub data: Vec<u8>,
}

impl ScyllaSstable {
    /// Writes it as version `me`, not compressed, and returns the path of its Data.db.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, directory: &Path) -> io::Result<PathBuf> {
        let path = |component: &str| directory.join(format!("me-7-big-{component}"));
        fs::write(path("Statistics.db"), self.statistics())?;
        fs::write(path("Data.db"), &self.data)?;
        fs::write(path("CRC.db"), crc_db(&self.data, 64 * 1024))?;
        fs::write(path("Digest.crc32"), crc32fast::hash(&self.data).to_string())?;
        fs::write(path("Scylla.db"), [0, 0, 0, 0])?;
        let listed = ["CRC.db", "Data.db", "Digest.crc32", "Scylla.db", "Statistics.db", "TOC.txt"];
        fs::write(path("TOC.txt"), listed.join("\n"))?;
        Ok(path(Component::Data.file_name()))
    }

    fn statistics(&self) -> Vec<u8> {
        let bodies = [validation(), compaction(), self.stats(), self.header()];
        let start = |component: usize| 36 + bodies[..component].iter().map(Vec::len).sum::<usize>();
        let mut file = 4_i32.to_be_bytes().to_vec();
        for component in [3, 2, 0, 1] {
            file.extend((component as i32).to_be_bytes());
            file.extend((start(component) as i32).to_be_bytes());
        }
        file.extend(bodies.concat());
        file
    }

    fn stats(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let histogram = |body: &mut Vec<u8>| {
            body.extend(2_i32.to_be_bytes());
            for (offset, count) in [(1_i64, 1_i64), (1, 0)] {
                body.extend(offset.to_be_bytes());
                body.extend(count.to_be_bytes());
            }
        };
        histogram(&mut body);
        histogram(&mut body);
        let no_position = |body: &mut Vec<u8>| body.extend([0; 12]);
        no_position(&mut body);
        body.extend([0; 16]); // timestamps
        body.extend(i32::MAX.to_be_bytes().repeat(2));
        body.extend([0; 8]); // TTLs
        body.extend((-1.0_f64).to_be_bytes());
        body.extend([0, 0, 0, 100, 0, 0, 0, 0]); // drop times
        body.extend([0; 12]); // level, repaired
        body.extend([0; 8]); // clusterings
        body.extend([0; 17]); // counter shards, columns, rows
        no_position(&mut body);
        body.extend([0; 4]); // intervals
        body.push(1);
        body.extend([0xAB; 16]); // host
        body
    }

    fn header(&self) -> Vec<u8> {
        const EPOCH_SECONDS: i64 = 1_442_880_000;
        let mut body = Vec::new();
        push_uvint(&mut body, 0);
        push_uvint(&mut body, self.bases[0].wrapping_sub(EPOCH_SECONDS) as u64);
        push_uvint(&mut body, self.bases[1] as u64);
        let int = of("Int32Type");
        push_text(&mut body, &int);
        body.push(1);
        push_text(&mut body, &int);
        for columns in [&self.static_columns, &self.regular_columns] {
            push_uvint(&mut body, columns.len() as u64);
            for (name, column_type) in columns {
                push_text(&mut body, name);
                push_text(&mut body, column_type);
            }
        }
        body
    }
}

fn validation() -> Vec<u8> {
    let partitioner = "org.apache.cassandra.dht.Murmur3Partitioner";
    let mut body = (partitioner.len() as u16).to_be_bytes().to_vec();
    body.extend(partitioner.as_bytes());
    body.extend(0.01_f64.to_be_bytes());
    body
}

/// A sketch of 16 registers, a byte each.
fn compaction() -> Vec<u8> {
    let mut body = vec![0, 0, 0, 24, 0xFF, 0xFF, 0xFF, 0xFE, 4, 0, 0, 16];
    body.extend([0; 16]);
    body
}

fn push_text(into: &mut Vec<u8>, text: &str) {
    push_uvint(into, text.len() as u64);
    into.extend(text.as_bytes());
}

/// The class name of a type without arguments.
pub fn of(simple: &str) -> String {
    format!("{MARSHAL}{simple}")
}

/// The class name of a set that is not frozen.
pub fn set_of(element: &str) -> String {
    format!("{MARSHAL}SetType({MARSHAL}{element})")
}

/// The head of a live partition with this key.
pub fn push_partition(into: &mut Vec<u8>, key: i32) {
    into.extend([0, 4]);
    into.extend(key.to_be_bytes());
    into.extend(i32::MAX.to_be_bytes());
    into.extend(i64::MIN.to_be_bytes());
}

/// A row: its flags with the extended ones, its clustering unless it is static, and what comes behind the sizes.
pub fn push_row(into: &mut Vec<u8>, flags: &[u8], clustering: Option<i32>, rest: &[u8]) {
    into.extend(flags);
    if let Some(clustering) = clustering {
        into.push(0);
        into.extend(clustering.to_be_bytes());
    }
    push_uvint(into, rest.len() as u64 + 1);
    into.push(0);
    into.extend(rest);
}
