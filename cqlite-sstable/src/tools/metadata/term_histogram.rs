//! Histograms as `sstablemetadata` draws them (`tools.Util.TermHistogram`).

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::component::statistics::EstimatedHistogram;

/// How many signs the longest bar has.
const BAR: f64 = 30.0;
/// Buckets enough for every offset that is drawn.
const BUCKETS: usize = 165;

/// A histogram by the point or greatest value of each bucket.
pub(super) struct TermHistogram {
    pub(super) title: &'static str,
    /// How an offset is printed.
    pub(super) name: fn(i64) -> String,
    pub(super) counts: BTreeMap<i64, i64>,
}

impl TermHistogram {
    /// Draws the bars and the percentiles.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let counts = self.counts.values();
        let most = counts.clone().copied().max().unwrap_or(0).max(0);
        let sum: f64 = counts.clone().map(|count| *count as f64).sum();
        let count_width = counts.map(|count| count.to_string().len()).max().unwrap_or(0).max(5);
        let names = self.counts.keys().map(|offset| (self.name)(*offset).len());
        let name_width = names.max().unwrap_or(0).max(self.title.len());

        writeln!(out, "   {:<name_width$} | {:<count_width$}  (%)  Histogram ", self.title, "Count")?;
        for (offset, count) in &self.counts {
            let name = (self.name)(*offset);
            let percent = (100.0 * (*count as f64 / sum)) as i32;
            let bar = bar(*count, most);
            writeln!(out, "   {name:<name_width$} | {count:>count_width$} ({percent:>3}) {bar}")?;
        }
        writeln!(out, "   Percentiles")?;
        for (label, value) in self.percentiles() {
            writeln!(out, "   {label:<10}{}", (self.name)(value))?;
        }
        Ok(())
    }

    /// What is printed below the bars. The points of tombstones are put into the buckets of sizes for it.
    fn percentiles(&self) -> [(&'static str, i64); 7] {
        let mut histogram = EstimatedHistogram::new(BUCKETS);
        for (offset, count) in &self.counts {
            histogram.add(*offset, *count);
        }
        [
            ("50th", histogram.percentile(0.5)),
            ("75th", histogram.percentile(0.75)),
            ("95th", histogram.percentile(0.95)),
            ("98th", histogram.percentile(0.98)),
            ("99th", histogram.percentile(0.99)),
            ("Min", histogram.min()),
            ("Max", histogram.max()),
        ]
    }
}

fn bar(count: i64, most: i64) -> String {
    let width = count as f64 / most as f64 * BAR;
    let mut bar = "O".repeat(width as usize);
    match width - width.trunc() {
        0.75.. => bar.push('o'),
        0.3.. => bar.push('.'),
        _ => {}
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_ends_in_a_smaller_sign_for_a_part_of_one() {
        assert_eq!(bar(151, 151), "O".repeat(30));
        assert_eq!(bar(120, 151), format!("{}o", "O".repeat(23)));
        assert_eq!(bar(79, 151), format!("{}.", "O".repeat(15)));
        assert_eq!(bar(1, 1000), "");
    }
}
