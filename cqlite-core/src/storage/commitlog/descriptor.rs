//! The header of a segment (`CommitLogDescriptor`).

use std::sync::Arc;

use cqlite_sstable::compress::Compressor;
use cqlite_sstable::encoding::Bytes;
use cqlite_sstable::io::{Source, SourceExt as _};
use cqlite_sstable::{Error, Result};
use crc32fast::Hasher;
use serde_json::{Map, Value};

use super::{CommitLogVersion, SegmentName, SegmentRun};

/// Version, id, and the length of the parameters.
const FIXED_BYTES: u32 = 14;
const CHECKSUM_BYTES: u32 = 4;

const COMPRESSION_CLASS: &str = "compressionClass";
const COMPRESSION_PARAMETERS: &str = "compressionParameters";
const ENCRYPTION_CIPHER: &str = "encCipher";
const ENCRYPTION_KEY_ALIAS: &str = "encKeyAlias";

/// Where Cassandra's own compressors are; a header may name them with it or without.
const COMPRESSOR_PACKAGE: &str = "org.apache.cassandra.io.compress.";

/// By what the sections of a segment are compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentCompression {
    /// The compressor.
    pub compressor: Compressor,
    /// Its options, as Cassandra names them.
    pub options: Vec<(String, String)>,
}

impl SegmentCompression {
    /// This compressor with the options that it has by default.
    pub fn new(compressor: Compressor) -> Self {
        Self { compressor, options: Vec::new() }
    }
}

/// What the header of a segment tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitLogDescriptor {
    /// The version.
    pub version: CommitLogVersion,
    /// The id, which is in the file name, too.
    pub id: i64,
    /// By what its sections are compressed; none if they are not.
    pub compression: Option<SegmentCompression>,
    /// Which segment of a run of CQLite it is; none of segments that others wrote.
    pub run: Option<SegmentRun>,
}

impl CommitLogDescriptor {
    /// Reads the header of a segment.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::Corrupt`] if it cannot be read, [`cqlite_sstable::ErrorKind::Unsupported`] for other versions, encrypted
    /// segments and unknown compressors; and failed reads.
    pub fn read(source: &Arc<dyn Source>) -> Result<Self> {
        match read_header(source)? {
            Header::Sound { descriptor, .. } => Ok(descriptor),
            Header::Unreadable(what) => Err(Error::corrupt(what).at(source.path()).offset(0)),
            Header::Unsupported(error) => Err(error),
        }
    }

    /// What the file is named.
    pub fn file_name(&self) -> SegmentName {
        SegmentName { version: self.version.number(), id: self.id }
    }

    /// The bytes of the header.
    ///
    /// # Errors
    /// If the options of the compressor have more than 65,535 bytes.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let parameters = self.parameters();
        let length = u16::try_from(parameters.len()).map_err(|_| {
            Error::invalid_input(format!(
                "the options of the compressor have {} bytes in the header of a segment, where 65,535 have room",
                parameters.len()
            ))
        })?;
        let mut header = self.version.number().to_be_bytes().to_vec();
        header.extend_from_slice(&self.id.to_be_bytes());
        header.extend_from_slice(&length.to_be_bytes());
        header.extend_from_slice(parameters.as_bytes());
        header.extend_from_slice(
            &checksum(self.version.number(), self.id, parameters.as_bytes()).to_be_bytes(),
        );
        Ok(header)
    }

    fn parameters(&self) -> String {
        let mut parameters = Map::new();
        if let Some(compression) = &self.compression {
            let mut options = Map::new();
            for (name, value) in &compression.options {
                options.insert(name.clone(), Value::from(value.as_str()));
            }
            let options = if options.is_empty() { Value::Null } else { Value::Object(options) };
            parameters.insert(COMPRESSION_CLASS.to_owned(), compression.compressor.class_name().into());
            parameters.insert(COMPRESSION_PARAMETERS.to_owned(), options);
        }
        if let Some(run) = &self.run {
            run.put_into(&mut parameters);
        }
        Value::Object(parameters).to_string()
    }
}

