//! Every byte of small SSTables flipped, one at a time: `verify` finds it, or the byte is one of those that nothing checks.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{collections::BTreeMap, sync::Arc};

use cqlite_sstable::{
    Component,
    tools::verify::{Verdict, VerifyOptions, verify},
};
use cqlite_tests::{cassandra::Format, fixtures, mutated::MutatedSstable};

fn small() -> Vec<MutatedSstable> {
    let of = |format, keyspace, table| {
        MutatedSstable::read(&fixtures::table(format, keyspace, table).sstables[0].data_path)
    };
    let mut small = Vec::new();
    for format in Format::ALL {
        for table in ["statics", "expiring", "write_times", "wide"] {
            small.push(of(format, "rows", table));
        }
        let plain = of(format, "rows", "statics");
        small.push(plain.with_content(plain.uncompressed(), 64));
    }
    small
}

fn verdict(sstable: &MutatedSstable) -> (Verdict, bool) {
    let report = verify(Arc::new(sstable.files()), sstable.version, &VerifyOptions::default(), &mut |_| {});
    (report.verdict, report.notes().next().is_some())
}

/// Why a flipped byte of a component goes unnoticed.
fn excuse(sstable: &MutatedSstable, component: Component, at: usize) -> Option<&'static str> {
    let bytes = &sstable.components[&component];
    match component {
        Component::CompressionInfo => {
            // The name, no options, the length of chunks, the limit, the length of the data, the offsets.
            let length_at = 2 + usize::from(bytes[1]) + 4;
            let has_one_chunk = bytes.len() == length_at + 4 + 4 + 8 + 4 + 8;
            match at.checked_sub(length_at) {
                Some(0..4) if has_one_chunk => {
                    Some("one chunk has any length that is not less than the data's")
                }
                Some(4..8) => Some("the limit of compression means nothing but where a chunk is as long"),
                _ => None,
            }
        }
        Component::Summary => match at {
            0..4 => Some("the interval is the table's option; that it fits the count is a note"),
            16..20 => Some("the level only says how much was left out"),
            20..24 => Some("the size of a full sample is told as a note"),
            _ => None,
        },
        Component::Filter => Some("a bit that no key set costs a read and hides nothing"),
        Component::Rows => Some("a separator may be any that is between the rows that it parts"),
        Component::Index => Some("the width of a last block has two right values, one apart"),
        Component::Toc => Some("names in the list are notes: Cassandra does without it"),
        _ => None,
    }
}

#[test]
fn every_flipped_byte_is_found_or_is_one_that_nothing_checks() {
    let mut unexplained = BTreeMap::new();
    let mut found = 0;
    let mut unnoticed: BTreeMap<&str, u64> = BTreeMap::new();
    for sstable in small() {
        assert_eq!(verdict(&sstable).0, Verdict::Sound);
        for (component, bytes) in &sstable.components {
            for at in 0..bytes.len() {
                for flip in [0x01, 0x80, 0xFF] {
                    let mut damaged = bytes.clone();
                    damaged[at] ^= flip;
                    match verdict(&sstable.with(*component, damaged)) {
                        (Verdict::Sound, _) => match excuse(&sstable, *component, at) {
                            Some(why) => *unnoticed.entry(why).or_default() += 1,
                            None => {
                                let name = format!("{:?} {component} {at} ^{flip:02x}", sstable.version);
                                unexplained.insert(name, bytes[at]);
                            }
                        },
                        _ => found += 1,
                    }
                }
            }
        }
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    // Few go unnoticed, and none of those that carry rows.
    let all: u64 = unnoticed.values().sum();
    assert!(found > 20 * all, "{found} found, {unnoticed:#?}");
}
