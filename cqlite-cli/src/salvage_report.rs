//! What `cqlite salvage` tells.

use std::io::{self, Write};
use std::path::PathBuf;

use cqlite_sstable::tools::salvage::{Counts, Loss, SalvagedSstables};
use cqlite_sstable::types::{CqlType, push_hex, write_string};
use serde_json::{Value, json};

use crate::rewriting::{conversions, name};

/// The forms of the report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Readable,
    /// For scripts.
    Json,
}

/// One SSTable that was salvaged.
pub struct Salvaged {
    pub name: String,
    /// The files that were made beside SSTables.
    pub files: Vec<PathBuf>,
    /// What was found, and the SSTables that were made.
    pub sstables: SalvagedSstables,
}

/// Prints the report of one SSTable.
pub fn write(done: &Salvaged, form: Form, out: &mut impl Write) -> io::Result<()> {
    match form {
        Form::Json => writeln!(out, "{}", to_json(done)),
        Form::Readable => readable(done, out),
    }
}

fn to_json(done: &Salvaged) -> Value {
    let report = &done.sstables.report;
    let counts = |counts: Counts| json!({ "partitions": counts.partitions, "rows": counts.rows, "markers": counts.markers });
    json!({
        "sstable": done.name,
        "complete": report.is_complete(),
        "recovered": counts(report.recovered),
        "out_of_order": counts(report.out_of_order),
        "suspect": counts(report.suspect),
        "gaps": report.gaps,
        "lost_bytes": report.lost_bytes,
        "estimated_lost_rows": report.estimated_lost_rows,
        "lost_partitions": report.lost_partitions,
        "lost_deletions": report.lost_deletions,
        "invalid_rows": report.invalid_rows,
        "overflowed_rows": report.overflowed_rows,
        "notes": report.notes,
        "sstables": done.sstables.written().map(name).collect::<Vec<_>>(),
        "files": done.files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
    })
}

fn readable(done: &Salvaged, out: &mut impl Write) -> io::Result<()> {
    let report = &done.sstables.report;
    let told = |counts: Counts| {
        format!("{} partitions, {} rows, {} range markers", counts.partitions, counts.rows, counts.markers)
    };
    writeln!(out, "{}", done.name)?;
    writeln!(out, "  recovered     {}", told(report.recovered))?;
    for (name, counts) in [("out of order  ", report.out_of_order), ("suspect       ", report.suspect)] {
        if counts != Counts::default() {
            writeln!(out, "  {name}{}", told(counts))?;
        }
    }
    if report.gaps == 0 && report.lost_partitions == 0 {
        writeln!(out, "  lost          nothing")?;
    } else {
        writeln!(
            out,
            "  lost          {} bytes in {} gaps, about {} rows; {} partitions as a whole",
            report.lost_bytes, report.gaps, report.estimated_lost_rows, report.lost_partitions
        )?;
        writeln!(out, "                deletions in the gaps are lost too: older data may reappear")?;
    }
    for (count, what) in [
        (report.invalid_rows, "rows have values that are not valid for their types"),
        (report.overflowed_rows, "rows have an expiry that overflowed"),
        (report.lost_deletions, "range deletions were open at a gap and end there"),
    ] {
        if count > 0 {
            writeln!(out, "  note          {count} {what}")?;
        }
    }
    for note in &report.notes {
        writeln!(out, "  note          {note}")?;
    }
    for (count, what) in conversions(done.sstables.written()) {
        if count > 0 {
            writeln!(out, "  lossy         {count} {what}")?;
        }
    }
    for written in done.sstables.written() {
        let (name, bytes) = (name(written), written.size_bytes());
        writeln!(out, "  wrote         {name}  {} partitions, {bytes} bytes", written.partitions)?;
    }
    for file in &done.files {
        writeln!(out, "  wrote         {}", file.display())?;
    }
    Ok(())
}

/// A loss as a line of JSON.
pub fn loss_line(loss: &Loss, key_type: &CqlType) -> Value {
    let mut line = json!({
        "kind": loss.kind.name(),
        "data": [loss.data.start, loss.data.end],
        "stored": [loss.stored.start, loss.stored.end],
        "estimated_rows": loss.estimated_rows,
        "cause": loss.cause,
    });
    let Some(fields) = line.as_object_mut() else { return line };
    if let Some(key) = &loss.key {
        let (mut hex, mut text) = (Vec::new(), Vec::new());
        push_hex(key, &mut hex);
        fields.insert("key".to_owned(), String::from_utf8_lossy(&hex).into());
        if write_string(key_type, key, &mut text).is_ok() {
            fields.insert("key_text".to_owned(), String::from_utf8_lossy(&text).into());
        }
    }
    if loss.loses_deletion {
        fields.insert("deletions".to_owned(), "deletions lost here: older data may reappear".into());
    }
    line
}
