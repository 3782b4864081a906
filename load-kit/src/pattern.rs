//! Bytes that say where they belong: one that is lost, doubled or swapped shows.

use std::sync::LazyLock;

use bytes::Bytes;

/// The largest piece.
pub const PIECE: usize = 64 * 1024;

/// A prime, so that no buffer's size divides it.
const PERIOD: usize = 65_521;

static TWICE: LazyLock<Bytes> = LazyLock::new(|| {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let period: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(PERIOD)
    .collect();
    let length = PERIOD + PIECE;
    period
        .iter()
        .copied()
        .cycle()
        .take(length)
        .collect::<Vec<u8>>()
        .into()
});

/// At most a piece of it, from this place on.
pub fn at(offset: u64, length: usize) -> Bytes {
    let start = usize::try_from(offset % PERIOD as u64).unwrap_or_default();
    TWICE.slice(start..start + length)
}

/// Whether these bytes belong there.
pub fn is_at(offset: u64, bytes: &[u8]) -> bool {
    let mut place = offset;
    bytes.chunks(PIECE).all(|bytes| {
        let expected = at(place, bytes.len());
        place += bytes.len() as u64;
        expected == bytes
    })
}

/// So many bytes, piece by piece.
pub fn pieces(length: u64) -> impl Iterator<Item = Bytes> + Send {
    (0..length).step_by(PIECE).map(move |offset| {
        let left = usize::try_from(length - offset).unwrap_or(PIECE);
        at(offset, left.min(PIECE))
    })
}
