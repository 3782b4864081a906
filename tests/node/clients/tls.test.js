"use strict";
// Runner's own clients over https, and Node's modules for what TLS agrees on. The root is in NODE_EXTRA_CA_CERTS.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const http2 = require("node:http2");
const https = require("node:https");
const { text } = require("node:stream/consumers");
const { test } = require("node:test");
const {
  createHttpClient,
  createHttpMixedClient,
  createNodeFile,
  Serializer,
} = require("@bluelibs/runner/node");
const { token, url } = require("./expectations");

const options = { baseUrl: url, auth: { token }, serializer: new Serializer() };
const input = JSON.stringify({ input: { a: 1, b: 2 } });
const headers = { "x-runner-token": token, "content-type": "application/json" };

for (const [name, client] of [
  ["http", createHttpClient(options)],
  ["mixed", createHttpMixedClient(options)],
]) {
  test(`Runner's ${name} client calls over TLS`, async () => {
    assert.equal(await client.task("test.tasks.add", { a: 1, b: 2 }), 3);
  });
}

test("a file travels over TLS", async () => {
  const file = createNodeFile({ name: "a.txt" }, { buffer: Buffer.from("over TLS") });
  const received = await createHttpMixedClient(options).task("test.files.one", { file });
  assert.equal(received.name, "a.txt");
});

test("node:http2 agrees on h2", async () => {
  const session = http2.connect(url);
  const stream = session.request({
    ":method": "POST",
    ":path": "/__runner/task/test.tasks.add",
    ...headers,
  });
  stream.end(input);
  assert.equal(await text(stream), '{"ok":true,"result":3}');
  assert.equal(session.alpnProtocol, "h2");
  session.close();
});

test("node:https shows its certificate", async () => {
  const { CLIENT_CERT: cert, CLIENT_KEY: key } = process.env;
  const identity = { cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
  const answer = await new Promise((resolve, reject) => {
    const request = { method: "POST", headers, agent: false, ...identity };
    https
      .request(`${url}/task/serving.tasks.subject`, request, resolve)
      .on("error", reject)
      .end();
  });
  assert.equal(await text(answer), '{"ok":true,"result":"CN=node,O=Tests"}');
});
