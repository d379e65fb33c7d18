//! What compact, split, upgrade and filter have in common: SSTables are read, and others written.
//!
//! What is kept are functions of the inputs' metadata ([`keep`]):
//!
//! * One input: its serialization header as it is, its level, repair state, host, commit-log intervals, compression and,
//!   if it is not cut, token space coverage.
//! * Several inputs: the union of their columns with the types of the newest; the minima of their statistics as the bases of
//!   the header (`SerializationHeader.make`); the least repairedAt (`CompactionTask.getMinRepairedAt`); level 0, as the
//!   output may overlap others of any level; no token space coverage, which Cassandra then makes of the first and last key; commit-log intervals only if all inputs are of one host.
//! * What must not be mixed is refused: tables, partitioners, states of repair.

mod compact;
mod cut;
mod each;
mod header;
mod input;
mod kept;
mod new_place;
mod other_sstables;
mod output_ids;
mod output_place;
mod outputs;
mod repair_state;
mod target;
mod token_counts;

pub use compact::{CompactReport, Purging, reading_of};
pub use cut::Cut;
pub use each::{RewriteJob, RewriteReport, RewriteStep};
pub use header::merged_header;
pub use input::RewriteInput;
pub use kept::{Kept, RewriteOptions, keep};
pub use new_place::NewPlace;
pub use other_sstables::OtherSstables;
pub use output_ids::OutputIds;
pub use output_place::{
    check_place, check_space, directory_name, estimated_bytes, output_place, table_place,
};
pub(in crate::tools) use outputs::check_output;
pub use outputs::{Outputs, has_cores};
pub use repair_state::RepairState;
pub use target::Target;

#[cfg(test)]
mod tests;
