//! `ALTER KEYSPACE`

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::Keyword;
use crate::parser::Parser;
use crate::property::Property;
use crate::separated::Separated;

/// `ALTER KEYSPACE [IF EXISTS] name WITH replication = {...} AND durable_writes = true`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterKeyspace {
    /// Whether `IF EXISTS` is given.
    pub if_exists: bool,
    /// The keyspace.
    pub name: Identifier,
    /// What changes; at least one.
    pub properties: Vec<Property>,
}

impl AlterKeyspace {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        let if_exists = parser.if_exists()?;
        let name = parser.keyspace_name()?;
        parser.expect_keyword(Keyword::With)?;
        Ok(AlterKeyspace { if_exists, name, properties: Property::parse_all(parser)? })
    }
}

impl fmt::Display for AlterKeyspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        let properties = Separated::new(&self.properties, " AND ");
        write!(f, "ALTER KEYSPACE {if_exists}{} WITH {properties};", self.name)
    }
}
