//! `DROP FUNCTION` and `DROP AGGREGATE`

use std::fmt;

use super::function_text::FunctionText;
use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::type_name::TypeName;

/// `DROP FUNCTION [IF EXISTS] name [(types)]`, or the same of an aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropFunctionStatement {
    /// Whether it is an aggregate.
    pub is_aggregate: bool,
    /// Whether `IF EXISTS` is given.
    pub if_exists: bool,
    /// The function.
    pub name: QualifiedName,
    /// The types of its arguments, if they are given.
    pub argument_types: Option<Vec<TypeName>>,
}

impl DropFunctionStatement {
    /// From `DROP`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        let is_aggregate = parser.at_keyword(Keyword::Aggregate);
        parser.advance();
        let if_exists = parser.if_exists()?;
        let name = parser.function_name()?;
        let mut argument_types = None;
        if parser.at(TokenKind::LeftParenthesis) {
            argument_types = Some(TypeName::parse_arguments(parser)?);
        }
        Ok(DropFunctionStatement { is_aggregate, if_exists, name, argument_types })
    }
}

impl fmt::Display for DropFunctionStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = if self.is_aggregate { "AGGREGATE" } else { "FUNCTION" };
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        write!(f, "DROP {object} {if_exists}{}", FunctionText(&self.name))?;
        if let Some(types) = &self.argument_types {
            write!(f, "({})", Separated::by_comma(types))?;
        }
        f.write_str(";")
    }
}
