"use strict";
// The values of values.json: a list of { kind, name, value, why? }.

const cases = [];
const add = (kind, name, value, why) => cases.push({ kind, name: `${kind}/${name}`, value, ...(why ? { why } : {}) });
const each = (kind, list) => list.forEach(([name, value, why]) => add(kind, name, value, why));

// Errors without a stack; `Error.stackTraceLimit` is switched off while this runs.
const error = (Type, message, fields = {}, options) => Object.assign(new Type(message, options), fields);
const chain = (times, wrap, leaf) => {
  let v = leaf;
  for (let i = 0; i < times; i += 1) v = wrap(v);
  return v;
};
const arrays = (times, leaf) => chain(times, (v) => [v], leaf);
const objects = (times, leaf) => chain(times, (v) => ({ k: v }), leaf);

function primitives() {
  each("null", [
    ["null", null],
    ["in-array", [null, null]],
    ["in-object", { a: null }],
  ]);
  each("bool", [
    ["true", true],
    ["false", false],
    ["array", [true, false]],
  ]);

  const ints = [
    0,
    1,
    -1,
    9,
    10,
    127,
    128,
    255,
    256,
    -128,
    -129,
    32767,
    65535,
    65536,
    2147483647,
    2147483648,
    -2147483648,
    -2147483649,
    4294967295,
    4294967296,
    1e15,
    2 ** 53 - 2,
    2 ** 53 - 1,
    2 ** 53,
    2 ** 53 + 2,
    -(2 ** 53 - 1),
    -(2 ** 53),
    2 ** 63,
    2 ** 64,
    -(2 ** 63),
    2 ** 100,
    1e20,
    123456789012345680000,
    999999999999999900000,
    1e21,
    1.5e21,
    -1e21,
    1e22,
    1e23,
    1e100,
    1e300,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
  ];
  const floats = [
    0.1,
    0.2,
    0.1 + 0.2,
    0.3,
    1 / 3,
    2 / 3,
    1.5,
    -1.5,
    3.14159,
    Math.PI,
    Math.E,
    1e-5,
    1e-6,
    1e-7,
    1.5e-7,
    0.000001234,
    0.0000001234,
    123.456e-10,
    5e-324,
    1e-323,
    2.2250738585072014e-308,
    2.225073858507201e-308,
    Number.EPSILON,
    1 - Number.EPSILON / 2,
    1 + Number.EPSILON,
    9007199254740991.5,
    4503599627370495.5,
    4503599627370496.5,
    5.0e-310,
    1.7976931348623157e308,
    9.5367431640625e-7,
    2 ** -1074,
    2 ** -1022,
    2 ** 0.5,
    1e16 + 2,
    1.0000000000000002,
    4.35,
    1.005,
    0.1 * 3,
    1.1e-10,
    299792.458,
    6.02214076e23,
    8.5e22,
    9.5e-8,
    4.9406564584124654e-324,
    1.2345678901234567e19,
    100000000000000000000.5,
  ];
  for (const v of [...new Set([...ints, ...floats])]) add("number", String(v), v);
  add("number", "-0", -0, "JSON.stringify writes -0 as 0");
  add("number", "-0-in-array", [-0, 0], "JSON.stringify writes -0 as 0");
  add("number", "array-mixed", [0, -1, 1.5, 1e21, 1e-7, 5e-324]);

  each("nonfinite", [
    ["nan", NaN],
    ["infinity", Infinity],
    ["-infinity", -Infinity],
    ["array", [NaN, Infinity, -Infinity, 0]],
    ["object", { nan: NaN, inf: Infinity, ninf: -Infinity }],
    ["map-value", new Map([["x", NaN]])],
  ]);
  each("undefined", [
    ["root", undefined],
    ["array", [undefined, 1, undefined]],
    ["object", { a: undefined, b: 1 }],
    ["object-only", { a: undefined }],
    ["nested", { a: { b: [{ c: undefined }] } }],
    // eslint-disable-next-line no-sparse-arrays
    ["hole", [1, , 3], "holes are written as undefined"],
    ["map", new Map([[undefined, undefined]])],
    ["set", new Set([undefined])],
  ]);

  const two = (n) => 2n ** BigInt(n);
  const bigs = [
    0n,
    1n,
    -1n,
    7n,
    10n,
    255n,
    -256n,
    two(31),
    -two(31),
    two(32),
    two(53) - 1n,
    two(53),
    two(53) + 1n,
    -two(53) - 1n,
    two(63) - 1n,
    two(63),
    -two(63),
    -two(63) - 1n,
    two(64) - 1n,
    two(64),
    two(100),
    two(127) - 1n,
    two(127),
    -two(127),
    -two(127) - 1n,
    two(128) - 1n,
    two(128),
    -two(128),
    10n ** 18n,
    10n ** 38n,
    -(10n ** 39n),
    123456789012345678901234567890n,
  ];
  for (const v of bigs) add("bigint", String(v), v);
  each("bigint", [
    ["ten-to-100", 10n ** 100n],
    ["ten-to-1000", -(10n ** 1000n)],
    ["two-to-4096", two(4096)],
    ["two-to-20000", two(20000) - 1n],
    ["array", [1n, 2n, -3n]],
    ["object", { id: 9007199254740993n, big: -1n }],
  ]);

  each("symbol", [
    ["for", Symbol.for("app.key")],
    ["for-empty", Symbol.for("")],
    ["for-unicode", Symbol.for("é漢😀")],
    ["for-lone-surrogate", Symbol.for("\ud800")],
    ["for-like-known", Symbol.for("iterator")],
    ...[
      "asyncIterator",
      "hasInstance",
      "isConcatSpreadable",
      "iterator",
      "match",
      "matchAll",
      "replace",
      "search",
      "species",
      "split",
      "toPrimitive",
      "toStringTag",
      "unscopables",
    ].map((k) => [k, Symbol[k]]),
    ["array", [Symbol.iterator, Symbol.for("a")]],
    ["object", { s: Symbol.for("a") }],
    ["map-key", new Map([[Symbol.for("k"), 1]])],
  ]);
}

