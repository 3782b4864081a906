"use strict";
// What a page of another origin sends: a preflight without token, then the call with an Origin.
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { token, url } = require("./expectations");

const origin = "https://app.example";

const preflight = (path, method, headers) =>
  fetch(`${url}${path}`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": method,
      ...(headers && { "access-control-request-headers": headers }),
    },
  });

const call = (target, { method = "POST", body, ...headers } = {}) =>
  fetch(target, {
    method,
    headers: {
      origin,
      "content-type": "application/json; charset=utf-8",
      "x-runner-token": token,
      ...headers,
    },
    body,
  });

const cors = (response) => ({
  origin: response.headers.get("access-control-allow-origin"),
  credentials: response.headers.get("access-control-allow-credentials"),
  vary: response.headers.get("vary"),
});
const anyone = { origin: "*", credentials: null, vary: null };

for (const path of [
  "/task/test.tasks.add",
  "/task/test.tasks.hidden",
  "/event/test.events.notify",
  "/discovery",
]) {
  test(`browser: preflight of ${path}`, async () => {
    const response = await preflight(path, "POST", "content-type,x-runner-token");
    assert.strictEqual(response.status, 204);
    assert.strictEqual(await response.text(), "");
    assert.deepStrictEqual(cors(response), anyone);
    assert.strictEqual(response.headers.get("access-control-allow-methods"), "POST, OPTIONS");
    assert.strictEqual(response.headers.get("access-control-allow-headers"), "content-type,x-runner-token");
    assert.strictEqual(response.headers.get("access-control-max-age"), null);
    assert.strictEqual(response.headers.get("x-runner-request-id"), null);
    assert.strictEqual(response.headers.get("content-type"), null);
  });
}

test("browser: preflight that asks for no headers", async () => {
  const response = await preflight("/task/test.tasks.add", "POST");
  assert.strictEqual(response.status, 204);
  assert.deepStrictEqual(cors(response), anyone);
  assert.strictEqual(response.headers.get("access-control-allow-headers"), null);
});

const ok = (result) => ({ ok: true, ...result });
const failed = (message, code, rest) => ({ ok: false, error: { message, code, ...rest } });

const answers = [
  ["a task", "/task/test.tasks.add", { body: '{"input":{"a":2,"b":3}}' }, 200, ok({ result: 5 })],
  ["an encoded id", "/task/test.tasks%2Fwith%20slash", { body: '{"input":"x"}' }, 200, ok({ result: "x" })],
  [
    "a task without a value",
    "/task/test.tasks.nothing",
    {},
    200,
    ok({ result: { __type: "Undefined", value: null } }),
  ],
  ["an event", "/event/test.events.plain", { body: '{"payload":{"text":"x"}}' }, 200, ok()],
  [
    "an event with its payload",
    "/event/test.events.enrich",
    { body: '{"payload":{"count":1},"returnPayload":true}' },
    200,
    ok({ result: { count: 4 } }),
  ],
  [
    "broken JSON",
    "/task/test.tasks.add",
    { body: "{" },
    400,
    failed("Invalid JSON body", "INVALID_JSON"),
  ],
  [
    "the payload of a parallel event",
    "/event/test.events.parallel",
    { body: '{"payload":{"n":1},"returnPayload":true}' },
    400,
    failed(
      "Event test.events.parallel is marked parallel; returning a payload is not supported.",
      "PARALLEL_EVENT_RETURN_UNSUPPORTED",
    ),
  ],
  [
    "a wrong token",
    "/task/test.tasks.add",
    { "x-runner-token": "wrong" },
    401,
    failed("Unauthorized", "UNAUTHORIZED"),
  ],
  [
    "a wrong token on an unknown id",
    "/task/unknown",
    { "x-runner-token": "wrong" },
    401,
    failed("Unauthorized", "UNAUTHORIZED"),
  ],
  ["an unknown id", "/task/unknown", {}, 403, failed("Task unknown not exposed", "FORBIDDEN")],
  ["no id", "/task/", {}, 404, failed("Not Found", "NOT_FOUND")],
  ["an unknown kind", "/nope/x", {}, 404, failed("Not Found", "NOT_FOUND")],
  [
    "GET on a task",
    "/task/test.tasks.add",
    { method: "GET", "x-runner-token": "wrong" },
    405,
    failed("Method Not Allowed", "METHOD_NOT_ALLOWED"),
  ],
  [
    "too large a body",
    "/task/test.tasks.echo",
    { body: JSON.stringify({ input: "x".repeat(3 << 20) }) },
    413,
    failed("Payload too large", "PAYLOAD_TOO_LARGE"),
  ],
  [
    "a typed error",
    "/task/test.tasks.quota",
    { body: '{"input":{"used":5,"limit":5}}' },
    429,
    failed("quota: 5 of 5", "INTERNAL_ERROR", {
      id: "test.errors.quota",
      data: { limit: 5, used: 5 },
      httpCode: 429,
    }),
  ],
  [
    "an aborted task",
    "/task/test.tasks.aborted",
    {},
    499,
    failed("Client Closed Request", "REQUEST_ABORTED"),
  ],
  ["an untyped error", "/task/test.tasks.fails", {}, 500, failed("Internal Error", "INTERNAL_ERROR")],
  ["a panic", "/task/test.tasks.panics", {}, 500, failed("Internal Error", "INTERNAL_ERROR")],
  [
    "a typed error without a status",
    "/task/test.tasks.plainTyped",
    { body: '{"input":{"reason":"because"}}' },
    500,
    failed("because", "INTERNAL_ERROR", { id: "test.errors.plain", data: { reason: "because" } }),
  ],
];

for (const [name, path, options, status, expected] of answers) {
  test(`browser: ${name} answers ${status}`, async () => {
    const response = await call(`${url}${path}`, { "x-runner-request-id": "page:1", ...options });
    const text = await response.text();
    assert.strictEqual(response.status, status);
    // The text and not the value: the order of the keys is part of the protocol.
    assert.strictEqual(text, JSON.stringify(expected));
    assert.deepStrictEqual(cors(response), anyone);
    assert.strictEqual(response.headers.get("content-type"), "application/json; charset=utf-8");
    assert.strictEqual(response.headers.get("content-length"), String(Buffer.byteLength(text)));
    assert.strictEqual(response.headers.get("x-content-type-options"), "nosniff");
    assert.strictEqual(response.headers.get("x-frame-options"), "DENY");
    assert.strictEqual(response.headers.get("x-runner-request-id"), "page:1");
  });
}

test("browser: outside the base path is an envelope as well, without a request id", async () => {
  const response = await call(new URL("/elsewhere", url), { "x-runner-request-id": "page:1" });
  assert.strictEqual(response.status, 404);
  assert.deepStrictEqual(await response.json(), failed("Not Found", "NOT_FOUND"));
  assert.deepStrictEqual(cors(response), anyone);
  assert.strictEqual(response.headers.get("x-runner-request-id"), null);
});

test("browser: discovery by GET", async () => {
  const response = await call(`${url}/discovery`, { method: "GET" });
  assert.strictEqual(response.status, 200);
  assert.deepStrictEqual(cors(response), anyone);
  assert.strictEqual((await response.json()).result.allowList.enabled, true);
});

test("browser: discovery without a token", async () => {
  const response = await call(`${url}/discovery`, { method: "GET", "x-runner-token": "" });
  assert.strictEqual(response.status, 401);
  assert.deepStrictEqual(cors(response), anyone);
  assert.deepStrictEqual(await response.json(), failed("Unauthorized", "UNAUTHORIZED"));
});
