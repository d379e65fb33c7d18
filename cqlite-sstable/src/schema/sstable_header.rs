//! What a schema is made from without a schema.

use std::path::PathBuf;

use cqlite_cql::Uuid;

use crate::component::Component;
use crate::component::statistics::SerializationHeader;
use crate::descriptor::{Descriptor, split_table_directory};

/// An SSTable's header, and where it lies.
#[derive(Debug, Clone, Copy)]
pub struct SstableHeader<'a> {
    /// The place of the SSTable.
    pub descriptor: &'a Descriptor,
    /// Its header.
    pub header: &'a SerializationHeader,
}

impl SstableHeader<'_> {
    /// The file that the header stands in.
    pub(super) fn file(&self) -> PathBuf {
        self.descriptor.file(Component::Statistics)
    }

    /// The id in the name of the table's directory.
    pub(super) fn table_id(&self) -> Option<Uuid> {
        let directory = self.descriptor.table_directory()?;
        let (_, digits) = split_table_directory(directory.file_name()?.to_str()?)?;
        u128::from_str_radix(digits, 16).ok().map(|bits| Uuid(bits.to_be_bytes()))
    }

    /// The name of the index whose hidden table it belongs to.
    pub(super) fn index_name(&self) -> Option<String> {
        let name = self.descriptor.directory().file_name()?.to_str()?;
        name.strip_prefix('.').map(str::to_owned)
    }
}
