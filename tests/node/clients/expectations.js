"use strict";
// What every client must see, whichever server answers. A client is anything with
// `task(id, input)`, `event(id, payload)` and `eventWithResult(id, payload)`.
const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const { test } = require("node:test");
const { inspect } = require("node:util");
const { Serializer } = require("@bluelibs/runner/node");
const errors = require("../errors");

const url = process.env.TUNNEL_URL;
const token = process.env.TUNNEL_TOKEN;
if (!url || !token) throw new Error("set TUNNEL_URL and TUNNEL_TOKEN");
const rust = process.env.TUNNEL_PEER === "rust";

const exposed = {
  tasks: [
    "test.files.atOnce",
    "test.files.beginning",
    "test.files.count",
    "test.files.deep",
    "test.files.fails",
    "test.files.gated",
    "test.files.hash",
    "test.files.ignored",
    "test.files.many",
    "test.files.maybe",
    "test.files.one",
    "test.files.panics",
    "test.files.part",
    "test.files.reversed",
    "test.files.saved",
    "test.files.stream",
    "test.files.twice",
    "test.files.watch",
    "test.files.watched",
    "test.files.when",
    "test.streams.count",
    "test.streams.digest",
    "test.streams.echo",
    "test.streams.either",
    "test.streams.limited",
    "test.streams.unread",
    "test.tasks.aborted",
    "test.tasks.add",
    "test.tasks.any",
    "test.tasks.echo",
    "test.tasks.fails",
    "test.tasks.greet",
    "test.tasks.none",
    "test.tasks.notFound",
    "test.tasks.nothing",
    "test.tasks.notified",
    "test.tasks.optional",
    "test.tasks.panics",
    "test.tasks.plainTyped",
    "test.tasks.quota",
    "test.tasks.slow",
    "test.tasks.whoami",
    "test.tasks/with slash",
  ],
  events: [
    "test.events.any",
    "test.events.enrich",
    "test.events.fails",
    "test.events.notify",
    "test.events.parallel",
    "test.events.plain",
  ],
};

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const echoed = {
  "null": null,
  "booleans": [true, false],
  "numbers": [0, 1, -1, 1.5, -0.25, 0.1 + 0.2, 1e21, 1e-7],
  "extreme numbers": [
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
  ],
  // Their last digit changes in a parser that does not round correctly.
  "numbers hard to round": [31.245270191439438, 121.48791951161945],
  "an empty string": "",
  "a number alone": 42,
  "control characters": "\0\b\t\n\r\u001f\"\\/\u007f\u2028\u2029",
  "unicode": "žluťoučký kůň, 漢字, עברית, e\u0301",
  "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 \u{10ffff}",
  "an empty object": {},
  "an empty array": [],
  "nested objects": { a: { b: { c: [{ d: null }, { e: {} }] } }, "": { "clé 🔑": [] } },
  "mixed arrays": [[], [[1, "two"]], null, false, { three: 3 }],
  "an envelope": { ok: false, error: { message: "mine", code: "MINE" } },
  "a wrapper": { input: { input: 1 }, payload: 2 },
  "500 kB of text": "0123456789 é漢🔑\n".repeat(25_000),
  "deep arrays": JSON.parse("[".repeat(200) + "]".repeat(200)),
};

const results = [
  ["add", { a: 2, b: 3 }, 5],
  ["add", { a: -7, b: 3 }, -4],
  ["greet", { name: "Ada" }, "Hello, Ada!"],
  ["greet", { name: "Žofie 🐙" }, "Hello, Žofie 🐙!"],
  ["nothing", undefined, undefined],
  ["none", undefined, null],
  ["optional", undefined, null],
  ["optional", {}, null],
  ["optional", { name: "Ada" }, "Ada"],
  ["quota", { used: 2, limit: 5 }, 3],
  ["slow", { ms: 30 }, 30],
];

const task = (name, input) => (client) => client.task(`test.tasks.${name}`, input);
const event = (name, payload) => (client) => client.event(`test.events.${name}`, payload);
const returning = (name, payload) => (client) =>
  client.eventWithResult(`test.events.${name}`, payload);

const internal = { code: "INTERNAL_ERROR", message: "Internal Error" };
const tooLarge = { code: "PAYLOAD_TOO_LARGE", message: "Payload too large" };
const forbidden = (what) => ({ code: "FORBIDDEN", message: `${what} not exposed` });