function strings() {
  const all = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i)).join("");
  each("string", [
    ["empty", ""],
    ["a", "a"],
    ["space", " "],
    ["quote", '"'],
    ["backslash", "\\"],
    ["slash", "a/b"],
    ["quotes", '"\'`\\\\"'],
    ["short-escapes", "\b\t\n\f\r"],
    ["controls", all(0, 31)],
    ["nul", "\0"],
    ["nul-inside", "a\0b"],
    ["del", "\x7f"],
    ["c1", all(0x80, 0x9f)],
    ["ascii", all(32, 126)],
    ["latin1", all(0xa0, 0xff)],
    ["u2028", "a\u2028b\u2029c"],
    ["bom", "\ufeffa"],
    ["nbsp", "\u00a0"],
    ["replacement", "\ufffd"],
    ["noncharacter", "\ufffe\uffff"],
    ["bmp", "é漢ß→"],
    ["astral", "😀"],
    ["astral-last", "\u{10ffff}"],
    ["astral-many", "😀👩‍👩‍👧🏳️‍🌈𝒳"],
    ["lone-high", "\ud800"],
    ["lone-low", "\udc00"],
    ["lone-high-end", "a\udbff"],
    ["lone-low-start", "\udfffb"],
    ["swapped", "\udc00\ud800"],
    ["high-high-low", "\ud83d\ud83d\ude00"],
    ["pair-then-low", "😀\ude00"],
    ["lone-among-text", "é\ud800漢"],
    ["combining", "e\u0301"],
    ["not-normalised", "Å\u212b\u00c5"],
    ["rtl", "שלום \u202e"],
    ["zero-width", "a\u200bb\u200dc"],
    ["long", "x".repeat(5000)],
    ["long-escapes", "\n".repeat(1000)],
    ["long-astral", "😀".repeat(500)],
    ["json-text", '{"a":[1,2]}'],
    ["like-record", '{"__type":"Date","value":"x"}'],
    ["like-date", "2024-01-02T03:04:05.678Z"],
    ["like-bigint", "123n"],
    ["NaN", "NaN"],
    ["null", "null"],
    ["undefined", "undefined"],
    ["true", "true"],
    ["number", "12"],
    ["escape-prefix", "$runner.escape::__type"],
    ["__proto__", "__proto__"],
    ["html", "</script><!--"],
    ["unicode-escape-text", "\\u0041"],
    ["blank-lines", "\r\n\r\n"],
    ["tabs", "\t\ta"],
    [
      "every-64th",
      Array.from({ length: 800 }, (_, i) => String.fromCharCode(i * 64 + 32))
        .join("")
        .toWellFormed(),
    ],
    ["array", ["", "a", "\ud800", "😀"]],
  ]);
  each("key", [
    ["empty", { "": 1 }],
    ["space", { " ": 1, "a b": 2 }],
    ["quote", { '"': 1, "\\": 2 }],
    ["control", { "\n": 1, "\0": 2 }],
    ["unicode", { é: 1, 漢: 2, "😀": 3 }],
    ["lone-surrogate", { "\ud800": 1, "a\udc00": 2 }],
    ["u2028", { "\u2028": 1 }],
    ["integer-order", { b: 1, 10: 2, 9: 3, a: 4, 0: 5 }],
    ["integer-like", { "01": 1, 1: 2, "-1": 3, 1.5: 4, 4294967294: 5, 4294967295: 6, 4294967296: 7 }],
    ["methods", { toString: 1, valueOf: 2, hasOwnProperty: 3, toJSON: 4, then: 5 }],
    ["long", { ["k".repeat(2000)]: 1 }],
    ["length", { length: 3, 0: "a" }],
    ["value", { value: 1 }],
    ["type", { type: "Date", value: "x" }],
    ["dunder", { __defineGetter__: 1, __x: 2 }],
  ]);
}

