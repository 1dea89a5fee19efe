import { describe, expect, it } from "vitest";
import { unsurrounded } from "../../../src/core/stage.js";
import type { ApprovalPolicy } from "../../../src/restatement/approval.js";
import type { Evaluation } from "../../../src/restatement/ports.js";
import type { RunRequest } from "../../../src/restatement/request.js";
import { RunService } from "../../../src/restatement/run.js";
import type { ResumeOptions, RunOptions } from "../../../src/restatement/run-options.js";
import type { Trigger } from "../../../src/restatement/runs.js";
import { createStateStore } from "../../../src/state/store.js";
import { errorOf } from "../../support/errors.js";
import { FakeTime } from "../../support/fake-clock.js";
import { batchesOf, FakeEngine, noChanges, nothingToDo, planned } from "../../support/fake-engine.js";
import { FakeRecordStore } from "../../support/fake-record-store.js";
import { inCategory, model } from "../../support/models.js";

const models = [
  model("oso.stg_events"),
  inCategory("oso.projects_v1", "project"),
  model("oso.seed_projects", { kind: "SEED" }),
];
const request = (overrides: Partial<RunRequest> = {}): RunRequest => ({
  environment: "prod",
  restateModels: [],
  restateCategories: [],
  start: null,
  end: null,
  skipTests: false,
  allowDestructiveModels: [],
  ...overrides,
});
const succeeded = (...batches: Evaluation["batches"]): Evaluation => ({
  ...nothingToDo,
  status: "succeeded",
  batches,
});

const options = (overrides: Partial<RunOptions & ResumeOptions> = {}): RunOptions & ResumeOptions => ({
  waitMilliseconds: 0,
  approval: null,
  yes: true,
  confirm: null,
  runKey: null,
  force: false,
  plan: null,
  written: [],
  rebuild: [],
  ...overrides,
});

interface Setting {
  readonly policy?: Partial<ApprovalPolicy>;
  readonly trigger?: Partial<Trigger>;
}

function setUp({ policy, trigger }: Setting = {}) {
  const engine = new FakeEngine(models);
  const records = new FakeRecordStore();
  const state = createStateStore({
    records,
    ttlMilliseconds: 60_000,
    keepRuns: 10,
    clock: new FakeTime().clock(),
  });
  const notices: string[] = [];
  /** Happens once it is known what is to be done, and before the lease is asked for. */
  const meanwhile = { happens: async (): Promise<void> => undefined };
  let head = 0;
  let runs = 0;
  const service = new RunService({
    engine,
    state,
    main: {
      head: async () => String((head += 1)).padStart(64, "0"),
      commitsOn: async () => [],
      writers: async () => [],
    },
    queries: { ofSource: async () => [], showsQueriesOf: async () => true, kill: async () => undefined },
    policy: {
      mode: "prompt",
      environments: ["prod"],
      freeUpTo: { models: null, batches: null },
      byAnother: false,
      expiresMilliseconds: null,
      ...policy,
    },
    trigger: async (key) => {
      await meanwhile.happens();
      return {
        source: key === null ? "manual" : "key",
        key,
        by: { name: "ada", from: "login" },
        link: null,
        ...trigger,
      };
    },
    report: (event) => {
      if (event.type === "notice") notices.push(event.text);
    },
    signal: new AbortController().signal,
    now: () => 0,
    monotonic: () => 0,
    sleep: async () => undefined,
    surround: unsurrounded,
    random: () => (runs += 1) / 1000,
    host: { name: "here", pid: process.pid },
    clientTimeoutMilliseconds: 1000,
  });
  return { engine, records, state, notices, meanwhile, runs: service };
}

