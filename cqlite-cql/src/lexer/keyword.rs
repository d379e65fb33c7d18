//! The words of CQL's grammar.

use super::word::Word;

macro_rules! keywords {
    ($($variant:ident $text:literal $reserved:literal,)*) => {
        /// A word with a meaning in the grammar of CQL 5.0.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Keyword {
            $(
                #[doc = concat!("`", $text, "`")]
                $variant,
            )*
        }

        impl Keyword {
            /// All keywords, in the order of their texts.
            pub const ALL: &'static [Keyword] = &[$(Keyword::$variant),*];

            /// The keyword in upper case.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Keyword::$variant => $text,)*
                }
            }

            /// Whether the word must be quoted to be a name.
            pub const fn is_reserved(self) -> bool {
                match self {
                    $(Keyword::$variant => $reserved,)*
                }
            }
        }
    };
}

impl Keyword {
    /// The keyword that `word` is, in upper, lower or mixed case.
    pub fn find(word: &str) -> Option<Keyword> {
        let found = Word::at(word.as_bytes());
        if found.length == word.len() { Self::of_word(&found) } else { None }
    }

    /// The keyword that a word is.
    #[inline]
    pub(super) fn of_word(word: &Word) -> Option<Keyword> {
        let mut slot = slot(word.key);
        while let Some(keyword) = *BY_KEY.get(slot)? {
            if KEYS.get(keyword as usize) == Some(&word.key) {
                return Some(keyword);
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }
}

/// More than twice as many as there are keywords, and a power of two.
const SLOTS: usize = 512;

/// The keys of the keywords as words, in the order of [`Keyword::ALL`].
const KEYS: [u128; Keyword::ALL.len()] = keys();

/// Each keyword in the slot of its key, or in the next that is free.
const BY_KEY: [Option<Keyword>; SLOTS] = by_key();

/// Where the keyword of a key is looked for first.
const fn slot(key: u128) -> usize {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let folded = (key >> 64) as u64 ^ key as u64;
    (folded.wrapping_mul(MULTIPLIER) >> (u64::BITS - SLOTS.ilog2())) as usize
}

#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const fn keys() -> [u128; Keyword::ALL.len()] {
    let mut keys = [0; Keyword::ALL.len()];
    let mut index = 0;
    while index < keys.len() {
        keys[index] = Word::key_of(Keyword::ALL[index].text());
        index += 1;
    }
    keys
}

#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const fn by_key() -> [Option<Keyword>; SLOTS] {
    let mut slots = [None; SLOTS];
    let mut index = 0;
    while index < KEYS.len() {
        let mut slot = slot(KEYS[index]);
        while slots[slot].is_some() {
            slot = (slot + 1) % SLOTS;
        }
        slots[slot] = Some(Keyword::ALL[index]);
        index += 1;
    }
    slots
}

