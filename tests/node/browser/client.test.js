"use strict";
// Runner's client in a page, which calls a tunnel of another origin.
const assert = require("node:assert/strict");
const fs = require("node:fs/promises");
const os = require("node:os");
const path = require("node:path");
const { randomUUID } = require("node:crypto");
const { Digest } = require("../digest");
const { inPage: declare } = require("./in_page");
const { rust } = require("./tunnel");

const inPage = declare("browser client");
const seen = (rest) => ({ type: null, size: null, lastModified: null, extra: null, text: "", ...rest });

async function digest(count) {
  const { megabytes } = await import("./bytes.mjs");
  const digest = new Digest();
  for (const bytes of megabytes(count)) digest.update(bytes);
  return digest.value;
}

inPage("a task", async (call) => {
  const answer = await call(({ tunnel }) => connect(tunnel).task("test.tasks.add", { a: 2, b: 3 }));
  assert.strictEqual(answer, 5);
});

inPage("values that JSON lacks", async (call) => {
  const answer = await call(async ({ tunnel }) => {
    const value = { at: new Date(0), big: 2n ** 70n, map: new Map([["k", new Set([1])]]), not: NaN, nothing: undefined };
    const { at, big, map, not, ...rest } = await connect(tunnel).task("test.tasks.any", value);
    return [at instanceof Date && at.getTime(), big, [...map.get("k")], not, "nothing" in rest];
  });
  assert.deepStrictEqual(answer, [0, 2n ** 70n, [1], NaN, true]);
});

inPage("events", async (call) => {
  const message = randomUUID();
  const answer = await call(
    async ({ tunnel, message }) => {
      const client = connect(tunnel);
      const nothing = await client.event("test.events.notify", { message });
      const notified = await client.task("test.tasks.notified");
      return [nothing, notified.includes(message), await client.eventWithResult("test.events.enrich", { count: 1 })];
    },
    { message },
  );
  assert.deepStrictEqual(answer, [undefined, true, { count: 4 }]);
});

inPage("an error with a type", async (call) => {
  const answer = await call(({ tunnel }) => failure(connect(tunnel).task("test.tasks.quota", { used: 5, limit: 5 })));
  assert.deepStrictEqual(answer, {
    name: "TunnelError",
    message: "quota: 5 of 5",
    code: "INTERNAL_ERROR",
    id: "test.errors.quota",
    data: { limit: 5, used: 5 },
    httpCode: 429,
  });
});

inPage("an error that the page's own registry throws", async (call) => {
  const answer = await call(async ({ tunnel }) => {
    const quota = r.error("test.errors.quota").format(({ used }) => `${used} are too many`).build();
    const client = connect(tunnel, { errorRegistry: new Map([[quota.id, quota]]) });
    return client.task("test.tasks.quota", { used: 5, limit: 5 }).catch((error) => [quota.is(error), error.data]);
  });
  assert.deepStrictEqual(answer, [true, { limit: 5, used: 5 }]);
});

inPage("an error without a type", async (call) => {
  const { code, message } = await call(({ tunnel }) => failure(connect(tunnel).task("test.tasks.fails")));
  assert.deepStrictEqual([code, message], ["INTERNAL_ERROR", "Internal Error"]);
});

inPage("a wrong token", async (call) => {
  const answer = await call(async ({ tunnel }) => {
    const stranger = connect({ ...tunnel, token: "wrong" });
    const input = { file: webFile({ name: "n" }, new Blob(["x"])) };
    return Promise.all([stranger.task("test.tasks.nothing"), stranger.task("test.files.one", input)].map(failure));
  });
  assert.deepStrictEqual(answer.map(({ code }) => code), ["UNAUTHORIZED", "UNAUTHORIZED"]);
});

inPage("a file", async (call) => {
  const meta = { name: "a.txt", type: "text/plain", size: 5, lastModified: 1700000000000 };
  const answer = await call(
    ({ tunnel, meta }) => connect(tunnel).task("test.files.one", { file: webFile(meta, new Blob(["hel", "lo"])), note: "n" }),
    { meta },
  );
  assert.deepStrictEqual(answer, seen({ ...meta, text: "hello" }));
});

inPage("several files", async (call) => {
  const answer = await call(({ tunnel }) => {
    const files = ["one", "two", "three"].map((text) => webFile({ name: text, type: "a/b" }, new Blob([text]), text));
    return connect(tunnel).task("test.files.many", { files });
  });
  assert.deepStrictEqual(answer, ["one", "two", "three"].map((text) => seen({ name: text, type: "a/b", text })));
});

