//! Reading JSON as strictly as Jackson does, and with what it says.

use std::collections::HashMap;
use std::fmt;

use super::value::JsonValue;

/// What is wanted where a value should begin.
const A_VALUE: &str =
    "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// How deep arrays and objects may nest: Jackson's limit.
const MAX_DEPTH: usize = 1000;

/// Why a text is not JSON. Its `Display` is that of Jackson's exception.
#[derive(Debug)]
pub(crate) struct JsonError {
    class: &'static str,
    message: String,
    line: usize,
    /// None where Jackson does not tell it.
    column: Option<usize>,
}

impl JsonError {
    /// The message without the class of the exception.
    pub(crate) fn message(&self) -> String {
        format!("{}\n at {}", self.message, place(self.line, self.column))
    }
}

/// How Jackson tells a place: the text is not shown.
fn place(line: usize, column: Option<usize>) -> String {
    let column = column.map(|column| format!(", column: {column}")).unwrap_or_default();
    format!(
        "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}{column}]"
    )
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.message())
    }
}

const PARSE: &str = "com.fasterxml.jackson.core.JsonParseException";
const END: &str = "com.fasterxml.jackson.core.io.JsonEOFException";
const MISMATCH: &str = "com.fasterxml.jackson.databind.exc.MismatchedInputException";
const CONSTRAINT: &str = "com.fasterxml.jackson.core.exc.StreamConstraintsException";

type Result<T> = std::result::Result<T, JsonError>;

/// A list or object whose end is not read yet.
enum Unfinished {
    List(Vec<JsonValue>),
    Object {
        entries: Vec<(String, JsonValue)>,
        /// Where each name is among the entries.
        places: HashMap<String, usize>,
        /// Of the value that comes next.
        name: String,
    },
}

impl Unfinished {
    fn new(bracket: char) -> Self {
        match bracket {
            '[' => Self::List(Vec::new()),
            _ => Self::Object { entries: Vec::new(), places: HashMap::new(), name: String::new() },
        }
    }

    fn end(&self) -> char {
        if matches!(self, Self::List(_)) { ']' } else { '}' }
    }

    fn what(&self) -> &'static str {
        if matches!(self, Self::List(_)) { "Array" } else { "Object" }
    }

    fn push(&mut self, value: JsonValue) {
        match self {
            Self::List(elements) => elements.push(value),
            Self::Object { entries, places, name } => {
                let place = *places.entry(name.clone()).or_insert(entries.len());
                match entries.get_mut(place) {
                    Some((_, known)) => *known = value,
                    None => entries.push((std::mem::take(name), value)),
                }
            }
        }
    }

    fn finish(self) -> JsonValue {
        match self {
            Self::List(elements) => JsonValue::List(elements),
            Self::Object { entries, .. } => JsonValue::Object(entries),
        }
    }
}

/// Reads the value at the start of a text. What is behind it is not looked at.
pub(crate) struct JsonParser<'a> {
    text: &'a str,
    /// Bytes that are read.
    at: usize,
    /// The brackets that are open, and where.
    open: Vec<(char, usize)>,
}

