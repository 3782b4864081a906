"use strict";
// Files, sent by every client that can: Runner's Node clients, its browser client, and a form as pages send it.
// Runner's own server may hang where more than some bytes are not read in the order in which they come, and takes
// 20 MiB; what needs more is asked of Rust only.
const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const http = require("node:http");
const { PassThrough, Readable } = require("node:stream");
const { after, test } = require("node:test");
const {
  createHttpClient,
  createHttpMixedClient,
  createHttpSmartClient,
  createNodeFile,
  r,
  Serializer,
} = require("@bluelibs/runner/node");
const { Digest } = require("../digest");

const url = process.env.TUNNEL_URL;
const token = process.env.TUNNEL_TOKEN;
if (!url || !token) throw new Error("set TUNNEL_URL and TUNNEL_TOKEN");
const rust = process.env.TUNNEL_PEER === "rust";

const MiB = 1 << 20;
const large = rust ? 5 * MiB : 1000;

// Node's client stops sending when it has its answer, and the process lives until the server gives up on the rest.
after(() => http.globalAgent.destroy());

const connect = (create, rest) => create({ baseUrl: url, auth: { token }, serializer: new Serializer(), ...rest });
const buffer = (name, text, id, meta) => createNodeFile({ name, ...meta }, { buffer: Buffer.from(text) }, id);

/** A megabyte that is like no other. */
function megabyte(number) {
  const bytes = Buffer.alloc(MiB, `${number},`);
  bytes.writeUInt32LE(number);
  return bytes;
}

function* megabytes(count) {
  for (let number = 0; number < count; number++) yield megabyte(number);
}

const generated = (count) => Readable.from(megabytes(count), { objectMode: false });

function digestOf(chunks) {
  const digest = new Digest();
  for (const chunk of chunks) digest.update(chunk);
  return digest.value;
}

const seen = (rest) => ({ type: null, size: null, lastModified: null, extra: null, text: "", ...rest });

const failsWith = (expected) => (error) => {
  for (const [key, value] of Object.entries(expected)) assert.deepStrictEqual(error[key], value, `${key} of ${error}`);
  return true;
};

