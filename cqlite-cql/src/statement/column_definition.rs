//! Columns.

use std::fmt;

use super::ColumnMask;
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::Keyword;
use crate::parser::Parser;
use crate::type_name::TypeName;

/// `name type [STATIC] [MASKED WITH ...]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// The column.
    pub name: Identifier,
    /// Its type.
    pub type_name: TypeName,
    /// Whether all rows of a partition share it.
    pub is_static: bool,
    /// Its mask.
    pub mask: Option<ColumnMask>,
}

impl ColumnDefinition {
    /// A column that is neither static nor masked.
    pub fn new(name: Identifier, type_name: TypeName) -> Self {
        ColumnDefinition { name, type_name, is_static: false, mask: None }
    }

    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let name = parser.identifier()?;
        let type_name = TypeName::parse(parser)?;
        let is_static = parser.eat_keyword(Keyword::Static);
        Ok(ColumnDefinition { name, type_name, is_static, mask: ColumnMask::parse_optional(parser)? })
    }
}

impl fmt::Display for ColumnDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.type_name)?;
        if self.is_static {
            f.write_str(" static")?;
        }
        if let Some(mask) = &self.mask {
            write!(f, " {mask}")?;
        }
        Ok(())
    }
}
