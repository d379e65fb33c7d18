//! `SELECT`.

mod count;
mod execution;
mod group_by;
mod limits;
mod ordering;
mod paging;
mod prepare;
mod read;
mod similarity;
mod sink;

pub(crate) use execution::{RowConsumer, SelectOptions};
pub(crate) use paging::SelectPagingState;
pub(crate) use prepare::PreparedSelect;
