//! Texts on the screen.

use cqlite_core::query::ColumnSpec;
use cqlite_sstable::types::{CqlType, push_hex};
use unicode_width::UnicodeWidthStr as _;

use super::written_type;
use crate::export::csv_value::write_screen_value;
use crate::export::sink::Invalid;

const RESET: &str = "\x1b[0m";
const NULL: &str = "\x1b[0;1;31m";
const TEXT: &str = "\x1b[0;1;33m";
const BYTES: &str = "\x1b[0;35m";
const OTHER: &str = "\x1b[0;1;32m";
const COLLECTION: &str = "\x1b[0;1;34m";

/// Whether texts have colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// None.
    Plain,
    /// Those of cqlsh.
    Colored,
}

/// A text, how wide it is on the screen, and its colour.
#[derive(Debug, Clone)]
pub struct ScreenText {
    text: String,
    width: usize,
    color: &'static str,
}

impl ScreenText {
    /// A name, in a colour.
    pub fn of_name(name: &str, color: &'static str) -> Self {
        let mut text = String::new();
        push_name(name, &mut text);
        Self { width: text.width(), text, color }
    }

    /// A value as cqlsh shows it. One that is none of its type is shown as its bytes.
    pub fn of_value(column: &ColumnSpec, value: Option<&[u8]>, invalid: &mut Invalid) -> Self {
        let of = written_type(column);
        let Some(value) = value else {
            return Self { text: "null".to_owned(), width: 4, color: NULL };
        };
        let mut text = Vec::new();
        if let Err(error) = write_screen_value(of, value, &mut text) {
            invalid.note(&column.name, &error);
            text.clear();
            text.extend_from_slice(b"0x");
            push_hex(value, &mut text);
        }
        // All that is pushed is UTF-8.
        let text = String::from_utf8_lossy(&text).into_owned();
        Self { width: text.width(), text, color: color_of(of) }
    }

    /// How many places of the screen it takes.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pushes it, and blanks behind it up to a width.
    pub fn push_left(&self, width: usize, palette: Palette, out: &mut Vec<u8>) {
        self.push(palette, out);
        push_blanks(width.saturating_sub(self.width), out);
    }

    /// Pushes it, with blanks in front of it up to a width.
    pub fn push_right(&self, width: usize, palette: Palette, out: &mut Vec<u8>) {
        push_blanks(width.saturating_sub(self.width), out);
        self.push(palette, out);
    }

    /// Pushes it.
    pub fn push(&self, palette: Palette, out: &mut Vec<u8>) {
        match palette {
            Palette::Plain => out.extend_from_slice(self.text.as_bytes()),
            Palette::Colored => {
                for piece in [self.color, &self.text, RESET] {
                    out.extend_from_slice(piece.as_bytes());
                }
            }
        }
    }
}

fn push_blanks(count: usize, out: &mut Vec<u8>) {
    out.resize(out.len().saturating_add(count), b' ');
}

fn color_of(of: &CqlType) -> &'static str {
    match of {
        CqlType::Text | CqlType::Ascii => TEXT,
        CqlType::Blob => BYTES,
        CqlType::List { .. }
        | CqlType::Set { .. }
        | CqlType::Map { .. }
        | CqlType::Tuple(_)
        | CqlType::User(_)
        | CqlType::Vector { .. } => COLLECTION,
        _ => OTHER,
    }
}

/// Pushes a name, or a text of a person: control characters are escaped, as they would command a terminal.
pub fn push_name(name: &str, out: &mut String) {
    for character in name.chars() {
        match character {
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => out.extend(character.escape_default()),
            _ => out.push(character),
        }
    }
}
