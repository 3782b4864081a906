// What the tests use inside the page: Runner's client, and fetch as a page without it would call it.
import { createHttpClient, r, Serializer } from "@bluelibs/runner";
import { megabytes } from "./bytes.mjs";

/** What Runner's createWebFile makes: 5.5.0 has its type and exports no function. */
const webFile = (meta, blob, id = "F1") => ({ $runnerFile: "File", id, meta, _web: { blob } });

const connect = ({ url, token }, rest) =>
  createHttpClient({ baseUrl: url, auth: { token }, serializer: new Serializer(), ...rest });

const send = ({ url, token }, id, body, { headers, ...rest } = {}) =>
  fetch(`${url}/task/${id}`, { method: "POST", headers: { "x-runner-token": token, ...headers }, body, ...rest });

const json = (tunnel, id, input, rest) =>
  send(tunnel, id, JSON.stringify({ input }), { ...rest, headers: { "content-type": "application/json", ...rest?.headers } });

/** A form as a page fills it in without Runner: files by their ids. */
function form(input, files) {
  const data = new FormData();
  data.append("__manifest", JSON.stringify({ input }));
  for (const [id, file] of Object.entries(files)) data.append(`file:${id}`, file);
  return data;
}

const file = (id, meta) => ({ $runnerFile: "File", id, meta });

/** What can be told of an error outside the page. */
async function failure(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    const { name, message, code, id, data, httpCode } = error;
    return { name, message, code, id, data, httpCode };
  }
}

Object.assign(globalThis, { connect, failure, file, form, json, megabytes, r, send, webFile });
