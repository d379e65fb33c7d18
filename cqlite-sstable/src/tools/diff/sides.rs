//! Something of each of the two sides of a comparison.

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    A,
    B,
}

/// The same of both sides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sides<T> {
    pub(super) a: T,
    pub(super) b: T,
}

impl<T> Sides<T> {
    /// What `of` tells of each side.
    pub(super) fn each(mut of: impl FnMut(Side) -> T) -> Self {
        Self { a: of(Side::A), b: of(Side::B) }
    }

    pub(super) fn get(&self, side: Side) -> &T {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    pub(super) fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        }
    }

    pub(super) fn map<U>(self, mut of: impl FnMut(T) -> U) -> Sides<U> {
        Sides { a: of(self.a), b: of(self.b) }
    }
}
