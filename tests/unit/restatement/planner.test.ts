import { describe, expect, it } from "vitest";
import type { Model } from "../../../src/core/model.js";
import { Planner } from "../../../src/restatement/planner.js";
import type { EvaluationPlan, LeftOut } from "../../../src/restatement/ports.js";
import { FakeEngine, noChanges, planned } from "../../support/fake-engine.js";
import { model } from "../../support/models.js";
import { alice, runRequest } from "../../support/restatement-plans.js";

const models: readonly Model[] = [
  model("oso.events"),
  model("oso.daily", { dependsOn: ["oso.events"] }),
  model("oso.inlined", { kind: "EMBEDDED", dependsOn: ["oso.events"] }),
  model("oso.history", { dependsOn: ["oso.inlined"], kind: "SCD_TYPE_2_BY_TIME" }),
  model("oso.totals", { dependsOn: ["oso.daily", "oso.history"] }),
  model("oso.other"),
];

/** What SQLMesh is asked to restate, and what is left out, where the deployment changes and fills these. */
async function drafted(
  changed: Partial<EvaluationPlan["changes"]>,
  filled: readonly string[],
  deployedEarlier: readonly LeftOut[] = [],
) {
  const engine = new FakeEngine(models);
  engine.deployment = {
    changes: { ...noChanges, ...changed },
    backfills: filled.map((name) => planned(name)),
  };
  const request = runRequest({ restateModels: ["oso.events"] });
  const planner = new Planner({ engine, report: () => undefined, now: () => 0 });
  const prepared = await planner.prepare(request);
  const deployment = await planner.deployment(request);
  const { plan, evaluation } = await planner.draft({
    request,
    prepared,
    deployment,
    isDeployed: true,
    executionTime: null,
    deployedEarlier,
    earlier: new Map(),
    createdBy: alice,
  });
  const asked = engine.calls.find((call) => call.includes(" restate "))?.split(" restate ")[1];
  return {
    restates: asked?.split(" ") ?? [],
    leftOut: plan.leftOut.map(({ model: name }) => name),
    isEmpty: evaluation === null,
  };
}

describe("a restatement of what the deployment changes", () => {
  it("restates what was asked where nothing is built anew", async () => {
    expect(await drafted({}, [])).toEqual({ restates: ["oso.events"], leftOut: [], isEmpty: false });
    expect(await drafted({ metadataUpdated: ["oso.events"] }, [])).toMatchObject({
      restates: ["oso.events"],
    });
  });

  it("restates what reads it where it alone is built anew, for that has not been asked in vain", async () => {
    expect(await drafted({ directlyModified: ["oso.events"] }, ["oso.events"])).toEqual({
      restates: ["oso.daily", "oso.history"],
      leftOut: ["oso.events"],
      isEmpty: false,
    });
  });

  it("restates kinds whose tables stay as they are when what they read is built anew", async () => {
    const changed = {
      directlyModified: ["oso.events"],
      indirectlyModified: ["oso.daily", "oso.inlined", "oso.history", "oso.totals"],
    };
    expect(await drafted(changed, ["oso.events", "oso.daily", "oso.totals"])).toEqual({
      restates: ["oso.history"],
      leftOut: ["oso.daily", "oso.events", "oso.totals"],
      isEmpty: false,
    });
  });

  it("restates nothing where all of it is built anew or new", async () => {
    const changed = {
      added: ["oso.totals"],
      directlyModified: ["oso.events"],
      indirectlyModified: ["oso.daily", "oso.inlined", "oso.history"],
    };
    expect(await drafted(changed, ["oso.events", "oso.daily", "oso.history", "oso.totals"])).toEqual({
      restates: [],
      leftOut: ["oso.daily", "oso.events", "oso.history", "oso.totals"],
      isEmpty: true,
    });
  });

  it("restates what is added and not built: production's record was lost, and its tables are as they were", async () => {
    const added = ["oso.events", "oso.daily", "oso.history", "oso.totals"];
    expect(await drafted({ added }, [])).toMatchObject({ restates: ["oso.events"], leftOut: [] });
  });

  it("restates the same in a later attempt, when all of it is deployed", async () => {
    const changed = { directlyModified: ["oso.events"], indirectlyModified: ["oso.daily", "oso.history"] };
    const first = await drafted(changed, ["oso.events", "oso.daily"]);
    const deployed = first.leftOut.map((name) => ({ model: name, reason: "deployed-now" as const }));
    expect(await drafted({}, [], deployed)).toEqual(first);
  });
});
