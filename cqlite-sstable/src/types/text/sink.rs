//! Where text goes.

/// Takes text piece by piece. What is pushed is UTF-8 when put together; a piece may end inside a character.
pub trait TextSink {
    /// Appends `bytes`.
    fn push(&mut self, bytes: &[u8]);
}

impl TextSink for Vec<u8> {
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl<S: TextSink + ?Sized> TextSink for &mut S {
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        (**self).push(bytes);
    }
}

/// A short text that is put together on the stack and then pushed as one piece. `N` must hold the longest
/// text; what is beyond is dropped, which a debug build refuses.
pub(super) struct Line<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Line<N> {
    #[inline]
    pub(super) fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl<const N: usize> TextSink for Line<N> {
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        debug_assert!(end <= N, "a line of {N} bytes is too short");
        if let Some(free) = self.bytes.get_mut(self.length..end) {
            free.copy_from_slice(bytes);
            self.length = end;
        }
    }
}
