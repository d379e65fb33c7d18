//! `CREATE TYPE`

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::TokenKind;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::type_name::TypeName;

/// `CREATE TYPE [IF NOT EXISTS] name (field type, ...)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateType {
    /// Whether `IF NOT EXISTS` is given.
    pub if_not_exists: bool,
    /// The type.
    pub name: QualifiedName,
    /// Its fields; at least one.
    pub fields: Vec<FieldDefinition>,
}

/// `field type`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDefinition {
    /// The field.
    pub name: Identifier,
    /// Its type.
    pub type_name: TypeName,
}

impl CreateType {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        let if_not_exists = parser.if_not_exists()?;
        let name = parser.user_type_name()?;
        parser.expect(TokenKind::LeftParenthesis)?;
        let mut fields = vec![FieldDefinition::parse(parser)?];
        while parser.eat(TokenKind::Comma) {
            // As in Cassandra, commas may follow the last field.
            if parser.is_name(0) || parser.at(TokenKind::QuotedIdentifier) {
                fields.push(FieldDefinition::parse(parser)?);
            }
        }
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(CreateType { if_not_exists, name, fields })
    }
}

impl FieldDefinition {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        Ok(FieldDefinition { name: parser.identifier()?, type_name: TypeName::parse(parser)? })
    }
}

impl fmt::Display for CreateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        let fields = Separated::new(&self.fields, ",\n    ");
        write!(f, "CREATE TYPE {if_not_exists}{} (\n    {fields}\n);", self.name)
    }
}

impl fmt::Display for FieldDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.type_name)
    }
}
