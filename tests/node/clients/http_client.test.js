"use strict";
const { createHttpClient } = require("@bluelibs/runner/node");
const { expectations } = require("./expectations");

expectations("createHttpClient", createHttpClient);
