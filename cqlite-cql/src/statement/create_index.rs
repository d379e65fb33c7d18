//! `CREATE INDEX`

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::map_literal::MapLiteral;
use crate::parser::Parser;
use crate::property::{Property, PropertyValue};
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;

/// `CREATE [CUSTOM] INDEX [IF NOT EXISTS] [name] ON table (targets) [USING 'class'] [WITH OPTIONS = {...}]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateIndex {
    /// Whether `CUSTOM` is given.
    pub is_custom: bool,
    /// Whether `IF NOT EXISTS` is given.
    pub if_not_exists: bool,
    /// The index; Cassandra makes up a name if none is given.
    pub name: Option<Identifier>,
    /// The table.
    pub table: QualifiedName,
    /// What is indexed. The grammar allows none and several, for index classes that want it so.
    pub targets: Vec<IndexTarget>,
    /// The index class or its short name, such as `sai`.
    pub using: Option<String>,
    /// The options of the index class.
    pub options: Option<MapLiteral>,
}

/// `column`, `values(column)`, ...
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexTarget {
    /// What of the column is indexed.
    pub kind: IndexTargetKind,
    /// The column.
    pub column: Identifier,
}

/// What of a column is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexTargetKind {
    /// `column`: its value; of a collection, Cassandra takes it for `values(column)`.
    Simple,
    /// `values(column)`
    Values,
    /// `keys(column)`
    Keys,
    /// `entries(column)`
    Entries,
    /// `full(column)`: a frozen collection as a whole.
    Full,
}

impl CreateIndex {
    /// From `CREATE`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        let is_custom = parser.eat_keyword(Keyword::Custom);
        parser.expect_keyword(Keyword::Index)?;
        let if_not_exists = parser.if_not_exists()?;
        let is_named = parser.is_name(0) || (parser.is_strict() && parser.at(TokenKind::QuestionMark));
        let name = if is_named { Some(parser.name_without_marker("index")?) } else { None };
        parser.expect_keyword(Keyword::On)?;
        let table = QualifiedName::parse(parser)?;
        parser.expect(TokenKind::LeftParenthesis)?;
        let targets = match IndexTarget::may_begin(parser) {
            true => parser.separated(TokenKind::Comma, IndexTarget::parse)?,
            false => Vec::new(),
        };
        parser.expect(TokenKind::RightParenthesis)?;
        let using = if parser.eat_keyword(Keyword::Using) { Some(parser.string()?) } else { None };
        let mut options = None;
        if parser.eat_keyword(Keyword::With) {
            let span = parser.current().span;
            for property in Property::parse_all(parser)? {
                match property.value {
                    PropertyValue::Map(map) if property.name == "options" => options = Some(map),
                    // That an index without a class takes none is told when it is made.
                    PropertyValue::Literal(_)
                        if property.name == "options"
                            && parser.is_strict()
                            && !is_custom
                            && using.is_none() =>
                    {
                        options = Some(MapLiteral::default());
                    }
                    PropertyValue::Literal(_) if property.name == "options" => {
                        let message = "Invalid value for property 'options'. It should be a map.";
                        return Err(parser.recognition_error(span, message));
                    }
                    _ => {
                        let message = format!("Unknown property '{}'", property.name.as_str());
                        return Err(parser.recognition_error(span, message));
                    }
                }
            }
        }
        Ok(CreateIndex { is_custom, if_not_exists, name, table, targets, using, options })
    }
}

impl IndexTargetKind {
    fn at(parser: &Parser<'_>) -> Self {
        match parser.keyword() {
            Some(Keyword::Values) => Self::Values,
            Some(Keyword::Keys) => Self::Keys,
            Some(Keyword::Entries) => Self::Entries,
            Some(Keyword::Full) => Self::Full,
            _ => Self::Simple,
        }
    }
}

impl IndexTarget {
    fn may_begin(parser: &Parser<'_>) -> bool {
        let is_name = parser.is_name(0) || parser.at(TokenKind::QuotedIdentifier);
        is_name || IndexTargetKind::at(parser) != IndexTargetKind::Simple
    }

    fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let kind = IndexTargetKind::at(parser);
        let is_function = parser.kind(1) == TokenKind::LeftParenthesis;
        let is_alone = matches!(parser.kind(1), TokenKind::RightParenthesis | TokenKind::Comma);
        let is_column = matches!(kind, IndexTargetKind::Values | IndexTargetKind::Keys);
        parser.decide(1, !is_column || is_function || is_alone)?;
        // A column may be called `keys`, too.
        let is_name = parser.is_name(0) && parser.kind(1) != TokenKind::LeftParenthesis;
        if kind == IndexTargetKind::Simple || is_name {
            return Ok(IndexTarget { kind: IndexTargetKind::Simple, column: parser.column()? });
        }
        parser.advance();
        parser.expect(TokenKind::LeftParenthesis)?;
        let column = parser.column()?;
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(IndexTarget { kind, column })
    }
}

impl fmt::Display for CreateIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_custom { "CREATE CUSTOM INDEX " } else { "CREATE INDEX " })?;
        if self.if_not_exists {
            f.write_str("IF NOT EXISTS ")?;
        }
        if let Some(name) = &self.name {
            write!(f, "{name} ")?;
        }
        write!(f, "ON {} ({})", self.table, Separated::by_comma(&self.targets))?;
        if let Some(class) = &self.using {
            write!(f, " USING {}", Literal::quote(class))?;
        }
        if let Some(options) = &self.options {
            write!(f, " WITH OPTIONS = {options}")?;
        }
        f.write_str(";")
    }
}

impl fmt::Display for IndexTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = &self.column;
        match self.kind {
            IndexTargetKind::Simple => write!(f, "{column}"),
            IndexTargetKind::Values => write!(f, "values({column})"),
            IndexTargetKind::Keys => write!(f, "keys({column})"),
            IndexTargetKind::Entries => write!(f, "entries({column})"),
            IndexTargetKind::Full => write!(f, "full({column})"),
        }
    }
}
