"use strict";
// Raw bodies: a stream goes in and, where the task answers with one, another comes out meanwhile.
const assert = require("node:assert/strict");
const { once } = require("node:events");
const http = require("node:http");
const { PassThrough, Readable } = require("node:stream");
const { after, test } = require("node:test");
const { createHttpMixedClient, createHttpSmartClient, Serializer } = require("@bluelibs/runner/node");
const { Digest } = require("../digest");

const url = process.env.TUNNEL_URL;
const token = process.env.TUNNEL_TOKEN;
if (!url || !token) throw new Error("set TUNNEL_URL and TUNNEL_TOKEN");
const rust = process.env.TUNNEL_PEER === "rust";

const MiB = 1 << 20;

// Node's client stops sending when it has its answer, and the process lives until the server gives up on the rest.
after(() => http.globalAgent.destroy());

function* megabytes(count) {
  for (let number = 0; number < count; number++) {
    const bytes = Buffer.alloc(MiB, `${number},`);
    bytes.writeUInt32LE(number);
    yield bytes;
  }
}

/** A stream that notes what it gave. */
function generated(count) {
  const digest = new Digest();
  const noted = function* () {
    for (const bytes of megabytes(count)) {
      digest.update(bytes);
      yield bytes;
    }
  };
  return { stream: Readable.from(noted(), { objectMode: false }), digest };
}

