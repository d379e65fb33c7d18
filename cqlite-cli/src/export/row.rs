//! The values of a row.

use std::borrow::Cow;
use std::ops::Range;

use cqlite_core::storage::read::Cells;
use cqlite_sstable::encoding::Bytes;
use cqlite_sstable::row::Cell;
use cqlite_sstable::types::{CounterContext, CqlType};

/// Where the values of the columns of a partition key lie in it.
#[derive(Debug, Default)]
pub struct KeyParts(Vec<Range<usize>>);

impl KeyParts {
    /// Finds the values of so many columns in a key. A key that has too few bytes has empty values.
    pub fn split(&mut self, key: &[u8], columns: usize) {
        self.0.clear();
        if columns == 1 {
            self.0.push(0..key.len());
            return;
        }
        let mut bytes = Bytes::new(key);
        for _ in 0..columns {
            let length = bytes.u16().map_or(0, usize::from);
            let start = key.len().saturating_sub(bytes.remaining());
            let length = bytes.take(length).map_or(0, <[u8]>::len);
            self.0.push(start..start.saturating_add(length));
            // The end-of-component byte.
            let _ = bytes.u8();
        }
    }

    /// The value of the column at a place.
    pub fn get<'k>(&self, key: &'k [u8], place: usize) -> &'k [u8] {
        self.0.get(place).and_then(|part| key.get(part.clone())).unwrap_or_default()
    }
}

/// Where the cells of each column of a row are.
#[derive(Debug, Default)]
pub struct CellPlaces(Vec<u32>);

impl CellPlaces {
    /// Finds the cells of each of so many columns.
    #[inline]
    pub fn index(&mut self, cells: &Cells<'_>, columns: usize) {
        self.0.clear();
        for (index, cell) in cells.iter().enumerate() {
            while self.0.len() <= cell.column {
                self.0.push(index as u32);
            }
        }
        while self.0.len() <= columns {
            self.0.push(cells.len() as u32);
        }
    }

    /// The places of the cells of a column.
    #[inline]
    pub fn of(&self, column: usize) -> Range<usize> {
        let at = |place: usize| self.0.get(place).map_or(0, |start| *start as usize);
        at(column)..at(column.saturating_add(1))
    }
}

/// The cells of a column, in the order of their paths.
pub fn cells_of<'a>(cells: Cells<'a>, places: Range<usize>) -> impl Iterator<Item = Cell<'a>> {
    places.filter_map(move |place| cells.get(place))
}

/// The value of a column, as clients are told it: collections as frozen ones, counters as their totals. None without a cell.
pub fn value_of<'a>(of: &CqlType, cells: Cells<'a>, places: Range<usize>) -> Option<Cow<'a, [u8]>> {
    if of.is_multi_cell() {
        return compose(of, cells_of(cells, places)).map(Cow::Owned);
    }
    let cell = if places.is_empty() { None } else { cells.get(places.start) }?;
    if *of == CqlType::Counter {
        return Some(Cow::Owned(total(cell.value).to_be_bytes().to_vec()));
    }
    Some(Cow::Borrowed(cell.value))
}

/// What a counter counts to.
pub fn total(context: &[u8]) -> i64 {
    CounterContext::decode(context).map_or(0, |context| context.total())
}

/// The value of a column of many cells as one; none if there are none.
fn compose<'c>(of: &CqlType, cells: impl Iterator<Item = Cell<'c>>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let push = |out: &mut Vec<u8>, bytes: &[u8]| {
        out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        out.extend_from_slice(bytes);
    };
    let mut cells = cells.peekable();
    cells.peek()?;
    if let CqlType::User(user) = of {
        for place in 0..user.fields.len() {
            let path = (place as u16).to_be_bytes();
            match cells.next_if(|cell| cell.path == Some(&path[..])) {
                Some(cell) => push(&mut out, cell.value),
                None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
            }
        }
        return Some(out);
    }
    let mut count = 0_u32;
    out.extend_from_slice(&[0; 4]);
    for cell in cells {
        count = count.saturating_add(1);
        if !matches!(of, CqlType::List { .. }) {
            push(&mut out, cell.path.unwrap_or_default());
        }
        if !matches!(of, CqlType::Set { .. }) {
            push(&mut out, cell.value);
        }
    }
    if let Some(head) = out.first_chunk_mut() {
        *head = count.to_be_bytes();
    }
    Some(out)
}
