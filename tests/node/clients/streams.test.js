"use strict";
// Streamed answers and late ones, for fetch and for Runner's clients. A stream comes back to those only when they
// send a stream or a file themselves.
const assert = require("node:assert/strict");
const { Readable } = require("node:stream");
const { test } = require("node:test");
const { createHttpClient, createHttpMixedClient, createHttpSmartClient, Serializer } = require("@bluelibs/runner/node");

const url = process.env.TUNNEL_URL;
const token = process.env.TUNNEL_TOKEN;
if (!url || !token) throw new Error("set TUNNEL_URL and TUNNEL_TOKEN");

const clients = { createHttpSmartClient, createHttpMixedClient, createHttpClient };
const make = (name) => clients[name]({ baseUrl: url, auth: { token }, serializer: new Serializer() });

const post = (id, input) =>
  fetch(`${url}/task/${id}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-runner-token": token },
    body: JSON.stringify({ input }),
  });

const pattern = (length) => Buffer.from(Array.from({ length }, (_, at) => at % 251));

test("fetch downloads every byte", async () => {
  for (const length of [0, 1, 10_000, 1_234_567]) {
    const response = await post("streams.tasks.download", length);
    assert.strictEqual(response.status, 200);
    assert.strictEqual(response.headers.get("content-type"), "image/png");
    const body = Buffer.from(await response.arrayBuffer());
    assert.ok(body.equals(pattern(length)), `${body.length} of ${length}`);
  }
});

test("fetch reads typed items line by line", async () => {
  const text = await (await post("golden.streams.rows")).text();
  const lines = text.trimEnd().split("\n");
  const serializer = new Serializer();
  assert.deepStrictEqual(lines.map((line) => serializer.parse(line)), [
    { n: 1, text: "a\nb" },
    { n: 1n << 60n, text: "a\nb" },
  ]);
});

test("a stream that is cut is an error for fetch", async () => {
  for (const how of ["error", "panic", "short", "long"]) {
    const response = await post("serving.streams.breaks", how);
    assert.strictEqual(response.status, 200);
    await assert.rejects(response.arrayBuffer(), { name: "TypeError" }, how);
  }
});

test("an error before the first byte is an envelope for fetch", async () => {
  const response = await post("golden.streams.early", "typed");
  assert.strictEqual(response.status, 429);
  assert.strictEqual((await response.json()).error.id, "test.errors.quota");
});

for (const name of ["createHttpSmartClient", "createHttpMixedClient"]) {
  test(`${name} gets a stream for a stream`, async () => {
    const answer = await make(name).task("streams.tasks.ignoring", Readable.from(["some", "thing"]));
    const chunks = [];
    for await (const chunk of answer.stream ?? answer) chunks.push(Buffer.from(chunk));
    assert.strictEqual(Buffer.concat(chunks).toString(), "an answer");
  });
}

for (const name of Object.keys(clients)) {
  test(`${name} rethrows a late error`, async () => {
    await assert.rejects(make(name).task("streams.tasks.lateError", {}), (error) => {
      assert.match(JSON.stringify({ ...error, message: error.message }), /test\.errors\.quota/);
      return true;
    });
  });
}

// It gives up after 5 s of silence.
test("createHttpSmartClient waits for a late answer", async () => {
  const task = "streams.tasks.late";
  const answers = Promise.all(["createHttpSmartClient", "createHttpMixedClient"].map((name) => make(name).task(task, 5800)));
  assert.deepStrictEqual(await answers, [5800, 5800]);
});
