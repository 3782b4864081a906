"use strict";
// Writes the texts of tests/corpus to fuzz/corpus/serializer, and forms to fuzz/corpus/multipart, one file each: what the
// fuzzer begins with.
const { mkdirSync, readFileSync, readdirSync, writeFileSync, copyFileSync } = require("node:fs");
const { join } = require("node:path");

const MAX_BYTES = 4096; // longer texts slow the fuzzer down and reach nothing else
const corpus = join(__dirname, "../tests/corpus");
const seeds = join(__dirname, "corpus/serializer");

const part = (p) => (typeof p === "string" ? p : p.repeat.repeat(p.times));
function bytesOf({ text, parts, hex }) {
  if (hex !== undefined) return Buffer.from(hex, "hex");
  return Buffer.from(parts ? parts.map(part).join("") : part(text));
}

mkdirSync(seeds, { recursive: true });
let count = 0;
for (const file of ["values.json", "hostile.json", "custom.json", "ejson.json"]) {
  for (const c of JSON.parse(readFileSync(join(corpus, file), "utf8"))) {
    const inputs = [c, { text: c.graph }].filter((i) => i.hex || i.parts || (i.text ?? null) !== null);
    for (const bytes of inputs.map(bytesOf).filter((b) => b.length <= MAX_BYTES)) {
      writeFileSync(join(seeds, `seed-${(count += 1)}`), bytes);
    }
  }
}
const regressions = join(corpus, "regressions");
for (const name of readdirSync(regressions).filter((name) => !name.startsWith("."))) copyFileSync(join(regressions, name), join(seeds, name));

const head = (rest) => `--xYz\r\nContent-Disposition: form-data; name="a"${rest}\r\n\r\n`;
const forms = [
  `${head("")}1\r\n${head('; filename="b.txt"\r\nContent-Type: text/plain')}2\r\n--x\r\n--xYz--\r\n`,
  `preamble\r\n${head("; filename*=UTF-8''%c3%a9").replace("xYz", "xYz \t")}\r\n--xYz--epilogue`,
  `--xYz\r\nX: y\r\n folded\r\n\r\n1\r\n--xYz\r\n\r\n\r\n--xYz--`,
  `${head('; filename="a\r\nb\\"c"')}\r\n--xY\r\n${head("")}--xYz--`,
  'multipart/form-data; charset=utf-8; boundary="a b"',
];
const formSeeds = join(__dirname, "corpus/multipart");
mkdirSync(formSeeds, { recursive: true });
forms.forEach((form, at) => writeFileSync(join(formSeeds, `seed-${at + 1}`), form));
console.log(`${count + forms.length} seeds`);
