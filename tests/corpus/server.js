"use strict";
// Runner's own HTTP server with one task that keeps what it was given.
const http = require("node:http");
const { globals, nodeExposure, r, run } = require("@bluelibs/runner/node");

async function start() {
  const seen = {};
  const keep = r
    .task("corpus.keep")
    .run(async (input) => {
      seen.input = input;
      seen.called = true;
    })
    .build();
  const tunnel = r
    .resource("corpus.tunnel")
    .tags([globals.tags.tunnel])
    .init(async () => ({ mode: "server", transport: "http", tasks: [keep.id], events: [] }))
    .build();
  const exposure = nodeExposure.with({ http: { listen: { port: 0, host: "127.0.0.1" }, auth: { token: "t" } } });
  const app = r.resource("corpus").register([keep, tunnel, exposure]).build();
  const runtime = await run(app, { logs: { printThreshold: null } });
  const { server, basePath } = runtime.getResourceValue(nodeExposure);
  const { port } = server.address();

  const post = (body) =>
    new Promise((resolve, reject) => {
      seen.called = false;
      seen.input = undefined;
      const request = http.request(
        {
          host: "127.0.0.1",
          port,
          path: `${basePath}/task/${keep.id}`,
          method: "POST",
          agent: false,
          headers: { "x-runner-token": "t", "content-type": "application/json", "content-length": body.length },
        },
        (answer) => {
          answer.resume();
          answer.on("end", () => resolve({ status: answer.statusCode, called: seen.called, input: seen.input }));
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  return { post, stop: () => runtime.dispose() };
}

module.exports = { start };
