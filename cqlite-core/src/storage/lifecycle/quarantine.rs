//! SSTables that turned out damaged.

use std::sync::{PoisonError, RwLock};

use cqlite_sstable::{Descriptor, Error, ErrorKind, Result};

use crate::storage::compaction::Place;

/// An SSTable that is not read any more, since it is damaged.
#[derive(Debug, Clone)]
pub struct DamagedSstable {
    /// Where it lies. Its files are left as they are, for salvage.
    pub descriptor: Descriptor,
    /// Its first and last partition; none if that is not known: it may have any partition of its table.
    pub range: Option<[Place; 2]>,
    /// What kind of damage.
    pub kind: ErrorKind,
    /// What is damaged, as a sentence that names the place.
    pub error: String,
}

/// The damaged SSTables of a table. Reads of what they may have fail with an error that names them; all others go on.
#[derive(Debug, Default)]
pub struct Quarantine(RwLock<Vec<DamagedSstable>>);

impl Quarantine {
    /// Takes in an SSTable, unless it is in here already.
    pub fn add(&self, descriptor: Descriptor, range: Option<[Place; 2]>, error: &Error) {
        let mut damaged = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if damaged.iter().all(|one| one.descriptor != descriptor) {
            let (kind, error) = (error.kind(), error.to_string());
            damaged.push(DamagedSstable { descriptor, range, kind, error });
        }
    }

    /// Lets an SSTable out that was repaired or removed; whether it was in here.
    pub fn release(&self, descriptor: &Descriptor) -> bool {
        let mut damaged = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = damaged.len();
        damaged.retain(|one| one.descriptor != *descriptor);
        damaged.len() < before
    }

    /// All that are in here.
    pub fn damaged(&self) -> Vec<DamagedSstable> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether nothing is in here.
    pub fn is_empty(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Asks before partitions from `first` to `last` are read; without one of them there is no limit on that side.
    ///
    /// # Errors
    /// If a damaged SSTable may have one of them.
    pub fn check(&self, first: Option<&Place>, last: Option<&Place>) -> Result<()> {
        let damaged = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let is_met = |one: &&DamagedSstable| match &one.range {
            None => true,
            Some([from, to]) => first.is_none_or(|first| first <= to) && last.is_none_or(|last| from <= last),
        };
        match damaged.iter().find(is_met) {
            None => Ok(()),
            Some(one) => Err(Error::new(
                one.kind,
                format!("what was asked for may be in a damaged SSTable, which is not read: {}", one.error),
            )
            .advise("save what is left of it with salvage, or restore it from a snapshot or replica")),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqlite_sstable::{Format, SstableId, Token, Version};

    use super::*;

    fn place(token: i64) -> Place {
        Place { token: Token::Murmur3(token), key: vec![] }
    }

    #[test]
    fn reads_that_meet_a_damaged_sstable_fail_and_others_go_on() {
        let descriptor =
            |id| Descriptor::new("/t", Version::parse("nb", Format::Big).unwrap(), SstableId::Sequence(id));
        let quarantine = Quarantine::default();
        quarantine.check(None, None).unwrap();
        let error = Error::corrupt("the chunk fails its checksum").at("/t/nb-1-big-Data.db").offset(7);
        quarantine.add(descriptor(1), Some([place(10), place(20)]), &error);
        let check = |from, to| quarantine.check(Some(&place(from)), Some(&place(to)));
        check(0, 9).unwrap();
        check(21, 30).unwrap();
        for (from, to) in [(0, 10), (20, 30), (12, 13), (0, 30)] {
            let told = check(from, to).unwrap_err();
            assert_eq!(told.kind(), ErrorKind::Corrupt);
            assert!(told.to_string().contains("nb-1-big-Data.db, offset 7"), "{told}");
        }
        quarantine.check(None, None).unwrap_err();
        quarantine.check(Some(&place(21)), None).unwrap();
        // Where the range is not known, it may be any.
        quarantine.add(descriptor(2), None, &error);
        check(0, 9).unwrap_err();
        assert!(quarantine.release(&descriptor(2)) && quarantine.release(&descriptor(1)));
        assert!(quarantine.is_empty());
    }
}
