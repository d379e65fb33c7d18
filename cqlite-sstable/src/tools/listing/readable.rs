//! A listing for people: a line an SSTable, narrow enough for a terminal of 100 columns.

use std::io::{self, Write};

use super::short::{short_instant, short_number};
use super::{ListedSstable, Overlap};
use crate::partitioner::Token;
use crate::row::NO_DELETION_TIME;
use crate::tools::metadata::{byte_size, printable};
use crate::tools::text_table::{Align, TextTable};

const COLUMNS: [(&str, Align); 12] = [
    ("SSTABLE", Align::Left),
    ("LVL", Align::Right),
    ("REP", Align::Left),
    ("DISK", Align::Right),
    ("DATA", Align::Right),
    ("PARTS", Align::Right),
    ("OLDEST", Align::Right),
    ("NEWEST", Align::Right),
    ("EXPIRES", Align::Right),
    ("DROP", Align::Right),
    ("TOKENS", Align::Right),
    ("OVER", Align::Right),
];

const UNKNOWN: &str = "?";

/// Writes the SSTables of the table `title` with what they overlap with, in the order given. Times are told from
/// `now_seconds`.
///
/// # Errors
/// What writing to `out` gives.
pub fn write_listing(
    title: &str,
    sstables: &[(ListedSstable, Option<Overlap>)],
    now_seconds: i64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let bytes = sstables.iter().fold(0_u64, |sum, (one, _)| sum.saturating_add(one.disk_bytes));
    let bytes = byte_size(i64::try_from(bytes).unwrap_or(i64::MAX));
    writeln!(out, "{}: {} SSTables, {bytes} on disk", printable(title), sstables.len())?;
    let mut table = TextTable::new(&COLUMNS);
    for (one, overlap) in sstables {
        table.row(texts(one, overlap.as_ref(), now_seconds));
    }
    table.write("", out)
}

fn texts(one: &ListedSstable, overlap: Option<&Overlap>, now_seconds: i64) -> Vec<String> {
    let descriptor = &one.descriptor;
    let repaired = match (one.repaired_at_millis, one.pending_repair) {
        (_, Some(_)) => "pend",
        (0, None) => "no",
        _ => "yes",
    };
    let age = |micros: i64| {
        let seconds = micros.div_euclid(1_000_000);
        let told = short_instant(seconds, now_seconds);
        told.strip_suffix(" ago").map_or(told.clone(), str::to_owned)
    };
    let expires = match one.local_deletion_times_seconds {
        (_, NO_DELETION_TIME) => "never".to_owned(),
        (_, seconds) => short_instant(seconds, now_seconds),
    };
    vec![
        format!("{}-{}", descriptor.version(), descriptor.id()),
        one.level.to_string(),
        repaired.to_owned(),
        short_number(one.disk_bytes, 1024.0),
        one.uncompressed_bytes.map_or_else(|| UNKNOWN.to_owned(), |bytes| short_number(bytes, 1024.0)),
        short_number(one.partitions.max(0).unsigned_abs(), 1000.0),
        one.timestamps.map_or_else(|| "-".to_owned(), |(oldest, _)| age(oldest)),
        one.timestamps.map_or_else(|| "-".to_owned(), |(_, newest)| age(newest)),
        expires,
        format!("{:.0}%", one.droppable_ratio.min(9.99) * 100.0),
        tokens(one.tokens.as_ref()),
        overlap.map_or_else(|| UNKNOWN.to_owned(), |overlap| overlap.sstables.to_string()),
    ]
}

/// Which part of the ring the tokens are, as `12-37%`.
fn tokens(tokens: Option<&(Token, Token)>) -> String {
    let percent = |token: i64| {
        let share = (i128::from(token) - i128::from(i64::MIN)) as f64 / 2_f64.powi(64);
        (share * 100.0).round()
    };
    match tokens {
        Some((Token::Murmur3(first), Token::Murmur3(last))) => {
            format!("{:.0}-{:.0}%", percent(*first), percent(*last))
        }
        Some(_) => "-".to_owned(),
        None => UNKNOWN.to_owned(),
    }
}
