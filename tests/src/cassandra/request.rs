//! What goes with a statement.

use super::wire::{put_bytes, put_u16};

const CONSISTENCY_ONE: u16 = 1;

mod flag {
    pub(super) const VALUES: u8 = 0x01;
    pub(super) const PAGE_SIZE: u8 = 0x04;
    pub(super) const PAGING_STATE: u8 = 0x08;
    pub(super) const SERIAL_CONSISTENCY: u8 = 0x10;
    pub(super) const TIMESTAMP: u8 = 0x20;
}

const SERIAL: u16 = 8;

/// What stands for a bind marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// A value, as its type serializes it.
    Bytes(Vec<u8>),
    /// `null`
    Null,
    /// Nothing: what is bound to it stays as it is.
    Unset,
}

/// Values of a statement's bind markers, and how much of its answer is wanted.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// A value for each marker.
    pub values: Vec<Bound>,
    /// How many rows a page has; all if none.
    pub page_rows: Option<i32>,
    /// Where the page before this ended.
    pub paging_state: Option<Vec<u8>>,
    /// The write time of what the statement writes, unless it says another, in microseconds.
    pub timestamp_micros: Option<i64>,
}

impl Request {
    pub(super) fn put(&self, body: &mut Vec<u8>) {
        put_u16(body, CONSISTENCY_ONE);
        let flag_if = |wanted: bool, flag: u8| if wanted { flag } else { 0 };
        body.push(
            flag::SERIAL_CONSISTENCY
                | flag_if(!self.values.is_empty(), flag::VALUES)
                | flag_if(self.page_rows.is_some(), flag::PAGE_SIZE)
                | flag_if(self.paging_state.is_some(), flag::PAGING_STATE)
                | flag_if(self.timestamp_micros.is_some(), flag::TIMESTAMP),
        );
        if !self.values.is_empty() {
            put_u16(body, u16::try_from(self.values.len()).expect("bind markers of one statement"));
            self.values.iter().for_each(|value| value.put(body));
        }
        if let Some(rows) = self.page_rows {
            body.extend(rows.to_be_bytes());
        }
        if let Some(state) = &self.paging_state {
            put_bytes(body, state);
        }
        put_u16(body, SERIAL);
        if let Some(micros) = self.timestamp_micros {
            body.extend(micros.to_be_bytes());
        }
    }
}

impl Bound {
    fn put(&self, body: &mut Vec<u8>) {
        match self {
            Self::Bytes(bytes) => put_bytes(body, bytes),
            Self::Null => body.extend((-1_i32).to_be_bytes()),
            Self::Unset => body.extend((-2_i32).to_be_bytes()),
        }
    }
}
