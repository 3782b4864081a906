"use strict";
// What one writes by hand on fastify: its schemas and its hooks, the protocol in a few lines.
const { randomUUID, timingSafeEqual } = require("node:crypto");
const fastify = require("fastify");
const { announce } = require("./child");

const object = (properties, required = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
});
const text = { type: "string" };
const integer = { type: "integer" };

const add = object({ a: integer, b: integer });
const address = object({ street: text, city: text, zip: integer });
const record = {
  id: integer,
  name: text,
  email: { type: ["string", "null"] },
  active: { type: "boolean" },
  balance: { type: "number" },
  tags: { type: "array", items: text },
  address,
};
const taken = object(
  record,
  Object.keys(record).filter((name) => name !== "email"),
);
const records = { type: "array", items: taken };

const ok = { type: "boolean" };
const schema = (body, answer) => ({ schema: { body: object(body), response: { 200: object(answer) } } });

const server = fastify({
  logger: false,
  bodyLimit: 2 * 1024 * 1024,
  requestIdHeader: "x-runner-request-id",
  genReqId: () => randomUUID(),
  // A text is no number, as everywhere else.
  ajv: { customOptions: { coerceTypes: false } },
});

const token = Buffer.from("secret");

function isAuthentic(given) {
  const bytes = Buffer.from(given ?? "");
  return bytes.length === token.length && timingSafeEqual(bytes, token);
}

server.addHook("onRequest", (request, reply, done) => {
  reply.headers({
    "x-runner-request-id": request.id,
    "access-control-allow-origin": "*",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
  if (isAuthentic(request.headers["x-runner-token"])) return done();
  reply.code(401).send();
});

server.post("/__runner/task/bench.tasks.add", schema({ input: add }, { ok, result: integer }), async ({ body }) => ({
  ok: true,
  result: body.input.a + body.input.b,
}));

server.post("/__runner/task/bench.tasks.echo", schema({ input: records }, { ok, result: records }), async ({ body }) => ({
  ok: true,
  result: body.input,
}));

server.post("/__runner/event/bench.events.notice", schema({ payload: add }, { ok }), async () => ({ ok: true }));

async function main() {
  await server.listen({ port: 0, host: "127.0.0.1" });
  announce(server.server.address());
}

main();
