//! Why a body is no form.

use std::error::Error;
use std::fmt;

/// The body is no form. Nothing is read after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub(super) Fault);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Cut,
    CutInData,
    Preamble,
    Delimiter,
    Header,
    HeaderSize,
    HeaderCount,
}

impl Malformed {
    /// Whether the body ended within the data of a part: the one fault that Node's server answers differently
    /// when the part is a file.
    pub fn is_in_data(self) -> bool {
        self.0 == Fault::CutInData
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            Fault::Cut => "the form ends before its closing delimiter",
            Fault::CutInData => "the form ends within a part",
            Fault::Preamble => "too much stands before the first delimiter",
            Fault::Delimiter => "a delimiter is not followed by the end of its line",
            Fault::Header => "a part has a malformed header",
            Fault::HeaderSize => "a part has too long headers",
            Fault::HeaderCount => "a part has too many headers",
        })
    }
}

impl Error for Malformed {}
