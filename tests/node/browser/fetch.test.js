"use strict";
// Plain fetch in a page, without Runner, at a tunnel of another origin.
const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const { inPage: declare } = require("./in_page");
const { rust } = require("./tunnel");

const inPage = declare("fetch");

inPage("a form", async (call) => {
  const answer = await call(async ({ tunnel }) => {
    const input = { files: [file("F1", { name: "first", type: "a/b" }), file("F2", { name: "second", type: "a/b" })] };
    const files = { F1: new Blob(["one"]), F2: new File(["two"], "2.txt", { type: "text/plain" }) };
    const response = await send(tunnel, "test.files.many", form(input, files));
    const { ok, result } = await response.json();
    return [response.status, ok, result.map(({ name, text }) => [name, text])];
  });
  assert.deepStrictEqual(answer, [200, true, [["first", "one"], ["second", "two"]]]);
});

inPage("a form without files", async (call) => {
  const answer = await call(async ({ tunnel }) => (await send(tunnel, "test.tasks.add", form({ a: 1, b: 2 }, {}))).json());
  assert.deepStrictEqual(answer, { ok: true, result: 3 });
});

inPage("a form without a manifest", async (call) => {
  const answer = await call(async ({ tunnel }) => {
    const data = new FormData();
    data.append("file:F1", new Blob(["x"]));
    const response = await send(tunnel, "test.files.many", data);
    return [response.status, (await response.json()).error.code];
  });
  assert.deepStrictEqual(answer, [400, "MISSING_MANIFEST"]);
});

inPage("a raw body comes back", async (call) => {
  const answer = await call(async ({ tunnel }) => {
    const sent = new Blob([...megabytes(1)]);
    const headers = { "content-type": "application/octet-stream" };
    const response = await send(tunnel, "test.streams.echo", sent, { headers });
    const [back, bytes] = [new Uint8Array(await response.arrayBuffer()), new Uint8Array(await sent.arrayBuffer())];
    return back.length === bytes.length && back.every((byte, at) => byte === bytes[at]);
  });
  assert.strictEqual(answer, true);
});

const failures = [
  ["401 for a wrong token", 401, "UNAUTHORIZED", "test.tasks.add", { token: "wrong" }],
  ["403 for an unknown task", 403, "FORBIDDEN", "unknown"],
  ["429 for an error with a type", 429, "INTERNAL_ERROR", "test.tasks.quota", { input: { used: 5, limit: 5 } }],
  ["500 for an error without one", 500, "INTERNAL_ERROR", "test.tasks.fails"],
];
if (rust) {
  failures.push(
    ["400 for an input that does not fit", 400, "INVALID_INPUT", "test.tasks.add", { input: "one" }],
    ["504 when the task's time is over", 504, "TASK_TIMEOUT", "golden.tasks.timeout"],
    ["504 when the caller's time is over", 504, "TASK_TIMEOUT", "golden.tasks.endless", { "x-runner-timeout": "50" }],
  );
}
for (const [name, status, code, id, { input, token, ...headers } = {}] of failures) {
  inPage(`can read ${name}`, async (call) => {
    const answer = await call(
      async ({ tunnel, id, input, token, headers }) => {
        const response = await json({ ...tunnel, token: token ?? tunnel.token }, id, input, { headers });
        const { ok, error } = await response.json();
        return [response.status, ok, error.code];
      },
      { id, input, token, headers },
    );
    assert.deepStrictEqual(answer, [status, false, code]);
  });
}

// The task stands still in the middle of its file until it is told that the file has broken off.
inPage("an upload that is aborted, seen by the task", async (call) => {
  const answer = await call(
    async ({ tunnel, note }) => {
      const aborted = new AbortController();
      // More than lies in the buffers between a page and a task that is not reading.
      const files = { F1: new Blob(Array.from({ length: 64 }, () => new Uint8Array(1 << 20))) };
      const body = form({ file: file("F1", { name: "n" }), note }, files);
      const upload = failure(send(tunnel, "test.files.watched", body, { signal: aborted.signal }));
      await (await json(tunnel, "test.files.watch", `begun ${note}`)).json();
      aborted.abort();
      const broken = await json(tunnel, "test.files.watch", `broken ${note}`);
      return [(await broken.json()).result, (await upload).name];
    },
    { note: randomUUID() },
  );
  assert.deepStrictEqual(answer, [true, "AbortError"]);
});

