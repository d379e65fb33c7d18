//! Which files there are, against TOC.txt.

use super::{Check, Findings, Place, Severity};
use crate::component::{Component, toc};
use crate::error::ErrorKind;
use crate::io::SourceExt as _;
use crate::reader::Files;
use crate::version::Format;

const CHECK: Check = Check::Components;
const TOC_LIMIT_BYTES: u64 = 1024 * 1024;

/// Compares the files that are there with what the format needs and what TOC.txt lists. Returns the names of the
/// files.
pub(super) fn check(files: &dyn Files, format: Format, findings: &mut Findings) -> Vec<String> {
    let names = match files.names() {
        Ok(names) => names,
        Err(error) => {
            findings.error(CHECK, Component::Data, &error);
            return Vec::new();
        }
    };
    let is_there = |component: Component| names.iter().any(|name| name == component.file_name());
    let listed = match files.open_if_there(Component::Toc) {
        Ok(None) => {
            findings.note(CHECK, (Component::Toc, Place::Whole), || {
                "the list of components is missing: Cassandra makes it anew from the files".to_owned()
            });
            None
        }
        Ok(Some(source)) => {
            let listed = source.read_all(TOC_LIMIT_BYTES).and_then(|bytes| toc::parse(&bytes));
            listed.map_err(|error| findings.error(CHECK, Component::Toc, &error)).ok()
        }
        Err(error) => {
            findings.error(CHECK, Component::Toc, &error);
            None
        }
    };
    let primary = match format {
        Format::Big => Component::Index,
        Format::Bti => Component::Partitions,
    };
    let has_rows = is_there(Component::Data) && is_there(Component::Statistics);
    for component in [Component::Data, primary, Component::Statistics] {
        if !is_there(component) {
            missing(component, has_rows, findings);
        }
    }
    check_listed(format, listed.as_deref(), &names, findings);
    for name in &names {
        odd(name, listed.as_deref(), findings);
    }
    names
}

/// Without these Cassandra does not open an SSTable.
fn missing(component: Component, has_rows: bool, findings: &mut Findings) {
    // Without Data.db or Statistics.db there is nothing to be said about the SSTable.
    let severity = if has_rows { Severity::Damage } else { Severity::Unreadable };
    let told =
        crate::error::Error::new(ErrorKind::Missing, "the file is missing, and no SSTable is without it")
            .advise("restore it from a snapshot or replica");
    findings.error_as(severity, CHECK, (component, Place::Whole), &told);
}

fn check_listed(format: Format, listed: Option<&[String]>, names: &[String], findings: &mut Findings) {
    let is_there = |wanted: &str| names.iter().any(|name| name == wanted);
    let is_compressed = is_there(Component::CompressionInfo.file_name());
    for name in listed.unwrap_or_default() {
        match Component::from_file_name(name) {
            _ if is_there(name) => {}
            Some(Component::CompressionInfo) => {
                findings.damage(CHECK, (Component::CompressionInfo, Place::Whole), || {
                    "the file is missing, but TOC.txt lists it: without it Data.db cannot be read".to_owned()
                });
            }
            Some(Component::Rows) => findings.damage(CHECK, (Component::Rows, Place::Whole), || {
                "the file is missing, but TOC.txt lists it: without it wide partitions are not found"
                    .to_owned()
            }),
            // Told above.
            Some(Component::Data | Component::Statistics | Component::Index | Component::Partitions) => {}
            Some(component) => findings.note(CHECK, (component, Place::Whole), || {
                "the file is missing, though TOC.txt lists it; Cassandra does without it".to_owned()
            }),
            None => findings.odd_file(
                name,
                "the file is missing, though TOC.txt lists it; of what is in it nothing is known here",
            ),
        }
    }
    for component in Component::ALL.into_iter().filter(|component| component.is_of(format)) {
        let name = component.file_name();
        if listed.is_some_and(|listed| !listed.iter().any(|told| told == name)) && is_there(name) {
            findings.note(CHECK, (Component::Toc, Place::Whole), || {
                format!("the file {name} is there, but TOC.txt does not list it")
            });
        }
    }
    if listed.is_none() && !is_compressed && !is_there(Component::Crc.file_name()) {
        findings.note(CHECK, (Component::Crc, Place::Whole), || {
            "there is neither CompressionInfo.db nor CRC.db: the chunks of Data.db have no checksums"
                .to_owned()
        });
    }
}

/// Leftovers, and what an SSTable of this format has not.
fn odd(name: &str, listed: Option<&[String]>, findings: &mut Findings) {
    if name.ends_with(".tmp") {
        findings
            .odd_file(name, "a leftover of a write that was broken off; Cassandra removes it when it starts");
    } else if Component::from_file_name(name).is_none()
        && listed.is_some_and(|listed| !listed.iter().any(|told| told == name))
    {
        findings.odd_file(name, "no component that is known here, and TOC.txt does not list it");
    }
}
