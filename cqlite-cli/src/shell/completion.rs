//! What a half-written word may become.

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Schema, Table};
use cqlite_core::query::function_names;
use cqlite_cql::Identifier;
use cqlite_cql::lexer::{Keyword, Lexer, Token, TokenKind};
use cqlite_sstable::schema::ColumnKind;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

/// Words that statements and commands begin with.
const BEGINNINGS: &[&str] = &[
    "ALTER",
    "BEGIN",
    "CAPTURE",
    "CLEAR",
    "CONSISTENCY",
    "COPY",
    "CREATE",
    "DELETE",
    "DESCRIBE",
    "DROP",
    "EXIT",
    "EXPAND",
    "HELP",
    "HISTORY",
    "INSERT",
    "PAGING",
    "QUIT",
    "SELECT",
    "SERIAL",
    "SHOW",
    "SOURCE",
    "TRACING",
    "TRUNCATE",
    "UPDATE",
    "USE",
];

const TYPES: &[&str] = &[
    "ascii",
    "bigint",
    "blob",
    "boolean",
    "counter",
    "date",
    "decimal",
    "double",
    "duration",
    "float",
    "frozen",
    "inet",
    "int",
    "list",
    "map",
    "set",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timeuuid",
    "tinyint",
    "tuple",
    "uuid",
    "varchar",
    "varint",
    "vector",
];

/// Knows what there is, and what was written in the lines before.
#[derive(Default)]
pub struct Completion {
    schema: Option<Schema>,
    keyspace: Option<String>,
    pending: String,
}

impl Completion {
    /// Looks at what there is now.
    pub fn look(&mut self, db: &Database, keyspace: Option<&str>, pending: &str) {
        self.schema = Some(db.schema());
        self.keyspace = keyspace.map(str::to_owned);
        self.pending = pending.to_owned();
    }