describe("a run", () => {
  it("with nothing changed and nothing due applies nothing", async () => {
    const { engine, runs } = setUp();
    const { result, failure } = await runs.run(request(), options());
    expect(result.status).toBe("nothing-to-do");
    expect(failure).toBeUndefined();
    expect(engine.calls).toEqual(["load", "plan prod", "run prod"]);
  });

  it("deploys changes first, then restates, then runs what is due, on one load", async () => {
    const { engine, runs } = setUp();
    engine.deployment = { hasWork: true, backfills: [planned("oso.projects_v1")] };
    engine.evaluations.set("deployment", succeeded(...batchesOf("oso.projects_v1", 1)));
    engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    const { result } = await runs.run(request({ restateModels: ["oso.stg_events"] }), options());
    expect(result.status).toBe("succeeded");
    expect(engine.calls).toEqual([
      "load",
      // What is going to be restated is agreed to before anything is written.
      "plan prod",
      "plan prod restate oso.stg_events",
      "plan prod",
      "apply deployment",
      "plan prod restate oso.stg_events",
      "apply restatement",
      "run prod",
    ]);
  });

  it("restates the models of an entity category", async () => {
    const { engine, runs } = setUp();
    engine.evaluations.set("restatement", succeeded(...batchesOf("oso.projects_v1", 1)));
    const { result } = await runs.run(request({ restateCategories: ["project"] }), options());
    expect(result.restatement?.asked).toEqual([
      { model: "oso.projects_v1", askedBy: ["entity_category=project"] },
    ]);
  });

  it("refuses a typo before anything is planned", async () => {
    const { engine, runs } = setUp();
    const error = await errorOf(() =>
      runs.run(request({ restateModels: ["oso.stg_events", "oso.stg_evnts"] }), options()),
    );
    expect(error.code).toBe("SELECTOR_UNKNOWN");
    expect(engine.calls).toEqual(["load"]);
  });

  it("refuses to restate nothing but seeds before anything is planned", async () => {
    const { engine, runs } = setUp();
    const error = await errorOf(() => runs.run(request({ restateModels: ["oso.seed_projects"] }), options()));
    expect(error).toMatchObject({ code: "RESTATEMENT_EMPTY", exitCode: 2 });
    expect(engine.calls).toEqual(["load"]);
  });

  it("refuses dates in prod without anything to restate", async () => {
    const { engine, runs } = setUp();
    expect((await errorOf(() => runs.run(request({ start: "2024-01-01" }), options()))).code).toBe("USAGE");
    expect((await errorOf(() => runs.run(request({ end: "2024-01-01" }), options()))).code).toBe("USAGE");
    expect(engine.calls).toEqual([]);
  });

  it("gives the dates to the restatement in prod, and to both plans elsewhere", async () => {
    const dates = { restateModels: ["oso.stg_events"], start: "2024-01-01", end: "2024-01-31" };
    const prod = setUp();
    prod.engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    await prod.runs.run(request(dates), options());
    expect(prod.engine.calls).toContain("plan prod");
    expect(prod.engine.calls).toContain("plan prod restate oso.stg_events 2024-01-01..2024-01-31");

    const dev = setUp();
    dev.engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    await dev.runs.run(request({ ...dates, environment: "dev" }), options());
    expect(dev.engine.calls).toContain("plan dev 2024-01-01..2024-01-31");
  });

  it("stops after a failed deployment: nothing is restated, nothing else runs", async () => {
    const { engine, runs } = setUp();
    engine.deployment = { hasWork: true };
    engine.evaluations.set("deployment", {
      ...nothingToDo,
      status: "failed",
      failures: [{ model: "oso.stg_events", reason: "audit", message: "not_null failed", audits: [] }],
      skipped: ["oso.projects_v1"],
    });
    const { result, failure } = await runs.run(request({ restateModels: ["oso.stg_events"] }), options());
    expect(failure).toMatchObject({ code: "TRANSFORMATION_FAILED", exitCode: 6, where: "logs/sqlmesh.log" });
    expect(result.restatement).toBeNull();
    expect(result.deployment?.models.map(({ model: name, outcome }) => `${name} ${outcome}`)).toEqual([
      "oso.stg_events failed",
      "oso.projects_v1 skipped",
    ]);
    expect(engine.calls.at(-1)).toBe("apply deployment");
  });

  it("is failed when fewer batches were stored than planned, whatever SQLMesh says", async () => {
    const { engine, runs } = setUp();
    engine.restatement = { restatements: [planned("oso.stg_events", 3), planned("oso.projects_v1")] };
    engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 2, 3)));
    const { result, failure } = await runs.run(request({ restateModels: ["oso.stg_events"] }), options());
    expect(result.restatement?.incomplete).toEqual(["oso.projects_v1", "oso.stg_events"]);
    expect(failure?.exitCode).toBe(6);
    expect(engine.calls).not.toContain("run prod");
  });

  it("does not restate again what the deployment has just built, and says so", async () => {
    const { engine, runs } = setUp();
    engine.deployment = {
      hasWork: true,
      backfills: [planned("oso.stg_events")],
      changes: { ...noChanges, directlyModified: ["oso.stg_events"] },
    };
    engine.evaluations.set("deployment", succeeded(...batchesOf("oso.stg_events", 1)));
    engine.evaluations.set("restatement", succeeded(...batchesOf("oso.projects_v1", 1)));
    const { result } = await runs.run(
      request({ restateModels: ["oso.stg_events", "oso.projects_v1"] }),
      options(),
    );
    expect(engine.calls).toContain("plan prod restate oso.projects_v1");
    expect(result.restatement?.leftOut).toEqual([{ model: "oso.stg_events", reason: "deployed-now" }]);
  });

  it("needs no restatement where the deployment builds all that can be restated of what was asked", async () => {
    const { engine, runs } = setUp();
    engine.deployment = {
      hasWork: true,
      backfills: [planned("oso.stg_events")],
      changes: { ...noChanges, directlyModified: ["oso.stg_events"] },
    };
    engine.evaluations.set("deployment", succeeded(...batchesOf("oso.stg_events", 1)));
    engine.restatement = {
      restatements: [],
      leftOut: [{ model: "oso.projects_v1", reason: "restatement-disabled" }],
    };
    const { result, failure } = await runs.run(
      request({ restateModels: ["oso.stg_events", "oso.projects_v1"] }),
      options(),
    );
    expect(failure).toBeUndefined();
    expect(result.restatement).toMatchObject({
      models: [],
      leftOut: [
        { model: "oso.projects_v1", reason: "restatement-disabled" },
        { model: "oso.stg_events", reason: "deployed-now" },
      ],
    });
    expect(engine.calls.filter((call) => call.startsWith("apply"))).toHaveLength(1);
  });

  it("refuses a restatement that SQLMesh would leave out whole, with the reasons", async () => {
    const { engine, runs } = setUp();
    engine.restatement = {
      restatements: [],
      leftOut: [{ model: "oso.stg_events", reason: "shared-with-prod" }],
    };
    engine.environments = ["prod", "dev"];
    const error = await errorOf(() =>
      runs.run(request({ environment: "dev", restateModels: ["oso.stg_events"] }), options()),
    );
    expect(error.code).toBe("RESTATEMENT_EMPTY");
    expect(error.message).toContain("oso.stg_events (shared-with-prod)");
    expect(engine.calls.some((call) => call.startsWith("apply"))).toBe(false);
  });
});

