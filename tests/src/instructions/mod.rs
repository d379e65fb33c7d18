//! The regression guard: how many instructions fixed pieces of work need, against what they needed before.
//!
//! Times differ from run to run and from machine to machine; instructions that [`Valgrind`] counts nearly do not, so that they can fail a build.
//! [`InstructionBaseline`] keeps what each piece of work needed when it was last accepted, and [`Judgement`] says which of them needs more now.

mod baseline;
mod comparison;
mod count_verdict;
mod judgement;
mod made_with;
mod valgrind;

pub use baseline::InstructionBaseline;
pub use comparison::Comparison;
pub use count_verdict::CountVerdict;
pub use judgement::Judgement;
pub use made_with::MadeWith;
pub use valgrind::Valgrind;

/// By how many percent a count may differ from the baseline's. The noise of what is counted is far below.
pub const MARGIN_PERCENT: f64 = 2.0;

/// The same where the baseline was made by another compiler, C library or valgrind, or on a processor with other features. These
/// alone move counts by several percent, up and down; work that is done twice still shows.
pub const WIDE_MARGIN_PERCENT: f64 = 15.0;
