//! What calls cost, and what the serializer costs, beside others that do the same work.

pub mod peer;
mod random;
pub mod records;
pub mod serializer;
