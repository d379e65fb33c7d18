//! What a client asks for next.

use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use super::workload::LONGEST_SCAN;
use super::{KeyChooser, KeyDistribution, Operation, OperationKind, OperationMix, Result};

/// Records of a batch.
const BATCH_RECORDS: u64 = 100;

/// What all clients of a load know of it.
#[derive(Debug)]
pub struct Asked {
    mix: OperationMix,
    chooser: KeyChooser,
    /// How many records there are: what is inserted next gets this number.
    records: AtomicU64,
}

impl Asked {
    /// Operations on so many records that are there already.
    ///
    /// # Errors
    /// If something is to be read of no records.
    pub fn new(mix: OperationMix, distribution: KeyDistribution, records: u64) -> Result<Self> {
        let only_inserts = mix
            .shares()
            .iter()
            .all(|(kind, _)| matches!(kind, OperationKind::Insert | OperationKind::InsertBatch));
        let chosen_of = if only_inserts { records.max(1) } else { records };
        let chooser = KeyChooser::new(distribution, chosen_of)?;
        Ok(Self { mix, chooser, records: AtomicU64::new(records) })
    }

    /// How many records there are by now, with those that are just being inserted.
    pub fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }
}

/// One client's choice of operations, the same for the same seed but for the numbers of what is inserted.
#[derive(Debug)]
pub struct Asker<'a> {
    asked: &'a Asked,
    random: SmallRng,
}

impl<'a> Asker<'a> {
    /// The operations of one client.
    pub fn new(asked: &'a Asked, seed: u64) -> Self {
        Self { asked, random: SmallRng::seed_from_u64(seed) }
    }

    /// What is asked for next.
    pub fn next_operation(&mut self) -> Operation {
        let kind = self.asked.mix.choose(&mut self.random);
        let inserted = |records| self.asked.records.fetch_add(records, Ordering::Relaxed);
        match kind {
            OperationKind::Insert => return Operation::Insert(inserted(1)),
            OperationKind::InsertBatch => {
                return Operation::InsertBatch { first: inserted(BATCH_RECORDS), records: BATCH_RECORDS };
            }
            _ => {}
        }
        let record = self.asked.chooser.choose(self.asked.records(), &mut self.random);
        match kind {
            OperationKind::Update => Operation::Update(record),
            OperationKind::ReadModifyWrite => Operation::ReadModifyWrite(record),
            OperationKind::Scan => {
                Operation::Scan { first: record, records: self.random.random_range(1..=LONGEST_SCAN) }
            }
            _ => Operation::Read(record),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Workload;

    #[test]
    fn clients_insert_different_records_and_choose_among_those_that_are_there() {
        let asked = Asked::new(Workload::YcsbD.mix(), Workload::YcsbD.distribution(), 1_000).unwrap();
        let (mut one, mut other) = (Asker::new(&asked, 1), Asker::new(&asked, 2));
        let mut inserted = Vec::new();
        for _ in 0..10_000 {
            for client in [&mut one, &mut other] {
                match client.next_operation() {
                    Operation::Insert(number) => inserted.push(number),
                    Operation::Read(number) => assert!(number < asked.records()),
                    operation => panic!("{operation:?} is none of this workload's"),
                }
            }
        }
        assert!((800..1_200).contains(&inserted.len()));
        assert_eq!(inserted, (1_000..1_000 + inserted.len() as u64).collect::<Vec<_>>());
        assert_eq!(asked.records(), 1_000 + inserted.len() as u64);
    }

    #[test]
    fn a_load_begins_with_inserts_alone() {
        assert!(Asked::new(OperationMix::only(OperationKind::Insert), KeyDistribution::Uniform, 0).is_ok());
        assert!(Asked::new(OperationMix::only(OperationKind::Read), KeyDistribution::Uniform, 0).is_err());
    }
}
