"use strict";
const { createHttpSmartClient } = require("@bluelibs/runner/node");
const { expectations } = require("./expectations");

expectations("createHttpSmartClient", createHttpSmartClient);
