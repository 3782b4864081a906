"use strict";
// How these servers are started, and how they end: as `src/peer.rs` and `load-kit` have it.

/** Says where it listens, which ends the parent's wait. */
function announce({ address, port }) {
  console.log(`${address}:${port}`);
  process.stdin.resume().once("close", () => process.exit());
}

module.exports = { announce };
