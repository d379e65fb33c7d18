//! Records of CSV as Python's `csv` module, and so cqlsh, writes and reads them.

use std::io::BufRead;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::options::CsvOptions;
use crate::error::{Error, Result};

/// No record is longer: a quote that is never closed would make one of the rest of the file.
pub(super) const RECORD_LIMIT_BYTES: usize = 256 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Reads records one after another, in the dialect of [`CsvOptions`].
pub struct CsvReader<R> {
    input: R,
    path: PathBuf,
    delimiter: u8,
    quote: u8,
    escape: u8,
    /// The bytes of the record as they stand in the input.
    raw: Vec<u8>,
    text: Vec<u8>,
    fields: Vec<Range<usize>>,
    line: u64,
    next_line: u64,
}

/// Where in a record the reader is (`_csv.c`: `ParserState`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    StartField,
    InField,
    Escaped,
    InQuotes,
    EscapedInQuotes,
    /// Behind a quote in quotes: the end, or the first of two that stand for one.
    QuoteInQuotes,
    /// Behind a carriage return.
    EndOfLine,
}

impl<R: BufRead> CsvReader<R> {
    /// The records of an input; messages name it by its path.
    pub fn new(input: R, path: &Path, options: &CsvOptions) -> Self {
        Self {
            input,
            path: path.to_owned(),
            delimiter: options.delimiter,
            quote: options.quote,
            escape: options.escape,
            raw: Vec::new(),
            text: Vec::new(),
            fields: Vec::new(),
            line: 0,
            next_line: 1,
        }
    }

    /// The line in which the record begins.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The record as it stands in the input.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The fields of the record.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.fields.iter().map(|range| self.text.get(range.clone()).unwrap_or_default())
    }

    /// Moves to the next record that is no empty line. False at the end of the input.
    ///
    /// # Errors
    /// If the input cannot be read, or a record is longer than 256 MiB.
    pub fn advance(&mut self) -> Result<bool> {
        loop {
            self.raw.clear();
            self.text.clear();
            self.fields.clear();
            self.line = self.next_line;
            if !self.read_record()? {
                return Ok(false);
            }
            if self.raw.iter().any(|byte| !matches!(byte, b'\r' | b'\n')) {
                return Ok(true);
            }
        }
    }

    fn read_record(&mut self) -> Result<bool> {
        let mut parser = Parser { state: State::StartField, start: 0 };
        loop {
            let buffer = self.input.fill_buf().map_err(|error| Error::io(&self.path, error))?;
            if buffer.is_empty() {
                return self.end_of_input(parser);
            }
            let is_first = self.next_line == 1 && self.raw.is_empty();
            let mark =
                if is_first && buffer.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
            let mut used = mark;
            let mut is_complete = false;
            for byte in buffer.iter().skip(mark) {
                if parser.state == State::EndOfLine && *byte != b'\n' {
                    is_complete = true;
                    break;
                }
                used += 1;
                self.next_line += u64::from(*byte == b'\n');
                let special = [self.delimiter, self.quote, self.escape];
                if parser.take(*byte, special, &mut self.text, &mut self.fields) {
                    is_complete = true;
                    break;
                }
            }
            self.raw.extend_from_slice(buffer.get(mark..used).unwrap_or_default());
            self.input.consume(used);
            if is_complete {
                return Ok(true);
            }
            if self.raw.len() > RECORD_LIMIT_BYTES {
                return Err(
                    self.error("the record that begins here is longer than 256 MiB; is a quote not closed")
                );
            }
        }
    }

    fn end_of_input(&mut self, mut parser: Parser) -> Result<bool> {
        match parser.state {
            State::InQuotes | State::EscapedInQuotes => {
                Err(self.error("the record that begins here is cut off: a quote is not closed"))
            }
            State::Escaped => Err(self.error("the input ends behind an escape")),
            _ if self.raw.is_empty() => Ok(false),
            State::EndOfLine => Ok(true),
            _ => {
                parser.end_field(&mut self.text, &mut self.fields);
                Ok(true)
            }
        }
    }

    #[cold]
    fn error(&self, message: &str) -> Error {
        Error::invalid_input(format!("line {}: {message}", self.line)).at(&self.path)
    }
}

/// One record while it is read.
struct Parser {
    state: State,
    /// Where in the text the field begins.
    start: usize,
}

