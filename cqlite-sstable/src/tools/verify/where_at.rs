//! Where the scan of Data.db is, for findings.

use std::cell::OnceCell;

use super::{Check, Findings, Place, Severity};
use crate::component::Component;
use crate::component::statistics::SerializationHeader;
use crate::types::{CqlType, push_hex, write_string};

/// A place in a partition of Data.db.
pub(super) struct Where<'a> {
    header: &'a SerializationHeader,
    key: &'a [u8],
    /// The position in the uncompressed data.
    pub(super) position: u64,
    text: OnceCell<String>,
}

impl<'a> Where<'a> {
    pub(super) fn new(header: &'a SerializationHeader, key: &'a [u8], position: u64) -> Self {
        Self { header, key, position, text: OnceCell::new() }
    }

    /// The types and columns of the SSTable.
    pub(super) fn header(&self) -> &'a SerializationHeader {
        self.header
    }

    /// The partition key as text.
    pub(super) fn partition(&self) -> &str {
        self.text.get_or_init(|| key_text(&self.header.key_type, self.key))
    }

    /// The name of a column of the header.
    pub(super) fn column(&self, is_static: bool, column: usize) -> String {
        let columns = if is_static { &self.header.static_columns } else { &self.header.regular_columns };
        columns.get(column).map_or_else(|| column.to_string(), |column| format!("'{}'", column.name_text()))
    }

    /// Adds a finding about Data.db.
    pub(super) fn tell(&self, severity: Severity, check: Check, message: String, findings: &mut Findings) {
        let place = (Component::Data, Place::Position(self.position));
        findings.in_partition(severity, check, place, self.partition(), message);
    }

    /// Adds a finding about another component.
    pub(super) fn tell_of(
        &self,
        (component, place): (Component, Place),
        check: Check,
        message: String,
        findings: &mut Findings,
    ) {
        findings.in_partition(Severity::Damage, check, (component, place), self.partition(), message);
    }
}

/// A partition key as text, or its bytes where it is not valid.
pub(super) fn key_text(key_type: &CqlType, key: &[u8]) -> String {
    let mut text = Vec::new();
    if write_string(key_type, key, &mut text).is_err() {
        text = b"0x".to_vec();
        push_hex(key, &mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}
