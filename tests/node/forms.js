"use strict";
// Reads each line of its input, a form in hex, with the reader of Runner's server, and says what is in it.
const readline = require("node:readline");
const busboy = require("busboy");

const headers = { "content-type": "multipart/form-data; boundary=xYz" };

function read(body) {
  return new Promise((resolve) => {
    const parts = [];
    // Data as it is, and names as everybody sends them.
    const form = busboy({ headers, defCharset: "latin1", defParamCharset: "utf8" });
    form.on("field", (name, value, { mimeType: type }) => {
      parts.push({ name, type, data: Buffer.from(value, "latin1").toString("hex") });
    });
    form.on("file", (name, stream, { filename, mimeType: type }) => {
      const part = { name, filename, type, data: "" };
      parts.push(part);
      stream.on("data", (chunk) => (part.data += chunk.toString("hex")));
      stream.on("error", () => {});
    });
    form.on("error", (error) => resolve({ parts, fault: error.message }));
    form.on("close", () => resolve({ parts, fault: null }));
    // Within one chunk it goes on after the end.
    for (const byte of body) form.write(Buffer.of(byte));
    form.end();
  });
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await read(Buffer.from(line, "hex"))));
  }
}
main();
