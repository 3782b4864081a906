"use strict";
// Tests that run in a page of http://app.localhost, which calls a tunnel of another origin.
const { test } = require("node:test");
const { open } = require("./chromium");
const site = require("./site");
const { tunnel } = require("./tunnel");

/** Declares tests of one title. `check` gets `call(run, more)`, which runs a function in the page, and the page. */
const inPage = (title) => (name, check) =>
  test(`${title}: ${name}`, async (t) => {
    const page = await open(t, site.page("app"));
    await check((run, more) => page.evaluate(run, { tunnel, ...more }), page);
  });

module.exports = { inPage };
