//! The compressors that Cassandra knows, each behind one trait, with contexts that are used again.

use std::fmt;

mod deflate;
mod lz4;
mod noop;
mod parameters;
mod snappy;
mod zstd;

pub use parameters::CompressionParameters;

/// A compressor by the name that CompressionInfo.db gives it (`io.compress`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compressor {
    /// `LZ4Compressor`
    Lz4,
    /// `SnappyCompressor`
    Snappy,
    /// `DeflateCompressor`
    Deflate,
    /// `ZstdCompressor`
    Zstd,
    /// `NoopCompressor`
    Noop,
}

impl Compressor {
    const ALL: [Self; 5] = [Self::Lz4, Self::Snappy, Self::Deflate, Self::Zstd, Self::Noop];

    /// The compressor with this simple class name.
    pub fn from_class_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|compressor| compressor.class_name() == name)
    }

    /// The simple class name.
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Lz4 => "LZ4Compressor",
            Self::Snappy => "SnappyCompressor",
            Self::Deflate => "DeflateCompressor",
            Self::Zstd => "ZstdCompressor",
            Self::Noop => "NoopCompressor",
        }
    }

    /// A decompressor with a context of its own.
    pub fn decompressor(self) -> Box<dyn Decompressor> {
        match self {
            Self::Lz4 => Box::new(lz4::Lz4),
            Self::Snappy => Box::new(snappy::Snappy::default()),
            Self::Deflate => Box::new(deflate::Deflate::default()),
            Self::Zstd => Box::new(zstd::Zstd::default()),
            Self::Noop => Box::new(noop::Noop),
        }
    }
}

impl Compressor {
    /// A compressor with a context of its own, with the compressor's own options as Cassandra names them.
    ///
    /// # Errors
    /// If an option is none of this compressor, or has a value that it cannot have.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::compress::Compressor;
    /// let mut zstd = Compressor::Zstd.compressor(&[("compression_level".to_owned(), "5".to_owned())])?;
    /// let mut compressed = vec![0; zstd.bound(100)];
    /// let length = zstd.compress(&[7; 100], &mut compressed)?;
    /// let mut again = [0; 100];
    /// assert_eq!(Compressor::Zstd.decompressor().decompress(&compressed[..length], &mut again), Ok(100));
    /// assert!(Compressor::Snappy.compressor(&[("level".to_owned(), "5".to_owned())]).is_err());
    /// # Ok::<(), cqlite_sstable::compress::CompressError>(())
    /// ```
    pub fn compressor(self, options: &[(String, String)]) -> Result<Box<dyn Compress>, CompressError> {
        let mut level = None;
        let mut is_high = false;
        for (name, value) in options {
            let refused = || CompressError::new(format!("'{value}' is no value of its option '{name}'"));
            match (self, name.as_str()) {
                (Self::Lz4, "lz4_compressor_type") => {
                    is_high = match value.as_str() {
                        "fast" => false,
                        "high" => true,
                        _ => return Err(refused()),
                    };
                }
                (Self::Lz4, "lz4_high_compressor_level") => {
                    let parsed = value.parse().ok().filter(|level| lz4::HIGH_LEVELS.contains(level));
                    level = Some(parsed.ok_or_else(refused)?);
                }
                (Self::Zstd, "compression_level") => {
                    let parsed = value.parse().ok();
                    let levels = ::zstd::compression_level_range();
                    level = Some(parsed.filter(|level| levels.contains(level)).ok_or_else(refused)?);
                }
                _ => return Err(CompressError::new(format!("it has no option '{name}'"))),
            }
        }
        Ok(match self {
            Self::Lz4 => {
                let high_level = is_high.then(|| level.unwrap_or(lz4::DEFAULT_HIGH_LEVEL));
                Box::new(lz4::Lz4Compress::new(high_level))
            }
            Self::Snappy => Box::new(snappy::SnappyCompress::default()),
            Self::Deflate => Box::new(deflate::DeflateCompress::default()),
            Self::Zstd => Box::new(zstd::ZstdCompress::new(level.unwrap_or(zstd::DEFAULT_LEVEL))),
            Self::Noop => Box::new(noop::Noop),
        })
    }
}

