//! The order of partitions, rows and markers, checked while they come.

use crate::encoding::EncodeError;
use crate::error::{Error, Result};
use crate::partitioner::{Partitioner, Token, hash3_x64_128, murmur3_token_of};
use crate::row::{
    Clustering, ClusteringOrder, ClusteringPrefix, ClusteringValue, DeletionTime, Marker, UnfilteredOrder,
};
use crate::types::CqlType;

/// Keys ascend by token, then by their bytes.
#[derive(Debug)]
pub(super) struct KeyOrder {
    partitioner: Partitioner,
    key_type: CqlType,
    key: Vec<u8>,
    token: Option<Token>,
}

impl KeyOrder {
    pub(super) fn new(partitioner: Partitioner, key_type: CqlType) -> Self {
        Self { partitioner, key_type, key: Vec::new(), token: None }
    }

    /// The next key comes. Returns its hash.
    pub(super) fn advance(&mut self, key: &[u8]) -> Result<[u64; 2]> {
        const KEY_LIMIT_BYTES: usize = u16::MAX as usize;
        // The key of an index is a value of a column, which may be empty.
        if key.is_empty() && !matches!(self.partitioner, Partitioner::Local(_)) {
            return Err(Error::invalid_input("a partition has an empty key"));
        }
        if key.len() > KEY_LIMIT_BYTES {
            let told =
                format!("a partition key has {} bytes; at most {KEY_LIMIT_BYTES} are possible", key.len());
            return Err(Error::invalid_input(told).partition(self.text_of(key)));
        }
        let hash = hash3_x64_128(key, 0);
        let token = match &self.partitioner {
            Partitioner::Murmur3 => Token::Murmur3(murmur3_token_of(key, hash)),
            other => other.token(key),
        };
        if let Some(last) = &self.token {
            let order = last.compare(&token).then_with(|| self.key.as_slice().cmp(key));
            if order.is_ge() {
                let (last, next) = (self.text_of(&self.key), self.text_of(key));
                let told = match order {
                    std::cmp::Ordering::Equal => format!("the partition {next} comes twice"),
                    _ => format!("the partition {next} comes behind {last}, in front of which it belongs"),
                };
                return Err(Error::invalid_input(told));
            }
        }
        self.key.clear();
        self.key.extend_from_slice(key);
        self.token = Some(token);
        Ok(hash)
    }

    /// The key that came last.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// The key that came last, for errors.
    pub(super) fn text(&self) -> String {
        self.text_of(&self.key)
    }

    fn text_of(&self, key: &[u8]) -> String {
        text_of(&self.key_type, key)
    }
}

/// Rows and markers as [`UnfilteredOrder`] follows them; any other order is refused.
#[derive(Debug)]
pub(super) struct RowOrder {
    order: UnfilteredOrder,
}

impl RowOrder {
    pub(super) fn new(order: ClusteringOrder) -> Self {
        Self { order: UnfilteredOrder::new(order) }
    }

    /// A partition begins.
    pub(super) fn start(&mut self) {
        self.order.start_partition();
    }

    /// The range deletion that is open behind what came last.
    pub(super) fn open(&self) -> DeletionTime {
        self.order.open()
    }

    /// A row or marker comes.
    #[inline]
    pub(super) fn advance(&mut self, place: ClusteringPrefix<'_>) -> Result<()> {
        if let Some(order) = self.order.misplaced(place) {
            return Err(self.out_of_order(place, order.is_eq()));
        }
        self.order.advance(place);
        Ok(())
    }

    #[cold]
    fn out_of_order(&self, place: ClusteringPrefix<'_>, is_same: bool) -> Error {
        let (last, next) =
            (self.order.last().map(|last| self.text(last)).unwrap_or_default(), self.text(place));
        Error::invalid_input(match is_same {
            true => format!("two rows or markers have the same clustering: {last} and {next}"),
            false => format!("the row or marker {next} comes behind {last}, in front of which it belongs"),
        })
    }

    fn text(&self, (kind, values): ClusteringPrefix<'_>) -> String {
        format!("{} {}", kind.name(), self.values_text(values))
    }

    fn values_text(&self, values: Clustering<'_>) -> String {
        let mut texts = Vec::new();
        for (value, of) in values.iter().zip(self.order.order().types()) {
            texts.push(match value {
                ClusteringValue::Null => "null".to_owned(),
                ClusteringValue::Value(value) => text_of(of, value),
            });
        }
        format!("({})", texts.join(", "))
    }

    /// A marker comes; its place came before.
    pub(super) fn marker(&mut self, marker: &Marker<'_>) -> Result<(), EncodeError> {
        self.order.marker(marker).map_or(Ok(()), |told| Err(EncodeError::Refused(told)))
    }

    /// The partition ends.
    pub(super) fn finish(&self) -> Result<(), EncodeError> {
        self.order.end_partition().map_or(Ok(()), |told| Err(EncodeError::Refused(told)))
    }
}

fn text_of(of: &CqlType, value: &[u8]) -> String {
    let mut text = Vec::new();
    if crate::types::write_string(of, value, &mut text).is_err() {
        text.clear();
        text.extend_from_slice(b"0x");
        crate::types::push_hex(value, &mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}
