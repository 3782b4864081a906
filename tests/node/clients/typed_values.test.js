"use strict";
// JavaScript's values through Rust types and back, by every client.
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { r } = require("@bluelibs/runner/node");
const { assertSame, Boxed, connect, failure, kinds, Money, post, serializerWith, Shape } = require("./typed");

const at = new Date("2026-03-04T05:06:07.089Z");
const early = new Date(-62_135_596_800_000);
const leap = new Date("2024-02-29T23:59:59.999Z");
const seats = new Map([
  [1, new Set(["Ada", "Žofie"])],
  [2 ** 53 - 1, new Set()],
]);
const fault = Object.assign(new RangeError("too far", { cause: new Map([["at", at]]) }), {
  code: 7n,
  since: at,
});

const everything = {
  at,
  since: leap,
  seats,
  tags: new Set(["b", "a"]),
  big: -(2n ** 100n),
  exact: 2n ** 64n - 1n,
  ratio: NaN,
  file: Uint8Array.of(0, 127, 255),
  samples: Int16Array.of(-32768, 0, 32767),
  link: new URL("https://ada@example.org:8443/a%20b?q=1#top"),
  query: new URLSearchParams("a=1&a=2&b=x+y&c="),
  pattern: /^a(b|c)+$/giu,
  fault,
  symbol: Symbol.for("app.key"),
  nothing: undefined,
  note: null,
  price: new Money(5, "EUR"),
  shape: new Shape({ kind: "group", since: at, parts: [new Shape({ kind: "nothing" })] }),
};

// Where serde reads from a copy, a dynamic value beside types of other crates loses the kinds of what is in it.
const copyable = { ...everything, fault: Object.assign(new RangeError("too far"), { code: 7 }) };

const booking = {
  from: at,
  seats: new Map([
    [12, new Set(["Ada"])],
    [7, new Set(["Žofie", "Ada"])],
  ]),
  reference: 2n ** 90n,
  discount: NaN,
  note: null,
  ticket: Uint8Array.of(1, 2, 255),
  link: new URL("https://example.org/booking?seat=12"),
  price: new Money(4200, "CZK"),
};
const following = {
  from: new Date(at.getTime() + 7 * 24 * 60 * 60 * 1000),
  seats: new Map([
    [12, new Set(["Ada", "Grace"])],
    [7, new Set(["Žofie", "Ada", "Grace"])],
  ]),
  reference: 2n ** 90n + 1n,
  discount: NaN,
  note: "first",
  ticket: Uint8Array.of(255, 2, 1),
  link: new URL("https://example.org/booking?seat=12&week=2"),
  price: new Money(8400, "CZK"),
};

