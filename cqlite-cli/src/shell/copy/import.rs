//! `COPY FROM`

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::path::Path;
use std::time::Instant;

use cqlite_core::catalog::Table;
use cqlite_core::query::{ColumnSpec, ExecuteOptions, QueryError, Statement, Value};
use cqlite_cql::{Identifier, QualifiedName};
use cqlite_sstable::tools::import::CsvReader;
use cqlite_sstable::types::CqlType;

use super::{CopyCommand, called};
use crate::results::written_type;
use crate::shell::runner::{Shell, StandardInput};
use crate::shell::trouble::Trouble;
use crate::terminal;

/// So many refused rows are told of one by one.
const TOLD_ROWS: u64 = 10;

/// Reads rows into a table.
///
/// # Errors
/// If the file cannot be read, or rows were refused.
pub fn run(
    shell: &mut Shell<'_>,
    command: &CopyCommand,
    table: &Table,
    fields: Vec<String>,
) -> Result<(), Trouble> {
    let input = open(shell, command)?;
    let name = called(command.file.as_deref(), "STDIN");
    let csv = &command.options.csv;
    let mut reader = CsvReader::new(input, Path::new(&name), csv);
    let plan = Plan::new(shell, command, table, &fields)?;
    let mut import = Import::new(command, plan)?;
    let started = Instant::now();
    let mut left_out = command.options.skipped_rows.saturating_add(u64::from(csv.has_header));
    while reader.advance()? {
        if shell.interruption.has_come() {
            return Err(Trouble::command(format!("COPY was ended behind {} rows", import.rows)));
        }
        if left_out > 0 {
            left_out = left_out.saturating_sub(1);
            continue;
        }
        if command.options.most_rows.is_some_and(|most| import.read_rows() >= most) {
            break;
        }
        import.record(shell, &reader, &name)?;
    }
    import.end(shell, &name, started)
}

fn open(shell: &mut Shell<'_>, command: &CopyCommand) -> Result<Box<dyn BufRead>, Trouble> {
    let Some(path) = &command.file else {
        return match shell.standard_input {
            StandardInput::Statements => {
                Err(Trouble::command("the statements come from standard input: rows cannot, name a file"))
            }
            StandardInput::Prompt => {
                shell.output.tell("[Use \\. on a line by itself to end input]")?;
                Ok(Box::new(UpToDot::new(io::stdin().lock())))
            }
            StandardInput::Free => Ok(Box::new(UpToDot::new(io::stdin().lock()))),
        };
    };
    let file = File::open(path)
        .map_err(|error| Trouble::command(format!("Could not open '{}': {error}", path.display())))?;
    Ok(Box::new(BufReader::new(file)))
}

/// Lines up to one that is `\.` alone.
struct UpToDot<R> {
    input: R,
    line: Vec<u8>,
    used: usize,
    is_ended: bool,
}

impl<R: BufRead> UpToDot<R> {
    fn new(input: R) -> Self {
        Self { input, line: Vec::new(), used: 0, is_ended: false }
    }
}

impl<R: BufRead> io::Read for UpToDot<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for UpToDot<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used >= self.line.len() && !self.is_ended {
            (self.used, self.is_ended) = (0, false);
            self.line.clear();
            // A line that is longer comes in pieces.
            let limit = 1 << 20;
            self.input.by_ref().take(limit).read_until(b'\n', &mut self.line)?;
            if self.line.trim_ascii_end() == b"\\." {
                self.line.clear();
                self.is_ended = true;
            }
        }
        Ok(self.line.get(self.used..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.used = self.used.saturating_add(amount);
    }
}

/// How a record becomes a row.
struct Plan {
    statement: Statement,
    /// Of each bind marker: which field it is, its type, and whether it may not be null.
    markers: Vec<(usize, CqlType, bool)>,
    fields: usize,
}

impl Plan {
    fn new(
        shell: &Shell<'_>,
        command: &CopyCommand,
        table: &Table,
        fields: &[String],
    ) -> Result<Self, Trouble> {
        let skipped = &command.options.csv.skipped_columns;
        let columns: Vec<&String> = fields.iter().filter(|name| !skipped.contains(name)).collect();
        let schema = table.schema();
        let is_key = |name: &str| {
            let mut partition_key = schema.partition_key.iter().map(|column| &column.name);
            let mut clustering = schema.clustering.iter().map(|column| &column.name);
            partition_key.any(|key| key == name) || clustering.any(|key| key == name)
        };
        let is_counter = |name: &str| {
            let columns = schema.static_columns.iter().chain(&schema.regular_columns);
            columns.filter(|column| column.column_type == CqlType::Counter).any(|column| column.name == name)
        };
        let into = QualifiedName::new(table.keyspace(), table.name());
        let quoted = |name: &&String| Identifier::quote_if_needed(name).into_owned();
        let (text, order) = if columns.iter().any(|name| is_counter(name)) {
            let (keys, counters): (Vec<&String>, Vec<&String>) =
                columns.iter().partition(|name| is_key(name));
            let sets: Vec<String> =
                counters.iter().map(|name| format!("{0} = {0} + ?", quoted(name))).collect();
            let wheres: Vec<String> = keys.iter().map(|name| format!("{} = ?", quoted(name))).collect();
            let text = format!("UPDATE {into} SET {} WHERE {}", sets.join(", "), wheres.join(" AND "));
            (text, counters.into_iter().chain(keys).collect::<Vec<_>>())
        } else {
            let names: Vec<String> = columns.iter().map(quoted).collect();
            let markers = vec!["?"; names.len()].join(", ");
            let ttl = command.options.ttl_seconds.map(|ttl| format!(" USING TTL {ttl}")).unwrap_or_default();
            (format!("INSERT INTO {into} ({}) VALUES ({markers}){ttl}", names.join(", ")), columns)
        };
        let statement = shell.session.prepare(&text)?;
        let specs = statement.bind_markers();
        let marker = |(name, spec): (&String, &ColumnSpec)| {
            let place = fields.iter().position(|field| field == name).unwrap_or(usize::MAX);
            (place, written_type(spec).clone(), is_key(name))
        };
        let markers = order.into_iter().zip(specs.iter()).map(marker).collect();
        Ok(Self { statement, markers, fields: fields.len() })
    }

