//! `cqlite verify`

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use clap::Args;
use cqlite_sstable::reader::{Access, DiskFiles};
use cqlite_sstable::tools::verify::{self, Report, Verdict, VerifyOptions, verify};
use cqlite_sstable::{Component, Descriptor, Error, Result};

use crate::exit::{HELP, Outcome};
use crate::inputs::Inputs;
use crate::progress::Progress;

const EXAMPLES: &str = "\
Examples:
  cqlite verify data/shop/orders-5a1c             everything in a directory
  cqlite verify --quick nb-1-big-Data.db          checksums alone
  cqlite verify -v nb-1-big-Data.db               what is legal but odd, too
  cqlite verify --json data/shop/orders-5a1c | jq -r 'select(.verdict != \"sound\").sstable'

";

/// Check SSTables: every checksum, the order of rows, index, filter and statistics against the rows, and the values
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// Compare checksums alone, without decompressing anything
    #[arg(long)]
    quick: bool,

    /// Print notes, too: what is legal but odd
    #[arg(short = 'v', long)]
    verbose: bool,

    /// One JSON object an SSTable and line
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (tables, outcome) = arguments.inputs.find()?;
    let found: Vec<&Descriptor> = tables.sstables().collect();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(found.len()).max(1);
    let options = VerifyOptions {
        quick: arguments.quick,
        // With one SSTable, another core decompresses.
        read_ahead: cores > threads,
        ..VerifyOptions::default()
    };
    let next = AtomicUsize::new(0);
    let tally = Tally::new(arguments, found.len());
    let mut verdicts = Verdicts::default();
    thread::scope(|scope| {
        let (send, reports) = mpsc::sync_channel(threads);
        for _ in 0..threads {
            let (send, found, options, next, tally) = (send.clone(), &found, &options, &next, &tally);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(descriptor) = found.get(number) else { return };
                    // Nobody takes it if the output cannot be written.
                    if send.send((number, check(descriptor, options, tally))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        print_in_order(arguments, &found, reports, &tally, &mut verdicts).map_err(Error::output)
    })?;
    Ok(verdicts.outcome(outcome))
}

fn check(descriptor: &Descriptor, options: &VerifyOptions, tally: &Tally) -> Report {
    let files = Arc::new(DiskFiles::new(descriptor.clone(), Access::default()));
    let report = verify(files, descriptor.version(), options, &mut |progress| tally.at(progress));
    tally.one_is_done();
    report
}

/// How far all threads have come: in SSTables, or in the bytes of a single one.
struct Tally {
    done: Mutex<(u64, Progress)>,
    sstables: u64,
}

impl Tally {
    fn new(arguments: &Arguments, sstables: usize) -> Self {
        let mut progress = if arguments.json { Progress::beside_output() } else { Progress::new() };
        progress.begin("verifying".to_owned());
        Self { done: Mutex::new((0, progress)), sstables: sstables as u64 }
    }

    fn at(&self, bytes: verify::Progress) {
        if self.sstables == 1 {
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            done.1.at(bytes.done_bytes, bytes.total_bytes);
        }
    }

    fn one_is_done(&self) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, progress) = &mut *done;
        *count += 1;
        if self.sstables > 1 {
            progress.at_sstable(*count, self.sstables);
        }
    }

    /// Takes the bar away, to print something.
    fn hide(&self) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).1.hide();
    }
}

/// Prints the reports in the order of the SSTables, whichever was ready first.
fn print_in_order(
    arguments: &Arguments,
    found: &[&Descriptor],
    reports: mpsc::Receiver<(usize, Report)>,
    tally: &Tally,
    verdicts: &mut Verdicts,
) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (number, report) in reports {
        waiting.insert(number, report);
        while let (Some(report), Some(descriptor)) = (waiting.remove(&next), found.get(next)) {
            let name = descriptor.file(Component::Data).display().to_string();
            verdicts.add(report.verdict);
            tally.hide();
            if arguments.json {
                writeln!(stdout, "{}", report.to_json(&name))?;
            } else {
                write_readable(arguments, &name, &report, &mut stdout)?;
            }
            next += 1;
        }
    }
    if !arguments.json && found.len() > 1 {
        verdicts.write(&mut stdout)?;
    }
    stdout.flush()
}

fn write_readable(
    arguments: &Arguments,
    name: &str,
    report: &Report,
    out: &mut impl Write,
) -> io::Result<()> {
    let what = if report.quick {
        format!("{} bytes; checksums alone were compared", report.data_bytes)
    } else {
        format!("{} partitions, {} rows, {} bytes", report.partitions, report.rows, report.data_bytes)
    };
    let notes = match report.notes().count() {
        0 => String::new(),
        _ if arguments.verbose => String::new(),
        1 => "; 1 note, see -v".to_owned(),
        notes => format!("; {notes} notes, see -v"),
    };
    writeln!(out, "{name}: {} ({what}{notes})", report.verdict.name())?;
    for finding in report.damages() {
        writeln!(out, "  {}: {finding}", finding.severity.name())?;
    }
    if arguments.verbose {
        for finding in report.notes() {
            writeln!(out, "  {}: {finding}", finding.severity.name())?;
        }
    }
    for (check, severity, more) in &report.omitted {
        writeln!(out, "  {}: {more} more of the kind '{}'", severity.name(), check.name())?;
    }
    Ok(())
}

/// How many SSTables there are of each verdict.
#[derive(Default)]
struct Verdicts {
    sound: u64,
    damaged: u64,
    unreadable: u64,
    unsupported: u64,
}

impl Verdicts {
    fn add(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Sound => &mut self.sound,
            Verdict::Damaged => &mut self.damaged,
            Verdict::Unreadable => &mut self.unreadable,
            Verdict::Unsupported => &mut self.unsupported,
        };
        *count += 1;
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{} sound", self.sound)?;
        for (count, what) in
            [(self.damaged, "damaged"), (self.unreadable, "unreadable"), (self.unsupported, "unsupported")]
        {
            if count > 0 {
                write!(out, ", {count} {what}")?;
            }
        }
        writeln!(out)
    }

    /// Damage counts most: it is what one looks for. Then comes what was `found` wrong before.
    fn outcome(&self, found: Outcome) -> Outcome {
        match self {
            Self { damaged: 1.., .. } => Outcome::Damaged,
            Self { unreadable: 1.., .. } => Outcome::Unreadable,
            Self { unsupported: 1.., .. } => found.or(Outcome::Unsupported),
            _ => found,
        }
    }
}
