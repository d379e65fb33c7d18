//! Inputs to begin with, from the fixtures and from texts.

use std::{fs, sync::Arc};

use cqlite_sstable::{Component, Version};

use crate::{
    cassandra, fixtures,
    mutated::{MutatedSstable, statistics_with_header},
};

/// A Statistics.db by which rows are decoded.
pub(super) struct Layout {
    pub(super) version: Version,
    pub(super) statistics: Arc<[u8]>,
}

impl Layout {
    /// Its Statistics.db with another HEADER, and checksums that fit.
    pub(super) fn with_header(&self, header: &[u8]) -> Vec<u8> {
        statistics_with_header(&self.statistics, header)
    }
}

/// Tables that have between them every kind of row, cell and type.
const TABLES: [(cassandra::Format, &str, &str); 20] = {
    use cassandra::Format::{Nb, Oa};
    [
        (Oa, "shop", "orders"),
        (Nb, "shop", "orders"),
        (Oa, "collections", "multi"),
        (Nb, "collections", "multi"),
        (Oa, "collections", "persons"),
        (Oa, "collections", "nested"),
        (Oa, "collections", "vectors"),
        (Oa, "collections", "tuples"),
        (Oa, "rows", "statics"),
        (Nb, "rows", "statics"),
        (Oa, "rows", "ranges_mixed"),
        (Nb, "rows", "ranges_mixed"),
        (Oa, "rows", "deletions"),
        (Nb, "rows", "deletions"),
        (Oa, "rows", "columns_130"),
        (Oa, "rows", "counters"),
        (Oa, "rows", "expiring"),
        (Nb, "rows", "expiring"),
        (Nb, "types", "others"),
        (Nb, "types", "times"),
    ]
};

fn sstables() -> impl Iterator<Item = MutatedSstable> {
    TABLES.into_iter().map(|(format, keyspace, table)| {
        let table = fixtures::table(format, keyspace, table);
        MutatedSstable::read(&table.sstables[0].data_path)
    })
}

pub(super) fn layouts() -> Vec<Layout> {
    let layout = |sstable: MutatedSstable| Layout {
        version: sstable.version,
        statistics: sstable.components[&Component::Statistics].as_slice().into(),
    };
    sstables().map(layout).collect()
}

pub(super) fn statistics() -> Vec<Vec<u8>> {
    sstables().map(|sstable| sstable.components[&Component::Statistics].clone()).collect()
}

pub(super) fn header() -> Vec<Vec<u8>> {
    sstables().map(|sstable| sstable.header().to_vec()).collect()
}

pub(super) fn compression_info() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for sstable in sstables().chain(compressors()) {
        let info = &sstable.components[&Component::CompressionInfo];
        let mut seed = (info.len() as u16).to_be_bytes().to_vec();
        seed.extend(info);
        seed.extend(&sstable.components[&Component::Data]);
        seeds.push(seed);
    }
    seeds
}

fn compressors() -> impl Iterator<Item = MutatedSstable> {
    ["lz4_ratio", "snappy", "deflate", "zstd", "noop"].into_iter().map(|table| {
        let table = fixtures::table(cassandra::Format::Nb, "compression", table);
        MutatedSstable::read(&table.sstables[0].data_path)
    })
}

pub(super) fn row_codec() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (layout, sstable) in sstables().enumerate() {
        let rows = sstable.uncompressed();
        for how in [0, 2, 3, 8, 16, 1 | 4] {
            let mut seed = vec![layout as u8, how];
            seed.extend(&rows[..rows.len().min(4096)]);
            seeds.push(seed);
        }
    }
    seeds
}

