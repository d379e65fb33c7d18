//! Rewriting the SSTables of each table.

use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use cqlite_sstable::find::{Found, FoundTable};
use cqlite_sstable::reader::{Access, Sstable};
use cqlite_sstable::tools::rewrite::{RewriteJob, RewriteReport, RewriteStep, check_place, output_place};
use cqlite_sstable::tools::salvage::{SalvageReport, SalvagedInputs, is_damaged};
use cqlite_sstable::writer::Operation;
use cqlite_sstable::{Descriptor, Error, Result, Version};

use crate::exit::Outcome;
use crate::loss_lists::LossLists;
use crate::progress::Progress;
use crate::rewriting::{Done, OutputArguments, name, refuse_shared_place};
use crate::salvage_files::SalvageFiles;
use crate::terminal::{self, Told};

/// The arguments that all verbs share that write SSTables anew.
#[derive(Args)]
pub struct RewriteArguments {
    /// Take of a damaged input what can be read, as salvage does, and tell what is lost, instead of stopping; deletions
    /// that are lost with it may let older data reappear
    #[arg(long)]
    skip_damaged: bool,

    #[command(flatten)]
    output: OutputArguments,
}

/// What a verb does with the SSTables of one table.
pub type Run<'a> =
    dyn FnMut(&FoundTable, &RewriteJob<'_>, &mut dyn FnMut(RewriteStep<'_>)) -> Result<Done> + 'a;

impl RewriteArguments {
    /// Runs `run` for each table that was found. The version of the outputs is `to`, or the newest of the inputs.
    pub fn for_each_table(
        &self,
        (found, mut outcome): (Found, Outcome),
        operation: Operation,
        to: Option<Version>,
        run: &mut Run<'_>,
    ) -> Result<Outcome> {
        let tables: Vec<&FoundTable> =
            found.tables.iter().filter(|table| !table.sstables.is_empty()).collect();
        refuse_shared_place(&self.output.out, &tables)?;
        let mut stdout = Told(io::stdout().lock());
        for table in tables {
            match self.one_table(table, operation, to, run, &mut stdout) {
                Ok(of_table) => outcome = outcome.or(of_table),
                Err(error) => {
                    terminal::error(&error);
                    outcome = outcome.or(Outcome::from(&error));
                }
            }
        }
        stdout.flush().map_err(Error::output)?;
        Ok(outcome)
    }

    fn one_table(
        &self,
        table: &FoundTable,
        operation: Operation,
        to: Option<Version>,
        run: &mut Run<'_>,
        stdout: &mut impl Write,
    ) -> Result<Outcome> {
        if let Some(obstacle) = table.obstacles().first() {
            return Err(Error::new(obstacle.kind(), obstacle.to_string()));
        }
        let Some(first) = table.sstables.first() else { return Ok(Outcome::Success) };
        let newest = table.sstables.iter().map(Descriptor::version).max();
        let version = to.or(newest.map(Version::written_as)).unwrap_or_else(|| first.version());
        let place = output_place(&self.output.out, first);
        let mut skipped = Skipped::default();
        let mut lists = LossLists::new(&self.output.out);
        let salvage = || self.salvage(table, &place, &mut skipped, &mut lists);
        let salvaged = self.skip_damaged.then(salvage).transpose()?;
        let job = RewriteJob {
            inputs: salvaged.as_ref().map_or(&table.sstables, SalvagedInputs::sstables),
            named: &table.sstables,
            place: &place,
            operation,
            options: self.output.options(version),
            first_id: self.output.first_id,
            verifies: !self.output.no_verify,
        };
        let mut progress = if self.output.json { Progress::beside_output() } else { Progress::new() };
        progress.begin(table.title());
        let mut step = |step: RewriteStep<'_>| match step {
            RewriteStep::Read { done_bytes, total_bytes } => progress.at(done_bytes, total_bytes),
            RewriteStep::Verifying(written) => progress.begin(format!("verifying {}", name(written))),
        };
        let mut done = match job.inputs {
            [] => Done::new(RewriteReport::default(), vec!["nothing could be recovered".to_owned()]),
            _ => run(table, &job, &mut step)?,
        };
        progress.hide();
        lists.keep();
        done.damaged_inputs = skipped.sstables;
        done.notes.extend(skipped.notes);
        done.write(table, self.output.json, stdout).map_err(Error::output)?;
        Ok(if skipped.is_lossy { Outcome::Damaged } else { Outcome::Success })
    }

    /// The inputs of a table, with what can be read of the damaged ones in their places.
    fn salvage(
        &self,
        table: &FoundTable,
        place: &Path,
        skipped: &mut Skipped,
        lists: &mut LossLists,
    ) -> Result<SalvagedInputs> {
        check_place(place, &table.sstables)?;
        let mut inputs = SalvagedInputs::beside(&self.output.out)?;
        for descriptor in &table.sstables {
            if !is_damaged(descriptor)? {
                inputs.keep(descriptor);
                continue;
            }
            let sstable = Sstable::open_descriptor(descriptor, Access::default())?;
            let (name, key_type) = (lists.name(descriptor), sstable.header().key_type.clone());
            let mut files = SalvageFiles::new(lists.directory()?, &name, key_type);
            let salvaged = inputs.salvage(descriptor, &sstable, &mut files);
            let finished = files.finish().map_err(Error::output);
            let paths = files.paths();
            lists.add(paths.clone());
            skipped.add(descriptor, &salvaged?.report);
            finished?;
            skipped
                .notes
                .extend(paths.iter().map(|path| format!("what is lost or suspect: {}", path.display())));
        }
        Ok(inputs)
    }
}

/// What is to be told of damaged inputs.
#[derive(Default)]
struct Skipped {
    sstables: u64,
    is_lossy: bool,
    notes: Vec<String>,
}

impl Skipped {
    fn add(&mut self, descriptor: &Descriptor, report: &SalvageReport) {
        self.sstables = self.sstables.saturating_add(1);
        self.is_lossy |= report.gaps > 0 || report.lost_partitions > 0 || report.suspect.rows > 0;
        self.notes.push(format!(
            "{descriptor} is damaged: {} rows are recovered; {} bytes in {} gaps are lost, about {} rows, and {} rows \
             are suspect and left out",
            report.recovered.rows.saturating_add(report.out_of_order.rows),
            report.lost_bytes,
            report.gaps,
            report.estimated_lost_rows,
            report.suspect.rows,
        ));
        if report.gaps > 0 {
            self.notes.push("deletions in the gaps are lost too: older data may reappear".to_owned());
        }
    }
}
