//! Several mutations that are made together.

use super::Mutation;

/// Mutations of several partitions and tables: all or none of them are made, also after a power cut.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    mutations: Vec<Mutation>,
}

impl Batch {
    /// A batch of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a mutation. Several of one partition are allowed: they count as made in this order.
    pub fn push(&mut self, mutation: Mutation) {
        self.mutations.push(mutation);
    }

    /// The mutations, in the order in which they were added.
    pub fn mutations(&self) -> &[Mutation] {
        &self.mutations
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.mutations.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.mutations.is_empty()
    }

    /// The bytes of all mutations, without what the commit log adds to each.
    pub fn bytes(&self) -> u64 {
        self.mutations.iter().map(|mutation| mutation.bytes().len() as u64).sum()
    }
}

impl From<Mutation> for Batch {
    fn from(mutation: Mutation) -> Self {
        Self { mutations: vec![mutation] }
    }
}

impl FromIterator<Mutation> for Batch {
    fn from_iter<I: IntoIterator<Item = Mutation>>(mutations: I) -> Self {
        Self { mutations: mutations.into_iter().collect() }
    }
}

impl Extend<Mutation> for Batch {
    fn extend<I: IntoIterator<Item = Mutation>>(&mut self, mutations: I) {
        self.mutations.extend(mutations);
    }
}
