//! `cqlite set`

use std::io::{self, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{ArgGroup, Args};
use cqlite_sstable::find::FoundTable;
use cqlite_sstable::io::DiskDirectory;
use cqlite_sstable::tools::set::{Change, Plan, RepairChange};
use cqlite_sstable::{Component, Descriptor, Error, Result};

use crate::exit::{HELP, Outcome};
use crate::inputs::Inputs;
use crate::terminal::{self, Told};

const EXAMPLES: &str = "\
Examples:
  cqlite set --level 0 data/shop/orders-5a1c                 what would change
  cqlite set --level 0 --yes data/shop/orders-5a1c           change it
  cqlite set --unrepaired --yes nb-1-big-Data.db
  cqlite set --repaired-at now --yes nb-1-big-Data.db

No node may run on the files: it would not see the change, and might undo it.

";

/// Change level and repair state of SSTables in place: of all verbs the one that changes its inputs
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
#[command(group = ArgGroup::new("repair").args(["repaired_at", "unrepaired", "pending_repair", "no_pending_repair"]))]
#[command(group = ArgGroup::new("change").required(true).multiple(true)
    .args(["level", "repaired_at", "unrepaired", "pending_repair", "no_pending_repair"]))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// The level in leveled compaction, 0 to 8
    #[arg(long, value_name = "N")]
    level: Option<i32>,

    /// Repaired at this time, in milliseconds since 1970, or 'now'
    #[arg(long, value_name = "TIMESTAMP", value_parser = repaired_at)]
    repaired_at: Option<i64>,

    /// Not repaired
    #[arg(long)]
    unrepaired: bool,

    /// Not yet repaired: a repair of this session, a time UUID, is pending
    #[arg(long, value_name = "UUID", value_parser = session)]
    pending_repair: Option<[u8; 16]>,

    /// No repair is pending
    #[arg(long)]
    no_pending_repair: bool,

    /// Change the files; without it, what would change is told
    #[arg(long)]
    yes: bool,
}

impl Arguments {
    fn change(&self) -> Change {
        let repair = match (self.repaired_at, self.pending_repair) {
            (Some(millis), _) => Some(RepairChange::Repaired(millis)),
            (None, Some(session)) => Some(RepairChange::Pending(session)),
            (None, None) if self.unrepaired => Some(RepairChange::Unrepaired),
            (None, None) => self.no_pending_repair.then_some(RepairChange::NoPending),
        };
        Change { level: self.level, repair }
    }
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (found, mut outcome) = arguments.inputs.find()?;
    for table in &found.tables {
        refuse_unfinished(table)?;
        if table.is_live {
            terminal::warning(format!(
                "{}: a node runs here or did not stop cleanly; a running node does not see the change, and may undo it",
                table.place().display()
            ));
        }
    }
    // What cannot be changed is known before anything is.
    let change = arguments.change();
    let mut plans = Vec::new();
    for descriptor in found.sstables() {
        match plan(descriptor, &change) {
            Ok(plan) => plans.push((descriptor, plan)),
            Err(error) => {
                terminal::error(&error);
                outcome = outcome.or(Outcome::from(&error));
            }
        }
    }
    if outcome != Outcome::Success {
        terminal::error("nothing was changed");
        return Ok(outcome);
    }
    let mut stdout = Told(io::stdout().lock());
    for (descriptor, plan) in &plans {
        if arguments.yes {
            plan.carry_out(&DiskDirectory::new(descriptor.directory()))?;
        }
        let name = descriptor.file(Component::Data);
        writeln!(stdout, "{}: {plan}", name.display()).map_err(Error::output)?;
    }
    if !arguments.yes && plans.iter().any(|(_, plan)| plan.changes()) {
        terminal::error("nothing was changed: with --yes it is");
        return Ok(Outcome::Usage);
    }
    Ok(Outcome::Success)
}

fn plan(descriptor: &Descriptor, change: &Change) -> Result<Plan> {
    let directory = DiskDirectory::new(descriptor.directory());
    let name = format!("{}-{}", descriptor.stem(), Component::Statistics);
    Plan::new(&directory, &name, descriptor.version(), change)
}

/// A transaction that is not finished is undone or completed by the next start of Cassandra, which compares the times of
/// files with those that it noted down.
fn refuse_unfinished(table: &FoundTable) -> Result<()> {
    if table.left_out().is_empty() && table.obstacles().is_empty() {
        return Ok(());
    }
    table.obstacles().iter().for_each(terminal::error);
    let told = "the table has a transaction that is not finished, or it cannot be told what belongs to it";
    Err(Error::invalid_input(told)
        .at(table.place())
        .advise("start Cassandra on it and stop it again, or name the SSTables of a snapshot"))
}

fn repaired_at(text: &str) -> std::result::Result<i64, String> {
    if text == "now" {
        return Ok(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64));
    }
    text.parse().map_err(|_| "neither 'now' nor a number of milliseconds since 1970".to_owned())
}

/// A UUID made of a time, as the sessions of repairs have it.
fn session(text: &str) -> std::result::Result<[u8; 16], String> {
    let digits: String = text.split('-').collect();
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let number = u128::from_str_radix(&digits, 16).ok().filter(|_| !digits.starts_with('+'));
    match number.map(u128::to_be_bytes) {
        Some(bytes) if groups == [8, 4, 4, 4, 12] && bytes.get(6).is_some_and(|byte| byte >> 4 == 1) => {
            Ok(bytes)
        }
        Some(_) if groups == [8, 4, 4, 4, 12] => {
            Err("not a UUID of version 1, which is made of a time".to_owned())
        }
        _ => Err("not a UUID such as 5a1c395e-b41f-11e5-9f22-ba0be0483c18".to_owned()),
    }
}
