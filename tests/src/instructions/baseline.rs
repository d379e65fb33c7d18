//! What was accepted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::MadeWith;
use crate::error::Doing as _;
use crate::{Error, Result};

/// How many instructions each piece of work needed when that was last accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstructionBaseline {
    /// What they were counted with.
    pub made_with: MadeWith,
    /// Instructions by the name of the work.
    pub instructions: BTreeMap<String, u64>,
}

impl InstructionBaseline {
    /// Reads a baseline; none if there is no such file.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let doing = || format!("read the baseline {}", path.display());
        if !path.try_exists().doing(doing)? {
            return Ok(None);
        }
        let text = fs::read_to_string(path).doing(doing)?;
        serde_json::from_str(&text).map(Some).map_err(|error| Error::said(doing(), error.to_string()))
    }

    /// Writes the baseline, one count a line.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let doing = || format!("write the baseline {}", path.display());
        let text =
            serde_json::to_string_pretty(self).map_err(|error| Error::said(doing(), error.to_string()))?;
        fs::write(path, text + "\n").doing(doing)
    }

    /// Takes the counts of some of the work, and keeps those of all other.
    ///
    /// # Errors
    /// If they were not made with the same: then all of the work is to be counted anew.
    pub fn accept_some(&mut self, made_with: &MadeWith, counts: BTreeMap<String, u64>) -> Result<()> {
        if let Some(sentence) = made_with.compared_with(&self.made_with).sentence() {
            let said = format!("all scenarios have to be counted and accepted at once. {sentence}");
            return Err(Error::said("accept the counts of some scenarios alone", said));
        }
        self.instructions.extend(counts);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::made_with::tests::some;
    use super::*;

    fn baseline() -> InstructionBaseline {
        let instructions = [("read".to_owned(), 123_456_789), ("write".to_owned(), 7)].into();
        InstructionBaseline { made_with: some(), instructions }
    }

    #[test]
    fn a_baseline_reads_back_as_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("instructions.json");
        assert_eq!(InstructionBaseline::read(&path).unwrap(), None);
        baseline().write(&path).unwrap();
        assert_eq!(InstructionBaseline::read(&path).unwrap(), Some(baseline()));
    }

    #[test]
    fn a_file_that_is_no_baseline_is_told_and_not_taken_for_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("instructions.json");
        fs::write(&path, "{}").unwrap();
        let error = InstructionBaseline::read(&path).unwrap_err().to_string();
        assert!(error.contains("read the baseline") && error.contains("made_with"), "{error}");
    }

    #[test]
    fn some_counts_are_accepted_beside_the_others() {
        let mut accepted = baseline();
        accepted.accept_some(&some(), [("write".to_owned(), 9)].into()).unwrap();
        assert_eq!(accepted.instructions, [("read".to_owned(), 123_456_789), ("write".to_owned(), 9)].into());
    }

    #[test]
    fn counts_of_other_tools_are_not_mixed_into_a_baseline() {
        let mut accepted = baseline();
        let now = MadeWith { rustc: "rustc 1.96.0".to_owned(), ..some() };
        let error = accepted.accept_some(&now, [("write".to_owned(), 9)].into()).unwrap_err().to_string();
        assert!(error.contains("rustc 1.96.0"), "{error}");
        assert_eq!(accepted, baseline());
    }
}
