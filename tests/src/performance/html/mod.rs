//! A report as one page of HTML.

mod comparison;
mod escape;
mod measurements;
mod page;
mod surroundings;
mod table;
mod targets;

pub(super) use escape::escaped;
pub(super) use page::page;
