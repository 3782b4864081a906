"use strict";
// The test app on Runner's own server: what the client scripts expect of it, they may expect of Rust.
const { setTimeout: sleep } = require("node:timers/promises");
const {
  cancellationError,
  globals,
  nodeExposure,
  r,
  run,
  useExposureContext,
} = require("@bluelibs/runner/node");
const errors = require("./errors");
const fileTasks = require("./file_tasks");

const messages = [];

const task = (id, body) => r.task(id).run(body).build();

const tasks = [
  task("test.tasks.add", async ({ a, b }) => a + b),
  task("test.tasks.greet", async ({ name }) => `Hello, ${name}!`),
  task("test.tasks.nothing", async () => undefined),
  task("test.tasks.none", async () => null),
  task("test.tasks.optional", async (input) => input?.name ?? null),
  task("test.tasks.echo", async (input) => input),
  task("test.tasks.any", async (input) => input),
  task("test.tasks/with slash", async (input) => input),
  task("test.tasks.quota", async ({ used, limit }) => {
    if (used >= limit) errors.quota.throw({ limit, used });
    return limit - used;
  }),
  task("test.tasks.notFound", async ({ resource }) => errors.notFound.throw({ resource })),
  task("test.tasks.plainTyped", async ({ reason }) => errors.plain.throw({ reason })),
  task("test.tasks.fails", async () => {
    throw new Error("secret detail");
  }),
  task("test.tasks.panics", async () => {
    throw new Error("secret detail");
  }),
  task("test.tasks.aborted", async () => cancellationError.throw({ reason: "secret detail" })),
  task("test.tasks.slow", async ({ ms }) => {
    await sleep(ms);
    return ms;
  }),
  task("test.tasks.whoami", async () => ({
    requestId: useExposureContext().headers["x-runner-request-id"],
    taskId: "test.tasks.whoami",
  })),
  task("test.tasks.notified", async () => messages),
  ...fileTasks.tasks,
];
const hiddenTask = task("test.tasks.hidden", async () => "hidden");

const events = {
  any: r.event("test.events.any").build(),
  notify: r.event("test.events.notify").build(),
  enrich: r.event("test.events.enrich").build(),
  plain: r.event("test.events.plain").build(),
  parallel: r.event("test.events.parallel").parallel(true).build(),
  fails: r.event("test.events.fails").build(),
};
const hiddenEvent = r.event("test.events.hidden").build();

let hookCount = 0;
const on = (event, body, order = 0) =>
  r.hook(`test.hooks.${++hookCount}`).on(event).order(order).run(body).build();

// What `returnPayload` gives back is `event.data` as the last hook left it; returned values are ignored.
const hooks = [
  on(events.notify, async ({ data }) => {
    messages.push(data.message);
  }),
  on(events.enrich, async (event) => {
    event.data = { count: event.data.count + 1 };
  }, 1),
  on(events.enrich, async (event) => {
    event.data = { count: event.data.count * 2 };
  }, 2),
  on(events.any, async () => {}),
  on(events.plain, async () => {}),
  on(events.parallel, async () => {}),
  on(events.parallel, async () => {}),
  on(events.fails, async ({ data }) => errors.notFound.throw({ resource: data.resource })),
  on(hiddenEvent, async () => {}),
];

const tunnel = r
  .resource("test.tunnel")
  .tags([globals.tags.tunnel])
  .init(async () => ({
    mode: "server",
    transport: "http",
    tasks: tasks.map(({ id }) => id),
    events: Object.values(events).map(({ id }) => id),
  }))
  .build();

const exposure = nodeExposure.with({
  http: {
    listen: { port: Number(process.env.PORT ?? 0), host: "127.0.0.1" },
    auth: { token: "secret" },
  },
});

const app = r
  .resource("test")
  .register([
    ...Object.values(errors),
    fileTasks.filesError,
    ...tasks,
    hiddenTask,
    ...Object.values(events),
    hiddenEvent,
    ...hooks,
    tunnel,
    exposure,
  ])
  .build();

async function main() {
  const runtime = await run(app, { logs: { printThreshold: null } });
  const { server, basePath } = runtime.getResourceValue(nodeExposure);
  console.log(`listening http://127.0.0.1:${server.address().port}${basePath}`);
}

main();
