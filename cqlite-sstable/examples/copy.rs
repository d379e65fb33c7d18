//! Writes an SSTable anew, in another version and with another compression.
//!
//! `cargo run -p cqlite-sstable --example copy -- nb-1-big-Data.db copied`

use std::sync::Arc;

use cqlite_sstable::compress::CompressionParameters;
use cqlite_sstable::io::DiskDirectory;
use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::writer::{SstableWriter, WriterOptions};
use cqlite_sstable::{Error, Format, Result, SstableId, Version};

#[expect(clippy::print_stdout, reason = "it is what the example is for")]
fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(from), Some(to)) = (arguments.next(), arguments.next()) else {
        return Err(Error::invalid_input("usage: copy SSTABLE DIRECTORY"));
    };
    let sstable = Sstable::open(from)?;
    let version = Version::parse("da", Format::Bti)?;
    let partitioner = sstable.partitioner()?;
    let mut options = WriterOptions::new(version, &partitioner, 1_000);
    options.compression = CompressionParameters::parse("zstd:3")?;
    let directory = Arc::new(DiskDirectory::create_all(to)?);
    let (id, header) = (SstableId::Sequence(1), sstable.header().clone());
    let mut writer = SstableWriter::new(directory, version, id, header, partitioner, options)?;
    writer.write(&mut sstable.scan(ScanOptions::default())?)?;
    println!("{} partitions", writer.finish()?.partitions);
    Ok(())
}
