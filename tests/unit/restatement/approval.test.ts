import { describe, expect, it } from "vitest";
import {
  type ApprovalPolicy,
  approvalMissing,
  judge,
  needed,
  newApproval,
} from "../../../src/restatement/approval.js";
import { shortDigest } from "../../../src/restatement/digest.js";
import type { Actor } from "../../../src/core/actor.js";
import { alice, bob, restated, restatementPlan } from "../../support/restatement-plans.js";

const policy = (overrides: Partial<ApprovalPolicy> = {}): ApprovalPolicy => ({
  mode: "required",
  environments: ["prod"],
  freeUpTo: { models: null, batches: null },
  byAnother: false,
  expiresMilliseconds: null,
  ...overrides,
});
const plan = restatementPlan([restated("oso.a", 3), restated("oso.b", 2)]);
const now = Date.parse("2026-11-21T12:00:00.000Z");
const hour = 3_600_000;

describe("what a plan needs", () => {
  it.each<[string, Partial<ApprovalPolicy>, string]>([
    ["what the policy says", {}, "required"],
    ["a prompt where the policy says so", { mode: "prompt" }, "prompt"],
    ["nothing where the policy says so", { mode: "none" }, "none"],
    ["nothing in another environment", { environments: ["staging"] }, "none"],
    ["nothing when both its figures are small enough", { freeUpTo: { models: 2, batches: 5 } }, "none"],
    ["nothing when its only limited figure is", { freeUpTo: { models: null, batches: 5 } }, "none"],
    ["approval with one model too many", { freeUpTo: { models: 1, batches: 5 } }, "required"],
    ["approval with one batch too many", { freeUpTo: { models: 2, batches: 4 } }, "required"],
  ])("is %s", (_, change, expected) => {
    expect(needed(policy(change), plan)).toBe(expected);
  });

  it("is nothing when it restates nothing", () => {
    expect(needed(policy(), restatementPlan([]))).toBe("none");
  });
});

describe("an approval", () => {
  const given = (by: Actor = alice, expiresMilliseconds: number | null = null) =>
    newApproval({ plan, by, now, expiresMilliseconds, comment: null }, policy());
  const verdict = (
    approvals: readonly ReturnType<typeof given>[],
    change: Partial<ApprovalPolicy> = {},
    later = 0,
  ) => judge({ policy: policy(change), plan, approvals, plannedBy: alice, now: now + later });

  it("says what was approved, by whom, and until when", () => {
    const approval = newApproval(
      { plan, by: bob, now, expiresMilliseconds: null, comment: "as agreed" },
      { expiresMilliseconds: hour },
    );
    expect(approval).toEqual({
      digest: plan.digest,
      by: bob,
      at: "2026-11-21T12:00:00.000Z",
      until: "2026-11-21T13:00:00.000Z",
      comment: "as agreed",
      summary: { environment: "prod", models: 2, batches: 5 },
    });
  });

  it("may hold longer than the policy says when it says so itself", () => {
    const { until } = newApproval(
      { plan, by: bob, now, expiresMilliseconds: 2 * hour, comment: null },
      { expiresMilliseconds: hour },
    );
    expect(until).toBe("2026-11-21T14:00:00.000Z");
  });

  it("holds for its plan and names who gave it", () => {
    expect(verdict([given(bob)])).toEqual({ kind: "approved", by: bob });
  });

  it("holds for no other plan", () => {
    expect(verdict([{ ...given(), digest: "another" }])).toEqual({ kind: "missing", reason: "none" });
    expect(verdict([])).toEqual({ kind: "missing", reason: "none" });
  });

  it("expires at its hour", () => {
    expect(verdict([given(bob, hour)], {}, hour - 1).kind).toBe("approved");
    expect(verdict([given(bob, hour)], {}, hour)).toEqual({ kind: "missing", reason: "expired" });
  });

  it("that was given for ever expires under a policy that has a limit by now", () => {
    expect(verdict([given(bob)], { expiresMilliseconds: hour }, hour)).toEqual({
      kind: "missing",
      reason: "expired",
    });
  });

  it("of who runs it counts unless somebody else is asked for, whatever the source of the name", () => {
    expect(verdict([given(alice)]).kind).toBe("approved");
    const byAnother = { byAnother: true };
    expect(verdict([given(alice)], byAnother)).toEqual({ kind: "missing", reason: "by-planner" });
    const elsewhere = { ...given(), by: { name: "Alice", from: "github" } satisfies Actor };
    expect(verdict([elsewhere], byAnother)).toEqual({ kind: "missing", reason: "by-planner" });
    expect(verdict([given(alice), given(bob)], byAnother)).toEqual({ kind: "approved", by: bob });
  });

  it("that is missing names the command that gives it", () => {
    const error = approvalMissing(plan, "expired", "required");
    expect(error).toMatchObject({ code: "APPROVAL_MISSING", exitCode: 10 });
    expect(error.hint).toContain(`\`oso-pipeline approve ${plan.digest}\``);
    expect(error.hint).not.toContain("--yes");
    expect(error.next.map(({ command }) => command)).toEqual([
      `oso-pipeline approve ${shortDigest(plan.digest)}`,
    ]);
    expect(approvalMissing(plan, "none", "prompt").hint).toMatch(/--yes.*oso-pipeline approve/);
    expect(error.message).toContain(
      "2 models in 5 batches in prod needs an approval: its approval has expired",
    );
  });
});
