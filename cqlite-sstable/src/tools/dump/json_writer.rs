//! JSON in the layout of `sstabledump`: Jackson's `DefaultPrettyPrinter` with a switch for lines that stay
//! together, or one object a line with no blanks at all.

use super::output::Output;
use crate::types::{JsonEscaped, TextSink};

/// How objects and arrays are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Two blanks a level, and compact parts.
    Pretty,
    /// No blanks, and a line end between the values of the outermost level.
    Lines,
}

struct Level {
    is_array: bool,
    entries: bool,
}

/// Writes JSON token by token, as a `JsonGenerator` does.
pub(super) struct JsonWriter<'o, 'w> {
    pub(super) out: &'o mut Output<'w>,
    layout: Layout,
    levels: Vec<Level>,
    /// A field name was written and waits for its value.
    after_name: bool,
    any_root: bool,
    /// Objects keep to the current line, here and in nested ones, until it is switched off again. The tool
    /// forgets to switch it on again after a nested object; callers do exactly as it does.
    pub(super) compact_objects: bool,
    /// The same for arrays.
    pub(super) compact_arrays: bool,
}

impl<'o, 'w> JsonWriter<'o, 'w> {
    pub(super) fn new(out: &'o mut Output<'w>, layout: Layout) -> Self {
        Self {
            out,
            layout,
            levels: Vec::new(),
            after_name: false,
            any_root: false,
            compact_objects: false,
            compact_arrays: false,
        }
    }

    /// In the middle of a document, inside its outermost array or, without one, between its values; there may be
    /// `entries` in front.
    pub(super) fn continued(out: &'o mut Output<'w>, layout: Layout, in_array: bool, entries: bool) -> Self {
        let mut writer = Self::new(out, layout);
        if in_array {
            writer.levels.push(Level { is_array: true, entries });
        }
        writer.any_root = entries;
        writer
    }

    #[inline]
    fn break_line(&mut self, compact: bool) {
        const LINE: &[u8; 33] = b"\n                                ";
        match self.layout {
            Layout::Lines => {}
            Layout::Pretty if compact => self.out.push(b" "),
            Layout::Pretty => {
                let blanks = self.levels.len() * 2;
                match LINE.get(..=blanks) {
                    Some(line) => self.out.push(line),
                    None => {
                        self.out.push(LINE);
                        (LINE.len() - 1..blanks).for_each(|_| self.out.push(b" "));
                    }
                }
            }
        }
    }

    /// What stands in front of a value: nothing behind a field name, else a comma and a break.
    #[inline]
    fn before_value(&mut self) {
        if std::mem::take(&mut self.after_name) {
            return;
        }
        match self.levels.last_mut() {
            Some(level) => {
                if std::mem::replace(&mut level.entries, true) {
                    self.out.push(b",");
                }
                self.break_line(self.compact_arrays);
            }
            None if std::mem::replace(&mut self.any_root, true) => self.out.push(b"\n"),
            None => {}
        }
    }

    fn open(&mut self, is_array: bool) {
        self.before_value();
        self.out.push(if is_array { b"[" } else { b"{" });
        self.levels.push(Level { is_array, entries: false });
    }

    fn close(&mut self) {
        let Some(level) = self.levels.pop() else { return };
        let compact = if level.is_array { self.compact_arrays } else { self.compact_objects };
        if level.entries {
            self.break_line(compact);
        } else if self.layout == Layout::Pretty {
            self.out.push(b" ");
        }
        self.out.push(if level.is_array { b"]" } else { b"}" });
    }

    pub(super) fn start_object(&mut self) {
        self.open(false);
    }

    /// Starts an object of which `written` is there already: its brace, and fields up to a name that waits for
    /// its value.
    #[inline]
    pub(super) fn start_written_object(&mut self, written: &[u8]) {
        self.before_value();
        self.out.push(written);
        self.levels.push(Level { is_array: false, entries: true });
        self.after_name = true;
    }

    /// Whether there are values in the innermost array or object, or at the outermost level.
    pub(super) fn has_entries(&self) -> bool {
        self.levels.last().map_or(self.any_root, |level| level.entries)
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    pub(super) fn end_object(&mut self) {
        self.close();
    }

    pub(super) fn start_array(&mut self) {
        self.open(true);
    }

    pub(super) fn end_array(&mut self) {
        self.close();
    }

    /// A field name that needs no escapes.
    pub(super) fn name(&mut self, name: &str) {
        self.before_name();
        self.out.push(b"\"");
        self.out.push(name.as_bytes());
        self.after_name();
    }

    /// A field name that may need escapes.
    pub(super) fn escaped_name(&mut self, name: &str) {
        self.before_name();
        self.out.push(b"\"");
        JsonEscaped::new(self.out).push(name.as_bytes());
        self.after_name();
    }

    fn before_name(&mut self) {
        if let Some(level) = self.levels.last_mut()
            && std::mem::replace(&mut level.entries, true)
        {
            self.out.push(b",");
        }
        self.break_line(self.compact_objects);
    }

    fn after_name(&mut self) {
        self.out.push(match self.layout {
            Layout::Pretty => b"\" : ".as_slice(),
            Layout::Lines => b"\":",
        });
        self.after_name = true;
    }

    /// A string that needs no escapes.
    pub(super) fn plain_string(&mut self, text: &[u8]) {
        self.before_value();
        self.out.push(b"\"");
        self.out.push(text);
        self.out.push(b"\"");
    }

    /// A string whose text `write` pushes; it is escaped on the way.
    pub(super) fn string<E>(
        &mut self,
        write: impl FnOnce(&mut JsonEscaped<'_, Output<'w>>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.before_value();
        self.out.push(b"\"");
        let result = write(&mut JsonEscaped::new(self.out));
        self.out.push(b"\"");
        result
    }

    /// A value whose JSON `write` pushes.
    pub(super) fn raw<T>(&mut self, write: impl FnOnce(&mut Output<'w>) -> T) -> T {
        self.before_value();
        write(self.out)
    }
}
