//! Which of the header's columns a row has, and which a reader wants.

use super::{Bytes, DecodeError, write_uvint};

const WORD: usize = u64::BITS as usize;

/// A set of column indexes that is taken apart in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnSet {
    words: Vec<u64>,
    /// The word that is being taken apart; all before it are empty.
    at: usize,
}

impl ColumnSet {
    /// The set of these indexes.
    pub fn from_indexes(indexes: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self::default();
        for index in indexes {
            let (word, bit) = place(index);
            if set.words.len() <= word {
                set.words.resize(word.saturating_add(1), 0);
            }
            if let Some(word) = set.words.get_mut(word) {
                *word |= bit;
            }
        }
        set
    }

    /// Makes it the set of all of `count` columns.
    #[inline]
    pub fn fill(&mut self, count: usize) {
        self.at = 0;
        self.words.clear();
        let mut left = count;
        while left >= WORD {
            self.words.push(u64::MAX);
            left = left.saturating_sub(WORD);
        }
        self.words.push(!(u64::MAX.checked_shl(left as u32).unwrap_or(0)));
    }

    /// Whether `index` is in it.
    #[inline]
    pub fn contains(&self, index: usize) -> bool {
        let (word, bit) = place(index);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// The least index in it.
    #[inline]
    pub fn first(&mut self) -> Option<usize> {
        loop {
            let word = *self.words.get(self.at)?;
            if word != 0 {
                return Some(self.at.wrapping_mul(WORD).wrapping_add(word.trailing_zeros() as usize));
            }
            self.at = self.at.saturating_add(1);
        }
    }

    /// Takes out the least index.
    #[inline]
    pub fn remove_first(&mut self) {
        if let Some(word) = self.words.get_mut(self.at) {
            *word &= word.wrapping_sub(1);
        }
    }

    /// Whether an index is in both.
    #[inline]
    pub fn intersects(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    /// Whether there is none left.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Makes it the empty set of `count` columns.
    #[inline]
    pub fn clear(&mut self, count: usize) {
        self.at = 0;
        self.words.clear();
        self.words.resize(count.div_ceil(WORD).max(1), 0);
    }

    /// Adds `index`, if it is one of the columns that the set was made for.
    #[inline]
    pub fn insert(&mut self, index: usize) {
        self.set(index, true);
    }

    /// How many are in it.
    #[inline]
    pub fn len(&self) -> usize {
        self.words.iter().fold(0, |count, word| count.saturating_add(word.count_ones() as usize))
    }

    #[inline]
    fn set(&mut self, index: usize, present: bool) {
        let (word, bit) = place(index);
        if let Some(word) = self.words.get_mut(word) {
            if present { *word |= bit } else { *word &= !bit }
        }
    }

    /// Reads the columns of a row that has not all `count` of them (`Columns.Serializer.deserializeSubset`):
    /// below 64 columns a bit set of those that are missing; from 64 on how many are missing, then the indexes
    /// of those that are there or of those that are not, whichever are fewer.
    ///
    /// # Errors
    /// As [`Bytes::uvint`], and if a column is named that does not exist.
    pub fn read_subset(&mut self, bytes: &mut Bytes<'_>, count: usize) -> Result<(), DecodeError> {
        const UNKNOWN: DecodeError =
            DecodeError::Invalid("a row names a column that the header does not have");
        let encoded = bytes.uvint()?;
        self.fill(count);
        if encoded == 0 {
            return Ok(());
        }
        if count < WORD {
            let all = self.words.first().copied().unwrap_or(0);
            if encoded & !all != 0 {
                return Err(UNKNOWN);
            }
            if let Some(word) = self.words.first_mut() {
                *word &= !encoded;
            }
            return Ok(());
        }
        let missing = usize::try_from(encoded).unwrap_or(usize::MAX);
        let present = count.checked_sub(missing).ok_or(UNKNOWN)?;
        let lists_present = present < count / 2;
        let listed = if lists_present { present } else { missing };
        if lists_present {
            self.clear(count);
        }
        for _ in 0..listed {
            let index = usize::try_from(bytes.uvint()?).unwrap_or(usize::MAX);
            if index >= count {
                return Err(UNKNOWN);
            }
            self.set(index, lists_present);
        }
        Ok(())
    }

    /// Writes what [`ColumnSet::read_subset`] reads, for a set of less than `count` columns
    /// (`Columns.Serializer.serializeSubset`).
    pub fn write_subset(&self, count: usize, out: &mut Vec<u8>) {
        let present = self.len();
        if count < WORD {
            let all = !(u64::MAX.checked_shl(count as u32).unwrap_or(0));
            write_uvint(all & !self.words.first().copied().unwrap_or(0), out);
            return;
        }
        write_uvint(count.saturating_sub(present) as u64, out);
        let lists_present = present < count / 2;
        for index in (0..count).filter(|index| self.contains(*index) == lists_present) {
            write_uvint(index as u64, out);
        }
    }
}

#[inline]
fn place(index: usize) -> (usize, u64) {
    (index / WORD, 1_u64.wrapping_shl(index as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexes(mut set: ColumnSet) -> Vec<usize> {
        let mut out = Vec::new();
        while let Some(index) = set.first() {
            out.push(index);
            set.remove_first();
        }
        out
    }

    fn read(encoded: &[u8], count: usize) -> Result<Vec<usize>, DecodeError> {
        let mut set = ColumnSet::default();
        set.read_subset(&mut Bytes::new(encoded), count)?;
        Ok(indexes(set))
    }

    #[test]
    fn a_full_set_has_every_index_whatever_the_size() {
        for count in [0, 1, 63, 64, 65, 128, 130] {
            let mut set = ColumnSet::default();
            set.fill(count);
            assert_eq!(indexes(set), (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn below_64_columns_the_missing_ones_are_a_bit_set() {
        assert_eq!(read(&[0b0101], 4), Ok(vec![1, 3]));
        assert_eq!(read(&[0], 3), Ok(vec![0, 1, 2]));
        assert!(read(&[0b1000], 3).is_err());
    }

    #[test]
    fn from_64_columns_on_the_shorter_list_is_stored() {
        assert_eq!(read(&[77, 5, 7, 70], 80), Ok(vec![5, 7, 70]));
        let without: Vec<_> = (0..80).filter(|i| *i != 0 && *i != 79).collect();
        assert_eq!(read(&[2, 0, 79], 80), Ok(without));
        assert!(read(&[2, 0, 0x80, 80], 80).is_err());
        assert!(read(&[0x80, 81], 80).is_err());
    }

    #[test]
    fn subsets_are_written_as_cassandra_chooses_to() {
        let write = |indexes: &[usize], count| {
            let mut set = ColumnSet::default();
            set.clear(count);
            indexes.iter().for_each(|index| set.insert(*index));
            let mut out = Vec::new();
            set.write_subset(count, &mut out);
            out
        };
        assert_eq!(write(&[1, 3], 4), [0b0101]);
        assert_eq!(write(&[], 3), [0b0111]);
        assert_eq!(write(&[5, 7, 70], 80), [77, 5, 7, 70]);
        let half: Vec<usize> = (0..40).collect();
        assert_eq!(write(&half[..39], 80).len(), 1 + 39);
        // Of one half and the other, the missing ones are listed.
        assert_eq!(write(&half, 80), [vec![40], (40..80).collect()].concat());
        for count in [1, 63, 64, 65, 130] {
            for step in [2, 3, 50] {
                let some: Vec<usize> = (0..count).step_by(step).skip(1).collect();
                assert_eq!(read(&write(&some, count), count), Ok(some));
            }
        }
    }

    #[test]
    fn intersection_tells_whether_a_wanted_column_is_left() {
        let wanted = ColumnSet::from_indexes([3, 70]);
        assert!(wanted.contains(70) && !wanted.contains(6));
        assert!(ColumnSet::from_indexes([70]).intersects(&wanted));
        assert!(!ColumnSet::from_indexes([4]).intersects(&wanted));
    }
}