function dates() {
  const at = [
    0,
    1,
    -1,
    999,
    1000,
    1500,
    -1500,
    86399999,
    86400000,
    951782400000,
    1709164800000,
    1704164645678,
    253402300799999,
    253402300800000,
    -62135596800000,
    -62167219200000,
    -62167219200001,
    -62198755200000,
    8.64e15,
    8.64e15 - 1,
    -8.64e15,
    -8.64e15 + 1,
    2147483647000,
    2147483648000,
    -2208988800000,
    1e12,
    1e13,
    1e14,
    1e15,
    -1e14,
    -1e15,
    4102444800000,
    1483228799000,
    32503680000000,
  ];
  for (const ms of at) add("date", String(ms), new Date(ms));
  each("date", [
    ["fraction", new Date(1.9), "the time is cut to whole milliseconds"],
    ["fraction-negative", new Date(-1.9)],
    ["array", [new Date(0), new Date(1)]],
    ["object", { at: new Date(1704164645678) }],
    ["map-key", new Map([[new Date(0), "epoch"]])],
    ["set", new Set([new Date(5)])],
    ["invalid", new Date(NaN)],
    ["invalid-nested", { a: [new Date(8.64e15 + 1)] }],
  ]);
}

function collections() {
  const key = { a: 1 };
  each("map", [
    ["empty", new Map()],
    [
      "string-keys",
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    ],
    [
      "number-keys",
      new Map([
        [1, "a"],
        [-2, "b"],
        [1.5, "c"],
        [1e21, "d"],
      ]),
    ],
    [
      "bool-keys",
      new Map([
        [true, 1],
        [false, 0],
      ]),
    ],
    ["null-key", new Map([[null, 1]])],
    ["undefined-key", new Map([[undefined, 1]])],
    ["nan-key", new Map([[NaN, 1]])],
    [
      "infinity-key",
      new Map([
        [Infinity, 1],
        [-Infinity, 2],
      ]),
    ],
    ["zero-key", new Map([[-0, 1]]), "a Map turns -0 into 0"],
    [
      "bigint-keys",
      new Map([
        [1n, "a"],
        [2n ** 70n, "b"],
      ]),
    ],
    ["date-key", new Map([[new Date(0), 1]])],
    ["array-key", new Map([[[1, 2], "x"]])],
    [
      "object-key",
      new Map([
        [key, 1],
        [{ a: 1 }, 2],
      ]),
    ],
    ["map-key", new Map([[new Map([["k", 1]]), 2]])],
    ["set-key", new Map([[new Set([1]), 2]])],
    ["symbol-key", new Map([[Symbol.iterator, 1]])],
    ["bytes-key", new Map([[new Uint8Array([1, 2]), 1]])],
    ["regexp-key", new Map([[/a/g, 1]])],
    ["url-key", new Map([[new URL("https://a.example/"), 1]])],
    ["error-key", new Map([[error(Error, "k"), 1]])],
    [
      "string-and-number",
      new Map([
        ["1", "s"],
        [1, "n"],
      ]),
    ],
    ["empty-string-key", new Map([["", 1]])],
    [
      "unsafe-keys",
      new Map([
        ["__proto__", 1],
        ["constructor", 2],
        ["__type", 3],
        ["$runner.escape::a", 4],
      ]),
    ],
    [
      "order",
      new Map([
        ["b", 1],
        ["a", 2],
        [2, 3],
        [1, 4],
      ]),
    ],
    ["nested", new Map([["a", new Map([["b", new Map([["c", 1]])]])]])],
    ["nested-10", chain(10, (v) => new Map([["k", v]]), 1)],
    [
      "of-sets",
      new Map([
        ["a", new Set(["x", "y"])],
        ["b", new Set()],
      ]),
    ],
    [
      "of-objects",
      new Map([
        ["a", { x: 1 }],
        ["b", { x: 2 }],
      ]),
    ],
    [
      "of-arrays",
      new Map([
        [1, [1, 2]],
        [2, []],
      ]),
    ],
    ["of-undefined", new Map([["a", undefined]])],
    ["of-nan", new Map([["a", NaN]])],
    ["of-dates", new Map([["a", new Date(0)]])],
    ["wide", new Map(Array.from({ length: 300 }, (_, i) => [i, `v${i}`]))],
    ["in-array", [new Map(), new Map([["a", 1]])]],
    ["in-object", { m: new Map([["a", 1]]) }],
    [
      "u64-sets",
      new Map([
        [1, new Set(["a", "b"])],
        [18, new Set(["c"])],
      ]),
    ],
  ]);
  each("set", [
    ["empty", new Set()],
    ["numbers", new Set([3, 1, 2])],
    ["strings", new Set(["b", "a"])],
    ["mixed", new Set([1, "1", 1n, true, null, undefined, NaN])],
    ["zero", new Set([-0]), "a Set turns -0 into 0"],
    ["objects", new Set([{ a: 1 }, { a: 1 }])],
    ["arrays", new Set([[1], [1]])],
    ["of-sets", new Set([new Set([1]), new Set()])],
    ["of-maps", new Set([new Map([["a", 1]])])],
    ["dates", new Set([new Date(0), new Date(1)])],
    ["bigints", new Set([1n, 2n ** 64n])],
    ["nested-10", chain(10, (v) => new Set([v]), 1)],
    ["regexps", new Set([/a/])],
    ["bytes", new Set([new Uint8Array([1])])],
    ["wide", new Set(Array.from({ length: 300 }, (_, i) => i * 3))],
    ["in-array", [new Set([1]), new Set()]],
    ["in-object", { s: new Set(["a"]) }],
    ["in-map-key", new Map([[new Set(["a"]), new Set(["b"])]])],
  ]);
  each("array", [
    ["empty", []],
    ["one", [1]],
    ["nested-empty", [[], [[]], [[], []]]],
    ["mixed", [1, "a", null, true, { a: 1 }, [2]]],
    ["objects", [{ id: 1 }, { id: 2 }]],
    ["wide", Array.from({ length: 1000 }, (_, i) => i)],
    ["matrix", Array.from({ length: 10 }, (_, i) => Array.from({ length: 10 }, (__, j) => i * j))],
    ["like-entry", ["__type", "Date"]],
    [
      "like-map",
      [
        ["a", 1],
        ["b", 2],
      ],
    ],
  ]);
  each("object", [
    ["empty", {}],
    ["one", { a: 1 }],
    ["nested-empty", { a: {}, b: { c: {} }, d: [] }],
    ["order", { z: 1, a: 2, m: 3 }],
    ["null-prototype", Object.assign(Object.create(null), { a: 1 })],
    ["wide", Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`key${i}`, i]))],
    ["wide-strings", Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, `value ${i}`]))],
    ["mixed", { n: null, b: true, i: 1, f: 1.5, s: "x", a: [1], o: { p: 1 } }],
    ["symbol-key", { a: 1, [Symbol.for("s")]: 2 }, "symbol keys are left out"],
  ]);
}

