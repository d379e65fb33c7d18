//! What each SSTable version can hold. Nothing else in this project compares version letters.

use std::fmt;

use crate::error::{Error, Result};

/// The layout of an SSTable's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `big`: Index.db and Summary.db.
    Big,
    /// `bti`: the tries Partitions.db and Rows.db.
    Bti,
}

impl Format {
    /// The format as file names spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Big => "big",
            Self::Bti => "bti",
        }
    }
}

/// The two letters in front of a file name, with what they mean for the bytes
/// (`BigFormat.BigVersion`, `BtiFormat.BtiVersion`).
///
/// Letters do not tell all: pre-releases of Cassandra 4.0 wrote `na` before it had all that it has now. Which of the
/// two an SSTable is, its Statistics.db tells: [`Version::before_transient_replication`].
///
/// They are ordered by what they can hold: `da` is behind all that have the other format.
///
/// # Example
/// ```
/// use cqlite_sstable::{Format, Version};
/// let nb = Version::parse("nb", Format::Big)?;
/// assert!(nb.has_metadata_checksum() && !nb.has_uint_deletion_time());
/// assert!(Version::parse("ms", Format::Big).unwrap_err().to_string().contains("ScyllaDB"));
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    bti: bool,
    letters: [u8; 2],
    /// Written before transient replication, though the letters are `na`.
    before_transient_replication: bool,
}

impl Version {
    /// Recognises a version that can be read.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] for any other, naming whose version it is and what to do instead.
    pub fn parse(letters: &str, format: Format) -> Result<Self> {
        let known = match format {
            Format::Big => {
                matches!(letters, "ma" | "mb" | "mc" | "md" | "me" | "na" | "nb" | "nc" | "oa")
            }
            Format::Bti => letters == "da",
        };
        match letters.as_bytes() {
            [first, second] if known => {
                let bti = matches!(format, Format::Bti);
                Ok(Self { letters: [*first, *second], bti, before_transient_replication: false })
            }
            _ => Err(unsupported(letters, format)),
        }
    }

    /// The version that new SSTables have in place of those of this one: itself, or the last of the same major release, if
    /// nobody writes it any more. All that SSTables of this version have, that one can hold.
    #[must_use]
    pub fn written_as(self) -> Self {
        let letters = match self.letters {
            [b'm', _] => *b"me",
            [b'n', _] => *b"nb",
            letters => letters,
        };
        Self { letters, bti: self.bti, before_transient_replication: false }
    }

    /// The layout of the index.
    pub fn format(self) -> Format {
        if self.bti { Format::Bti } else { Format::Big }
    }

    /// The same letters, as pre-releases of Cassandra 4.0 wrote them before transient replication (CASSANDRA-14404):
    /// without [`Version::has_is_transient`] and with [`Version::has_old_bloom_filter_layout`].
    #[must_use]
    pub fn before_transient_replication(self) -> Self {
        Self { before_transient_replication: true, ..self }
    }

    /// Whether there are files of these letters that pre-releases wrote before transient replication.
    pub(crate) fn has_pre_releases(self) -> bool {
        self.letters == *b"na"
    }

    fn at_least(self, letters: &[u8; 2]) -> bool {
        self.bti || self.letters >= *letters
    }

    /// CompressionInfo.db has a maximum compressed length; longer chunks are stored raw.
    pub fn has_max_compressed_length(self) -> bool {
        self.at_least(b"na")
    }

    /// `ZstdCompressor` is known to releases that read it.
    pub fn has_zstd(self) -> bool {
        self.at_least(b"na")
    }

    /// Releases that read it take time UUIDs for ids, or may: those of `nb` are 4.0 to 5.0, of which 4.1 was the first.
    pub fn has_uuid_ids(self) -> bool {
        self.at_least(b"nb")
    }

    /// Releases that read it know vectors, or may: those of `nb` are 4.0 to 5.0.
    pub fn has_vectors(self) -> bool {
        self.at_least(b"na")
    }

    /// Statistics.db carries checksums.
    pub fn has_metadata_checksum(self) -> bool {
        self.at_least(b"na")
    }

