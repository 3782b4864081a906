/** Megabytes, each like no other, that a page and Node make alike. */
export function* megabytes(count) {
  for (let number = 0; number < count; number++) {
    yield Uint8Array.from({ length: 1 << 20 }, (_, at) => at * 31 + (at >> 8) + number);
  }
}
