"use strict";
// Chromium, one for each script.
const { after } = require("node:test");
const { chromium } = require("playwright-core");

const executablePath = process.env.TUNNEL_TESTS_CHROMIUM ?? "/usr/bin/chromium";

// Nothing but pages: no look at the network of its own, no graphics card.
const args = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];
// Chromium refuses to build its sandbox for root.
if (process.getuid?.() === 0) args.push("--no-sandbox");

const launched = chromium.launch({ executablePath, args });
after(async () => (await launched).close());

/** Opens a page that knows nothing of the others. */
async function open(url) {
  const browser = await launched;
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

module.exports = { open };
