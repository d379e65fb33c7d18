//! Cases that other readers get wrong. Each is in the fixtures, and the fixtures are compared with `sstabledump` and
//! `SELECT` value by value in `dump.rs` and `select.rs`; here it is shown that none of the cases is missing there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeSet;

use cqlite_sstable::component::statistics::SerializationHeader;
use cqlite_sstable::reader::{RowItem, ScanOptions, Sstable, Unfiltered};
use cqlite_sstable::row::ClusteringValue;
use cqlite_sstable::types::CqlType;
use cqlite_tests::{available::corpus_or_skip, fixtures, known::KnownSstable};

const CASES: [&str; 26] = [
    "a partition key of 256 bytes or more",
    "a partition key of 65535 bytes",
    "a partition without rows but with a static row",
    "a partition deletion",
    "64 columns and more, not all present",
    "an empty text as second clustering value",
    "a row without cells, of a table without clustering",
    "a row without cells, of a table with clustering",
    "a row without liveness",
    "a row deletion",
    "a range tombstone",
    "a boundary of two range tombstones",
    "a deleted element of a map",
    "a deletion of a whole collection",
    "an expiring cell",
    "a counter",
    "clustering by smallint",
    "clustering by tinyint",
    "clustering by time",
    "clustering by decimal",
    "clustering by varint",
    "clustering by inet",
    "clustering by a frozen type, descending",
    "a tuple",
    "a nested frozen collection",
    "a user-defined type with a cell for each field",
];

/// Only the corpus has these.
const CORPUS_CASES: [&str; 2] = ["a vector of doubles", "a null clustering"];

fn has_nested_collection(of: &CqlType) -> bool {
    let is_collection =
        |inner: &CqlType| matches!(inner, CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. });
    match of {
        CqlType::List { element, .. } | CqlType::Set { element, .. } => is_collection(element),
        CqlType::Map { value, .. } => is_collection(value),
        _ => false,
    }
}

fn cases_of_types(header: &SerializationHeader, found: &mut BTreeSet<&'static str>) {
    for clustering in &header.clustering_types {
        found.insert(match clustering {
            CqlType::Reversed(inner)
                if matches!(&**inner, CqlType::List { .. } | CqlType::Tuple(_) | CqlType::User(_)) =>
            {
                "clustering by a frozen type, descending"
            }
            CqlType::SmallInt => "clustering by smallint",
            CqlType::TinyInt => "clustering by tinyint",
            CqlType::Time => "clustering by time",
            CqlType::Decimal => "clustering by decimal",
            CqlType::Varint => "clustering by varint",
            CqlType::Inet => "clustering by inet",
            _ => continue,
        });
    }
    for column in &header.regular_columns {
        match &column.column_type {
            CqlType::Tuple(_) => found.insert("a tuple"),
            CqlType::Counter => found.insert("a counter"),
            CqlType::User(user) if !user.frozen => {
                found.insert("a user-defined type with a cell for each field")
            }
            CqlType::Vector { element, .. } if **element == CqlType::Double => {
                found.insert("a vector of doubles")
            }
            nested if has_nested_collection(nested) => found.insert("a nested frozen collection"),
            _ => false,
        };
    }
}

fn cases_of_rows(sstable: &Sstable, found: &mut BTreeSet<&'static str>) {
    let header = sstable.header();
    let columns = &header.regular_columns;
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    while cursor.advance_partition().unwrap() {
        let partition = cursor.partition();
        let length = partition.key.len();
        let mut add = |is_so: bool, case: &'static str| is_so.then(|| found.insert(case));
        add(length >= 256, "a partition key of 256 bytes or more");
        add(length == 65535, "a partition key of 65535 bytes");
        add(!partition.deletion.is_live(), "a partition deletion");
        let has_static = partition.static_row.is_some() && cursor.has_item().unwrap();
        let mut rows = 0;
        while cursor.advance_unfiltered().unwrap() {
            let row = match cursor.unfiltered() {
                Unfiltered::Marker(marker) => {
                    add(marker.opened.is_none(), "a range tombstone");
                    add(marker.opened.is_some(), "a boundary of two range tombstones");
                    continue;
                }
                Unfiltered::Row(row) => row,
            };
            rows += 1;
            let second = row.clustering.get(1);
            let is_text = header.clustering_types.get(1) == Some(&CqlType::Text);
            add(
                is_text && second == Some(ClusteringValue::Value(b"")),
                "an empty text as second clustering value",
            );
            let has_null = row.clustering.iter().any(|value| value == ClusteringValue::Null);
            add(has_null, "a null clustering");
            add(row.liveness.is_none(), "a row without liveness");
            add(!row.deletion.is_live(), "a row deletion");
            let bare = row.clustering.is_empty();
            let mut present = BTreeSet::new();
            while cursor.advance_item().unwrap() {
                match cursor.item() {
                    RowItem::ComplexDeletion { .. } => {
                        add(true, "a deletion of a whole collection");
                    }
                    RowItem::Cell(cell) => {
                        present.insert(cell.column);
                        let is_map = matches!(columns[cell.column].column_type, CqlType::Map { .. });
                        add(
                            is_map && cell.path.is_some() && cell.is_tombstone(),
                            "a deleted element of a map",
                        );
                        add(cell.is_expiring(), "an expiring cell");
                    }
                }
            }
            let some = !present.is_empty() && present.len() < columns.len();
            add(columns.len() >= 64 && some, "64 columns and more, not all present");
            add(present.is_empty() && bare, "a row without cells, of a table without clustering");
            add(present.is_empty() && !bare, "a row without cells, of a table with clustering");
        }
        add(rows == 0 && has_static, "a partition without rows but with a static row");
    }
}

fn assert_found(sstables: &[KnownSstable], cases: &[&str]) {
    let mut found = BTreeSet::new();
    for known in sstables {
        let sstable = Sstable::open(&known.data_path).unwrap();
        cases_of_types(sstable.header(), &mut found);
        cases_of_rows(&sstable, &mut found);
    }
    let missing: Vec<_> = cases.iter().filter(|case| !found.contains(*case)).collect();
    assert!(missing.is_empty(), "missing: {missing:#?}");
}

#[test]
fn the_fixtures_have_every_case_that_other_readers_get_wrong() {
    assert_found(&fixtures::sstables().unwrap(), &CASES);
}

#[test]
fn the_corpus_has_the_rest() {
    let Some(corpus) = corpus_or_skip("the_corpus_has_the_rest") else { return };
    assert_found(&corpus.sstables().unwrap(), &CORPUS_CASES);
}
