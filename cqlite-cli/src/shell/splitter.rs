//! Where statements end.

use cqlite_cql::lexer::{Keyword, Lexer, TokenKind};

/// Commands of the shell that end with their line; others go on up to a semicolon.
const OF_ONE_LINE: &[&str] = &[
    "help",
    "consistency",
    "serial",
    "describe",
    "desc",
    "show",
    "source",
    "capture",
    "login",
    "tracing",
    "expand",
    "paging",
    "exit",
    "quit",
    "clear",
    "cls",
    "history",
];

/// What the text is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    Quotes,
    DoubleQuotes,
    Dollars,
    LineComment,
    BlockComment,
}

/// Cuts what comes line by line into statements. No byte is looked at twice, however long a statement is.
#[derive(Debug)]
pub struct Splitter {
    text: String,
    /// What is in front of it was taken.
    start: usize,
    scanned: usize,
    inside: Inside,
    /// Where the statement begins: behind blanks and comments.
    begins: Option<usize>,
    /// Where its part behind the last semicolon begins, which a batch has several of.
    part: usize,
    /// The line in which what was not taken begins.
    line: u64,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitStatement {
    /// Its text, with the semicolon if it has one.
    pub text: String,
    /// The line in which it begins.
    pub line: u64,
}

impl Splitter {
    /// No text yet.
    pub fn new() -> Self {
        Self {
            text: String::new(),
            start: 0,
            scanned: 0,
            inside: Inside::Nothing,
            begins: None,
            part: 0,
            line: 1,
        }
    }

    /// Adds a line, with its end.
    pub fn push(&mut self, line: &str) {
        self.text.push_str(line);
    }

    /// How many bytes wait for the end of their statement.
    pub fn len(&self) -> usize {
        self.text.len().saturating_sub(self.start)
    }

    /// What waits for the end of its statement.
    pub fn pending(&self) -> &str {
        self.text.get(self.start..).unwrap_or_default()
    }

    /// Whether nothing but blanks and comments wait.
    pub fn is_blank(&self) -> bool {
        self.begins.is_none() && self.inside != Inside::BlockComment
    }

    /// Forgets what waits.
    pub fn clear(&mut self) {
        let _ = self.take(self.text.len());
        self.inside = Inside::Nothing;
    }

    /// What waits as a statement, at the end of the input.
    pub fn rest(&mut self) -> Option<SplitStatement> {
        let has_begun = self.begins.is_some();
        let rest = self.take(self.text.len());
        has_begun.then_some(rest)
    }

    /// The next statement that is complete.
    pub fn next_statement(&mut self) -> Option<SplitStatement> {
        while let Some(end) = self.scan() {
            let has_begun = self.begins.is_some();
            let statement = self.take(end);
            if has_begun && statement.text != ";" {
                return Some(statement);
            }
        }
        None
    }

    /// Takes the text up to a place.
    fn take(&mut self, end: usize) -> SplitStatement {
        let begins = self.begins.unwrap_or(end);
        let of = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        let lines = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count() as u64;
        let line = self.line.saturating_add(lines(of(self.start, begins)));
        let statement = SplitStatement { text: of(begins, end).trim_end().to_owned(), line };
        self.line = line.saturating_add(lines(of(begins, end)));
        (self.start, self.scanned, self.begins, self.part) = (end, end, None, end);
        // Not after each statement: the rest may be long.
        if end >= self.text.len() / 2 {
            self.text.drain(..end);
            (self.start, self.scanned, self.part) = (0, 0, 0);
        }
        statement
    }

    /// Goes on to the end of the statement, if that is there: the place behind it.
    fn scan(&mut self) -> Option<usize> {
        loop {
            let rest = self.text.as_bytes().get(self.scanned..).unwrap_or_default();
            let (length, inside, ends) = step(self.inside, rest)?;
            let is_text = self.inside == Inside::Nothing
                && !matches!(inside, Inside::LineComment | Inside::BlockComment)
                && rest.first().is_some_and(|byte| !byte.is_ascii_whitespace());
            if is_text && self.begins.is_none() {
                (self.begins, self.part) = (Some(self.scanned), self.scanned);
            }
            self.scanned = self.scanned.saturating_add(length);
            self.inside = inside;
            let is_end = match ends {
                Some(Ends::Statement) => !self.is_in_batch(),
                Some(Ends::Line) => self.is_of_one_line(),
                None => false,
            };
            if is_end {
                return Some(self.scanned);
            }
        }
    }

    /// Whether a semicolon right here is one of those in a batch.
    fn is_in_batch(&mut self) -> bool {
        let text = self.text.get(self.begins.unwrap_or(self.scanned)..self.scanned).unwrap_or_default();
        if !first_word(text).eq_ignore_ascii_case("begin") {
            return false;
        }
        let part = self.text.get(self.part..self.scanned).unwrap_or_default();
        self.part = self.scanned;
        let mut lexer = Lexer::new(part);
        let mut last = [TokenKind::End; 2];
        while let Ok(token) = lexer.next_token() {
            match token.kind {
                TokenKind::End => break,
                TokenKind::Semicolon => {}
                kind => last = [last[1], kind],
            }
        }
        last != [TokenKind::Keyword(Keyword::Apply), TokenKind::Keyword(Keyword::Batch)]
    }

