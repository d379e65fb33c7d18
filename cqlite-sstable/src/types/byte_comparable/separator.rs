//! What stands between the components of a sequence and at its end.

/// The constants of `ByteSource`. Values escape their zeros so that no byte of theirs is taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Separator {
    /// The end of what is not in the range of rows: the static row.
    Excluded = 0x18,
    /// The end of a bound in front of all that begins so.
    LessThanNext = 0x20,
    /// The end of a complete sequence.
    Terminator = 0x38,
    /// A null component; it has no bytes of its own.
    NextNull = 0x3E,
    /// An empty component of a type whose empty values have no form.
    NextEmpty = 0x3F,
    /// A component follows.
    Next = 0x40,
    /// As `NextEmpty`, of a reversed type.
    NextEmptyReversed = 0x41,
    /// The end of a bound behind all that begins so.
    GreaterThanNext = 0x60,
}

impl From<Separator> for u8 {
    fn from(separator: Separator) -> Self {
        separator as Self
    }
}
