//! What makes a statement invalid.

use cqlite_tests::fuzz::Random;

use super::Generator;

/// One thing that is wrong in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoil {
    Table,
    Column,
    Field,
    UserType,
    Function,
    /// A value of another type.
    Value,
    /// A part of the key is missing.
    Key,
    /// A part of the key is null or unset.
    NullKey,
    /// A value too many or too few.
    Count,
    /// `ALLOW FILTERING` is missing.
    Filtering,
    /// An option that is not or cannot be.
    Option,
    /// An argument of another type.
    Argument,
    /// A restriction that cannot be.
    Relation,
    /// An order that cannot be.
    Order,
    /// Something twice.
    Twice,
    /// Words of the text are changed.
    Words,
    /// Characters of the text are changed.
    Characters,
}

/// What may be wrong in a `SELECT`.
pub(super) const OF_SELECTS: &[Spoil] = &[
    Spoil::Table,
    Spoil::Column,
    Spoil::Field,
    Spoil::Function,
    Spoil::Function,
    Spoil::Value,
    Spoil::Key,
    Spoil::NullKey,
    Spoil::Count,
    Spoil::Filtering,
    Spoil::Filtering,
    Spoil::Filtering,
    Spoil::Filtering,
    Spoil::Filtering,
    Spoil::Filtering,
    Spoil::Field,
    Spoil::Function,
    Spoil::Argument,
    Spoil::Argument,
    Spoil::Argument,
    Spoil::Relation,
    Spoil::Order,
    Spoil::Order,
    Spoil::Order,
    Spoil::Order,
    Spoil::Twice,
    Spoil::Words,
    Spoil::Characters,
];

/// What may be wrong in what writes.
pub(super) const OF_WRITES: &[Spoil] = &[
    Spoil::Table,
    Spoil::Column,
    Spoil::Field,
    Spoil::Field,
    Spoil::Value,
    Spoil::Value,
    Spoil::Key,
    Spoil::NullKey,
    Spoil::Count,
    Spoil::Option,
    Spoil::Relation,
    Spoil::Order,
    Spoil::Twice,
    Spoil::Words,
    Spoil::Characters,
];

/// What may be wrong in what changes the schema or tells of it.
pub(super) const OF_SCHEMA: &[Spoil] = &[
    Spoil::Table,
    Spoil::Column,
    Spoil::Field,
    Spoil::UserType,
    Spoil::UserType,
    Spoil::UserType,
    Spoil::UserType,
    Spoil::Function,
    Spoil::Key,
    Spoil::Option,
    Spoil::Option,
    Spoil::Option,
    Spoil::Order,
    Spoil::Twice,
    Spoil::Words,
    Spoil::Characters,
];

impl Spoil {
    pub(super) fn random(of: &[Self], random: &mut Random) -> Self {
        of[random.below(of.len())]
    }

    fn rule(self) -> &'static str {
        match self {
            Self::Table => "wrong: table",
            Self::Column => "wrong: column",
            Self::Field => "wrong: field",
            Self::UserType => "wrong: user type",
            Self::Function => "wrong: function",
            Self::Value => "wrong: value",
            Self::Key => "wrong: key is missing",
            Self::NullKey => "wrong: null in the key",
            Self::Count => "wrong: number of values",
            Self::Filtering => "wrong: no ALLOW FILTERING",
            Self::Option => "wrong: option",
            Self::Argument => "wrong: argument",
            Self::Relation => "wrong: relation",
            Self::Order => "wrong: order",
            Self::Twice => "wrong: twice",
            Self::Words => "wrong: words",
            Self::Characters => "wrong: characters",
        }
    }
}

impl Generator {
    /// Has something of these be wrong, if something is to be.
    pub(super) fn choose_spoil(&mut self, of: &[Spoil]) {
        let is_wrong = self.step > 12 && self.chance(30);
        self.spoil = is_wrong.then(|| Spoil::random(of, &mut self.random));
    }

    /// Whether what is being made now is to be wrong in this way. True once for a statement.
    pub(super) fn spoils(&mut self, spoil: Spoil) -> bool {
        let is_meant = self.spoil == Some(spoil) && self.chance(80);
        if is_meant {
            self.spoil = None;
            self.rule(spoil.rule());
        }
        is_meant
    }

    /// Changes the text if that is what is to be wrong.
    pub(super) fn finish_spoiling(&mut self, text: String) -> String {
        match self.spoil.take() {
            Some(spoil @ Spoil::Words) => {
                self.rule(spoil.rule());
                self.mutate_words(&text)
            }
            Some(spoil @ Spoil::Characters) => {
                self.rule(spoil.rule());
                self.mutate_characters(&text)
            }
            _ => text,
        }
    }
}
