//! The pieces that frames of the native protocol are made of.

use super::CqlError;

/// The unread rest of a body.
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], CqlError> {
        let short = CqlError::Protocol("an answer that is cut short");
        let (head, rest) = self.0.split_at_checked(length).ok_or(short)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CqlError> {
        self.take(N)?.try_into().map_err(|_| CqlError::Protocol("an answer that is cut short"))
    }

    pub(super) fn int(&mut self) -> Result<i32, CqlError> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn short(&mut self) -> Result<u16, CqlError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn string(&mut self) -> Result<String, CqlError> {
        let length = self.short()?;
        let bytes = self.take(length.into())?.to_vec();
        String::from_utf8(bytes).map_err(|_| CqlError::Protocol("a text that is not UTF-8"))
    }

    /// A value: a negative length is null.
    pub(super) fn bytes(&mut self) -> Result<Option<Vec<u8>>, CqlError> {
        match usize::try_from(self.int()?) {
            Ok(length) => Ok(Some(self.take(length)?.to_vec())),
            Err(_) => Ok(None),
        }
    }
}

pub(super) fn put_u16(body: &mut Vec<u8>, value: u16) {
    body.extend(value.to_be_bytes());
}

pub(super) fn put_string(body: &mut Vec<u8>, text: &str) {
    put_u16(body, u16::try_from(text.len()).expect("option texts are short"));
    body.extend(text.as_bytes());
}

pub(super) fn put_bytes(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend(u32::try_from(bytes.len()).expect("a statement of less than 4 GiB").to_be_bytes());
    body.extend(bytes);
}
