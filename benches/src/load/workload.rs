//! The workloads that have names.

use std::fmt;
use std::str::FromStr;

use super::{KeyDistribution, OperationKind, OperationMix, RecordShape};

/// A workload with a name: what is asked for, how often, and of what records.
///
/// `A` to `F` are the core workloads of YCSB, the Yahoo! Cloud Serving Benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Workload {
    /// Half reads, half updates: sessions.
    YcsbA,
    /// 95 % reads, 5 % updates: tags of pictures.
    YcsbB,
    /// Reads alone: profiles.
    YcsbC,
    /// 95 % reads of what is newest, 5 % inserts: the state of users.
    YcsbD,
    /// 95 % short scans, 5 % inserts: conversations.
    YcsbE,
    /// Half reads, half records that are read, changed and written.
    YcsbF,
}

/// The most records of a scan in [`Workload::YcsbE`] (`maxscanlength`).
pub const LONGEST_SCAN: u64 = 100;

impl Workload {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::YcsbA, Self::YcsbB, Self::YcsbC, Self::YcsbD, Self::YcsbE, Self::YcsbF];

    /// What is asked for.
    pub fn mix(self) -> OperationMix {
        use OperationKind::{Insert, Read, ReadModifyWrite, Scan, Update};
        match self {
            Self::YcsbA => OperationMix::new([(Read, 50), (Update, 50)]),
            Self::YcsbB => OperationMix::new([(Read, 95), (Update, 5)]),
            Self::YcsbC => OperationMix::only(Read),
            Self::YcsbD => OperationMix::new([(Read, 95), (Insert, 5)]),
            Self::YcsbE => OperationMix::new([(Scan, 95), (Insert, 5)]),
            Self::YcsbF => OperationMix::new([(Read, 50), (ReadModifyWrite, 50)]),
        }
    }

    /// Of which records.
    pub fn distribution(self) -> KeyDistribution {
        match self {
            Self::YcsbD => KeyDistribution::Latest,
            _ => KeyDistribution::Zipfian,
        }
    }

    /// What the records are made of.
    pub fn shape(self) -> RecordShape {
        RecordShape::YCSB
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::YcsbA => "ycsb-a",
            Self::YcsbB => "ycsb-b",
            Self::YcsbC => "ycsb-c",
            Self::YcsbD => "ycsb-d",
            Self::YcsbE => "ycsb-e",
            Self::YcsbF => "ycsb-f",
        })
    }
}

impl FromStr for Workload {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|workload| workload.to_string() == text.to_lowercase());
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(Self::to_string).collect();
            format!("there is no workload `{text}`, but {}", names.join(", "))
        })
    }
}
