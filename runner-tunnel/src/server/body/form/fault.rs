//! What is wrong with a form.

use crate::body::BodyError;
use crate::error::TunnelError;
use crate::multipart::Malformed;
use crate::wire::ErrorCode;

/// Why a form cannot be read on: for the caller, and for who reads a file.
#[derive(Debug)]
pub(super) struct Fault(pub(super) TunnelError, pub(super) BodyError);

impl Fault {
    pub(super) fn too_large(message: &'static str, limit: u64) -> Self {
        let error = TunnelError::refused_with(ErrorCode::PayloadTooLarge, message);
        Self(error, BodyError::TooLarge(limit))
    }

    pub(super) fn malformed() -> Self {
        let error = TunnelError::refused(ErrorCode::InvalidMultipart);
        Self(error, BodyError::Malformed)
    }
}

impl From<Malformed> for Fault {
    fn from(error: Malformed) -> Self {
        let Self(refused, body_error) = Self::malformed();
        Self(refused.with_source(error), body_error)
    }
}

impl From<TunnelError> for Fault {
    fn from(error: TunnelError) -> Self {
        Self(error, BodyError::Malformed)
    }
}

impl From<BodyError> for Fault {
    fn from(error: BodyError) -> Self {
        Self(error.clone().into(), error)
    }
}

/// A file that breaks off, read or not, has another code than what is no form (protocol section 3).
pub(super) fn broken_off(fault: Fault) -> Fault {
    let cause = std::error::Error::source(&fault.0);
    match cause.and_then(|cause| cause.downcast_ref::<Malformed>()) {
        Some(malformed) if malformed.is_in_data() => BodyError::Malformed.into(),
        _ => fault,
    }
}
