//! Types that Runner's serializer knows under a name (`serializer.addType` in Node), and what
//! `#[tunnel_type]` writes for them.

pub(crate) mod name;
pub(crate) mod plain;
