// What journal and lease cost a run of 800 models in five batches each, and how long it takes to decide what is left
// after it was killed. See simulated-run.js for what is played; the command line, files and Nessie are real.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BATCHES, MODELS } from "./simulated-run.js";
import { median, seconds, table } from "./table.js";

const ROUNDS = 3;
/** No longer than Trino's shortest batches, 64 at a time: a run of one minute, 67 lines for the journal each second. */
const BATCH_MILLISECONDS = 960;
const TOTAL = MODELS * BATCHES;

/** @param {import("./stack.js").Stack} stack */
export async function journal({ config, environment, nessie }) {
  const folder = await mkdtemp(join(tmpdir(), "oso-pipeline-bench-"));
  const branch = `oso-pipeline-bench-${randomBytes(4).toString("hex")}`;
  const states = {
    "nothing remembered": { BENCH_FORGETFUL: "1" },
    "state in files": { OSO_PIPELINE__STATE__STORE: "file", OSO_PIPELINE__STATE__FOLDER: folder },
    "state in Nessie": { OSO_PIPELINE__STATE__STORE: "nessie", OSO_PIPELINE__STATE__BRANCH: branch },
  };
  const restate = (state, settings) =>
    simulated({ config, environment: { ...environment, ...states[state], ...settings } });

  try {
    const measured = Object.fromEntries(
      Object.keys(states).map((state) => [state, { runs: [], decisions: [] }]),
    );
    // Those that remember have earlier runs to look at, as they have every week.
    for (const state of Object.keys(states).slice(1)) {
      for (let earlier = 0; earlier < 5; earlier += 1) await restate(state, { BENCH_BATCH_MS: "1" });
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [state, { runs }] of Object.entries(measured)) {
        runs.push(await restate(state, { BENCH_BATCH_MS: String(BATCH_MILLISECONDS) }));
      }
      for (const [state, { decisions }] of Object.entries(measured).slice(1)) {
        const stored = String(TOTAL * 0.9);
        await restate(state, { BENCH_BATCH_MS: "100", BENCH_DIE_AT: stored });
        decisions.push((await restate(state, { BENCH_BATCH_MS: "20", BENCH_STORED: stored })).decision);
      }
    }
    return result(measured);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await removeBranch(nessie, branch);
  }
}

function result(measured) {
  const [bare] = Object.values(measured);
  const of = (runs, what) => median(runs.map((run) => run[what]));
  return Object.entries(measured).map(([state, { runs, decisions }]) => ({
    state,
    milliseconds: of(runs, "milliseconds"),
    extraPercent: 100 * (of(runs, "milliseconds") / of(bare.runs, "milliseconds") - 1),
    cpuMilliseconds: of(runs, "cpuMilliseconds"),
    megabytes: of(runs, "megabytes"),
    decisionMilliseconds: decisions.length > 0 ? median(decisions) : null,
  }));
}

export const renderJournal = (results) =>
  table([
    [`${MODELS} models x ${BATCHES} batches`, "wall s", "extra %", "CPU s", "peak MB", "decide s"],
    ...results.map((one, index) => [
      one.state,
      seconds(one.milliseconds),
      index === 0 ? "" : one.extraPercent.toFixed(2),
      seconds(one.cpuMilliseconds),
      one.megabytes.toFixed(0),
      one.decisionMilliseconds === null ? "" : seconds(one.decisionMilliseconds),
    ]),
  ]);

/** One run in a process of its own. Null where it has been killed, as it was to be. */
function simulated({ config, environment }) {
  const args = ["--config", config, "run", "--restate", "oso.int_model_0000", "--yes", "--json"];
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "simulated-run.js"), args, {
      env: environment,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let told = null;
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("message", (message) => (told = message));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0 || (signal === "SIGKILL" && environment.BENCH_DIE_AT)) resolve(told);
      else reject(new Error(`a simulated run ended with ${code ?? signal}\n${stderr}`));
    });
  });
}

async function removeBranch(nessie, branch) {
  const address = `${nessie}/trees/${branch}`;
  const found = await fetch(address);
  if (!found.ok) return;
  const { reference } = await found.json();
  await fetch(`${address}@${reference.hash}?type=BRANCH`, { method: "DELETE" });
}
