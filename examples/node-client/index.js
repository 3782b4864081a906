"use strict";
// Calls the quickstart example with Runner's own clients, as any TypeScript app would.
//
// Start the quickstart, then `npm ci` and `npm start`; see the README beside this file.
const {
  createHttpClient,
  createHttpMixedClient,
  createHttpSmartClient,
  r,
  Serializer,
} = require("@bluelibs/runner/node");

// The error that the Rust side declares by `#[typed_error(id = "app.errors.overflow", http = 422)]`.
const overflow = r
  .error("app.errors.overflow")
  .httpCode(422)
  .format(({ a, b }) => `${a} + ${b} does not fit into 64 bits`)
  .build();

const config = {
  baseUrl: process.env.TUNNEL_URL ?? "http://127.0.0.1:7070/__runner",
  auth: { token: process.env.TUNNEL_TOKEN ?? "secret" },
  serializer: new Serializer(),
  errorRegistry: new Map([[overflow.id, overflow]]),
};

// By fetch; by Node's http, for streams and files; and the one that picks between the two.
const clients = {
  http: createHttpClient(config),
  smart: createHttpSmartClient(config),
  mixed: createHttpMixedClient(config),
};

async function failure(promise) {
  return promise.then(
    (value) => {
      throw new Error(`a call that should have failed gave ${value}`);
    },
    (error) => error,
  );
}

async function show(name, client) {
  console.log(`${name}: 2 + 3 = ${await client.task("app.tasks.add", { a: 2, b: 3 })}`);

  // Thrown by Rust, rethrown here as the app's own error.
  const tooLarge = await failure(client.task("app.tasks.add", { a: 2 ** 62, b: 2 ** 62 }));
  if (!overflow.is(tooLarge)) throw tooLarge;
  console.log(`${name}: ${tooLarge.id} (${tooLarge.httpCode}): ${tooLarge.message}`);

  // Types hold across the wire: what does not fit never reaches the function.
  const misfit = await failure(client.task("app.tasks.add", { a: 2, b: "three" }));
  console.log(`${name}: ${misfit.code}: ${misfit.message}`);

  await client.event("app.events.notify", { message: `hello from the ${name} client` });
  console.log(`${name}: notified`);
}

async function main() {
  for (const [name, client] of Object.entries(clients)) await show(name, client);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
