"use strict";
// What browsers make of CORS: which pages may call, with which headers, and what they may read of an answer.
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { visit } = require("./site");
const { guarded, rust, tunnel } = require("./tunnel");
const { watched } = require("./watched");

const app = visit("app");
const stranger = visit("stranger");

/** What a page can read of a call's answer: `null` when the browser lets it read nothing. */
const add = async (page, tunnel, rest) =>
  (await page).evaluate(
    async ({ tunnel, rest }) => {
      const response = await json(tunnel, "test.tasks.add", { a: 2, b: 3 }, rest).catch(() => null);
      return response && { status: response.status, requestId: response.headers.get("x-runner-request-id") };
    },
    { tunnel, rest },
  );
const works = { status: 200, requestId: null };

test("origins: a preflight goes first, and carries no token", async (t) => {
  const [peer, seen] = await watched(t, tunnel);
  assert.deepStrictEqual(await add(app, peer), works);
  assert.deepStrictEqual(seen, [
    { method: "OPTIONS", asks: "content-type,x-runner-token", token: undefined },
    { method: "POST", asks: undefined, token: tunnel.token },
  ]);
});

test("origins: a form with a token has a preflight too", async (t) => {
  const [peer, seen] = await watched(t, tunnel);
  const status = await (await app).evaluate(
    async (tunnel) => (await send(tunnel, "test.tasks.add", form({ a: 2, b: 3 }, {}))).status,
    peer,
  );
  assert.strictEqual(status, 200);
  assert.deepStrictEqual(seen, [
    { method: "OPTIONS", asks: "x-runner-token", token: undefined },
    { method: "POST", asks: undefined, token: tunnel.token },
  ]);
});

test("origins: no cookies where every origin may read", async () => {
  assert.strictEqual(await add(app, tunnel, { credentials: "include" }), null);
});

test("origins: any header where none are named", async () => {
  assert.deepStrictEqual(await add(app, tunnel, { headers: { "x-other": "1" } }), works);
});

if (rust) {
  test("origins: a page of an allowed origin may call, with cookies", async () => {
    assert.strictEqual((await add(app, guarded, { credentials: "include" })).status, 200);
  });

  test("origins: a call of another origin ends with its preflight", async (t) => {
    const [peer, seen] = await watched(t, guarded);
    assert.strictEqual(await add(stranger, peer), null);
    assert.deepStrictEqual(seen.map(({ method }) => method), ["OPTIONS"]);
    // It is the tunnel that does not want this page: another one does.
    assert.deepStrictEqual(await add(stranger, tunnel), works);
  });

  test("origins: a call with a header that is not allowed ends with its preflight", async (t) => {
    const [peer, seen] = await watched(t, guarded);
    assert.strictEqual(await add(app, peer, { headers: { "x-other": "1" } }), null);
    assert.deepStrictEqual(seen.map(({ method }) => method), ["OPTIONS"]);
  });

  test("origins: a call without a preflight is not read by another origin", async (t) => {
    const [peer, seen] = await watched(t, guarded);
    const read = ({ url }) => fetch(`${url}/discovery`).then(() => true, () => false);
    assert.strictEqual(await (await stranger).evaluate(read, peer), false);
    assert.deepStrictEqual(seen.map(({ method }) => method), ["GET"]);
  });

  test("origins: pages read the request id where it is exposed, of errors too", async () => {
    const headers = { "x-runner-request-id": "page:1" };
    assert.deepStrictEqual(await add(app, guarded, { headers }), { status: 200, requestId: "page:1" });
    const refused = await add(app, { ...guarded, token: "wrong" }, { headers });
    assert.deepStrictEqual(refused, { status: 401, requestId: "page:1" });
  });
}