async function text(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

async function next(stream) {
  for (;;) {
    const chunk = stream.read();
    if (chunk !== null) return chunk.toString();
    await once(stream, "readable");
  }
}

for (const [name, create] of Object.entries({ createHttpSmartClient, createHttpMixedClient })) {
  const connect = (rest) => create({ baseUrl: url, auth: { token }, serializer: new Serializer(), ...rest });
  const client = connect();
  const works = async () => assert.strictEqual(await client.task("test.tasks.add", { a: 1, b: 2 }), 3);

  test(`${name}: a stream for a value`, async () => {
    assert.strictEqual(await client.task("test.streams.count", Readable.from(["some ", "thing"])), 10);
    assert.strictEqual(await client.task("test.streams.count", Readable.from([])), 0);
  });

  test(`${name}: a stream comes back`, async () => {
    const answer = await client.task("test.streams.echo", Readable.from(["some ", "thing é漢🔑"]));
    assert.strictEqual(await text(answer), "some thing é漢🔑");
  });

  test(`${name}: a stream of nothing comes back`, async () => {
    assert.strictEqual(await text(await client.task("test.streams.echo", Readable.from([]))), "");
  });

  test(`${name}: the answer begins before the request has ended`, async () => {
    const source = new PassThrough();
    // Nothing leaves the client before that.
    source.write("some ");
    const answer = await client.task("test.streams.digest", source);
    assert.strictEqual(await next(answer), "reading ");
    source.end("bytes");
    assert.strictEqual(await text(answer), String(new Digest().update(Buffer.from("some bytes")).value));
  });

  test(`${name}: each piece comes back before the next one is sent`, async () => {
    const source = new PassThrough();
    source.write("piece 0");
    const answer = await client.task("test.streams.echo", source);
    assert.strictEqual(await next(answer), "piece 0");
    for (let number = 1; number < 100; number++) {
      source.write(`piece ${number}`);
      assert.strictEqual(await next(answer), `piece ${number}`);
    }
    source.end();
    assert.strictEqual(await text(answer), "");
  });

  test(`${name}: every byte of 100 MB there and back`, async () => {
    const { stream, digest } = generated(100);
    const found = new Digest();
    let length = 0;
    for await (const chunk of await client.task("test.streams.echo", stream)) {
      found.update(chunk);
      length += chunk.length;
    }
    assert.deepStrictEqual([length, found.value], [100 * MiB, digest.value]);
  });

  test(`${name}: 100 MB for their digest`, async () => {
    const { stream, digest } = generated(100);
    const answer = await client.task("test.streams.digest", stream);
    assert.strictEqual(await text(answer), `reading ${digest.value}`);
  });

  test(`${name}: nobody reads ahead of who reads the answer`, async () => {
    let given = 0;
    const endless = (function* () {
      for (const bytes of megabytes(Infinity)) {
        given += 1;
        yield bytes;
      }
    })();
    const source = Readable.from(endless, { objectMode: false });
    const answer = await client.task("test.streams.echo", source);
    assert.ok((await next(answer)).length > 0);
    // What fits into all buffers on the way, and then it waits for ever: the client leaves.
    answer.destroy();
    source.destroy();
    assert.ok(given < 64, `${given} MB`);
    await works();
  });

  test(`${name}: a stream that nobody reads`, async () => {
    assert.strictEqual(await client.task("test.streams.unread", generated(3).stream), true);
    await works();
  });

  test(`${name}: a source that breaks`, async () => {
    const source = new PassThrough();
    source.write("some");
    const call = client.task("test.streams.count", source);
    source.destroy(new Error("no more"));
    await assert.rejects(call, { message: "no more" });
    await works();
  });

  test(`${name}: a client that leaves in the middle of an answer`, async () => {
    const answer = await client.task("test.streams.echo", generated(20).stream);
    await next(answer);
    answer.destroy();
    await works();
  });

  test(`${name}: a stream with a wrong token, while it is being sent`, async () => {
    const stranger = connect({ auth: { token: "wrong" } });
    await assert.rejects(stranger.task("test.streams.count", generated(8).stream), { code: "UNAUTHORIZED" });
  });

  test(`${name}: many streams at once`, async () => {
    const one = async (_, at) => text(await client.task("test.streams.echo", Readable.from([`text ${at}`])));
    const texts = await Promise.all(Array.from({ length: 50 }, one));
    assert.deepStrictEqual(texts, Array.from({ length: 50 }, (_, at) => `text ${at}`));
  });

  test(`${name}: a task that takes both`, async () => {
    const both = "test.streams.either";
    assert.strictEqual(await client.task(both, Readable.from(["12345"])), `5 raw bytes of ${both}`);
    assert.strictEqual(await client.task(both, "x"), 'Some("x")');
  });

  if (!rust) continue;

  test(`${name}: a stream beyond the limit of a task, while it is being sent`, async () => {
    const expected = { code: "PAYLOAD_TOO_LARGE", message: "Payload too large" };
    await assert.rejects(client.task("test.streams.limited", generated(8).stream), expected);
    await works();
  });

  test(`${name}: JSON for a task that reads a stream`, async () => {
    await assert.rejects(client.task("test.streams.count", { a: 1 }), { code: "UNSUPPORTED_MEDIA_TYPE" });
  });
}

const post = (task, body, contentType) =>
  fetch(`${url}/task/${task}`, {
    method: "POST",
    headers: { "content-type": contentType, "x-runner-token": token },
    body,
    duplex: "half",
  });

test("fetch sends a stream and reads one", async () => {
  const { stream, digest } = generated(20);
  const response = await post("test.streams.echo", Readable.toWeb(stream), "application/octet-stream");
  assert.strictEqual(response.headers.get("content-type"), "application/octet-stream");
  const found = new Digest();
  for await (const chunk of response.body) found.update(chunk);
  assert.strictEqual(found.value, digest.value);
});

test("fetch uploads a blob", async () => {
  const response = await post("test.streams.count", new Blob(["some ", "thing"]), "application/octet-stream");
  assert.deepStrictEqual(await response.json(), { ok: true, result: 10 });
});

if (rust) {
  test("fetch downloads 20 MB", async () => {
    const response = await post("streams.tasks.download", JSON.stringify({ input: 20_000_000 }), "application/json");
    let at = 0;
    for await (const chunk of response.body) {
      for (const byte of chunk) if (byte !== at++ % 251) assert.fail(`byte ${at - 1}`);
    }
    assert.strictEqual(at, 20_000_000);
  });

  test("fetch leaves in the middle of a download", async () => {
    const response = await post("streams.tasks.download", JSON.stringify({ input: 200_000_000 }), "application/json");
    for await (const chunk of response.body) {
      assert.ok(chunk.length > 0);
      break;
    }
    const { result } = await (await post("test.tasks.add", JSON.stringify({ a: 1, b: 2 }), "application/json")).json();
    assert.strictEqual(result, 3);
  });
}