function bytes() {
  const numbers = {
    Int8Array: [-128, -1, 0, 127],
    Uint8Array: [0, 1, 128, 255],
    Uint8ClampedArray: [0, 255, 300, -5],
    Int16Array: [-2, 258, 32767, -32768],
    Uint16Array: [0, 1, 258, 65535],
    Int32Array: [1, -1, 2 ** 31 - 1, -(2 ** 31)],
    Uint32Array: [0, 1, 0xdeadbeef, 2 ** 32 - 1],
    Float32Array: [0, -0, 1.5, NaN, Infinity, 0.1],
    Float64Array: [0, -0, 0.1, NaN, -Infinity, 5e-324],
    BigInt64Array: [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)],
    BigUint64Array: [0n, 1n, 2n ** 64n - 1n],
  };
  for (const [type, list] of Object.entries(numbers)) {
    const Type = globalThis[type];
    add("bytes", `${type}-empty`, new Type([]));
    add("bytes", `${type}-one`, new Type(list.slice(0, 1)));
    add("bytes", `${type}-values`, new Type(list));
    add("bytes", `${type}-view`, new Type(list).subarray(1, 3), "only the window of the view is sent");
    add("bytes", `${type}-nested`, { list: [new Type(list)] });
  }
  const buffer = Uint8Array.from([1, 2, 3, 4, 5, 255]).buffer;
  each("bytes", [
    ["Buffer-empty", Buffer.alloc(0)],
    ["Buffer-text", Buffer.from("hello é")],
    ["Buffer-all", Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
    ["Buffer-nested", { b: Buffer.from([1]), list: [Buffer.from([2, 3])] }],
    ["ArrayBuffer-empty", new ArrayBuffer(0)],
    ["ArrayBuffer", buffer],
    ["ArrayBuffer-nested", [buffer]],
    ["DataView-empty", new DataView(new ArrayBuffer(0))],
    ["DataView", new DataView(buffer)],
    ["DataView-window", new DataView(buffer, 1, 3)],
    ["DataView-nested", { v: new DataView(buffer) }],
    ["large", Uint8Array.from({ length: 3000 }, (_, i) => (i * 7) & 255)],
    [
      "map-of-bytes",
      new Map([
        ["a", new Uint8Array([1])],
        ["b", Buffer.from([2])],
      ]),
    ],
  ]);
}

