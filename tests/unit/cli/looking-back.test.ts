import { describe, expect, it } from "vitest";
import type { App } from "../../../src/cli/app.js";
import { PipelineError } from "../../../src/core/errors.js";
import type { Comparison } from "../../../src/release/diff.js";
import { errorOf } from "../../support/errors.js";
import { hash } from "../../support/fake-reference-store.js";
import { releaseOf } from "../../support/releases.js";
import { fakeApp, helpOf, type } from "./fake-app.js";

const from = { base: hash("a3"), at: hash("b3"), release: 3 };
const comparison: Comparison = {
  from: { asked: "consumer", ...from },
  to: { asked: "main", base: hash("a9"), at: hash("a9"), release: null },
  differences: [],
  others: [],
};
const back = {
  outcome: "would-publish",
  consumerTag: "consumer",
  from,
  to: hash("a2"),
  backwards: true,
  rollbackTo: 2,
  release: null,
  verification: null,
  views: null,
  recovered: [],
  pruned: [],
};

/** An app of which the history and the way back write down what they are asked. */
function app(result: object = back, compare: () => Promise<Comparison> = async () => comparison) {
  const asked: unknown[][] = [];
  const note =
    <R>(name: string, answer: () => Promise<R>) =>
    async (...given: unknown[]): Promise<R> => {
      asked.push([name, ...given]);
      return answer();
    };
  const history = {
    releases: note("releases", async () => ({
      consumer: { tag: "consumer", hash: null, release: null },
      releases: [],
      total: 0,
      disagreements: [],
    })),
    release: note("release", async () => ({ release: { ...releaseOf(2), seen: false }, disagreements: [] })),
    diff: note("diff", compare),
    compare: note("compare", compare),
    physical: note("physical", async () => ({ at: comparison.from, seen: true, models: [] })),
  };
  const releases = { rollback: note("rollback", async () => ({ result })) };
  const parts = fakeApp({
    releaseHistory: async () => history as unknown as Awaited<ReturnType<App["releaseHistory"]>>,
    releases: async () => releases as unknown as Awaited<ReturnType<App["releases"]>>,
  }).app;
  return { parts, asked };
}

describe("looking back from the command line", () => {
  it.each<[string, unknown[]]>([
    ["releases", ["releases", 20]],
    ["releases --limit 3", ["releases", 3]],
    ["releases 2", ["release", "2"]],
    ["diff", ["diff", "consumer", "main", false]],
    ["diff 6 7 --all", ["diff", "6", "7", true]],
    ["models --physical", ["physical", "consumer"]],
    ["models --physical --at 7", ["physical", "7"]],
  ])("`%s` asks the history, and nothing else", async (line, expected) => {
    const { parts, asked } = app();
    await type(line.split(" "), parts);
    expect(asked).toEqual([expected]);
  });

  it("names what --at goes with", async () => {
    expect(await errorOf(() => type(["models", "--at", "7"], app().parts))).toMatchObject({ code: "USAGE" });
  });

  it.each(["releases", "diff", "models", "rollback"])("gives examples of %s", async (command) => {
    expect(await helpOf([command])).toMatch(/Examples:\n +oso-pipeline/);
  });
});

describe("going back from the command line", () => {
  it("goes to the release before unless told which, and shows what that changes", async () => {
    const { parts, asked } = app();
    const { outcome } = await type(["rollback", "--dry-run"], parts);
    expect(asked).toEqual([
      ["rollback", { to: null, dryRun: true, reason: null }],
      [
        "compare",
        { asked: "consumer", ...from },
        { asked: "2", base: hash("a2"), at: hash("a2"), release: 2 },
        false,
      ],
    ]);
    expect(outcome.result).toEqual({ ...back, changes: comparison });
  });

  it("takes a number and a reason", async () => {
    const { parts, asked } = app();
    await type(["rollback", "5", "--reason", "wrong events"], parts);
    expect(asked[0]).toEqual(["rollback", { to: 5, dryRun: false, reason: "wrong events" }]);
  });

  it.each(["consumer-release-5", "0", "a1b2c3d4", "-1"])("does not take %s for a number", async (asked) => {
    expect(await errorOf(() => type(["rollback", "--", asked], app().parts))).toMatchObject({
      code: "USAGE",
    });
  });

  it("compares nothing where nothing was moved", async () => {
    const { parts, asked } = app({ ...back, outcome: "already-there" });
    const { outcome } = await type(["rollback"], parts);
    expect(outcome.result).toMatchObject({ changes: null });
    expect(asked).toHaveLength(1);
  });

  it("has gone back although what that changed could not be told; a dry run says so", async () => {
    const silent = async () => {
      throw new PipelineError("SERVICE_UNAVAILABLE", { message: "Nessie does not answer" });
    };
    const published = app({ ...back, outcome: "published", release: releaseOf(4) }, silent);
    expect((await type(["rollback"], published.parts)).outcome.result).toMatchObject({ changes: null });
    const error = await errorOf(() => type(["rollback", "--dry-run"], app(back, silent).parts));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
  });
});
