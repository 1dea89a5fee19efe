import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideStart, halfRestated, type Start, type StartQuestion } from "../../../src/restatement/start.js";
import type { PipelineError } from "../../../src/core/errors.js";
import { isUnfinished, type RunRecord, type RunStatus } from "../../../src/restatement/runs.js";
import { errorOf } from "../../support/errors.js";
import { alice, runRecord, runRequest } from "../../support/restatement-plans.js";

const keyed = (id: string, key: string | null, overrides: Partial<RunRecord> = {}): RunRecord =>
  runRecord(id, { trigger: { source: "key", key, by: alice, link: null }, ...overrides });
const plain = { request: runRequest({ restateModels: [] }), requestDigest: "plain" };
const restating = { step: "restate", evidenceSince: 1 } as const;
const halfDone = { ...restating, status: "failed" } as const;

const start = (runs: readonly RunRecord[], asked: Partial<StartQuestion> & { key?: string } = {}): Start =>
  decideStart({
    trigger: { key: asked.key ?? null },
    requestDigest: "restate",
    scope: "oso/trino",
    force: false,
    ...asked,
    runs,
  });

const refusal = (decision: Start): PipelineError => {
  if (decision.kind !== "blocked") throw new Error(`it is ${decision.kind}`);
  return halfRestated(decision.run);
};

describe("a trigger without a key", () => {
  it("starts a run where none was", () => {
    expect(start([])).toEqual({ kind: "new", supersedes: [], after: null });
  });

  it("starts another run after the same request has succeeded or was abandoned", () => {
    const over = [runRecord("2"), runRecord("1", { status: "abandoned" })];
    expect(start(over)).toEqual({ kind: "new", supersedes: [], after: null });
  });

  it.each<[RunStatus, RunRecord["step"]]>([
    ["running", "deploy"],
    ["running", "restate"],
    ["failed", "restate"],
    ["interrupted", "restate"],
    ["failed", "due"],
  ])("goes on with a %s run of the same request in step %s", (status, step) => {
    const run = runRecord("1", { status, step });
    expect(start([run])).toEqual({ kind: "resume", run });
  });

  it("goes on with it also when a key began it, or when it is forced", () => {
    const run = keyed("1", "weekly", halfDone);
    expect(start([run])).toEqual({ kind: "resume", run });
    expect(start([run], { force: true })).toEqual({ kind: "resume", run });
  });

  it.each<[RunStatus, string]>([
    ["running", "run 1 died in the middle of its restatement; nothing was run"],
    ["failed", "run 1 failed in the middle of its restatement; nothing was run"],
    ["interrupted", "run 1 was interrupted in the middle of its restatement; nothing was run"],
  ])("is refused while another request's restatement is %s, with both ways out", (status, message) => {
    const run = runRecord("1", { ...restating, status });
    for (const asked of [{ requestDigest: "other" }, { requestDigest: "other", force: true }]) {
      const error = refusal(start([run], asked));
      expect(error).toMatchObject({ code: "RUN_UNFINISHED", exitCode: 8, message });
      expect(error.hint).toContain("`oso-pipeline resume 1`");
      expect(error.hint).toContain("`oso-pipeline resume 1 --abandon`");
    }
  });

  it("is refused for a plain run too", () => {
    const run = runRecord("1", halfDone);
    expect(start([run], { requestDigest: "plain" })).toEqual({ kind: "blocked", run });
  });

  it("with the file of another plan is another request", () => {
    const run = runRecord("1", { ...halfDone, planDigest: "a" });
    expect(start([run], { planDigest: "b" })).toEqual({ kind: "blocked", run });
    expect(start([run], { planDigest: "a" })).toEqual({ kind: "resume", run });
    expect(start([run], { planDigest: null })).toEqual({ kind: "resume", run });
  });

  it("replaces an unfinished plain run, even of the same request, for SQLMesh knows what is missing", () => {
    const run = runRecord("1", { ...plain, status: "failed", step: "due" });
    expect(start([run])).toEqual({ kind: "new", supersedes: [run], after: null });
    expect(start([run], { requestDigest: "plain" })).toEqual({ kind: "new", supersedes: [run], after: null });
  });

  it.each<[string, RunRecord["step"]]>([
    ["has not begun", "deploy"],
    ["is complete", "due"],
  ])("replaces another request's run whose restatement %s", (_, step) => {
    const run = runRecord("1", { status: "failed", step });
    expect(start([run], { requestDigest: "other" })).toEqual({ kind: "new", supersedes: [run], after: null });
  });

  it("passes over runs of another SQLMesh state", () => {
    const elsewhere = runRecord("1", { ...halfDone, scope: "other/trino" });
    expect(start([elsewhere], { requestDigest: "other" })).toEqual({
      kind: "new",
      supersedes: [],
      after: null,
    });
  });
});

