"use strict";
// Sends a stream, and takes the answer while it is still sending. `npm ci` and `npm start`; see the README beside
// this file.
const { createHash } = require("node:crypto");
const { Readable } = require("node:stream");
const { createGunzip } = require("node:zlib");
const { createHttpSmartClient, Serializer } = require("@bluelibs/runner/node");

const client = createHttpSmartClient({
  baseUrl: process.env.TUNNEL_URL ?? "http://127.0.0.1:7070/__runner",
  auth: { token: process.env.TUNNEL_TOKEN ?? "secret" },
  serializer: new Serializer(),
});

const PIECES = 2000;
const sent = { bytes: 0, hash: createHash("sha256"), isOver: false };

function* pieces() {
  for (let piece = 0; piece < PIECES; piece += 1) {
    const bytes = Buffer.from(`piece ${piece} of ${PIECES}\n`.repeat(1000));
    sent.bytes += bytes.length;
    sent.hash.update(bytes);
    yield bytes;
  }
  sent.isOver = true;
}

async function main() {
  const compressed = await client.task("app.streams.gzip", Readable.from(pieces()));
  const received = { bytes: 0, hash: createHash("sha256"), compressed: 0, wasEarly: false };
  compressed.on("data", (chunk) => {
    received.wasEarly ||= !sent.isOver;
    received.compressed += chunk.length;
  });
  for await (const chunk of compressed.pipe(createGunzip())) {
    received.bytes += chunk.length;
    received.hash.update(chunk);
  }
  console.log(`${sent.bytes} bytes sent, ${received.bytes} received`);
  console.log("smaller on the way back:", received.compressed < sent.bytes / 10);
  console.log("the answer began before the end:", received.wasEarly);
  console.log("the same bytes:", sent.hash.digest("hex") === received.hash.digest("hex"));
}

main();