function rich() {
  const flags = ["", "d", "g", "i", "m", "s", "u", "v", "y", "gi", "dgimsuy", "dgimsvy", "gim"];
  for (const f of flags) add("regexp", `flags-${f || "none"}`, new RegExp("a.b", f));
  each("regexp", [
    ["empty", new RegExp("")],
    ["slash", /a\/b/],
    ["class", /[a-z\]]+/],
    ["groups", /(?<year>\d{4})-(\d\d)/u],
    ["lookaround", /(?<=a)b(?!c)(?=d)(?<!e)/],
    ["escapes", /\n\t\u0041\x41\\/],
    ["newline", new RegExp("\n")],
    ["unicode", /é漢😀/u],
    ["lone-surrogate", new RegExp("\ud800")],
    ["alternation", /a|b|cd/],
    ["quantifiers", /a*b+c?d{2}e{1,}f{2,3}?/],
    ["email", /^[^@\s]+@[^@\s]+\.[a-z]{2,}$/i],
    ["quote", /"/],
    ["1024", new RegExp("a".repeat(1024))],
    ["array", [/a/, /b/g]],
    ["object", { r: /x/ }],
    ["last-index", Object.assign(/a/g, { lastIndex: 3 }), "lastIndex is not sent"],
    ["1025", new RegExp("a".repeat(1025)), "the writer has no limit, the reader has"],
    ["unsafe", /(a+)+/, "the writer has no check, the reader has"],
  ]);

  const withStack = (e, stack) => Object.defineProperty(e, "stack", { value: stack, writable: true, configurable: true });
  class QuotaError extends Error {
    constructor(limit) {
      super("quota");
      this.name = "QuotaError";
      this.limit = limit;
    }
  }
  each("error", [
    ["plain", error(Error, "failed")],
    ["empty", new Error()],
    ["type-error", error(TypeError, "t")],
    ["range-error", error(RangeError, "r")],
    ["syntax-error", error(SyntaxError, "s")],
    ["named", error(Error, "m", { name: "Custom" })],
    ["name-empty", error(Error, "m", { name: "" })],
    ["class", new QuotaError(5)],
    ["fields", error(Error, "m", { code: "E1", status: 404, data: { a: [1] } })],
    ["rich-fields", error(Error, "m", { at: new Date(0), ids: new Set([1n]), u: undefined })],
    ["cause", error(Error, "outer", {}, { cause: error(Error, "inner") })],
    ["cause-undefined", error(Error, "m", {}, { cause: undefined })],
    ["cause-null", error(Error, "m", {}, { cause: null })],
    ["cause-text", error(Error, "m", {}, { cause: "why" })],
    ["cause-object", error(Error, "m", {}, { cause: { a: 1 } })],
    ["cause-chain", chain(10, (v) => error(Error, "e", {}, { cause: v }), error(Error, "root"))],
    ["stack", withStack(error(Error, "m"), "Error: m\n    at f (app.js:1:2)")],
    ["stack-empty", withStack(error(Error, "m"), "")],
    ["stack-cause", withStack(error(Error, "m", { code: 1 }, { cause: 2 }), "trace")],
    ["aggregate", new AggregateError([error(Error, "a"), "b"], "many")],
    ["unicode", error(Error, "é\ud800\n😀")],
    ["reserved-fields", error(Error, "m", { toString: 1, toJSON: 2, valueOf: 3, ok: 4 }), "shadowing names are left out"],
    ["marker-fields", error(Error, "m", { __type: "Date", value: 1, __graph: true })],
    ["array", [error(Error, "a"), error(Error, "b")]],
    ["object", { e: error(Error, "a") }],
    ["map-value", new Map([["e", error(Error, "a")]])],
    ["name-not-text", error(Error, "m", { name: 5 }), "the writer sends it, the reader refuses it"],
    ["dom-exception", new DOMException("gone", "AbortError"), "comes back as an Error"],
  ]);

  const urls = [
    "https://example.com/",
    "https://user:pa%20ss@example.com:8443/a/b?x=1&y=%20#frag",
    "http://localhost:3000/",
    "https://münchen.example/ä",
    "file:///etc/hosts",
    "mailto:a@b.c",
    "data:text/plain,hi",
    "https://[::1]/",
    "https://192.168.0.1:80/x",
    "urn:isbn:123",
    "https://example.com/a/../b",
    "ws://e.x/?q=a b",
  ];
  for (const u of urls) add("url", u, new URL(u));
  each("url", [
    ["array", [new URL("https://a.example/")]],
    ["object", { u: new URL("https://a.example/x") }],
  ]);
  each("urlsearchparams", [
    ["empty", new URLSearchParams("")],
    ["one", new URLSearchParams("a=1")],
    ["many", new URLSearchParams("a=1&b=2&a=3")],
    ["blank", new URLSearchParams("a=&=b&c")],
    [
      "encoded",
      new URLSearchParams([
        ["a b", "c&d=é😀"],
        ["~*-._", "+%"],
      ]),
    ],
    ["lone-surrogate", new URLSearchParams([["a", "\ud800"]]), "URLSearchParams makes it U+FFFD itself"],
    ["object", { q: new URLSearchParams("x=y") }],
  ]);
}