/** What comes back as it was sent, which for an Error is not quite itself: tasks and what each is given. */
const same = {
  chronoUtc: [at, new Date(0), new Date(-1), leap, early, new Date(8.2e15)],
  chronoFixed: [at, early],
  jiff: [at, new Date(0), new Date(-1), leap, early],
  systemTime: [at, new Date(0), leap],
  unixMillis: [at, new Date(0), new Date(-1), new Date(8.64e15), new Date(-8.64e15)],
  time: [
    { offset: at, utc: leap },
    { offset: new Date(-1), utc: early },
  ],

  map: [seats, new Map()],
  mapOfPairs: [new Map([[at, { deep: [/x/, 1n] }], [leap, undefined]]), new Map()],
  set: [new Set([3, -1, 2 ** 53 - 1]), new Set()],
  plainMap: [{ a: 1, "": 2 }, {}],
  plainNumberMap: [{ 1: 10, 7: -7 }],
  pairs: [[["b", 1], ["a", 2]]],

  i32: [0, -1, 2147483647, -2147483648],
  i64: [0, 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)],
  u64: [0, 2 ** 53 - 1, 2n ** 64n - 1n],
  i128: [0n, 5n, -(2n ** 127n), 2n ** 127n - 1n],
  u128: [0n, 2n ** 128n - 1n],
  bigInt: [0n, -5n, 2n ** 100n],
  bigInt64: [5n, -(2n ** 63n)],
  hugeInts: [
    { wrapped: 0n, unsigned: 0n },
    { wrapped: -(7n ** 400n), unsigned: 3n ** 500n },
    { wrapped: -1n, unsigned: 2n ** 64n },
  ],
  f64: [NaN, Infinity, -Infinity, 0, 0.1, 5e-324, 1.7976931348623157e308, -2.5],
  f32: [NaN, Infinity, -Infinity, 0.5],
  floats: [[NaN, 1, -Infinity], []],

  option: [null, 5],
  unit: [undefined],
  undefined: [undefined],
  maybe: [
    { null: null, undefined: undefined },
    { null: 1, missing: 2, undefined: 3 },
  ],

  vecU8: [[0, 255], []],
  bytesBytes: [Uint8Array.of(0, 1, 255), new Uint8Array()],
  bytes: [Uint8Array.of(0, 1, 255), new Uint8Array(), new Uint8Array(70_000).fill(7)],
  buffer: [Buffer.from("ahoj"), Buffer.alloc(0)],
  arrayBuffer: [Uint8Array.of(1, 2, 3).buffer, new ArrayBuffer(0)],
  dataView: [new DataView(Uint8Array.of(9, 8, 7).buffer)],
  int8Array: [Int8Array.of(-128, 0, 127)],
  uint8ClampedArray: [Uint8ClampedArray.of(0, 300, 7)],
  int16Array: [Int16Array.of(-32768, 1, 32767)],
  uint16Array: [Uint16Array.of(0, 65535)],
  int32Array: [Int32Array.of(-2147483648, 2147483647)],
  uint32Array: [Uint32Array.of(0, 4294967295)],
  float32Array: [Float32Array.of(1.5, NaN, -Infinity, 3.4e38)],
  float64Array: [Float64Array.of(0.1, NaN, Infinity, 5e-324, -0)],
  bigInt64Array: [BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
  bigUint64Array: [BigUint64Array.of(0n, 2n ** 64n - 1n)],

  string: ["", "žluť 🐙", "__type"],
  jsString: ["", "a\ud800", "\udc00\ud83d", "😀"],
  url: [new URL("https://example.org/"), new URL("mailto:ada@example.org"), new URL("https://žluť.example/ř?q=🐙")],
  urlText: [new URL("https://example.org/a?b#c")],
  plainUrl: ["https://example.org/"],
  urlSearchParams: [new URLSearchParams("a=1&b=%F0%9F%90%99&a=2"), new URLSearchParams()],
  regExp: [/a/, /^(?<year>\d{4})-x[^\]]$/dgimsuy, new RegExp("")],
  jsError: [new Error("plain"), new TypeError(""), fault, new Error("chain", { cause: new Error("root") })],
  symbol: [Symbol.for(""), Symbol.for("ž"), Symbol.iterator, Symbol.asyncIterator],

  money: [new Money(5, "EUR"), new Money(2n ** 60n, "CZK")],
  shape: [
    new Shape({ kind: "nothing" }),
    new Shape({ kind: "circle", radius: NaN }),
    everything.shape,
  ],
  boxed: [new Boxed([]), new Boxed([new Money(1, "a"), new Money(2, "b")])],
  boxedDate: [new Boxed(at)],

  everything: [everything],
  external: ["Empty", { Full: everything }],
  internal: [{ tag: "Empty" }, { tag: "Full", ...copyable }],
  adjacent: [{ tag: "Empty" }, { tag: "Full", content: everything }, { content: copyable, tag: "Full" }],
  untagged: [5, NaN, "text", copyable, at],
  flattened: [{ id: 5, ...copyable }],
  copied: [{ id: 1, since: null, big: null, any: [{ at, seats, big: 1n }, /x/, fault, undefined] }],
  flattenedMap: [{ id: 5 }, { id: 5, a: at, b: leap }],
  tuple: [[at, new Map([[1, true]]), 5n, undefined]],

  booking: [booking, { ...booking, note: "n", discount: Infinity, ticket: new Uint8Array(), seats: new Map() }],
};

