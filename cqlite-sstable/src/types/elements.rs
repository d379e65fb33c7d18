//! The elements inside values of composed types.

use std::borrow::Cow;
use std::iter::FusedIterator;

use crate::encoding::Bytes;

use super::{CqlType, InvalidValue};

/// Walks over the elements of a frozen collection, the fields of a tuple or the elements of a vector.
///
/// `None` is a null element. Each length is checked against the bytes; the first one that does not fit, or
/// bytes behind the last element, is the last item, an error. Nothing is allocated.
///
/// # Example
/// ```
/// use cqlite_sstable::types::Elements;
/// let list = [0, 0, 0, 2, 0, 0, 0, 1, 7, 0xFF, 0xFF, 0xFF, 0xFF];
/// let elements: Result<Vec<_>, _> = Elements::of_collection(&list)?.collect();
/// assert_eq!(elements?, [Some(&[7][..]), None]);
/// # Ok::<(), cqlite_sstable::types::InvalidValue>(())
/// ```
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    bytes: Bytes<'a>,
    left: usize,
    length: Length,
    may_end_early: bool,
}

/// Where an element's length comes from.
#[derive(Debug, Clone, Copy)]
enum Length {
    Int,
    Vint,
    Fixed(usize),
}

impl<'a> Elements<'a> {
    /// The elements of a list or set.
    ///
    /// # Errors
    /// If the number of elements is missing, or larger than the bytes can hold.
    pub fn of_collection(value: &'a [u8]) -> Result<Self, InvalidValue> {
        Self::counted(value, 1)
    }

    /// The keys and values of a map in turns.
    ///
    /// # Errors
    /// As [`Elements::of_collection`].
    pub fn of_map(value: &'a [u8]) -> Result<Self, InvalidValue> {
        Self::counted(value, 2)
    }

    /// The fields of a tuple or user-defined type. A value that was written when the type had fewer fields
    /// ends early, which is no error.
    pub fn of_tuple(value: &'a [u8], fields: usize) -> Self {
        Self { bytes: Bytes::new(value), left: fields, length: Length::Int, may_end_early: true }
    }

    /// The elements of a vector.
    pub fn of_vector(value: &'a [u8], element: &CqlType, dimension: u32) -> Self {
        let length = element.fixed_length().map_or(Length::Vint, Length::Fixed);
        Self { bytes: Bytes::new(value), left: dimension as usize, length, may_end_early: false }
    }

    /// The whole elements of a collection, `each` for each that it counts, and the number that it says to have.
    /// For [`Elements::next_whole`]: nothing is checked.
    pub(super) fn of_whole(value: &'a [u8], each: usize) -> (Self, i32) {
        let mut bytes = Bytes::new(value);
        let count = bytes.i32().unwrap_or(i32::MIN);
        let left = usize::try_from(count).unwrap_or(0).saturating_mul(each);
        (Self { bytes, left, length: Length::Int, may_end_early: false }, count)
    }

    /// The next element, or nothing behind the last and where one is cut off.
    #[inline]
    pub(super) fn next_whole(&mut self) -> Option<Option<&'a [u8]>> {
        self.left = self.left.checked_sub(1)?;
        let element = self.read();
        if element.is_none() {
            self.left = 0;
        }
        element
    }

    fn counted(value: &'a [u8], each: usize) -> Result<Self, InvalidValue> {
        let mut bytes = Bytes::new(value);
        let count =
            bytes.i32().map_err(|_| InvalidValue::new("a collection's number of elements is missing"))?;
        // Cassandra takes a negative number for none.
        let left = usize::try_from(count).unwrap_or(0).saturating_mul(each);
        if left > bytes.remaining() / 4 {
            return Err(InvalidValue::new(format!(
                "a collection is said to have {count} elements, more than its {} bytes can hold",
                value.len()
            )));
        }
        Ok(Self { bytes, left, length: Length::Int, may_end_early: false })
    }

    /// Items that are still to come, if all is sound and the value does not end early.
    pub fn remaining(&self) -> usize {
        self.left
    }

    fn read(&mut self) -> Option<Option<&'a [u8]>> {
        let length = match self.length {
            Length::Fixed(length) => length,
            Length::Vint => self.bytes.length().ok()?,
            Length::Int => match usize::try_from(self.bytes.i32().ok()?) {
                Ok(length) => length,
                Err(_) => return Some(None),
            },
        };
        self.bytes.take(length).ok().map(Some)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Option<&'a [u8]>, InvalidValue>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left > 0 && !(self.may_end_early && self.bytes.remaining() == 0) {
            self.left -= 1;
            let element = self.read();
            if element.is_none() {
                self.left = 0;
                self.bytes = Bytes::new(&[]);
            }
            return Some(
                element.ok_or_else(|| InvalidValue::new("an element runs past the end of its value")),
            );
        }
        self.left = 0;
        let extra = self.bytes.remaining();
        self.bytes = Bytes::new(&[]);
        (extra > 0).then(|| {
            Err(InvalidValue::new(format!("{extra} bytes are left behind the last element of a value")))
        })
    }
}

impl FusedIterator for Elements<'_> {}

/// One component of a composite value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompositeComponent<'a> {
    /// The type by which `value` is to be read.
    pub component_type: Cow<'a, CqlType>,
    /// How a dynamic composite names the type: an alias character or a class name.
    pub type_name: Option<Cow<'a, str>>,
    /// The value.
    pub value: &'a [u8],
    /// 0; in bounds of queries −1 (before) or 1 (after everything that begins so).
    pub end_of_component: i8,
}

