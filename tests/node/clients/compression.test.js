"use strict";
// Compressed answers and requests, as Node itself makes and reads them.
const assert = require("node:assert/strict");
const http = require("node:http");
const { test } = require("node:test");
const zlib = require("node:zlib");
const { createHttpClient, Serializer } = require("@bluelibs/runner/node");

const url = process.env.TUNNEL_URL;
const token = process.env.TUNNEL_TOKEN;
if (!url || !token) throw new Error("set TUNNEL_URL and TUNNEL_TOKEN");

const text = "some text that repeats itself, ".repeat(1000);
const post = (id, body, headers = {}) =>
  fetch(`${url}/task/${id}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-runner-token": token, ...headers },
    body,
  });

test("fetch asks for compression by itself and takes it off", async () => {
  const response = await post("test.tasks.echo", JSON.stringify({ input: text }));
  assert.strictEqual(response.headers.get("content-encoding"), "gzip");
  assert.strictEqual(response.headers.get("vary"), "Accept-Encoding");
  assert.ok(Number(response.headers.get("content-length")) < text.length / 10);
  assert.deepStrictEqual(await response.json(), { ok: true, result: text });
});

test("Runner's client gets what it would get uncompressed", async () => {
  const client = createHttpClient({ baseUrl: url, auth: { token }, serializer: new Serializer() });
  assert.strictEqual(await client.task("test.tasks.echo", text), text);
  const many = Array.from({ length: 500 }, (_, at) => ({ at, when: new Date(at), what: new Map([[at, text.slice(0, at)]]) }));
  assert.deepStrictEqual(await client.task("test.tasks.any", many), many);
  await assert.rejects(client.task("test.tasks.quota", { used: 5, limit: 5 }), { id: "test.errors.quota" });
});

const decoders = { gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync };
if (zlib.zstdDecompressSync) decoders.zstd = zlib.zstdDecompressSync;

test("Node reads every coding that it asks for", async () => {
  for (const [coding, decode] of Object.entries(decoders)) {
    const body = JSON.stringify({ input: text });
    const answer = await new Promise((resolve, reject) => {
      const headers = { "x-runner-token": token, "accept-encoding": coding, "content-length": body.length };
      const request = http.request(`${url}/task/test.tasks.echo`, { method: "POST", headers }, resolve);
      request.on("error", reject);
      request.end(body);
    });
    assert.strictEqual(answer.headers["content-encoding"], coding);
    const chunks = [];
    for await (const chunk of answer) chunks.push(chunk);
    assert.deepStrictEqual(JSON.parse(decode(Buffer.concat(chunks))), { ok: true, result: text });
  }
});

for (const [task, first, second] of [
  ["serving.streams.twoEvents", "data: 1\n\n", "data: 2\n\n"],
  ["serving.streams.twoRows", "1\n", "2\n"],
]) {
  test(`fetch reads ${task} piece by piece`, async () => {
    const gate = `node ${task} ${process.pid}`;
    const response = await post(task, JSON.stringify({ input: gate }));
    assert.strictEqual(response.headers.get("content-encoding"), "gzip");
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const read = async (expected) => {
      let found = "";
      while (found.length < expected.length) {
        const { done, value } = await reader.read();
        assert.ok(!done, found);
        found += value;
      }
      assert.strictEqual(found, expected);
    };
    await read(first);
    // Only now is there a second one.
    await (await post("serving.tasks.open", JSON.stringify({ input: gate }))).json();
    await read(second);
    assert.ok((await reader.read()).done);
  });
}

const encoders = { gzip: zlib.gzipSync, deflate: zlib.deflateSync, br: zlib.brotliCompressSync };
if (zlib.zstdCompressSync) encoders.zstd = zlib.zstdCompressSync;

test("what Node compresses is expanded", async () => {
  for (const [coding, encode] of Object.entries(encoders)) {
    const response = await post("test.tasks.echo", encode(JSON.stringify({ input: text })), { "content-encoding": coding });
    assert.deepStrictEqual(await response.json(), { ok: true, result: text }, coding);
  }
});
