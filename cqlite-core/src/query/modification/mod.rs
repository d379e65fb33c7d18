//! `INSERT`, `UPDATE`, `DELETE`, batches and `TRUNCATE`.
//!
//! ```text
//! syntax tree -> PreparedModification (target, operations, conditions) -> update of each partition -> mutations
//! ```
//! Who writes one row by bind markers, the common case, has a plan that says which value goes where, and memory that is used
//! again. What depends on what is there is read before: lists by index, and all that is conditional ([`CasRequest`]).
//!
//! [`CasRequest`]: cas_request::CasRequest

mod attributes;
mod batch;
mod cas_request;
mod cas_result;
mod condition;
mod condition_check;
mod conditions;
mod existing_partition;
mod json_source;
mod list_times;
#[expect(clippy::module_inception, reason = "the folder is named by the type that all the others are for")]
mod modification;
mod operand;
mod operation;
mod operation_preparation;
mod planned_rows;
mod preparation;
mod row_writer;
mod statement_preparation;
mod target;
mod truncate;
mod updates;

pub(crate) use batch::{PreparedBatch, check_statements, execute_batch};
pub(crate) use modification::PreparedModification;
pub(crate) use truncate::truncate;