/// Walks over the components of a `CompositeType` or `DynamicCompositeType` value. After an error there are no
/// more items.
#[derive(Debug, Clone)]
pub struct CompositeComponents<'a> {
    bytes: Bytes<'a>,
    types: Types<'a>,
    is_static: bool,
}

#[derive(Debug, Clone)]
enum Types<'a> {
    Fixed(std::slice::Iter<'a, CqlType>),
    Aliases(&'a [(char, CqlType)]),
}

impl<'a> CompositeComponents<'a> {
    /// The components of a `CompositeType` value: each type belongs to the component at its place.
    pub fn new(value: &'a [u8], types: &'a [CqlType]) -> Self {
        let is_static = value.starts_with(&[0xFF, 0xFF]);
        let start = if is_static { 2 } else { 0 };
        Self { bytes: Bytes::from(value, start), types: Types::Fixed(types.iter()), is_static }
    }

    /// The components of a `DynamicCompositeType` value, each of which names its type.
    pub fn dynamic(value: &'a [u8], aliases: &'a [(char, CqlType)]) -> Self {
        Self { bytes: Bytes::new(value), types: Types::Aliases(aliases), is_static: false }
    }

    /// Whether the value begins with the marker that names of static columns had in Cassandra 2.
    pub fn is_static(&self) -> bool {
        self.is_static
    }

    fn read(&mut self) -> Result<CompositeComponent<'a>, InvalidValue> {
        let (component_type, type_name) = match &mut self.types {
            Types::Fixed(types) => {
                let next =
                    types.next().ok_or_else(|| InvalidValue::new("a composite has too many components"))?;
                (Cow::Borrowed(next), None)
            }
            Types::Aliases(aliases) => {
                let (component_type, name) = dynamic_type(&mut self.bytes, aliases)?;
                (component_type, Some(name))
            }
        };
        let cut = |_| InvalidValue::new("a component runs past the end of its composite");
        let value = self.bytes.short_prefixed().map_err(cut)?;
        let end_of_component = self.bytes.u8().map_err(cut)? as i8;
        Ok(CompositeComponent { component_type, type_name, value, end_of_component })
    }

    /// The next component, or nothing behind the last and at one that is not sound. An end-of-component byte may
    /// stand anywhere.
    pub(super) fn next_whole(&mut self) -> Option<CompositeComponent<'a>> {
        if self.bytes.remaining() == 0 {
            return None;
        }
        let component = self.read();
        if component.is_err() {
            self.bytes = Bytes::new(&[]);
        }
        component.ok()
    }
}

/// Reads the type of a dynamic composite's component: an alias or a class name.
fn dynamic_type<'a>(
    bytes: &mut Bytes<'a>,
    aliases: &'a [(char, CqlType)],
) -> Result<(Cow<'a, CqlType>, Cow<'a, str>), InvalidValue> {
    let cut = |_| InvalidValue::new("a component's type runs past the end of its composite");
    let header = bytes.u16().map_err(cut)?;
    if header & 0x8000 != 0 {
        let alias = char::from(header as u8);
        let known = aliases.iter().find(|(known, _)| *known == alias);
        let (_, aliased) = known.ok_or_else(|| {
            InvalidValue::new(format!("a composite has a component of the unknown alias '{alias}'"))
        })?;
        return Ok((Cow::Borrowed(aliased), Cow::Owned(alias.to_string())));
    }
    let name = bytes.take(usize::from(header)).map_err(cut)?;
    let name = std::str::from_utf8(name).map_err(|_| InvalidValue::new("a component's type is not UTF-8"))?;
    let parsed = CqlType::parse_marshal(name)
        .map_err(|error| InvalidValue::new(format!("a component's type is unreadable: {error}")))?;
    if contains_dynamic_composite(&parsed) {
        return Err(InvalidValue::new("a component of a dynamic composite is one itself"));
    }
    Ok((Cow::Owned(parsed), Cow::Borrowed(name)))
}

/// Whether values of a type may name further types. Were that allowed within a value, its nesting would have no
/// limit.
fn contains_dynamic_composite(of: &CqlType) -> bool {
    match of {
        CqlType::DynamicComposite(_) => true,
        CqlType::List { element, .. } | CqlType::Set { element, .. } | CqlType::Vector { element, .. } => {
            contains_dynamic_composite(element)
        }
        CqlType::Map { key, value, .. } => {
            contains_dynamic_composite(key) || contains_dynamic_composite(value)
        }
        CqlType::Tuple(types) | CqlType::Composite(types) => types.iter().any(contains_dynamic_composite),
        CqlType::User(user) => user.fields.iter().any(|field| contains_dynamic_composite(&field.field_type)),
        CqlType::Reversed(inner) | CqlType::PartitionerDefinedOrder { base: Some(inner), .. } => {
            contains_dynamic_composite(inner)
        }
        _ => false,
    }
}

impl<'a> Iterator for CompositeComponents<'a> {
    type Item = Result<CompositeComponent<'a>, InvalidValue>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.remaining() == 0 {
            return None;
        }
        let component = self.read().and_then(|component| match component.end_of_component {
            0 => Ok(component),
            _ if self.bytes.remaining() == 0 => Ok(component),
            _ => Err(InvalidValue::new("a composite goes on behind its end-of-component byte")),
        });
        if component.is_err() {
            self.bytes = Bytes::new(&[]);
        }
        Some(component)
    }
}

impl FusedIterator for CompositeComponents<'_> {}
