"use strict";
// Writes ejson.json: what @bluelibs/ejson, the serializer of Runner 4.x, writes and reads. See README.md.
process.env.TZ = "UTC";
const { EJSONModule, ObjectId } = require("@bluelibs/ejson");
const { describe } = require("./describe");
const { write, bytesOf, messageOf, same } = require("./write");

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
class Version {
  constructor(text) {
    this.text = text;
  }
  typeName() {
    return "Version";
  }
  toJSONValue() {
    return this.text;
  }
}
class Unregistered {
  constructor(a) {
    this.a = a;
  }
  typeName() {
    return "Unregistered";
  }
  toJSONValue() {
    return this.a;
  }
}

const ejson = new EJSONModule();
ejson.addType("Money", (v) => new Money(v.amount, v.currency));
ejson.addType("Version", (v) => new Version(v));
delete Error.stackTraceLimit;

const custom = (v) => {
  if (v instanceof ObjectId) return { t: "objectid", v: v.toHexString() };
  if (v instanceof Money) return { type: "Money", fields: Object.entries(v) };
  if (v instanceof Version) return { type: "Version", fields: Object.entries(v) };
  return undefined;
};
const tell = (v) => describe(v, custom);
const attempt = (f) => {
  try {
    return { ok: f() };
  } catch (error) {
    return { error: messageOf(error) };
  }
};
const id = (hex) => new ObjectId(hex);
const chain = (times, wrap, leaf) => {
  let v = leaf;
  for (let i = 0; i < times; i += 1) v = wrap(v);
  return v;
};
const self = {};
self.self = self;

