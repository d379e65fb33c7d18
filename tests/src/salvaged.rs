//! What a salvage found, in memory, and what a scan finds, in the same form.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use cqlite_sstable::{
    Component, Descriptor, Result,
    reader::{Cursor, RowItem, ScanOptions, Sstable, Unfiltered},
    tools::{
        lossless::LosslessPrinter,
        rewrite::{OutputIds, RewriteOptions, Target, output_place},
        salvage::{
            Loss, SalvageJob, SalvageOptions, SalvageReport, SalvageSink, SalvagedSstables, Stream, salvage,
        },
    },
    writer::Written,
};

/// The outcome of one salvage.
#[derive(Debug, Default)]
pub struct Salvaged {
    /// The sums.
    pub report: SalvageReport,
    /// The text of each stream.
    pub streams: BTreeMap<Stream, Vec<u8>>,
    /// The list of losses.
    pub losses: Vec<Loss>,
}

impl Salvaged {
    /// Salvages `sstable`.
    ///
    /// # Errors
    /// As [`salvage`].
    pub fn of(sstable: &Sstable, options: &SalvageOptions) -> Result<Self> {
        let mut salvaged = Self::default();
        salvaged.report = salvage(sstable, options, &mut salvaged)?;
        Ok(salvaged)
    }

    /// Salvages `sstable`, which is called `descriptor`, into SSTables of its version below `out`.
    ///
    /// # Errors
    /// As [`SalvageJob::run`].
    pub fn into_sstables(
        (descriptor, sstable): (&Descriptor, &Sstable),
        options: &SalvageOptions,
        out: &Path,
    ) -> Result<(Self, SalvagedSstables)> {
        let target = Target { version: descriptor.version().written_as(), is_lossy: false };
        let output =
            RewriteOptions { target, marks_unrepaired: false, compression: None, index_block_bytes: None };
        let place = output_place(out, descriptor);
        let job = SalvageJob { place: &place, output: &output, salvage: options, verifies: true };
        let mut ids = OutputIds::of(std::slice::from_ref(descriptor), None, true, target.version)?;
        let mut salvaged = Self::default();
        let written = job.run((descriptor, sstable), &mut ids, &mut salvaged)?;
        salvaged.report = written.report.clone();
        Ok((salvaged, written))
    }

    /// The items of a stream: partitions, rows, markers, each with its partition in front.
    pub fn items(&self, stream: Stream) -> Vec<String> {
        self.streams.get(&stream).map_or_else(Vec::new, |text| items(text))
    }

    /// The rows among the items of a stream.
    pub fn rows(&self, stream: Stream) -> Vec<String> {
        self.items(stream).into_iter().filter(|item| is_row(item)).collect()
    }
}

impl SalvageSink for Salvaged {
    fn write(&mut self, stream: Stream, text: &[u8]) -> io::Result<()> {
        self.streams.entry(stream).or_default().extend_from_slice(text);
        Ok(())
    }

    fn lost(&mut self, loss: &Loss) -> io::Result<()> {
        self.losses.push(loss.clone());
        Ok(())
    }
}

/// The items of an SSTable that was written, and where its `Data.db` is.
///
/// # Errors
/// If it cannot be read.
pub fn written_items(written: &Written) -> Result<(Vec<String>, PathBuf)> {
    let descriptor = Descriptor::new(&written.directory, written.version, written.id.clone());
    let data = descriptor.file(Component::Data);
    Ok((scanned_items(&Sstable::open(&data)?)?, data))
}

/// The items without the heads of partitions that say nothing but a key.
pub fn telling(items: Vec<String>) -> Vec<String> {
    let tells = |item: &String| !item.contains(" {\"partition\":") || item.contains("\"deletion\":");
    items.into_iter().filter(tells).collect()
}

/// Whether an item is a row, static ones included.
pub fn is_row(item: &str) -> bool {
    item.contains(" {\"row\":") || item.contains(" {\"static\":")
}

/// The lines behind the header, each with the key of its partition in front; those of one row are put together.
///
/// # Panics
/// If the text is not what a salvage writes.
pub fn items(text: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(text).expect("JSON is UTF-8");
    let mut lines = text.lines();
    assert!(lines.next().is_none_or(|header| header.starts_with("{\"cqlite_lossless\":1,")), "no header");
    let (mut key, mut found) = (String::new(), Vec::<String>::new());
    for line in lines {
        if let Some(rest) = line.strip_prefix("{\"partition\":{\"key\":\"") {
            key = rest.split('"').next().unwrap_or_default().to_owned();
        }
        match found.last_mut() {
            Some(last) if line.starts_with("{\"cells\":") => last.push_str(line),
            _ => found.push(format!("{key} {line}")),
        }
    }
    found
}

/// All items of a sound SSTable, by a plain scan.
///
/// # Errors
/// As the cursor's.
pub fn scanned_items(sstable: &Sstable) -> Result<Vec<String>> {
    let mut printer = LosslessPrinter::new(sstable.header());
    let mut text = b"{\"cqlite_lossless\":1,}\n".to_vec();
    let mut cursor = sstable.scan(ScanOptions::default())?;
    while cursor.advance_partition()? {
        let partition = cursor.partition();
        printer.partition(partition.key, Some(partition.deletion), &mut text);
        if cursor.partition().static_row.is_some() {
            print_row(&mut cursor, &mut printer, &mut text)?;
        }
        while cursor.advance_unfiltered()? {
            if let Unfiltered::Marker(marker) = cursor.unfiltered() {
                printer.marker(&marker, &mut text);
            } else {
                print_row(&mut cursor, &mut printer, &mut text)?;
            }
        }
    }
    Ok(items(&text))
}

fn print_row(cursor: &mut Cursor, printer: &mut LosslessPrinter, text: &mut Vec<u8>) -> Result<()> {
    let Some(row) = cursor.current_row() else { return Ok(()) };
    let bare_static = row.is_static && row.liveness.is_none() && row.deletion.is_live();
    let start = text.len();
    let mut has_items = false;
    printer.start_row(&row, text);
    while cursor.advance_item()? {
        let item: RowItem<'_> = cursor.item();
        printer.item(&item, text);
        has_items = true;
    }
    printer.end_row(text);
    if bare_static && !has_items {
        text.truncate(start);
    }
    Ok(())
}
