// A restatement of the sample warehouse is killed when nine tenths of its batches are stored. What is done again by the
// same command of ours, and by what an operator of SQLMesh alone can do: run the same configuration again, or run it
// without the restatement.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { seconds, table } from "./table.js";

const RESTATED = "oso.stg_*";
const SHARE = 0.9;

/** @param {import("./stack.js").Stack} stack */
export async function killed({ config, environment, nessie, ours, toldSqlmesh }) {
  const env = { ...environment, SQLMESH_RUNTIME_ENVIRONMENT: "terminal", COLUMNS: "200" };
  const options = { cwd: dirname(config), env, nessie };
  const oso = (killAt, ...args) =>
    watched([...ours, ...args, "--output", "ndjson"], { ...options, channel: 1, killAt });
  const sqlmesh = (killAt, ...args) => watched([...toldSqlmesh, ...args], { ...options, channel: 3, killAt });
  const restate = (killAt) => oso(killAt, "run", "--restate", RESTATED, "--yes");
  const restatePlainly = (killAt) =>
    sqlmesh(killAt, "plan", "--restate-model", RESTATED, "--auto-apply", "--no-prompts");

  await oso(0, "run"); // So that nothing else is due.
  const first = await restate(SHARE);
  const again = await restate(0);

  const firstPlain = await restatePlainly(SHARE);
  const withoutIt = [await sqlmesh(0, "plan", "--auto-apply", "--no-prompts"), await sqlmesh(0, "run")];
  const againPlain = await restatePlainly(0);
  return [
    comparison("oso-pipeline: the same command", first, [again]),
    comparison("sqlmesh: the same restatement again", firstPlain, [againPlain]),
    comparison("sqlmesh: plan and run, without restatement", firstPlain, withoutIt),
  ];
}

function comparison(what, first, later) {
  const told = new Set(first.batches);
  // Also what was stored when nobody was left to be told of it: ours looks for that in SQLMesh's state.
  const stored = later[0].resumed?.stored ?? told.size;
  const again = later.flatMap(({ batches }) => batches);
  const repeated = again.filter((batch) => told.has(batch)).length;
  return {
    what,
    planned: first.planned,
    stored,
    restated: again.length,
    repeated,
    forgotten: first.planned - stored - (again.length - repeated),
    commits: later.reduce((sum, { commits }) => sum + commits, 0),
    exitCode: later.at(-1).exitCode,
    milliseconds: later.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  };
}

export const renderKilled = (results) =>
  table([
    [
      "after a kill at 90 %",
      "planned",
      "stored",
      "restated",
      "repeated",
      "forgotten",
      "commits",
      "exit",
      "s",
    ],
    ...results.map((one) => [
      one.what,
      ...["planned", "stored", "restated", "repeated", "forgotten", "commits", "exitCode"].map((name) =>
        String(one[name]),
      ),
      seconds(one.milliseconds),
    ]),
  ]);

/** What a command says it has stored, and what it left in main's history; killed at a share of its batches. */
async function watched([command, ...args], { cwd, env, nessie, channel, killAt }) {
  const before = await mainOf(nessie);
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ["ignore", channel === 1 ? "pipe" : "ignore", "pipe", channel === 3 ? "pipe" : "ignore"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const batches = [];
  let planned = 0;
  let resumed = null;
  createInterface({ input: child.stdio[channel] }).on("line", (line) => {
    const { type, models, batch, result } = JSON.parse(line);
    if (type === "evaluation-planned") planned = models.reduce((sum, one) => sum + one.batches, 0);
    if (type === "batch-finished") batches.push(JSON.stringify([batch.model, batch.interval]));
    if (type === "result") ({ resumed } = result);
    if (killAt > 0 && planned > 0 && batches.length >= killAt * planned) child.kill("SIGKILL");
  });
  const exitCode = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0 || (killAt > 0 && signal === "SIGKILL")) resolve(code);
      else reject(new Error(`${command} ${args.join(" ")} ended with ${code ?? signal}\n${stderr}`));
    });
  });
  const milliseconds = performance.now() - startedAt;
  return { planned, batches, resumed, exitCode, milliseconds, commits: await commitsSince(nessie, before) };
}

async function mainOf(nessie) {
  const { reference } = await json(`${nessie}/trees/main`);
  return reference.hash;
}

async function commitsSince(nessie, hash) {
  let commits = -1; // The one that is named comes along.
  for (let page = ""; page !== undefined;) {
    const { logEntries, hasMore, token } = await json(
      `${nessie}/trees/main/history?limit-hash=${hash}${page}`,
    );
    commits += logEntries.length;
    page = hasMore ? `&page-token=${encodeURIComponent(token)}` : undefined;
  }
  return commits;
}

async function json(url) {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${url}: ${reply.status} ${await reply.text()}`);
  return reply.json();
}
