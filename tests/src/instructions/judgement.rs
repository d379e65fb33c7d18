//! All counts of a run against a baseline.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::count_verdict::change_percent;
use super::{Comparison, CountVerdict, InstructionBaseline, MadeWith};

/// All counts of a run against a baseline. Printed it is a line for each count, and a sentence for all that is to be told.
#[derive(Debug, Clone)]
pub struct Judgement {
    comparison: Comparison,
    judged: Vec<Judged>,
    /// What the baseline has, and nobody counts any more.
    gone: Vec<String>,
    /// The command that accepts the counts.
    accept: String,
}

#[derive(Debug, Clone)]
struct Judged {
    name: String,
    count: u64,
    baseline: Option<u64>,
    verdict: CountVerdict,
}

impl Judgement {
    /// Judges the counts. `all` are the names of all there is to count, counted in this run or not; `accept` is the command that accepts counts.
    pub fn of(
        baseline: &InstructionBaseline,
        made_with: &MadeWith,
        counts: &BTreeMap<String, u64>,
        all: &BTreeSet<String>,
        accept: &str,
    ) -> Self {
        let comparison = made_with.compared_with(&baseline.made_with);
        let judged = counts.iter().map(|(name, &count)| {
            let baseline = baseline.instructions.get(name).copied();
            let verdict = CountVerdict::of(count, baseline, comparison.margin_percent());
            Judged { name: name.clone(), count, baseline, verdict }
        });
        let judged = judged.collect();
        let gone = baseline.instructions.keys().filter(|name| !all.contains(*name)).cloned().collect();
        Self { comparison, judged, gone, accept: accept.to_owned() }
    }

    /// Whether a build may go on.
    pub fn is_held(&self) -> bool {
        self.gone.is_empty() && self.judged.iter().all(|judged| judged.verdict.is_allowed())
    }

    /// The names of what needs more than it may.
    pub fn needing_more(&self) -> impl Iterator<Item = &str> {
        let more = self.judged.iter().filter(|judged| judged.verdict == CountVerdict::NeedsMore);
        more.map(|judged| judged.name.as_str())
    }

    fn sentence(&self, judged: &Judged) -> Option<String> {
        let Judged { name, count, baseline, verdict } = judged;
        let (count, before) = (grouped(*count), grouped(baseline.unwrap_or(0)));
        let change = change_percent(judged.count, baseline.unwrap_or(0)).abs();
        let margin = self.comparison.margin_percent().unwrap_or(0.0);
        let accept = &self.accept;
        match verdict {
            CountVerdict::Held | CountVerdict::NotCompared => None,
            CountVerdict::NeedsMore => Some(format!(
                "FAILED: \"{name}\" needs {count} instructions, {change:.1} % more than the {before} of the baseline; {margin} % are allowed. \
                 If that is worth it, accept it with `{accept}`."
            )),
            CountVerdict::NeedsLess => Some(format!(
                "Better: \"{name}\" needs {count} instructions, {change:.1} % less than the {before} of the baseline. \
                 Accept that with `{accept}`, so that it is kept."
            )),
            CountVerdict::Unknown => Some(format!(
                "FAILED: \"{name}\" needs {count} instructions, and the baseline does not know it. Accept that with `{accept}`."
            )),
        }
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:44} {:>15} {:>15} {:>8}", "instructions", "now", "baseline", "change")?;
        for Judged { name, count, baseline, .. } in &self.judged {
            let (before, change) = baseline.map_or_else(Default::default, |baseline| {
                (grouped(baseline), format!("{:+.2} %", change_percent(*count, baseline)))
            });
            writeln!(f, "{name:44} {:>15} {before:>15} {change:>8}", grouped(*count))?;
        }
        let gone = self.gone.iter().map(|name| {
            let accept = &self.accept;
            format!("FAILED: \"{name}\" is in the baseline, but nobody counts it any more. Accept that with `{accept}`.")
        });
        let told = self.comparison.sentence().into_iter();
        let told = told.chain(self.judged.iter().filter_map(|judged| self.sentence(judged))).chain(gone);
        for sentence in told {
            writeln!(f, "{sentence}")?;
        }
        Ok(())
    }
}

