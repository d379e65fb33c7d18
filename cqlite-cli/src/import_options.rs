//! The options of `cqlite import` that tell how text is read.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use cqlite_sstable::tools::import::{CsvOptions, Nulls, TextDialect};
use cqlite_sstable::tools::rewrite::Cut;
use cqlite_sstable::{Error, Partitioner, Result};

use crate::split::{parse_limit, read_tokens};

/// What the files are written in.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// As cqlsh's COPY writes it
    Csv,
    /// A JSON object a line, as SELECT JSON prints it
    Jsonl,
}

/// What a null means.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NullMeaning {
    /// The column is left as it is: no tombstone
    Unset,
    /// The column is deleted, as INSERT does
    Delete,
}

impl From<NullMeaning> for Nulls {
    fn from(meaning: NullMeaning) -> Self {
        match meaning {
            NullMeaning::Unset => Self::Unset,
            NullMeaning::Delete => Self::Delete,
        }
    }
}

/// Where one SSTable ends and the next one begins.
#[derive(Args)]
#[group(multiple = false)]
pub struct CutArguments {
    /// Begin another SSTable when Data.db has this size
    #[arg(long, value_name = "SIZE", value_parser = parse_limit)]
    split_size: Option<u64>,

    /// Begin another SSTable behind the tokens in a file, one a line
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
}

impl CutArguments {
    pub fn cut(&self, partitioner: &Partitioner) -> Result<Cut> {
        match (self.split_size, &self.tokens) {
            (Some(limit), _) => Ok(Cut::AtBytes { limit, stored_bytes: 0 }),
            (None, Some(tokens)) => Ok(Cut::BehindTokens(read_tokens(tokens, partitioner)?)),
            (None, None) => Ok(Cut::Never),
        }
    }
}

/// The dialect of CSV.
#[derive(Args)]
#[command(next_help_heading = "CSV")]
pub struct CsvArguments {
    /// The first record names the columns
    #[arg(long)]
    header: bool,

    /// The columns in the order of the fields [default: those of the header; without one, the primary key, then the
    /// others by name]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    columns: Option<Vec<String>>,

    /// Fields to pass over
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    skip_columns: Vec<String>,

    /// What stands between fields
    #[arg(long, value_name = "CHAR", default_value = ",", allow_hyphen_values = true)]
    delimiter: String,

    /// What stands around fields that hold delimiters or ends of lines
    #[arg(long, value_name = "CHAR", default_value = "\"", allow_hyphen_values = true)]
    quote: String,

    /// What takes its meaning from the character behind it
    #[arg(long, value_name = "CHAR", default_value = "\\", allow_hyphen_values = true)]
    escape: String,

    /// What stands for null
    #[arg(long, value_name = "TEXT", default_value = "", allow_hyphen_values = true)]
    null_string: String,

    /// True and false
    #[arg(long, value_name = "TRUE,FALSE", default_value = "True,False")]
    bool_style: String,

    /// What stands in front of the fraction of a number
    #[arg(long, value_name = "CHAR", default_value_t = '.')]
    decimal_separator: char,

    /// What stands between the thousands of a number
    #[arg(long, value_name = "CHAR")]
    thousands_separator: Option<char>,
}

impl CsvArguments {
    pub fn options(&self) -> Result<CsvOptions> {
        let (yes, no) = self.bool_style.split_once(',').ok_or_else(|| {
            Error::invalid_input(format!(
                "--bool-style {} is not two words parted by a comma",
                self.bool_style
            ))
        })?;
        Ok(CsvOptions {
            delimiter: one_byte("--delimiter", &self.delimiter)?,
            quote: one_byte("--quote", &self.quote)?,
            escape: one_byte("--escape", &self.escape)?,
            has_header: self.header,
            columns: self.columns.clone(),
            skipped_columns: self.skip_columns.clone(),
            dialect: TextDialect {
                null: self.null_string.clone(),
                booleans: [yes.trim().to_owned(), no.trim().to_owned()],
                decimal_separator: self.decimal_separator,
                thousands_separator: self.thousands_separator,
            },
        })
    }
}

fn one_byte(option: &str, text: &str) -> Result<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() => Ok(*byte),
        b"\\t" => Ok(b'\t'),
        _ => Err(Error::invalid_input(format!("{option} '{text}' is not one ASCII character"))),
    }
}
