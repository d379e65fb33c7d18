//! What is asked of files.

use cqlite_core::query::{QueryError, QueryResult};
use cqlite_cql::query::{CqlStatement, DescribeStatement, SelectStatement};
use cqlite_cql::{QualifiedName, parse_cql};

/// What files are asked.
#[derive(Debug)]
pub enum Asked {
    /// For rows.
    Select(Box<SelectStatement>),
    /// For the schema.
    Describe(DescribeStatement),
}

impl Asked {
    /// Reads a statement.
    ///
    /// # Errors
    /// If it is no CQL, or one that would change something.
    pub fn parse(text: &str) -> QueryResult<Self> {
        match parse_cql(text)?.node {
            CqlStatement::Select(select) => Ok(Self::Select(Box::new(select))),
            CqlStatement::Describe(describe) => Ok(Self::Describe(describe)),
            other => Err(QueryError::invalid(format!(
                "{} is refused: the files are only read, by SELECT and DESCRIBE",
                verb(&other.to_string())
            ))),
        }
    }

    /// The table that is asked for; none if it is the schema of all of them.
    pub fn table(&self) -> Option<&QualifiedName> {
        match self {
            Self::Select(select) => Some(&select.table),
            Self::Describe(_) => None,
        }
    }
}

/// What a statement is called: its first words in capitals.
fn verb(text: &str) -> String {
    let is_word = |word: &&str| word.chars().all(|letter| letter.is_ascii_uppercase());
    let words: Vec<&str> = text.split_ascii_whitespace().take(3).take_while(is_word).collect();
    match words.as_slice() {
        ["CREATE" | "ALTER" | "DROP" | "BEGIN", ..] => words.join(" "),
        [first, ..] => (*first).to_owned(),
        [] => "it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_something_is_refused_by_its_name() {
        let refused = |text: &str| Asked::parse(text).unwrap_err().to_string();
        let all = "is refused: the files are only read, by SELECT and DESCRIBE";
        assert_eq!(refused("insert into t (a) values (1)"), format!("INSERT {all}"));
        assert_eq!(refused("DROP TABLE k.t"), format!("DROP TABLE {all}"));
        assert_eq!(
            refused("create materialized view v as select * from t where a is not null primary key (a)"),
            format!("CREATE MATERIALIZED VIEW {all}")
        );
        assert_eq!(refused("USE k"), format!("USE {all}"));
    }
}