/// With commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::made_with::tests::some;
    use super::*;

    fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
        counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    fn baseline(of: &[(&str, u64)]) -> InstructionBaseline {
        InstructionBaseline { made_with: some(), instructions: counts(of) }
    }

    fn judged(baseline: &InstructionBaseline, made_with: &MadeWith, now: &[(&str, u64)]) -> Judgement {
        let all = ["read", "write"].map(str::to_owned).into();
        Judgement::of(baseline, made_with, &counts(now), &all, "guard --accept")
    }

    fn sentences(judgement: &Judgement) -> Vec<String> {
        judgement.to_string().lines().skip(1 + judgement.judged.len()).map(str::to_owned).collect()
    }

    #[test]
    fn counts_within_the_margin_hold_without_a_word() {
        let judgement = judged(
            &baseline(&[("read", 1_000_000), ("write", 500)]),
            &some(),
            &[("read", 1_019_000), ("write", 500)],
        );
        assert!(judgement.is_held());
        assert!(sentences(&judgement).is_empty());
        let lines: Vec<String> = judgement
            .to_string()
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines,
            ["instructions now baseline change", "read 1,019,000 1,000,000 +1.90 %", "write 500 500 +0.00 %"]
        );
    }

    #[test]
    fn what_needs_more_fails_and_tells_both_counts_and_how_to_accept() {
        let judgement = judged(&baseline(&[("read", 100_000_000)]), &some(), &[("read", 105_250_000)]);
        assert!(!judgement.is_held());
        assert_eq!(judgement.needing_more().collect::<Vec<_>>(), ["read"]);
        assert_eq!(
            sentences(&judgement),
            [
                "FAILED: \"read\" needs 105,250,000 instructions, 5.2 % more than the 100,000,000 of the baseline; 2 % are allowed. \
              If that is worth it, accept it with `guard --accept`."
            ]
        );
    }

    #[test]
    fn what_needs_less_holds_and_asks_to_be_accepted() {
        let judgement = judged(&baseline(&[("read", 100_000)]), &some(), &[("read", 90_000)]);
        assert!(judgement.is_held());
        assert_eq!(
            sentences(&judgement),
            ["Better: \"read\" needs 90,000 instructions, 10.0 % less than the 100,000 of the baseline. \
              Accept that with `guard --accept`, so that it is kept."]
        );
    }

    #[test]
    fn what_the_baseline_does_not_know_fails() {
        let judgement = judged(&baseline(&[("read", 10)]), &some(), &[("read", 10), ("write", 1_234)]);
        assert!(!judgement.is_held());
        assert!(judgement.needing_more().next().is_none());
        assert_eq!(
            sentences(&judgement),
            [
                "FAILED: \"write\" needs 1,234 instructions, and the baseline does not know it. Accept that with `guard --accept`."
            ]
        );
    }

    #[test]
    fn what_nobody_counts_any_more_fails_and_what_is_only_left_out_does_not() {
        let known = baseline(&[("read", 10), ("write", 10)]);
        assert!(judged(&known, &some(), &[("read", 10)]).is_held());
        let judgement = judged(&baseline(&[("read", 10), ("sing", 10)]), &some(), &[("read", 10)]);
        assert!(!judgement.is_held());
        assert_eq!(
            sentences(&judgement),
            [
                "FAILED: \"sing\" is in the baseline, but nobody counts it any more. Accept that with `guard --accept`."
            ]
        );
    }

    #[test]
    fn counts_of_another_compiler_have_the_wide_margin() {
        let now = MadeWith { rustc: "rustc 1.96.0".to_owned(), ..some() };
        let known = baseline(&[("read", 1_000)]);
        let judgement = judged(&known, &now, &[("read", 1_150)]);
        assert!(judgement.is_held());
        assert!(sentences(&judgement)[0].contains("rustc `rustc 1.96.0` instead of `rustc 1.95.0`"));
        assert!(!judged(&known, &now, &[("read", 1_151)]).is_held());
    }

    #[test]
    fn counts_of_another_architecture_are_told_and_not_compared() {
        let now = MadeWith { architecture: "aarch64".to_owned(), ..some() };
        let judgement = judged(&baseline(&[("read", 1_000)]), &now, &[("read", 9_000), ("write", 3)]);
        assert!(judgement.is_held());
        assert_eq!(
            sentences(&judgement),
            [
                "NOT COMPARED: the baseline counts other instructions (architecture `aarch64` instead of `x86_64`)."
            ]
        );
    }

    #[test]
    fn numbers_have_commas_between_thousands() {
        let numbers =
            [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (123_456_789, "123,456,789")];
        for (number, text) in numbers {
            assert_eq!(grouped(number), text);
        }
    }
}
