"use strict";
// A caller that is part of a trace, as tracing libraries make it one: by the headers of W3C Trace Context.
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { createHttpClient, Serializer } = require("@bluelibs/runner/node");

const url = process.env.TUNNEL_URL;
const token = process.env.TUNNEL_TOKEN;
if (!url || !token) throw new Error("set TUNNEL_URL and TUNNEL_TOKEN");

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

const client = createHttpClient({
  baseUrl: url,
  auth: { token },
  serializer: new Serializer(),
  onRequest: ({ headers }) => {
    headers.traceparent = `00-${TRACE}-${SPAN}-01`;
    headers.tracestate = "vendor=value";
    headers["x-runner-request-id"] = "request-of-node";
  },
});

test("what the task passes on is its own span in the caller's trace", async () => {
  const passedOn = await client.task("otlp.tasks.work");
  const [version, trace, span, flags] = passedOn.split("-");
  assert.deepStrictEqual([version, trace, flags], ["00", TRACE, "01"]);
  assert.match(span, /^[0-9a-f]{16}$/);
  assert.notStrictEqual(span, SPAN);
});

test("a task that fails is in it too", async () => {
  await assert.rejects(client.task("test.tasks.fails"));
});
