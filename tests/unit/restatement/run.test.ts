import { describe, expect, it } from "vitest";
import type { Evaluation } from "../../../src/restatement/ports.js";
import type { RunRequest } from "../../../src/restatement/request.js";
import { RunService } from "../../../src/restatement/run.js";
import { errorOf } from "../../support/errors.js";
import { batchesOf, FakeEngine, noChanges, nothingToDo, planned } from "../../support/fake-engine.js";
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

function setUp() {
  const engine = new FakeEngine(models);
  return { engine, runs: new RunService({ engine, report: () => undefined, now: () => 0 }) };
}

describe("a run", () => {
  it("with nothing changed and nothing due applies nothing", async () => {
    const { engine, runs } = setUp();
    const { result, failure } = await runs.run(request());
    expect(result.status).toBe("nothing-to-do");
    expect(failure).toBeUndefined();
    expect(engine.calls).toEqual(["load", "plan prod", "run prod"]);
  });

  it("deploys changes first, then restates, then runs what is due, on one load", async () => {
    const { engine, runs } = setUp();
    engine.deployment = { hasWork: true, backfills: [planned("oso.projects_v1")] };
    engine.evaluations.set("deployment", succeeded(...batchesOf("oso.projects_v1", 1)));
    engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    const { result } = await runs.run(request({ restateModels: ["oso.stg_events"] }));
    expect(result.status).toBe("succeeded");
    expect(engine.calls).toEqual([
      "load",
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
    const { result } = await runs.run(request({ restateCategories: ["project"] }));
    expect(result.restatement?.asked).toEqual([
      { model: "oso.projects_v1", askedBy: ["entity_category=project"] },
    ]);
  });

  it("refuses a typo before anything is planned", async () => {
    const { engine, runs } = setUp();
    const error = await errorOf(() =>
      runs.run(request({ restateModels: ["oso.stg_events", "oso.stg_evnts"] })),
    );
    expect(error.code).toBe("SELECTOR_UNKNOWN");
    expect(engine.calls).toEqual(["load"]);
  });

  it("refuses to restate nothing but seeds before anything is planned", async () => {
    const { engine, runs } = setUp();
    const error = await errorOf(() => runs.run(request({ restateModels: ["oso.seed_projects"] })));
    expect(error).toMatchObject({ code: "RESTATEMENT_EMPTY", exitCode: 2 });
    expect(engine.calls).toEqual(["load"]);
  });

  it("refuses dates in prod without anything to restate", async () => {
    const { engine, runs } = setUp();
    expect((await errorOf(() => runs.run(request({ start: "2024-01-01" })))).code).toBe("USAGE");
    expect((await errorOf(() => runs.run(request({ end: "2024-01-01" })))).code).toBe("USAGE");
    expect(engine.calls).toEqual([]);
  });

  it("gives the dates to the restatement in prod, and to both plans elsewhere", async () => {
    const dates = { restateModels: ["oso.stg_events"], start: "2024-01-01", end: "2024-01-31" };
    const prod = setUp();
    prod.engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    await prod.runs.run(request(dates));
    expect(prod.engine.calls).toContain("plan prod");
    expect(prod.engine.calls).toContain("plan prod restate oso.stg_events 2024-01-01..2024-01-31");

    const dev = setUp();
    dev.engine.evaluations.set("restatement", succeeded(...batchesOf("oso.stg_events", 1)));
    await dev.runs.run(request({ ...dates, environment: "dev" }));
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
    const { result, failure } = await runs.run(request({ restateModels: ["oso.stg_events"] }));
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
    const { result, failure } = await runs.run(request({ restateModels: ["oso.stg_events"] }));
    expect(result.restatement?.incomplete).toEqual(["oso.stg_events", "oso.projects_v1"]);
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
    const { result } = await runs.run(request({ restateModels: ["oso.stg_events", "oso.projects_v1"] }));
    expect(engine.calls).toContain("plan prod restate oso.projects_v1");
    expect(result.restatement?.leftOut).toEqual([{ model: "oso.stg_events", reason: "deployed-now" }]);
  });

  it("refuses a restatement that SQLMesh would leave out whole, with the reasons", async () => {
    const { engine, runs } = setUp();
    engine.restatement = {
      restatements: [],
      leftOut: [{ model: "oso.stg_events", reason: "shared-with-prod" }],
    };
    const error = await errorOf(() =>
      runs.run(request({ environment: "dev", restateModels: ["oso.stg_events"] })),
    );
    expect(error.code).toBe("RESTATEMENT_EMPTY");
    expect(error.message).toContain("oso.stg_events (shared-with-prod)");
    expect(engine.calls.some((call) => call.startsWith("apply"))).toBe(false);
  });
});

describe("a run whose restatement is refused after a deployment", () => {
  it("tells what was deployed as well", async () => {
    const { engine, runs } = setUp();
    engine.deployment = { hasWork: true, backfills: [planned("oso.projects_v1")] };
    engine.evaluations.set("deployment", succeeded(...batchesOf("oso.projects_v1", 1)));
    engine.restatement = {
      restatements: [],
      leftOut: [{ model: "oso.stg_events", reason: "restatement-disabled" }],
    };
    const { result, failure } = await runs.run(request({ restateModels: ["oso.stg_events"] }));
    expect(failure).toMatchObject({ code: "RESTATEMENT_EMPTY", exitCode: 2 });
    expect(result.deployment?.models.map(({ model: name }) => name)).toEqual(["oso.projects_v1"]);
    expect(engine.calls).not.toContain("run prod");
  });
});

describe("a plan", () => {
  it("applies nothing", async () => {
    const { engine, runs } = setUp();
    engine.deployment = { hasWork: true };
    const { result } = await runs.plan(request({ restateModels: ["oso.stg_events"] }));
    expect(result.restatement?.plan.restatements.map(({ model: name }) => name)).toEqual(["oso.stg_events"]);
    expect(engine.calls.filter((call) => /^(apply|run)/.test(call))).toEqual([]);
  });

  it("for an environment that does not exist yet says that everything is built anyway", async () => {
    const { engine, runs } = setUp();
    engine.environments = [];
    const { result } = await runs.plan(request({ restateModels: ["oso.stg_events"] }));
    expect(result.restatement?.leftOut).toEqual([{ model: "oso.stg_events", reason: "deployed-now" }]);
    expect(engine.calls).toEqual(["load", "plan prod"]);
  });
});
