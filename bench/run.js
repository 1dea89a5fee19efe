// Measures, and prints a table of each measurement or, with --json, all figures. No pass or fail: docs/benchmarks.md says
// what was aimed at. Needs a stack that `oso-pipeline local demo` has filled, and which nothing else works on.
//
// npm run bench -- [startup] [journal] [killed] [diff] [sealing] [verification] [--config .oso-pipeline/demo/oso-pipeline.yaml] [--json]
import { parseArgs } from "node:util";
import { diff, renderDiff } from "./diff.js";
import { journal, renderJournal } from "./journal.js";
import { killed, renderKilled } from "./killed.js";
import { demoStack } from "./stack.js";
import { renderSealing, sealing } from "./sealing.js";
import { renderStartup, startup } from "./startup.js";
import { renderVerification, verification } from "./verification.js";

const benches = {
  startup: [startup, renderStartup],
  journal: [journal, renderJournal],
  killed: [killed, renderKilled],
  diff: [diff, renderDiff],
  sealing: [sealing, renderSealing],
  verification: [verification, renderVerification],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    config: { type: "string", default: ".oso-pipeline/demo/oso-pipeline.yaml" },
    json: { type: "boolean", default: false },
  },
});
const unknown = positionals.filter((name) => !(name in benches));
if (unknown.length > 0)
  throw new Error(`no bench ${unknown.join(", ")}: there are ${Object.keys(benches).join(", ")}`);

const stack = demoStack(values.config);
const results = {};
for (const [name, [measure, render]] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  results[name] = await measure(stack);
  if (!values.json) console.log(`${render(results[name])}\n`);
}
if (values.json) console.log(JSON.stringify(results, null, 2));
