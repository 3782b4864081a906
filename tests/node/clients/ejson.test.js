"use strict";
// Runner 4's dialect: what `@bluelibs/ejson` writes and reads, posted to a tunnel that speaks it. A second tunnel
// over the same tasks speaks Runner 5's.
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { EJSONModule } = require("@bluelibs/ejson");
const { Serializer } = require("@bluelibs/runner/node");
const { assertSame, token, url } = require("./typed");

const ejsonUrl = process.env.TUNNEL_EJSON_URL;
if (!ejsonUrl) throw new Error("set TUNNEL_EJSON_URL");

class Money {
  constructor(amount, currency) {
    this.amount = amount;
    this.currency = currency;
  }
  typeName() {
    return "Money";
  }
  toJSONValue() {
    return { amount: this.amount, currency: this.currency };
  }
}

const ejson = new EJSONModule();
ejson.addType("Money", ({ amount, currency }) => new Money(amount, currency));

const at = new Date("2026-03-04T05:06:07.089Z");

async function post(path, body, base = ejsonUrl) {
  const response = await fetch(`${base}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-runner-token": token },
    body,
  });
  return { status: response.status, text: await response.text() };
}

async function answer(path, body) {
  const { status, text } = await post(path, body);
  assert.strictEqual(status, 200, text);
  return ejson.parse(text);
}

const task = async (id, input) => (await answer(`/task/${id}`, ejson.stringify({ input }))).result;

const values = {
  "dates": [at, new Date(0), new Date(-1), [{ at }]],
  "regular expressions": [/^a(b|c)+$/gi, /x/, [/y/m]],
  "numbers that are not finite": [NaN, Infinity, -Infinity, { n: NaN }],
  "plain values": [null, true, 0, -1.5, 1e21, "", "žluť 🐙", [], {}, { a: [{ b: null }] }],
  "registered types": [new Money(5, "EUR"), [new Money(1, "a")], { price: new Money(2, "b") }],
  "what looks like a record": [
    { $date: 5 },
    { $type: "x", $value: 1 },
    { $escape: { $date: 1 } },
    { $InfNaN: 0 },
    { $regexp: "a", $flags: "g" },
    { a: { $date: at } },
    { $date: 1, other: 2, third: 3 },
  ],
  "what looks like Runner 5's records": [
    { __type: "Date", value: "2026-03-04T05:06:07.089Z" },
    { __graph: true, root: 1, nodes: {} },
    { "$runner.escape::__type": 1 },
  ],
};

for (const [name, list] of Object.entries(values)) {
  for (const id of ["test.tasks.any", "typed.tasks.dynamic"]) {
    test(`ejson: ${name} through ${id}`, async () => {
      for (const value of list) assertSame(await task(id, value), ejson.parse(ejson.stringify(value)));
    });
  }
  test(`ejson: ${name} through an event`, async () => {
    for (const value of list) {
      const body = ejson.stringify({ payload: value, returnPayload: true });
      assertSame((await answer("/event/test.events.any", body)).result, ejson.parse(ejson.stringify(value)));
    }
  });
}

test("ejson: typed tasks take and give their own types", async () => {
  assertSame(await task("typed.tasks.chronoUtc", at), at);
  assertSame(await task("typed.tasks.jiff", at), at);
  assertSame(await task("typed.tasks.systemTime", at), at);
  assertSame(await task("typed.tasks.time", { offset: at, utc: at }), { offset: at, utc: at });
  assertSame(await task("typed.tasks.regExp", /^a/gi), /^a/gi);
  assertSame(await task("typed.tasks.floats", [NaN, 1, -Infinity]), [NaN, 1, -Infinity]);
  assertSame(await task("typed.tasks.money", new Money(5, "EUR")), new Money(5, "EUR"));
  assertSame(await task("typed.tasks.flattenedMap", { id: 1, at }), { id: 1, at });
});

test("ejson: an integer beyond 2^53 is text", async () => {
  const { text } = await post("/task/typed.tasks.u64", '{"input":18446744073709551615}');
  assert.strictEqual(text, '{"ok":true,"result":"18446744073709551615"}');
});

test("ejson: undefined is left out", async () => {
  assert.strictEqual(ejson.stringify({ input: undefined }), "{}");
  assertSame(await task("typed.tasks.option", undefined), null);
  assertSame(await task("typed.tasks.maybe", { null: 1, missing: undefined, undefined: null }), { null: 1 });
});

test("ejson: kinds that the dialect lacks go out as plain JSON", async () => {
  const booking = {
    from: at,
    seats: { 12: ["Ada"] },
    reference: 5,
    discount: NaN,
    ticket: [1, 2],
    link: "https://example.org/",
    price: new Money(1, "EUR"),
  };
  const next = await task("typed.tasks.next", booking);
  assertSame(next.from, new Date(at.getTime() + 604_800_000));
  assertSame(next.discount, NaN);
  assertSame(next.price, new Money(2, "EUR"));
  assertSame(next.link, "https://example.org/?week=2");
  assertSame(next.note, "first");
  assertSame(next.reference, 6);
});

test("ejson: an unknown type is refused", async () => {
  const { status, text } = await post("/task/test.tasks.any", '{"input":{"$type":"Stranger","$value":1}}');
  assert.strictEqual(status, 400);
  assert.strictEqual(text, '{"ok":false,"error":{"message":"Invalid JSON body","code":"INVALID_JSON"}}');
});

test("ejson: a misfit says where", async () => {
  const { status, text } = await post("/task/typed.tasks.money", '{"input":{"$type":"Money","$value":{"amount":"5","currency":"EUR"}}}');
  assert.strictEqual(status, 400);
  assert.strictEqual(ejson.parse(text).error.data.path, "input.amount");
});

test("ejson: the data of a typed error hold a Date", async () => {
  const { status, text } = await post("/task/typed.tasks.closed", ejson.stringify({ input: at }));
  assert.strictEqual(status, 423);
  assertSame(ejson.parse(text), {
    ok: false,
    error: {
      message: "closed",
      code: "INTERNAL_ERROR",
      id: "typed.errors.closed",
      data: { until: at, seats: ejson.parse(text).error.data.seats },
      httpCode: 423,
    },
  });
});

test("ejson: an event without its payload back answers nothing", async () => {
  const { text } = await post("/event/test.events.any", ejson.stringify({ payload: { at } }));
  assert.strictEqual(text, '{"ok":true}');
});

test("ejson: the other tunnel of the program speaks Runner 5's dialect", async () => {
  const serializer = new Serializer();
  const both = { at, pattern: /a/g };
  const path = "/task/test.tasks.any";
  const runner = await post(path, serializer.stringify({ input: both }), url);
  assertSame(serializer.parse(runner.text), { ok: true, result: both });
  assertSame(await task("test.tasks.any", both), both);

  // Each takes the other's records for what they are to it: plain objects.
  const asPlain = await post(path, ejson.stringify({ input: both }), url);
  assert.strictEqual(asPlain.text, ejson.stringify({ ok: true, result: both }));
  const plain = JSON.parse(serializer.stringify(both));
  const { text } = await post(path, JSON.stringify({ input: plain }));
  assert.deepStrictEqual(JSON.parse(text), { ok: true, result: plain });
});
