//! `CREATE KEYSPACE`

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::Keyword;
use crate::parser::Parser;
use crate::property::Property;
use crate::separated::Separated;

/// `CREATE KEYSPACE [IF NOT EXISTS] name WITH replication = {...} AND durable_writes = true`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateKeyspace {
    /// Whether `IF NOT EXISTS` is given.
    pub if_not_exists: bool,
    /// The keyspace.
    pub name: Identifier,
    /// `replication`, `durable_writes`; at least one.
    pub properties: Vec<Property>,
}

impl CreateKeyspace {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        let if_not_exists = parser.if_not_exists()?;
        let name = parser.keyspace_name()?;
        parser.expect_keyword(Keyword::With)?;
        Ok(CreateKeyspace { if_not_exists, name, properties: Property::parse_all(parser)? })
    }
}

/// On one line. The two blanks before `AND` are Cassandra's.
impl fmt::Display for CreateKeyspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        let properties = Separated::new(&self.properties, "  AND ");
        write!(f, "CREATE KEYSPACE {if_not_exists}{} WITH {properties};", self.name)
    }
}