pub(super) fn marshal_type() -> Vec<Vec<u8>> {
    let texts: [(&str, &[u8]); 24] = [
        ("org.apache.cassandra.db.marshal.Int32Type", &[0, 0, 0, 7]),
        ("ReversedType(TimestampType)", &[0, 0, 1, 2, 3, 4, 5, 6]),
        (
            "FrozenType(UserType(fk,61646472,737472656574:UTF8Type,74616773:SetType(UTF8Type)))",
            &[0, 0, 0, 1, b'x', 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1, b'y'],
        ),
        ("VectorType(FloatType , 3)", &[0x3F, 0x80, 0, 0, 0, 0, 0, 0, 0x7F, 0xC0, 0, 0]),
        ("VectorType(UTF8Type , 2)", &[1, b'a', 2, b'b', b'c']),
        (
            "FrozenType(MapType(UTF8Type,FrozenType(ListType(Int32Type))))",
            &[0, 0, 0, 1, 0, 0, 0, 1, b'k', 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7],
        ),
        ("TupleType(Int32Type,ListType(UTF8Type))", &[0, 0, 0, 4, 0, 0, 0, 9]),
        ("CompositeType(Int32Type,UTF8Type)", &[0, 4, 0, 0, 0, 1, 0, 0, 1, b'x', 0]),
        ("DynamicCompositeType(a=>BytesType,b=>ReversedType(LongType))", &[0x80, b'a', 0, 1, 7, 0]),
        (
            "DynamicCompositeType()",
            &[0, 9, b'A', b's', b'c', b'i', b'i', b'T', b'y', b'p', b'e', 0, 1, b'x', 0],
        ),
        ("PartitionerDefinedOrder(org.apache.cassandra.dht.Murmur3Partitioner:Int32Type)", &[0, 0, 0, 1]),
        ("com.example.MyType(a,b(c))", b"x"),
        ("DecimalType", &[0, 0, 0, 2, 0x30, 0x39]),
        ("DecimalType", &[0x7F, 0xFF, 0xFF, 0xFF, 1]),
        ("IntegerType", &[0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("DurationType", &[2, 4, 6]),
        ("SimpleDateType", &[0x80, 0, 0, 1]),
        ("TimeType", &[0, 0, 0x4E, 0x94, 0x91, 0x4E, 0xFF, 0xFF]),
        ("InetAddressType", &[127, 0, 0, 1]),
        ("TimeUUIDType", &[7; 16]),
        (
            "CounterColumnType",
            &[
                0, 1, 0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 0, 0, 0, 0, 0, 0, 1,
                0, 0, 0, 0, 0, 0, 0, 9,
            ],
        ),
        ("DoubleType", b"-1.5e300"),
        ("TimestampType", b"2020-01-02T03:04:05.678+0100"),
        ("EmptyType", b""),
    ];
    texts.iter().map(|(name, value)| [name.as_bytes(), b"\n", value].concat()).collect()
}

pub(super) fn cql_script() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for table in fixtures::tables().expect("the fixtures can be listed") {
        for path in [table.schema_cql, table.schema_internals_cql].into_iter().flatten() {
            seeds.push(fs::read(path).expect("a schema can be read"));
        }
    }
    seeds.sort();
    seeds.dedup();
    seeds.retain(|seed| seed.len() < 4096);
    seeds.push(
        b"CREATE KEYSPACE IF NOT EXISTS k WITH replication = {'class': 'X', 'n': 1};\n\
          CREATE TYPE k.\"T\" (a text, b frozen<map<int, vector<float, 3>>>);\n\
          CREATE TABLE k.t (p int, \"C\"\"c\" timeuuid, s tuple<int, 'x.Y(z)'> STATIC MASKED WITH f(null, (int) 4), \
          PRIMARY KEY ((p), \"C\"\"c\")) WITH CLUSTERING ORDER BY (\"C\"\"c\" DESC) AND x = -1.5e-9 AND w = $$it's$$;\n\
          ALTER TABLE k.t DROP (a, b) USING TIMESTAMP 1000; /* ; */ ALTER TYPE k.u RENAME a TO b AND c TO d;\n\
          CREATE CUSTOM INDEX i ON k.t (keys(m), full(f)) USING 'sai' WITH OPTIONS = {'a': 'b'}; -- x\n\
          BEGIN BATCH INSERT INTO t (k) VALUES (P1DT2H, NaN, ?, :x, {a: 1}, m[1..2]) APPLY BATCH;"
            .to_vec(),
    );
    seeds
}