inPage("a file's extra metadata, with its types", async (call) => {
  const answer = await call(async ({ tunnel }) => {
    const extra = { at: new Date(0), big: 9007199254740993n, tags: new Set(["é漢🔑"]) };
    const { extra: back } = await connect(tunnel).task("test.files.one", {
      file: webFile({ name: "n", type: "a/b", extra }, new Blob(["x"])),
    });
    return [back.at.getTime(), back.big, [...back.tags]];
  });
  assert.deepStrictEqual(answer, [0, 9007199254740993n, ["é漢🔑"]]);
});

inPage("an empty file", async (call) => {
  const answer = await call(({ tunnel }) =>
    connect(tunnel).task("test.files.one", { file: webFile({ name: "empty", type: "a/b" }, new Blob([])) }),
  );
  assert.deepStrictEqual(answer, seen({ name: "empty", type: "a/b" }));
});

inPage("names of any characters", async (call) => {
  const names = ["žluťoučký kůň.txt", "漢字 🔑.txt", 'say "hi".txt', "100%22.txt", "a;b=c.txt", "line\nbreak.txt"];
  const answer = await call(
    async ({ tunnel, names }) => {
      const one = (name) => connect(tunnel).task("test.files.one", { file: webFile({ name, type: "a/b" }, new Blob(["x"])) });
      return (await Promise.all(names.map(one))).map(({ name }) => name);
    },
    { names },
  );
  // A name is fit to be part of a path in Rust: it has no line breaks.
  assert.deepStrictEqual(answer, names.map((name) => (rust ? name.replace("\n", "") : name)));
});

inPage("a file that the visitor has chosen", async (call, page) => {
  const files = [{ name: "été 🔑.txt", mimeType: "text/plain", buffer: Buffer.from("chosen") }];
  await page.setInputFiles("input", files);
  const answer = await call(({ tunnel }) => {
    const [chosen] = document.querySelector("input").files;
    const { name, type, size } = chosen;
    return connect(tunnel).task("test.files.one", { file: webFile({ name, type, size }, chosen) });
  });
  assert.deepStrictEqual(answer, seen({ name: "été 🔑.txt", type: "text/plain", size: 6, text: "chosen" }));
});

inPage("every byte of a megabyte", async (call) => {
  const answer = await call(({ tunnel }) =>
    connect(tunnel).task("test.files.hash", { files: [webFile({ name: "n" }, new Blob([...megabytes(1)]))] }),
  );
  assert.deepStrictEqual(answer, [await digest(1)]);
});

if (rust) {
  inPage("every byte of 100 MB", async (call) => {
    const answer = await call(({ tunnel }) =>
      connect(tunnel).task("test.files.hash", { files: [webFile({ name: "n" }, new Blob([...megabytes(100)]))] }),
    );
    assert.deepStrictEqual(answer, [await digest(100)]);
  });

  inPage("a chosen file of 100 MB, read from the disk while it is sent", async (call, page) => {
    const { megabytes } = await import("./bytes.mjs");
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "runner-tunnel-"));
    const file = path.join(folder, "large.bin");
    try {
      await fs.writeFile(file, megabytes(100));
      await page.setInputFiles("input", file);
      const answer = await call(({ tunnel }) => {
        const [chosen] = document.querySelector("input").files;
        return connect(tunnel).task("test.files.hash", { files: [webFile({ name: chosen.name }, chosen)] });
      });
      assert.deepStrictEqual(answer, [await digest(100)]);
    } finally {
      await fs.rm(folder, { recursive: true });
    }
  });

  // The tunnel answers while the browser still sends, and goes on reading so that the answer arrives.
  inPage("a file that is too large", async (call) => {
    const { code, message } = await call(({ tunnel }) =>
      failure(connect(tunnel).task("test.files.ignored", { files: [webFile({ name: "n" }, new Blob([...megabytes(30)]))] })),
    );
    assert.deepStrictEqual([code, message], ["PAYLOAD_TOO_LARGE", "File size limit exceeded"]);
  });

  inPage("a large file with a wrong token", async (call) => {
    const { code } = await call(({ tunnel }) =>
      failure(
        connect({ ...tunnel, token: "wrong" }).task("test.files.count", {
          file: webFile({ name: "n" }, new Blob([...megabytes(30)])),
        }),
      ),
    );
    assert.strictEqual(code, "UNAUTHORIZED");
  });

  inPage("the end of the client's own patience ends the task", async (call) => {
    const gate = randomUUID();
    const answer = await call(
      async ({ tunnel, gate }) => {
        const late = failure(connect(tunnel, { timeoutMs: 2000 }).task("serving.tasks.wait", gate));
        await connect(tunnel).task("serving.tasks.untilCancelled", gate);
        await connect(tunnel).task("serving.tasks.open", gate);
        return late;
      },
      { gate },
    );
    assert.strictEqual(answer.name, "AbortError");
  });
}
