"use strict";
// Every value that Runner's writer takes, through Rust code that knows nothing of its shape.
process.env.TZ = "UTC";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { inspect, isDeepStrictEqual } = require("node:util");
const values = require("../../corpus/values");
const { Boxed, connect, failure, kinds, Money, post, serializerWith, Shape } = require("./typed");

const cases = values.all();
cases.push(
  { kind: "custom", name: "custom/value", value: new Money(5n, "EUR") },
  { kind: "custom", name: "custom/nested", value: new Boxed([new Shape({ a: new Money(1, new Date(0)) }), new Set([new Boxed(null)])]) },
  { kind: "custom", name: "custom/in-map", value: new Map([[new Money(1, "a"), new Boxed(undefined)]]) },
);
const byKind = new Map();
for (const each of cases) byKind.set(each.kind, [...(byKind.get(each.kind) ?? []), each]);

// An Error that brings no stack would get one of this process.
delete Error.stackTraceLimit;

const invalid = { ok: false, error: { message: "Invalid JSON body", code: "INVALID_JSON" } };

/** What Runner itself would make of a body, or that it refuses it. */
function locally(serializer, key, value) {
  let text;
  try {
    text = serializer.stringify({ [key]: value });
  } catch {
    return { unwritable: true };
  }
  try {
    // The result stands as deep in its answer as the input in its request.
    return { value: serializer.parse(text)[key] };
  } catch {
    return { refused: true };
  }
}

function difference(serializer, name, actual, expected, isOrdered = true) {
  const same =
    isDeepStrictEqual(actual, expected) &&
    (!isOrdered || serializer.stringify(actual) === serializer.stringify(expected));
  return same ? [] : [`${name}: expected ${inspect(expected)}, found ${inspect(actual)}`];
}

/**
 * serde_json's objects are sorted, its texts well-formed, and it has no undefined: at the root that is null.
 * Its integers beyond 2^53 go back as BigInts, as all of Rust's do.
 */
function fitsJson({ value }, serializer) {
  if (value === undefined) return false;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  try {
    return !/\\ud[89a-f]/.test(serializer.stringify(value));
  } catch {
    return false;
  }
}

async function differences(list, { serializer, key, send, isOrdered }) {
  const found = [];
  let sent = 0;
  for (const { name, value } of list) {
    const expected = locally(serializer, key, value);
    if (expected.unwritable) continue;
    sent += 1;
    if (expected.refused) {
      const error = await failure(send(value));
      if (error.code !== "INVALID_JSON") found.push(`${name}: ${error.code} ${error.message}`);
      continue;
    }
    try {
      found.push(...difference(serializer, name, await send(value), expected.value, isOrdered));
    } catch (error) {
      found.push(`${name}: ${error.code} ${error.message}`);
    }
  }
  return { found, sent };
}

const isUnwritable = (group) => ["cycle", "function"].includes(group);

for (const [kind, create] of Object.entries(kinds)) {
  const serializer = serializerWith("value");
  const client = connect(create, serializer);
  const ways = {
    "the typed echo": ["input", (value) => client.task("test.tasks.any", value)],
    "the run-time echo": ["input", (value) => client.task("typed.tasks.dynamic", value)],
    "the typed event": ["payload", (value) => client.eventWithResult("test.events.any", value)],
    "the run-time event": ["payload", (value) => client.eventWithResult("typed.events.dynamic", value)],
  };
  for (const [way, [key, send]] of Object.entries(ways)) {
    for (const [group, list] of byKind) {
      test(`${kind}: ${group} through ${way}`, async () => {
        const isOrdered = !way.startsWith("the run-time");
        const fitting = isOrdered ? list : list.filter((each) => fitsJson(each, serializer));
        const { found, sent } = await differences(fitting, { serializer, key, send, isOrdered });
        assert.deepStrictEqual(found, []);
        assert.ok(sent > 0 || isUnwritable(group), "no case could be sent");
      });
    }
  }
}

for (const strategy of ["value", "ref"]) {
  const serializer = serializerWith(strategy);

  for (const [group, list] of byKind) {
    test(`graph, ${strategy}: ${group} through the typed echo`, async () => {
      const found = [];
      let sent = 0;
      for (const { name, value } of list) {
        let body;
        try {
          body = serializer.serialize({ input: value });
        } catch {
          continue;
        }
        sent += 1;
        // What the graph reader makes of some types is unusable; a tree says the same without nodes.
        const expected = locally(serializer, "input", value);
        try {
          serializer.parse(body);
        } catch {
          // A graph takes more levels than a tree.
          expected.refused = true;
        }
        const { status, text } = await post("/task/test.tasks.any", body);
        if (expected.unwritable || expected.refused) {
          // Cycles, and what the reader refuses.
          if (status !== 400 || !isDeepStrictEqual(JSON.parse(text), invalid)) found.push(`${name}: ${status} ${text.slice(0, 200)}`);
        } else if (status !== 200) {
          found.push(`${name}: ${status} ${text.slice(0, 200)}`);
        } else {
          found.push(...difference(serializer, name, serializer.parse(text).result, expected.value));
        }
      }
      assert.deepStrictEqual(found, []);
      assert.ok(sent > 0 || group === "function", "no case could be sent");
    });
  }
}