function markers() {
  const E = "$runner.escape::";
  const own = (key, value) => Object.defineProperty({ a: 1 }, key, { value, enumerable: true, configurable: true, writable: true });
  each("escape", [
    ["__type", { __type: "Date" }],
    ["__type-number", { __type: 5 }],
    ["__graph", { __graph: true }],
    ["record", { __type: "Date", value: "2024-01-01T00:00:00.000Z" }],
    ["unknown-record", { __type: "Nope", value: 1 }],
    ["record-nested", { a: [{ __type: "Map", value: [] }] }],
    ["record-in-record", { __type: "Set", value: { __type: "Set", value: [] } }],
    ["graph", { __graph: true, version: 1, root: { __ref: "a" }, nodes: { a: { kind: "object", value: {} } } }],
    ["graph-nested", { x: { __graph: true, root: 1, nodes: {} } }],
    ["graph-false", { __graph: false }],
    ["ref", { __ref: "obj_1" }],
    ["ref-nested", { a: { __ref: "obj_1" }, b: [{ __ref: "x" }] }],
    ["ref-more", { __ref: "a", b: 1 }],
    ["ref-number", { __ref: 1 }],
    ["prefix", { [E]: 1 }],
    ["prefix-a", { [`${E}a`]: 1 }],
    ["prefix-type", { [`${E}__type`]: "Date", value: 1 }],
    ["prefix-twice", { [`${E}${E}a`]: 1 }],
    ["prefix-thrice-type", { [`${E}${E}${E}__type`]: 1 }],
    ["prefix-graph", { [`${E}__graph`]: true }],
    ["levels", { __type: 1, [`${E}__type`]: 2, [`${E}${E}__type`]: 3 }],
    ["prefix-short", { "$runner.escape:": 1, "$runner.escape": 2 }],
    ["prefix-inside", { [`a${E}`]: 1 }],
    ["prefix-case", { "$Runner.escape::a": 1 }],
    ["prefix-unsafe", { [`${E}__proto__`]: 1, b: 2 }],
    ["ejson-like", { $date: 5, $type: "x", $value: 1, $escape: {} }],
    ["file-like", { $runnerFile: "File", id: "F1", meta: { name: "a" } }],
    ["__type-rich", { __type: new Date(0), value: new Map() }],
    ["in-map-key", new Map([[{ __type: "a" }, { __graph: 1 }]])],
    ["in-error", error(Error, "m", { d: { __type: "Date", value: 0 } })],
    ["deep", objects(5, { __type: "Date", value: objects(5, { __graph: true }) })],
    ["type-only-value", { value: 1, type: 2 }],
    ["__type-empty", { __type: "", value: 0 }],
    ["__type-null", { __type: null, value: null }],
  ]);
  each("unsafe", [
    ["__proto__", own("__proto__", 5), "left out"],
    ["constructor", { constructor: 1, a: 2 }, "left out"],
    ["prototype", { prototype: 1, a: 2 }, "left out"],
    ["nested", { a: { constructor: { prototype: {} } } }, "left out"],
    ["rich-below", { constructor: new Date(0) }, "left out"],
    ["values", ["__proto__", "constructor", "prototype"]],
    ["similar", { proto: 1, __proto: 2, Constructor: 3, __PROTO__: 4 }],
  ]);

  class Money {
    constructor(amount) {
      this.amount = amount;
    }
    get doubled() {
      return this.amount * 2;
    }
  }
  each("flattened", [
    ["class", new Money(5), "own enumerable fields of an unregistered class"],
    ["boxed-number", Object(5), "boxed values become objects"],
    ["boxed-string", Object("ab"), "boxed values become objects"],
    ["weak-map", new WeakMap(), "becomes {}"],
    ["promise", Promise.resolve(1), "becomes {}"],
    [
      "getter",
      {
        get a() {
          return 7;
        },
      },
      "getters are read",
    ],
    ["inherited", Object.create({ a: 1 }, { b: { value: 2, enumerable: true } }), "only own fields"],
    ["non-enumerable", Object.defineProperty({ a: 1 }, "h", { value: 2 }), "only enumerable fields"],
    ["to-json", { toJSON: "text", a: 1 }],
    ["map-subclass", new (class extends Map {})([["a", 1]]), "comes back as a Map"],
    ["array-extra", Object.assign([1], { extra: 2 }), "fields of arrays are left out"],
    ["date-subclass", new (class extends Date {})(0), "comes back as a Date"],
  ]);
}

