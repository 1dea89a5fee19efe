// Start-up and an idle run, whole processes from outside.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { median, table } from "./table.js";

/** @param {import("./stack.js").Stack} stack */
export function startup({ config, environment, ours, sqlmesh }) {
  /** Commands whose times are compared take turns, so that a slow moment of the machine meets all of them. */
  const groups = [
    {
      rounds: 21,
      cases: {
        "node -e 0": [[process.execPath, "-e", "0"]],
        "oso-pipeline --version": [[...ours, "--version"]],
        "oso-pipeline --help": [[...ours, "--help"]],
        "oso-pipeline tag-consumer (nothing to do)": [[...ours, "tag-consumer", "-q"]],
      },
    },
    {
      rounds: 5,
      cases: {
        "oso-pipeline run (nothing to do)": [[...ours, "run", "-q"]],
        "sqlmesh plan + sqlmesh run (nothing to do)": [
          [...sqlmesh, "plan", "--auto-apply", "--no-prompts"],
          [...sqlmesh, "run"],
        ],
      },
    },
  ];

  /** Milliseconds of one command after the other. */
  function once(commands) {
    const startedAt = process.hrtime.bigint();
    for (const [command, ...args] of commands) {
      const options = { env: environment, cwd: dirname(config), encoding: "utf8" };
      const { status, stderr, stdout } = spawnSync(command, args, options);
      if (status !== 0)
        throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
    }
    return Number(process.hrtime.bigint() - startedAt) / 1e6;
  }

  return groups.flatMap(({ rounds, cases }) => {
    const times = new Map(Object.keys(cases).map((name) => [name, []]));
    for (const commands of Object.values(cases)) once(commands);
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, commands] of Object.entries(cases)) times.get(name).push(once(commands));
    }
    return [...times].map(([name, own]) => ({
      name,
      median: median(own),
      min: Math.min(...own),
      max: Math.max(...own),
    }));
  });
}

export function renderStartup(results) {
  const medianOf = (name) => results.find((one) => one.name.startsWith(name)).median;
  const over = medianOf("oso-pipeline --help") - medianOf("node");
  const share = medianOf("oso-pipeline run") / medianOf("sqlmesh");
  const rows = results.map(({ name, ...times }) => [
    name,
    ...Object.values(times).map((ms) => ms.toFixed(0)),
  ]);
  return `${table([["whole processes, ms", "median", "min", "max"], ...rows])}
--help takes ${over.toFixed(0)} ms more than bare node; an idle run takes ${share.toFixed(2)} of plan + run`;
}