describe("a run whose restatement SQLMesh would leave out", () => {
  it("is refused before anything is deployed", async () => {
    const { engine, state, runs } = setUp();
    engine.deployment = { hasWork: true, backfills: [planned("oso.projects_v1")] };
    engine.restatement = {
      restatements: [],
      leftOut: [{ model: "oso.stg_events", reason: "restatement-disabled" }],
    };
    const error = await errorOf(() => runs.run(request({ restateModels: ["oso.stg_events"] }), options()));
    expect(error).toMatchObject({ code: "RESTATEMENT_EMPTY", exitCode: 2 });
    expect(engine.calls.some((call) => call.startsWith("apply"))).toBe(false);
    expect(await state.runs()).toEqual([]);
  });
});

describe("approval", () => {
  const restating = request({ restateModels: ["oso.stg_events"] });

  it("by prompt is never asked without a terminal: nothing is run, and the command that gives it is told", async () => {
    const { engine, runs, state } = setUp();
    const error = await errorOf(() => runs.run(restating, options({ yes: false })));
    expect(error).toMatchObject({ code: "APPROVAL_MISSING", exitCode: 10 });
    expect(error.hint).toMatch(/oso-pipeline approve [0-9a-f]{64}/);
    expect(engine.calls.some((call) => call.startsWith("apply"))).toBe(false);
    expect(await state.runs()).toEqual([]);
  });

  it("by prompt is what the person at the terminal says", async () => {
    const { engine, runs } = setUp();
    engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    const shown: string[] = [];
    const answer = (yes: boolean) =>
      options({
        yes: false,
        confirm: async (plan) => {
          shown.push(...plan.models.map(({ model: name }) => name));
          return yes;
        },
      });
    expect((await errorOf(() => runs.run(restating, answer(false)))).code).toBe("APPROVAL_MISSING");
    expect((await runs.run(restating, answer(true))).result.status).toBe("succeeded");
    expect(shown).toEqual(["oso.stg_events", "oso.stg_events"]);
  });

  it("that is required is not given by --yes, but by an approval of exactly this digest", async () => {
    const { engine, runs } = setUp({ policy: { mode: "required" } });
    engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    const error = await errorOf(() => runs.run(restating, options()));
    expect(error.code).toBe("APPROVAL_MISSING");
    const digest = /[0-9a-f]{64}/.exec(error.hint ?? "")?.[0] ?? "";

    const asked = { digest: digest.slice(0, 12), plan: null, comment: "seen", expiresMilliseconds: null };
    const { result: approval } = await runs.approve(asked);
    expect(approval).toMatchObject({ digest, summary: { models: 1, batches: 1 }, by: { name: "ada" } });
    expect((await runs.run(restating, options())).result.status).toBe("succeeded");

    engine.restatement = { restatements: [planned("oso.stg_events", 2)] };
    const other = await errorOf(() => runs.run(restating, options()));
    expect(other.code).toBe("APPROVAL_MISSING");
  });

  it("must come from another person where the policy says so", async () => {
    const { runs } = setUp({ policy: { mode: "required", byAnother: true } });
    const { hint } = await errorOf(() => runs.run(restating, options()));
    const digest = /[0-9a-f]{64}/.exec(hint ?? "")?.[0] ?? "";
    const asked = { digest, plan: null, comment: null, expiresMilliseconds: null };
    expect((await errorOf(() => runs.approve(asked))).message).toContain("ada");
  });

  it("of a digest that nobody knows is refused: nobody approves what cannot be looked at", async () => {
    const { runs } = setUp();
    const asked = { digest: "0".repeat(64), plan: null, comment: null, expiresMilliseconds: null };
    expect((await errorOf(() => runs.approve(asked))).code).toBe("RUN_UNKNOWN");
  });
});

