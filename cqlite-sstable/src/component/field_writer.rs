//! Writing a component field by field, beside [`super::field_reader`].

use crate::encoding::{ValueLength, write_bound, write_uvint};
use crate::error::{Error, Result};
use crate::row::ClusteringPrefix;

/// Collects the bytes of a part of a file. What cannot be written is an error that names the field.
#[derive(Debug, Default)]
pub(crate) struct FieldWriter {
    bytes: Vec<u8>,
}

macro_rules! big_endian {
    ($($name:ident: $type:ty),*) => { $(
        #[doc = concat!("A big-endian `", stringify!($type), "`.")]
        pub(crate) fn $name(&mut self, value: $type) {
            self.bytes.extend_from_slice(&value.to_be_bytes());
        }
    )* };
}

impl FieldWriter {
    big_endian!(u8: u8, u16: u16, u32: u32, i32: i32, i64: i64, f64: f64);

    /// What was written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// So many zeros.
    pub(crate) fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len().saturating_add(count), 0);
    }

    /// A Java boolean.
    pub(crate) fn boolean(&mut self, value: bool) {
        self.u8(u8::from(value));
    }

    /// A count of entries as `i32`.
    pub(crate) fn count(&mut self, field: &str, count: usize) -> Result<()> {
        let count = i32::try_from(count).map_err(|_| too_long(field, count, i32::MAX as usize))?;
        self.i32(count);
        Ok(())
    }

    /// An unsigned vint.
    pub(crate) fn uvint(&mut self, value: u64) {
        write_uvint(value, &mut self.bytes);
    }

    /// Bytes behind their length as an unsigned vint.
    pub(crate) fn vint_prefixed(&mut self, bytes: &[u8]) {
        self.uvint(bytes.len() as u64);
        self.raw(bytes);
    }

    /// Bytes behind their length as `u16`.
    pub(crate) fn short_prefixed(&mut self, field: &str, bytes: &[u8]) -> Result<()> {
        let length =
            u16::try_from(bytes.len()).map_err(|_| too_long(field, bytes.len(), usize::from(u16::MAX)))?;
        self.u16(length);
        self.raw(bytes);
        Ok(())
    }

    /// A bound: its kind, the number of its values and the values.
    pub(crate) fn bound(
        &mut self,
        field: &str,
        bound: ClusteringPrefix<'_>,
        lengths: &[ValueLength],
    ) -> Result<()> {
        write_bound(bound, lengths, &mut self.bytes)
            .map_err(|error| Error::invalid_input(format!("{field} cannot be written: {error}")))
    }
}

fn too_long(field: &str, length: usize, limit: usize) -> Error {
    Error::unsupported(format!("{field} has a length of {length}, but the format takes {limit} at most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_for_its_length_is_refused_by_name() {
        let error = FieldWriter::default().short_prefixed("minClusteringValues", &[0; 65_536]).unwrap_err();
        assert!(error.message().starts_with("minClusteringValues has a length of 65536"), "{error}");
    }
}