if (rust) {
  inPage("a call that is aborted, seen by the task", async (call) => {
    const answer = await call(
      async ({ tunnel, gate }) => {
        const aborted = new AbortController();
        const waiting = failure(json(tunnel, "serving.tasks.wait", gate, { signal: aborted.signal }));
        await json(tunnel, "serving.tasks.untilEntered", gate);
        aborted.abort();
        const { status } = await json(tunnel, "serving.tasks.untilCancelled", gate);
        await json(tunnel, "serving.tasks.open", gate);
        return [status, (await waiting).name];
      },
      { gate: randomUUID() },
    );
    assert.deepStrictEqual(answer, [200, "AbortError"]);
  });

  inPage("a download is read while it comes, every byte of it", async (call) => {
    const answer = await call(async ({ tunnel }) => {
      const response = await json(tunnel, "streams.tasks.download", 1_234_567);
      let [at, pieces, right] = [0, 0, true];
      for (const reader = response.body.getReader(); ; pieces++) {
        const { done, value } = await reader.read();
        if (done) break;
        for (const byte of value) right &&= byte === at++ % 251;
      }
      return [response.headers.get("content-type"), at, right, pieces > 1];
    });
    assert.deepStrictEqual(answer, ["image/png", 1_234_567, true, true]);
  });

  inPage("a stream without end speaks at once, and is dropped when its reader goes", async (call) => {
    const answer = await call(
      async ({ tunnel, gate }) => {
        const response = await json(tunnel, "serving.streams.hold", [gate, true]);
        const reader = response.body.getReader();
        const { value } = await reader.read();
        await reader.cancel();
        const ends = ["serving.tasks.untilCancelled", "serving.tasks.untilDropped"].map((id) => json(tunnel, id, gate));
        return [new TextDecoder().decode(value), ...(await Promise.all(ends)).map(({ status }) => status)];
      },
      { gate: randomUUID() },
    );
    assert.deepStrictEqual(answer, ["first", 200, 200]);
  });

  inPage("a stream that breaks is an error", async (call) => {
    const answer = await call(async ({ tunnel }) => {
      const response = await json(tunnel, "serving.streams.breaks", "error");
      return [response.status, (await failure(response.text())).name];
    });
    assert.deepStrictEqual(answer, [200, "TypeError"]);
  });

  inPage("lines of JSON", async (call) => {
    const lines = await call(async ({ tunnel }) => (await json(tunnel, "golden.streams.rows")).text());
    assert.deepStrictEqual(lines.trimEnd().split("\n").map((line) => JSON.parse(line).text), ["a\nb", "a\nb"]);
  });

  inPage("server-sent events, the first of them before the stream ends", async (call) => {
    const answer = await call(async ({ tunnel }) => {
      const whole = await (await json(tunnel, "golden.streams.events")).text();
      const response = await json(tunnel, "serving.streams.feed");
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return [response.headers.get("content-type"), whole, value];
    });
    const whole = "data: 1\n\nevent: second\nid: 2\nretry: 3000\ndata: 2\n\n";
    assert.deepStrictEqual(answer, ["text/event-stream", whole, "data: 1\n\n"]);
  });

  // It can only ask by GET and without a token.
  inPage("an EventSource gets nothing", async (call) => {
    const answer = await call(
      ({ tunnel }) =>
        new Promise((resolve) => {
          const events = new EventSource(`${tunnel.url}/task/serving.streams.feed`);
          events.onopen = () => resolve("open");
          events.onerror = () => resolve(events.readyState === EventSource.CLOSED && "closed");
        }),
    );
    assert.strictEqual(answer, "closed");
  });

  inPage("a late answer, kept alive by blanks", async (call) => {
    const answer = await call(async ({ tunnel }) => (await json(tunnel, "streams.tasks.late", 1200)).json());
    assert.deepStrictEqual(answer, { ok: true, result: 1200 });
  });
}
