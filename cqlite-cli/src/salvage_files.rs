//! The files that a salvage writes beside SSTables.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use cqlite_sstable::tools::salvage::{Loss, SalvageSink, Stream};
use cqlite_sstable::types::CqlType;

use crate::progress::Progress;
use crate::salvage_report;

/// The files of one SSTable's salvage, made when something goes into them.
pub struct SalvageFiles {
    stem: PathBuf,
    key_type: CqlType,
    streams: BTreeMap<Stream, BufWriter<File>>,
    lost: Option<BufWriter<File>>,
    paths: Vec<PathBuf>,
    progress: Progress,
}

impl SalvageFiles {
    pub fn new(out: &Path, name: &str, key_type: CqlType) -> Self {
        let mut progress = Progress::new();
        progress.begin(format!("salvaging {name}"));
        let (streams, lost, paths) = (BTreeMap::new(), None, Vec::new());
        Self { stem: out.join(name), key_type, streams, lost, paths, progress }
    }

    fn create(&mut self, end: &str) -> io::Result<BufWriter<File>> {
        let mut path = self.stem.clone().into_os_string();
        path.push(end);
        let path = PathBuf::from(path);
        let file = File::create_new(&path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        self.paths.push(path);
        Ok(BufWriter::new(file))
    }

    /// Syncs them.
    pub fn finish(&mut self) -> io::Result<()> {
        let mut all = self.streams.values_mut().chain(&mut self.lost);
        all.try_for_each(|file| file.flush().and_then(|()| file.get_ref().sync_all()))
    }

    /// Those that were made.
    pub fn paths(self) -> Vec<PathBuf> {
        self.paths
    }
}

impl SalvageSink for SalvageFiles {
    fn write(&mut self, stream: Stream, text: &[u8]) -> io::Result<()> {
        if let Some(file) = self.streams.get_mut(&stream) {
            return file.write_all(text);
        }
        let mut file = self.create(match stream {
            Stream::Recovered => ".jsonl",
            Stream::OutOfOrder => ".out-of-order.jsonl",
            Stream::Suspect => ".suspect.jsonl",
        })?;
        file.write_all(text)?;
        self.streams.insert(stream, file);
        Ok(())
    }

    fn lost(&mut self, loss: &Loss) -> io::Result<()> {
        let mut file = match self.lost.take() {
            Some(file) => file,
            None => self.create(".lost.jsonl")?,
        };
        let line = salvage_report::loss_line(loss, &self.key_type);
        let written = writeln!(file, "{line}");
        self.lost = Some(file);
        written
    }

    fn progress(&mut self, done_bytes: u64, total_bytes: u64) {
        self.progress.at(done_bytes, total_bytes);
    }
}
