"use strict";
// A whole Runner app to which the remote tasks and events look like its own.
const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const { test } = require("node:test");
const { globals, r, run } = require("@bluelibs/runner/node");
const { expectations, exposed, token, url } = require("./expectations");

const remoteTasks = [...exposed.tasks, "test.tasks.hidden", "test.tasks.unknown"].map((id) =>
  r.task.phantom(id).build(),
);
const remoteEvents = [...exposed.events, "test.events.hidden", "test.events.unknown"].map((id) => {
  const parallel = id === "test.events.parallel";
  return r.event(id).parallel(parallel).build();
});

// Calls the remote task as any other dependency.
const sum = r
  .task("client.tasks.sum")
  .dependencies({ add: remoteTasks.find(({ id }) => id === "test.tasks.add") })
  .run(async (numbers, { add }) => {
    let total = 0;
    for (const n of numbers) total = await add({ a: total, b: n });
    return total;
  })
  .build();

// Emits the remote event as any other dependency.
const notify = r
  .task("client.tasks.notify")
  .dependencies({ notify: remoteEvents.find(({ id }) => id === "test.events.notify") })
  .run(async (message, { notify }) => notify({ message }))
  .build();

async function start({ baseUrl, auth, onRequest, errorRegistry }, emit) {
  const tunnel = r
    .resource("client.tunnel")
    .tags([globals.tags.tunnel])
    .dependencies({ createClient: globals.resources.httpClientFactory })
    .init(async (_config, { createClient }) => {
      const client = createClient({ baseUrl, auth, onRequest });
      return {
        mode: "client",
        transport: "http",
        tasks: remoteTasks.map(({ id }) => id),
        events: remoteEvents.map(({ id }) => id),
        eventDeliveryMode: "remote-only",
        run: (task, input) => client.task(task.id, input),
        emit: ({ id, data }) => client[emit](id, data),
      };
    })
    .build();
  // The factory knows the errors that the app has registered.
  const errors = [...(errorRegistry?.values() ?? [])];
  const app = r
    .resource("client")
    .register([...errors, ...remoteTasks, ...remoteEvents, sum, notify, tunnel])
    .build();
  return run(app, {
    logs: { printThreshold: null },
    shutdownHooks: false,
    errorBoundary: false,
  });
}

// Whether a tunnel asks for payloads is its own choice, hence one app of each kind.
async function connect(config) {
  const plain = await start(config, "event");
  const returning = await start(config, "eventWithResult");
  const eventManager = returning.getResourceValue(globals.resources.eventManager);
  return {
    task: (id, input) => plain.runTask(id, input),
    event: (id, payload) => plain.emitEvent(id, payload),
    eventWithResult: (id, payload) =>
      eventManager.emitWithResult(returning.store.events.get(id).event, payload, "client"),
    close: () => Promise.all([plain.dispose(), returning.dispose()]),
  };
}

expectations("runner app", connect);

test("runner app: local tasks use remote ones as dependencies", async () => {
  const runtime = await start({ baseUrl: url, auth: { token } }, "event");
  try {
    assert.strictEqual(await runtime.runTask(sum, [1, 2, 3, 4]), 10);
    const message = `from a task ${randomUUID()}`;
    assert.strictEqual(await runtime.runTask(notify, message), undefined);
    assert.ok((await runtime.runTask("test.tasks.notified")).includes(message));
  } finally {
    await runtime.dispose();
  }
});