const failures = {
  "a hidden task": [task("hidden"), forbidden("Task test.tasks.hidden")],
  "an unknown task": [task("unknown"), forbidden("Task test.tasks.unknown")],
  "a hidden event": [event("hidden", {}), forbidden("Event test.events.hidden")],
  "an unknown event": [event("unknown", {}), forbidden("Event test.events.unknown")],
  "an untyped error": [task("fails"), internal],
  "a panic": [task("panics"), internal],
  "an aborted task": [
    task("aborted"),
    { code: "REQUEST_ABORTED", message: "Client Closed Request" },
  ],
  "3 MiB of input": [task("echo", "x".repeat(3 << 20)), tooLarge],
  "3 MiB of payload": [event("plain", { text: "x".repeat(3 << 20) }), tooLarge],
  "the payload of a parallel event": [
    returning("parallel", { n: 1 }),
    {
      code: "PARALLEL_EVENT_RETURN_UNSUPPORTED",
      message: "Event test.events.parallel is marked parallel; returning a payload is not supported.",
    },
  ],
};

const typedFailures = {
  "a task over its quota": [
    task("quota", { used: 5, limit: 5 }),
    errors.quota,
    { message: "quota: 5 of 5", data: { limit: 5, used: 5 }, httpCode: 429 },
  ],
  "a task that finds nothing": [
    task("notFound", { resource: "wídget" }),
    errors.notFound,
    { message: "no wídget here", data: { resource: "wídget" }, httpCode: 404 },
  ],
  "a task with an error that has no status": [
    task("plainTyped", { reason: "because" }),
    errors.plain,
    { message: "because", data: { reason: "because" } },
  ],
  "a failing event": [
    event("fails", { resource: "gadget" }),
    errors.notFound,
    { message: "no gadget here", data: { resource: "gadget" }, httpCode: 404 },
  ],
  "a failing event that returns its payload": [
    returning("fails", { resource: "gadget" }),
    errors.notFound,
    { message: "no gadget here", data: { resource: "gadget" }, httpCode: 404 },
  ],
};

// Only Rust knows the types of its inputs.
const misfits = {
  "a task": [task("add", { a: "one", b: 2 }), "input.a"],
  "an event": [event("notify", { message: 5 }), "payload.message"],
};

async function failure(promise) {
  return promise.then(
    (value) => assert.fail(`resolved with ${inspect(value)}`),
    (error) => error,
  );
}

const face = ({ name, code, message, id, data, httpCode }) => ({
  name,
  code,
  message,
  id,
  data,
  httpCode,
});
const nothing = { code: undefined, id: undefined, data: undefined, httpCode: undefined };