    /// The values of a record.
    fn values(&self, command: &CopyCommand, fields: &[&[u8]]) -> Result<Vec<Value<'static>>, String> {
        if fields.len() != self.fields {
            return Err(format!("there are {} fields, and {} columns", fields.len(), self.fields));
        }
        let dialect = &command.options.csv.dialect;
        let value = |(place, of, is_key): &(usize, CqlType, bool)| {
            let field = fields.get(*place).copied().unwrap_or_default();
            let text = str::from_utf8(field)
                .map_err(|_| format!("field {} is not UTF-8", place.saturating_add(1)))?;
            if text == dialect.null {
                return match is_key {
                    true => Err(format!("field {} is null, and of the key", place.saturating_add(1))),
                    false => Ok(Value::Null),
                };
            }
            let parsed = dialect.parse(of, text);
            let parsed = parsed.map_err(|error| format!("field {}: {error}", place.saturating_add(1)))?;
            Ok(Value::Bytes(parsed.into()))
        };
        self.markers.iter().map(value).collect()
    }
}

/// How far it is.
struct Import<'c> {
    command: &'c CopyCommand,
    plan: Plan,
    rows: u64,
    parse_errors: u64,
    insert_errors: u64,
    refused_rows: Option<File>,
}

impl<'c> Import<'c> {
    fn new(command: &'c CopyCommand, plan: Plan) -> Result<Self, Trouble> {
        let path = command.options.refused_rows.as_ref();
        let refused_rows = path.map(|path| {
            File::create(path)
                .map_err(|error| Trouble::command(format!("Could not make '{}': {error}", path.display())))
        });
        Ok(Self {
            command,
            plan,
            rows: 0,
            parse_errors: 0,
            insert_errors: 0,
            refused_rows: refused_rows.transpose()?,
        })
    }

    fn read_rows(&self) -> u64 {
        self.rows.saturating_add(self.refused())
    }

    fn refused(&self) -> u64 {
        self.parse_errors.saturating_add(self.insert_errors)
    }

    fn record<R: BufRead>(
        &mut self,
        shell: &mut Shell<'_>,
        reader: &CsvReader<R>,
        name: &str,
    ) -> Result<(), Trouble> {
        let fields: Vec<&[u8]> = reader.fields().collect();
        let message = match self.plan.values(self.command, &fields) {
            Err(message) => {
                self.parse_errors = self.parse_errors.saturating_add(1);
                message
            }
            Ok(values) => {
                let options = ExecuteOptions::default();
                match shell.session.execute_prepared(&self.plan.statement, &values, options) {
                    Ok(_) => {
                        self.rows = self.rows.saturating_add(1);
                        return Ok(());
                    }
                    Err(error) if error.storage_error().is_some() => return Err(error.into()),
                    Err(error) => {
                        self.insert_errors = self.insert_errors.saturating_add(1);
                        error.to_string()
                    }
                }
            }
        };
        if self.refused() <= TOLD_ROWS {
            terminal::error(format!("{name}:{}: {message}", reader.line()));
        }
        if let Some(file) = &mut self.refused_rows {
            file.write_all(reader.raw())
                .map_err(|error| Trouble::command(format!("refused rows cannot be written: {error}")))?;
        }
        let options = &self.command.options;
        let is_over = |errors: u64, most: Option<u64>| most.is_some_and(|most| errors > most);
        if is_over(self.parse_errors, options.parse_errors)
            || is_over(self.insert_errors, options.insert_errors)
        {
            let message = format!("too many rows were refused; {} were imported", self.rows);
            return Err(Trouble::command(message));
        }
        Ok(())
    }

    fn end(self, shell: &mut Shell<'_>, name: &str, started: Instant) -> Result<(), Trouble> {
        let (rows, seconds) = (self.rows, started.elapsed().as_secs_f64());
        shell.output.tell(&format!("{rows} rows imported from {name} in {seconds:.3} seconds."))?;
        match self.refused() {
            0 => Ok(()),
            refused => Err(QueryError::invalid(format!("{refused} rows of {name} were refused")).into()),
        }
    }
}
