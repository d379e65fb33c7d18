//! The findings of one run, up to a limit of each kind.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Check, Finding, Place, Severity};
use crate::component::Component;
use crate::error::Error;
use crate::reader::Files;

/// How far back one looks for the same finding.
const LATELY: usize = 8;

/// Collects findings; those beyond a limit of their kind are only counted.
pub(super) struct Findings {
    files: Arc<dyn Files>,
    limit: u64,
    counts: BTreeMap<(Check, Severity), u64>,
    all: Vec<Finding>,
    worst: Severity,
}

impl Findings {
    pub(super) fn new(files: Arc<dyn Files>, limit: u64) -> Self {
        Self { files, limit, counts: BTreeMap::new(), all: Vec::new(), worst: Severity::Note }
    }

    /// Adds what `make` makes, which is not called beyond the limit.
    fn add(&mut self, check: Check, severity: Severity, make: impl FnOnce(PathOf<'_>) -> Finding) {
        self.worst = self.worst.max(severity);
        let count = self.counts.entry((check, severity)).or_default();
        *count = count.saturating_add(1);
        if *count <= self.limit {
            self.all.push(make(PathOf(&*self.files)));
        }
    }

    fn tell(
        &mut self,
        severity: Severity,
        check: Check,
        (component, place): (Component, Place),
        message: impl FnOnce() -> String,
    ) {
        self.add(check, severity, |path| Finding {
            severity,
            check,
            component: Some(component),
            path: path.of(component),
            place,
            partition: None,
            message: message(),
            advice: None,
        });
    }

    /// Something that contradicts.
    pub(super) fn damage(&mut self, check: Check, at: (Component, Place), message: impl FnOnce() -> String) {
        self.tell(Severity::Damage, check, at, message);
    }

    /// Something legal but odd.
    pub(super) fn note(&mut self, check: Check, at: (Component, Place), message: impl FnOnce() -> String) {
        self.tell(Severity::Note, check, at, message);
    }

    /// As [`Self::damage`] or [`Self::note`], in a partition.
    pub(super) fn in_partition(
        &mut self,
        severity: Severity,
        check: Check,
        (component, place): (Component, Place),
        partition: &str,
        message: String,
    ) {
        self.add(check, severity, |path| Finding {
            severity,
            check,
            component: Some(component),
            path: path.of(component),
            place,
            partition: Some(partition.to_owned()),
            message,
            advice: None,
        });
    }

    /// What an error tells, which is about `component` where it does not say otherwise.
    pub(super) fn error(&mut self, check: Check, component: Component, error: &Error) {
        self.error_as(error.kind().into(), check, (component, Place::Whole), error);
    }

    /// As [`Self::error`], with another severity than the error's kind has, and at `place` where it names none.
    pub(super) fn error_as(
        &mut self,
        severity: Severity,
        check: Check,
        (component, place): (Component, Place),
        error: &Error,
    ) {
        self.add(check, severity, |path| {
            let mut finding = Finding::from_error(check, error, path.of(component));
            if finding.place == Place::Whole {
                finding.place = place;
            }
            Finding { severity, component: finding.component.or(Some(component)), ..finding }
        });
    }

    /// As [`Self::error`], at `at` where the error names no offset; one that was told before is not told again.
    pub(super) fn repeated_error(&mut self, check: Check, at: (Component, Place), error: &Error) {
        let severity = Severity::from(error.kind());
        let is_known = |known: &Finding| {
            known.message == error.message()
                && error.byte_offset().is_some_and(|offset| known.place == Place::Offset(offset))
        };
        if !self.all.iter().rev().take(LATELY).any(is_known) {
            self.error_as(severity, check, at, error);
        }
    }

    /// A file that is no component.
    pub(super) fn odd_file(&mut self, name: &str, message: &str) {
        self.add(Check::Components, Severity::Note, |path| Finding {
            severity: Severity::Note,
            check: Check::Components,
            component: None,
            path: path.of(Component::Data).with_file_name(path.stem() + name),
            place: Place::Whole,
            partition: None,
            message: message.to_owned(),
            advice: None,
        });
    }

    /// How many there are of a kind of check, notes apart.
    pub(super) fn damages(&self, check: Check) -> u64 {
        self.counts.get(&(check, Severity::Damage)).copied().unwrap_or(0)
    }

    /// The severity of the worst.
    pub(super) fn worst(&self) -> Severity {
        self.worst
    }

    /// All findings, and how many there are more of a kind.
    pub(super) fn into_parts(self) -> (Vec<Finding>, Vec<(Check, Severity, u64)>) {
        let beyond = |((check, severity), count): ((Check, Severity), u64)| {
            let more = count.saturating_sub(self.limit);
            (more > 0).then_some((check, severity, more))
        };
        (self.all, self.counts.into_iter().filter_map(beyond).collect())
    }
}

/// The paths of the components.
struct PathOf<'a>(&'a dyn Files);

impl PathOf<'_> {
    fn of(&self, component: Component) -> PathBuf {
        self.0.path(component)
    }

    /// What is in front of a component's name.
    fn stem(&self) -> String {
        let path = self.0.path(Component::Data);
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_suffix(Component::Data.file_name()).unwrap_or_default().to_owned()
    }
}
