//! Which partitions a dump shows.

use std::collections::HashSet;

use super::DumpOptions;
use crate::component::statistics::SerializationHeader;
use crate::error::{Error, Result};
use crate::partitioner::{Partitioner, Token};
use crate::types::{CqlType, parse_string, write_string};

/// Tells by its key whether a partition is shown: `-k` and `-x` of `sstabledump`.
pub(super) struct KeyFilter {
    key_type: CqlType,
    partitioner: Partitioner,
    /// The tokens of the wanted keys. The tool looks up tokens, so another key of the same token shows, too.
    tokens: Option<Vec<Token>>,
    excluded: HashSet<Vec<u8>>,
}

impl KeyFilter {
    pub(super) fn new(
        header: &SerializationHeader,
        partitioner: Partitioner,
        options: &DumpOptions,
    ) -> Result<Self> {
        let excluded: HashSet<Vec<u8>> =
            options.excluded_keys.iter().map(|key| key.clone().into_bytes()).collect();
        let mut tokens = None;
        if !options.keys.is_empty() && options.format != super::DumpFormat::Keys {
            let wanted = options.keys.iter().filter(|key| !excluded.contains(key.as_bytes()));
            let parsed: Result<Vec<Token>> = wanted
                .map(|text| {
                    let key = parse_string(&header.key_type, text).map_err(|error| {
                        Error::invalid_input(format!("the key '{text}' cannot be looked up: {error}"))
                    })?;
                    Ok(partitioner.token(&key))
                })
                .collect();
            tokens = Some(parsed?);
        }
        let excluded = if options.format == super::DumpFormat::Keys { HashSet::new() } else { excluded };
        Ok(Self { key_type: header.key_type.clone(), partitioner, tokens, excluded })
    }

    /// The tokens of the wanted keys; none if all partitions are looked at.
    pub(super) fn tokens(&self) -> Option<&[Token]> {
        self.tokens.as_deref()
    }

    pub(super) fn accepts(&self, key: &[u8]) -> bool {
        if let Some(tokens) = &self.tokens
            && !tokens.contains(&self.partitioner.token(key))
        {
            return false;
        }
        if self.excluded.is_empty() {
            return true;
        }
        let mut text = Vec::new();
        write_string(&self.key_type, key, &mut text).is_err() || !self.excluded.contains(&text)
    }
}
