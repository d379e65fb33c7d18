//! The types of values.

use std::sync::Arc;

use super::UserType;

/// The type of a column, a key or an element, as Cassandra's `AbstractType` and its subclasses.
///
/// Made from a marshal class name by [`CqlType::parse_marshal`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CqlType {
    /// `AsciiType`
    Ascii,
    /// `LongType`
    BigInt,
    /// `BytesType`
    Blob,
    /// `BooleanType`
    Boolean,
    /// `CounterColumnType`: the value is a counter context
    Counter,
    /// `SimpleDateType`
    Date,
    /// `DateType`: the timestamp of old schemas, ordered by unsigned bytes
    LegacyTimestamp,
    /// `DecimalType`
    Decimal,
    /// `DoubleType`
    Double,
    /// `DurationType`
    Duration,
    /// `EmptyType`: values of zero bytes
    Empty,
    /// `FloatType`
    Float,
    /// `InetAddressType`
    Inet,
    /// `Int32Type`
    Int,
    /// `LegacyTimeUUIDType`: values as of [`CqlType::TimeUuid`]
    LegacyTimeUuid,
    /// `LexicalUUIDType`
    LexicalUuid,
    /// `ShortType`
    SmallInt,
    /// `UTF8Type`
    Text,
    /// `TimeType`
    Time,
    /// `TimestampType`
    Timestamp,
    /// `TimeUUIDType`
    TimeUuid,
    /// `ByteType`
    TinyInt,
    /// `UUIDType`
    Uuid,
    /// `IntegerType`
    Varint,
    /// `ListType`
    List {
        /// The type of the elements.
        element: Arc<CqlType>,
        /// One cell, or a cell for each element.
        frozen: bool,
    },
    /// `SetType`
    Set {
        /// The type of the elements.
        element: Arc<CqlType>,
        /// One cell, or a cell for each element.
        frozen: bool,
    },
    /// `MapType`
    Map {
        /// The type of the keys.
        key: Arc<CqlType>,
        /// The type of the values.
        value: Arc<CqlType>,
        /// One cell, or a cell for each entry.
        frozen: bool,
    },
    /// `TupleType`, always one cell
    Tuple(Arc<[CqlType]>),
    /// `UserType`
    User(Arc<UserType>),
    /// `VectorType`, always one cell
    Vector {
        /// The type of the elements.
        element: Arc<CqlType>,
        /// How many elements each value has.
        dimension: u32,
    },
    /// `CompositeType`: partition keys of several columns, and names of compact storage
    Composite(Arc<[CqlType]>),
    /// `DynamicCompositeType`: alias characters and the types they stand for
    DynamicComposite(Arc<[(char, CqlType)]>),
    /// `ReversedType`: values as of the type inside, in the opposite order
    Reversed(Arc<CqlType>),
    /// `PartitionerDefinedOrder`: the keys of a base table inside an index table, ordered by token
    PartitionerDefinedOrder {
        /// The partitioner's class name.
        partitioner: String,
        /// The type of the base table's key, where the header tells it.
        base: Option<Arc<CqlType>>,
    },
    /// A class that is not known here, by its full text in the header. Its values stay bytes.
    Custom(String),
}

impl CqlType {
    /// The number of bytes of every non-empty value, if they all have the same and carry no length
    /// (`AbstractType.valueLengthIfFixed`).
    pub fn fixed_length(&self) -> Option<usize> {
        match self {
            Self::Boolean => Some(1),
            Self::Int | Self::Float => Some(4),
            Self::BigInt | Self::Double | Self::Timestamp | Self::LegacyTimestamp => Some(8),
            Self::Uuid | Self::TimeUuid | Self::LegacyTimeUuid | Self::LexicalUuid => Some(16),
            Self::Empty => Some(0),
            Self::Reversed(inner) => inner.fixed_length(),
            Self::Vector { element, dimension } => element.fixed_length()?.checked_mul(*dimension as usize),
            _ => None,
        }
    }

    /// Whether the cells of a column of this type have the layout of those of another one, so that each can be decoded as
    /// the other, whatever the values mean.
    pub fn is_laid_out_as(&self, other: &Self) -> bool {
        self.fixed_length() == other.fixed_length() && self.is_multi_cell() == other.is_multi_cell()
    }

    /// Whether a column of this type has a cell for each element or field (`AbstractType.isMultiCell`).
    pub fn is_multi_cell(&self) -> bool {
        match self {
            Self::List { frozen, .. } | Self::Set { frozen, .. } | Self::Map { frozen, .. } => !frozen,
            Self::User(user) => !user.frozen,
            _ => false,
        }
    }

    /// The type of the paths by which the cells of such a column are told apart and ordered
    /// (`CollectionType.nameComparator`, `UserType.nameComparator`); none if it has one cell.
    pub fn cell_path_type(&self) -> Option<&Self> {
        match self {
            Self::List { frozen: false, .. } => Some(&Self::TimeUuid),
            Self::Set { element, frozen: false } => Some(element),
            Self::Map { key, frozen: false, .. } => Some(key),
            Self::User(user) if !user.frozen => Some(&Self::SmallInt),
            _ => None,
        }
    }

    /// The type inside a [`CqlType::Reversed`], or the type itself.
    pub fn without_reversed(&self) -> &Self {
        match self {
            Self::Reversed(inner) => inner,
            other => other,
        }
    }

    /// The same type with one cell for each value, nested types too (`AbstractType.freeze`).
    #[must_use]
    pub fn freeze(&self) -> Self {
        match self {
            Self::List { element, .. } => Self::List { element: Arc::new(element.freeze()), frozen: true },
            Self::Set { element, .. } => Self::Set { element: Arc::new(element.freeze()), frozen: true },
            Self::Map { key, value, .. } => {
                Self::Map { key: Arc::new(key.freeze()), value: Arc::new(value.freeze()), frozen: true }
            }
            Self::User(user) => {
                let mut user = UserType::clone(user);
                user.frozen = true;
                for field in &mut user.fields {
                    field.field_type = field.field_type.freeze();
                }
                Self::User(Arc::new(user))
            }
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_of_one_length_have_the_layout_of_each_other() {
        let list = |frozen| CqlType::List { element: Arc::new(CqlType::Int), frozen };
        assert!(CqlType::Text.is_laid_out_as(&CqlType::Blob) && CqlType::Int.is_laid_out_as(&CqlType::Float));
        assert!(CqlType::Blob.is_laid_out_as(&list(true)) && !CqlType::Blob.is_laid_out_as(&list(false)));
        assert!(!CqlType::Int.is_laid_out_as(&CqlType::Varint));
    }

    #[test]
    fn only_the_types_that_cassandra_stores_without_a_length_are_fixed() {
        let vector = |element| CqlType::Vector { element: Arc::new(element), dimension: 3 };
        assert_eq!(CqlType::Timestamp.fixed_length(), Some(8));
        assert_eq!(CqlType::Reversed(Arc::new(CqlType::Uuid)).fixed_length(), Some(16));
        assert_eq!(vector(CqlType::Float).fixed_length(), Some(12));
        assert_eq!(vector(CqlType::Text).fixed_length(), None);
        for variable in [CqlType::TinyInt, CqlType::SmallInt, CqlType::Date, CqlType::Time, CqlType::Counter]
        {
            assert_eq!(variable.fixed_length(), None, "{variable:?}");
        }
    }
}
