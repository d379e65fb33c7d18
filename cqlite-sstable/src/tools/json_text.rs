//! JSON as it is read: numbers keep their digits, a name that comes twice is an error.
//!
//! A general parser turns numbers into floating-point ones, and of two fields with one name keeps the last: both would
//! change data without a word.

use std::borrow::Cow;

/// How deep arrays and objects may nest.
const MAX_DEPTH: usize = 64;

/// A value of JSON, borrowed from its text where it has no escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JsonValue<'t> {
    Null,
    Bool(bool),
    /// The digits as they stand in the text, which are those of a JSON number.
    Number(&'t str),
    String(Cow<'t, str>),
    Array(Vec<JsonValue<'t>>),
    /// In the order of the text.
    Object(Vec<(Cow<'t, str>, JsonValue<'t>)>),
}

/// What is wrong with a text, and at which byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonError {
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl<'t> JsonValue<'t> {
    /// The one value that `text` is.
    pub(crate) fn parse(text: &'t str) -> Result<Self, JsonError> {
        let mut parser = Parser { text, at: 0 };
        let value = parser.value(0)?;
        parser.skip_blanks();
        if parser.at < text.len() {
            return Err(parser.error("nothing may follow the value"));
        }
        Ok(value)
    }

    /// What it is, for a sentence: "a number".
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    #[cold]
    fn error(&self, message: impl Into<String>) -> JsonError {
        JsonError { at: self.at, message: message.into() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn slice(&self, from: usize) -> &'t str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn value(&mut self, depth: usize) -> Result<JsonValue<'t>, JsonError> {
        self.skip_blanks();
        match self.peek() {
            None => Err(self.error("a value is missing")),
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                Err(self.error(format!("it is nested more than {MAX_DEPTH} deep")))
            }
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(JsonValue::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => {
                for (word, value) in [
                    ("null", JsonValue::Null),
                    ("true", JsonValue::Bool(true)),
                    ("false", JsonValue::Bool(false)),
                ] {
                    if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                Err(self.error("this is no value of JSON"))
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<JsonValue<'t>, JsonError> {
        self.at += 1;
        let mut values = Vec::new();
        self.skip_blanks();
        if self.take(b']') {
            return Ok(JsonValue::Array(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            self.skip_blanks();
            if self.take(b']') {
                return Ok(JsonValue::Array(values));
            }
            if !self.take(b',') {
                return Err(self.error("',' or ']' is missing"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<JsonValue<'t>, JsonError> {
        self.at += 1;
        let mut fields: Vec<(Cow<'t, str>, JsonValue<'t>)> = Vec::new();
        self.skip_blanks();
        if self.take(b'}') {
            return Ok(JsonValue::Object(fields));
        }
        loop {
            self.skip_blanks();
            if self.peek() != Some(b'"') {
                return Err(self.error("a name in quotes is missing"));
            }
            let start = self.at;
            let name = self.string()?;
            self.skip_blanks();
            if !self.take(b':') {
                return Err(self.error("':' is missing"));
            }
            let value = self.value(depth + 1)?;
            if is_repeated(&fields, &name) {
                self.at = start;
                return Err(self.error(format!("the field '{name}' is there twice")));
            }
            fields.push((name, value));
            self.skip_blanks();
            if self.take(b'}') {
                return Ok(JsonValue::Object(checked(fields, self.at)?));
            }
            if !self.take(b',') {
                return Err(self.error("',' or '}' is missing"));
            }
        }
    }

    /// A number as JSON has it: `-0`, `1.5`, `1e+7`; no `01`, `1.`, `.5` or `+1`.
    fn number(&mut self) -> Result<JsonValue<'t>, JsonError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') && self.digits() == 0 {
            return Err(self.error("a digit is missing"));
        }
        if self.take(b'.') && self.digits() == 0 {
            return Err(self.error("a digit is missing"));
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return Err(self.error("a digit is missing"));
            }
        }
        Ok(JsonValue::Number(self.slice(start)))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn string(&mut self) -> Result<Cow<'t, str>, JsonError> {
        self.at += 1;
        let start = self.at;
        let mut owned: Option<String> = None;
        let mut plain_start = start;
        loop {
            match self.peek() {
                None => return Err(self.error("the quote at the end is missing")),
                Some(b'"') => {
                    let plain = self.slice(plain_start);
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(plain),
                        Some(mut text) => {
                            text.push_str(plain);
                            Cow::Owned(text)
                        }
                    });
                }
                Some(b'\\') => {
                    let text = owned.get_or_insert_default();
                    text.push_str(self.slice(plain_start));
                    self.at += 1;
                    let character = self.escape()?;
                    owned.get_or_insert_default().push(character);
                    plain_start = self.at;
                }
                Some(control) if control < 0x20 => {
                    return Err(self.error("control characters in strings have to be escaped"));
                }
                Some(_) => self.at += 1,
            }
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<char, JsonError> {
        let character = match self.peek() {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.error("this is no escape of JSON")),
        };
        self.at += 1;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let first = self.four_digits()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            self.at += usize::from(self.peek() == Some(b'\\'));
            if self.peek() != Some(b'u') {
                return Err(self.error("the second half of a character is missing"));
            }
            let second = self.four_digits()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(self.error("the second half of a character is missing"));
            }
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.error("the first half of a character is missing"))
    }

    /// The number of `uXXXX`.
    fn four_digits(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.at + 1..self.at + 5).unwrap_or_default();
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(self.error("four hexadecimal digits are missing"));
        }
        self.at += 5;
        u32::from_str_radix(digits, 16).map_err(|_| self.error("four hexadecimal digits are missing"))
    }
}

/// Few fields are compared with each other as they come; many are sorted at the end.
const FEW_FIELDS: usize = 32;

fn is_repeated(fields: &[(Cow<'_, str>, JsonValue<'_>)], name: &str) -> bool {
    fields.len() < FEW_FIELDS && fields.iter().any(|(known, _)| known == name)
}

type Fields<'t> = Vec<(Cow<'t, str>, JsonValue<'t>)>;

fn checked(fields: Fields<'_>, at: usize) -> Result<Fields<'_>, JsonError> {
    if fields.len() <= FEW_FIELDS {
        return Ok(fields);
    }
    let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    let repeated = names.windows(2).find_map(|pair| match pair {
        [one, two] if one == two => Some((*one).to_owned()),
        _ => None,
    });
    match repeated {
        Some(name) => Err(JsonError { at, message: format!("the field '{name}' is there twice") }),
        None => Ok(fields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_of_a_number_is_kept() {
        for number in ["0", "-0", "1.10", "123456789012345678901234567890", "1E+400", "-1.5e-7"] {
            assert_eq!(JsonValue::parse(number).unwrap(), JsonValue::Number(number));
        }
        for wrong in ["01", "1.", ".5", "+1", "-", "1e", "NaN", "1 2"] {
            assert!(JsonValue::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn strings_are_what_serde_json_reads() {
        for text in [r#""""#, r#""a\"\\\/\b\f\n\r\tz""#, r#""é\u00e9\ud83d\ude00x""#, r#""\u0000""#] {
            let expected: String = serde_json::from_str(text).unwrap();
            assert_eq!(JsonValue::parse(text).unwrap(), JsonValue::String(expected.into()), "{text}");
        }
        for wrong in [r#"""#, r#""\x""#, r#""\u12""#, r#""\ud800""#, r#""\udc00""#, "\"\n\"", r#""\u+123""#] {
            assert!(JsonValue::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_field_that_is_there_twice_is_an_error() {
        let error = JsonValue::parse(r#"{"a": 1, "b": 2, "a": 3}"#).unwrap_err();
        assert_eq!(error.message, "the field 'a' is there twice");
        assert_eq!(error.at, 17);
        let mut many: Vec<String> = (0..100).map(|i| format!("\"{i}\":{i}")).collect();
        assert!(JsonValue::parse(&format!("{{{}}}", many.join(","))).is_ok());
        many.push("\"7\":7".to_owned());
        assert!(JsonValue::parse(&format!("{{{}}}", many.join(","))).is_err());
    }

    #[test]
    fn no_depth_overflows_the_stack_and_no_text_panics() {
        assert!(JsonValue::parse(&"[".repeat(1_000_000)).is_err());
        let sample = r#"{"a":[1,-2.5e+3,{"b":"c\n\u00e9"}],"d":null,"e":true}"#;
        for cut in 0..sample.len() {
            if let Some(text) = sample.get(..cut) {
                assert!(JsonValue::parse(text).is_err());
            }
            for byte in ["\"", "{", "]", "\\", "9", "é"] {
                let mut text = sample.to_owned();
                text.replace_range(cut..=cut, byte);
                let _ = JsonValue::parse(&text);
            }
        }
        let value = JsonValue::parse(sample).unwrap();
        assert!(matches!(value, JsonValue::Object(fields) if fields.len() == 3));
    }
}