/** What a type takes beside its own kind, and as what it goes back. */
const changed = {
  chronoUtc: [["2026-03-04T06:06:07.089+01:00", at]],
  jiff: [["2026-03-04T05:06:07.089Z", at]],
  unixMillis: [
    [at.getTime(), at],
    ["2026-03-04T06:06:07.089+01:00", at],
    ["2026-03-04", new Date("2026-03-04")],
  ],
  plainMoments: [
    [
      { chrono: at, naive: at, jiff: at, time: null },
      {
        chrono: "2026-03-04T05:06:07.089Z",
        naive: "2026-03-04T05:06:07.089",
        jiff: "2026-03-04T05:06:07.089Z",
        time: null,
      },
    ],
    [
      { chrono: "2026-03-04T06:06:07+01:00", naive: "2026-03-04T05:06:07", jiff: "2026-03-04T06:06:07+01:00", time: null },
      { chrono: "2026-03-04T05:06:07Z", naive: "2026-03-04T05:06:07", jiff: "2026-03-04T05:06:07Z", time: null },
    ],
    // time's own form, without its feature `serde-human-readable`.
    [
      { chrono: at, naive: at, jiff: at, time: at },
      {
        chrono: "2026-03-04T05:06:07.089Z",
        naive: "2026-03-04T05:06:07.089",
        jiff: "2026-03-04T05:06:07.089Z",
        time: [2026, 63, 5, 6, 7, 89_000_000, 0, 0, 0],
      },
    ],
  ],
  plainSystemTime: [
    [at, { secs_since_epoch: Math.floor(at.getTime() / 1000), nanos_since_epoch: 89_000_000 }],
  ],
  numbered: [[{ chrono: 1500, jiff: -1500 }, [1500, -1500]]],

  map: [
    [{ 1: new Set(["a"]), 2: ["b", "b"] }, new Map([[1, new Set(["a"])], [2, new Set(["b"])]])],
    [new Map([[5n, new Set(["a"])]]), new Map([[5, new Set(["a"])]])],
  ],
  set: [[[1, 2, 2], new Set([1, 2])]],
  plainMap: [[new Map([["a", 1]]), { a: 1 }]],
  plainNumberMap: [[new Map([[1, 5], [2, 6]]), { 1: 5, 2: 6 }]],
  pairs: [[new Map([["b", 1], ["a", 2]]), [["b", 1], ["a", 2]]]],
  plainSet: [
    [new Set(["a"]), ["a"]],
    [["a", "a"], ["a"]],
  ],

  i32: [[5n, 5]],
  i64: [
    [5n, 5],
    [2 ** 53, 2n ** 53n],
  ],
  i128: [[5, 5n]],
  bigInt: [[5, 5n]],
  bigInt64: [[5, 5n]],
  f64: [[-0, 0]],
  option: [[undefined, null]],
  unit: [[null, undefined]],
  undefined: [[null, undefined]],

  vecU8: [
    [Uint8Array.of(1, 255), [1, 255]],
    [Buffer.from([1, 255]), [1, 255]],
  ],
  bytesBytes: [[Buffer.from([1, 255]), Uint8Array.of(1, 255)]],
  bytes: [
    [Buffer.from([1, 255]), Uint8Array.of(1, 255)],
    [Int16Array.of(1, -1), Uint8Array.of(1, 0, 255, 255)],
    [[1, 255], Uint8Array.of(1, 255)],
    ["ž", Uint8Array.of(0xc5, 0xbe)],
    [new DataView(Uint8Array.of(1).buffer), Uint8Array.of(1)],
  ],
  int16Array: [[[1, -1], Int16Array.of(1, -1)]],
  float64Array: [
    [Float32Array.of(0.5), Float64Array.of(0.5)],
    [[1, NaN], Float64Array.of(1, NaN)],
  ],

  string: [
    [new URL("https://example.org/a"), "https://example.org/a"],
    [new URLSearchParams("a=1"), "a=1"],
    [at, "2026-03-04T05:06:07.089Z"],
  ],
  url: [["https://example.org", new URL("https://example.org/")]],
  plainUrl: [[new URL("https://example.org/a"), "https://example.org/a"]],
  urlSearchParams: [["?a=1", new URLSearchParams("a=1")]],

  // Who does not know the type sends what is in it.
  money: [[{ amount: 5, currency: "EUR" }, new Money(5, "EUR")]],
  boxed: [[[{ amount: 1, currency: "a" }], new Boxed([new Money(1, "a")])]],
  // The first variant that fits.
  untagged: [["2026-03-04T05:06:07.089Z", at]],
  next: [[booking, following]],
};