describe("a plan that was saved", () => {
  it("is applied as it is, and refused with the difference once the restatement would be another", async () => {
    const { engine, runs } = setUp();
    engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    const restating = request({ restateModels: ["oso.stg_events"] });
    const plan = (await runs.plan(restating)).result.restatement;
    engine.restatement = { restatements: [planned("oso.stg_events", 3)] };
    const error = await errorOf(() => runs.run(restating, options({ plan })));
    expect(error).toMatchObject({ code: "PLAN_STALE", exitCode: 8 });
    expect(error.message).toContain("oso.stg_events has the interval");
    expect(engine.calls.some((call) => call.startsWith("apply"))).toBe(false);

    engine.restatement = {};
    expect((await runs.run(restating, options({ plan }))).result.status).toBe("succeeded");
  });
});

describe("a trigger", () => {
  it("that comes again after success does nothing and says so; --force starts anew and is remembered", async () => {
    const { engine, runs, state } = setUp();
    const first = await runs.run(request(), options({ runKey: "weekly-47" }));
    const again = await runs.run(request(), options({ runKey: "weekly-47" }));
    expect(again.result).toMatchObject({ status: "already-done", run: first.result.run });
    expect(engine.calls.filter((call) => call === "run prod")).toHaveLength(1);

    await runs.run(request(), options({ runKey: "weekly-47", force: true }));
    expect((await state.runs())[0]?.forcedAfter).toBe(first.result.run);
  });

  it("of another request is refused", async () => {
    const { runs } = setUp();
    await runs.run(request(), options({ runKey: "weekly-47" }));
    const other = request({ restateModels: ["oso.stg_events"] });
    const error = await errorOf(() => runs.run(other, options({ runKey: "weekly-47" })));
    expect(error).toMatchObject({ code: "CONFLICT", exitCode: 8 });
  });
});

