//! A trace for people.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::Value;

use super::text::{micros_text, named_text, seconds_text};

/// Writes one thing that a trace tells as lines of text.
pub(super) fn write(event: &Value, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    match event["type"].as_str().unwrap_or_default() {
        "partition" => partition(event, &mut text),
        "static_row" => {
            text.push_str("  static row\n");
            covering(event, "covered_by", &mut text);
        }
        "row" => row(event, &mut text),
        "range_tombstone" => range_tombstone(event, &mut text),
        "collection_deletion" => {
            let _ = writeln!(text, "    {}: deleted as a whole", string(event, "column"));
            for version in versions(event) {
                let _ = writeln!(
                    text,
                    "      {}  in {}",
                    deletion(&version["deletion"]),
                    string(version, "sstable")
                );
            }
        }
        _ => cell(event, &mut text),
    }
    out.write_all(text.as_bytes())
}

fn string<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn versions(event: &Value) -> impl Iterator<Item = &Value> {
    event["versions"].as_array().into_iter().flatten()
}

fn deletion(value: &Value) -> String {
    let at = value["marked_for_delete_at"].as_i64().unwrap_or_default();
    let local = value["local_deletion_time"].as_i64().unwrap_or_default();
    format!("all until {} (deleted at {})", micros_text(at), seconds_text(local))
}

fn covering(event: &Value, name: &str, text: &mut String) {
    let by = &event[name];
    if by.is_object() {
        let (of, sstable) = (string(by, "deletion_of"), string(by, "sstable"));
        let _ = writeln!(text, "    deletion of {of}: {}  in {sstable}", deletion(&by["deletion"]));
    }
}

fn partition(event: &Value, text: &mut String) {
    let _ = writeln!(text, "partition {} (token {})", named_text(&event["key"]), string(event, "token"));
    for holder in event["sstables"].as_array().into_iter().flatten() {
        let _ = write!(text, "  in {} at {}", string(holder, "sstable"), holder["position"]);
        if holder["deletion"].is_object() {
            let _ = write!(text, ", which deletes {}", deletion(&holder["deletion"]));
        }
        text.push('\n');
    }
}

fn row(event: &Value, text: &mut String) {
    let clustering = named_text(&event["clustering"]);
    let _ = writeln!(text, "  row{}{clustering}", if clustering.is_empty() { "" } else { " " });
    for version in versions(event) {
        if version["liveness"].is_object() {
            let _ = writeln!(
                text,
                "    inserted {}  in {}",
                times(&version["liveness"]),
                string(version, "sstable")
            );
        }
        for name in ["deletion", "shadowable_deletion"] {
            if version[name].is_object() {
                let kind = name.replace('_', " ");
                let _ = writeln!(
                    text,
                    "    {kind} {}  in {}",
                    deletion(&version[name]),
                    string(version, "sstable")
                );
            }
        }
    }
    covering(event, "covered_by", text);
}

/// A write time, and when it expires.
fn times(value: &Value) -> String {
    let mut text = micros_text(value["timestamp"].as_i64().unwrap_or_default());
    if let Some(at) = value["expires_at"].as_i64() {
        let _ = write!(text, " with TTL {}, expires at {}", value["ttl"], seconds_text(at));
    }
    if let Some(at) = value["deleted_at"].as_i64() {
        let _ = write!(text, " deleted at {}", seconds_text(at));
    }
    text
}

fn range_tombstone(event: &Value, text: &mut String) {
    let what = if event["opens"].is_object() {
        format!("closes {}, opens {}", deletion(&event["deletion"]), deletion(&event["opens"]))
    } else {
        deletion(&event["deletion"])
    };
    let place = named_text(&event["clustering"]);
    let _ = writeln!(
        text,
        "  range tombstone {} {place}: {what}  in {}",
        string(event, "bound"),
        string(event, "sstable")
    );
}

fn cell(event: &Value, text: &mut String) {
    let path = event["path"].as_str().map(|path| format!("[{path}]")).unwrap_or_default();
    let result = match string(event, "result") {
        "live" => string(event, "value").to_owned(),
        state => {
            let purgeable = match event["purgeable"].as_bool() {
                Some(true) => ", gc_grace_seconds are over".to_owned(),
                Some(false) => {
                    format!(", kept until {}", seconds_text(event["kept_until"].as_i64().unwrap_or_default()))
                }
                None => String::new(),
            };
            format!("{state}{purgeable}")
        }
    };
    let _ = writeln!(text, "    {}{path}: {result}", string(event, "column"));
    for version in versions(event) {
        let value = version["value"].as_str().unwrap_or("tombstone");
        let _ = writeln!(
            text,
            "      {:7} {value}  {}  in {}  ({})",
            string(version, "verdict"),
            times(version),
            string(version, "sstable"),
            string(version, "why"),
        );
        for shard in version["shards"].as_array().into_iter().flatten() {
            let (id, kind) = (string(shard, "id"), string(shard, "kind"));
            let _ = writeln!(
                text,
                "              {kind} shard {id}: clock {}, count {}",
                shard["clock"], shard["count"]
            );
        }
    }
}
