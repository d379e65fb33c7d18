//! How a Data.db is compressed.

use super::Compressor;
use crate::component::CompressionInfo;
use crate::error::{Error, Result};

/// Stands for "however long a compressed chunk is, it is stored compressed".
const NO_LIMIT: u32 = i32::MAX as u32;

/// Where a class name without a package is looked for.
const PACKAGE: &str = "org.apache.cassandra.io.compress.";

/// The compressor of an SSTable with its options, and the length of its chunks (`schema.CompressionParams`).
///
/// # Example
/// ```
/// use cqlite_sstable::compress::{CompressionParameters, Compressor};
/// let default = CompressionParameters::default();
/// assert_eq!((default.compressor(), default.chunk_length_bytes()), (Compressor::Lz4, 16 * 1024));
/// let zstd = CompressionParameters::parse("zstd:5")?.unwrap();
/// assert_eq!(zstd.options(), [("compression_level".to_owned(), "5".to_owned())]);
/// assert_eq!(CompressionParameters::parse("none")?, None);
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompressionParameters {
    compressor: Compressor,
    options: Vec<(String, String)>,
    chunk_length_bytes: u32,
    max_compressed_length_bytes: u32,
}

impl Default for CompressionParameters {
    /// That of Cassandra 5.0: LZ4 in chunks of 16 KiB.
    fn default() -> Self {
        Self::of(Compressor::Lz4)
    }
}

impl CompressionParameters {
    /// A compressor with its default options, in chunks of 16 KiB.
    pub fn of(compressor: Compressor) -> Self {
        Self {
            compressor,
            options: Vec::new(),
            chunk_length_bytes: 16 * 1024,
            max_compressed_length_bytes: NO_LIMIT,
        }
    }

    /// Those that another SSTable was written with.
    ///
    /// # Errors
    /// If its options are none that the compressor has.
    pub fn from_info(info: &CompressionInfo) -> Result<Self> {
        let mut options = info.options.clone();
        // Releases before 3.0 counted it among the compressor's own.
        options.retain(|(name, _)| name != "crc_check_chance");
        Self {
            options,
            chunk_length_bytes: info.chunk_length_bytes,
            max_compressed_length_bytes: info.max_compressed_length_bytes,
            ..Self::of(info.compressor)
        }
        .checked()
    }

