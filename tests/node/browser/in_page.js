"use strict";
// Tests in a page of http://app.localhost, which calls a tunnel of another origin. One page for all tests of a
// script: what they leave behind is a chosen file at most, and opening one takes longer than most of them.
const { test } = require("node:test");
const { visit } = require("./site");
const { tunnel } = require("./tunnel");

const visited = visit("app");

/** Declares tests of one title. `check` gets `call(run, more)`, which runs a function in the page, and the page. */
const inPage = (title) => (name, check) =>
  test(`${title}: ${name}`, async () => {
    const page = await visited;
    await check((run, more) => page.evaluate(run, { tunnel, ...more }), page);
  });

module.exports = { inPage };
