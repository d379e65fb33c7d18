//! Records of a load in an engine of keys and values: all fields of a record are one value.

use cqlite_benches::load::{Client, Engine as LoadEngine, Operation, RecordShape, Result};

use super::{Engine, Ordered};
use crate::key::{Key, scatter};

/// Records in an engine of keys and values.
pub struct Records<'e, E> {
    name: &'static str,
    engine: &'e E,
    shape: RecordShape,
}

impl<'e, E: Engine + Ordered> Records<'e, E> {
    /// Records in this engine.
    pub fn new(name: &'static str, engine: &'e E, shape: RecordShape) -> Self {
        Self { name, engine, shape }
    }
}

impl<E: Engine + Ordered> LoadEngine for Records<'_, E> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn client(&self) -> Result<Box<dyn Client + '_>> {
        let Self { engine, shape, .. } = *self;
        Ok(Box::new(RecordsClient { engine, shape, field: Vec::new(), value: Vec::new(), version: 0 }))
    }

    fn settle(&self) -> Result<()> {
        self.engine.settle().map_err(|error| error.to_string())?;
        Ok(())
    }
}

struct RecordsClient<'e, E> {
    engine: &'e E,
    shape: RecordShape,
    /// Kept for their memory.
    field: Vec<u8>,
    value: Vec<u8>,
    version: u64,
}

impl<E: Engine + Ordered> RecordsClient<'_, E> {
    fn make(&mut self, number: u64, version: u64) -> Key {
        self.value.clear();
        for field in 0..self.shape.fields {
            self.shape.write_field(number, field, version, &mut self.field);
            self.value.extend_from_slice(&self.field);
        }
        self.shape.key(number)
    }

    fn put(&mut self, number: u64, version: u64) -> Result<u64> {
        let key = self.make(number, version);
        self.engine.put(&key, &self.value).map_err(|error| error.to_string())?;
        Ok(1)
    }

    fn update(&mut self, number: u64) -> Result<u64> {
        self.version = self.version.wrapping_add(1);
        self.put(number, scatter(self.version))
    }

    fn get(&mut self, number: u64) -> Result<u64> {
        let key = self.shape.key(number);
        let found = self.engine.get(&key, &mut self.value).map_err(|error| error.to_string())?;
        match found && self.value.len() != self.shape.fields * self.shape.field_bytes {
            true => Err("a record of another size".into()),
            false => Ok(u64::from(found)),
        }
    }

    fn put_batch(&mut self, first: u64, records: u64) -> Result<u64> {
        let numbers = first..first.saturating_add(records);
        let entries = numbers.map(|number| (self.make(number, 0), self.value.clone())).collect::<Vec<_>>();
        self.engine.put_batch(&entries).map_err(|error| error.to_string())?;
        Ok(records)
    }

    fn scan(&self, first: u64, records: u64) -> Result<u64> {
        let mut bytes = 0;
        let found = self
            .engine
            .scan_from(&self.shape.key(first), records, &mut |key, value| bytes += key.len() + value.len())
            .map_err(|error| error.to_string())?;
        std::hint::black_box(bytes);
        Ok(found)
    }
}

impl<E: Engine + Ordered> Client for RecordsClient<'_, E> {
    fn carry_out(&mut self, operation: &Operation) -> Result<u64> {
        match *operation {
            Operation::Read(number) => self.get(number),
            Operation::Update(number) => self.update(number),
            Operation::Insert(number) => self.put(number, 0),
            Operation::Scan { first, records } => self.scan(first, records),
            Operation::ReadModifyWrite(number) => {
                let found = self.get(number)?;
                self.update(number)?;
                Ok(found)
            }
            Operation::InsertBatch { first, records } => self.put_batch(first, records),
        }
    }
}
