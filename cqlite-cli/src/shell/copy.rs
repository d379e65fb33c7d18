//! `COPY`

mod export;
mod fields;
mod import;
mod options;

use std::path::PathBuf;
use std::sync::Arc;

use cqlite_core::catalog::Table;
use cqlite_core::query::QueryError;
use cqlite_cql::QualifiedName;
use cqlite_sstable::schema::ColumnKind;

use self::options::CopyOptions;
use super::runner::Shell;
use super::trouble::Trouble;
use super::words::Words;

/// `COPY table [(columns)] TO | FROM file [WITH options]`
#[derive(Debug)]
pub struct CopyCommand {
    keyspace: Option<String>,
    table: String,
    columns: Vec<String>,
    direction: Direction,
    /// The file; none for standard input and output.
    file: Option<PathBuf>,
    options: CopyOptions,
}

/// Where rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    To,
    From,
}

const HOW: &str = "Improper COPY command: COPY table [(columns)] TO | FROM 'file' [WITH option = value [AND ...]] is wanted";

impl CopyCommand {
    /// Reads what is behind `COPY`.
    ///
    /// # Errors
    /// If it makes no sense, in words.
    pub fn parse(words: &mut Words<'_>) -> Result<Self, String> {
        let improper = |words: &Words<'_>| match words.peek() {
            Some(word) => format!("{HOW} (problem at '{}').", word.text),
            None => format!("{HOW}."),
        };
        let mut table = words.name().ok_or_else(|| improper(words))?;
        let mut keyspace = None;
        if words.eat(".") {
            let name = words.name().ok_or_else(|| improper(words))?;
            keyspace = Some(std::mem::replace(&mut table, name));
        }
        let mut columns = Vec::new();
        if words.eat("(") {
            loop {
                columns.push(words.name().ok_or_else(|| improper(words))?);
                if words.eat(")") {
                    break;
                }
                if !words.eat(",") {
                    return Err(improper(words));
                }
            }
        }
        let (direction, standard) = match () {
            () if words.eat("TO") => (Direction::To, "STDOUT"),
            () if words.eat("FROM") => (Direction::From, "STDIN"),
            () => return Err(improper(words)),
        };
        let file = match words.eat(standard) {
            true => None,
            false => Some(words.path().ok_or_else(|| improper(words))?),
        };
        let mut options = CopyOptions::default();
        if words.eat("WITH") {
            loop {
                options.read(words, direction)?.ok_or_else(|| improper(words))?;
                if !words.eat("AND") {
                    break;
                }
            }
        }
        if !words.is_at_end() {
            return Err(improper(words));
        }
        options.check()?;
        Ok(Self { keyspace, table, columns, direction, file, options })
    }

    /// The table, and the columns in the order of the fields: those of the key, then all others by name, unless others are named.
    fn resolve(&self, shell: &Shell<'_>) -> Result<(Arc<Table>, Vec<String>), Trouble> {
        let keyspace = self.keyspace.as_deref().or(shell.session.keyspace());
        let Some(keyspace) = keyspace else {
            return Err(Trouble::command("There is no keyspace in use, and none in front of the table."));
        };
        let schema = shell.place.db.schema();
        let Some(table) = schema.table(keyspace, &self.table) else {
            let name = QualifiedName::new(keyspace, self.table.as_str());
            let error = QueryError::invalid(format!("table {name} does not exist"));
            let known = schema.keyspace(keyspace).map(|keyspace| keyspace.tables().keys());
            return Err(error.suggest(&self.table, known.into_iter().flatten().map(String::as_str)).into());
        };
        let all = columns_of(table);
        if let Some(unknown) = self.columns.iter().find(|column| !all.contains(column)) {
            let error = QueryError::invalid(format!(
                "there is no column {unknown} in table {keyspace}.{}",
                self.table
            ));
            return Err(error.suggest(unknown, all.iter().map(String::as_str)).into());
        }
        let columns = if self.columns.is_empty() { all } else { self.columns.clone() };
        Ok((Arc::clone(table), columns))
    }
}

fn columns_of(table: &Table) -> Vec<String> {
    let schema = table.schema();
    let keys = schema.partition_key.iter().map(|column| column.name.clone());
    let clustering = schema.clustering.iter().map(|column| column.name.clone());
    let kinds = [ColumnKind::Static, ColumnKind::Regular];
    let mut others: Vec<String> =
        kinds.into_iter().flat_map(|kind| schema.columns(kind)).map(|column| column.name.clone()).collect();
    others.sort();
    keys.chain(clustering).chain(others).collect()
}

/// Carries a `COPY` out.
///
/// # Errors
/// If its table or file is not there, or rows were refused.
pub fn run(shell: &mut Shell<'_>, command: &CopyCommand) -> Result<(), Trouble> {
    let (table, columns) = command.resolve(shell)?;
    match command.direction {
        Direction::To => export::run(shell, command, &table, &columns),
        Direction::From => import::run(shell, command, &table, columns),
    }
}

/// Where a command reads or writes, as messages call it.
fn called(file: Option<&std::path::Path>, standard: &str) -> String {
    file.map_or_else(|| standard.to_owned(), |path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<CopyCommand, String> {
        let mut words = Words::new(text)?;
        words.take();
        CopyCommand::parse(&mut words)
    }

    #[test]
    fn a_copy_is_read_with_its_options() {
        let copy = parse("COPY shop.orders (id, \"toPay\") TO 'o.csv' WITH header = true AND DELIMITER='|';")
            .unwrap();
        assert_eq!((copy.keyspace.as_deref(), copy.table.as_str()), (Some("shop"), "orders"));
        assert_eq!(copy.columns, ["id", "toPay"]);
        assert_eq!(copy.file, Some(PathBuf::from("o.csv")));
        assert!(copy.options.csv.has_header);
        assert_eq!(copy.options.csv.delimiter, b'|');
        assert_eq!(parse("copy t from stdin").unwrap().file, None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_where_it_does_not() {
        let refused = |text: &str| parse(text).unwrap_err();
        assert!(refused("COPY t INTO 'x'").ends_with("(problem at 'INTO')."));
        assert_eq!(refused("COPY t TO 'x' WITH MAXROWS=1"), "COPY TO has no option MAXROWS");
        assert_eq!(
            refused("COPY t FROM 'x' WITH DELIMITER=',,'"),
            "DELIMITER ',,' is not one ASCII character"
        );
        assert_eq!(refused("COPY t FROM 'x' WITH MAXROWS='many'"), "MAXROWS 'many' is no number");
        assert_eq!(
            refused("COPY t TO 'x' WITH DATETIMEFORMAT='%Y'"),
            "the option DATETIMEFORMAT of COPY is not supported"
        );
    }
}