/// The halves of the id are swapped, and the length of the parameters has four bytes.
fn checksum(version: i32, id: i64, parameters: &[u8]) -> u32 {
    let [a, b, c, d, e, f, g, h] = id.to_be_bytes();
    let mut hasher = Hasher::new();
    hasher.update(&version.to_be_bytes());
    hasher.update(&[e, f, g, h, a, b, c, d]);
    hasher.update(&(parameters.len() as u32).to_be_bytes());
    hasher.update(parameters);
    hasher.finalize()
}

/// What stands at the beginning of a file.
#[derive(Debug)]
pub(super) enum Header {
    /// A header with a good checksum, of a segment that is supported.
    Sound {
        descriptor: CommitLogDescriptor,
        /// How many bytes it has: the first marker is behind.
        length: u32,
    },
    /// No header, or half of one.
    Unreadable(&'static str),
    /// A sound header of something that is not supported.
    Unsupported(Error),
}

/// Judges the beginning of a file.
pub(super) fn read_header(source: &Arc<dyn Source>) -> Result<Header> {
    const SHORT: Header = Header::Unreadable("the file ends within its header");
    if source.len() < u64::from(FIXED_BYTES) {
        return Ok(SHORT);
    }
    let mut fixed = [0; FIXED_BYTES as usize];
    source.read_exact(&mut fixed, 0)?;
    let mut bytes = Bytes::new(&fixed);
    let (Ok(version), Ok(id), Ok(length)) = (bytes.i32(), bytes.i64(), bytes.u16()) else { return Ok(SHORT) };
    let behind = FIXED_BYTES.saturating_add(u32::from(length)).saturating_add(CHECKSUM_BYTES);
    if source.len() < u64::from(behind) {
        return Ok(SHORT);
    }
    let mut rest = vec![0; usize::from(length).saturating_add(CHECKSUM_BYTES as usize)];
    source.read_exact(&mut rest, u64::from(FIXED_BYTES))?;
    let mut bytes = Bytes::new(&rest);
    let (Ok(parameters), Ok(stored)) = (bytes.take(usize::from(length)), bytes.u32()) else {
        return Ok(SHORT);
    };
    if checksum(version, id, parameters) != stored {
        return Ok(Header::Unreadable("the header fails its checksum"));
    }
    let Ok(parameters) = serde_json::from_slice::<Map<String, Value>>(parameters) else {
        return Ok(Header::Unreadable("the parameters in the header are no JSON object"));
    };
    Ok(match descriptor(version, id, &parameters) {
        Ok(descriptor) => Header::Sound { descriptor, length: behind },
        Err(error) => Header::Unsupported(error.at(source.path())),
    })
}

pub(super) fn unsupported_version(version: i32) -> Error {
    Error::unsupported(format!("segments of version {version} are not supported; versions 6, 7 and 8 are"))
        .advise("have the node that wrote it drained, so that all is in SSTables")
}

fn descriptor(version: i32, id: i64, parameters: &Map<String, Value>) -> Result<CommitLogDescriptor> {
    let version = CommitLogVersion::from_number(version).ok_or_else(|| unsupported_version(version))?;
    if parameters.contains_key(ENCRYPTION_CIPHER) && parameters.contains_key(ENCRYPTION_KEY_ALIAS) {
        return Err(Error::unsupported("the segment is encrypted, which is not supported")
            .advise("have the node that wrote it drained, so that all is in SSTables"));
    }
    let compression = match parameters.get(COMPRESSION_CLASS).and_then(Value::as_str) {
        None => None,
        Some(class) => {
            let name = class.strip_prefix(COMPRESSOR_PACKAGE).unwrap_or(class);
            let compressor = Compressor::from_class_name(name).ok_or_else(|| {
                Error::unsupported(format!("the segment is compressed by '{class}', which is not supported"))
            })?;
            let options = parameters.get(COMPRESSION_PARAMETERS).and_then(Value::as_object);
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let options = options.into_iter().flatten().map(|(name, value)| (name.clone(), text(value)));
            Some(SegmentCompression { compressor, options: options.collect() })
        }
    };
    Ok(CommitLogDescriptor { version, id, compression, run: SegmentRun::of(parameters) })
}

#[cfg(test)]
mod tests {
    use cqlite_sstable::io::MemorySource;

