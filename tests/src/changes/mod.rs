//! Changes of rows of any table, made at random: the same ones can be made by CQLite and by a node.

mod change;
mod made_by_cqlite;
mod made_by_node;
mod random_changes;

pub use change::{Change, Element, Kind, NewValue, TimeToLive};
pub use made_by_cqlite::{batch, change_all, partition_key};
pub use made_by_node::change_by_node;
pub use random_changes::RandomChanges;