const failing: Evaluation = {
  ...nothingToDo,
  status: "failed",
  failures: [{ model: "oso.stg_events", reason: "audit", message: "not_null failed", audits: [] }],
};

describe("a run that failed in its restatement", () => {
  it.each([
    ["foreign", ["something else applied a plan to prod since this run began: SQLMesh's plan foreign"]],
    ["before", []],
    ["restatement", []],
  ])(
    "says when it finds the environment at the plan %s, if it is not its own",
    async (environmentPlanId, said) => {
      const { engine, runs, notices } = setUp();
      engine.evaluations.set("restatement", failing);
      engine.restatement = { environmentPlanId: "before" };
      await runs.run(request({ restateModels: ["oso.stg_events"] }), options());
      engine.deployment = { environmentPlanId };
      await runs.resume(null, options());
      expect(notices).toEqual(said);
    },
  );

  it("blocks other requests until it is resumed or given up", async () => {
    const { engine, runs } = setUp();
    engine.evaluations.set("restatement", failing);
    const failed = await runs.run(request({ restateModels: ["oso.stg_events"] }), options());
    expect(failed.failure?.exitCode).toBe(6);
    const error = await errorOf(() => runs.run(request(), options()));
    expect(error).toMatchObject({ code: "RUN_UNFINISHED", exitCode: 8 });
    expect(error.hint).toContain(`oso-pipeline resume ${failed.result.run}`);

    expect((await runs.abandon(null)).result.left).toEqual([{ model: "oso.stg_events", batches: 1 }]);
    expect((await runs.run(request(), options())).failure).toBeUndefined();
    expect((await errorOf(() => runs.resume(null, options()))).message).toBe("no run is unfinished");
  });
});

describe("a run that was half done when the code changed", () => {
  it("does not end as long as it would leave a model half restated", async () => {
    const { engine, runs } = setUp();
    engine.restatement = { restatements: [planned("oso.stg_events"), planned("oso.projects_v1")] };
    engine.evaluations.set("restatement", failing);
    const { result } = await runs.run(request({ restateModels: ["oso.stg_events"] }), options());
    engine.restatement = { restatements: [planned("oso.stg_events")] };
    engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    const { failure } = await runs.resume(null, options());
    expect(failure).toMatchObject({ code: "PLAN_STALE", exitCode: 8 });
    expect(failure?.message).toContain(`run ${result.run} has not finished restating oso.projects_v1`);
    expect(failure?.hint).toContain("oso-pipeline run --restate oso.projects_v1");
  });
});

