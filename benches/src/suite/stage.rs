//! Where a scenario runs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Arc;
use std::thread;

use cqlite_core::{Database, DatabaseBuilder};
use cqlite_tests::performance::PerformanceMonitor;

use super::child::Order;
use super::listener::Listener;
use super::{NotRun, Scale};
use crate::load::Result;

/// Where a scenario runs: a directory of its own, a monitor, and how much there is to do.
#[derive(Debug)]
pub struct Stage {
    directory: PathBuf,
    scale: Scale,
    monitor: Arc<PerformanceMonitor>,
    order: Order,
    tell: fn(&str),
}

impl Stage {
    /// The stage of an order. What goes on is told by `tell`.
    pub(super) fn new(order: Order, monitor: Arc<PerformanceMonitor>, tell: fn(&str)) -> Self {
        let (directory, scale) = (order.directory.clone(), order.scale);
        Self { directory, scale, monitor, order, tell }
    }

    /// The part that another process of the same scenario has given to this one ([`Stage::start`]); none in the first.
    pub fn role(&self) -> Option<&str> {
        self.order.role.as_deref()
    }

    /// Starts another process of the same scenario in the same directory, which has a role in it. What it prints is of no
    /// use but for its end.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(&self, role: &str) -> Result<Child> {
        self.order.with_role(role).start(&env::current_exe()?)
    }

    /// The directory, which is gone afterwards.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// How much is run.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Takes what is measured.
    pub fn monitor(&self) -> &Arc<PerformanceMonitor> {
        &self.monitor
    }

    /// How often each thing is measured, for the spread.
    pub fn rounds(&self) -> u64 {
        self.scale.of(1, 3, 5)
    }

    /// Clients that keep all cores busy, but for what a database does beside them.
    pub fn busy_clients(&self) -> u64 {
        thread::available_parallelism().map_or(1, |cores| cores.get() as u64)
    }

    /// Says what goes on.
    pub fn tell(&self, step: impl AsRef<str>) {
        (self.tell)(step.as_ref());
    }

    /// An empty directory of that name, in place of what was there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn empty(&self, name: &str) -> Result<PathBuf> {
        let path = self.directory.join(name);
        self.remove(name)?;
        fs::create_dir_all(&path).map_err(|error| format!("cannot make {}: {error}", path.display()))?;
        Ok(path)
    }

    /// Removes what is under that name, to make room.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(&self, name: &str) -> Result<()> {
        let path = self.directory.join(name);
        match path.exists() {
            true => fs::remove_dir_all(&path)
                .map_err(|error| format!("cannot remove {}: {error}", path.display()).into()),
            false => Ok(()),
        }
    }

    /// A database to be opened in a directory. The monitor is told of its flushes and compactions.
    ///
    /// # Errors
    /// If the directory cannot be used.
    pub fn database(&self, directory: &Path) -> Result<DatabaseBuilder> {
        Ok(Database::builder(directory)?.listener(Arc::new(Listener(Arc::clone(&self.monitor)))))
    }

    /// What a real Cassandra needs, or that the scenario cannot be run.
    ///
    /// # Errors
    /// [`NotRun`] where there is no JDK or Maven.
    pub fn cassandra(&self) -> Result<cqlite_tests::cassandra::Cassandra> {
        cqlite_tests::cassandra::Cassandra::find().map_err(|why| {
            NotRun::because(format!("a real Cassandra is needed, and is not there: {why}")).into()
        })
    }
}
