//! Values from text, as cqlsh's `COPY` writes and reads them.

use super::compose;
use super::names::{Spelling, field_index};
use super::parse_scalar::parse_scalar;
use crate::types::{CqlType, Excerpt, UserType, validate};

/// No entry of a map has more colons outside of quotes and brackets: two times with zones, or two addresses, have less.
const MOST_COLONS: usize = 32;

/// How cqlsh was told to write values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextDialect {
    /// What stands for null (`NULL`); a field that is this text has no value.
    pub null: String,
    /// True and false (`BOOLSTYLE`), whatever the letters' case.
    pub booleans: [String; 2],
    /// What stands in front of the fraction of a number (`DECIMALSEP`).
    pub decimal_separator: char,
    /// What stands between the thousands of a number (`THOUSANDSSEP`), if anything does.
    pub thousands_separator: Option<char>,
}

impl Default for TextDialect {
    fn default() -> Self {
        Self {
            null: String::new(),
            booleans: ["True".to_owned(), "False".to_owned()],
            decimal_separator: '.',
            thousands_separator: None,
        }
    }
}

impl TextDialect {
    /// The serialized form of the value that `text` stands for, which is not null.
    ///
    /// # Errors
    /// If it stands for no value of the type, in words.
    pub fn parse(&self, of: &CqlType, text: &str) -> Result<Vec<u8>, String> {
        let bytes = match of {
            CqlType::Text | CqlType::Ascii => parse_scalar(of, text)?,
            _ => self.convert(of, text.trim())?,
        };
        validate(of, &bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    fn convert(&self, of: &CqlType, text: &str) -> Result<Vec<u8>, String> {
        match of {
            CqlType::List { element, .. } => compose::list(self.elements(of, element, text, ['[', ']'])?),
            CqlType::Set { element, .. } => {
                compose::set(element, self.elements(of, element, text, ['{', '}'])?)
            }
            CqlType::Vector { element, dimension } => {
                compose::vector(element, *dimension, &self.elements(of, element, text, ['[', ']'])?)
            }
            CqlType::Map { key, value, .. } => {
                let entries = parts(of, text, ['{', '}'])?;
                let entries = entries.into_iter().map(|entry| self.entry(key, value, entry));
                compose::map(key, entries.collect::<Result<_, _>>()?)
            }
            CqlType::Tuple(types) => {
                let fields = parts(of, text, ['(', ')'])?;
                if fields.len() != types.len() {
                    return Err(format!(
                        "a tuple of {} fields is wanted, not of {}",
                        types.len(),
                        fields.len()
                    ));
                }
                let fields = types.iter().zip(fields).map(|(of, field)| self.nullable(of, field));
                compose::tuple(&fields.collect::<Result<Vec<_>, _>>()?)
            }
            CqlType::User(user) => self.user_value(of, user, text),
            CqlType::Reversed(inner) => self.convert(inner, text),
            _ => self.scalar(of, text),
        }
    }

    fn scalar(&self, of: &CqlType, text: &str) -> Result<Vec<u8>, String> {
        let parse = |text: &str| parse_scalar(of, text);
        match of {
            CqlType::Text | CqlType::Ascii => parse(text),
            CqlType::Blob => match text.strip_prefix("0x") {
                Some(digits) => parse(digits),
                None => Err(format!("'{}' is no blob: it has to begin with 0x", Excerpt(text))),
            },
            CqlType::Counter | CqlType::Custom(_) => Err(format!("values of {} are not read", of.cql_name())),
            _ if text.is_empty() => Err(format!("an empty text is no {}", of.cql_name())),
            CqlType::Boolean => {
                let [yes, no] = &self.booleans;
                if text.eq_ignore_ascii_case(yes) {
                    return Ok(vec![1]);
                }
                if text.eq_ignore_ascii_case(no) {
                    return Ok(vec![0]);
                }
                Err(format!("'{}' is no boolean: {yes} or {no} is wanted", Excerpt(text)))
            }
            CqlType::TinyInt | CqlType::SmallInt | CqlType::Int | CqlType::BigInt | CqlType::Varint => {
                parse(&self.plain_number(text))
            }
            CqlType::Decimal => parse(&self.plain_number(text)),
            // Where Python has no such date, cqlsh writes days since 1970.
            CqlType::Date if text.parse::<i64>().is_ok() => {
                let days = text
                    .parse::<i32>()
                    .map_err(|_| format!("'{}' is no number of days of a date", Excerpt(text)))?;
                Ok((days as u32).wrapping_add(1 << 31).to_be_bytes().to_vec())
            }
            CqlType::Float | CqlType::Double => {
                let number = self.plain_number(text);
                let (sign, word) = number.strip_prefix('-').map_or(("", number.as_str()), |rest| ("-", rest));
                match word.to_ascii_lowercase().as_str() {
                    "inf" | "infinity" => parse(&format!("{sign}Infinity")),
                    "nan" => parse("NaN"),
                    _ => parse(&number),
                }
            }
            _ => parse(text),
        }
    }

    /// A number without separators of thousands, and with a point.
    fn plain_number(&self, text: &str) -> String {
        let kept = text.chars().filter(|character| Some(*character) != self.thousands_separator);
        kept.map(|character| if character == self.decimal_separator { '.' } else { character }).collect()
    }

    fn elements(
        &self,
        of: &CqlType,
        element: &CqlType,
        text: &str,
        brackets: [char; 2],
    ) -> Result<Vec<Vec<u8>>, String> {
        (1_usize..)
            .zip(parts(of, text, brackets)?)
            .map(|(number, part)| {
                self.element(element, part).map_err(|error| format!("element {number}: {error}"))
            })
            .collect()
    }

    /// A value inside another one: text is in quotes there, and so may others be.
    fn element(&self, of: &CqlType, text: &str) -> Result<Vec<u8>, String> {
        if self.is_null(text) {
            return Err("it is null".to_owned());
        }
        match unquote(text)? {
            Some(inner) => self.convert(of, &inner),
            None if text.is_empty() => Err("it is missing".to_owned()),
            None => self.convert(of, text),
        }
    }

    fn is_null(&self, text: &str) -> bool {
        text.eq_ignore_ascii_case("null") || (!text.is_empty() && text == self.null)
    }

    fn nullable(&self, of: &CqlType, text: &str) -> Result<Option<Vec<u8>>, String> {
        if text.is_empty() || self.is_null(text) { Ok(None) } else { self.element(of, text).map(Some) }
    }

    /// An entry of a map. A time has colons of its own: the one that parts key and value is the first one in front
    /// of a blank where both sides are values, else the first one where they are.
    fn entry(&self, key: &CqlType, value: &CqlType, text: &str) -> Result<(Vec<u8>, Vec<u8>), String> {
        let wrong = |error: &str| format!("entry '{}': {error}", Excerpt(text));
        let colons = places(text, ':')?;
        if colons.len() > MOST_COLONS {
            return Err(wrong("it has more colons than a key and a value can have"));
        }
        let (before_blank, others): (Vec<usize>, Vec<usize>) =
            colons.into_iter().partition(|at| text.get(at + 1..).is_some_and(|rest| rest.starts_with(' ')));
        let mut first_error = None;
        for at in before_blank.into_iter().chain(others) {
            let (Some(left), Some(right)) = (text.get(..at), text.get(at + 1..)) else { continue };
            let entry = (self.element(key, left.trim()))
                .and_then(|key| self.element(value, right.trim()).map(|value| (key, value)));
            match entry {
                Ok(entry) => return Ok(entry),
                Err(error) => _ = first_error.get_or_insert(error),
            }
        }
        Err(wrong(&first_error.unwrap_or_else(|| "':' is missing".to_owned())))
    }

    fn user_value(&self, of: &CqlType, user: &UserType, text: &str) -> Result<Vec<u8>, String> {
        let mut values = vec![None; user.fields.len()];
        let mut is_given = vec![false; user.fields.len()];
        for part in parts(of, text, ['{', '}'])? {
            let colons = places(part, ':')?;
            let colon =
                *colons.first().ok_or_else(|| format!("field '{}': ':' is missing", Excerpt(part)))?;
            let (name, value) = (part.get(..colon), part.get(colon + 1..));
            let (name, value) = (name.unwrap_or_default().trim(), value.unwrap_or_default().trim());
            let index = field_index(user, name, Spelling::Csv)?;
            if is_given.get_mut(index).is_some_and(|given| std::mem::replace(given, true)) {
                return Err(format!("the field '{}' is there twice", Excerpt(name)));
            }
            if let (Some(field), Some(into)) = (user.fields.get(index), values.get_mut(index)) {
                let value = self.nullable(&field.field_type, value);
                *into = value.map_err(|error| format!("field '{name}': {error}"))?;
            }
        }
        compose::tuple(&values)
    }
}

/// What stands between the brackets, parted by commas.
fn parts<'t>(of: &CqlType, text: &'t str, [open, close]: [char; 2]) -> Result<Vec<&'t str>, String> {
    let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let wrong =
        || format!("'{}' is no {}: it has to stand in {open} and {close}", Excerpt(text), of.cql_name());
    let inner = inner.ok_or_else(wrong)?;
    if inner.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for comma in places(inner, ',')? {
        parts.push(inner.get(start..comma).unwrap_or_default().trim());
        start = comma + 1;
    }
    parts.push(inner.get(start..).unwrap_or_default().trim());
    Ok(parts)
}