describe("a run about several models of which a person has to decide", () => {
  const first = "oso.stg_events";
  const second = "oso.projects_v1";
  /** Of each model the batch in the middle is missing, which no commit speaks of. */
  const undecided = async (restatedParents: readonly string[] = []) => {
    const world = setUp();
    world.engine.restatement = {
      restatements: [
        planned(first, 3, { repetition: "whole" }),
        planned(second, 3, { repetition: "whole", restatedParents }),
      ],
    };
    const stored = [first, second].flatMap((name) => batchesOf(name, 3).filter(({ number }) => number !== 2));
    world.engine.evaluations.set("restatement", { ...succeeded(...stored), status: "failed" });
    await world.runs.run(request({ restateModels: [first] }), options());
    return world;
  };

  it("keeps each word, and asks for those that are missing", async () => {
    const { runs } = await undecided();
    const named = async (said: Partial<ResumeOptions>) => {
      const { failure } = await runs.resume(null, options(said));
      return [failure?.code, [first, second].filter((name) => failure?.message.includes(name))];
    };
    expect(await named({})).toEqual(["RUN_UNDECIDED", [first, second]]);
    expect(await named({ written: [first] })).toEqual(["RUN_UNDECIDED", [second]]);
    expect(await named({})).toEqual(["RUN_UNDECIDED", [second]]);
  });

  it("needs no word on what reads a model that is rebuilt", async () => {
    const { engine, runs } = await undecided([first]);
    engine.evaluations.set("restatement", succeeded(...batchesOf(first, 3), ...batchesOf(second, 3)));
    const { result, failure } = await runs.resume(null, options({ rebuild: [first] }));
    expect(failure).toBeUndefined();
    expect(result.resumed?.rebuilt.toSorted()).toEqual([second, first]);
  });

  it("is shown with the commands that its last attempt named", async () => {
    const { runs, state } = await undecided();
    const { failure } = await runs.resume(null, options());
    const attempts = (await state.runs())[0]?.attempts ?? [];
    expect(attempts.at(-1)?.failure).toEqual({
      code: "RUN_UNDECIDED",
      message: failure?.message,
      hint: failure?.hint,
      next: failure?.next,
    });
    expect(failure?.next).toHaveLength(4);
  });
});

describe("a run that somebody else finishes meanwhile", () => {
  it.each([
    ["resume", (runs: RunService) => runs.resume(null, options())],
    ["abandon", (runs: RunService) => runs.abandon(null)],
  ])("is let be by who wanted to %s it", async (_, act) => {
    const { engine, runs, state, meanwhile } = setUp();
    engine.evaluations.set("restatement", failing);
    const { result } = await runs.run(request({ restateModels: ["oso.stg_events"] }), options());
    engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    meanwhile.happens = async () => {
      meanwhile.happens = async () => undefined;
      expect((await runs.resume(null, options())).failure).toBeUndefined();
    };
    const error = await errorOf(() => act(runs));
    expect(error).toMatchObject({
      code: "CONFLICT",
      message: `run ${result.run} is over: succeeded meanwhile`,
    });
    expect((await state.runs())[0]?.status).toBe("succeeded");
  });
});

describe("a plan", () => {
  it("applies nothing", async () => {
    const { engine, runs } = setUp();
    engine.deployment = { hasWork: true };
    const { result } = await runs.plan(request({ restateModels: ["oso.stg_events"] }));
    expect(result.restatement?.models.map(({ model: name }) => name)).toEqual(["oso.stg_events"]);
    expect(engine.calls.filter((call) => /^(apply|run)/.test(call))).toEqual([]);
  });

  it("after another run of this process has made the environment restates what is asked", async () => {
    const { engine, runs } = setUp();
    const loaded = { ...(await engine.load()), environments: [] };
    engine.load = async () => loaded;
    const { result } = await runs.plan(request({ restateModels: ["oso.stg_events"] }));
    expect(result.restatement?.models.map(({ model: name }) => name)).toEqual(["oso.stg_events"]);
  });

  it("for an environment that does not exist yet says that everything is built anyway", async () => {
    const { engine, runs } = setUp();
    engine.environments = [];
    const { result } = await runs.plan(request({ restateModels: ["oso.stg_events"] }));
    expect(result.restatement?.leftOut).toEqual([{ model: "oso.stg_events", reason: "deployed-now" }]);
    expect(engine.calls).toEqual(["load", "plan prod"]);
  });
});
