//! Bytes in, compressed bytes out.

use std::fmt;
use std::io;

use bytes::{Bytes, BytesMut};
use compression_codecs::brotli::params::EncoderParams;
use compression_codecs::core::Level;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::zstd::params::CParameter;
use compression_codecs::{BrotliEncoder, EncodeV2, GzipEncoder, ZstdEncoder};

use crate::server::config::{CompressionAlgorithm, CompressionLevel};

/// By how much an output grows at a time.
const ROOM_BYTES: usize = 8 * 1024;

/// The windows of brotli and zstd, as powers of two: what an encoder keeps grows with it.
const LEAST_WINDOW: u32 = 10;
const STREAM_WINDOW: u32 = 17;
/// Browsers refuse zstd with more than 8 MiB (RFC 9659).
const MOST_WINDOW: u32 = 22;

/// One compressed body in the making.
pub(super) struct Encoder(Box<dyn EncodeV2 + Send>);

impl Encoder {
    /// `length` is that of the whole body, if it is known.
    pub(super) fn new(
        algorithm: CompressionAlgorithm,
        level: CompressionLevel,
        length: Option<usize>,
    ) -> Self {
        let window = length.map_or(STREAM_WINDOW, |length| {
            (length.max(1).ilog2() + 1).clamp(LEAST_WINDOW, MOST_WINDOW)
        });
        let level = |fast, balanced, best| match level {
            CompressionLevel::Fast => fast,
            CompressionLevel::Balanced => balanced,
            CompressionLevel::Best => best,
        };
        Self(match algorithm {
            CompressionAlgorithm::Gzip => {
                Box::new(GzipEncoder::new(Level::Precise(level(1, 6, 9)).into()))
            }
            CompressionAlgorithm::Brotli => {
                let parameters = EncoderParams::default()
                    .quality(Level::Precise(level(1, 5, 7)))
                    .window_size(window.cast_signed())
                    .size_hint(length.unwrap_or(0));
                Box::new(BrotliEncoder::new(parameters))
            }
            CompressionAlgorithm::Zstd => {
                let parameters = [CParameter::window_log(window)];
                Box::new(ZstdEncoder::new_with_params(level(1, 3, 12), &parameters))
            }
        })
    }

    /// What comes of it may stay inside until the next flush.
    pub(super) fn write(&mut self, plain: &[u8], out: &mut BytesMut) -> io::Result<()> {
        let mut plain = PartialBuffer::new(plain);
        while !plain.unwritten().is_empty() {
            grow(out, |room| self.0.encode(&mut plain, room))?;
        }
        Ok(())
    }

    /// From here on a client can read all that was written.
    pub(super) fn flush(&mut self, out: &mut BytesMut) -> io::Result<()> {
        while !grow(out, |room| self.0.flush(room))? {}
        Ok(())
    }

    pub(super) fn finish(mut self, out: &mut BytesMut) -> io::Result<()> {
        while !grow(out, |room| self.0.finish(room))? {}
        Ok(())
    }
}

/// A whole body.
pub(super) fn compress(
    algorithm: CompressionAlgorithm,
    level: CompressionLevel,
    plain: &[u8],
) -> io::Result<Bytes> {
    let mut out = BytesMut::new();
    let mut encoder = Encoder::new(algorithm, level, Some(plain.len()));
    encoder.write(plain, &mut out)?;
    encoder.finish(&mut out)?;
    Ok(out.freeze())
}

fn grow<R>(out: &mut BytesMut, write: impl FnOnce(&mut WriteBuffer<'_>) -> R) -> R {
    let before = out.len();
    out.resize(before + ROOM_BYTES, 0);
    let mut room = WriteBuffer::new_initialized(&mut out[before..]);
    let result = write(&mut room);
    let written = room.written_len();
    out.truncate(before + written);
    result
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}
