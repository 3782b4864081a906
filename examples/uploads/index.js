"use strict";

const { createHttpMixedClient, createNodeFile, Serializer } = require("@bluelibs/runner/node");
const { picture } = require("./picture");

const TUNNEL = process.env.TUNNEL_URL ?? "http://127.0.0.1:7070/__runner";
const TOKEN = "secret";

/** A picture with a name, as a client of Runner sends it. */
function photo(name, buffer) {
  return createNodeFile({ name, type: "image/png" }, { buffer }, name);
}

async function main() {
  const client = createHttpMixedClient({ baseUrl: TUNNEL, auth: { token: TOKEN }, serializer: new Serializer() });
  const photos = [photo("sea.png", picture(320, 200)), photo("été.png", picture(50, 400))];
  const uploaded = await client.task("app.photos.upload", { artist: "Ada", photos });
  for (const { name, artist, width, height } of uploaded) {
    console.log(`${name} by ${artist}: ${width} x ${height}`);
  }

  // A stream comes back to whoever asks with fetch.
  const answer = await fetch(`${TUNNEL}/task/app.photos.thumbnail`, {
    method: "POST",
    headers: { "x-runner-token": TOKEN, "content-type": "application/json" },
    body: JSON.stringify({ input: uploaded[0].id }),
  });
  const thumbnail = Buffer.from(await answer.arrayBuffer());
  console.log(answer.headers.get("content-type"), `${thumbnail.readUInt32BE(16)} x ${thumbnail.readUInt32BE(20)}`);

  const text = photo("notes.txt", Buffer.from("no picture"));
  await client.task("app.photos.upload", { artist: "Ada", photos: [text] }).catch((error) => console.log(error.message));
}

main();
