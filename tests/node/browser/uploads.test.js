"use strict";
// The page of `examples/uploads`, as a visitor sees it.
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { picture } = require("../../../examples/uploads/picture");
const { open } = require("./chromium");

/** The program, and another one whose tunnel its page can be told to call. */
const { UPLOADS_URL: url, UPLOADS_OTHER_URL: other } = process.env;
if (!url || !other) throw new Error("set UPLOADS_URL and UPLOADS_OTHER_URL");

const png = (name, width, height) => ({ name, mimeType: "image/png", buffer: picture(width, height) });

async function upload(page, ...files) {
  await page.getByLabel("Pictures").setInputFiles(files);
  await page.getByRole("button", { name: "Upload" }).click();
}

/** What there is to see: the size of each picture, and what is written below it. */
const shown = (page) =>
  page.locator("figure").evaluateAll((figures) =>
    figures.map((figure) => {
      const { naturalWidth, naturalHeight } = figure.querySelector("img");
      return [naturalWidth, naturalHeight, figure.innerText.replace(/\s+/g, " ")];
    }),
  );

for (const [name, address] of [
  ["its own tunnel", url],
  ["a tunnel of another origin", `${url}/?tunnel=${other}/__runner`],
]) {
  test(`uploads: chosen pictures come back small from ${name}`, async () => {
    const page = await open(address);
    await page.getByLabel("Artist").fill("Božena");
    await upload(page, png("sea.png", 320, 200), png("été 🔑.png", 50, 400));
    await page.getByText("2 uploaded").waitFor();
    assert.deepStrictEqual(await shown(page), [
      [160, 100, "sea.png Božena, 320 x 200"],
      [20, 160, "été 🔑.png Božena, 50 x 400"],
    ]);
  });
}

test("uploads: what is no picture is told, and the next one works", async () => {
  const page = await open(url);
  await upload(page, { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await page.getByText("notes.txt is no picture that this server knows").waitFor();
  await upload(page, png("sea.png", 320, 200));
  await page.getByText("1 uploaded").waitFor();
  assert.deepStrictEqual(await shown(page), [[160, 100, "sea.png Ada, 320 x 200"]]);
});