/** What does not fit, and where and how it says so. */
const misfits = {
  chronoUtc: [
    [true, "input"],
    [5, "input"],
    [new Date(-8.64e15), "input"],
  ],
  systemTime: [[new Date(-1), "input"]],
  i32: [
    [2n ** 31n, "input"],
    [2 ** 31, "input"],
    [at, "input"],
  ],
  u64: [
    [-1n, "input"],
    [2n ** 64n, "input"],
  ],
  i128: [[2n ** 127n, "input"]],
  map: [
    [new Map([["x", new Set()]]), "input[0]"],
    [new Map([[1, new Set()], [2, 5]]), "input[1]"],
    [{ 1: 5 }, 'input["1"]'],
    [at, "input"],
  ],
  string: [
    ["a\ud800", "input"],
    [5n, "input"],
    [Symbol.for("a"), "input"],
    [new Set(["a"]), "input"],
  ],
  // serde's copies have neither 128 bits nor the fields of a SystemTime.
  copied: [
    [{ id: 1, since: at }, "input"],
    [{ id: 1, big: 5n }, "input"],
  ],
  url: [["nowhere", "input"]],
  money: [
    [new Money("5", "EUR"), "input.amount"],
    [new Shape({ amount: 5, currency: "EUR" }), "input"],
  ],
  everything: [
    [{ ...everything, at: "yesterday" }, "input.at"],
    [{ ...everything, price: new Money(5) }, "input.price.currency"],
  ],
};

/** What docs/typed-values.md says of bodies that no client writes, or of what a value looks like on its way. */
const told = {
  "Dates of forms that only V8 reads are refused": ["test.tasks.any", { __type: "Date", value: "March 4, 2026" }, "INVALID_JSON"],
  "a time without a zone is UTC": [
    "test.tasks.any",
    { __type: "Date", value: "2026-03-04T05:06:07" },
    { __type: "Date", value: "2026-03-04T05:06:07.000Z" },
  ],
  "serde_json's values see a Date as text": ["test.tasks.echo", { __type: "Date", value: at.toISOString() }, at.toISOString()],
  "serde_json's values take no Map with other keys": ["test.tasks.echo", { __type: "Map", value: [[1, 2]] }, "INVALID_INPUT"],
  "a RegExp is no string": ["typed.tasks.string", { __type: "RegExp", value: { pattern: "a", flags: "" } }, "INVALID_INPUT"],
  "a bigint fits into a float": ["typed.tasks.f64", { __type: "BigInt", value: "5" }, 5],
  "a registered type that is not declared is refused": ["test.tasks.any", { __type: "Nope", value: 1 }, "INVALID_JSON"],
  "whole numbers of a run-time handler go back as they came": ["typed.tasks.dynamic", 2 ** 53, 2 ** 53],
};

for (const [name, [id, input, expected]] of Object.entries(told)) {
  test(`told: ${name}`, async () => {
    const { text } = await post(`/task/${id}`, JSON.stringify({ input }));
    const { result, error } = JSON.parse(text);
    assert.deepStrictEqual(error?.code ?? result, expected, text);
  });
}

test("told: a graph unfolds to 4 MiB, or to 16 times its own size", async () => {
  const unfolded = async (leaf, copies) => {
    const list = Array(copies).fill({ __ref: "leaf" });
    const nodes = { leaf: { kind: "array", value: [leaf] } };
    const body = { __graph: true, version: 1, root: { input: list }, nodes };
    return (await post("/task/test.tasks.any", JSON.stringify(body))).status;
  };
  assert.strictEqual(await unfolded("x".repeat(1000), 4000), 200);
  assert.strictEqual(await unfolded("x".repeat(1000), 4300), 400);
  assert.strictEqual(await unfolded("x".repeat(300_000), 15), 200);
  assert.strictEqual(await unfolded("x".repeat(300_000), 17), 400);
});

