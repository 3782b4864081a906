"use strict";
// One Chromium for each script, and its pages, each without anything that another one has left behind.
const { after, before } = require("node:test");
const { chromium } = require("playwright-core");

const executablePath = process.env.RUNNER_TUNNEL_CHROMIUM ?? "/usr/bin/chromium";

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

let browser;
before(async () => (browser = await chromium.launch({ executablePath, args })));
after(() => browser?.close());

/** Opens a page; it is closed when the test has ended. */
async function open(t, url) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

module.exports = { open };
