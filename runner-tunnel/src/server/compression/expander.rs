//! Compressed bytes in, bytes out, a piece at a time.

use std::fmt;
use std::io;

use bytes::{Buf as _, Bytes};
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::zstd::params::DParameter;
use compression_codecs::{BrotliDecoder, DecodeV2, GzipDecoder, ZlibDecoder, ZstdDecoder};

/// The most that is expanded at a time: what a bomb gains before anybody counts it.
const PIECE_BYTES: usize = 16 * 1024;

/// 8 MiB, as for the web (RFC 9659): a decoder allocates the window that the body asks for.
const ZSTD_WINDOW: u32 = 23;

/// The first seven bits of a brotli body with a window of up to 1 GiB, which is no `br` (RFC 9841, section 1).
const LARGE_BROTLI: u8 = 0x11;

/// Takes one content coding off a body.
pub(super) struct Expander {
    decoder: Box<dyn DecodeV2 + Send + Sync>,
    /// Bodies of gzip and zstd may be several ones after another.
    repeats: bool,
    is_brotli: bool,
    input: Bytes,
    scratch: Box<[u8]>,
    state: State,
    is_full: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Fresh,
    Inside,
    Ended,
}

/// What there is to be had.
pub(super) enum Expanded {
    Piece(Bytes),
    /// All that came is used up.
    Hungry,
}

impl Expander {
    /// `None` for a coding that nobody knows here.
    pub(super) fn new(coding: &str) -> Option<Self> {
        let (decoder, repeats): (Box<dyn DecodeV2 + Send + Sync>, _) = match coding {
            "gzip" | "x-gzip" => (Box::new(GzipDecoder::new()), true),
            "deflate" => (Box::new(ZlibDecoder::new()), false),
            "br" => (Box::new(BrotliDecoder::new()), false),
            "zstd" => {
                let parameters = [DParameter::window_log_max(ZSTD_WINDOW)];
                (Box::new(ZstdDecoder::new_with_params(&parameters)), true)
            }
            _ => return None,
        };
        Some(Self {
            decoder,
            repeats,
            is_brotli: coding == "br",
            input: Bytes::new(),
            scratch: vec![0; PIECE_BYTES].into(),
            state: State::Fresh,
            is_full: false,
        })
    }

    /// Only when it is hungry.
    pub(super) fn feed(&mut self, input: Bytes) {
        debug_assert!(self.input.is_empty(), "fed before it was hungry");
        self.input = input;
    }

    pub(super) fn expand(&mut self) -> io::Result<Expanded> {
        loop {
            let is_fed = !self.input.is_empty();
            if !is_fed && !self.is_full {
                return Ok(Expanded::Hungry);
            }
            if is_fed {
                self.begin()?;
            }
            let mut input = PartialBuffer::new(&*self.input);
            let mut output = WriteBuffer::new_initialized(&mut self.scratch);
            let ended = match self.decoder.decode(&mut input, &mut output) {
                // zlib takes it for an error to be asked for more when there is no more.
                Err(_) if !is_fed => false,
                ended => ended?,
            };
            let (read, written) = (input.written_len(), output.written_len());
            self.is_full = output.has_no_spare_space() && !ended;
            if ended {
                self.state = State::Ended;
            }
            self.input.advance(read);
            if written > 0 {
                return Ok(Expanded::Piece(Bytes::copy_from_slice(
                    &self.scratch[..written],
                )));
            }
            if is_fed && read == 0 && !ended {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    /// There is input: for a body that has begun, for the first one, or for the next.
    fn begin(&mut self) -> io::Result<()> {
        match self.state {
            State::Inside => return Ok(()),
            State::Fresh if self.is_brotli && self.input[0] & 0x7f == LARGE_BROTLI => {
                return Err(io::Error::other("a brotli body with a large window"));
            }
            State::Fresh => {}
            State::Ended if self.repeats => self.decoder.reinit()?,
            State::Ended => return Err(io::Error::other("there is more behind the end")),
        }
        self.state = State::Inside;
        Ok(())
    }

    /// Nothing more comes. Only when it is hungry.
    pub(super) fn finish(&self) -> io::Result<()> {
        match self.state {
            State::Ended => Ok(()),
            State::Fresh | State::Inside => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl fmt::Debug for Expander {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expander")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
