import { describe, expect, it } from "vitest";
import { renderPlan } from "../../../src/report/text/plan.js";
import { renderRestatementPlan } from "../../../src/report/text/restatement-plan.js";
import { noDeployment, plan, planResult, restated, terminalOf } from "./fixtures.js";

describe("the text of a restatement plan", () => {
  it("says what is restated and why, what is special about it, how much work it is, and what to type next", () => {
    expect(renderPlan(planResult, terminalOf(100)).split("\n")).toEqual([
      "Plan for prod; nothing has been changed.",
      "",
      "Restate 5 models in 38 batches in prod",
      "model                          from        to          batches  why",
      "oso.stg_github__events         2025-01-01  2025-01-13       12  asked by name",
      "oso.events_daily_to_project    2025-01-01  2025-01-13       12  reads oso.int_events__github",
      "oso.int_events__github         2025-01-01  2025-01-13       12  reads oso.stg_github__events",
      "oso.int_repositories_history   2025-01-01  2025-01-02        1  reads oso.stg_github__events, oso…",
      "oso.key_metrics_by_project_v0  2025-01-01  2025-01-02        1  reads oso.events_daily_to_project",
      "",
      "Full history, whatever the dates: oso.int_repositories_history, oso.key_metrics_by_project_v0",
      "Batches must not be written twice: oso.int_repositories_history (SCD_TYPE_2_BY_TIME)",
      "",
      "Not restated",
      "  oso.seed_github__events: a seed, SQLMesh reloads it when its file changes; ask for the models that",
      "  read it",
      "",
      "  estimate  7 min 4 s of work, 2 400 015 rows, by earlier runs; nothing is known of 2 models",
      "  as of     2026-11-21 14:20 UTC, in every attempt",
      "  digest    3fa94c1e77d0",
      "",
      "next: oso-pipeline approve 3fa94c1e77d0",
      "        the approval that it needs first",
      "      oso-pipeline run --restate oso.stg_github__events --start 2025-01-01 --end 2025-06-30",
      "        does it then",
    ]);
  });

  it("says of which models a run that dies may have to be decided about", () => {
    const models = plan.models.map((model) =>
      model.model === "oso.int_events__github"
        ? { ...model, kind: "CUSTOM" as const, repetition: "whole" as const }
        : model,
    );
    const text = renderRestatementPlan({ ...plan, models }, terminalOf(240));
    expect(text).toContain("; a run that dies may need your word on oso.int_events__github");
  });

  it("names the file it was saved in, and the commands that take it", () => {
    const saved = renderPlan({ ...planResult, file: "my plan.json" }, terminalOf(100)).split("\n");
    expect(saved).toContain("Saved in my plan.json");
    expect(saved.slice(-2)).toEqual([
      "next: oso-pipeline approve 'my plan.json'     the approval that it needs first",
      "      oso-pipeline run --plan 'my plan.json'  does it then",
    ]);
  });

  it.each([
    ["none", "does it"],
    ["prompt", "asks first and does it; --yes answers"],
  ] as const)("with the approval %s needs one command", (approval, does) => {
    const text = renderPlan({ ...planResult, approval, file: "plan.json" }, terminalOf(100));
    expect(text.split("\n").at(-1)).toBe(`next: oso-pipeline run --plan plan.json  ${does}`);
  });

  it("says which words asked, in which category, and writes the command with all options", () => {
    const text = renderPlan(
      {
        ...planResult,
        approval: "none",
        restatement: {
          ...plan,
          environment: "dev",
          request: {
            environment: "dev",
            restateModels: ["tag:a b"],
            restateCategories: ["project"],
            start: "1 week ago",
            end: null,
            skipTests: true,
            allowDestructiveModels: ["oso.a"],
          },
          models: [restated("oso.projects_v1", 1, { askedBy: ["entity_category=project"] })],
          leftOut: [],
        },
      },
      terminalOf(120),
    );
    expect(text).toContain("asked by entity_category=project");
    expect(text).toContain("estimate  none: no earlier run is known");
    expect(text).toContain(
      "oso-pipeline run --restate 'tag:a b' --restate-category project --start '1 week ago' --environment dev --skip-tests --allow-destructive-model oso.a",
    );
  });

  it("says which local changes come first", () => {
    const deployment = { ...noDeployment.changes, directlyModified: ["oso.a", "oso.b"] };
    expect(renderRestatementPlan({ ...plan, deployment }, terminalOf(100))).toContain(
      "  deploys   local changes first: oso.a, oso.b\n",
    );
  });

  it("says so when everything that was asked has left it", () => {
    const empty = {
      ...plan,
      models: [],
      leftOut: [{ model: "oso.a", reason: "deployed-now" as const }],
    };
    const text = renderPlan({ ...planResult, restatement: empty, approval: "none" }, terminalOf(100));
    expect(text).toContain("Restate nothing in prod\n");
    expect(text).toContain("oso.a: just built from new code, so complete already");
    expect(text).not.toContain("next:");
  });

  it("of one screen lists only the first models", () => {
    const text = renderRestatementPlan(plan, terminalOf(100), { most: 2 });
    expect(text).toContain("\nand 3 more models; `oso-pipeline plan` lists them all\n");
    expect(text).not.toContain("oso.int_events__github  ");
  });
});

describe("the text of a plan that only deploys", () => {
  it("lists what is filled, and says nothing where there is nothing to do", () => {
    const filled = {
      model: "oso.a",
      kind: "FULL",
      start: "2024-01-01T00:00:00.000Z",
      end: "2024-02-01T06:00:00.000Z",
      batches: 1,
      intervals: [],
      version: "1",
      fingerprint: "2",
      table: null,
      repetition: "each" as const,
      restatedParents: [],
      widened: false,
      selected: true,
    };
    const deployment = { ...noDeployment, hasWork: true, backfills: [filled] };
    const result = { ...planResult, restatement: null, approval: "none" as const };
    expect(renderPlan({ ...result, deployment }, terminalOf(80)).split("\n")).toEqual([
      "Plan for prod; nothing has been changed.",
      "",
      "Deploy 1 model to fill",
      "model  from        to                batches  kind",
      "oso.a  2024-01-01  2024-02-01 06:00        1  FULL",
      "",
      "next: oso-pipeline run  with the same options does it",
    ]);
    expect(renderPlan(result, terminalOf(80))).toBe(
      "Plan for prod; nothing has been changed.\n\nNothing to deploy and nothing to restate.",
    );
  });
});
