"use strict";
/** FNV-1a of 32 bits, piece by piece: what is lost, doubled or out of order changes it. */
class Digest {
  value = 0x811c9dc5;
  update(bytes) {
    let value = this.value;
    for (let at = 0; at < bytes.length; at++) value = Math.imul(value ^ bytes[at], 0x01000193);
    this.value = value >>> 0;
    return this;
  }
}

module.exports = { Digest };
