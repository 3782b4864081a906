"use strict";
// A site that knows nothing of the tunnel: its page loads Runner's browser build as the package has it.
const { once } = require("node:events");
const fs = require("node:fs/promises");
const http = require("node:http");
const path = require("node:path");
const { after } = require("node:test");
const { open } = require("./chromium");

const packages = path.join(__dirname, "../node_modules");
const folders = {
  "/": __dirname,
  "/runner/": path.join(packages, "@bluelibs/runner/dist/browser"),
  "/lru-cache/": path.join(packages, "lru-cache/dist/esm/browser"),
};
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript" };

const site = http.createServer(async (request, response) => {
  const { dir, base, ext } = path.posix.parse(new URL(request.url, "http://site").pathname);
  const folder = folders[dir === "/" ? dir : `${dir}/`];
  const file = folder && (await fs.readFile(path.join(folder, base)).catch(() => null));
  if (!file) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": types[ext] }).end(file);
});

const listening = once(site.listen(0, "127.0.0.1"), "listening");
after(() => {
  site.close();
  site.closeAllConnections();
});

/** Opens the page under a name of this machine. Browsers know them all, and each is an origin of its own. */
async function visit(name) {
  await listening;
  return open(`http://${name}.localhost:${site.address().port}/page.html`);
}

module.exports = { visit };