/** Registers the whole list for one kind of client; `connect` takes the config all Runner clients share. */
function expectations(kind, connect) {
  // A call that hangs should be reported under its own name.
  const check = (name, body) => test(`${kind}: ${name}`, { timeout: 20_000 }, body);

  const call = async (body, options) => {
    const client = await connect({
      baseUrl: url,
      auth: { token },
      serializer: new Serializer(),
      ...options,
    });
    try {
      return await body(client);
    } finally {
      await client.close?.();
    }
  };

  results.forEach(([name, input, expected]) => {
    check(`${name} of ${inspect(input)}`, async () => {
      assert.deepStrictEqual(await call(task(name, input)), expected);
    });
  });

  for (const [name, value] of Object.entries(echoed)) {
    check(`echo of ${name}`, async () => {
      assert.deepStrictEqual(await call(task("echo", value)), value);
    });
  }

  check("an id with a slash and a blank", async () => {
    const value = await call((client) => client.task("test.tasks/with slash", { a: [1] }));
    assert.deepStrictEqual(value, { a: [1] });
  });

  check("a request id of the server's and of the client's making", async () => {
    const { requestId, ...rest } = await call(task("whoami"));
    assert.match(requestId, uuid);
    assert.deepStrictEqual(rest, { taskId: "test.tasks.whoami" });

    const onRequest = ({ headers }) => {
      headers["x-runner-request-id"] = "mine:1";
    };
    assert.deepStrictEqual(await call(task("whoami"), { onRequest }), {
      requestId: "mine:1",
      taskId: "test.tasks.whoami",
    });
  });

  for (const [name, [body, expected]] of Object.entries(failures)) {
    check(`${name} is ${expected.code}`, async () => {
      const error = await failure(call(body));
      assert.deepStrictEqual(face(error), { ...nothing, name: "TunnelError", ...expected });
      assert.doesNotMatch(inspect(error, { depth: null, showHidden: true }), /secret detail/);
    });
  }

  for (const [name, body] of Object.entries({
    "a task": task("add", { a: 1, b: 2 }),
    "an unknown task": task("unknown"),
    "an event": event("plain", { text: "x" }),
    "3 MiB of input": task("echo", "x".repeat(3 << 20)),
  })) {
    check(`${name} with a wrong token is UNAUTHORIZED`, async () => {
      const error = await failure(call(body, { auth: { token: "wrong" } }));
      assert.deepStrictEqual(face(error), {
        ...nothing,
        name: "TunnelError",
        code: "UNAUTHORIZED",
        message: "Unauthorized",
      });
    });
  }

  for (const [name, [body, helper, expected]] of Object.entries(typedFailures)) {
    check(`${name} gives a tunnel error with id and data`, async () => {
      const error = await failure(call(body));
      assert.deepStrictEqual(face(error), {
        ...nothing,
        name: "TunnelError",
        code: "INTERNAL_ERROR",
        id: helper.id,
        ...expected,
      });
    });

    check(`${name} rethrows the typed error that the client knows`, async () => {
      const errorRegistry = new Map(Object.values(errors).map((known) => [known.id, known]));
      const error = await failure(call(body, { errorRegistry }));
      assert.ok(helper.is(error), inspect(error));
      assert.deepStrictEqual(face(error), { ...nothing, name: helper.id, id: helper.id, ...expected });
    });
  }

  if (rust) {
    for (const [name, [body, path]] of Object.entries(misfits)) {
      check(`${name} with a misfit value is INVALID_INPUT`, async () => {
        const error = await failure(call(body));
        const { expected, found } = error.data ?? {};
        assert.deepStrictEqual(face(error), {
          ...nothing,
          name: "TunnelError",
          code: "INVALID_INPUT",
          message: `${path}: expected ${expected}, found ${found}`,
          data: { path, expected, found },
        });
      });
    }
  }

  check("an event reaches its hook, once", async () => {
    // Other scripts may talk to the same server at the same time.
    const message = `ahoj ${randomUUID()}`;
    assert.strictEqual(await call(event("notify", { message })), undefined);
    const seen = await call(task("notified"));
    assert.deepStrictEqual(seen.filter((each) => each === message), [message]);
  });

  check("an event returns the payload its hooks made of it", async () => {
    assert.deepStrictEqual(await call(returning("enrich", { count: 3 })), { count: 8 });
  });

  check("an event returns an untouched payload as it was", async () => {
    const payload = { text: "řeka 🌊" };
    assert.deepStrictEqual(await call(returning("plain", payload)), payload);
  });

  check("events that are not asked for their payload return nothing", async () => {
    assert.strictEqual(await call(event("enrich", { count: 3 })), undefined);
    assert.strictEqual(await call(event("plain", { text: "x" })), undefined);
    assert.strictEqual(await call(event("parallel", { n: 1 })), undefined);
  });

  check("200 parallel calls get each its own answer", async () => {
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const sums = await call((client) =>
      Promise.all(numbers.map((n) => task("add", { a: n, b: 1000 })(client))),
    );
    assert.deepStrictEqual(sums, numbers.map((n) => n + 1000));
  });

  check("200 parallel calls of which every other fails", async () => {
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const outcomes = await call((client) =>
      Promise.all(
        numbers.map((n) =>
          task("quota", { used: n, limit: n % 2 ? n : n + 7 })(client).catch((error) => error.message),
        ),
      ),
    );
    assert.deepStrictEqual(outcomes, numbers.map((n) => (n % 2 ? `quota: ${n} of ${n}` : 7)));
  });

  check("discovery lists what is exposed", async () => {
    const response = await fetch(`${url}/discovery`, { headers: { "x-runner-token": token } });
    assert.strictEqual(response.status, 200);
    const { ok, result } = await response.json();
    assert.strictEqual(ok, true);
    assert.strictEqual(result.allowList.enabled, true);
    assert.deepStrictEqual(result.allowList.tasks.toSorted(), exposed.tasks);
    assert.deepStrictEqual(result.allowList.events.toSorted(), exposed.events);
    if (rust) {
      assert.deepStrictEqual(result.allowList.tasks, exposed.tasks);
      assert.deepStrictEqual(result.allowList.events, exposed.events);
    }
  });

  check("discovery by POST", async () => {
    const response = await fetch(`${url}/discovery`, {
      method: "POST",
      headers: { "x-runner-token": token },
    });
    const body = await response.json();
    if (rust) {
      assert.strictEqual(response.status, 200);
      assert.deepStrictEqual(body.result.allowList.tasks, exposed.tasks);
    } else {
      assert.strictEqual(response.status, 405);
      assert.deepStrictEqual(body.error, { message: "Method Not Allowed", code: "METHOD_NOT_ALLOWED" });
    }
  });
}

module.exports = { expectations, exposed, rust, token, url };
