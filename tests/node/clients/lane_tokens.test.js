"use strict";
// Lane tokens as Runner 6 makes them, by Node's own crypto, on the calls of a real client.
const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const { test } = require("node:test");
const { createHttpClient, Serializer } = require("@bluelibs/runner/node");

const url = process.env.TUNNEL_URL;
const token = process.env.TUNNEL_TOKEN;
const lanes = JSON.parse(process.env.LANES);
if (!url || !token) throw new Error("set TUNNEL_URL and TUNNEL_TOKEN");

const serializer = new Serializer();
const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");

/** As `issueRemoteLaneToken` of Runner 6.4. */
function issue({ lane, algorithm, key }, kind, target, body) {
  const iat = Math.floor(Date.now() / 1000);
  const hash = crypto.createHash("sha256").update(body).digest("base64url");
  const claims = { lane, cap: "produce", kind, target, hash, iat, exp: iat + 60 };
  const text = `${encode({ alg: algorithm, typ: "JWT" })}.${encode(claims)}`;
  const sign = {
    HS256: () => crypto.createHmac("sha256", key).update(text).digest(),
    EdDSA: () => crypto.sign(null, Buffer.from(text), key),
    ES256: () => crypto.sign("sha256", Buffer.from(text), key),
    RS256: () => crypto.sign("sha256", Buffer.from(text), key),
  };
  return `${text}.${sign[algorithm]().toString("base64url")}`;
}

/** A client whose calls carry this lane token. */
const client = (laneToken) =>
  createHttpClient({
    baseUrl: url,
    auth: { token },
    serializer,
    onRequest: ({ headers }) => {
      headers.authorization = `Bearer ${laneToken}`;
    },
  });

const input = { a: 1, list: [1.5, null, -2e30], text: "zażółć / <ok>" };

for (const lane of lanes) {
  test(`${lane.algorithm}: a call with the token for it gets through`, async () => {
    const body = serializer.stringify({ input });
    const laneToken = issue(lane, "rpc-task", lane.task, body);
    assert.deepStrictEqual(await client(laneToken).task(lane.task, input), input);
  });

  test(`${lane.algorithm}: a token for another input does not`, async () => {
    const laneToken = issue(lane, "rpc-task", lane.task, serializer.stringify({ input: "another" }));
    await assert.rejects(client(laneToken).task(lane.task, input), { code: "UNAUTHORIZED" });
  });
}
