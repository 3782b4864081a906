"use strict";
// Async contexts of a whole Runner app, read by Rust as types of its own.
const assert = require("node:assert/strict");
const { test, after, before } = require("node:test");
const { globals, r, run } = require("@bluelibs/runner/node");
const { assertSame, failure, token, url } = require("./typed");

const contextId = "typed.contexts.session";
const session = r.asyncContext(contextId).build();
const strange = r.asyncContext("typed.contexts.strange").build();

const required = r.task.phantom("typed.tasks.session").build();
const optional = r.task.phantom("typed.tasks.maybeSession").build();
const requiredEvent = r.event("typed.events.session").build();
const optionalEvent = r.event("typed.events.maybeSession").build();

// Calls the remote task from inside a local one, where contexts come from.
const local = r
  .task("client.tasks.local")
  .dependencies({ required })
  .run(async (_input, { required }) => required())
  .build();

const ada = { user: "Ada", since: new Date("2026-03-04T05:06:07.089Z"), roles: new Set(["admin", "guest"]) };

let runtime;

before(async () => {
  const tunnel = r
    .resource("client.tunnel")
    .tags([globals.tags.tunnel])
    .dependencies({ createClient: globals.resources.httpClientFactory })
    .init(async (_config, { createClient }) => {
      const client = createClient({ baseUrl: url, auth: { token } });
      return {
        mode: "client",
        transport: "http",
        tasks: [required.id, optional.id],
        events: [requiredEvent.id, optionalEvent.id],
        eventDeliveryMode: "remote-only",
        run: (task, input) => client.task(task.id, input),
        emit: ({ id, data }) => client.eventWithResult(id, data),
      };
    })
    .build();
  const app = r
    .resource("client")
    .register([session, strange, required, optional, requiredEvent, optionalEvent, local, tunnel])
    .build();
  runtime = await run(app, { logs: { printThreshold: null }, shutdownHooks: false, errorBoundary: false });
});

after(() => runtime.dispose());

const emit = (event, payload) =>
  runtime.getResourceValue(globals.resources.eventManager).emitWithResult(event, payload, "client");

const missing = { path: `context["${contextId}"]`, expected: "a value", found: "undefined" };

async function refused(promise, data) {
  const error = await failure(promise);
  assert.strictEqual(error.code, "INVALID_INPUT", `${error.code}: ${error.message}`);
  assert.deepStrictEqual(error.data, data);
}

test("contexts: a task that requires one gets it with its kinds", async () => {
  assertSame(await session.provide(ada, () => runtime.runTask(required)), ada);
});

test("contexts: a task that requires one gets it through a local task", async () => {
  assertSame(await session.provide(ada, () => runtime.runTask(local)), ada);
});

test("contexts: a task that requires one refuses a call without it", async () => {
  await refused(runtime.runTask(required), missing);
});

test("contexts: another context does not help", async () => {
  await refused(strange.provide(ada, () => runtime.runTask(required)), missing);
});

test("contexts: one beside another is found", async () => {
  const answer = strange.provide({ a: 1 }, () => session.provide(ada, () => runtime.runTask(required)));
  assertSame(await answer, ada);
});

test("contexts: a required one that does not fit says where", async () => {
  const path = `context["${contextId}"].since`;
  const broken = { ...ada, since: true };
  const error = await failure(session.provide(broken, () => runtime.runTask(required)));
  assert.strictEqual(error.code, "INVALID_INPUT");
  assert.strictEqual(error.data.path, path, error.message);
  assert.strictEqual(error.data.found, "a boolean");
});

test("contexts: a task that takes one optionally", async () => {
  assertSame(await session.provide(ada, () => runtime.runTask(optional, "hello")), "hello Ada");
  assertSame(await runtime.runTask(optional, "hello"), null);
  assertSame(await session.provide({ user: 5 }, () => runtime.runTask(optional, "hello")), null);
});

test("contexts: parallel calls get each their own", async () => {
  const users = Array.from({ length: 50 }, (_, n) => `user ${n}`);
  const answers = await Promise.all(
    users.map((user) => session.provide({ ...ada, user }, () => runtime.runTask(optional, "I am"))),
  );
  assert.deepStrictEqual(answers, users.map((user) => `I am ${user}`));
});

test("contexts: an event that requires one gets it", async () => {
  const payload = { by: null, since: null };
  const answer = await session.provide(ada, () => emit(requiredEvent, payload));
  assertSame(answer, { by: "Ada", since: ada.since });
  await refused(emit(requiredEvent, payload), missing);
});

test("contexts: an event that takes one optionally", async () => {
  const payload = { by: "nobody", since: new Date(0) };
  assertSame(await emit(optionalEvent, payload), payload);
  const answer = await session.provide(ada, () => emit(optionalEvent, payload));
  assertSame(answer, { by: "Ada", since: ada.since });
});