function structure() {
  const shared = { x: 1 };
  const list = [1, 2];
  const map = new Map([["k", shared]]);
  const when = new Date(0);
  const e = error(Error, "shared");
  each("shared", [
    ["object-twice", { a: shared, b: shared }],
    ["array-twice", [list, list, list]],
    ["map-twice", [map, map]],
    ["date-twice", { a: when, b: when }, "dates have no identity on the wire"],
    ["error-twice", [e, e]],
    ["in-map-and-set", { m: new Map([[shared, shared]]), s: new Set([shared]) }],
    ["diamond", { l: { d: shared }, r: { d: shared } }],
    ["doubling-8", chain(8, (v) => [v, v], shared)],
    [
      "set-twice",
      (() => {
        const s = new Set([1]);
        return { a: s, b: s };
      })(),
    ],
    ["cause-shared", { e, also: { e } }],
    [
      "bytes-twice",
      (() => {
        const b = new Uint8Array([1, 2]);
        return [b, b];
      })(),
    ],
    [
      "regexp-twice",
      (() => {
        const r = /a/;
        return [r, r];
      })(),
    ],
    [
      "empty-twice",
      (() => {
        const o = {};
        return [o, o];
      })(),
    ],
  ]);
  const self = { a: 1 };
  self.self = self;
  const ring = [1];
  ring.push(ring);
  const loopMap = new Map();
  loopMap.set("me", loopMap);
  const loopSet = new Set();
  loopSet.add(loopSet);
  const loopError = error(Error, "loop");
  loopError.cause = loopError;
  const parent = { name: "p", children: [] };
  parent.children.push({ name: "c", parent });
  each("cycle", [
    ["self", self],
    ["array", ring],
    ["map", loopMap],
    ["set", loopSet],
    ["error-cause", loopError],
    ["parent", parent],
  ]);
  each("deep", [
    ["arrays-100", arrays(100, 1)],
    ["objects-100", objects(100, 1)],
    ["arrays-200", arrays(200, [])],
    ["arrays-999", arrays(999, 1)],
    ["arrays-1000", arrays(1000, 1)],
    ["arrays-1001-empty", arrays(1000, [])],
    ["arrays-1001", arrays(1001, 1)],
    ["objects-1000", objects(1000, 1)],
    ["objects-1001", objects(1001, 1)],
    ["arrays-500", arrays(500, 1)],
    ["arrays-499", arrays(499, 1)],
    ["objects-499", objects(499, 1)],
    ["date-at-999", arrays(999, new Date(0))],
    ["date-at-1000", arrays(1000, new Date(0))],
    ["undefined-at-1000", arrays(1000, undefined), "the writer takes a record for one level, the reader for two"],
    ["nan-at-1000", arrays(1000, NaN), "the writer takes a record for one level, the reader for two"],
    ["bigint-at-999", arrays(999, 1n)],
    ["bigint-at-1000", arrays(1000, 1n), "the writer takes a record for one level, the reader for two"],
    ["set-at-998", arrays(998, new Set([1]))],
    ["set-at-999", arrays(999, new Set([1]))],
    ["set-empty-at-999", arrays(999, new Set())],
    ["regexp-at-998", arrays(998, /a/)],
    ["regexp-at-999", arrays(999, /a/)],
    ["bytes-at-998", arrays(998, new Uint8Array([1]))],
    ["bytes-at-999", arrays(999, new Uint8Array([1]))],
    ["map-at-997", arrays(997, new Map([["a", 1]]))],
    ["map-at-998", arrays(998, new Map([["a", 1]]))],
    ["alternating-40", chain(20, (v) => ({ k: [v] }), "x")],
  ]);
  each("function", [
    ["root", () => 1],
    ["in-object", { f() {} }],
    ["in-array", [Math.max]],
  ]);
  each("symbol", [
    ["unique", Symbol("mine")],
    ["unique-nested", { a: [Symbol()] }],
  ]);
  each("empty", [
    [
      "everything",
      {
        a: [],
        o: {},
        s: "",
        m: new Map(),
        t: new Set(),
        b: new Uint8Array(0),
        u: undefined,
        n: null,
        z: 0,
        q: new URLSearchParams(""),
        r: new RegExp(""),
      },
    ],
  ]);
}

