//! `dump` of the benchmark's table to nowhere: as JSON, as JSON lines, and keys alone.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use cqlite_benches::bench_table;
use cqlite_sstable::reader::Sstable;
use cqlite_sstable::tools::dump::{DumpFormat, DumpOptions, dump};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ROWS: u32 = 200_000;

fn dumps(criterion: &mut Criterion) {
    let sstable = Sstable::open(bench_table(ROWS)).unwrap();
    let mut group = criterion.benchmark_group("dump");
    group.throughput(Throughput::Elements(u64::from(ROWS))).sample_size(10);
    let formats = [
        ("json", DumpFormat::Json),
        ("json lines", DumpFormat::JsonLines),
        ("internal", DumpFormat::Internal),
        ("keys", DumpFormat::Keys),
    ];
    for (name, format) in formats {
        let options = DumpOptions { format, ..DumpOptions::new(1_700_000_000) };
        group.bench_function(name, |b| b.iter(|| dump(&sstable, &options, &mut std::io::sink()).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, dumps);
criterion_main!(benches);
