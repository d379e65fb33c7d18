//! Writing SSTables.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod index;
