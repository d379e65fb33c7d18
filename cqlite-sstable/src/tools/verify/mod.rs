//! Checking an SSTable: every checksum, the order of partitions and rows, the index, filter and statistics against
//! the rows, values against their types.
//!
//! Data.db is read once, in order and with bounded memory; the other components are followed beside it. Behind damage
//! the run goes on at the next partition that the index knows.
//!
//! What Cassandra accepts and nobody is misled by is a note; what contradicts a checksum, the format or the rows, so
//! that data is lost or not found, is damage.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod big_index;
mod big_rows;
mod bti_index;
mod bti_rows;
mod check;
mod checksums;
mod collected;
mod components;
mod filter_check;
mod finding;
mod findings;
mod key_order;
mod meter;
mod report;
mod row_order;
mod row_step;
mod scan;
mod statistics;
mod summary;
pub(in crate::tools) mod value_check;
mod values;
mod where_at;

pub use check::Check;
pub use finding::{Finding, Place, Severity};
pub use meter::Progress;
pub use report::{Report, Verdict};

use std::sync::Arc;

use self::findings::Findings;
use self::meter::Meter;
use self::scan::Scan;
use crate::component::Component;
use crate::component::statistics::Statistics;
use crate::error::{ErrorKind, Result};
use crate::io::SourceExt as _;
use crate::reader::{Files, Sstable};
use crate::version::Version;

const STATISTICS_LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// How to [`verify`].
#[derive(Debug, Clone)]
pub struct VerifyOptions {
    /// Compare checksums alone, without decompressing anything.
    pub quick: bool,
    /// Let a thread read and decompress ahead.
    pub read_ahead: bool,
    /// How many findings of a kind are told; more are counted.
    pub findings_per_check: u64,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { quick: false, read_ahead: false, findings_per_check: 100 }
    }
}

/// Checks the SSTable that `files` are, of the version in their names. `progress` is told of every megabyte or so.
///
/// What is wrong is no error of this function but in the report, a file that cannot be read too.
///
/// # Example
/// ```no_run
/// use std::sync::Arc;
/// use cqlite_sstable::Descriptor;
/// use cqlite_sstable::reader::{Access, DiskFiles};
/// use cqlite_sstable::tools::verify::{Verdict, VerifyOptions, verify};
/// let descriptor = Descriptor::from_file("shop/orders-3f9a/nb-1-big-Data.db".as_ref())?;
/// let files = Arc::new(DiskFiles::new(descriptor.clone(), Access::default()));
/// let report = verify(files, descriptor.version(), &VerifyOptions::default(), &mut |_| {});
/// for finding in report.damages() {
///     println!("{finding}");
/// }
/// assert_eq!(report.verdict, Verdict::Sound);
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
pub fn verify(
    files: Arc<dyn Files>,
    version: Version,
    options: &VerifyOptions,
    progress: &mut dyn FnMut(Progress),
) -> Report {
    let mut findings = Findings::new(Arc::clone(&files), options.findings_per_check);
    let mut meter = Meter::new(progress);
    components::check(&*files, version.format(), &mut findings);
    let data_bytes = files.open(Component::Data).map_or(0, |data| data.len());
    let (partitions, rows) = if options.quick {
        meter.start(data_bytes);
        check_statistics(&*files, version, &mut findings);
        checksums::check(&*files, version, &mut findings, &mut meter);
        (0, 0)
    } else {
        check_all(&files, version, options, &mut findings, &mut meter)
    };
    let verdict = findings.worst().into();
    let (findings, omitted) = findings.into_parts();
    Report { verdict, quick: options.quick, findings, omitted, partitions, rows, data_bytes }
}

/// Whether Statistics.db can be read, its checksums included.
fn check_statistics(files: &dyn Files, version: Version, findings: &mut Findings) {
    let read = || -> Result<()> {
        let source = files.open(Component::Statistics)?;
        Statistics::parse(&source.read_all(STATISTICS_LIMIT_BYTES)?, version)
            .map(|_| ())
            .map_err(|error| error.at(source.path()))
    };
    match read() {
        // That it is missing was told already.
        Err(error) if error.kind() != ErrorKind::Missing => {
            findings.error(Check::Checksums, Component::Statistics, &error);
        }
        _ => {}
    }
}

fn check_all(
    files: &Arc<dyn Files>,
    version: Version,
    options: &VerifyOptions,
    findings: &mut Findings,
    meter: &mut Meter<'_>,
) -> (u64, u64) {
    let sstable = match Sstable::open_files(Box::new(Arc::clone(files)), version) {
        Ok(sstable) => sstable,
        Err(error) => {
            if error.kind() != ErrorKind::Missing {
                findings.error(Check::Format, Component::Statistics, &error);
            }
            // The checksums can be compared even so.
            checksums::check(&**files, version, findings, meter);
            return (0, 0);
        }
    };
    meter.start(sstable.data_length());
    let summary = summary::read(&**files, findings);
    let mut scan = Scan::new(&sstable, summary.as_deref(), findings);
    match scan.run(options, findings, meter) {
        Some(whole) => checksums::compare_digest(&**files, whole, findings),
        None => checksums::check(&**files, version, findings, meter),
    }
    scan.counts()
}
