//! The report for people.

use std::io::{self, Write};

use super::{Blocker, BlockersReport};
use crate::row::NO_DELETION_TIME;
use crate::tools::listing::ListedSstable;
use crate::tools::metadata::{byte_size, instant, printable};
use crate::tools::text_table::{Align, TextTable};
use crate::types::TimeUnit;

impl BlockersReport {
    /// Writes the report for people.
    ///
    /// # Errors
    /// What writing to `out` gives.
    pub fn write_readable(&self, out: &mut dyn Write) -> io::Result<()> {
        let (sstables, expired) = (self.sstables.len(), self.blocked.expired.len());
        let before = instant(self.gc_before_seconds, TimeUnit::Seconds);
        let title = printable(&self.title);
        writeln!(
            out,
            "{title}: {sstables} SSTables, {expired} with nothing but what expired before {before}"
        )?;
        let droppable: Vec<&ListedSstable> = self.droppable().collect();
        if !droppable.is_empty() {
            let bytes = size_of(&droppable);
            writeln!(out, "\nThe next compaction can drop {} of them, {bytes}:", droppable.len())?;
            table(&droppable).write("  ", out)?;
        }
        self.blockers.iter().try_for_each(|blocker| self.write_blocker(blocker, out))
    }

    fn write_blocker(&self, blocker: &Blocker, out: &mut dyn Write) -> io::Result<()> {
        let Some(one) = self.sstables.get(blocker.sstable) else { return Ok(()) };
        let kept: Vec<&ListedSstable> =
            blocker.blocks.iter().filter_map(|index| self.sstables.get(*index)).collect();
        let (name, bytes, alone) = (one.descriptor.stem(), size_of(&kept), blocker.alone);
        writeln!(out, "\n{name} keeps {} expired, {bytes}; {alone} of them it keeps alone:", kept.len())?;
        let until = match one.local_deletion_times_seconds.1 {
            NO_DELETION_TIME => "has data that never expires".to_owned(),
            seconds => format!("has data until {}", instant(seconds, TimeUnit::Seconds)),
        };
        writeln!(out, "  its oldest write is of {}, and it {until}", oldest(one))?;
        table(&kept).write("  ", out)
    }
}

fn table(sstables: &[&ListedSstable]) -> TextTable {
    let columns = ["EXPIRED", "SIZE", "NEWEST WRITE", "EXPIRED AT"];
    let mut table = TextTable::new(&columns.map(|heading| (heading, Align::Left)));
    for one in sstables {
        table.row(vec![
            one.descriptor.stem().to_owned(),
            size_of(&[one]),
            one.timestamps
                .map_or_else(|| "none".to_owned(), |(_, newest)| instant(newest, TimeUnit::Microseconds)),
            instant(one.local_deletion_times_seconds.1, TimeUnit::Seconds),
        ]);
    }
    table
}

fn oldest(one: &ListedSstable) -> String {
    match one.timestamps {
        Some((oldest, _)) => instant(oldest, TimeUnit::Microseconds),
        None => "an unknown time".to_owned(),
    }
}

fn size_of(sstables: &[&ListedSstable]) -> String {
    let bytes = sstables.iter().fold(0_u64, |sum, one| sum.saturating_add(one.disk_bytes));
    byte_size(i64::try_from(bytes).unwrap_or(i64::MAX))
}