/// Where `separator` stands, outside of quotes and brackets.
fn places(text: &str, separator: char) -> Result<Vec<usize>, String> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '[' | '{' | '(') => depth += 1,
            (None, ']' | '}' | ')') => {
                let closed = depth.checked_sub(1);
                depth = closed
                    .ok_or_else(|| format!("'{}': a bracket is closed that was not opened", Excerpt(text)))?;
            }
            (None, _) if character == separator && depth == 0 => found.push(at),
            _ => {}
        }
    }
    match (quote, depth) {
        (Some(_), _) => Err(format!("'{}': a quote is not closed", Excerpt(text))),
        (None, 0) => Ok(found),
        _ => Err(format!("'{}': a bracket is not closed", Excerpt(text))),
    }
}

/// The text inside quotes, in which they are doubled; none if it does not stand in quotes.
fn unquote(text: &str) -> Result<Option<String>, String> {
    let Some(rest) = text.strip_prefix('\'') else { return Ok(None) };
    let inner =
        rest.strip_suffix('\'').ok_or_else(|| format!("'{}': a quote is not closed", Excerpt(text)))?;
    if inner.replace("''", "").contains('\'') {
        return Err(format!("'{}': quotes within a text have to be doubled", Excerpt(text)));
    }
    Ok(Some(inner.replace("''", "'")))
}
