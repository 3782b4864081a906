"use strict";
// A tunnel behind a proxy that notes what browsers send: preflights are hidden from pages.
const http = require("node:http");

/** Resolves to the tunnel as seen through the proxy, and to the list of what has come through. */
async function watched(t, { url, token }) {
  const seen = [];
  const { origin, pathname } = new URL(url);
  const proxy = http.createServer((request, response) => {
    const { method, headers } = request;
    seen.push({ method, asks: headers["access-control-request-headers"], token: headers["x-runner-token"] });
    const onward = http.request(origin + request.url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  t.after(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return [{ url: `http://127.0.0.1:${proxy.address().port}${pathname}`, token }, seen];
}

module.exports = { watched };
