// Measures start-up and an idle run, whole process from outside, and prints a table. No pass or fail.
// Needs a stack that `oso-pipeline local demo` has filled: its configuration is the argument,
// .oso-pipeline/demo/oso-pipeline.yaml by default.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";

const RUNS = 7;
const root = join(import.meta.dirname, "..");
const config = resolve(process.argv[2] ?? ".oso-pipeline/demo/oso-pipeline.yaml");
const settings = parseEnv(readFileSync(join(dirname(config), ".env"), "utf8"));
const environment = { ...process.env, ...settings, NO_COLOR: "1" };
const python = settings.OSO_PIPELINE__SQLMESH__PYTHON;
const project = settings.OSO_PIPELINE__SQLMESH__PROJECT;

const ours = (...args) => [process.execPath, join(root, "bin/oso-pipeline.js"), "--config", config, ...args];
const sqlmesh = (...args) => [
  join(dirname(python), "sqlmesh"),
  "-p",
  project,
  "--log-file-dir",
  dirname(config),
  ...args,
];

const cases = [
  { name: "node -e 0", commands: [[process.execPath, "-e", "0"]], runs: RUNS },
  { name: "oso-pipeline --version", commands: [ours("--version")], runs: RUNS },
  { name: "oso-pipeline --help", commands: [ours("--help")], runs: RUNS },
  { name: "oso-pipeline tag-consumer (nothing to do)", commands: [ours("tag-consumer", "-q")], runs: RUNS },
  { name: "oso-pipeline run (nothing to do)", commands: [ours("run", "-q")], runs: 3 },
  {
    name: "sqlmesh plan + sqlmesh run (nothing to do)",
    commands: [sqlmesh("plan", "--auto-apply", "--no-prompts"), sqlmesh("run")],
    runs: 3,
  },
];

/** Milliseconds of one command after the other. */
function once(commands) {
  const startedAt = process.hrtime.bigint();
  for (const [command, ...args] of commands) {
    const { status, stderr, stdout } = spawnSync(command, args, {
      env: environment,
      cwd: dirname(config),
      encoding: "utf8",
    });
    if (status !== 0)
      throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
  }
  return Number(process.hrtime.bigint() - startedAt) / 1e6;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

console.log(
  `${"median of whole processes, ms".padEnd(46)} ${"median".padStart(8)} ${"min".padStart(8)} ${"max".padStart(8)}`,
);
const medians = new Map();
for (const { name, commands, runs } of cases) {
  once(commands);
  const times = Array.from({ length: runs }, () => once(commands));
  medians.set(name, median(times));
  const [mid, min, max] = [median(times), Math.min(...times), Math.max(...times)].map((ms) =>
    ms.toFixed(0).padStart(8),
  );
  console.log(`${name.padEnd(46)} ${mid} ${min} ${max}`);
}

const over = (name) => (medians.get(name) - medians.get("node -e 0")).toFixed(0);
const share = medians.get(cases[4].name) / medians.get(cases[5].name);
console.log(
  `\n--help takes ${over(cases[2].name)} ms more than bare node; an idle run takes ${share.toFixed(2)} of plan + run`,
);
