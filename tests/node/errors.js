"use strict";
// The typed errors of the test app: thrown by reference.js, known to the clients' error registries.
const { r } = require("@bluelibs/runner/node");

const quota = r
  .error("test.errors.quota")
  .httpCode(429)
  .format(({ used, limit }) => `quota: ${used} of ${limit}`)
  .build();

const notFound = r
  .error("test.errors.notFound")
  .httpCode(404)
  .format(({ resource }) => `no ${resource} here`)
  .build();

const plain = r
  .error("test.errors.plain")
  .format(({ reason }) => reason)
  .build();

module.exports = { quota, notFound, plain };