    /// What the word that ends at a place of a line may become, and where it begins.
    fn candidates(&self, line: &str, place: usize) -> (usize, Vec<String>) {
        let before = line.get(..place).unwrap_or_default();
        let is_of_word =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '"');
        let start = before.char_indices().rev().take_while(|(_, character)| is_of_word(*character));
        let start = start.last().map_or(before.len(), |(place, _)| place);
        let word = before.get(start..).unwrap_or_default();
        let text = format!("{}{}", self.pending, before.get(..start).unwrap_or_default());
        let Some(tokens) = tokens(&text) else { return (start, Vec::new()) };
        let whole = format!("{}{line}", self.pending);
        let mut names = self.names(&tokens, &whole);
        names.retain(|name| name.is_like(word));
        names.sort();
        names.dedup();
        (start, names.into_iter().map(|name| name.written(word)).collect())
    }

    fn names(&self, tokens: &[Token<'_>], whole: &str) -> Vec<Name> {
        let Some(schema) = &self.schema else { return Vec::new() };
        let last = tokens.last().map(|token| token.kind);
        if last == Some(TokenKind::Dot) {
            let of = tokens.iter().rev().nth(1).map(name_of).unwrap_or_default();
            return schema.keyspace(&of).map(elements).unwrap_or_default();
        }
        let word = tokens.last().map_or("", |token| token.text).to_ascii_uppercase();
        let in_use = self.keyspace.as_deref().and_then(|keyspace| schema.keyspace(keyspace));
        match word.as_str() {
            "" | ";" => BEGINNINGS.iter().copied().map(Name::Word).collect(),
            "USE" | "KEYSPACE" => keyspaces(schema),
            "FROM" | "INTO" | "UPDATE" | "TABLE" | "TRUNCATE" | "COPY" | "ON" => {
                let tables = in_use.map(tables).unwrap_or_default();
                tables.into_iter().chain(keyspaces(schema)).collect()
            }
            "TYPE" => in_use.map(elements).into_iter().flatten().chain(keyspaces(schema)).collect(),
            "DESCRIBE" | "DESC" => {
                let words = [
                    "KEYSPACES",
                    "KEYSPACE",
                    "TABLES",
                    "TABLE",
                    "TYPES",
                    "TYPE",
                    "INDEX",
                    "SCHEMA",
                    "CLUSTER",
                ];
                let tables = in_use.map(tables).unwrap_or_default();
                words.into_iter().map(Name::Word).chain(tables).chain(keyspaces(schema)).collect()
            }
            _ => self.names_within(schema, tokens, whole),
        }
    }

    /// Columns of the table that the statement names, or of all in use before it names one, functions and keywords.
    fn names_within(&self, schema: &Schema, tokens: &[Token<'_>], whole: &str) -> Vec<Name> {
        let keywords = Keyword::ALL.iter().map(|keyword| Name::Word(keyword.text()));
        let functions = function_names().map(|name| Name::Stored(name.to_owned()));
        let mut names: Vec<Name> = keywords.chain(functions).collect();
        let in_use = self.keyspace.as_deref().and_then(|keyspace| schema.keyspace(keyspace));
        match self.table_of(schema, whole) {
            Some(table) => names.extend(columns(table)),
            // It may be any of them.
            None => names.extend(
                in_use
                    .into_iter()
                    .flat_map(|keyspace| keyspace.tables().values())
                    .flat_map(|table| columns(table)),
            ),
        }
        let first = tokens.first().map_or("", |token| token.text).to_ascii_uppercase();
        if matches!(first.as_str(), "CREATE" | "ALTER") {
            names.extend(TYPES.iter().map(|name| Name::Stored((*name).to_owned())));
            names.extend(
                in_use.into_iter().flat_map(|keyspace| keyspace.types().keys().cloned().map(Name::Stored)),
            );
        }
        names
    }

    /// The table that a statement names, wherever it does.
    fn table_of<'s>(&self, schema: &'s Schema, text: &str) -> Option<&'s Table> {
        let tokens = tokens(text)?;
        let names_table = |token: &Token<'_>| {
            matches!(token.text.to_ascii_uppercase().as_str(), "FROM" | "INTO" | "UPDATE" | "TABLE" | "COPY")
        };
        let place = tokens.iter().position(names_table)?;
        let first = tokens.get(place.saturating_add(1)).map(name_of)?;
        let is_qualified =
            tokens.get(place.saturating_add(2)).is_some_and(|token| token.kind == TokenKind::Dot);
        let second = tokens.get(place.saturating_add(3)).map(name_of);
        let table = match (is_qualified, second) {
            (true, Some(table)) => schema.table(&first, &table),
            _ => schema.table(self.keyspace.as_deref()?, &first),
        };
        table.map(|table| &**table)
    }
}

/// What a word may become.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    /// A word of the language, in capitals.
    Word(&'static str),
    /// A name, as it is stored.
    Stored(String),
}

impl Name {
    fn is_like(&self, word: &str) -> bool {
        let begins = |name: &str| {
            let head = name.get(..word.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(word)) && !word.contains('"')
        };
        match self {
            Self::Word(known) => begins(known),
            Self::Stored(name) => begins(name) || Identifier::quote_if_needed(name).starts_with(word),
        }
    }

    /// It as it is written, in the case of the letters that are there already.
    fn written(self, word: &str) -> String {
        match self {
            Self::Word(known) if word.bytes().any(|byte| byte.is_ascii_lowercase()) => {
                known.to_ascii_lowercase()
            }
            Self::Word(known) => known.to_owned(),
            Self::Stored(name) => Identifier::quote_if_needed(&name).into_owned(),
        }
    }
}

/// The words of a text; none within quotes or a comment.
fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut lexer = Lexer::new(text);
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next_token().ok()?;
        match token.kind {
            TokenKind::End => return Some(tokens),
            // What is in front of it is over.
            TokenKind::Semicolon => tokens.clear(),
            _ => tokens.push(token),
        }
    }
}