function realistic() {
  const at = (s) => new Date(s);
  each("real", [
    [
      "booking",
      {
        id: 9007199254740993n,
        startsAt: at("2024-05-01T10:00:00.000Z"),
        seats: new Map([
          [1, new Set(["A1", "A2"])],
          [2, new Set()],
        ]),
        price: NaN,
        note: undefined,
        ticket: new Uint8Array([1, 2, 3]),
        link: new URL("https://example.com/b/1"),
        guests: [{ name: "Zoë", born: at("1990-02-28T00:00:00.000Z") }],
        confirmed: true,
      },
    ],
    [
      "order",
      {
        orderId: "o-1001",
        customer: { id: 42, email: "a@example.com", tags: new Set(["vip", "new"]) },
        lines: [
          { sku: "X-1", qty: 2, unit: 19.99 },
          { sku: "Y-2", qty: 1, unit: 0.1 },
        ],
        total: 40.08,
        placed: at("2024-02-29T23:59:59.999Z"),
        shipped: null,
        meta: new Map([
          ["source", "web"],
          ["utm", undefined],
        ]),
      },
    ],
    [
      "telemetry",
      {
        device: "d-7",
        since: at("2023-12-31T00:00:00.000Z"),
        samples: new Float64Array([1.5, 2.25, NaN]),
        counters: new BigUint64Array([1n, 2n ** 63n]),
        readings: Array.from({ length: 20 }, (_, i) => ({ t: i * 1000, v: i % 7 === 0 ? NaN : Math.sqrt(i) })),
        limits: { min: -Infinity, max: Infinity },
      },
    ],
    [
      "failure",
      {
        ok: false,
        error: error(TypeError, "bad amount", { code: "E_AMOUNT", details: { field: "amount", got: -1n } }, { cause: error(Error, "parse") }),
        retryAt: at("2024-01-01T00:00:01.000Z"),
        match: /^\d+$/u,
      },
    ],
    [
      "search",
      {
        query: new URLSearchParams("q=caf%C3%A9&page=2"),
        filter: /caf[eé]/iu,
        seen: new Set([1n, 2n]),
        facets: new Map([
          [
            "city",
            new Map([
              ["Paris", 3],
              ["Rome", 0],
            ]),
          ],
        ]),
      },
    ],
    ["envelope", { input: { a: 1, b: at("2024-01-01T00:00:00.000Z") } }],
    ["event", { payload: { id: 5n, tags: new Set(["x"]) }, returnPayload: true }],
    ["answer", { ok: true, result: new Map([["a", [1n, undefined]]]) }],
    ["config", { retries: 3, timeout: 1e3, hosts: ["a", "b"], nested: { deep: { deeper: { deepest: [{ x: [] }] } } } }],
    [
      "geo",
      {
        type: "FeatureCollection",
        features: [{ type: "Feature", geometry: { type: "Point", coordinates: [13.404954, 52.520008] }, properties: {} }],
      },
    ],
    [
      "rows",
      Array.from({ length: 60 }, (_, i) => ({
        id: i,
        name: `row ${i}`,
        at: new Date(i * 1e10),
        big: BigInt(i) ** 12n,
        tags: new Set([`t${i % 3}`]),
      })),
    ],
    [
      "chat",
      {
        from: "ann",
        text: 'hi 👋 "quoted"\n',
        sent: at("2024-07-07T07:07:07.007Z"),
        reactions: new Map([
          ["👍", new Set([1, 2])],
          ["🎉", new Set()],
        ]),
      },
    ],
  ]);
}

// Mixed trees from a fixed sequence.
function random(count) {
  let seed = 12345;
  const next = (n) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * n);
  };
  const word = () =>
    ["id", "name", "é", "a b", "__type", "value", "__ref", "__graph", "$runner.escape::x", "0", "12", "key", "", "constructor"][next(14)];
  const leaf = [
    () => next(1000) - 500,
    () => next(1e9) / 997,
    () => 2 ** (next(2000) - 1000),
    () => word(),
    () => "😀".repeat(next(3)),
    () => null,
    () => next(2) === 0,
    () => undefined,
    () => [NaN, Infinity, -Infinity][next(3)],
    () => BigInt(next(1e9)) ** BigInt(next(6)),
    () => new Date(next(4e9) * 1000),
    () => new RegExp(["a+", "[x-z]", "^$"][next(3)], ["", "g", "iu"][next(3)]),
    () => Uint8Array.from({ length: next(6) }, () => next(256)),
    () => new Int16Array([next(100) - 50]),
    () => new URL(`https://h${next(9)}.example/p?q=${next(99)}`),
    () => Symbol.for(word()),
    () => new URLSearchParams({ a: word() }),
  ];
  const times = (n, make) => Array.from({ length: n }, make);
  const make = (depth) => {
    if (depth === 0 || next(4) === 0) return leaf[next(leaf.length)]();
    const inner = () => make(depth - 1);
    switch (next(6)) {
      case 0:
        return times(next(5), inner);
      case 1:
        return new Map(times(next(4), () => [make(Math.min(1, depth - 1)), inner()]));
      case 2:
        return new Set(times(next(4), inner));
      case 3:
        return error([Error, RangeError][next(2)], word(), { info: inner() }, next(2) ? { cause: inner() } : undefined);
      default:
        return Object.fromEntries(times(next(6), () => [word(), inner()]));
    }
  };
  for (let i = 1; i <= count; i += 1)
    add("random", String(i).padStart(3, "0"), make(2 + (i % 4)), "where they differ, a key `constructor` was left out");
}

function all() {
  [primitives, strings, dates, collections, bytes, rich, markers, structure, realistic].forEach((f) => f());
  random(100);
  return cases;
}

module.exports = { all };
