//! CQL text and its syntax tree.
