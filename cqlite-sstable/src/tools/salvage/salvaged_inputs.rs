//! What stands in for damaged SSTables.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use super::{SalvageJob, SalvageOptions, SalvageSink, SalvagedSstables};
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::reader::{Access, DiskFiles, Sstable};
use crate::tools::rewrite::{OutputIds, RewriteOptions, Target, output_place};
use crate::tools::verify::{Verdict, VerifyOptions, verify};

/// SSTables for a rewrite, with what can be read of the damaged ones in place of these. That lies in a hidden directory,
/// which goes away with this.
#[derive(Debug)]
pub struct SalvagedInputs {
    directory: TempDir,
    sstables: Vec<Descriptor>,
    salvaged: u32,
}

impl SalvagedInputs {
    /// None so far. The hidden directory is made in `place`, or above it where it is not there yet.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn beside(place: &Path) -> Result<Self> {
        let is_there = |above: &&Path| above.is_dir() && !above.as_os_str().is_empty();
        let there = place.ancestors().find(is_there).unwrap_or(Path::new("."));
        let directory = tempfile::Builder::new().prefix(".salvaged-").tempdir_in(there);
        let directory = directory.map_err(|error| Error::output(error).at(there))?;
        Ok(Self { directory, sstables: Vec::new(), salvaged: 0 })
    }

    /// Adds an SSTable that is sound.
    pub fn keep(&mut self, descriptor: &Descriptor) {
        self.sstables.push(descriptor.clone());
    }

    /// Adds what can be read of a damaged SSTable, in its place. The rest goes to `sink`.
    ///
    /// # Errors
    /// As [`SalvageJob::run`]; in a table of counters if anything is damaged.
    pub fn salvage(
        &mut self,
        descriptor: &Descriptor,
        sstable: &Sstable,
        sink: &mut dyn SalvageSink,
    ) -> Result<SalvagedSstables> {
        self.salvaged = self.salvaged.saturating_add(1);
        // SSTables of several directories may have the same names.
        let place = output_place(&self.directory.path().join(self.salvaged.to_string()), descriptor);
        let target = Target { version: descriptor.version().written_as(), is_lossy: false };
        let output =
            RewriteOptions { target, marks_unrepaired: false, compression: None, index_block_bytes: None };
        let options = SalvageOptions { table: descriptor.table_name(), ..SalvageOptions::default() };
        let job = SalvageJob { place: &place, output: &output, salvage: &options, verifies: false };
        let mut ids = OutputIds::of(std::slice::from_ref(descriptor), None, true, target.version)?;
        let salvaged = job.run((descriptor, sstable), &mut ids, sink)?;
        let written = salvaged.written();
        self.sstables.extend(written.map(|one| Descriptor::new(&one.directory, one.version, one.id.clone())));
        Ok(salvaged)
    }

    /// Those that were added, in that order.
    pub fn sstables(&self) -> &[Descriptor] {
        &self.sstables
    }
}

/// Whether anything of an SSTable is damaged or missing. All of it is read.
///
/// # Errors
/// If it is not supported.
pub fn is_damaged(descriptor: &Descriptor) -> Result<bool> {
    let files = Arc::new(DiskFiles::new(descriptor.clone(), Access::default()));
    let options = VerifyOptions { read_ahead: true, ..VerifyOptions::default() };
    let report = verify(files, descriptor.version(), &options, &mut |_| {});
    match report.verdict {
        Verdict::Sound => Ok(false),
        Verdict::Damaged | Verdict::Unreadable => Ok(true),
        Verdict::Unsupported => {
            let first = report.damages().next().map(ToString::to_string).unwrap_or_default();
            Err(Error::unsupported(first).at(descriptor.to_string()))
        }
    }
}
