//! The report for people.

use std::io::{self, Write};

use super::distribution::PERCENTILES;
use super::ranking::RankedPartition;
use super::{Measure, PartitionReport};
use crate::tools::metadata::{byte_size, printable};
use crate::tools::text_table::{Align, TextTable};

/// How much of a key is shown; `--json` has all of it.
const SHOWN_KEY_CHARACTERS: usize = 28;

impl PartitionReport {
    /// Writes the report for people.
    ///
    /// # Errors
    /// What writing to `out` gives.
    pub fn write_readable(&self, out: &mut dyn Write) -> io::Result<()> {
        let (title, sstables, partitions) = (printable(&self.title), self.sstables, self.partitions());
        writeln!(out, "{title}: {partitions} partitions in {sstables} SSTables")?;
        let largest = self.ranking.sorted();
        if !largest.is_empty() {
            writeln!(out, "\nThe largest by {}", self.ranking.measure.name())?;
            self.largest_table(&largest).write("  ", out)?;
        }
        if partitions == 0 {
            return Ok(());
        }
        writeln!(out, "\nAll partitions")?;
        self.distribution_table().write("  ", out)
    }

    fn largest_table(&self, largest: &[&RankedPartition]) -> TextTable {
        let mut columns = vec![("KEY", Align::Left), ("SSTABLE", Align::Left), ("BYTES", Align::Right)];
        if !self.index_alone {
            columns.extend([("ROWS", Align::Right), ("CELLS", Align::Right), ("TOMBSTONES", Align::Right)]);
        }
        columns.push(("", Align::Left));
        let mut table = TextTable::new(&columns);
        for one in largest {
            let counts = &one.counts;
            let mut texts =
                vec![shortened(&one.key), one.sstable.to_string(), text(Measure::Bytes, counts.size_bytes)];
            if !self.index_alone {
                texts.extend([counts.rows, counts.cells, counts.tombstones()].map(|count| count.to_string()));
            }
            texts.push(if one.is_live { String::new() } else { "deleted".to_owned() });
            table.row(texts);
        }
        table
    }

    fn distribution_table(&self) -> TextTable {
        let headings = ["BYTES", "ROWS", "CELLS", "TOMBSTONES"];
        let told: Vec<_> = self.distributions.iter().zip(headings).collect();
        let told = told.into_iter().filter(|((measure, _), _)| self.tells(*measure));
        let told: Vec<_> = told.map(|((measure, one), heading)| (*measure, one, heading)).collect();
        let mut columns = vec![("", Align::Left)];
        columns.extend(told.iter().map(|(_, _, heading)| (*heading, Align::Right)));
        let mut table = TextTable::new(&columns);
        let mut row = |name: &str, value: &dyn Fn(&super::distribution::Distribution) -> u64| {
            let mut texts = vec![name.to_owned()];
            texts.extend(told.iter().map(|(measure, one, _)| text(*measure, value(one))));
            table.row(texts);
        };
        row("min", &|one| one.min);
        for (name, percentile) in PERCENTILES {
            row(&format!("~{name}"), &|one| one.percentile(percentile));
        }
        row("max", &|one| one.max);
        table
    }
}

fn text(measure: Measure, count: u64) -> String {
    match measure {
        Measure::Bytes => byte_size(i64::try_from(count).unwrap_or(i64::MAX)),
        _ => count.to_string(),
    }
}

fn shortened(key: &str) -> String {
    let printable = printable(key);
    if printable.chars().count() <= SHOWN_KEY_CHARACTERS {
        return printable;
    }
    let start: String = printable.chars().take(SHOWN_KEY_CHARACTERS - 1).collect();
    format!("{start}…")
}
