//! A client of the native protocol, version 4: blocking, one request at a time, values as bytes.

use std::{
    fmt,
    io::{self, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::{
    request::{Bound, Request},
    response::{Page, Prepared, Response},
    wire::{Cursor, put_bytes, put_string, put_u16},
};

const VERSION: u8 = 4;
const RESPONSE: u8 = 0x80;
const PAGE_ROWS: i32 = 1000;
const PATIENCE: Duration = Duration::from_secs(120);

mod opcode {
    pub(super) const ERROR: u8 = 0x00;
    pub(super) const STARTUP: u8 = 0x01;
    pub(super) const READY: u8 = 0x02;
    pub(super) const QUERY: u8 = 0x07;
    pub(super) const RESULT: u8 = 0x08;
    pub(super) const PREPARE: u8 = 0x09;
    pub(super) const EXECUTE: u8 = 0x0a;
}

mod frame_flag {
    pub(super) const TRACING: u8 = 0x02;
    pub(super) const CUSTOM_PAYLOAD: u8 = 0x04;
    pub(super) const WARNING: u8 = 0x08;
}

/// Why a statement has no result.
#[derive(Debug)]
pub enum CqlError {
    /// The server refused it or failed; the code is the protocol's (`0x2000` syntax, `0x2200` invalid, ...).
    Server {
        /// The error code.
        code: i32,
        /// The server's words.
        message: String,
    },
    /// The connection broke.
    Io(io::Error),
    /// The answer is not what the protocol says.
    Protocol(&'static str),
}

impl fmt::Display for CqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { code, message } => write!(f, "the server says ({code:#06x}): {message}"),
            Self::Io(error) => write!(f, "the connection broke: {error}"),
            Self::Protocol(what) => write!(f, "the server broke the protocol: {what}"),
        }
    }
}

impl std::error::Error for CqlError {}

impl From<io::Error> for CqlError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, not quoted.
    pub name: String,
    /// Its type as CQL writes it, or the class name of one that the protocol has no code for (vectors, durations).
    pub type_name: String,
    /// The same with the fields of user types, and vectors and durations as CQL writes them.
    pub full_type: String,
}

/// The result of a statement; without columns and rows if it was not a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows of all pages: a value for each column, as serialized; `None` is null, an empty value is not.
    pub rows: Vec<Vec<Option<Vec<u8>>>>,
}

impl Rows {
    /// The values of the first column as text: the rows of a `SELECT JSON`.
    ///
    /// # Panics
    /// If one is null or not UTF-8.
    pub fn into_texts(self) -> Vec<String> {
        let first = |row: Vec<Option<Vec<u8>>>| row.into_iter().next().flatten().expect("a value");
        self.rows.into_iter().map(|row| String::from_utf8(first(row)).expect("UTF-8")).collect()
    }
}

/// A name as statements have it, whatever is in it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A connection to a server.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects, without authentication.
    pub fn open(address: SocketAddr) -> Result<Self, CqlError> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut connection = Self { stream: BufReader::new(stream) };
        let mut options = Vec::new();
        put_u16(&mut options, 1);
        put_string(&mut options, "CQL_VERSION");
        put_string(&mut options, "3.0.0");
        match connection.request(opcode::STARTUP, &options)? {
            (opcode::READY, _) => Ok(connection),
            _ => Err(CqlError::Protocol("not ready after start-up; is there an authenticator?")),
        }
    }

    /// Executes a statement at consistency ONE and collects all pages of its result.
    pub fn execute(&mut self, cql: &str) -> Result<Rows, CqlError> {
        self.execute_with(cql, &[])
    }

    /// Executes a statement with serialized values in the places of its question marks; none for null.
    pub fn execute_with(&mut self, cql: &str, values: &[Option<Vec<u8>>]) -> Result<Rows, CqlError> {
        let bound = |value: &Option<Vec<u8>>| value.clone().map_or(Bound::Null, Bound::Bytes);
        let mut request = Request {
            values: values.iter().map(bound).collect(),
            page_rows: Some(PAGE_ROWS),
            ..Request::default()
        };
        let mut all = Rows::default();
        loop {
            let page = match self.query(cql, &request)? {
                Response::Rows(page) => page,
                _ => Page::default(),
            };
            all.columns = page.columns;
            all.rows.extend(page.rows);
            request.paging_state = page.paging_state;
            if request.paging_state.is_none() {
                return Ok(all);
            }
        }
    }

    /// Executes a statement at consistency ONE: one page of its result.
    pub fn query(&mut self, cql: &str, request: &Request) -> Result<Response, CqlError> {
        let mut body = Vec::with_capacity(cql.len() + 64);
        put_bytes(&mut body, cql.as_bytes());
        request.put(&mut body);
        self.result(opcode::QUERY, &body)
    }

    /// Has the server prepare a statement.
    pub fn prepare(&mut self, cql: &str) -> Result<Prepared, CqlError> {
        let mut body = Vec::with_capacity(cql.len() + 4);
        put_bytes(&mut body, cql.as_bytes());
        match self.result(opcode::PREPARE, &body)? {
            Response::Prepared(prepared) => Ok(prepared),
            _ => Err(CqlError::Protocol("a preparation's answer is another")),
        }
    }

    /// Executes what was prepared at consistency ONE: one page of its result.
    pub fn execute_prepared(&mut self, prepared: &Prepared, request: &Request) -> Result<Response, CqlError> {
        let mut body = Vec::with_capacity(64);
        put_u16(&mut body, u16::try_from(prepared.id.len()).expect("a digest"));
        body.extend(&prepared.id);
        request.put(&mut body);
        self.result(opcode::EXECUTE, &body)
    }

    fn result(&mut self, opcode: u8, body: &[u8]) -> Result<Response, CqlError> {
        match self.request(opcode, body)? {
            (opcode::RESULT, answer) => Response::parse(&mut Cursor(&answer)),
            _ => Err(CqlError::Protocol("a query's answer is not a result")),
        }
    }

    /// Sends a frame and reads the answer: its opcode and its body, past warnings and the like.
    fn request(&mut self, opcode: u8, body: &[u8]) -> Result<(u8, Vec<u8>), CqlError> {
        let mut frame = vec![VERSION, 0, 0, 0, opcode];
        put_bytes(&mut frame, body);
        self.stream.get_mut().write_all(&frame)?;

        let mut head = [0; 9];
        self.stream.read_exact(&mut head)?;
        let [version, flags, _, _, opcode, length @ ..] = head;
        let length = u32::from_be_bytes(length);
        let mut body = Vec::new();
        (&mut self.stream).take(u64::from(length)).read_to_end(&mut body)?;
        if body.len() as u64 != u64::from(length) {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let mut cursor = Cursor(&body);
        if version != VERSION | RESPONSE {
            return Err(CqlError::Protocol("an answer in another version"));
        }
        if flags & frame_flag::TRACING != 0 {
            cursor.take(16)?;
        }
        if flags & frame_flag::WARNING != 0 {
            for _ in 0..cursor.short()? {
                cursor.string()?;
            }
        }
        if flags & frame_flag::CUSTOM_PAYLOAD != 0 {
            return Err(CqlError::Protocol("a custom payload"));
        }
        if opcode == opcode::ERROR {
            return Err(CqlError::Server { code: cursor.int()?, message: cursor.string()? });
        }
        Ok((opcode, cursor.0.to_vec()))
    }
}
