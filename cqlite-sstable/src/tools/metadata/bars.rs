//! Histograms for people.

use std::io::{self, Write};

/// Columns of the longest bar.
const WIDTH: f64 = 24.0;
/// An eighth of a column, two of them, and so on.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/// More lines than this are put together.
const MOST_LINES: usize = 16;

/// Draws a line for each bucket: its name, its count, its share, a bar. Neighbouring buckets are put together,
/// under the name of the last, if there are too many.
pub(super) fn write_bars(
    buckets: &[(i64, i64)],
    name: impl Fn(i64) -> String,
    out: &mut impl Write,
) -> io::Result<()> {
    let together = buckets.len().div_ceil(MOST_LINES).max(1);
    let buckets: Vec<(String, i64)> =
        buckets.chunks(together).filter_map(|chunk| Some((name(chunk.last()?.0), sum(chunk)))).collect();
    let names = buckets.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let counts = buckets.iter().map(|(_, count)| count.to_string().len()).max().unwrap_or(0);
    let most = buckets.iter().map(|(_, count)| *count).max().unwrap_or(0) as f64;
    let total: f64 = buckets.iter().map(|(_, count)| *count as f64).sum();
    for (name, count) in &buckets {
        let share = 100.0 * *count as f64 / total;
        let bar = bar(*count as f64 / most);
        writeln!(out, "    {name:>names$}  {count:>counts$}  {share:>5.1} %  {bar}")?;
    }
    Ok(())
}

/// How many there are in all of the buckets.
pub(super) fn sum(buckets: &[(i64, i64)]) -> i64 {
    buckets.iter().fold(0, |sum: i64, (_, count)| sum.saturating_add(*count))
}

/// A bar as long as `share` of the longest. What is not nothing can be seen.
fn bar(share: f64) -> String {
    let eighths = (share.clamp(0.0, 1.0) * WIDTH * 8.0).round().max(1.0) as usize;
    let mut bar = "█".repeat(eighths / 8);
    bar.extend(EIGHTHS.get((eighths % 8).wrapping_sub(1)));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(buckets: &[(i64, i64)]) -> String {
        let mut out = Vec::new();
        write_bars(buckets, |value| format!("{value} B"), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_and_counts_are_aligned_and_a_small_share_is_still_seen() {
        assert_eq!(
            drawn(&[(8, 1), (535, 9999)]),
            "      8 B     1    0.0 %  ▏\n    535 B  9999  100.0 %  ████████████████████████\n"
        );
    }

    #[test]
    fn many_buckets_are_put_together() {
        let buckets: Vec<_> = (1..=100).map(|value| (value, 1)).collect();
        let drawn = drawn(&buckets);
        assert_eq!(drawn.lines().count(), 15);
        assert!(drawn.starts_with("      7 B  7"), "{drawn}");
        assert!(drawn.contains("100 B  2"), "{drawn}");
    }
}
