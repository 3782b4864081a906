"use strict";
// Runner's own server, with the tasks of `src/bin/peer_tunnel`.
const { PassThrough, Readable } = require("node:stream");
const { globals, nodeExposure, r, run, useExposureContext } = require("@bluelibs/runner/node");
const { announce } = require("./child");
const { pieces } = require("./pattern");

const task = (id, body) => r.task(id).run(body).build();

const tasks = [
  task("bench.tasks.add", async ({ a, b }) => a + b),
  task("bench.tasks.echo", async (input) => input),
  task("bench.tasks.upload", async ({ files }) => {
    let length = 0;
    for (const file of files) {
      const { stream } = await file.resolve();
      for await (const chunk of stream) length += chunk.length;
    }
    return length;
  }),
  task("bench.tasks.duplex", async () => useExposureContext().req.pipe(new PassThrough())),
  task("bench.tasks.download", async (length) => Readable.from(pieces(length), { objectMode: false })),
];

const notice = r.event("bench.events.notice").build();
const noticed = r
  .hook("bench.hooks.notice")
  .on(notice)
  .run(async () => {})
  .build();

const tunnel = r
  .resource("bench.tunnel")
  .tags([globals.tags.tunnel])
  .init(async () => ({
    mode: "server",
    transport: "http",
    tasks: tasks.map(({ id }) => id),
    events: [notice.id],
  }))
  .build();

const exposure = nodeExposure.with({
  http: {
    listen: { port: 0, host: "127.0.0.1" },
    auth: { token: "secret" },
    limits: {
      // Its own, but for the size of a file.
      multipart: { fileSize: 2 * 1024 ** 3, files: 10, fields: 100, fieldSize: 1024 ** 2 },
    },
  },
});

const app = r
  .resource("bench")
  .register([...tasks, notice, noticed, tunnel, exposure])
  .build();

async function main() {
  // Without a line for each call.
  const runtime = await run(app, { logs: { printThreshold: null } });
  announce(runtime.getResourceValue(nodeExposure).server.address());
}

main();