for (const [name, create] of Object.entries({ createHttpSmartClient, createHttpMixedClient })) {
  const client = connect(create);
  const works = async () => assert.strictEqual(await client.task("test.tasks.add", { a: 1, b: 2 }), 3);

  test(`${name}: a file from a buffer`, async () => {
    const meta = { type: "text/plain", size: 5, lastModified: 1700000000000 };
    const answer = await client.task("test.files.one", { file: buffer("a.txt", "hello", "F1", meta), note: "n" });
    assert.deepStrictEqual(answer, { ...seen({ name: "a.txt", text: "hello" }), ...meta });
  });

  test(`${name}: a file from a stream`, async () => {
    const file = createNodeFile({ name: "s.txt", type: "text/plain" }, { stream: Readable.from(["some ", "thing"]) });
    const answer = await client.task("test.files.one", { file });
    assert.deepStrictEqual(answer, seen({ name: "s.txt", type: "text/plain", text: "some thing" }));
  });

  test(`${name}: several files`, async () => {
    const files = ["one", "two", "three"].map((text, at) => buffer(`${text}.txt`, text, `F${at}`, { type: "a/b" }));
    const answer = await client.task("test.files.many", { files });
    assert.deepStrictEqual(
      answer,
      ["one", "two", "three"].map((text) => seen({ name: `${text}.txt`, type: "a/b", text })),
    );
  });

  test(`${name}: ten files at once`, async () => {
    const files = Array.from({ length: 10 }, (_, at) => buffer("n", "x".repeat(at), `F${at}`));
    assert.deepStrictEqual(await client.task("test.files.atOnce", { files }), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test(`${name}: eleven files are too many`, async () => {
    const files = Array.from({ length: 11 }, (_, at) => buffer("n", "x", `F${at}`));
    const expected = { code: "PAYLOAD_TOO_LARGE", message: "Files limit exceeded" };
    await assert.rejects(client.task("test.files.ignored", { files }), failsWith(expected));
    await works();
  });

  test(`${name}: files anywhere in the input`, async () => {
    const folders = { a: [buffer("1", "one", "1"), null, buffer("2", "two", "2")], b: [], c: [buffer("3", "three", "3")] };
    const answer = await client.task("test.files.deep", { folders });
    assert.deepStrictEqual(answer, { a: ["one", "two"], b: [], c: ["three"] });
  });

  test(`${name}: no file where one may be`, async () => {
    assert.strictEqual(await client.task("test.files.maybe", {}), null);
    assert.strictEqual(await client.task("test.files.maybe", { file: null }), null);
  });

  test(`${name}: extra metadata, with its types`, async () => {
    const extra = {
      at: new Date("2024-01-02T03:04:05.678Z"),
      big: 9007199254740993n,
      map: new Map([["k", new Set([1])]]),
      pattern: /a+/giu,
      nothing: undefined,
      text: "é漢🔑",
    };
    const answer = await client.task("test.files.one", { file: buffer("n", "x", "F1", { type: "a/b", extra }) });
    assert.deepStrictEqual(answer.extra, extra);
  });

  test(`${name}: an empty file`, async () => {
    const none = { file: buffer("empty", "", "F1", { type: "a/b", size: 0 }) };
    assert.deepStrictEqual(await client.task("test.files.one", none), seen({ name: "empty", type: "a/b", size: 0 }));
    const stream = { file: createNodeFile({ name: "empty" }, { stream: Readable.from([]) }) };
    assert.strictEqual(await client.task("test.files.count", stream), 0);
  });

  test(`${name}: names of any characters`, async () => {
    const names = ["žluťoučký kůň.txt", "漢字 🔑.txt", 'say "hi".txt', "100%22.txt", "a;b=c.txt"];
    // The clients write them into the head of the part as they are.
    if (rust) names.push("line\r\nbreak.txt", "line\nbreak.txt");
    for (const called of names) {
      const answer = await client.task("test.files.one", { file: buffer(called, "x", "F1", { type: "a/b" }) });
      // A name is fit to be part of a path there: it has no line breaks.
      assert.strictEqual(answer.name, called.replace(/[\r\n]/g, ""));
    }
  });

  test(`${name}: bytes that are no text`, async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const delimiters = Buffer.from("\r\n--runner-\r\n----\r\n\r\n--");
    const files = [bytes, delimiters].map((buffer, at) => createNodeFile({ name: "n" }, { buffer }, `F${at}`));
    assert.deepStrictEqual(await client.task("test.files.hash", { files }), [digestOf([bytes]), digestOf([delimiters])]);
  });

  test(`${name}: a stream in pieces of one byte`, async () => {
    const text = "\r\n--runner".repeat(50);
    const file = createNodeFile({ name: "n" }, { stream: Readable.from([...Buffer.from(text)].map((byte) => Buffer.of(byte))) });
    assert.strictEqual((await client.task("test.files.one", { file })).text, text);
  });

  test(`${name}: files that are read from the last to the first`, async () => {
    const files = [large, 2, 0].map((length, at) => buffer("n", Buffer.alloc(length), `F${at}`));
    assert.deepStrictEqual(await client.task("test.files.reversed", { files }), [0, 2, large]);
  });

  test(`${name}: files that nobody reads`, async () => {
    const files = [large, large].map((length, at) => buffer("n", Buffer.alloc(length), `F${at}`));
    assert.strictEqual(await client.task("test.files.ignored", { files }), 2);
    if (rust) assert.strictEqual(await client.task("test.files.beginning", { file: files[0] }), true);
  });

  test(`${name}: an error of a task with files`, async () => {
    const files = [buffer("n", Buffer.alloc(large))];
    const expected = { code: "INTERNAL_ERROR", message: "no files today", id: "test.errors.files", httpCode: 409 };
    await assert.rejects(client.task("test.files.fails", { files }), failsWith(expected));
    await works();
  });

  test(`${name}: an error with a type of its own`, async () => {
    const helper = r.error("test.errors.files").format(() => "rebuilt").build();
    const typed = connect(create, { errorRegistry: new Map([[helper.id, helper]]) });
    await assert.rejects(typed.task("test.files.fails", { files: [buffer("n", "x")] }), (error) => helper.is(error));
  });

  test(`${name}: a panic of a task with a file`, async () => {
    const expected = { code: "INTERNAL_ERROR", message: "Internal Error" };
    await assert.rejects(client.task("test.files.panics", { file: buffer("n", "x") }), failsWith(expected));
    await works();
  });

  test(`${name}: a file with a wrong token, while it is being sent`, async () => {
    const stranger = connect(create, { auth: { token: "wrong" } });
    const file = createNodeFile({ name: "n" }, { stream: generated(8) });
    await assert.rejects(stranger.task("test.files.count", { file }), failsWith({ code: "UNAUTHORIZED" }));
  });

  test(`${name}: a file comes back`, async () => {
    const sent = rust ? [...megabytes(30)] : [Buffer.from("some bytes")];
    const file = createNodeFile({ name: "n" }, { stream: Readable.from(sent, { objectMode: false }) });
    const digest = new Digest();
    for await (const chunk of await client.task("test.files.stream", { file })) digest.update(chunk);
    assert.strictEqual(digest.value, digestOf(sent));
  });

  test(`${name}: a source that breaks`, async () => {
    const broken = Readable.from(
      (function* () {
        yield* megabytes(1);
        throw new Error("no more");
      })(),
      { objectMode: false },
    );
    const file = createNodeFile({ name: "n" }, { stream: broken });
    await assert.rejects(client.task("test.files.count", { file }), { message: "no more" });
    await works();
  });

  test(`${name}: many calls with files at once`, async () => {
    const one = async (_, at) => (await client.task("test.files.one", { file: buffer("n", `text ${at}`) })).text;
    const texts = await Promise.all(Array.from({ length: 50 }, one));
    assert.deepStrictEqual(texts, Array.from({ length: 50 }, (_, at) => `text ${at}`));
  });

  if (!rust) continue;

  test(`${name}: 100 MB`, async () => {
    const file = createNodeFile({ name: "large" }, { stream: generated(100) });
    assert.strictEqual(await client.task("test.files.count", { file }), 100 * MiB);
  });

  test(`${name}: every byte of 30 MB, through a temporary file too`, async () => {
    const files = [1, 2].map((id) => createNodeFile({ name: "n" }, { stream: generated(30) }, `F${id}`));
    const expected = digestOf(megabytes(30));
    assert.deepStrictEqual(await client.task("test.files.hash", { files }), [expected, expected]);
    const file = createNodeFile({ name: "n" }, { stream: generated(30) });
    assert.deepStrictEqual(await client.task("test.files.saved", { file }), [30 * MiB, true]);
  });

  test(`${name}: a file that is too large, while it is being sent`, async () => {
    const expected = { code: "PAYLOAD_TOO_LARGE", message: "File size limit exceeded" };
    for (const [task, input] of [["ignored", (file) => ({ files: [file] })], ["beginning", (file) => ({ file })]]) {
      const file = createNodeFile({ name: "n" }, { stream: generated(30) });
      await assert.rejects(client.task(`test.files.${task}`, input(file)), failsWith(expected));
    }
    await works();
  });

  // Both are called F1, and so are both parts: the first counts.
  test(`${name}: two files without ids`, async () => {
    const files = ["first", "second"].map((text) => createNodeFile({ name: text }, { buffer: Buffer.from(text) }));
    assert.strictEqual(await client.task("test.files.ignored", { files }), 2);
    await assert.rejects(client.task("test.files.many", { files }), failsWith({ code: rust ? "INVALID_INPUT" : "INTERNAL_ERROR" }));
    const [file, other] = files;
    assert.strictEqual((await client.task("test.files.one", { file, other })).text, "first");
  });

  test(`${name}: a name that has folders`, async () => {
    const answer = await client.task("test.files.one", { file: buffer("../../etc/passwd", "x") });
    assert.strictEqual(answer.name, "passwd");
  });

  test(`${name}: an input that does not fit, with a file`, async () => {
    const expected = { code: "INVALID_INPUT", message: "input.files: expected a value, found undefined" };
    await assert.rejects(client.task("test.files.many", { file: buffer("n", Buffer.alloc(large)) }), failsWith(expected));
  });
}

test("createHttpClient: a file of a page", async () => {
  const blob = new Blob(["hel", "lo"], { type: "text/plain" });
  const file = { $runnerFile: "File", id: "F1", meta: { name: "é漢.txt", type: "text/plain" }, _web: { blob } };
  const answer = await connect(createHttpClient).task("test.files.one", { file });
  assert.deepStrictEqual(answer, seen({ name: "é漢.txt", type: "text/plain", text: "hello" }));
});

async function send(task, body, rest) {
  const response = await fetch(`${url}/task/${task}`, {
    method: "POST",
    headers: { "x-runner-token": token },
    body,
    ...rest,
  });
  return { status: response.status, ...(await response.json()) };
}

function form(ids, input) {
  const data = new FormData();
  const files = ids.map((id) => ({ $runnerFile: "File", id, meta: { name: id, type: "a/b" } }));
  data.append("__manifest", JSON.stringify({ input: input ?? { files } }));
  return data;
}

test("FormData as a page sends it", async () => {
  const data = form(["F1", "F2"]);
  data.append("file:F1", new Blob(["one"]), "1.txt");
  data.append("file:F2", new File(["two"], "2.txt", { type: "text/plain" }));
  data.append("other", "field");
  const result = [seen({ name: "F1", type: "a/b", text: "one" }), seen({ name: "F2", type: "a/b", text: "two" })];
  assert.deepStrictEqual(await send("test.files.many", data), { status: 200, ok: true, result });
});

test("FormData with its manifest last", async () => {
  const data = new FormData();
  data.append("file:F1", new Blob(["one"]), "1.txt");
  data.append("__manifest", form(["F1"]).get("__manifest"));
  assert.strictEqual((await send("test.files.many", data)).result[0].text, "one");
});

test("FormData without files", async () => {
  assert.deepStrictEqual(await send("test.tasks.add", form([], { a: 1, b: 2 })), { status: 200, ok: true, result: 3 });
});

test("FormData with a text in place of a file", async () => {
  const data = form(["F1"]);
  data.append("file:F1", "text");
  const { status, error } = await send("test.files.many", data);
  assert.deepStrictEqual([status, error.code], [500, "MISSING_FILE_PART"]);
});

test("FormData without a manifest", async () => {
  const data = new FormData();
  data.append("file:F1", new Blob(["one"]), "1.txt");
  const { status, error } = await send("test.files.many", data);
  assert.deepStrictEqual([status, error.code], [400, "MISSING_MANIFEST"]);
});

if (rust) {
  test("FormData names its files in UTF-8", async () => {
    for (const name of ["é漢🔑.txt", 'say "hi".txt', "100%.txt", "line\nbreak.txt"]) {
      const data = form([], { file: { $runnerFile: "File", id: "F1" } });
      data.append("file:F1", new File(["x"], name, { type: "text/plain" }));
      assert.deepStrictEqual((await send("test.files.part", data)).result, [name.replace("\n", ""), "text/plain"]);
    }
  });

  test("FormData of 30 MB", async () => {
    const data = form([], { file: { $runnerFile: "File", id: "F1" } });
    data.append("file:F1", new Blob([...megabytes(30)]), "large");
    assert.strictEqual((await send("test.files.count", data)).result, 30 * MiB);
  });
}

// The task stands still in the middle of the file until it is told that the file broke off: only that ends it.
test("an upload that is aborted", async () => {
  const aborted = new AbortController();
  const [boundary, note] = ["b", randomUUID()];
  const source = new PassThrough();
  source.write(`--${boundary}\r\nContent-Disposition: form-data; name="__manifest"\r\n\r\n`);
  source.write(JSON.stringify({ input: { file: { $runnerFile: "File", id: "F1" }, note } }));
  source.write(`\r\n--${boundary}\r\nContent-Disposition: form-data; name="file:F1"; filename="n"\r\n\r\n`);
  source.write("some");
  const call = fetch(`${url}/task/test.files.watched`, {
    method: "POST",
    headers: { "x-runner-token": token, "content-type": `multipart/form-data; boundary=${boundary}` },
    body: Readable.toWeb(source),
    duplex: "half",
    signal: aborted.signal,
  });
  const client = connect(createHttpSmartClient);
  assert.strictEqual(await client.task("test.files.watch", `begun ${note}`), true);
  aborted.abort();
  await assert.rejects(call, { name: "AbortError" });
  assert.strictEqual(await client.task("test.files.watch", `broken ${note}`), true);
  const file = buffer("n", "x");
  assert.strictEqual((await client.task("test.files.one", { file })).text, "x");
});