    /// Those that a table's option `compression` states; none if it turns compression off. Class names may have their
    /// package, and options their older names.
    ///
    /// # Errors
    /// If the class is not known, an option is none of it, or has a value that it cannot have.
    pub fn from_options<'a>(options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Option<Self>> {
        let (mut class, mut enabled, mut count) = (None, true, 0_usize);
        let (mut chunk_length_kib, mut min_ratio) = (16_u32, 0.0_f64);
        let mut own = Vec::new();
        for (name, value) in options {
            let refused =
                || Error::invalid_input(format!("'{value}' is no value of the compression option '{name}'"));
            count = count.saturating_add(1);
            match name {
                "class" | "sstable_compression" => class = Some(value).filter(|class| !class.is_empty()),
                "enabled" => enabled = value.eq_ignore_ascii_case("true"),
                "chunk_length_in_kb" | "chunk_length_kb" => {
                    chunk_length_kib = value.parse().map_err(|_| refused())?;
                }
                "min_compress_ratio" => min_ratio = value.parse().map_err(|_| refused())?,
                "crc_check_chance" => {}
                _ => own.push((name.to_owned(), value.to_owned())),
            }
        }
        let Some(class) = class.filter(|_| enabled) else {
            return match enabled && !own.is_empty() {
                true => Err(Error::invalid_input("the compression options name no 'class'")),
                false => Ok(None),
            };
        };
        let name = class.strip_prefix(PACKAGE).unwrap_or(class);
        let compressor = Compressor::from_class_name(name).ok_or_else(|| unknown(class))?;
        let made = Self { options: own, ..Self::of(compressor) };
        made.with_chunk_length(chunk_length_kib.saturating_mul(1024))?
            .with_min_compress_ratio(min_ratio)
            .map(Some)
    }

    /// Reads a short form: `lz4`, `snappy`, `deflate`, `zstd`, `noop`; with a level `zstd:5`, `lz4:9` (of the high type);
    /// `none` for no compression.
    ///
    /// # Errors
    /// If it is another word, or a level that the compressor has not.
    pub fn parse(text: &str) -> Result<Option<Self>> {
        let (name, level) = text.split_once(':').map_or((text, None), |(name, level)| (name, Some(level)));
        let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let (compressor, options) = match (name, level) {
            ("none", None) => return Ok(None),
            ("lz4", None) => (Compressor::Lz4, Vec::new()),
            ("lz4", Some(level)) => {
                let high = option("lz4_compressor_type", "high");
                (Compressor::Lz4, vec![high, option("lz4_high_compressor_level", level)])
            }
            ("zstd", None) => (Compressor::Zstd, Vec::new()),
            ("zstd", Some(level)) => (Compressor::Zstd, vec![option("compression_level", level)]),
            ("snappy", None) => (Compressor::Snappy, Vec::new()),
            ("deflate", None) => (Compressor::Deflate, Vec::new()),
            ("noop", None) => (Compressor::Noop, Vec::new()),
            _ => {
                return Err(Error::invalid_input(format!("'{text}' is no compression")).advise(
                    "write lz4, zstd, snappy, deflate, noop or none, with a level as in zstd:5 or lz4:9",
                ));
            }
        };
        Self { options, ..Self::of(compressor) }.checked().map(Some)
    }

    /// With chunks of so many bytes.
    ///
    /// # Errors
    /// If it is no power of two, is below 1 KiB or above 16 MiB.
    pub fn with_chunk_length(self, bytes: u32) -> Result<Self> {
        Self { chunk_length_bytes: bytes, ..self }.checked()
    }

    /// With chunks stored raw that compression does not make smaller by this ratio; 0 for none.
    ///
    /// # Errors
    /// If it is neither 0 nor 1 or more.
    pub fn with_min_compress_ratio(self, ratio: f64) -> Result<Self> {
        if !(ratio == 0.0 || (1.0..f64::INFINITY).contains(&ratio)) {
            return Err(Error::invalid_input(format!(
                "'min_compress_ratio' is {ratio}, but must be 0, or 1 or more"
            )));
        }
        let length = (f64::from(self.chunk_length_bytes) / ratio).min(f64::from(NO_LIMIT)).ceil();
        Ok(Self { max_compressed_length_bytes: length as u32, ..self })
    }

    fn checked(self) -> Result<Self> {
        const CHUNK_LENGTHS: std::ops::RangeInclusive<u32> = 1024..=16 * 1024 * 1024;
        let length = self.chunk_length_bytes;
        if !length.is_power_of_two() || !CHUNK_LENGTHS.contains(&length) {
            return Err(Error::invalid_input(format!(
                "chunks of {length} bytes are not possible: it must be a power of two from 1 KiB to 16 MiB"
            )));
        }
        let made = self.compressor.compressor(&self.options);
        made.map_err(|error| Error::invalid_input(format!("{}: {error}", self.compressor.class_name())))?;
        Ok(self)
    }

    /// The compressor.
    pub fn compressor(&self) -> Compressor {
        self.compressor
    }

    /// The compressor's own options.
    pub fn options(&self) -> &[(String, String)] {
        &self.options
    }

    /// Uncompressed bytes of every chunk but the last.
    pub fn chunk_length_bytes(&self) -> u32 {
        self.chunk_length_bytes
    }

    /// Chunks that would take this many bytes or more are stored raw.
    pub fn max_compressed_length_bytes(&self) -> u32 {
        self.max_compressed_length_bytes
    }

    /// Whether chunks may be stored raw.
    pub fn has_raw_chunks(&self) -> bool {
        self.max_compressed_length_bytes != NO_LIMIT
    }

    /// Without chunks that are stored raw.
    #[must_use]
    pub fn without_raw_chunks(self) -> Self {
        Self { max_compressed_length_bytes: NO_LIMIT, ..self }
    }
}

fn unknown(class: &str) -> Error {
    Error::unsupported(format!(
        "the compressor '{class}' is not known (known are LZ4, Snappy, Deflate, Zstd and Noop)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(options: &[(&str, &str)]) -> Result<Option<CompressionParameters>> {
        CompressionParameters::from_options(options.iter().copied())
    }

    #[test]
    fn the_options_of_a_table_are_understood_with_and_without_package() {
        let long = from(&[
            ("class", "org.apache.cassandra.io.compress.ZstdCompressor"),
            ("chunk_length_in_kb", "64"),
            ("compression_level", "7"),
            ("min_compress_ratio", "1.1"),
        ]);
        let long = long.unwrap().unwrap();
        assert_eq!((long.compressor(), long.chunk_length_bytes()), (Compressor::Zstd, 65_536));
        assert_eq!(long.max_compressed_length_bytes(), 59_579);
        let old = from(&[("sstable_compression", "SnappyCompressor"), ("chunk_length_kb", "4")]);
        assert_eq!(old.unwrap().unwrap().chunk_length_bytes(), 4096);
        assert_eq!(from(&[("enabled", "false")]).unwrap(), None);
        assert_eq!(from(&[("sstable_compression", "")]).unwrap(), None);
        assert_eq!(from(&[]).unwrap(), None);
    }

    #[test]
    fn what_cassandra_refuses_is_refused() {
        for refused in [
            &[("chunk_length_in_kb", "16"), ("compression_level", "3")][..],
            &[("class", "com.example.MyCompressor")],
            &[("class", "LZ4Compressor"), ("chunk_length_in_kb", "3")],
            &[("class", "LZ4Compressor"), ("chunk_length_in_kb", "-1")],
            &[("class", "LZ4Compressor"), ("min_compress_ratio", "0.5")],
            &[("class", "LZ4Compressor"), ("compression_level", "3")],
        ] {
            from(refused).unwrap_err();
        }
        for refused in ["brotli", "zstd:99", "snappy:1", "none:1", ""] {
            CompressionParameters::parse(refused).unwrap_err();
        }
    }
}
