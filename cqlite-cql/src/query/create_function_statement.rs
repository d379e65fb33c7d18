//! `CREATE FUNCTION`

use std::fmt;

use super::function_text::FunctionText;
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::type_name::TypeName;

/// `CREATE [OR REPLACE] FUNCTION name (arguments) ... RETURNS type LANGUAGE language AS body`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateFunctionStatement {
    /// Whether `OR REPLACE` is given.
    pub or_replace: bool,
    /// Whether `IF NOT EXISTS` is given.
    pub if_not_exists: bool,
    /// The function.
    pub name: QualifiedName,
    /// Its arguments and their types.
    pub arguments: Vec<(Identifier, TypeName)>,
    /// `CALLED ON NULL INPUT`, rather than `RETURNS NULL ON NULL INPUT`.
    pub is_called_on_null_input: bool,
    /// The type of what it returns.
    pub return_type: TypeName,
    /// The language of its body.
    pub language: Identifier,
    /// Its body.
    pub body: String,
}

impl CreateFunctionStatement {
    /// From `CREATE`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let or_replace = parser.create_or_replace()?;
        parser.expect_keyword(Keyword::Function)?;
        let if_not_exists = parser.if_not_exists()?;
        let name = parser.function_name()?;
        parser.expect(TokenKind::LeftParenthesis)?;
        let mut arguments = Vec::new();
        if parser.is_name(0) {
            arguments = parser.separated(TokenKind::Comma, |parser| {
                let argument = parser.identifier()?;
                Ok((argument, TypeName::parse(parser)?))
            })?;
        }
        parser.expect(TokenKind::RightParenthesis)?;
        let is_called_on_null_input = parser.eat_keyword(Keyword::Called);
        if !is_called_on_null_input {
            if !parser.at_keyword(Keyword::Returns) {
                return Err(parser.no_viable_alternative());
            }
            parser.expect_keywords(&[Keyword::Returns, Keyword::Null])?;
        }
        parser.expect_keywords(&[Keyword::On, Keyword::Null, Keyword::Input, Keyword::Returns])?;
        let return_type = TypeName::parse(parser)?;
        parser.expect_keyword(Keyword::Language)?;
        let language = Identifier::unquoted(parser.expect(TokenKind::Identifier)?.text);
        parser.expect_keyword(Keyword::As)?;
        let body = parser.string()?;
        Ok(CreateFunctionStatement {
            or_replace,
            if_not_exists,
            name,
            arguments,
            is_called_on_null_input,
            return_type,
            language,
            body,
        })
    }
}

impl fmt::Display for CreateFunctionStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_replace = if self.or_replace { "OR REPLACE " } else { "" };
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        write!(f, "CREATE {or_replace}FUNCTION {if_not_exists}{}(", FunctionText(&self.name))?;
        for (index, (argument, type_name)) in self.arguments.iter().enumerate() {
            write!(f, "{}{argument} {type_name}", if index > 0 { ", " } else { "" })?;
        }
        let on_null_input = if self.is_called_on_null_input { "CALLED" } else { "RETURNS NULL" };
        let Self { return_type, language, .. } = self;
        write!(f, ") {on_null_input} ON NULL INPUT RETURNS {return_type} LANGUAGE {language} AS ")?;
        write!(f, "{};", Literal::quote(&self.body))
    }
}
