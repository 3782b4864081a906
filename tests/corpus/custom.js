"use strict";
// Writes custom.json: types registered with `addType`, what they write and read. See README.md.
process.env.TZ = "UTC";
const { Serializer } = require("@bluelibs/runner/node");
const { describe } = require("./describe");
const { write, messageOf, same } = require("./write");

class Money {
  constructor(amount, currency) {
    this.amount = amount;
    this.currency = currency;
  }
}
class Version {
  constructor(text) {
    this.text = text;
  }
}
class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
}
class Interval {
  constructor(from, to, price) {
    this.from = from;
    this.to = to;
    this.price = price;
  }
}
class User {
  constructor(name) {
    this.name = name;
    this.friends = [];
  }
}
class Tag {
  constructor(label, owner) {
    this.label = label;
    this.owner = owner;
  }
}
class Color {
  constructor(rgb) {
    this.rgb = rgb;
  }
}
class Nothing {}
class Itself {
  constructor(a) {
    this.a = a;
  }
}
class ItselfByRef {
  constructor(a) {
    this.a = a;
  }
}
class Temperature {
  constructor(celsius) {
    this.celsius = celsius;
  }
}
class Registry extends Map {}
class Length {
  constructor(metres) {
    this.metres = metres;
  }
}

const CLASSES = { "app.Money": Money, Version, Point, Interval, User, Tag, Color, Nothing, Itself, ItselfByRef, Temperature, "Größe /x": Length };
const is = (Type) => (v) => v instanceof Type;

