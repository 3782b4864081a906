"use strict";
// Reads each line of its input, "runner <text>" or "ejson <text>", with the real package and writes it again.
process.env.TZ = "UTC";
const readline = require("node:readline");
const { Serializer } = require("@bluelibs/runner/node");
const { EJSONModule } = require("@bluelibs/ejson");
const { messageOf } = require("./write");

class Parcel {
  constructor(payload) {
    this.payload = payload;
  }
  typeName() {
    return "tests.Parcel";
  }
  toJSONValue() {
    return this.payload;
  }
}

const runner = new Serializer();
runner.addType({
  id: "tests.Parcel",
  is: (value) => value instanceof Parcel,
  serialize: (parcel) => parcel.payload,
  deserialize: (payload) => new Parcel(payload),
});
const ejson = new EJSONModule();
ejson.addType("tests.Parcel", (payload) => new Parcel(payload));
delete Error.stackTraceLimit;

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [dialect, ...text] = line.split(" ");
  const serializer = dialect === "runner" ? runner : ejson;
  try {
    console.log(serializer.stringify(serializer.parse(text.join(" "))));
  } catch (error) {
    console.log(`refused: ${messageOf(error)}`);
  }
});
