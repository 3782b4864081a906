"use strict";
// Bytes that say where they belong, as `load-kit/src/pattern.rs` makes them.

const PIECE = 64 * 1024;
const PERIOD = 65_521;

const twice = Buffer.alloc(PERIOD + PIECE);
let state = 0x9e3779b97f4a7c15n;
for (let at = 0; at < twice.length; at++) {
  twice[at] = at < PERIOD ? next() : twice[at - PERIOD];
}

function next() {
  state = BigInt.asUintN(64, state ^ (state << 13n));
  state ^= state >> 7n;
  state = BigInt.asUintN(64, state ^ (state << 17n));
  return Number((state >> 24n) & 0xffn);
}

/** So many bytes, piece by piece. */
function* pieces(length) {
  for (let offset = 0; offset < length; offset += PIECE) {
    const start = offset % PERIOD;
    yield twice.subarray(start, start + Math.min(PIECE, length - offset));
  }
}

module.exports = { pieces };
