// The command line as it is built, in a process of its own, with SQLMesh played: 800 models in five batches each, 64 at
// a time; and with a Trino in which a dead run has left nothing. State and main are real. What the process took is sent
// to the one that started it (journal.js), which sets:
//
// BENCH_BATCH_MS    how long a batch takes, on average
// BENCH_FORGETFUL   1 for a state that remembers nothing
// BENCH_DIE_AT      number of the finished batch at which the process is killed
// BENCH_STORED      number of batches that SQLMesh's state holds as stored by an earlier attempt
import { setTimeout as pause } from "node:timers/promises";

export const MODELS = 800;
export const BATCHES = 5;
const AT_ONCE = 64;

const day = (number) => new Date(Date.UTC(2025, 0, number)).toISOString();
const nameOf = (index) => `oso.int_model_${String(index).padStart(4, "0")}`;
const range = (length) => Array.from({ length }, (_, index) => index);
const intervals = range(BATCHES).map((index) => ({ start: day(index + 1), end: day(index + 2) }));

const models = range(MODELS).map((index) => ({
  model: nameOf(index),
  kind: "INCREMENTAL_BY_TIME_RANGE",
  start: day(1),
  end: day(BATCHES + 1),
  batches: BATCHES,
  intervals,
  version: String(1_000_000_000 + index),
  fingerprint: `${1_000_000_000 + index}-${2_000_000_000 + index}-0-0`,
  table: `sqlmesh__oso.oso__int_model_${index}__${1_000_000_000 + index}`,
  repetition: "each",
  restatedParents: index === 0 ? [] : [nameOf(Math.floor((index - 1) / 2))],
  widened: false,
  selected: index === 0,
}));
const batches = models.flatMap(({ model }) =>
  intervals.map((interval, index) => ({ model, interval, number: index + 1 })),
);

const nothing = {
  status: "nothing-to-do",
  batches: [],
  failures: [],
  skipped: [],
  replacedMeanwhile: [],
  queries: [],
};

function simulatedEngine({ batchMilliseconds, dieAt, stored, onNarrowed }) {
  let left = batches;
  const plan = (restate) => ({
    planId: "plan",
    environment: "prod",
    restatements: restate ? models : [],
    backfills: [],
    changes: { added: [], removed: [], directlyModified: [], indirectlyModified: [], metadataUpdated: [] },
    modified: [],
    hasWork: restate,
    leftOut: [],
    executionTime: day(300),
    evidenceSince: 1,
    environmentPlanId: "deployed",
    environmentFinalized: true,
  });

  async function apply(_, report) {
    let next = 0;
    let finished = 0;
    const done = [];
    report({ type: "evaluation-planned", models: models.map(({ model }) => ({ model, batches: BATCHES })) });
    async function work() {
      // SQLMesh is another process, which does not wait for this one: its batches end by the clock.
      let end = performance.now();
      for (let index = next++; index < left.length; index = next++) {
        // From half to one and a half times the average, the same in every run.
        const milliseconds = Math.round(batchMilliseconds * (0.5 + ((index * 37) % 101) / 100));
        end += milliseconds;
        await pause(Math.max(0, end - performance.now()));
        const id = `20250101_000000_${String(index).padStart(5, "0")}`;
        const batch = {
          ...left[index],
          of: BATCHES,
          rows: 1000 + index,
          milliseconds,
          auditsPassed: 2,
          auditsFailed: 0,
          queries: [`${id}_delet`, `${id}_inser`],
        };
        done.push(batch);
        report({ type: "batch-finished", batch });
        if (++finished === dieAt) process.kill(process.pid, "SIGKILL");
      }
    }
    await Promise.all(range(AT_ONCE).map(work));
    return { ...nothing, status: "succeeded", batches: done };
  }

  return {
    load: async () => ({
      sqlmeshVersion: "0.236.4",
      pythonVersion: "3.11.7",
      project: "bench",
      gateway: "trino",
      trinoUser: "oso",
      models: models.map(({ model, kind }) => ({
        name: model,
        kind,
        tags: [],
        categories: [],
        cron: "@daily",
        owner: null,
        description: null,
        dependsOn: [],
        timeColumn: null,
        path: null,
        audits: [],
      })),
      environments: ["prod"],
      logFile: "",
    }),
    select: async (selectors) => selectors.map((selector) => ({ selector, models: [selector], error: null })),
    plan: async ({ restate }) => plan(restate.length > 0),
    async narrow(_, ranges) {
      onNarrowed();
      const of = new Map(ranges.map(({ model, interval }) => [model, interval]));
      left = batches.filter(({ model, interval: { start, end } }) => {
        const asked = of.get(model);
        return asked !== undefined && start >= asked.start && end <= asked.end;
      });
      return plan(true);
    },
    stored: async () => batches.slice(0, stored).map(({ model, interval }) => ({ model, interval })),
    acceptAsWritten: async () => undefined,
    apply,
    runDue: async () => nothing,
    mark: async () => undefined,
    permit: () => undefined,
    close: async () => undefined,
  };
}

/** Runs like any other, and there will have been nothing. */
const forgetfulState = () => ({
  runs: async () => [],
  plan: async () => null,
  journal: async () => [],
  approvals: async () => [],
  saveApproval: async () => undefined,
  saveProposal: async () => undefined,
  proposals: async () => [],
  leases: async () => [],
  releaseLease: async () => null,
  acquire: async () => ({
    takenFrom: null,
    lost: new AbortController().signal,
    onRenewed: () => undefined,
    saveRun: async () => undefined,
    savePlan: async () => undefined,
    append: () => undefined,
    flush: async () => undefined,
    removeRun: async () => undefined,
    release: async () => undefined,
  }),
});

const idleTrino = { ofSource: async () => [], showsQueriesOf: async () => true, kill: async () => undefined };

async function run() {
  const { BENCH_BATCH_MS, BENCH_DIE_AT, BENCH_STORED, BENCH_FORGETFUL } = process.env;
  let askedAt = null;
  let decision = null;
  const engine = simulatedEngine({
    batchMilliseconds: Number(BENCH_BATCH_MS),
    dieAt: Number(BENCH_DIE_AT ?? 0),
    stored: Number(BENCH_STORED ?? 0),
    onNarrowed: () => {
      decision = performance.now() - askedAt;
    },
  });
  /** From the first look at the run that is taken up on. */
  const watched = (state) => ({
    ...state,
    plan: async (id) => {
      askedAt ??= performance.now();
      return state.plan(id);
    },
  });
  const { main } = await import("../dist/main.js");
  process.exitCode = await main(process, {
    observe: (name, part) => {
      if (name === "engine") return engine;
      if (name === "running-queries") return idleTrino;
      if (name !== "state") return part;
      return BENCH_FORGETFUL === "1" ? forgetfulState() : watched(part);
    },
  });
  const { user, system } = process.cpuUsage();
  process.send?.({
    milliseconds: performance.now(),
    cpuMilliseconds: (user + system) / 1000,
    megabytes: process.resourceUsage().maxRSS / 1024,
    decision,
  });
}

if (process.argv[1] === import.meta.filename) await run();