// `payload` says what the wire value of each type is.
const TYPES = [
  {
    id: "app.Money",
    strategy: "value",
    payload: "object",
    is: is(Money),
    serialize: ({ amount, currency }) => ({ amount, currency }),
    deserialize: (d) => new Money(d.amount, d.currency),
  },
  { id: "Version", strategy: "value", payload: "text", is: is(Version), serialize: (v) => v.text, deserialize: (d) => new Version(d) },
  { id: "Point", strategy: "value", payload: "array", is: is(Point), serialize: ({ x, y }) => [x, y], deserialize: ([x, y]) => new Point(x, y) },
  {
    id: "Interval",
    strategy: "value",
    payload: "object of dates and a custom type",
    is: is(Interval),
    serialize: ({ from, to, price }) => ({ from, to, price }),
    deserialize: (d) => new Interval(d.from, d.to, d.price),
  },
  {
    id: "User",
    strategy: "ref",
    payload: "object",
    create: () => new User(undefined),
    is: is(User),
    serialize: ({ name, friends }) => ({ name, friends }),
    deserialize: (d) => Object.assign(new User(d.name), { friends: d.friends }),
  },
  {
    id: "Tag",
    payload: "object; no strategy given, which means ref, and no create()",
    is: is(Tag),
    serialize: ({ label, owner }) => ({ label, owner }),
    deserialize: (d) => new Tag(d.label, d.owner),
  },
  {
    id: "Color",
    strategy: "value",
    payload: "text, checked",
    is: is(Color),
    serialize: (v) => v.rgb,
    deserialize: (d) => {
      if (!/^#[0-9a-f]{6}$/.test(d)) throw new Error("bad color");
      return new Color(d);
    },
  },
  { id: "Nothing", strategy: "value", payload: "undefined", is: is(Nothing), serialize: () => undefined, deserialize: () => new Nothing() },
  {
    id: "Itself",
    strategy: "value",
    payload: "the object itself",
    is: is(Itself),
    serialize: (v) => v,
    deserialize: (d) => Object.assign(new Itself(), d),
  },
  {
    id: "ItselfByRef",
    strategy: "ref",
    payload: "the object itself",
    is: is(ItselfByRef),
    serialize: (v) => v,
    deserialize: (d) => Object.assign(new ItselfByRef(), d),
  },
  {
    id: "Temperature",
    strategy: "value",
    payload: "another instance of the type, written as a plain object",
    is: is(Temperature),
    serialize: (v) => new Temperature(v.celsius + 1000),
    deserialize: (d) => new Temperature(d.celsius - 1000),
  },
  {
    id: "Registry",
    strategy: "value",
    payload: "never asked: Map comes first",
    is: is(Registry),
    serialize: () => "never",
    deserialize: () => new Registry(),
  },
  {
    id: "Größe /x",
    strategy: "value",
    payload: "number; a name with other characters",
    is: is(Length),
    serialize: (v) => v.metres,
    deserialize: (d) => new Length(d),
  },
];

const custom = (v) => {
  const found = Object.entries(CLASSES).find(([, Type]) => Object.getPrototypeOf(v) === Type.prototype);
  return found && { type: found[0], fields: Object.keys(v).map((key) => [key, v[key]]) };
};
const tell = (v) => describe(v, custom);
const attempt = (f) => {
  try {
    return { ok: f() };
  } catch (error) {
    return { error: messageOf(error) };
  }
};

const serializer = new Serializer();
for (const { payload, ...type } of TYPES) serializer.addType(type);
delete Error.stackTraceLimit;

const ann = new User("Ann");
const bob = new User("Bob");
ann.friends.push(bob);
const loop = new User("Loop");
loop.friends.push(loop);
const money = new Money(5n, "EUR");
const tagLoop = new Tag("t");
tagLoop.owner = { tag: tagLoop };

const WRITE = {
  money: money,
  "money-in-object": { price: money },
  "money-twice": [money, money],
  "money-map-key": new Map([[money, 1]]),
  "money-set": new Set([money]),
  "money-rich-fields": new Money(NaN, undefined),
  "money-marker": new Money({ __type: "x", value: 1 }, "EUR"),
  version: new Version("1.2.3"),
  "version-list": [new Version("1"), new Version("")],
  point: new Point(1, -2.5),
  "point-infinite": new Point(Infinity, -0),
  interval: new Interval(new Date(0), new Date(1000), money),
  user: new User("é"),
  "user-friend": ann,
  "user-twice": [ann, bob, ann],
  "user-loop": loop,
  tag: new Tag("t", null),
  "tag-owner": new Tag("t", ann),
  "tag-twice": (() => {
    const t = new Tag("s", 1);
    return { a: t, b: t };
  })(),
  "tag-loop": tagLoop,
  color: new Color("#00ff00"),
  "color-bad": new Color("green"),
  nothing: new Nothing(),
  "nothing-nested": { a: new Nothing() },
  itself: new Itself(1),
  "itself-by-ref": new ItselfByRef(1),
  "itself-marker": Object.assign(new Itself(1), { __type: "x" }),
  temperature: new Temperature(20),
  "map-subclass": new Registry([["a", money]]),
  name: new Length(3),
  "in-error": Object.assign(new Error("m"), { cost: money }),
  "in-cause": new Error("m", { cause: money }),
  everything: { m: money, v: new Version("2"), p: [new Point(0, 0)], u: new Map([["ann", ann]]), t: new Set([new Tag("x", money)]) },
};

const rec = (type, value) => `{"__type":${JSON.stringify(type)},"value":${value}}`;
const graph = (root, nodes) => JSON.stringify({ __graph: true, version: 1, root, nodes });
const ref = (id) => ({ __ref: id });
const typ = (type, value) => ({ kind: "type", type, value });
const READ = {
  unknown: rec("Money", "{}"),
  "unknown-in-graph": graph(ref("a"), { a: typ("Money", {}) }),
  "unknown-in-graph-inline": graph({ x: { __type: "Money", value: {} } }, {}),
  case: rec("APP.MONEY", "{}"),
  blank: rec("app.Money ", "{}"),
  money: rec("app.Money", `{"amount":${rec("BigInt", '"5"')},"currency":"EUR"}`),
  "money-extra": rec("app.Money", '{"amount":1,"currency":"EUR","x":2}'),
  "money-missing": rec("app.Money", "{}"),
  "money-null": rec("app.Money", "null"),
  "money-text": rec("app.Money", '"5 EUR"'),
  "money-no-value": '{"__type":"app.Money"}',
  "money-extra-key": '{"__type":"app.Money","value":{"amount":1},"x":1}',
  "money-escaped-keys": rec("app.Money", '{"$runner.escape::amount":1}'),
  "money-unsafe-keys": rec("app.Money", '{"amount":1,"constructor":2}'),
  "money-bad-inside": rec("app.Money", `{"amount":${rec("BigInt", "1")}}`),
  "money-as-node": graph(ref("a"), { a: typ("app.Money", { amount: 1, currency: "EUR" }) }),
  "money-as-node-twice": graph([ref("a"), ref("a")], { a: typ("app.Money", ref("b")), b: { kind: "object", value: { amount: 1, currency: "EUR" } } }),
  "money-inline-in-graph": graph([ref("b"), { __type: "app.Money", value: ref("b") }], {
    b: { kind: "object", value: { amount: 1, currency: "EUR" } },
  }),
  version: rec("Version", '"1"'),
  "version-number": rec("Version", "1"),
  "version-as-node": graph(ref("a"), { a: typ("Version", "1") }),
  point: rec("Point", "[1,2]"),
  "point-short": rec("Point", "[1]"),
  "point-object": rec("Point", '{"x":1}'),
  "point-null": rec("Point", "null"),
  "point-as-node": graph([ref("a"), ref("a")], { a: typ("Point", [1, 2]) }),
  "user-tree": rec("User", '{"name":"a","friends":[]}'),
  "user-inline-in-graph": graph({ __type: "User", value: { name: "a", friends: [] } }, {}),
  "user-node": graph(ref("a"), { a: typ("User", { name: "a", friends: [ref("a")] }) }),
  "user-two": graph(ref("a"), { a: typ("User", { name: "a", friends: [ref("b")] }), b: typ("User", { name: "b", friends: [ref("a")] }) }),
  "user-shared": graph([ref("a"), ref("a")], { a: typ("User", { name: "a", friends: [] }) }),
  "user-payload-itself": graph(ref("a"), { a: typ("User", ref("a")) }),
  "user-missing": rec("User", "{}"),
  "tag-tree": rec("Tag", '{"label":"x"}'),
  "tag-node": graph(ref("a"), { a: typ("Tag", { label: "x", owner: 1 }) }),
  "tag-loop": graph(ref("a"), { a: typ("Tag", { label: "x", owner: ref("a") }) }),
  "tag-payload-itself": graph(ref("a"), { a: typ("Tag", ref("a")) }),
  "tag-null": rec("Tag", "null"),
  color: rec("Color", '"#0a0b0c"'),
  "color-bad": rec("Color", '"red"'),
  "color-bad-node": graph(ref("a"), { a: typ("Color", "red") }),
  nothing: rec("Nothing", rec("Undefined", "null")),
  "nothing-null": rec("Nothing", "null"),
  "nothing-other": rec("Nothing", "[1,2]"),
  "nothing-bad": rec("Nothing", rec("Nope", "1")),
  name: rec("Größe /x", "3"),
  "in-map-key": rec("Map", `[[${rec("Version", '"1"')},${rec("Version", '"2"')}]]`),
  nested: rec(
    "Interval",
    `{"from":${rec("Date", '"1970-01-01T00:00:00.000Z"')},"to":null,"price":${rec("app.Money", '{"amount":1,"currency":"X"}')}}`,
  ),
  "type-in-type": rec("Version", rec("Version", '"1"')),
};

const good = { id: "New", is: () => false, serialize: (v) => v, deserialize: (v) => v };
const REGISTER = {
  again: [{ ...good, id: "User" }, "the id of a type that was added before"],
  builtin: [{ ...good, id: "Date" }, "the id of a built-in type"],
  "no-id": [{ ...good, id: undefined }, "no id"],
  "empty-id": [{ ...good, id: "" }, "an empty id"],
  "no-is": [{ ...good, is: undefined }, "no is()"],
  "no-serialize": [{ ...good, serialize: undefined }, "no serialize()"],
  "no-deserialize": [{ ...good, deserialize: undefined }, "no deserialize()"],
  null: [null, "no definition"],
  "unsafe-name": [{ ...good, id: "__proto__" }, "the id __proto__"],
  good: [{ ...good, id: "Good" }, "a good definition"],
};

function readCase(text) {
  const back = attempt(() => tell(serializer.parse(text)));
  return "error" in back ? { outcome: "refused", error: back.error } : { outcome: { accepted: back.ok } };
}

function writeCase([name, value]) {
  const described = tell(value);
  const out = { name: `write/${name}`, kind: "write", value: described };
  for (const [field, f] of [
    ["text", "stringify"],
    ["graph", "serialize"],
  ]) {
    const result = attempt(() => serializer[f](value));
    out[field] = result.ok ?? null;
    if ("error" in result) {
      out[`${field}Refused`] = result.error;
      continue;
    }
    const { outcome, error } = readCase(result.ok);
    if (outcome === "refused") out[`${field}Parsed`] = { refused: error };
    else if (!same(outcome.accepted, described)) out[`${field}Parsed`] = outcome;
  }
  if (out.text !== null && !out.textParsed?.refused)
    out.roundtrip = attempt(() => serializer.stringify(serializer.parse(out.text))).ok === out.text ? "same" : "differs";
  return out;
}

write("custom.json", [
  ...TYPES.map(({ id, strategy, payload, create }) => ({
    name: `type/${id}`,
    kind: "type",
    id,
    strategy: strategy ?? "ref",
    create: create !== undefined,
    payload,
  })),
  ...Object.entries(WRITE).map(writeCase),
  ...Object.entries(READ).map(([name, text]) => ({ name: `read/${name}`, kind: "read", text, ...readCase(text) })),
  ...Object.entries(REGISTER).map(([name, [definition, what]]) => {
    const result = attempt(() => serializer.addType(definition));
    return {
      name: `register/${name}`,
      kind: "register",
      what,
      outcome: "error" in result ? "refused" : "accepted",
      ...("error" in result ? { error: result.error } : {}),
    };
  }),
]);