    /// The words of Filter.db have their highest byte first.
    pub fn has_old_bloom_filter_layout(self) -> bool {
        !self.at_least(b"na") || self.before_transient_replication
    }

    /// Statistics.db has `pendingRepair`.
    pub fn has_pending_repair(self) -> bool {
        self.at_least(b"na")
    }

    /// Statistics.db has `isTransient`.
    pub fn has_is_transient(self) -> bool {
        self.at_least(b"na") && !self.before_transient_replication
    }

    /// Statistics.db has the lower bound of the commit log positions.
    pub fn has_commit_log_lower_bound(self) -> bool {
        self.at_least(b"mb")
    }

    /// Statistics.db has the intervals of the commit log positions.
    pub fn has_commit_log_intervals(self) -> bool {
        self.at_least(b"mc")
    }

    /// Statistics.db has the id of the host that wrote the SSTable.
    pub fn has_originating_host_id(self) -> bool {
        let [first, second] = self.letters;
        self.at_least(b"nb") || (first == b'm' && second >= b'e')
    }

    /// The minimum and maximum clusterings in Statistics.db can be trusted (CASSANDRA-14861).
    pub fn has_accurate_min_max(self) -> bool {
        self.at_least(b"md")
    }

    /// Statistics.db has the minimum and maximum clusterings as lists of values.
    pub fn has_legacy_min_max(self) -> bool {
        !self.bti && self.letters < *b"oa"
    }

    /// Statistics.db has the covered clusterings as a slice, with their types.
    pub fn has_improved_min_max(self) -> bool {
        self.at_least(b"oa")
    }

    /// Statistics.db says whether there are partition deletions.
    pub fn has_partition_level_deletions_marker(self) -> bool {
        self.at_least(b"oa")
    }

    /// Statistics.db has the first and the last key.
    pub fn has_key_range(self) -> bool {
        self.at_least(b"oa")
    }

    /// Statistics.db has the fraction of the token space that the SSTable covers.
    pub fn has_token_space_coverage(self) -> bool {
        self.at_least(b"oa")
    }

    /// Differences of 32 bits, of local deletion times and TTLs, may be written with 64. Cassandra 3 cut them off when it
    /// read them, and ScyllaDB writes them so: where nothing expires, against the base `i64::MAX`.
    pub fn has_wide_deltas(self) -> bool {
        !self.at_least(b"na")
    }

    /// Local deletion times are unsigned 32-bit seconds (to the year 2106), partition deletions are stored
    /// in the new form, and negative deltas are decoded as unsigned ones.
    pub fn has_uint_deletion_time(self) -> bool {
        self.at_least(b"oa")
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.letters;
        write!(f, "{}{}", first as char, second as char)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}-{}", self.format().name())
    }
}