const VALUES = {
  null: null,
  true: true,
  zero: 0,
  "minus-zero": -0,
  number: 1.5,
  "1e21": 1e21,
  min: 5e-324,
  "2^53+1": 2 ** 53 + 1,
  string: 'é😀\u2028\n"',
  lone: "\ud800",
  "empty-string": "",
  "empty-array": [],
  "empty-object": {},
  array: [1, "a", null, true],
  object: { b: 1, a: { c: [] } },
  "integer-keys": { b: 1, 2: 2, 1: 3 },
  date: new Date(1704164645678),
  "date-epoch": new Date(0),
  "date-negative": new Date(-1),
  "date-max": new Date(8.64e15),
  "date-min": new Date(-8.64e15),
  "date-invalid": new Date(NaN),
  "date-in-object": { at: new Date(5) },
  "date-in-array": [new Date(1), new Date(2)],
  "date-deep": { a: [{ b: new Date(3) }] },
  regexp: /a.b/gi,
  "regexp-none": /a/,
  "regexp-all": /a/dgimsuy,
  "regexp-v": /a/v,
  "regexp-slash": /a\/b/,
  "regexp-empty": new RegExp(""),
  "regexp-in-object": { r: /x/u },
  "regexp-unsafe": /(a+)+/,
  nan: NaN,
  infinity: Infinity,
  "minus-infinity": -Infinity,
  "nan-in-object": { a: NaN, b: Infinity, c: -Infinity },
  "nan-in-array": [NaN, 1],
  objectid: id("615b033a0397e2e99b70994d"),
  "objectid-upper": id("615B033A0397E2E99B70994D"),
  "objectid-in-object": { _id: id("000000000000000000000000") },
  "objectid-in-array": [id("ffffffffffffffffffffffff")],
  bytes: new Uint8Array([1, 2, 255]),
  "bytes-empty": new Uint8Array([]),
  "bytes-in-object": { b: new Uint8Array([65]) },
  "bytes-buffer": Buffer.from("hi"),
  "bytes-12": { b: new Uint8Array(12) },
  "bytes-ten": new Uint8Array([10, 20]),
  int16: new Int16Array([1, -1]),
  "array-buffer": new ArrayBuffer(2),
  undefined: undefined,
  "undefined-in-object": { a: undefined, b: 1 },
  "undefined-in-array": [undefined, 1],
  "function-in-object": { f() {}, a: 1 },
  "symbol-in-object": { s: Symbol.for("a"), a: 1 },
  bigint: 5n,
  "bigint-in-object": { a: 5n },
  map: new Map([["a", 1]]),
  "map-in-object": { m: new Map([["a", 1]]) },
  set: new Set([1]),
  "set-in-object": { s: new Set([1]) },
  error: new Error("m"),
  "error-fields": { e: Object.assign(new Error("m"), { code: 5 }) },
  url: { u: new URL("https://a.example/x") },
  money: new Money(5, "EUR"),
  "money-in-object": { price: new Money(5, "EUR") },
  "money-in-array": [new Money(1, "A"), new Money(2, "B")],
  "money-date-inside": new Money(new Date(0), "EUR"),
  "money-nan-inside": { p: new Money(NaN, "EUR") },
  "money-money-inside": new Money(new Money(1, "X"), "EUR"),
  version: new Version("1.2"),
  "version-in-object": { v: new Version("") },
  unregistered: new Unregistered(1),
  "unregistered-in-object": { u: new Unregistered(1) },
  "like-date": { $date: 5 },
  "like-date-more": { $date: 5, a: 1 },
  "like-date-in-object": { x: { $date: 5 } },
  "like-regexp": { $regexp: "a", $flags: "" },
  "like-regexp-half": { $regexp: "a" },
  "like-inf": { $InfNaN: 1 },
  "like-objectid": { $objectId: "x" },
  "like-binary": { $binary: "AQ==" },
  "like-custom": { $type: "Money", $value: 1 },
  "like-custom-unknown": { $type: "Nope", $value: 1 },
  "like-custom-three": { $type: "Money", $value: 1, x: 2 },
  "like-escape": { $escape: { a: 1 } },
  "like-escape-date": { $escape: { $date: 5 } },
  "like-escape-text": { $escape: "x" },
  "like-date-date": { $date: new Date(0) },
  "like-in-like": { $date: { $date: { $date: 1 } } },
  "like-date-in-array": [{ $date: 5 }],
  "dollar-keys": { $a: 1, $b: new Date(0) },
  "dollar-one": { $x: { y: new Date(0) } },
  "ejson-file": { $ejson: "File", id: "F1", meta: { name: "a.txt" } },
  "runner-record": { __type: "Date", value: 1 },
  "runner-prefix": { "$runner.escape::a": 1 },
  "unsafe-keys": { constructor: 1, prototype: 2, a: 3 },
  shared: (() => {
    const o = { x: new Date(0) };
    return { a: o, b: o };
  })(),
  cycle: self,
  "deep-100": chain(100, (v) => [v], 1),
  "deep-900": chain(900, (v) => ({ k: v }), new Date(0)),
  class: {
    c: new (class Box {
      constructor() {
        this.a = new Date(0);
      }
    })(),
  },
  "to-json": { a: { toJSON: 1 } },
  "null-prototype": Object.assign(Object.create(null), { a: new Date(0) }),
  booking: {
    id: id("615b033a0397e2e99b70994d"),
    at: new Date(1704164645678),
    price: NaN,
    cost: new Money(12.5, "EUR"),
    tags: ["a", "b"],
    note: undefined,
    match: /^x/i,
    nested: { list: [{ t: new Date(0) }, { v: new Version("1") }] },
  },
  input: { input: { a: new Date(0) } },
  wide: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i])),
};

