//! The lossless form of rows: JSON lines with every timestamp, deletion and byte, in the order of the SSTable.
//!
//! `docs/lossless.md` describes it. The first line is the header; then comes a line for each partition, static row,
//! row and marker. A long row goes on in further lines, so that neither side ever has it in memory.

mod fields;
mod header;
mod line;
mod printer;
mod read_header;
mod reader;
mod value_checks;

pub use header::write_lossless_header;
pub use printer::LosslessPrinter;
pub use read_header::{LosslessCompression, LosslessHeader};
pub use reader::LosslessReader;
