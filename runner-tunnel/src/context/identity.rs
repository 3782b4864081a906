//! Who calls, as far as callers can be told apart.

use std::fmt;
use std::sync::Arc;

/// Two calls of one identity may get the same answer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// Everybody may call, and nobody says who they are.
    Anybody,
    /// The name of a token.
    Named(Arc<str>),
    /// The SHA-256 digest of a token without a name.
    Secret([u8; 32]),
}

impl fmt::Debug for Identity {
    /// Not the digest: a weak secret can be guessed from it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anybody => f.write_str("Anybody"),
            Self::Named(name) => f.debug_tuple("Named").field(name).finish(),
            Self::Secret(_) => f.write_str("Secret"),
        }
    }
}
