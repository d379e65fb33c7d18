//! CQL, the Cassandra Query Language: text to a syntax tree and back.
//!
//! The crate knows the language of Cassandra 5.0 and nothing else: no tables, no engine, no I/O. It reads what is
//! in the `schema.cql` of a snapshot, what `DESCRIBE` prints and what people write, and prints it as `DESCRIBE` does.
//!
//! There are two ways to read it. [`parse_cql`] takes statements of every kind, and only what Cassandra's own parser
//! takes. [`parse_script`] and [`parse_statement`] are for schemas: they take what `DESCRIBE` prints though Cassandra
//! would refuse it, and statements that do not define a schema are recognised and passed over, see
//! [`OtherStatement`].
//!
//! ```
//! use cqlite_cql::{Statement, parse_script};
//!
//! let script = "
//!     CREATE TYPE shop.address (street text, \"Zip\" int);
//!     CREATE TABLE shop.orders (id uuid PRIMARY KEY, lines list<text>, \"to\" frozen<address>);";
//! let statements = parse_script(script)?;
//!
//! let Some(Statement::CreateTable(table)) = statements.get(1).map(|statement| &statement.node) else {
//!     return Err("not a table".into());
//! };
//! assert_eq!(table.primary_key.as_single().map(AsRef::as_ref), Some("id"));
//! assert_eq!(
//!     table.to_string(),
//!     "CREATE TABLE shop.orders (\n    id uuid PRIMARY KEY,\n    lines list<text>,\n    \"to\" frozen<address>\n);"
//! );
//!
//! let error = parse_script("CREATE TABLE t (id uuid PRIMARY KEY").unwrap_err();
//! assert_eq!(error.to_string(), "line 1:35 mismatched input '<EOF>' expecting ')'");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Input is not trusted: no text makes the crate panic or recurse without bound.

mod error;
mod identifier;
pub mod lexer;
mod literal;
mod map_literal;
mod native_type;
mod parser;
mod property;
mod qualified_name;
pub mod query;
mod separated;
mod span;
mod statement;
mod type_name;
mod uuid;

pub use error::{ParseError, Position};
pub use identifier::Identifier;
pub use literal::Literal;
pub use map_literal::MapLiteral;
pub use native_type::NativeType;
pub use property::{Property, PropertyValue};
pub use qualified_name::QualifiedName;
pub use smol_str::SmolStr;
pub use span::{Span, Spanned};
pub use statement::{
    AlterKeyspace, AlterTable, AlterTableChange, AlterType, AlterTypeChange, ClusteringOrder,
    ColumnDefinition, ColumnMask, CreateIndex, CreateKeyspace, CreateTable, CreateType, DropStatement,
    DropTarget, FieldDefinition, IndexTarget, IndexTargetKind, Order, OtherStatement, PrimaryKey, Rename,
    Statement, TableOption,
};
pub use type_name::TypeName;
pub use uuid::Uuid;

use lexer::TokenKind;
use parser::Parser;

/// Reads statements separated by semicolons. Empty ones are passed over; one that is wrong fails the script.
pub fn parse_script(source: &str) -> Result<Vec<Spanned<Statement>>, ParseError> {
    Parser::new(source)?.finish(Parser::script)
}

/// Reads one statement, with or without its semicolon.
pub fn parse_statement(source: &str) -> Result<Statement, ParseError> {
    Parser::new(source)?.finish(|parser| {
        let statement = parser.statement()?.node;
        while parser.eat(TokenKind::Semicolon) {}
        parser.expect(TokenKind::End)?;
        Ok(statement)
    })
}

/// Reads one statement of any kind exactly as Cassandra 5.0's own parser does, with or without semicolons behind it.
///
/// Unlike [`parse_statement`] it takes nothing that Cassandra refuses, and its errors are Cassandra's.
///
/// ```
/// use cqlite_cql::parse_cql;
///
/// assert!(parse_cql("SELECT a, b FROM t WHERE k = ?").is_ok());
///
/// let error = parse_cql("LIST SUPERUSERS").unwrap_err();
/// let message = "line 1:5 no viable alternative at input 'SUPERUSERS' ([LIST] SUPERUSERS)";
/// assert_eq!(error.to_string(), message);
/// ```
pub fn parse_cql(source: &str) -> Result<Spanned<query::CqlStatement>, ParseError> {
    Parser::strict(source)?.finish(|parser| {
        let statement = parser.cql_statement()?;
        while parser.eat(TokenKind::Semicolon) {}
        parser.expect(TokenKind::End)?;
        Ok(statement)
    })
}

/// Reads statements of any kind separated by semicolons, each as [`parse_cql`] does. Empty ones are passed over.
pub fn parse_cql_script(source: &str) -> Result<Vec<Spanned<query::CqlStatement>>, ParseError> {
    Parser::strict(source)?.finish(|parser| {
        let mut statements = Vec::new();
        loop {
            while parser.eat(TokenKind::Semicolon) {}
            if parser.at(TokenKind::End) {
                return Ok(statements);
            }
            statements.push(parser.cql_statement()?);
            if !parser.at(TokenKind::End) {
                parser.expect(TokenKind::Semicolon)?;
            }
        }
    })
}

/// Reads a type, as `system_schema.columns` holds it.
pub fn parse_type(source: &str) -> Result<TypeName, ParseError> {
    Parser::new(source)?.finish(|parser| {
        let type_name = TypeName::parse(parser)?;
        parser.expect(TokenKind::End)?;
        Ok(type_name)
    })
}
