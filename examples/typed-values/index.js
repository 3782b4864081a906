"use strict";
// Hands JavaScript's own values to the typed-values example, and gets them back.
//
// Start the example, then `npm ci` and `npm start`; see the README beside this file.
const { createHttpClient, globals, r, run, Serializer } = require("@bluelibs/runner/node");

class Money {
  constructor(amount, currency) {
    this.amount = amount;
    this.currency = currency;
  }
}

const serializer = new Serializer();
// The name is that of `#[tunnel_type("Money")]`.
serializer.addType({
  id: "Money",
  is: (value) => value instanceof Money,
  serialize: ({ amount, currency }) => ({ amount, currency }),
  deserialize: ({ amount, currency }) => new Money(amount, currency),
  strategy: "value",
});

const baseUrl = process.env.TUNNEL_URL ?? "http://127.0.0.1:7070/__runner";
const auth = { token: process.env.TUNNEL_TOKEN ?? "secret" };
const client = createHttpClient({ baseUrl, auth, serializer });

const booking = {
  from: new Date("2026-03-04T05:06:07.089Z"),
  seats: new Map([[12, new Set(["Ada", "Grace"])]]),
  reference: 2n ** 64n,
  discount: NaN,
  note: null,
  ticket: Uint8Array.of(1, 2, 255),
  link: new URL("https://example.org/booking?seat=12"),
  price: new Money(4200, "CZK"),
};

/** An app to which the Rust task looks like its own; its contexts travel with its calls. */
async function startApp() {
  const session = r.asyncContext("app.contexts.session").build();
  const whoAmI = r.task.phantom("app.tasks.whoAmI").build();
  const tunnel = r
    .resource("app.tunnel")
    .tags([globals.tags.tunnel])
    .dependencies({ createClient: globals.resources.httpClientFactory })
    .init(async (_config, { createClient }) => {
      const remote = createClient({ baseUrl, auth });
      return {
        mode: "client",
        transport: "http",
        tasks: [whoAmI.id],
        run: (task, input) => remote.task(task.id, input),
      };
    })
    .build();
  const app = r.resource("app").register([session, whoAmI, tunnel]).build();
  const runtime = await run(app, { logs: { printThreshold: null } });
  return { runtime, session, whoAmI };
}

async function main() {
  const next = await client.task("app.tasks.next", booking);
  console.log(next.from.toISOString(), next.seats.get(12).has("Ada"), next.reference, next.discount);
  console.log(next.ticket, next.link.searchParams.get("seat"), next.price);
  console.log("over:", await client.task("app.tasks.isOver", new Date(0)));

  const { runtime, session, whoAmI } = await startApp();
  const ada = { user: "Ada", since: new Date("2026-03-04T05:06:07.089Z") };
  console.log(await session.provide(ada, () => runtime.runTask(whoAmI)));
  console.log(await runtime.runTask(whoAmI));
  await runtime.dispose();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