impl Parser {
    /// Takes a byte; true if it ends the record.
    fn take(
        &mut self,
        byte: u8,
        [delimiter, quote, escape]: [u8; 3],
        text: &mut Vec<u8>,
        fields: &mut Vec<Range<usize>>,
    ) -> bool {
        let is_escape = byte == escape && escape != quote;
        match self.state {
            State::Escaped | State::EscapedInQuotes => {
                text.push(byte);
                self.state = if self.state == State::Escaped { State::InField } else { State::InQuotes };
            }
            State::InQuotes if is_escape => self.state = State::EscapedInQuotes,
            State::InQuotes if byte == quote => self.state = State::QuoteInQuotes,
            State::InQuotes => text.push(byte),
            State::QuoteInQuotes if byte == quote => {
                text.push(byte);
                self.state = State::InQuotes;
            }
            State::EndOfLine => return true,
            _ if byte == b'\n' => {
                self.end_field(text, fields);
                return true;
            }
            _ if byte == b'\r' => {
                self.end_field(text, fields);
                self.state = State::EndOfLine;
            }
            _ if byte == delimiter => {
                self.end_field(text, fields);
                self.state = State::StartField;
            }
            _ if is_escape => self.state = State::Escaped,
            State::StartField if byte == quote => self.state = State::InQuotes,
            _ => {
                text.push(byte);
                self.state = State::InField;
            }
        }
        false
    }

    fn end_field(&mut self, text: &mut [u8], fields: &mut Vec<Range<usize>>) {
        fields.push(self.start..text.len());
        self.start = text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Result<Vec<Vec<String>>> {
        let mut reader = CsvReader::new(text.as_bytes(), Path::new("x.csv"), &CsvOptions::default());
        let mut all = Vec::new();
        while reader.advance()? {
            all.push(reader.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect());
        }
        Ok(all)
    }

    #[test]
    fn records_are_what_the_csv_module_of_python_reads() {
        // Each text was given to csv.reader(.., escapechar='\\'), which also takes doubled quotes.
        let cases: [(&str, &[&[&str]]); 11] = [
            ("a,b\nc,d\n", &[&["a", "b"], &["c", "d"]]),
            ("a,b\r\nc,d", &[&["a", "b"], &["c", "d"]]),
            (",\n", &[&["", ""]]),
            ("\"a,b\",\"c\nd\"\n", &[&["a,b", "c\nd"]]),
            ("\"a\"\"b\",c\n", &[&["a\"b", "c"]]),
            ("a\\\"b,c\\\\d,e\\,f\n", &[&["a\"b", "c\\d", "e,f"]]),
            ("\"a\\\"b\"\n", &[&["a\"b"]]),
            ("a\"b,c\n", &[&["a\"b", "c"]]),
            ("\"a\"b,c\n", &[&["ab", "c"]]),
            ("a\\\nb,c\n", &[&["a\nb", "c"]]),
            ("\"\",x\n", &[&["", "x"]]),
        ];
        for (text, expected) in cases {
            assert_eq!(records(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn empty_lines_and_a_byte_order_mark_are_passed_over_and_lines_counted() {
        let text = "\u{feff}a\n\n\r\n\"b\nc\"\nd";
        let mut reader = CsvReader::new(text.as_bytes(), Path::new("x.csv"), &CsvOptions::default());
        let mut seen = Vec::new();
        while reader.advance().unwrap() {
            seen.push((reader.line(), reader.raw().to_owned()));
        }
        let expected: [(u64, &[u8]); 3] = [(1, b"a\n"), (4, b"\"b\nc\"\n"), (6, b"d")];
        assert_eq!(seen, expected.map(|(line, raw)| (line, raw.to_owned())));
    }

    #[test]
    fn a_line_of_delimiters_or_blanks_is_a_record() {
        let options = CsvOptions { delimiter: b'\t', ..CsvOptions::default() };
        let mut reader = CsvReader::new("\t\t\n   \n\n".as_bytes(), Path::new("x.csv"), &options);
        let mut counts = Vec::new();
        while reader.advance().unwrap() {
            counts.push((reader.line(), reader.fields().len()));
        }
        assert_eq!(counts, [(1, 3), (2, 1)]);
    }

    #[test]
    fn what_is_cut_off_is_an_error_by_its_first_line() {
        let error = records("a\n\"b\nc\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "x.csv: line 2: the record that begins here is cut off: a quote is not closed"
        );
        assert!(records("a\\").is_err());
    }
}
