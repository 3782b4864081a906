"use strict";
// Runner calls it `createExposureFetch` inside; this is the one public way to it.
const { globals } = require("@bluelibs/runner/node");
const { expectations } = require("./expectations");

expectations("globals.tunnels.http.createClient", ({ baseUrl, ...config }) =>
  globals.tunnels.http.createClient({ url: baseUrl, ...config }),
);
