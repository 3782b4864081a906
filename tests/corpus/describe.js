"use strict";
// A neutral description of a JavaScript value: a tagged tree that another language can compare with. See README.md.
const { types } = require("node:util");

const NEST_FROM = 16; // longer chains of one-element arrays or one-key objects are written as one "nest"
const MAX_NODES = 20000n; // more values than this are only counted
const MAX_DEPTH = 60; // deeper descriptions are left out, for readers with a limit of their own

const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
const repeated = (s) => s.length > 2000 && s === s[0].repeat(s.length);
const text = (s) =>
  repeated(s)
    ? { t: "repeat", v: s[0], times: s.length }
    : s.isWellFormed()
      ? s
      : { t: "string16", v: Array.from({ length: s.length }, (_, i) => s.charCodeAt(i)) };
const hex = (view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("hex");

const BINARY = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
];
// What the graph reader builds from `type` nodes without `create()`: the prototype without the insides.
const SHELLS = ["Buffer", ...BINARY, "ArrayBuffer", "DataView", "URL", "URLSearchParams"];

const shellOf = (v) => SHELLS.find((name) => v instanceof globalThis[name]);

function describePrimitive(v) {
  switch (typeof v) {
    case "undefined":
      return { t: "undefined" };
    case "boolean":
      return { t: "bool", v };
    case "string":
      return typeof text(v) === "string" ? { t: "string", v } : text(v);
    case "bigint":
      return { t: "bigint", v: String(v) };
    case "number":
      if (!Number.isFinite(v)) return { t: "nonfinite", v: String(v) };
      return { t: "number", v: Object.is(v, -0) ? "-0" : String(v) };
    case "symbol": {
      const key = Symbol.keyFor(v);
      if (key !== undefined) return { t: "symbol", kind: "For", key: text(key) };
      const known = Object.getOwnPropertyNames(Symbol).find((name) => Symbol[name] === v);
      return known ? { t: "symbol", kind: "WellKnown", key: known } : { t: "symbol", kind: "unique" };
    }
    default:
      return { t: typeof v }; // function
  }
}

function opaque(v) {
  if (types.isDate(v)) return { t: "date", ms: Number.isNaN(v.getTime()) ? null : v.getTime() };
  if (types.isRegExp(v)) return { t: "regexp", pattern: text(v.source), flags: v.flags };
  if (types.isUint8Array(v) && Buffer.isBuffer(v)) return { t: "bytes", type: "Buffer", v: hex(v) };
  if (types.isTypedArray(v)) return { t: "bytes", type: v[Symbol.toStringTag], v: hex(v) };
  if (types.isArrayBuffer(v)) return { t: "bytes", type: "ArrayBuffer", v: hex(new Uint8Array(v)) };
  if (types.isDataView(v)) return { t: "bytes", type: "DataView", v: hex(v) };
  const shell = shellOf(v);
  if (!shell) return undefined;
  try {
    if (shell === "URL") return { t: "url", v: v.href };
    if (shell === "URLSearchParams") return { t: "urlsearchparams", v: v.toString(), pairs: [...v].map((pair) => pair.map(text)) };
  } catch {
    /* a shell */
  }
  return { t: "broken", type: shell };
}

// The named parts of a container, in order: used to describe, to count and to find cycles.
function parts(v) {
  if (Array.isArray(v)) return Array.from(v);
  if (types.isMap(v)) return [...v].flat();
  if (types.isSet(v)) return [...v];
  if (v instanceof Error) return [...errorFields(v).map(([, x]) => x), ...(hasOwn(v, "cause") ? [v.cause] : [])];
  return Object.keys(v).map((key) => v[key]);
}

function errorFields(e) {
  const names = Object.getOwnPropertyNames(e).filter((n) => !["name", "message", "stack", "cause"].includes(n));
  return names.map((n) => [n, e[n]]);
}

// Number of values in the tree that the shared graph unfolds to; a cycle counts as one.
function unfolded(v, memo = new Map(), open = new Set()) {
  if (v === null || typeof v !== "object" || opaque(v) || open.has(v)) return 1n;
  if (memo.has(v)) return memo.get(v);
  open.add(v);
  let count = 1n;
  for (const part of parts(v)) count += unfolded(part, memo, open);
  open.delete(v);
  memo.set(v, count);
  return count;
}

function onlyChild(v) {
  if (Array.isArray(v)) return v.length === 1 ? { of: "array", child: v[0] } : undefined;
  if (Object.getPrototypeOf(v) !== Object.prototype) return undefined;
  const keys = Object.keys(v);
  return keys.length === 1 ? { of: "object", key: keys[0], child: v[keys[0]] } : undefined;
}

function nest(v, path, custom) {
  const first = onlyChild(v);
  if (!first) return undefined;
  let inner = v;
  let times = 0;
  for (let step = first; step && step.of === first.of && step.key === first.key;) {
    if (path.includes(inner) || times > 1e6) return undefined;
    inner = step.child;
    times += 1;
    step = inner !== null && typeof inner === "object" && !opaque(inner) && inner !== v ? onlyChild(inner) : undefined;
    if (inner === v) return undefined;
  }
  if (times < NEST_FROM) return undefined;
  const key = first.of === "object" ? { key: text(first.key) } : {};
  return { t: "nest", of: first.of, ...key, times, v: walk(inner, path, custom) };
}

function walk(v, path, custom) {
  if (v === null) return { t: "null" };
  if (typeof v !== "object") return describePrimitive(v);
  const at = path.lastIndexOf(v);
  if (at >= 0) return { t: "cycle", up: path.length - at };
  const known = custom?.(v);
  if (known && !known.fields) return known;
  const plain = opaque(v);
  if (plain) return plain;
  const folded = !known && nest(v, path, custom);
  if (folded) return folded;

  const inside = (x) => walk(x, [...path, v], custom);
  const entries = (list) => list.map(([key, x]) => [text(key), inside(x)]);
  if (known) return { t: "custom", type: known.type, v: entries(known.fields) };
  if (Array.isArray(v)) return { t: "array", v: Array.from(v, inside) };
  if (types.isMap(v)) return { t: "map", v: [...v].map(([key, x]) => [inside(key), inside(x)]) };
  if (types.isSet(v)) return { t: "set", v: [...v].map(inside) };
  if (v instanceof Error) {
    return {
      t: "error",
      name: typeof v.name === "string" ? text(v.name) : inside(v.name),
      message: typeof v.message === "string" ? text(v.message) : inside(v.message),
      customFields: entries(errorFields(v)),
      ...(hasOwn(v, "cause") ? { cause: inside(v.cause) } : {}),
      stack: typeof v.stack === "string" ? text(v.stack) : false,
    };
  }
  const className = Object.getPrototypeOf(v)?.constructor?.name;
  const other = typeof className === "string" && className !== "Object" ? { class: className } : {};
  return { t: "object", ...other, v: entries(Object.keys(v).map((key) => [key, v[key]])) };
}

function levels(description) {
  if (description === null || typeof description !== "object") return 0;
  return 1 + Object.values(description).reduce((most, part) => Math.max(most, levels(part)), 0);
}

function describe(value, custom) {
  const nodes = unfolded(value);
  if (nodes > MAX_NODES) return { t: "large", nodes: String(nodes) };
  const described = walk(value, [], custom);
  return levels(described) > MAX_DEPTH ? { t: "deep", nodes: String(nodes) } : described;
}

module.exports = { describe, text };
