"use strict";
const { createHttpMixedClient } = require("@bluelibs/runner/node");
const { expectations } = require("./expectations");

expectations("createHttpMixedClient", createHttpMixedClient);
// Without files or streams it takes the fetch way unless forced.
expectations("createHttpMixedClient, forced smart", (config) =>
  createHttpMixedClient({ ...config, forceSmart: true }),
);