const rep = (repeat, times) => ({ repeat, times });
const TEXTS = {
  "bad-json": "{",
  empty: "",
  blank: " ",
  bom: "\ufeff{}",
  trailing: "{}x",
  overflow: "1e999",
  "minus-zero": "-0",
  duplicate: '{"$date":1,"$date":2}',
  "escaped-key": '{"\\u0024date":5}',
  lone: '"\\ud800"',
  "bad-utf8": { hex: "22ff22" },
  "date-text": '{"$date":"2024-01-02T03:04:05.678Z"}',
  "date-bad-text": '{"$date":"x"}',
  "date-null": '{"$date":null}',
  "date-true": '{"$date":true}',
  "date-fraction": '{"$date":1.9}',
  "date-too-big": '{"$date":8640000000000001}',
  "date-array": '{"$date":[]}',
  "date-object": '{"$date":{}}',
  "date-in-date": '{"$date":{"$date":5}}',
  "date-overflow": '{"$date":1e999}',
  "date-case": '{"$Date":5}',
  "date-extra": '{"$date":5,"$x":1}',
  "date-extra-plain": '{"$date":5,"x":1}',
  regexp: '{"$regexp":"a","$flags":"g"}',
  "regexp-order": '{"$flags":"g","$regexp":"a"}',
  "regexp-no-flags": '{"$regexp":"a"}',
  "regexp-three": '{"$regexp":"a","$flags":"","$x":1}',
  "regexp-bad": '{"$regexp":"(","$flags":""}',
  "regexp-unsafe": '{"$regexp":"(a+)+","$flags":""}',
  "regexp-flags-twice": '{"$regexp":"a","$flags":"ggi"}',
  "regexp-flags-unknown": '{"$regexp":"a","$flags":"xsdvg"}',
  "regexp-flags-null": '{"$regexp":"a","$flags":null}',
  "regexp-flags-number": '{"$regexp":"a","$flags":5}',
  "regexp-flags-array": '{"$regexp":"a","$flags":[]}',
  "regexp-number": '{"$regexp":5,"$flags":""}',
  "regexp-null": '{"$regexp":null,"$flags":""}',
  "regexp-long": ['{"$flags":"","$regexp":"', rep("a", 5000), '"}'],
  "regexp-flags-order": '{"$regexp":"a","$flags":"yumig"}',
  "regexp-flags-long": ['{"$regexp":"a","$flags":"', rep("x", 50), 'g"}'],
  "inf-0": '{"$InfNaN":0}',
  "inf-1": '{"$InfNaN":1}',
  "inf-minus-1": '{"$InfNaN":-1}',
  "inf-5": '{"$InfNaN":5}',
  "inf-minus-0": '{"$InfNaN":-0}',
  "inf-fraction": '{"$InfNaN":-0.5}',
  "inf-text": '{"$InfNaN":"x"}',
  "inf-text-number": '{"$InfNaN":"-1"}',
  "inf-text-empty": '{"$InfNaN":""}',
  "inf-null": '{"$InfNaN":null}',
  "inf-true": '{"$InfNaN":true}',
  "inf-array": '{"$InfNaN":[1]}',
  "inf-object": '{"$InfNaN":{}}',
  "inf-case": '{"$infNaN":1}',
  objectid: '{"$objectId":"615b033a0397e2e99b70994d"}',
  "objectid-upper": '{"$objectId":"615B033A0397E2E99B70994D"}',
  "objectid-short": '{"$objectId":"615b"}',
  "objectid-not-hex": '{"$objectId":"zz5b033a0397e2e99b70994d"}',
  "objectid-number": '{"$objectId":5}',
  "objectid-null": '{"$objectId":null}',
  "objectid-case": '{"$objectID":"x"}',
  oid: '{"$oid":"615b033a0397e2e99b70994d"}',
  binary: '{"$binary":"AQL/"}',
  "binary-decimal": '{"$binary":"MSwyLDI1NQ=="}',
  "binary-empty": '{"$binary":""}',
  "binary-bad": '{"$binary":"%%%"}',
  "binary-number": '{"$binary":5}',
  "binary-null": '{"$binary":null}',
  escape: '{"$escape":{"$date":5}}',
  "escape-plain": '{"$escape":{"a":1}}',
  "escape-empty": '{"$escape":{}}',
  "escape-date-inside": '{"$escape":{"$date":{"$date":5}}}',
  "escape-many": '{"$escape":{"a":{"$date":1},"b":[{"$date":2}],"c":3}}',
  "escape-escape": '{"$escape":{"$escape":{"$date":5}}}',
  "escape-array": '{"$escape":[1,{"$date":2}]}',
  "escape-text": '{"$escape":"ab"}',
  "escape-number": '{"$escape":5}',
  "escape-null": '{"$escape":null}',
  "escape-two": '{"$escape":{"a":1},"$x":2}',
  "escape-proto": '{"$escape":{"__proto__":{"a":1},"b":2}}',
  custom: '{"$type":"Money","$value":{"amount":5,"currency":"EUR"}}',
  "custom-order": '{"$value":"1","$type":"Version"}',
  "custom-unknown": '{"$type":"Nope","$value":1}',
  "custom-unknown-nested": '{"a":[{"$type":"Nope","$value":1}]}',
  "custom-case": '{"$type":"money","$value":{}}',
  "custom-type-number": '{"$type":5,"$value":{}}',
  "custom-no-value": '{"$type":"Money"}',
  "custom-three": '{"$type":"Money","$value":{},"$x":1}',
  "custom-null": '{"$type":"Money","$value":null}',
  "custom-extra": '{"$type":"Money","$value":{"amount":1,"x":2}}',
  "custom-date-inside": '{"$type":"Money","$value":{"amount":{"$date":5},"currency":"E"}}',
  "custom-unknown-inside": '{"$type":"Money","$value":{"amount":{"$type":"Nope","$value":1}}}',
  "custom-proto": '{"$type":"__proto__","$value":1}',
  "one-dollar": '{"$x":1}',
  "dollar-and-plain": '{"$date":1,"a":{"$date":2}}',
  "root-array": '[{"$date":1}]',
  "deep-record": '{"a":{"b":[[{"$InfNaN":0}]]}}',
  file: '{"f":{"$ejson":"File","id":"F1","meta":{"name":"a"}}}',
  "runner-date": '{"__type":"Date","value":"1970-01-01T00:00:00.000Z"}',
  "runner-unknown": '{"__type":"Nope","value":1}',
  "runner-graph": '{"__graph":true,"root":1,"nodes":{}}',
  "runner-prefix": '{"$runner.escape::a":1}',
  "unsafe-proto": '{"__proto__":{"a":1},"b":2}',
  "unsafe-constructor": '{"constructor":{"prototype":1}}',
  "deep-1000": [rep("[", 1000), rep("]", 1000)],
  "deep-100000": [rep("[", 100000), rep("]", 100000)],
  "deep-escape-300": [rep('{"$escape":', 300), "{}", rep("}", 300)],
};

