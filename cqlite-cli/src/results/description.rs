//! What `DESCRIBE` answers, as cqlsh shows it.

use std::collections::BTreeMap;

use cqlite_core::query::{RowSet, RowView};
use cqlite_cql::query::{DescribeStatement, DescribeTarget};

use super::push_name;

/// Names stand in columns that are not wider together.
const SCREEN_WIDTH: usize = 80;

/// Pushes what a `DESCRIBE` answered: statements, or names in columns, by keyspaces if none is in use.
pub fn push_description(
    statement: &DescribeStatement,
    rows: &RowSet,
    in_use: Option<&str>,
    out: &mut Vec<u8>,
) {
    match statement.target {
        DescribeTarget::Cluster => push_cluster(rows, out),
        DescribeTarget::Keyspaces => {
            out.push(b'\n');
            push_columns(&rows.rows().map(|row| text(row, "name")).collect::<Vec<_>>(), out);
            out.push(b'\n');
        }
        DescribeTarget::Tables
        | DescribeTarget::Types
        | DescribeTarget::Functions
        | DescribeTarget::Aggregates => push_lists(rows, in_use, out),
        _ => {
            for row in rows.rows() {
                out.push(b'\n');
                out.extend_from_slice(text(row, "create_statement").as_bytes());
                out.push(b'\n');
            }
        }
    }
}

/// A value of a column of text.
fn text(row: RowView<'_>, column: &str) -> String {
    let place = row.columns().iter().position(|of| &*of.name == column);
    let value = place.and_then(|place| row.value(place)).unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}

fn push_cluster(rows: &RowSet, out: &mut Vec<u8>) {
    for row in rows.rows() {
        let [cluster, partitioner, snitch] = ["cluster", "partitioner", "snitch"].map(|name| text(row, name));
        let told = format!("\nCluster: {cluster}\nPartitioner: {partitioner}\nSnitch: {snitch}\n\n");
        out.extend_from_slice(told.as_bytes());
    }
}

fn push_lists(rows: &RowSet, in_use: Option<&str>, out: &mut Vec<u8>) {
    let mut keyspaces: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows.rows() {
        keyspaces.entry(text(row, "keyspace_name")).or_default().push(text(row, "name"));
    }
    for (keyspace, names) in &keyspaces {
        out.push(b'\n');
        if in_use.is_none() {
            let rule = "-".repeat(keyspace.chars().count());
            out.extend_from_slice(format!("Keyspace {keyspace}\n---------{rule}\n").as_bytes());
        }
        push_columns(names, out);
    }
    out.extend_from_slice(if keyspaces.is_empty() { b"" } else { b"\n" });
}

/// Names in as many columns as there is room for, down the columns.
fn push_columns(names: &[String], out: &mut Vec<u8>) {
    let names: Vec<String> = names
        .iter()
        .map(|name| {
            let mut shown = String::new();
            push_name(name, &mut shown);
            shown
        })
        .collect();
    if names.is_empty() {
        return out.extend_from_slice(b"<empty>\n");
    }
    let widths = |lines: usize| -> Vec<usize> {
        let widest = |names: &[String]| names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        names.chunks(lines).map(widest).collect()
    };
    let fits = |lines: &usize| {
        let widths = widths(*lines);
        let gaps = widths.len().saturating_sub(1).saturating_mul(2);
        widths.iter().sum::<usize>().saturating_add(gaps) <= SCREEN_WIDTH
    };
    let lines = (1..names.len()).find(fits).unwrap_or(names.len());
    let widths = widths(lines);
    for line in 0..lines {
        let mut shown = String::new();
        for (name, width) in names.iter().skip(line).step_by(lines).zip(&widths) {
            shown.push_str(if shown.is_empty() { "" } else { "  " });
            shown.push_str(&format!("{name:<width$}"));
        }
        out.extend_from_slice(shown.trim_end().as_bytes());
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_as_many_columns_as_there_is_room_for() {
        let mut out = Vec::new();
        push_columns(&["a".to_owned(), "bb".to_owned(), "c".to_owned()], &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "a  bb  c\n");

        let mut out = Vec::new();
        let names: Vec<String> = (0..5).map(|number| format!("{number}{}", "x".repeat(30))).collect();
        push_columns(&names, &mut out);
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with('0') && lines[0].contains("  3x"));
    }
}
