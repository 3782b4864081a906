"use strict";
const fs = require("node:fs");
const path = require("node:path");

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// One case a line, so that a change shows as a line.
function write(name, cases) {
  const names = new Set();
  for (const { name: n } of cases) {
    if (names.has(n)) throw new Error(`two cases are named ${n}`);
    names.add(n);
  }
  const lines = cases.map((c) => JSON.stringify(c)).join(",\n");
  fs.writeFileSync(path.join(__dirname, name), `[\n${lines}\n]\n`);
  console.log(`${name}: ${cases.length} cases`);
}

// `text`, `parts` or `hex` of a case, as the bytes a client would send.
function bytesOf(c) {
  if (c.hex !== undefined) return Buffer.from(c.hex, "hex");
  if (c.parts === undefined) return Buffer.from(c.text, "utf8");
  return Buffer.from(c.parts.map((p) => (typeof p === "string" ? p : p.repeat.repeat(p.times))).join(""), "utf8");
}

const messageOf = (error) => `${error.name}: ${String(error.message).split("\n")[0]}`;

module.exports = { write, bytesOf, messageOf, same };
