"use strict";
// What the scripts about typed values share: the clients, the custom types, and how values are compared.
const assert = require("node:assert/strict");
const { inspect, isDeepStrictEqual } = require("node:util");
const {
  createHttpClient,
  createHttpMixedClient,
  createHttpSmartClient,
  Serializer,
} = require("@bluelibs/runner/node");

const url = process.env.TUNNEL_URL;
const token = process.env.TUNNEL_TOKEN;
if (!url || !token) throw new Error("set TUNNEL_URL and TUNNEL_TOKEN");

class Money {
  constructor(amount, currency) {
    this.amount = amount;
    this.currency = currency;
  }
}

class Shape {
  constructor(fields) {
    Object.assign(this, fields);
  }
}

class Boxed {
  constructor(inner) {
    this.inner = inner;
  }
}

/** A serializer that knows the types that Rust declares by `#[tunnel_type]`. */
function serializerWith(strategy) {
  const serializer = new Serializer();
  const add = (Type, serialize, deserialize) =>
    serializer.addType({
      id: Type.name,
      is: (value) => value instanceof Type,
      serialize,
      deserialize,
      strategy,
    });
  add(Money, ({ amount, currency }) => ({ amount, currency }), (payload) => new Money(payload.amount, payload.currency));
  add(Shape, (shape) => ({ ...shape }), (payload) => new Shape(payload));
  add(Boxed, ({ inner }) => inner, (payload) => new Boxed(payload));
  return serializer;
}

const kinds = {
  createHttpClient,
  createHttpSmartClient,
  createHttpMixedClient,
  "createHttpMixedClient, forced smart": (config) =>
    createHttpMixedClient({ ...config, forceSmart: true }),
};

const connect = (create, serializer, rest) =>
  create({ baseUrl: url, auth: { token }, serializer, ...rest });

/** Sends a body as it is, which no client does for graphs. */
async function post(path, body) {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-runner-token": token },
    body,
  });
  return { status: response.status, text: await response.text() };
}

function assertSame(actual, expected) {
  assert.ok(
    isDeepStrictEqual(actual, expected),
    `expected ${inspect(expected, { depth: 9 })}\n   found ${inspect(actual, { depth: 9 })}`,
  );
}

async function failure(promise) {
  return promise.then(
    (value) => assert.fail(`resolved with ${inspect(value)}`),
    (error) => error,
  );
}

module.exports = { assertSame, Boxed, connect, failure, kinds, Money, post, serializerWith, Shape, token, url };
