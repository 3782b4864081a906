//! The byte containers of JavaScript.

use super::reserved::PREFIX;

/// Which container of bytes JavaScript sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BytesKind {
    /// `ArrayBuffer`.
    ArrayBuffer,
    /// `DataView`.
    DataView,
    /// Node's `Buffer`.
    Buffer,
    /// `Int8Array`.
    Int8Array,
    /// `Uint8Array`.
    Uint8Array,
    /// `Uint8ClampedArray`.
    Uint8ClampedArray,
    /// `Int16Array`.
    Int16Array,
    /// `Uint16Array`.
    Uint16Array,
    /// `Int32Array`.
    Int32Array,
    /// `Uint32Array`.
    Uint32Array,
    /// `Float32Array`.
    Float32Array,
    /// `Float64Array`.
    Float64Array,
    /// `BigInt64Array`.
    BigInt64Array,
    /// `BigUint64Array`.
    BigUint64Array,
}

/// Every kind with its reserved name and the bytes of one element.
const KINDS: [(BytesKind, &str, usize); 14] = [
    (BytesKind::ArrayBuffer, "$runner.ArrayBuffer", 1),
    (BytesKind::DataView, "$runner.DataView", 1),
    (BytesKind::Buffer, "$runner.Buffer", 1),
    (BytesKind::Int8Array, "$runner.Int8Array", 1),
    (BytesKind::Uint8Array, "$runner.Uint8Array", 1),
    (BytesKind::Uint8ClampedArray, "$runner.Uint8ClampedArray", 1),
    (BytesKind::Int16Array, "$runner.Int16Array", 2),
    (BytesKind::Uint16Array, "$runner.Uint16Array", 2),
    (BytesKind::Int32Array, "$runner.Int32Array", 4),
    (BytesKind::Uint32Array, "$runner.Uint32Array", 4),
    (BytesKind::Float32Array, "$runner.Float32Array", 4),
    (BytesKind::Float64Array, "$runner.Float64Array", 8),
    (BytesKind::BigInt64Array, "$runner.BigInt64Array", 8),
    (BytesKind::BigUint64Array, "$runner.BigUint64Array", 8),
];

impl BytesKind {
    /// The name of the class in JavaScript.
    pub fn name(self) -> &'static str {
        let reserved = self.reserved_name();
        reserved.strip_prefix(PREFIX).unwrap_or(reserved)
    }

    /// The name of the newtype in which its bytes are serialised.
    pub(crate) fn reserved_name(self) -> &'static str {
        KINDS[self as usize].1
    }

    /// How many bytes one element takes.
    pub fn element_size(self) -> usize {
        KINDS[self as usize].2
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        let mut kinds = KINDS.iter().map(|(kind, ..)| *kind);
        kinds.find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, (kind, ..)) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, index);
            assert_eq!(BytesKind::by_name(kind.name()), Some(*kind));
        }
        assert_eq!(BytesKind::by_name("Array"), None);
    }
}
