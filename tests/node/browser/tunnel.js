"use strict";
// The tunnels under test, as pages call them: at another origin.
const token = process.env.TUNNEL_TOKEN;
const url = process.env.TUNNEL_URL;
if (!url || !token) throw new Error("set TUNNEL_URL and TUNNEL_TOKEN");

module.exports = {
  /** Lets pages of every origin read its answers. */
  tunnel: { url, token },
  /** Only those of `app.localhost`, with credentials, and what it exposes: see `tests/e2e/browser.rs`. */
  guarded: { url: process.env.TUNNEL_GUARDED_URL, token },
  rust: process.env.TUNNEL_PEER === "rust",
};
