//! A client of the native protocol, version 4: blocking, one request at a time, values as bytes.

use std::{
    fmt,
    io::{self, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
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
}

mod query_flag {
    pub(super) const VALUES: u8 = 0x01;
    pub(super) const PAGE_SIZE: u8 = 0x04;
    pub(super) const PAGING_STATE: u8 = 0x08;
}

mod rows_flag {
    pub(super) const GLOBAL_TABLE: i32 = 0x01;
    pub(super) const HAS_MORE_PAGES: i32 = 0x02;
}

mod frame_flag {
    pub(super) const TRACING: u8 = 0x02;
    pub(super) const CUSTOM_PAYLOAD: u8 = 0x04;
    pub(super) const WARNING: u8 = 0x08;
}

const CONSISTENCY_ONE: u16 = 1;
const RESULT_ROWS: i32 = 2;

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
        let values_flag = if values.is_empty() { 0 } else { query_flag::VALUES };
        let mut all = Rows::default();
        let mut paging_state: Option<Vec<u8>> = None;
        loop {
            let mut body = Vec::with_capacity(cql.len() + 64);
            put_bytes(&mut body, cql.as_bytes());
            put_u16(&mut body, CONSISTENCY_ONE);
            let state_flag = paging_state.as_ref().map_or(0, |_| query_flag::PAGING_STATE);
            body.push(query_flag::PAGE_SIZE | state_flag | values_flag);
            if values_flag != 0 {
                put_values(&mut body, values);
            }
            body.extend(PAGE_ROWS.to_be_bytes());
            if let Some(state) = &paging_state {
                put_bytes(&mut body, state);
            }
            let (opcode, answer) = self.request(opcode::QUERY, &body)?;
            if opcode != opcode::RESULT {
                return Err(CqlError::Protocol("a query's answer is not a result"));
            }
            let page = parse_result(&mut Cursor(&answer))?;
            all.columns = page.columns;
            all.rows.extend(page.rows);
            paging_state = page.paging_state;
            if paging_state.is_none() {
                return Ok(all);
            }
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
        if opcode == opcode::ERROR {
            return Err(CqlError::Server { code: cursor.int()?, message: cursor.string()? });
        }
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
        Ok((opcode, cursor.0.to_vec()))
    }
}

#[derive(Default)]
struct Page {
    columns: Vec<Column>,
    rows: Vec<Vec<Option<Vec<u8>>>>,
    paging_state: Option<Vec<u8>>,
}

fn parse_result(cursor: &mut Cursor<'_>) -> Result<Page, CqlError> {
    if cursor.int()? != RESULT_ROWS {
        return Ok(Page::default());
    }
    let flags = cursor.int()?;
    let column_count = cursor.int()?;
    let paging_state = match flags & rows_flag::HAS_MORE_PAGES {
        0 => None,
        _ => cursor.bytes()?,
    };
    let global_table = flags & rows_flag::GLOBAL_TABLE != 0;
    if global_table {
        cursor.string()?;
        cursor.string()?;
    }
    let mut columns = Vec::new();
    for _ in 0..column_count {
        if !global_table {
            cursor.string()?;
            cursor.string()?;
        }
        columns.push(Column { name: cursor.string()?, type_name: parse_type(cursor)? });
    }
    let mut rows = Vec::new();
    for _ in 0..cursor.int()? {
        rows.push(columns.iter().map(|_| cursor.bytes()).collect::<Result<_, _>>()?);
    }
    Ok(Page { columns, rows, paging_state })
}

fn parse_type(cursor: &mut Cursor<'_>) -> Result<String, CqlError> {
    let simple = match cursor.short()? {
        0x00 => return cursor.string(),
        0x01 => "ascii",
        0x02 => "bigint",
        0x03 => "blob",
        0x04 => "boolean",
        0x05 => "counter",
        0x06 => "decimal",
        0x07 => "double",
        0x08 => "float",
        0x09 => "int",
        0x0b => "timestamp",
        0x0c => "uuid",
        0x0d => "text",
        0x0e => "varint",
        0x0f => "timeuuid",
        0x10 => "inet",
        0x11 => "date",
        0x12 => "time",
        0x13 => "smallint",
        0x14 => "tinyint",
        0x15 => "duration",
        0x20 => return Ok(format!("list<{}>", parse_type(cursor)?)),
        0x21 => return Ok(format!("map<{}, {}>", parse_type(cursor)?, parse_type(cursor)?)),
        0x22 => return Ok(format!("set<{}>", parse_type(cursor)?)),
        0x30 => return parse_user_type(cursor),
        0x31 => {
            let count = cursor.short()?;
            let components = (0..count).map(|_| parse_type(cursor)).collect::<Result<Vec<_>, _>>()?;
            return Ok(format!("tuple<{}>", components.join(", ")));
        }
        _ => return Err(CqlError::Protocol("a type code that is not known")),
    };
    Ok(simple.to_owned())
}

fn parse_user_type(cursor: &mut Cursor<'_>) -> Result<String, CqlError> {
    let _keyspace = cursor.string()?;
    let name = cursor.string()?;
    for _ in 0..cursor.short()? {
        let _field = cursor.string()?;
        let _type = parse_type(cursor)?;
    }
    Ok(name)
}

/// The unread rest of a body.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], CqlError> {
        let short = CqlError::Protocol("an answer that is cut short");
        let (head, rest) = self.0.split_at_checked(length).ok_or(short)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CqlError> {
        self.take(N)?.try_into().map_err(|_| CqlError::Protocol("an answer that is cut short"))
    }

    fn int(&mut self) -> Result<i32, CqlError> {
        self.array().map(i32::from_be_bytes)
    }

    fn short(&mut self) -> Result<u16, CqlError> {
        self.array().map(u16::from_be_bytes)
    }

    fn string(&mut self) -> Result<String, CqlError> {
        let length = self.short()?;
        let bytes = self.take(length.into())?.to_vec();
        String::from_utf8(bytes).map_err(|_| CqlError::Protocol("a text that is not UTF-8"))
    }

    /// A value: a negative length is null.
    fn bytes(&mut self) -> Result<Option<Vec<u8>>, CqlError> {
        match usize::try_from(self.int()?) {
            Ok(length) => Ok(Some(self.take(length)?.to_vec())),
            Err(_) => Ok(None),
        }
    }
}

fn put_u16(body: &mut Vec<u8>, value: u16) {
    body.extend(value.to_be_bytes());
}

fn put_string(body: &mut Vec<u8>, text: &str) {
    put_u16(body, u16::try_from(text.len()).expect("option texts are short"));
    body.extend(text.as_bytes());
}

fn put_values(body: &mut Vec<u8>, values: &[Option<Vec<u8>>]) {
    put_u16(body, u16::try_from(values.len()).expect("question marks of one statement"));
    for value in values {
        match value {
            Some(value) => put_bytes(body, value),
            None => body.extend((-1_i32).to_be_bytes()),
        }
    }
}

fn put_bytes(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend(u32::try_from(bytes.len()).expect("a statement of less than 4 GiB").to_be_bytes());
    body.extend(bytes);
}