for (const [kind, create] of Object.entries(kinds)) {
  for (const strategy of ["value", "ref"]) {
    const serializer = serializerWith(strategy);
    const locally = (value) => serializer.parse(serializer.stringify(value));
    const client = connect(create, serializer);
    const by = `${kind}, ${strategy}`;

    for (const [name, values] of Object.entries(same)) {
      test(`${by}: ${name} gives back what it was given`, async () => {
        for (const value of values) {
          assertSame(await client.task(`typed.tasks.${name}`, value), locally(value));
        }
      });
    }

    for (const [name, pairs] of Object.entries(changed)) {
      test(`${by}: ${name} gives back its own kind`, async () => {
        for (const [value, expected] of pairs) {
          assertSame(await client.task(`typed.tasks.${name}`, value), expected);
        }
      });
    }
  }

  const client = connect(create, serializerWith("value"));

  for (const [name, pairs] of Object.entries(misfits)) {
    test(`${kind}: ${name} refuses what does not fit`, async () => {
      for (const [value, path] of pairs) {
        const error = await failure(client.task(`typed.tasks.${name}`, value));
        assert.strictEqual(error.code, "INVALID_INPUT", `${error.code}: ${error.message}`);
        assert.strictEqual(error.data.path, path, error.message);
      }
    });
  }

  test(`${kind}: an event returns a typed payload as its handler made it`, async () => {
    assertSame(await client.eventWithResult("typed.events.booked", booking), following);
    assertSame(await client.event("typed.events.booked", booking), undefined);
  });

  test(`${kind}: the data of a typed error are typed values`, async () => {
    const until = at;
    const data = { until, seats: new Map([[1, new Set(["Ada"])]]) };
    const error = await failure(client.task("typed.tasks.closed", until));
    assert.strictEqual(error.id, "typed.errors.closed");
    assert.strictEqual(error.httpCode, 423);
    assertSame(error.data, data);

    const closed = r.error("typed.errors.closed").httpCode(423).format(({ until }) => `closed until ${until.getTime()}`).build();
    const knowing = connect(create, serializerWith("value"), { errorRegistry: new Map([[closed.id, closed]]) });
    const rethrown = await failure(knowing.task("typed.tasks.closed", until));
    assert.ok(closed.is(rethrown));
    assert.strictEqual(rethrown.message, `closed until ${until.getTime()}`);
    assertSame(rethrown.data, data);
  });
}

for (const strategy of ["value", "ref"]) {
  const serializer = serializerWith(strategy);

  const postGraph = async (name, value) => {
    const { status, text } = await post(`/task/typed.tasks.${name}`, serializer.serialize({ input: value }));
    assert.strictEqual(status, 200, text);
    return serializer.parse(text).result;
  };

  // A graph's URLs, URLSearchParams and bytes are records in it as in a tree.
  for (const [name, values] of Object.entries(same)) {
    test(`graph, ${strategy}: ${name} gives back what it was given`, async () => {
      for (const value of values) {
        const expected = serializer.parse(serializer.stringify(value));
        assertSame(await postGraph(name, value), expected);
      }
    });
  }

  test(`graph, ${strategy}: a booking becomes the next one`, async () => {
    assertSame(await postGraph("next", booking), following);
  });

  test(`graph, ${strategy}: what is shared arrives at both places`, async () => {
    const money = new Money(5, "EUR");
    assertSame(await postGraph("boxed", new Boxed([money, money])), new Boxed([money, money]));
    const names = new Set(["Ada"]);
    const shared = new Map([[1, names], [2, names]]);
    assertSame(await postGraph("map", shared), shared);
  });

  test(`graph, ${strategy}: a cycle is refused`, async () => {
    const money = new Money(5, "EUR");
    const parts = [];
    parts.push(new Shape({ kind: "group", since: at, parts }));
    for (const input of [parts, new Boxed(parts), [money, parts]]) {
      const { status, text } = await post("/task/typed.tasks.boxed", serializer.serialize({ input }));
      assert.strictEqual(status, 400, text);
      assert.deepStrictEqual(JSON.parse(text), {
        ok: false,
        error: { message: "Invalid JSON body", code: "INVALID_JSON" },
      });
    }
  });
}
