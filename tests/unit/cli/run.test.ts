import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writePlanFile } from "../../../src/config/plan-file.js";
import { PipelineError } from "../../../src/core/errors.js";
import { digestOf } from "../../../src/restatement/digest.js";
import type { RunOptions } from "../../../src/restatement/run-options.js";
import { errorOf } from "../../support/errors.js";
import { plan as unsigned, run, terminalOf } from "../report/fixtures.js";
import { fakeApp, helpOf, type } from "./fake-app.js";

const plan = { ...unsigned, digest: digestOf(unsigned) };
const nothing = {
  runKey: null,
  force: false,
  plan: null,
  waitMilliseconds: 0,
  approval: null,
  yes: false,
  confirm: null,
};

async function optionsOf(...line: readonly string[]): Promise<RunOptions> {
  const { app, calls } = fakeApp();
  await type(["run", ...line], app);
  return calls[0]?.arguments[1] as RunOptions;
}

describe("run", () => {
  it("asks for what the options name, and for nothing to be answered where nobody is there", async () => {
    const { app, calls } = fakeApp();
    await type(["run", "--restate", "oso.a", "-r", "oso.b", "--start", "2024-01-01"], app);
    expect(calls).toEqual([
      {
        name: "run",
        arguments: [
          {
            environment: "prod",
            restateModels: ["oso.a", "oso.b"],
            restateCategories: [],
            start: "2024-01-01",
            end: null,
            skipTests: false,
            allowDestructiveModels: [],
          },
          nothing,
        ],
      },
    ]);
  });

  it("hands on who agreed, how long to wait and what started it", async () => {
    expect(
      await optionsOf(
        "--yes",
        "--approval",
        "3FA94C1E",
        "--run-key",
        "weekly-47",
        "--force",
        "--wait",
        "10m",
      ),
    ).toEqual({
      ...nothing,
      yes: true,
      approval: "3fa94c1e",
      runKey: "weekly-47",
      force: true,
      waitMilliseconds: 600_000,
    });
    expect((await optionsOf("--wait")).waitMilliseconds).toBe(Infinity);
    expect((await optionsOf("--wait", "--yes")).yes).toBe(true);
  });

  it.each([
    [["--approval", "3fa9"], /8 to 64 hexadecimal digits/],
    [["--approval", "plan.json"], /8 to 64 hexadecimal digits/],
    [["--run-key", ""], /1 to 200 letters, digits and signs/],
    [["--run-key", "a b"], /1 to 200 letters, digits and signs/],
    [["--wait", "soon"], /A duration is a number and ms, s, m, h, d or w/],
    [["--plan"], /argument missing/],
  ])("refuses %j with one clear error", async (line, message) => {
    const { app, calls } = fakeApp();
    await expect(type(["run", ...line], app)).rejects.toThrow(message);
    expect(calls).toEqual([]);
  });

  it("shows the person at the terminal what is to be restated, and hands on the answer", async () => {
    const shown: string[] = [];
    const { app, calls } = fakeApp({
      ask: async (show, question) => {
        shown.push(show(terminalOf(100)), question);
        return true;
      },
    });
    await type(["run", "--restate", "oso.a"], app);
    const options = calls[0]?.arguments[1] as RunOptions | undefined;
    expect(await options?.confirm?.(plan)).toBe(true);
    expect(shown[0]).toMatch(/^Restate 5 models in 38 batches in prod\nmodel /);
    expect(shown[1]).toBe("Restate this in prod?");
  });

  it("publishes afterwards where that is asked, but only prod and only what has succeeded", async () => {
    const { app, calls } = fakeApp();
    const { text } = await type(["run", "--publish"], app);
    expect(calls.map(({ name }) => name)).toEqual(["run", "publish"]);
    expect(text).toContain(`run ${run})\n\nAlready there: readers see release 1`);
    await expect(type(["run", "--publish", "--environment", "dev"], app)).rejects.toThrow(
      "--publish publishes prod, but the run is in dev",
    );
    const failure = new PipelineError("TRANSFORMATION_FAILED", { message: "oso.a failed" });
    const runs = await app.runs();
    const failing = fakeApp({
      runs: async () => ({ ...runs, run: async (...given) => ({ ...(await runs.run(...given)), failure }) }),
    });
    const { outcome } = await type(["run", "--publish"], failing.app);
    expect(outcome.failure).toBe(failure);
    expect(failing.calls).toEqual([]);
  });
});

describe("run --plan", () => {
  it("restates exactly what was saved", async () => {
    const { app, calls } = fakeApp();
    await writePlanFile(join(app.workingDirectory, "plan.json"), "plan.json", plan);
    await type(["run", "--plan", "plan.json"], app);
    expect(calls).toEqual([{ name: "run", arguments: [plan.request, { ...nothing, plan }] }]);
  });

  it.each([
    ["--restate", "oso.a"],
    ["--restate-category", "project"],
    ["--start", "2024-01-01"],
    ["--end", "2024-01-01"],
    ["--environment", "dev"],
    ["--skip-tests"],
    ["--allow-destructive-model", "oso.a"],
    ["--launchpad", "launchpad.yaml"],
  ])("takes no %s besides", async (...option) => {
    const { app, calls } = fakeApp();
    const error = await errorOf(() => type(["run", "--plan", "plan.json", ...option], app));
    expect(error).toMatchObject({
      code: "USAGE",
      message: `--plan says all of what is restated, so ${option[0]} has no meaning with it`,
    });
    expect(calls).toEqual([]);
  });
});

describe("plan --out", () => {
  it("saves the plan for approve and run, and names the file", async () => {
    const { app } = fakeApp();
    const runs = await app.runs();
    const planning = fakeApp({
      runs: async () => ({
        ...runs,
        plan: async (request) => ({
          result: { ...(await runs.plan(request)).result, restatement: plan, approval: "required" },
        }),
      }),
    });
    const { text } = await type(["plan", "--restate", "oso.a", "--out", "plan.json"], planning.app);
    expect(text).toContain("Saved in plan.json\n");
    const { text: approved } = await type(["approve", "plan.json", "--expires", "2d"], planning.app);
    expect(approved).toContain("next: oso-pipeline run --plan plan.json");
    await expect(type(["run", "--plan", "plan.json"], planning.app)).resolves.toBeDefined();
  });

  it("is refused where nothing is to be restated", async () => {
    const { app, calls } = fakeApp();
    expect(await errorOf(() => type(["plan", "--out", "plan.json"], app))).toMatchObject({
      code: "USAGE",
      message: "--out saves a restatement plan, but nothing is asked to be restated",
    });
    expect(calls).toEqual([]);
  });
});

describe("help", () => {
  it.each([
    ["run"],
    ["plan"],
    ["approve"],
    ["resume"],
    ["runs"],
    ["show"],
    ["status"],
    ["lease", "show"],
    ["lease", "release"],
  ])("of %s %s says what it does, with examples", async (...line) => {
    const help = await helpOf(line.filter(Boolean));
    expect(help).toMatch(new RegExp(`^Usage: oso-pipeline ${line.filter(Boolean).join(" ")} `));
    expect(help).toMatch(new RegExp(`\nExamples:\n  oso-pipeline ${line.filter(Boolean).join(" ")}`));
  });
});
