//! Throw-away timing.
#![allow(missing_docs, clippy::all, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]
use cqlite_sstable::reader::*;
use std::time::Instant;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let mode = std::env::args().nth(2).unwrap_or_default();
    let threads = std::env::args().nth(3).is_some();
    for _ in 0..3 {
        let t = Instant::now();
        let sstable = Sstable::open(&path).unwrap();
        let columns = match mode.as_str() {
            "two" => Some(vec![0, 1]),
            "none" => Some(vec![]),
            "last2" => Some(vec![10, 11]),
            _ => None,
        };
        let mut cursor = sstable.scan(ScanOptions { columns, read_ahead: threads }).unwrap();
        let (mut rows, mut cells, mut bytes, mut sum) = (0u64, 0u64, 0u64, 0i64);
        while cursor.advance_partition().unwrap() {
            while cursor.advance_unfiltered().unwrap() {
                rows += 1;
                if mode == "count" {
                    continue;
                }
                while cursor.advance_item().unwrap() {
                    if let RowItem::Cell(cell) = cursor.item() {
                        cells += 1;
                        bytes += cell.value.len() as u64;
                        if cell.column == 0 {
                            if let Some(v) = cell.value.first_chunk::<8>() {
                                sum = sum.wrapping_add(i64::from_be_bytes(*v));
                            }
                        }
                    }
                }
            }
        }
        sstable.finish_scan(&mut cursor).unwrap();
        let s = t.elapsed().as_secs_f64();
        println!("{rows} rows {cells} cells {bytes} bytes sum {sum}: {s:.3} s {:.0} rows/s", rows as f64 / s);
    }
}