describe("a trigger with a key", () => {
  it("that comes again goes on with its unfinished run, plain or not, forced or not", () => {
    const run = keyed("1", "weekly", halfDone);
    expect(start([run], { key: "weekly" })).toEqual({ kind: "resume", run });
    expect(start([run], { key: "weekly", force: true })).toEqual({ kind: "resume", run });
    const due = keyed("1", "weekly", { ...plain, status: "running", step: "deploy" });
    expect(start([due], { key: "weekly", requestDigest: "plain" })).toEqual({ kind: "resume", run: due });
  });

  it("does nothing after success, whatever is unfinished elsewhere", () => {
    const done = keyed("1", "weekly");
    expect(start([done], { key: "weekly" })).toEqual({ kind: "already-done", run: done });
    const other = runRecord("2", { ...halfDone, requestDigest: "other" });
    expect(start([other, done], { key: "weekly" })).toEqual({ kind: "already-done", run: done });
  });

  it("does nothing after success with a plan that was made anew since", () => {
    const done = keyed("1", "weekly", { planDigest: "a" });
    expect(start([done], { key: "weekly", planDigest: "b" })).toEqual({ kind: "already-done", run: done });
  });

  it("starts anew after success when forced, which is recorded", () => {
    expect(start([keyed("1", "weekly")], { key: "weekly", force: true })).toEqual({
      kind: "new",
      supersedes: [],
      after: "1",
    });
  });

  it("does nothing after a success that was forced anew and then abandoned", () => {
    const runs = [keyed("2", "weekly", { status: "abandoned" }), keyed("1", "weekly")];
    expect(start(runs, { key: "weekly" })).toMatchObject({ kind: "already-done", run: { id: "1" } });
  });

  it("does nothing after another request has replaced its run, which had restated everything", () => {
    const run = keyed("1", "weekly", { status: "abandoned", step: "due" });
    expect(start([run], { key: "weekly" })).toEqual({ kind: "already-done", run });
  });

  it.each<RunRecord["step"]>(["deploy", "restate"])(
    "starts anew after its run was abandoned in step %s",
    (step) => {
      const runs = [keyed("1", "weekly", { status: "abandoned", step })];
      expect(start(runs, { key: "weekly" })).toEqual({ kind: "new", supersedes: [], after: null });
    },
  );

  it.each<RunStatus>(["running", "failed", "interrupted", "succeeded", "abandoned"])(
    "is a conflict for another request than that of its %s run, forced or not",
    async (status) => {
      for (const force of [false, true]) {
        const runs = [keyed("1", "weekly", { status })];
        const error = await errorOf(() => start(runs, { key: "weekly", requestDigest: "other", force }));
        expect(error).toMatchObject({ code: "CONFLICT", exitCode: 8 });
        expect(error.message).toContain("run key weekly belongs to run 1");
      }
    },
  );

  it("is a conflict for the file of another plan than its unfinished run's", async () => {
    const runs = [keyed("1", "weekly", { ...halfDone, planDigest: "a" })];
    expect((await errorOf(() => start(runs, { key: "weekly", planDigest: "b" }))).code).toBe("CONFLICT");
  });

  it("does not go on with a run that another key began, even of the same request", () => {
    const run = keyed("1", "last week", halfDone);
    expect(start([run], { key: "this week" })).toEqual({ kind: "blocked", run });
  });

  it("means nothing in another SQLMesh state", () => {
    const elsewhere = keyed("1", "weekly", { scope: "other/trino", requestDigest: "other" });
    expect(start([elsewhere], { key: "weekly" }).kind).toBe("new");
  });
});

describe("whatever triggers come, and however their runs end,", () => {
  const trigger = fc.record({
    key: fc.constantFrom(null, "a", "b"),
    request: fc.constantFrom("restate", "other", "plain"),
    force: fc.boolean(),
    end: fc.constantFrom<RunStatus>("running", "failed", "interrupted", "succeeded", "abandoned"),
    step: fc.constantFrom<RunRecord["step"]>("deploy", "restate", "due"),
  });

  const scope = "oso/trino";
  /** Undefined where it is refused. */
  const decided = (question: StartQuestion): Start | undefined => {
    try {
      return decideStart(question);
    } catch {
      return undefined;
    }
  };

  it("at most one run is unfinished, no restatement is given up by another, and a key restates again only when forced or given up", () => {
    fc.assert(
      fc.property(fc.array(trigger, { maxLength: 30 }), (triggers) => {
        let runs: RunRecord[] = [];
        const wrong: string[] = [];
        const put = (run: RunRecord): void => {
          runs = [run, ...runs.filter(({ id }) => id !== run.id)];
        };
        for (const [index, { key, request, force, end, step }] of triggers.entries()) {
          const decision = decided({ trigger: { key }, requestDigest: request, runs, scope, force });
          const ended = {
            status: end,
            step: end === "succeeded" ? "done" : step,
            evidenceSince: step === "deploy" ? null : 1,
          } as const;
          if (decision?.kind === "resume") {
            if (!isUnfinished(decision.run)) wrong.push(`${index} takes up a run that is over`);
            put({ ...decision.run, ...ended });
          }
          if (decision?.kind !== "new") continue;
          const before = runs.filter((run) => key !== null && run.trigger.key === key);
          const isRestated = ({ status, step: at, requestDigest }: RunRecord): boolean =>
            status !== "abandoned" || (at === "due" && requestDigest !== "plain");
          if (!force && before.some(isRestated)) wrong.push(`${index} starts ${key} again`);
          if (decision.supersedes.some((run) => run.requestDigest !== "plain" && run.step === "restate"))
            wrong.push(`${index} gives up a restatement that is half done`);
          for (const run of decision.supersedes) put({ ...run, status: "abandoned" });
          put(
            keyed(String(index), key, {
              request: runRequest({ restateModels: request === "plain" ? [] : [request] }),
              requestDigest: request,
              ...ended,
            }),
          );
          if (runs.filter(isUnfinished).length > 1) wrong.push(`${index} leaves several runs unfinished`);
        }
        expect(wrong).toEqual([]);
      }),
    );
  });
});
