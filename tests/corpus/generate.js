"use strict";
// Writes values.json and hostile.json: what the real serializer of @bluelibs/runner does. See README.md.
process.env.TZ = "UTC";
const { Serializer } = require("@bluelibs/runner/node");
const { describe } = require("./describe");
const { write, bytesOf, messageOf, same } = require("./write");
const values = require("./values");
const hostile = require("./hostile");
const server = require("./server");

const serializer = new Serializer();
const attempt = (f) => {
  try {
    return { ok: f() };
  } catch (error) {
    return { error: messageOf(error) };
  }
};
const refused = (result) => "error" in result;

// How a text reads, compared with the value it came from: nothing when it is the same.
function reading(text, expected) {
  const back = attempt(() => describe(serializer.parse(text)));
  if (refused(back)) return { refused: back.error };
  return same(back.ok, expected) ? undefined : { accepted: back.ok };
}

function valueCase({ name, kind, value, why }) {
  const described = describe(value);
  const text = attempt(() => serializer.stringify(value));
  const graph = attempt(() => serializer.serialize(value));
  const out = { name, kind, text: text.ok ?? null, graph: graph.ok ?? null, value: described };
  if (refused(text)) out.textRefused = text.error;
  else {
    const back = attempt(() => serializer.stringify(serializer.parse(text.ok)));
    out.roundtrip = back.ok === text.ok ? "same" : (back.ok ?? { refused: back.error });
    const parsed = reading(text.ok, described);
    if (parsed) out.parsed = parsed;
  }
  if (refused(graph)) out.graphRefused = graph.error;
  else {
    const parsed = reading(graph.ok, described);
    if (parsed) out.graphParsed = parsed;
  }
  if (why) out.why = why;
  if (!out.why && out.roundtrip && out.roundtrip !== "same" && !out.parsed?.refused)
    throw new Error(`${name} does not come back and nobody says why`);
  return out;
}

const unwrap = (v) => (v !== null && typeof v === "object" && !Array.isArray(v) && Object.hasOwn(v, "input") ? v.input : v);

async function hostileCase(c, post) {
  const body = bytesOf(c);
  const read = attempt(() => serializer.parse(body.toString("utf8")));
  const outcome = refused(read) ? "refused" : { accepted: describe(read.ok) };
  const out = { ...c, outcome };
  if (refused(read)) out.error = read.error;

  const answer = await post(body);
  const http = answer.called ? { accepted: describe(answer.input) } : "refused";
  const expected = refused(read) ? "refused" : { accepted: describe(unwrap(read.ok)) };
  if (!same(http, outcome)) out.http = http === "refused" ? { refused: answer.status } : http;
  else if (http === "refused" && answer.status !== 400) out.http = { refused: answer.status };
  if (!same(http, expected) && c.name !== "json/empty" && answer.status !== 413)
    throw new Error(`${c.name}: HTTP differs: ${JSON.stringify(out).slice(0, 400)}`);
  return out;
}

async function main() {
  const { post, stop } = await server.start();
  delete Error.stackTraceLimit; // no stacks: they would name paths of this machine
  write("values.json", values.all().map(valueCase));
  const list = [];
  for (const c of hostile.all()) list.push(await hostileCase(c, post));
  write("hostile.json", list);
  await stop();
  process.exit(0);
}

main().catch((error) => {
  console.error(messageOf(error));
  process.exit(1);
});
