import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writePlanFile } from "../../../src/config/plan-file.js";
import { digestOf } from "../../../src/restatement/digest.js";
import { errorOf } from "../../support/errors.js";
import { plan as unsigned, run } from "../report/fixtures.js";
import { fakeApp, type } from "./fake-app.js";

const plan = { ...unsigned, digest: digestOf(unsigned) };
const nothing = {
  waitMilliseconds: 0,
  approval: null,
  yes: false,
  confirm: null,
  written: [],
  rebuild: [],
};

describe("resume", () => {
  it("goes on with the run that is named, or with the only one there is", async () => {
    const { app, calls } = fakeApp();
    const { text, outcome } = await type(["resume"], app);
    await type(["resume", run, "--yes", "--wait", "--approval", "3fa94c1e"], app);
    expect(calls).toEqual([
      { name: "resume", arguments: [null, nothing] },
      {
        name: "resume",
        arguments: [run, { ...nothing, yes: true, waitMilliseconds: Infinity, approval: "3fa94c1e" }],
      },
    ]);
    expect(text).toContain(`Done in prod: 2 models, 15 batches (3 min 4 s, run ${run})`);
    expect(outcome.result).toMatchObject({ outcome: "resumed", run });
  });

  it("takes a person's word on batches that nothing can decide", async () => {
    const { app, calls } = fakeApp();
    await type(["resume", run, "--written", "oso.a", "--written", "oso.b", "--rebuild", "oso.c"], app);
    expect(calls[0]?.arguments[1]).toEqual({
      ...nothing,
      written: ["oso.a", "oso.b"],
      rebuild: ["oso.c"],
    });
  });

  it("gives a run up", async () => {
    const { app, calls } = fakeApp();
    const { text, outcome } = await type(["resume", run, "--abandon"], app);
    expect(calls).toEqual([{ name: "abandon", arguments: [run] }]);
    expect(text).toContain(`Abandoned run ${run}; not restated: 3 batches of 1 model`);
    expect(outcome.result).toMatchObject({ outcome: "abandoned", run });
  });

  it.each([
    [["--abandon", "--yes"], "--abandon gives the run up, so --yes has no meaning with it"],
    [["--abandon", "--wait"], "--abandon gives the run up, so --wait has no meaning with it"],
    [["--abandon", "--written", "oso.a"], "--abandon gives the run up, so --written has no meaning with it"],
    [["--abandon", "--approval", "3fa94c1e"], "--abandon gives the run up, so --approval has no meaning"],
    [["--written", "oso.a", "--rebuild", "oso.a"], "oso.a is both --written and --rebuild"],
    [["--written", " "], "--written and --rebuild name a model"],
    [[""], "resume names no run"],
  ])("refuses %j", async (line, message) => {
    const { app, calls } = fakeApp();
    const error = await errorOf(() => type(["resume", ...line], app));
    expect(error).toMatchObject({ code: "USAGE", message: expect.stringContaining(message) });
    expect(calls).toEqual([]);
  });
});

describe("approve", () => {
  it("takes the digest that was shown", async () => {
    const { app, calls } = fakeApp();
    const { text } = await type(["approve", "3FA94C1E", "--expires", "2d", "--comment", "agreed"], app);
    expect(calls).toEqual([
      {
        name: "approve",
        arguments: [
          { digest: "3fa94c1e", plan: null, comment: "agreed", expiresMilliseconds: 2 * 86_400_000 },
        ],
      },
    ]);
    expect(text).toMatch(/^Approved 3fa94c1e77d0: 5 models in 38 batches in prod\n/);
  });

  it("takes the file that was saved", async () => {
    const { app, calls } = fakeApp();
    await writePlanFile(join(app.workingDirectory, "plan.json"), "plan.json", plan);
    await type(["approve", "plan.json"], app);
    expect(calls).toEqual([
      {
        name: "approve",
        arguments: [{ digest: plan.digest, plan, comment: null, expiresMilliseconds: null }],
      },
    ]);
  });

  it.each([
    [["approve"], /missing required argument/],
    [["approve", "missing.json"], /the plan missing\.json cannot be read: there is no such file/],
    [["approve", "3fa94c1e", "--expires", "never"], /A duration is a number/],
    [["approve", "3fa94c1e", "--comment", " "], /--comment says nothing/],
  ])("refuses %j", async (line, message) => {
    const { app, calls } = fakeApp();
    await expect(type(line, app)).rejects.toThrow(message);
    expect(calls).toEqual([]);
  });
});

describe("what is remembered", () => {
  it("is listed, the newest as many as asked", async () => {
    const { app, calls } = fakeApp();
    const { outcome, text } = await type(["runs", "--limit", "1"], app);
    await type(["runs"], app);
    expect(calls.map((call) => call.arguments)).toEqual([[1], [20]]);
    expect(outcome.result).toMatchObject({ runs: [{ state: "died" }, {}, {}], total: 3 });
    expect(text).toContain("3 runs");
    for (const limit of ["0", "-1", "1.5", "many", ""])
      await expect(type(["runs", `--limit=${limit}`], app)).rejects.toThrow("A count is a whole number");
  });

  it("is shown of one run, and of the whole warehouse, without starting SQLMesh", async () => {
    const { app, calls } = fakeApp({
      runs: () => {
        throw new Error("SQLMesh is started");
      },
    });
    expect((await type(["show", run], app)).text).toMatch(/^Run \S+ failed in prod\n/);
    expect((await type(["status"], app)).text).toMatch(/^ {2}readers +release 12 of /);
    expect(calls).toEqual([
      { name: "show", arguments: [run] },
      { name: "status", arguments: [] },
    ]);
    await expect(type(["show"], app)).rejects.toThrow("missing required argument");
  });

  it("tells who is at work, and takes the lease away", async () => {
    const { app, calls } = fakeApp();
    expect((await type(["lease", "show"], app)).text).toMatch(/^lease +run/);
    expect((await type(["lease", "release", "oso/trino"], app)).text).toMatch(
      /^Released the lease of oso\/trino/,
    );
    expect(calls[1]).toEqual({ name: "releaseLease", arguments: ["oso/trino"] });
    expect(await errorOf(() => type(["lease", "release", " "], app))).toMatchObject({ code: "USAGE" });
  });
});
