//! Where and how it was run.

use super::super::{DeviceFloor, Machine, Report, Unit};
use super::escape::escaped;

/// The machine, its disk, the options and the versions.
pub(super) fn section(report: &Report) -> String {
    let mut lists = Vec::new();
    if let Some(machine) = &report.machine {
        lists.push(list("Machine", &of_machine(machine)));
    }
    if let Some(floor) = report.machine.as_ref().and_then(|machine| machine.floor.as_ref()) {
        lists.push(list("What the disk itself is able to do", &of_floor(floor)));
    }
    let owned = |(name, value): (&String, &String)| (name.clone(), value.clone());
    lists.push(list("Options", &report.options.iter().map(owned).collect::<Vec<_>>()));
    lists.push(list("Versions", &report.versions.iter().map(owned).collect::<Vec<_>>()));
    format!(
        "<section id=\"surroundings\">\n<h2>Machine and options</h2>\n<div class=\"lists\">\n{}</div>\n</section>\n",
        lists.concat()
    )
}

fn list(title: &str, entries: &[(String, String)]) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let entries = entries
        .iter()
        .map(|(name, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(name), escaped(value)));
    format!("<div><h3>{}</h3>\n<dl>\n{}</dl></div>\n", escaped(title), entries.collect::<String>())
}

fn of_machine(machine: &Machine) -> Vec<(String, String)> {
    let files =
        machine.open_files.map_or_else(|| "no limit".to_owned(), |files| Unit::Count.text(files as f64));
    let entries = [
        ("processor", machine.cpu_model.clone()),
        ("cores", machine.cores.to_string()),
        ("memory", Unit::Bytes.text(machine.memory_bytes as f64)),
        ("kernel", machine.kernel.clone()),
        ("file system", machine.filesystem.clone()),
        ("disk, as the kernel tells", machine.disk.name().to_owned()),
        ("free room", Unit::Bytes.text(machine.free_bytes as f64)),
        ("open files", files),
    ];
    entries.map(|(name, value)| (name.to_owned(), value)).into()
}

fn of_floor(floor: &DeviceFloor) -> Vec<(String, String)> {
    let seconds = |nanos: u64| Unit::Seconds.text(nanos as f64 / 1e9);
    let synced = &floor.synced_append;
    let mean = synced.mean_nanos.max(1) as f64 / 1e9;
    let entries = [
        ("append of 4 KiB, synced: P50", seconds(synced.p50_nanos)),
        ("append of 4 KiB, synced: P99", seconds(synced.p99_nanos)),
        ("append of 4 KiB, synced: longest", format!("{} of {}", seconds(synced.max_nanos), synced.count)),
        ("synced appends, one after another", Unit::PerSecond.text(1.0 / mean)),
        ("written in a row", floor.sequential_write.text(Unit::BytesPerSecond)),
        ("read in a row", floor.sequential_read.text(Unit::BytesPerSecond)),
    ];
    entries.map(|(name, value)| (name.to_owned(), value)).into()
}