fn name_of(token: &Token<'_>) -> String {
    match token.kind {
        TokenKind::QuotedIdentifier => token.value().into_owned(),
        _ => token.text.to_ascii_lowercase(),
    }
}

fn keyspaces(schema: &Schema) -> Vec<Name> {
    schema.keyspaces().keys().cloned().map(Name::Stored).collect()
}

fn tables(keyspace: &std::sync::Arc<Keyspace>) -> Vec<Name> {
    keyspace.tables().keys().chain(keyspace.views().keys()).cloned().map(Name::Stored).collect()
}

/// Tables, views and types.
fn elements(keyspace: &std::sync::Arc<Keyspace>) -> Vec<Name> {
    let types = keyspace.types().keys().cloned().map(Name::Stored);
    tables(keyspace).into_iter().chain(types).collect()
}

fn columns(table: &Table) -> Vec<Name> {
    let schema = table.schema();
    let keys = schema.partition_key.iter().map(|column| &column.name);
    let clustering = schema.clustering.iter().map(|column| &column.name);
    let others = [ColumnKind::Static, ColumnKind::Regular].into_iter().flat_map(|kind| schema.columns(kind));
    let names = keys.chain(clustering).chain(others.map(|column| &column.name));
    names.cloned().map(Name::Stored).collect()
}

impl Completer for Completion {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Self::Candidate>)> {
        Ok(self.candidates(line, pos))
    }
}

impl Hinter for Completion {
    type Hint = String;
}

impl Highlighter for Completion {}

impl Validator for Completion {}

impl Helper for Completion {}

#[cfg(test)]
mod tests {
    use super::*;

    fn completion(keyspace: Option<&str>, pending: &str) -> Completion {
        let db = Database::in_memory().unwrap().open().unwrap();
        let mut session = db.session();
        for statement in [
            "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
            "CREATE TYPE shop.address (street text)",
            "CREATE TABLE shop.orders (id int PRIMARY KEY, total int, \"toPay\" int)",
            "CREATE TABLE shop.other (k int PRIMARY KEY)",
        ] {
            session.execute(statement, &[]).unwrap();
        }
        let mut completion = Completion::default();
        completion.look(&db, keyspace, pending);
        completion
    }

    fn completed(completion: &Completion, line: &str) -> Vec<String> {
        completion.candidates(line, line.len()).1
    }

    #[test]
    fn a_word_becomes_what_can_stand_in_its_place() {
        let without = completion(None, "");
        assert_eq!(completed(&without, "sel"), ["select"]);
        assert_eq!(completed(&without, "SELECT * FROM sh"), ["shop"]);
        assert_eq!(completed(&without, "SELECT * FROM shop.o"), ["orders", "other"]);
        assert_eq!(completed(&without, "USE sh"), ["shop"]);
        let within = completion(Some("shop"), "");
        assert_eq!(completed(&within, "select * from ord"), ["orders"]);
        assert_eq!(completed(&within, "SELECT * FROM orders WHERE tota"), ["total"]);
        assert_eq!(completed(&within, "DESCRIBE KEYSPACE sh"), ["shop"]);
        assert_eq!(completed(&within, "SELECT 'sel"), Vec::<String>::new());
        assert!(completed(&within, "CREATE TABLE t (k add").contains(&"address".to_owned()));
        assert!(completed(&within, "CREATE TABLE t (k smal").contains(&"smallint".to_owned()));
    }

    #[test]
    fn columns_are_known_before_their_table_is_written_behind_them() {
        let within = completion(Some("shop"), "");
        let line = "SELECT tot FROM orders";
        assert!(within.candidates(line, 10).1.contains(&"total".to_owned()));
        assert!(within.candidates("SELECT top FROM orders", 10).1.contains(&"\"toPay\"".to_owned()));
        let second_line = completion(Some("shop"), "SELECT * FROM orders\n");
        assert!(completed(&second_line, "WHERE tot").contains(&"total".to_owned()));
    }
}
