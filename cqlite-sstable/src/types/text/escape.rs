//! Escaping for the three text forms.

use super::sink::TextSink;

/// Bytes that are searched at once for one that must be escaped.
const BLOCK: usize = 32;

/// Whether JSON text must escape `byte`.
#[inline]
fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Bytes at the start of `bytes` that need no escape.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    let mut checked = 0;
    for block in bytes.chunks(BLOCK) {
        if block.iter().fold(false, |found, &byte| found | is_special(byte)) {
            return checked + block.iter().take_while(|&&byte| !is_special(byte)).count();
        }
        checked += block.len();
    }
    checked
}

/// Pushes UTF-8 with what JSON does not allow in strings escaped, as Jackson does: controls as `\n` and the
/// like or `\u001F`, everything from a blank on as it is.
pub(super) fn push_json_escaped<S: TextSink + ?Sized>(mut bytes: &[u8], sink: &mut S) {
    loop {
        let (plain, rest) = bytes.split_at(plain_length(bytes));
        if !plain.is_empty() {
            sink.push(plain);
        }
        let Some((&special, behind)) = rest.split_first() else { return };
        match special {
            b'"' | b'\\' => sink.push(&[b'\\', special]),
            b'\n' => sink.push(b"\\n"),
            b'\t' => sink.push(b"\\t"),
            b'\r' => sink.push(b"\\r"),
            8 => sink.push(b"\\b"),
            12 => sink.push(b"\\f"),
            control => {
                let low = control & 15;
                let low = if low < 10 { b'0' + low } else { b'A' + low - 10 };
                sink.push(&[b'\\', b'u', b'0', b'0', b'0' + (control >> 4), low]);
            }
        }
        bytes = behind;
    }
}

/// Pushes `text` with each `quote` doubled.
pub(super) fn push_doubled<S: TextSink + ?Sized>(text: &[u8], quote: u8, sink: &mut S) {
    for piece in text.split_inclusive(|&byte| byte == quote) {
        sink.push(piece);
        if piece.last() == Some(&quote) {
            sink.push(&[quote]);
        }
    }
}

/// Makes a JSON value a key of a JSON object: what is no string becomes one.
pub(super) struct MapKey<'a> {
    inner: &'a mut dyn TextSink,
    state: KeyState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyState {
    Untouched,
    String,
    Other,
}

impl<'a> MapKey<'a> {
    pub(super) fn new(inner: &'a mut dyn TextSink) -> Self {
        Self { inner, state: KeyState::Untouched }
    }

    /// Closes the key behind its last piece.
    pub(super) fn finish(self) {
        if self.state == KeyState::Other {
            self.inner.push(b"\"");
        }
    }
}

impl TextSink for MapKey<'_> {
    fn push(&mut self, bytes: &[u8]) {
        if self.state == KeyState::Untouched {
            let Some(first) = bytes.first() else { return };
            self.state = if *first == b'"' { KeyState::String } else { KeyState::Other };
            if self.state == KeyState::Other {
                self.inner.push(b"\"");
            }
        }
        match self.state {
            KeyState::Other => push_json_escaped(bytes, self.inner),
            _ => self.inner.push(bytes),
        }
    }
}

/// Puts a backslash before each of some characters, and remembers how the text ended.
pub(super) struct Backslashed<'a> {
    inner: &'a mut dyn TextSink,
    escaped: &'static [u8],
    last: Option<u8>,
}

impl<'a> Backslashed<'a> {
    pub(super) fn new(escaped: &'static [u8], inner: &'a mut dyn TextSink) -> Self {
        Self { inner, escaped, last: None }
    }

    /// The last byte that was pushed.
    pub(super) fn last(&self) -> Option<u8> {
        self.last
    }
}

impl TextSink for Backslashed<'_> {
    fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| self.escaped.contains(byte)) {
            match piece.split_last() {
                Some((special, plain)) if self.escaped.contains(special) => {
                    self.inner.push(plain);
                    self.inner.push(&[b'\\', *special]);
                }
                _ => self.inner.push(piece),
            }
        }
        self.last = bytes.last().copied().or(self.last);
    }
}

/// Escapes text on its way into a string of JSON: what is pushed needs no quotes around it, the result does.
pub struct JsonEscaped<'a, S: TextSink + ?Sized> {
    inner: &'a mut S,
}

impl<'a, S: TextSink + ?Sized> JsonEscaped<'a, S> {
    /// Escapes into `inner`.
    pub fn new(inner: &'a mut S) -> Self {
        Self { inner }
    }
}

impl<S: TextSink + ?Sized> TextSink for JsonEscaped<'_, S> {
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        push_json_escaped(bytes, self.inner);
    }
}