impl<'a> JsonParser<'a> {
    /// The value at the start of a text.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn parse(text: &'a str) -> Result<JsonValue> {
        let mut parser = Self::new(text);
        parser.skip_blanks();
        if parser.peek().is_none() {
            return Err(parser.nothing());
        }
        let value = parser.value()?;
        match (&value, parser.peek()) {
            (JsonValue::Integer(_) | JsonValue::Double(_), Some(next)) if !" \t\r\n".contains(next) => {
                Err(parser.unexpected(next, "Expected space separating root-level values"))
            }
            _ => Ok(value),
        }
    }

    /// The object at the start of a text, or `null`.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn parse_object(text: &'a str) -> Result<JsonValue> {
        let mut parser = Self::new(text);
        parser.skip_blanks();
        let (what, token) = match parser.peek() {
            None => return Err(parser.nothing()),
            Some('{' | 'n') => return parser.value(),
            Some('[') => ("Array value", "JsonToken.START_ARRAY"),
            Some('"') => ("String value", "JsonToken.VALUE_STRING"),
            Some('t') => ("Boolean value", "JsonToken.VALUE_TRUE"),
            Some('f') => ("Boolean value", "JsonToken.VALUE_FALSE"),
            Some('-' | '0'..='9') => ("Integer value", "JsonToken.VALUE_NUMBER_INT"),
            Some(_) => return parser.value(),
        };
        let start = parser.at;
        let (what, token) = match parser.scalar_or_bracket()? {
            JsonValue::Double(_) => ("Floating-point value", "JsonToken.VALUE_NUMBER_FLOAT"),
            JsonValue::String(text) if what == "String value" => {
                return Err(parser.not_a_map(&text, start));
            }
            _ => (what, token),
        };
        parser.at = start;
        let message = format!(
            "Cannot deserialize value of type `java.util.LinkedHashMap<java.lang.Object,java.lang.Object>` from {what} (token `{token}`)"
        );
        Err(parser.error(MISMATCH, message, start))
    }

    fn new(text: &'a str) -> Self {
        Self { text, at: 0, open: Vec::new() }
    }

    /// A scalar; of an array its bracket alone.
    fn scalar_or_bracket(&mut self) -> Result<JsonValue> {
        if self.peek() == Some('[') { Ok(JsonValue::List(Vec::new())) } else { self.value() }
    }

    fn not_a_map(&self, text: &str, start: usize) -> JsonError {
        let class = "`java.util.LinkedHashMap`";
        if text.is_empty() {
            let message = format!(
                "Cannot coerce empty String (\"\") to element of {class} (but could if coercion was enabled using `CoercionConfig`)"
            );
            return self.error("com.fasterxml.jackson.databind.exc.InvalidFormatException", message, start);
        }
        let message = format!(
            "Cannot construct instance of {class} (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('{text}')"
        );
        self.error(MISMATCH, message, start)
    }

    /// The place of a byte, in lines and characters from 1.
    fn line_and_column(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count().saturating_add(1);
        let last = before.rsplit('\n').next().unwrap_or_default();
        (line, last.encode_utf16().count().saturating_add(1))
    }

    fn error(&self, class: &'static str, message: impl Into<String>, at: usize) -> JsonError {
        let (line, column) = self.line_and_column(at);
        JsonError { class, message: message.into(), line, column: Some(column) }
    }

    fn nothing(&self) -> JsonError {
        let mut error = self.error(MISMATCH, "No content to map due to end-of-input", self.at);
        error.column = None;
        error
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at = self.at.saturating_add(next.len_utf8());
        Some(next)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at = self.at.saturating_add(1);
        }
    }

    /// A value. What is inside of it is kept on a stack of our own: the text says how deep it nests.
    fn value(&mut self) -> Result<JsonValue> {
        let mut outer: Vec<Unfinished> = Vec::new();
        loop {
            self.skip_blanks();
            let mut value = match self.peek() {
                Some(bracket @ ('{' | '[')) => {
                    self.open(bracket)?;
                    let mut unfinished = Unfinished::new(bracket);
                    match self.first(&mut unfinished)? {
                        false => {
                            outer.push(unfinished);
                            continue;
                        }
                        true => unfinished.finish(),
                    }
                }
                _ => self.scalar()?,
            };
            loop {
                let Some(last) = outer.last_mut() else {
                    return Ok(value);
                };
                last.push(value);
                if !self.goes_on(last)? {
                    value = outer.pop().map_or(JsonValue::Null, Unfinished::finish);
                    continue;
                }
                break;
            }
        }
    }

    fn open(&mut self, bracket: char) -> Result<()> {
        self.open.push((bracket, self.at));
        self.at = self.at.saturating_add(1);
        if self.open.len() <= MAX_DEPTH {
            return Ok(());
        }
        let message = format!(
            "Document nesting depth ({}) exceeds the maximum allowed ({MAX_DEPTH}, from `StreamReadConstraints.getMaxNestingDepth()`)",
            self.open.len()
        );
        Err(self.error(CONSTRAINT, message, self.at))
    }

    /// Reads on to the first value inside; whether there is none.
    fn first(&mut self, inside: &mut Unfinished) -> Result<bool> {
        self.skip_blanks();
        let end = inside.end();
        match self.peek() {
            None => Err(self.not_closed()),
            Some(next) if next == end => {
                self.next();
                self.open.pop();
                Ok(true)
            }
            Some(_) => self.name(inside).map(|()| false),
        }
    }

    /// Reads on to the next value inside; whether there is one.
    fn goes_on(&mut self, inside: &mut Unfinished) -> Result<bool> {
        let what = inside.what();
        if self.is_end(inside.end(), what)? {
            self.open.pop();
            return Ok(false);
        }
        self.skip_blanks();
        match self.peek() {
            None => Err(self.between(what)),
            Some(_) => self.name(inside).map(|()| true),
        }
    }

    /// The name of an object's next value.
    fn name(&mut self, inside: &mut Unfinished) -> Result<()> {
        let Unfinished::Object { name, .. } = inside else {
            return Ok(());
        };
        if let Some(other) = self.peek().filter(|next| *next != '"') {
            return Err(self.unexpected(other, "was expecting double-quote to start field name"));
        }
        *name = self.string(" in field name")?;
        self.skip_blanks();
        match self.peek() {
            Some(':') => {
                self.next();
                Ok(())
            }
            Some(other) => {
                Err(self.unexpected(other, "was expecting a colon to separate field name and value"))
            }
            None => Err(self.cut("Unexpected end-of-input within/between Object entries")),
        }
    }

    fn scalar(&mut self) -> Result<JsonValue> {
        match self.peek() {
            Some('"') => {
                self.string(": was expecting closing quote for a string value").map(JsonValue::String)
            },
            Some('-' | '0'..='9') => self.number(),
            Some('t') => self.word("true", JsonValue::Boolean(true)),
            Some('f') => self.word("false", JsonValue::Boolean(false)),
            Some('n') => self.word("null", JsonValue::Null),
            Some(character) if character.is_alphabetic() => self.wrong_word(self.at),
            Some(character @ ('}' | ']')) => Err(self.wrong_bracket(character)),
            Some('+') => Err(self.error(
                PARSE,
                "Unexpected character ('+' (code 43)) in numeric value: JSON spec does not allow numbers to have plus signs: enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow",
                self.at.saturating_add(1),
            )),
            Some('/') => Err(self.unexpected(
                '/',
                "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
            )),
            Some(character) => Err(self.unexpected(character, A_VALUE)),
            None => Err(self.error(END, "Unexpected end-of-input within/between Object entries", self.text.len())),
        }
    }

    /// A closing bracket that none is open for, or another one; behind a comma a value is missed.
    fn wrong_bracket(&self, found: char) -> JsonError {
        let what = if found == '}' { "Object" } else { "Array" };
        match self.open.last() {
            None => {
                let message = format!("Unexpected close marker '{found}': no open {what} to close");
                self.error(PARSE, message, self.at)
            }
            Some((bracket, _)) if (*bracket == '{') == (found == '}') => self.unexpected(found, A_VALUE),
            Some((bracket, start)) => {
                let (wanted, what) = if *bracket == '{' { ('}', "Object") } else { (']', "Array") };
                let (line, column) = self.line_and_column(*start);
                let message = format!(
                    "Unexpected close marker '{found}': expected '{wanted}' (for {what} starting at {})",
                    place(line, Some(column))
                );
                self.error(PARSE, message, self.at)
            }
        }
    }

    /// The text ends where the bracket that was opened last should be closed.
    fn not_closed(&self) -> JsonError {
        let (bracket, start) = self.open.last().copied().unwrap_or_default();
        let (line, column) = self.line_and_column(start);
        let what = if bracket == '{' { "Object" } else { "Array" };
        self.cut(&format!(
            "Unexpected end-of-input: expected close marker for {what} (start marker at {})",
            place(line, Some(column))
        ))
    }

    fn unexpected(&self, character: char, wanted: &str) -> JsonError {
        let message =
            format!("Unexpected character ('{character}' (code {})): {wanted}", u32::from(character));
        self.error(PARSE, message, self.at)
    }

    fn cut(&self, message: &str) -> JsonError {
        self.error(END, message, self.text.len())
    }

    /// The text ends behind a comma.
    fn between(&self, what: &str) -> JsonError {
        let message = format!("Unexpected end-of-input within/between {what} entries");
        self.error(PARSE, message, self.text.len())
    }

    /// Whether an array or object ends, or else goes on behind a comma.
    fn is_end(&mut self, end: char, what: &str) -> Result<bool> {
        self.skip_blanks();
        match self.peek() {
            Some(next) if next == end || next == ',' => {
                self.next();
                Ok(next == end)
            }
            Some(other @ ('}' | ']')) => Err(self.wrong_bracket(other)),
            Some(other) => {
                let wanted = format!("was expecting comma to separate {what} entries");
                Err(self.unexpected(other, &wanted))
            }
            None => Err(self.not_closed()),
        }
    }

    fn word(&mut self, word: &str, value: JsonValue) -> Result<JsonValue> {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let is_part = |character: char| character.is_alphanumeric() || character == '_' || character == '$';
        if rest.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_part)) {
            self.at = start.saturating_add(word.len());
            return Ok(value);
        }
        self.wrong_word(start)
    }

    fn wrong_word(&mut self, start: usize) -> Result<JsonValue> {
        let rest = self.text.get(start..).unwrap_or_default();
        let is_part = |character: char| character.is_alphanumeric() || character == '_' || character == '$';
        let word: String = rest.chars().take_while(|character| is_part(*character)).collect();
        if matches!(word.as_str(), "NaN" | "Infinity") {
            return Err(self.not_standard(&word, start.saturating_add(word.len())));
        }
        let message = format!(
            "Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        );
        Err(self.error(PARSE, message, start.saturating_add(word.len())))
    }

    fn not_standard(&self, word: &str, end: usize) -> JsonError {
        let message = format!(
            "Non-standard token '{word}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
        );
        self.error(PARSE, message, end)
    }

    fn number(&mut self) -> Result<JsonValue> {
        let start = self.at;
        if self.peek() == Some('-') {
            self.next();
        }
        let first = self.at;
        if first > start && self.text.get(first..).is_some_and(|rest| rest.starts_with("Infinity")) {
            return Err(self.not_standard("-Infinity", first.saturating_add("Infinity".len())));
        }
        self.digits(start, "expected digit (0-9) to follow minus sign, for valid numeric value")?;
        let whole = self.text.get(first..self.at).unwrap_or_default();
        if whole.len() > 1 && whole.starts_with('0') {
            let message = "Invalid numeric value: Leading zeroes not allowed";
            return Err(self.error(PARSE, message, first.saturating_add(1)));
        }
        let mut is_integer = true;
        if self.peek() == Some('.') {
            is_integer = false;
            self.next();
            self.digits(start, "Decimal point not followed by a digit")?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            is_integer = false;
            self.next();
            if matches!(self.peek(), Some('+' | '-')) {
                self.next();
            }
            self.digits(start, "Exponent indicator not followed by a digit")?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        Ok(if is_integer {
            JsonValue::Integer(text.to_owned())
        } else {
            JsonValue::Double(text.parse().unwrap_or(f64::NAN))
        })
    }

    /// At least one digit of a number that begins at `start`.
    fn digits(&mut self, start: usize, wanted: &str) -> Result<()> {
        let first = self.at;
        while matches!(self.peek(), Some('0'..='9')) {
            self.next();
        }
        if self.at > first {
            return Ok(());
        }
        let found = match (self.peek(), wanted) {
            (Some(found), _) => found,
            (None, wanted) if wanted.starts_with("Decimal") => '.',
            (None, wanted) if wanted.starts_with("Exponent") => {
                return Err(self.cut("Unexpected end-of-inputexpected a digit for number exponent"));
            }
            (None, _) => return Err(self.cut("Unexpected end-of-inputNo digit following sign")),
        };
        let message = format!(
            "Unexpected character ('{found}' (code {})) in numeric value: {wanted}",
            u32::from(found)
        );
        // Jackson has read one character when it tells the place.
        Err(self.error(PARSE, message, start.saturating_add(1)))
    }

    /// A string, of which `expected` tells what an end in it is an end of.
    fn string(&mut self, expected: &str) -> Result<String> {
        self.next();
        let mut units: Vec<u16> = Vec::new();
        loop {
            match self.next() {
                Some('"') => return Ok(String::from_utf16_lossy(&units)),
                Some('\\') => units.push(self.escape()?),
                Some(control) if control < ' ' => {
                    let message = format!(
                        "Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using backslash to be included in string value",
                        u32::from(control)
                    );
                    return Err(self.error(PARSE, message, self.at.saturating_sub(1)));
                }
                Some(character) => units.extend(character.encode_utf16(&mut [0; 2]).iter()),
                None => {
                    return Err(self.cut(&format!("Unexpected end-of-input{expected}")));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<u16> {
        let plain = match self.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(character @ ('"' | '\\' | '/')) => character,
            Some('u') => return self.hexadecimal(),
            Some(other) => {
                let message = format!("Unrecognized character escape '{other}' (code {})", u32::from(other));
                return Err(self.error(PARSE, message, self.at.saturating_sub(other.len_utf8())));
            }
            None => return Err(self.cut("Unexpected end-of-input in character escape sequence")),
        };
        Ok(u32::from(plain) as u16)
    }

    fn hexadecimal(&mut self) -> Result<u16> {
        let mut unit = 0_u16;
        for _ in 0..4 {
            match self.next() {
                Some(digit) if digit.is_ascii_hexdigit() => {
                    unit = (unit << 4) | digit.to_digit(16).unwrap_or(0) as u16;
                }
                Some(other) => {
                    let message = format!(
                        "Unexpected character ('{other}' (code {})): expected a hex-digit for character escape sequence",
                        u32::from(other)
                    );
                    return Err(self.error(PARSE, message, self.at.saturating_sub(other.len_utf8())));
                }
                None => return Err(self.cut("Unexpected end-of-input in character escape sequence")),
            }
        }
        Ok(unit)
    }
}