function reading(text) {
  const back = attempt(() => tell(ejson.parse(text)));
  return "error" in back ? { refused: back.error } : { accepted: back.ok };
}

function valueCase([name, value]) {
  const described = tell(value);
  const text = attempt(() => ejson.stringify(value));
  const out = { name: `value/${name}`, kind: "value", text: text.ok ?? null, value: described };
  if ("error" in text) return { ...out, textRefused: text.error };
  if (text.ok === undefined) return { ...out, textRefused: "nothing is written" };
  const parsed = reading(text.ok);
  if (!same(parsed, { accepted: described })) out.parsed = parsed;
  const back = attempt(() => ejson.stringify(ejson.parse(text.ok)));
  out.roundtrip = back.ok === text.ok ? "same" : (back.ok ?? { refused: back.error });
  return out;
}

function textCase([name, given]) {
  const c = typeof given === "string" ? { text: given } : Array.isArray(given) ? { parts: given } : given;
  const parsed = reading(bytesOf(c).toString("utf8"));
  return {
    name: `text/${name}`,
    kind: "hostile",
    ...c,
    outcome: parsed.accepted ? parsed : "refused",
    ...(parsed.refused ? { error: parsed.refused } : {}),
  };
}

write("ejson.json", [...Object.entries(VALUES).map(valueCase), ...Object.entries(TEXTS).map(textCase)]);