/// Why a chunk could not be compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompressError(String);

const NO_ROOM: &str = "there is too little room for the compressed chunk";

impl CompressError {
    fn new(message: impl fmt::Display) -> Self {
        Self(message.to_string())
    }
}

impl fmt::Display for CompressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CompressError {}

/// Compresses chunks, one after another.
pub trait Compress: Send {
    /// The most bytes that a chunk of `length` bytes can have when it is compressed.
    fn bound(&self, length: usize) -> usize;

    /// Compresses a whole chunk into the front of `into`, which has room for [`Compress::bound`], and says how many
    /// bytes it has there.
    ///
    /// # Errors
    /// If there is too little room, or the compressor fails.
    fn compress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, CompressError>;
}

/// Why a chunk could not be decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecompressError(String);

impl DecompressError {
    fn new(message: impl fmt::Display) -> Self {
        Self(message.to_string())
    }
}

impl fmt::Display for DecompressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DecompressError {}

/// Decompresses chunks, one after another.
pub trait Decompressor: Send {
    /// Decompresses one whole chunk into the front of `into` and says how many bytes it has.
    ///
    /// # Errors
    /// If the bytes are not what this compressor writes, or have more content than `into` has room.
    fn decompress(&mut self, chunk: &[u8], into: &mut [u8]) -> Result<usize, DecompressError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_compressor_panics_on_foreign_bytes() {
        let mut into = [0; 64];
        for compressor in Compressor::ALL {
            let mut decompressor = compressor.decompressor();
            for length in 0..64_u8 {
                for byte in [0, 1, 0x28, 0x78, 0x7F, 0x80, 0xFF] {
                    let chunk: Vec<u8> = (0..length).map(|i| byte ^ (i.wrapping_mul(37) & 3)).collect();
                    if let Ok(size) = decompressor.decompress(&chunk, &mut into) {
                        assert!(size <= into.len());
                    }
                }
            }
        }
    }

    #[test]
    fn every_chunk_comes_back_whatever_is_in_it() {
        let mut noise = 1_u64;
        let random: Vec<u8> = std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (noise >> 56) as u8
        })
        .take(65_536)
        .collect();
        for compressor in Compressor::ALL {
            let (mut compress, mut decompress) =
                (compressor.compressor(&[]).unwrap(), compressor.decompressor());
            for length in [0, 1, 100, 16_384, 65_536] {
                for chunk in [&random[..length], &vec![b'a'; length]] {
                    let mut stored = vec![0xAA; compress.bound(length)];
                    let size = compress.compress(chunk, &mut stored).unwrap();
                    let mut again = vec![0; length];
                    assert_eq!(decompress.decompress(&stored[..size], &mut again), Ok(length));
                    assert_eq!(again, chunk, "{compressor:?}");
                }
            }
        }
    }

    #[test]
    fn options_are_those_of_cassandra() {
        let with = |compressor: Compressor, name: &str, value: &str| {
            compressor.compressor(&[(name.to_owned(), value.to_owned())]).is_ok()
        };
        assert!(with(Compressor::Lz4, "lz4_compressor_type", "high"));
        assert!(!with(Compressor::Lz4, "lz4_compressor_type", "higher"));
        assert!(with(Compressor::Lz4, "lz4_high_compressor_level", "17"));
        assert!(!with(Compressor::Lz4, "lz4_high_compressor_level", "18"));
        assert!(with(Compressor::Zstd, "compression_level", "-5"));
        assert!(!with(Compressor::Zstd, "compression_level", "23"));
        assert!(!with(Compressor::Deflate, "compression_level", "3"));
    }

    #[test]
    fn names_are_those_of_cassandra() {
        assert_eq!(Compressor::from_class_name("ZstdCompressor"), Some(Compressor::Zstd));
        assert_eq!(Compressor::from_class_name("ZstdDictionaryCompressor"), None);
    }
}
