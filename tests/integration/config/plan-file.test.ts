import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPlanFile, writePlanFile } from "../../../src/config/plan-file.js";
import { digestOf } from "../../../src/restatement/digest.js";
import { folderWith } from "../../support/config-files.js";
import { errorOf } from "../../support/errors.js";
import { plan as unsigned } from "../../unit/report/fixtures.js";

const plan = { ...unsigned, digest: digestOf(unsigned) };

/** A file as `writePlanFile` writes it, changed by hand. */
async function edited(change: (content: Record<string, unknown>) => unknown): Promise<string> {
  const file = join(folderWith({}), "plan.json");
  await writePlanFile(file, "plan.json", plan);
  const content = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify(change(content)));
  return file;
}

const refusal = (file: string) => errorOf(() => readPlanFile(file, "plan.json"));

describe("a plan file", () => {
  it("gives back what was saved, and says first what it is", async () => {
    const folder = folderWith({});
    const file = join(folder, "plan.json");
    await writePlanFile(file, "plan.json", plan);
    expect(await readPlanFile(file, "plan.json")).toEqual(plan);
    expect(readFileSync(file, "utf8").split("\n").slice(0, 4)).toEqual([
      "{",
      '  "kind": "oso-pipeline/restatement-plan",',
      '  "schema": 1,',
      `  "digest": "${plan.digest}",`,
    ]);
    expect(readdirSync(folder)).toEqual(["plan.json"]);
  });

  it("survives fields that a later release adds", async () => {
    const file = await edited((content) => ({ ...content, cost: 5 }));
    expect(await readPlanFile(file, "plan.json")).toEqual(plan);
  });

  it.each([
    ["another environment", (content: object) => ({ ...content, environment: "dev" })],
    ["fewer models", (content: object) => ({ ...content, models: plan.models.slice(1) })],
    ["a later end", (content: object) => ({ ...content, request: { ...plan.request, end: "2025-12-31" } })],
    ["another digest", (content: object) => ({ ...content, digest: "0".repeat(64) })],
  ])("that was edited to %s is stale", async (_, change) => {
    expect(await refusal(await edited(change))).toMatchObject({
      code: "PLAN_STALE",
      exitCode: 8,
      message: "plan.json was changed after it was written: what it restates does not fit its digest",
      where: "plan.json",
    });
  });

  it("of a newer release is refused by its version, whatever else it holds", async () => {
    expect(await refusal(await edited(({ kind }) => ({ kind, schema: 2 })))).toMatchObject({
      code: "VERSION_UNSUPPORTED",
      message: "plan.json is a restatement plan of schema 2; this release reads 1",
    });
  });

  it.each([
    ["that is no plan", (): unknown => ({ models: [] }), "plan.json is no restatement plan"],
    ["that is a list", (): unknown => [], "plan.json is no restatement plan"],
    ["that is null", (): unknown => null, "plan.json is no restatement plan"],
    [
      "with a field of another type",
      (content: object): unknown => ({ ...content, scope: 5 }),
      "plan.json is a broken restatement plan: scope must be text, not a number: put it in quotes",
    ],
    [
      "with several problems",
      (content: object): unknown => ({
        ...content,
        scope: 5,
        models: [{ ...plan.models[0], batches: "all" }],
      }),
      "plan.json is a broken restatement plan: scope must be text, not a number: put it in quotes (and 1 more problem)",
    ],
    [
      "without its models",
      (content: object): unknown => ({ ...content, models: undefined }),
      "plan.json is a broken restatement plan: models is missing",
    ],
  ])("%s is refused with what is wrong", async (_, change, message) => {
    expect(await refusal(await edited(change))).toMatchObject({ code: "USAGE", message, where: "plan.json" });
  });

  it("that is cut short, missing or a folder is refused", async () => {
    const folder = folderWith({ "cut.json": `{"kind": "oso-pipe` });
    mkdirSync(join(folder, "folder"));
    expect(await refusal(join(folder, "cut.json"))).toMatchObject({
      code: "USAGE",
      message: "plan.json is no restatement plan: it is not JSON",
    });
    expect(await refusal(join(folder, "none.json"))).toMatchObject({
      code: "USAGE",
      message: "the plan plan.json cannot be read: there is no such file or folder",
    });
    expect(await refusal(join(folder, "folder"))).toMatchObject({
      message: "the plan plan.json cannot be read: it is a folder",
    });
  });

  it("is not written where there is no such folder", async () => {
    const file = join(folderWith({}), "none", "plan.json");
    expect(await errorOf(() => writePlanFile(file, "none/plan.json", plan))).toMatchObject({
      code: "USAGE",
      message: "the plan cannot be written to none/plan.json: there is no such file or folder",
    });
  });
});