    /// Whether the statement is a command that ends with its line.
    fn is_of_one_line(&self) -> bool {
        let Some(begins) = self.begins else { return false };
        let text = self.text.get(begins..).unwrap_or_default();
        let word = first_word(text);
        OF_ONE_LINE.iter().any(|known| known.eq_ignore_ascii_case(word)) || text.starts_with(['.', '?'])
    }
}

fn first_word(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// What may end at a place.
enum Ends {
    Statement,
    Line,
}

/// One step through the text: how many bytes belong together, what they lead into, and what may end with them.
fn step(inside: Inside, rest: &[u8]) -> Option<(usize, Inside, Option<Ends>)> {
    let first = *rest.first()?;
    let is_pair = |pair: &[u8; 2]| rest.starts_with(pair);
    let up_to = |stop: fn(u8) -> bool| rest.iter().position(|byte| stop(*byte)).unwrap_or(rest.len());
    Some(match inside {
        Inside::Nothing => match first {
            b'\'' => (1, Inside::Quotes, None),
            b'"' => (1, Inside::DoubleQuotes, None),
            b'$' if is_pair(b"$$") => (2, Inside::Dollars, None),
            b'-' if is_pair(b"--") => (2, Inside::LineComment, None),
            b'/' if is_pair(b"//") => (2, Inside::LineComment, None),
            b'/' if is_pair(b"/*") => (2, Inside::BlockComment, None),
            b';' => (1, Inside::Nothing, Some(Ends::Statement)),
            b'\n' => (1, Inside::Nothing, Some(Ends::Line)),
            _ => (1, Inside::Nothing, None),
        },
        Inside::Quotes if first == b'\'' => (1, Inside::Nothing, None),
        Inside::DoubleQuotes if first == b'"' => (1, Inside::Nothing, None),
        Inside::Dollars if is_pair(b"$$") => (2, Inside::Nothing, None),
        Inside::BlockComment if is_pair(b"*/") => (2, Inside::Nothing, None),
        Inside::LineComment if first == b'\n' => (1, Inside::Nothing, Some(Ends::Line)),
        Inside::Quotes => (up_to(|byte| byte == b'\''), inside, None),
        Inside::DoubleQuotes => (up_to(|byte| byte == b'"'), inside, None),
        Inside::LineComment => (up_to(|byte| byte == b'\n'), inside, None),
        Inside::Dollars | Inside::BlockComment => (1, inside, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(lines: &[&str]) -> (Vec<(String, u64)>, Option<String>) {
        let mut splitter = Splitter::new();
        let mut statements = Vec::new();
        for line in lines {
            splitter.push(line);
            splitter.push("\n");
            while let Some(statement) = splitter.next_statement() {
                statements.push((statement.text, statement.line));
            }
        }
        (statements, splitter.rest().map(|rest| rest.text))
    }

    fn of(text: &str, line: u64) -> (String, u64) {
        (text.to_owned(), line)
    }

    #[test]
    fn semicolons_in_strings_names_and_comments_end_nothing() {
        let lines = [
            "-- one; two",
            "SELECT 'a;''b' FROM \"t;\" /* ; */ WHERE k = $$;'$$; // ;",
            "INSERT INTO t (k)",
            "VALUES ('x",
            "y'); SELECT 1",
        ];
        let (statements, rest) = split(&lines);
        let expected = [
            of("SELECT 'a;''b' FROM \"t;\" /* ; */ WHERE k = $$;'$$;", 2),
            of("INSERT INTO t (k)\nVALUES ('x\ny');", 3),
        ];
        assert_eq!(statements, expected);
        assert_eq!(rest.as_deref(), Some("SELECT 1"));
    }

    #[test]
    fn a_batch_ends_where_it_is_applied() {
        let lines = [
            "BEGIN UNLOGGED BATCH",
            "INSERT INTO t (k) VALUES (1);",
            "APPLY BATCH;",
            "begin batch delete from t where k=1 apply batch;",
        ];
        let (statements, rest) = split(&lines);
        assert_eq!(statements.len(), 2, "{statements:?}");
        assert_eq!(statements[1].1, 4);
        assert_eq!(rest, None);
    }

    #[test]
    fn commands_of_the_shell_end_with_their_line() {
        let (statements, rest) = split(&["", ";;", "help", ".help", "DESCRIBE TABLES", "use k", ";"]);
        let expected = [of("help", 3), of(".help", 4), of("DESCRIBE TABLES", 5), of("use k\n;", 6)];
        assert_eq!(statements, expected);
        assert_eq!(rest, None);
    }

    #[test]
    fn blanks_and_comments_alone_are_no_statement() {
        let (statements, rest) = split(&["  ", "-- nothing", "/* nor", "here */"]);
        assert_eq!((statements, rest), (vec![], None));
    }
}
