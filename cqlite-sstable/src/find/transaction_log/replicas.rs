//! The same log in several directories.

use std::collections::BTreeSet;

use super::record::{Record, RecordKind};

/// Puts the lines of all replicas together to records (`LogReplicaSet.readRecords`).
///
/// Replicas agree line by line. A crash can leave the last line of one cut off, or missing.
///
/// # Errors
/// Why they cannot be of one transaction, as a sentence.
pub(super) fn merge(replicas: &[Vec<String>]) -> Result<Vec<Record>, String> {
    let longest = replicas.iter().map(Vec::len).max().unwrap_or_default();
    let mut records: Vec<Record> = Vec::new();
    let mut known = BTreeSet::new();
    for index in 0..longest {
        let (line, is_partial) = merge_line(replicas, index)?;
        let mut record = Record::parse(line);
        if !known.insert(record.identity()) {
            return Err(format!("line {} is there twice", index.saturating_add(1)));
        }
        record.is_partial = is_partial;
        let is_final = record.kind.is_some_and(RecordKind::is_final);
        records.push(record);
        if is_final && records.len() != longest {
            return Err(format!("line {} ends the transaction, but more lines follow", records.len()));
        }
    }
    Ok(records)
}

/// The line at `index`, and whether a replica has only a part of it.
fn merge_line(replicas: &[Vec<String>], index: usize) -> Result<(&str, bool), String> {
    let mut longest = "";
    let mut is_first = true;
    let mut is_partial = false;
    for lines in replicas {
        let Some(line) = lines.get(index) else { continue };
        if is_first {
            longest = line;
            is_first = false;
            continue;
        }
        let is_last = index.checked_add(1) == Some(lines.len());
        let agree = longest.starts_with(line.as_str()) || line.starts_with(longest);
        if !agree || (longest != line && !is_last) {
            return Err(format!("its replicas disagree in line {}", index.saturating_add(1)));
        }
        if longest != line {
            is_partial = true;
        }
        if line.len() > longest.len() {
            longest = line;
        }
    }
    Ok((longest, is_partial))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "COMMIT:[,0,0][2613697770]";

    fn merged(replicas: &[&[&str]]) -> Result<Vec<(bool, bool)>, String> {
        let owned: Vec<Vec<String>> =
            replicas.iter().map(|lines| lines.iter().map(|line| (*line).to_owned()).collect()).collect();
        let records = merge(&owned)?;
        Ok(records.iter().map(|record| (record.is_valid(), record.is_partial)).collect())
    }

    #[test]
    fn replicas_may_differ_in_the_end_of_the_last_line_alone() {
        assert_eq!(merged(&[&[COMMIT], &[COMMIT]]), Ok(vec![(true, false)]));
        assert_eq!(merged(&[&[COMMIT], &[]]), Ok(vec![(true, false)]));
        for replicas in [[&[COMMIT][..], &[&COMMIT[..9]]], [&[&COMMIT[..9]], &[COMMIT]]] {
            assert_eq!(merged(&replicas), Ok(vec![(true, true)]));
        }
        assert!(merged(&[&[COMMIT], &["ABORT:[,0,0][1]"]]).unwrap_err().contains("disagree in line 1"));
        assert!(merged(&[&["ADD:[/a"], &["ADD:[/ab", COMMIT]]).unwrap_err().contains("disagree in line 1"));
    }

    #[test]
    fn a_line_twice_or_behind_the_end_is_refused() {
        let add = "ADD:[/a/nb-1-big-,0,8][1]";
        assert!(merged(&[&[add, add]]).unwrap_err().contains("line 2 is there twice"));
        assert!(merged(&[&[COMMIT, add]]).unwrap_err().contains("line 1 ends the transaction"));
    }
}
