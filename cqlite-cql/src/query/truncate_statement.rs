//! `TRUNCATE`

use std::fmt;

use crate::error::Result;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;

/// `TRUNCATE [TABLE] table`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruncateStatement {
    /// The table.
    pub table: QualifiedName,
}

impl TruncateStatement {
    /// From `TRUNCATE`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        parser.eat_table();
        Ok(TruncateStatement { table: QualifiedName::parse(parser)? })
    }
}

impl fmt::Display for TruncateStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TRUNCATE TABLE {};", self.table)
    }
}