/// Says whose version it is. Letters as in the sources of Apache Cassandra, ScyllaDB and DSE.
fn unsupported(letters: &str, format: Format) -> Error {
    let (whose, instead) = match (letters, format) {
        ("hf" | "ia" | "ib" | "ic" | "ja" | "jb" | "ka" | "la" | "lb", _) => {
            ("of Apache Cassandra before 3.0", "run sstableupgrade of Apache Cassandra 3.11 on it first")
        }
        ("ms" | "mt", _) => (
            "of ScyllaDB with a trie index",
            "let ScyllaDB write it anew with 'sstable_format: me', or use 'scylla sstable upgrade'",
        ),
        (_, Format::Bti) if matches!(letters.as_bytes(), [b'a'..=b'c', b'a'..=b'z']) => {
            ("of DataStax Enterprise (trie index)", "export it with the tools of DataStax Enterprise")
        }
        (_, Format::Big) if letters > "oa" => {
            ("of a newer release or another product", "look for a newer cqlite")
        }
        (_, Format::Bti) if letters > "da" => {
            ("of a newer release or another product", "look for a newer cqlite")
        }
        _ => ("unknown", "check that the file was written by Apache Cassandra 3.0 to 5.0"),
    };
    Error::unsupported(format!("the version '{letters}' ({} format) is {whose}", format.name()))
        .advise(instead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_and_old_versions_are_named_as_what_they_are() {
        let said = |letters, format| Version::parse(letters, format).unwrap_err().to_string();
        for old in ["jb", "ka", "la", "lb"] {
            assert!(said(old, Format::Big).contains("before 3.0"), "{old}");
        }
        for scylla in ["ms", "mt"] {
            assert!(said(scylla, Format::Big).contains("ScyllaDB"), "{scylla}");
        }
        for dse in ["aa", "ab", "ac", "ba", "bb", "cc"] {
            assert!(said(dse, Format::Bti).contains("DataStax"), "{dse}");
        }
        assert!(said("zz", Format::Big).contains("newer") && said("db", Format::Bti).contains("newer"));
        assert!(said("fa", Format::Big).contains("unknown"));
    }

    #[test]
    fn every_version_of_cassandra_3_to_5_is_known() {
        for letters in ["ma", "mb", "mc", "md", "me", "na", "nb", "nc", "oa"] {
            let version = Version::parse(letters, Format::Big).unwrap();
            assert_eq!((version.format(), version.to_string().as_str()), (Format::Big, letters));
            assert!(Version::parse(letters, Format::Bti).is_err(), "{letters}");
        }
        let da = Version::parse("da", Format::Bti).unwrap();
        assert_eq!((da.format(), da.to_string().as_str()), (Format::Bti, "da"));
        assert!(Version::parse("da", Format::Big).is_err());
    }

    #[test]
    fn each_capability_begins_with_its_version() {
        type Capability = fn(Version) -> bool;
        let capabilities: [(&str, Capability); 11] = [
            ("mb", Version::has_commit_log_lower_bound),
            ("mc", Version::has_commit_log_intervals),
            ("md", Version::has_accurate_min_max),
            ("me", |version| version.to_string() == "na" || version.has_originating_host_id()),
            ("na", Version::has_max_compressed_length),
            ("na", |version| version.has_pending_repair() && version.has_is_transient()),
            ("na", |version| version.has_metadata_checksum() && !version.has_old_bloom_filter_layout()),
            ("oa", |version| version.has_improved_min_max() && !version.has_legacy_min_max()),
            ("oa", |version| version.has_key_range() && version.has_partition_level_deletions_marker()),
            ("oa", Version::has_uint_deletion_time),
            ("oa", Version::has_token_space_coverage),
        ];
        for letters in ["ma", "mb", "mc", "md", "me", "na", "nb", "nc", "oa"] {
            let version = Version::parse(letters, Format::Big).unwrap();
            for (first, has) in capabilities {
                assert_eq!(has(version), letters >= first, "what {first} brought, of {letters}");
            }
        }
        let da = Version::parse("da", Format::Bti).unwrap();
        assert!(capabilities.iter().all(|(_, has)| has(da)));
    }

    #[test]
    fn na_has_no_host_id_and_before_transient_replication_less() {
        let na = Version::parse("na", Format::Big).unwrap();
        assert!(!na.has_originating_host_id());
        let before = na.before_transient_replication();
        assert!(before.has_pending_repair() && before.has_metadata_checksum());
        assert!(!before.has_is_transient() && before.has_old_bloom_filter_layout());
        assert_eq!(before.to_string(), "na");
    }

    #[test]
    fn new_sstables_have_the_last_version_of_a_release() {
        let written = |letters: &str| {
            let format = if letters == "da" { Format::Bti } else { Format::Big };
            Version::parse(letters, format).unwrap().written_as().to_string()
        };
        assert_eq!(["ma", "mc", "md", "me"].map(written), ["me"; 4]);
        assert_eq!(["na", "nb", "nc"].map(written), ["nb"; 3]);
        assert_eq!(["oa", "da"].map(written), ["oa", "da"]);
    }

    #[test]
    fn capabilities_follow_the_letters() {
        let nb = Version::parse("nb", Format::Big).unwrap();
        let oa = Version::parse("oa", Format::Big).unwrap();
        assert!(nb.has_legacy_min_max() && !nb.has_improved_min_max() && !nb.has_key_range());
        assert!(!oa.has_legacy_min_max() && oa.has_improved_min_max() && oa.has_uint_deletion_time());
        assert!(nb.has_originating_host_id() && oa.has_originating_host_id());
    }
}
