// Measures start-up and an idle run, whole process from outside, and prints a table. No pass or fail.
// Needs a stack that `oso-pipeline local demo` has filled: its configuration is the argument,
// .oso-pipeline/demo/oso-pipeline.yaml by default.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";

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

/** Commands whose times are compared take turns, so that a slow moment of the machine meets all of them. */
const groups = [
  {
    rounds: 21,
    cases: {
      "node -e 0": [[process.execPath, "-e", "0"]],
      "oso-pipeline --version": [ours("--version")],
      "oso-pipeline --help": [ours("--help")],
      "oso-pipeline tag-consumer (nothing to do)": [ours("tag-consumer", "-q")],
    },
  },
  {
    rounds: 5,
    cases: {
      "oso-pipeline run (nothing to do)": [ours("run", "-q")],
      "sqlmesh plan + sqlmesh run (nothing to do)": [
        sqlmesh("plan", "--auto-apply", "--no-prompts"),
        sqlmesh("run"),
      ],
    },
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

const row = (name, ...cells) =>
  console.log(`${name.padEnd(46)} ${cells.map((cell) => cell.padStart(8)).join(" ")}`);

row("whole processes, ms", "median", "min", "max");
const medians = new Map();
for (const { rounds, cases } of groups) {
  const times = new Map(Object.keys(cases).map((name) => [name, []]));
  for (const commands of Object.values(cases)) once(commands);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, commands] of Object.entries(cases)) times.get(name).push(once(commands));
  }
  for (const [name, own] of times) {
    medians.set(name, median(own));
    row(name, ...[median(own), Math.min(...own), Math.max(...own)].map((ms) => ms.toFixed(0)));
  }
}

const over = medians.get("oso-pipeline --help") - medians.get("node -e 0");
const share =
  medians.get("oso-pipeline run (nothing to do)") / medians.get("sqlmesh plan + sqlmesh run (nothing to do)");
console.log(
  `\n--help takes ${over.toFixed(0)} ms more than bare node; an idle run takes ${share.toFixed(2)} of plan + run`,
);
