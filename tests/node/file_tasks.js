"use strict";
// The tasks of reference.js that take files and raw bodies, as `tests/src/file_tasks.rs` has them.
const { PassThrough, Readable } = require("node:stream");
const { r, useExposureContext } = require("@bluelibs/runner/node");
const { Digest } = require("./digest");

const filesError = r
  .error("test.errors.files")
  .httpCode(409)
  .format(() => "no files today")
  .build();

const task = (id, body) => r.task(id).run(body).build();

async function read(file) {
  const { stream } = await file.resolve();
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function seen(file) {
  const text = (await read(file)).toString();
  const { name, type = null, size = null, lastModified = null, extra = null } = file;
  return { name, type, size, lastModified, extra, text };
}

async function count(stream) {
  let length = 0;
  for await (const chunk of stream) length += chunk.length;
  return length;
}

const countFile = async (file) => count((await file.resolve()).stream);

async function inTurn(items, of) {
  const results = [];
  for (const item of items) results.push(await of(item));
  return results;
}

// What has happened, by name, for those who wait for it.
const gates = new Map();
function gate(name) {
  if (!gates.has(name)) gates.set(name, closedGate());
  return gates.get(name);
}

function closedGate() {
  const gate = {};
  gate.promise = new Promise((resolve) => (gate.resolve = resolve));
  return gate;
}

const rawBody = () => useExposureContext().req;

const tasks = [
  task("test.files.one", async ({ file }) => seen(file)),
  task("test.files.many", async ({ files }) => inTurn(files, seen)),
  task("test.files.reversed", async ({ files }) => inTurn(files.reverse(), countFile)),
  task("test.files.atOnce", async ({ files }) => Promise.all(files.map(countFile))),
  task("test.files.ignored", async ({ files }) => files.length),
  task("test.files.beginning", async ({ file }) => {
    const { stream } = await file.resolve();
    for await (const _ of stream) return true;
    return false;
  }),
  task("test.files.maybe", async (input) => (input?.file ? seen(input.file) : null)),
  task("test.files.deep", async ({ folders }) => {
    const found = {};
    for (const folder of Object.keys(folders).sort()) {
      found[folder] = await inTurn(folders[folder].filter(Boolean), async (file) => (await read(file)).toString());
    }
    return found;
  }),
  task("test.files.when", async ({ when, file }) => {
    await read(file);
    return when;
  }),
  task("test.files.twice", async ({ first, second }) => [(await read(first)).toString(), (await read(second)).toString()]),
  task("test.files.part", async ({ file }) => {
    await read(file);
    return [file.name, file.type ?? null];
  }),
  task("test.files.fails", async () => filesError.throw({})),
  task("test.files.panics", async ({ file }) => {
    await read(file);
    throw new Error("the panic of a test");
  }),
  task("test.files.count", async ({ file }) => countFile(file)),
  task("test.files.hash", async ({ files }) =>
    inTurn(files, async (file) => new Digest().update(await read(file)).value),
  ),
  task("test.files.saved", async ({ file }) => [await countFile(file), true]),
  task("test.files.gated", async ({ file }) => countFile(file)),
  task("test.files.watched", async ({ file, note }) => {
    const { stream } = await file.resolve();
    try {
      for await (const _ of stream) gate(`begun ${note}`).resolve(true);
    } catch (error) {
      gate(`broken ${note}`).resolve(true);
      throw error;
    }
  }),
  task("test.files.watch", async (what) => gate(what).promise),
  task("test.files.stream", async ({ file }) => (await file.resolve()).stream),
  task("test.streams.count", async () => count(rawBody())),
  task("test.streams.limited", async () => count(rawBody())),
  task("test.streams.unread", async () => true),
  task("test.streams.either", async (input) => {
    if (input !== undefined) return `Some(${JSON.stringify(input)})`;
    return `${await count(rawBody())} raw bytes of test.streams.either`;
  }),
  task("test.streams.echo", async () => rawBody().pipe(new PassThrough())),
  // Speaks before it has read anything, and tells the digest at the end.
  task("test.streams.digest", async () => {
    const body = rawBody();
    const digest = new Digest();
    return Readable.from(
      (async function* () {
        yield "reading ";
        for await (const chunk of body) digest.update(chunk);
        yield String(digest.value);
      })(),
      { objectMode: false },
    );
  }),
];

module.exports = { filesError, tasks };