// The text, and whether it is reserved, from Cassandra 5.0.9. The order is that of the bytes of the texts.
keywords! {
    Access "ACCESS" false,
    Add "ADD" true,
    Aggregate "AGGREGATE" false,
    Aggregates "AGGREGATES" false,
    All "ALL" false,
    Allow "ALLOW" true,
    Alter "ALTER" true,
    And "AND" true,
    Ann "ANN" false,
    Apply "APPLY" true,
    As "AS" false,
    Asc "ASC" true,
    Ascii "ASCII" false,
    Authorize "AUTHORIZE" true,
    Batch "BATCH" true,
    Begin "BEGIN" true,
    Bigint "BIGINT" false,
    Blob "BLOB" false,
    Boolean "BOOLEAN" false,
    By "BY" true,
    Called "CALLED" false,
    Cast "CAST" false,
    Cidrs "CIDRS" false,
    Cluster "CLUSTER" false,
    Clustering "CLUSTERING" false,
    Columnfamilies "COLUMNFAMILIES" false,
    Columnfamily "COLUMNFAMILY" true,
    Compact "COMPACT" false,
    Contains "CONTAINS" false,
    Count "COUNT" false,
    Counter "COUNTER" false,
    Create "CREATE" true,
    Custom "CUSTOM" false,
    Datacenters "DATACENTERS" false,
    Date "DATE" false,
    Decimal "DECIMAL" false,
    Default "DEFAULT" false,
    Delete "DELETE" true,
    Desc "DESC" true,
    Describe "DESCRIBE" true,
    Distinct "DISTINCT" false,
    Double "DOUBLE" false,
    Drop "DROP" true,
    Duration "DURATION" false,
    Entries "ENTRIES" true,
    Execute "EXECUTE" true,
    Exists "EXISTS" false,
    Filtering "FILTERING" false,
    Finalfunc "FINALFUNC" false,
    Float "FLOAT" false,
    From "FROM" true,
    Frozen "FROZEN" false,
    Full "FULL" true,
    Function "FUNCTION" false,
    Functions "FUNCTIONS" false,
    Grant "GRANT" true,
    Group "GROUP" false,
    Hashed "HASHED" false,
    Identity "IDENTITY" false,
    If "IF" true,
    In "IN" true,
    Index "INDEX" true,
    Inet "INET" false,
    Infinity "INFINITY" true,
    Initcond "INITCOND" false,
    Input "INPUT" false,
    Insert "INSERT" true,
    Int "INT" false,
    Internals "INTERNALS" false,
    Into "INTO" true,
    Is "IS" true,
    Json "JSON" false,
    Key "KEY" false,
    Keys "KEYS" false,
    Keyspace "KEYSPACE" true,
    Keyspaces "KEYSPACES" false,
    Language "LANGUAGE" false,
    Like "LIKE" false,
    Limit "LIMIT" true,
    List "LIST" false,
    Login "LOGIN" false,
    Map "MAP" false,
    Masked "MASKED" false,
    Materialized "MATERIALIZED" true,
    Maxwritetime "MAXWRITETIME" false,
    Mbean "MBEAN" false,
    Mbeans "MBEANS" false,
    Modify "MODIFY" true,
    Nan "NAN" true,
    Nologin "NOLOGIN" false,
    Norecursive "NORECURSIVE" true,
    Nosuperuser "NOSUPERUSER" false,
    Not "NOT" true,
    Null "NULL" true,
    Of "OF" true,
    On "ON" true,
    Only "ONLY" false,
    Options "OPTIONS" false,
    Or "OR" true,
    Order "ORDER" true,
    Partition "PARTITION" false,
    Password "PASSWORD" false,
    Per "PER" false,
    Permission "PERMISSION" false,
    Permissions "PERMISSIONS" false,
    Primary "PRIMARY" true,
    Rename "RENAME" true,
    Replace "REPLACE" false,
    Returns "RETURNS" false,
    Revoke "REVOKE" true,
    Role "ROLE" false,
    Roles "ROLES" false,
    Schema "SCHEMA" true,
    Select "SELECT" true,
    SelectMasked "SELECT_MASKED" false,
    Set "SET" true,
    Sfunc "SFUNC" false,
    Smallint "SMALLINT" false,
    Static "STATIC" false,
    Storage "STORAGE" false,
    Stype "STYPE" false,
    Superuser "SUPERUSER" false,
    Table "TABLE" true,
    Tables "TABLES" false,
    Text "TEXT" false,
    Time "TIME" false,
    Timestamp "TIMESTAMP" false,
    Timeuuid "TIMEUUID" false,
    Tinyint "TINYINT" false,
    To "TO" true,
    Token "TOKEN" true,
    Trigger "TRIGGER" false,
    Truncate "TRUNCATE" true,
    Ttl "TTL" false,
    Tuple "TUPLE" false,
    Type "TYPE" false,
    Types "TYPES" false,
    Unlogged "UNLOGGED" true,
    Unmask "UNMASK" false,
    Unset "UNSET" false,
    Update "UPDATE" true,
    Use "USE" true,
    User "USER" false,
    Users "USERS" false,
    Using "USING" true,
    Uuid "UUID" false,
    Values "VALUES" false,
    Varchar "VARCHAR" false,
    Varint "VARINT" false,
    Vector "VECTOR" false,
    View "VIEW" true,
    Where "WHERE" true,
    With "WITH" true,
    Writetime "WRITETIME" false,
}