    use super::*;

    fn read(bytes: Vec<u8>) -> Header {
        let source: Arc<dyn Source> = Arc::new(MemorySource::new("CommitLog-7-1.log", bytes));
        read_header(&source).unwrap()
    }

    /// With a checksum that fits.
    fn header(version: i32, parameters: &str) -> Vec<u8> {
        let mut bytes = version.to_be_bytes().to_vec();
        bytes.extend_from_slice(&77_i64.to_be_bytes());
        bytes.extend_from_slice(&(parameters.len() as u16).to_be_bytes());
        bytes.extend_from_slice(parameters.as_bytes());
        bytes.extend_from_slice(&checksum(version, 77, parameters.as_bytes()).to_be_bytes());
        bytes
    }

    #[test]
    fn a_header_is_that_of_cassandra_byte_for_byte() {
        // Of segments of a node of 5.0.9, one plain and one compressed.
        let (version, run) = (CommitLogVersion::V40, None);
        let plain = CommitLogDescriptor { version, id: 0x1a1_fcf9_d24d, compression: None, run };
        assert_eq!(plain.encode().unwrap(), b"\0\0\0\x07\0\0\x01\xa1\xfc\xf9\xd2\x4d\0\x02{}\x43\x2e\0\xab");
        let compressed = CommitLogDescriptor {
            version: CommitLogVersion::V40,
            id: 0x1a1_fcfb_12d7,
            compression: Some(SegmentCompression::new(Compressor::Lz4)),
            run,
        };
        let encoded = compressed.encode().unwrap();
        assert_eq!(
            encoded,
            b"\0\0\0\x07\0\0\x01\xa1\xfc\xfb\x12\xd7\0\x41{\"compressionClass\":\"LZ4Compressor\",\
            \"compressionParameters\":null}\xfa\x95\x15\xef"
        );
        let Header::Sound { descriptor, length } = read(encoded.clone()) else { panic!("it is sound") };
        assert_eq!((descriptor, length as usize), (compressed, encoded.len()));
    }

    #[test]
    fn options_of_the_compressor_and_the_run_come_back() {
        let compression = SegmentCompression {
            compressor: Compressor::Zstd,
            options: vec![("compression_level".to_owned(), "5".to_owned())],
        };
        let (compression, run) = (Some(compression), Some(SegmentRun { id: i64::MAX, number: u64::MAX }));
        let descriptor = CommitLogDescriptor { version: CommitLogVersion::V50, id: 1, compression, run };
        let Header::Sound { descriptor: read, .. } = read(descriptor.encode().unwrap()) else {
            panic!("it is sound")
        };
        assert_eq!(read, descriptor);
    }

    #[test]
    fn any_changed_or_missing_byte_makes_a_header_unreadable() {
        let sound = header(7, "{}");
        for at in 0..sound.len() {
            let mut changed = sound.clone();
            changed[at] ^= 1;
            assert!(matches!(read(changed), Header::Unreadable(_)), "byte {at}");
            assert!(matches!(read(sound[..at].to_vec()), Header::Unreadable(_)), "{at} bytes");
        }
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (version, parameters, named) in [
            (5, "{}", "version 5"),
            (9, "{}", "version 9"),
            (8, r#"{"encCipher":"AES/CBC/PKCS5Padding","encKeyAlias":"a:1","encIV":"00"}"#, "encrypted"),
            (7, r#"{"compressionClass":"com.example.Best"}"#, "com.example.Best"),
        ] {
            let Header::Unsupported(error) = read(header(version, parameters)) else {
                panic!("{parameters}")
            };
            assert!(error.to_string().contains(named), "{error}");
        }
        assert!(matches!(read(header(7, "[]")), Header::Unreadable(_)));
    }
}
