//! One thing that is measured.

use cqlite_tests::performance::Target;

use super::{Scale, Stage, SuiteName};
use crate::load::Result;

/// One thing that is measured.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// The suite that it is of.
    pub suite: SuiteName,
    /// Its name in the suite.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// The default targets that it measures.
    pub targets: &'static [&'static str],
    /// The targets that are its own: most scenarios have none.
    pub own_targets: fn() -> Vec<Target>,
    /// Whether it takes too long to be run quickly.
    pub is_long: bool,
    /// Whether what it measures is of a whole process, which is run several times for the spread.
    pub is_of_process: bool,
    /// Whether its allocator is told to be sparing, as `docs/database.md` advises where memory is scarce.
    pub is_sparing: bool,
    /// Runs it.
    pub run: fn(&Stage) -> Result<()>,
}

impl Scenario {
    /// A scenario without targets that is run at every scale.
    pub const fn new(
        suite: SuiteName,
        name: &'static str,
        about: &'static str,
        run: fn(&Stage) -> Result<()>,
    ) -> Self {
        Self {
            suite,
            name,
            about,
            targets: &[],
            own_targets: Vec::new,
            is_long: false,
            is_of_process: false,
            is_sparing: false,
            run,
        }
    }

    /// With the default targets that it measures.
    #[must_use]
    pub const fn measuring(self, targets: &'static [&'static str]) -> Self {
        Self { targets, ..self }
    }

    /// With targets of its own.
    #[must_use]
    pub const fn with_own_targets(self, own_targets: fn() -> Vec<Target>) -> Self {
        Self { own_targets, ..self }
    }

    /// Left out where all has to be quick.
    #[must_use]
    pub const fn long(self) -> Self {
        Self { is_long: true, ..self }
    }

    /// Run several times: what it measures is of a whole process.
    #[must_use]
    pub const fn of_process(self) -> Self {
        Self { is_of_process: true, ..self }
    }

    /// With an allocator that is told to be sparing.
    #[must_use]
    pub const fn sparing(self) -> Self {
        Self { is_sparing: true, ..self }
    }

    /// How many processes run it.
    pub fn processes(&self, scale: Scale) -> u64 {
        if self.is_of_process { scale.of(1, 2, 3) } else { 1 }
    }

    /// Its name with that of its suite: `load/open-loop`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.suite, self.name)
    }

    /// Whether it belongs to a run of that scale.
    pub fn is_of(&self, scale: Scale) -> bool {
        scale == Scale::Full || !self.is_long
    }
}
