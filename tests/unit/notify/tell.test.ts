import { describe, expect, it } from "vitest";
import type { Ended } from "../../../src/notify/ended.js";
import { nothingTold } from "../../../src/notify/memory.js";
import { recovered, tell } from "../../../src/notify/tell.js";
import { releaseOf } from "../../support/releases.js";
import { planResult, plan, runResult } from "../report/fixtures.js";
import {
  check,
  context,
  error,
  publication,
  publicationEnded,
  runEnded,
  verification,
  verificationEnded,
} from "./ends.js";

const told = (ended: Ended, isAttended = false): string[] =>
  tell([ended], { ...context, isAttended }).alerts.map(
    ({ event, severity, title }) => `${event} ${severity}: ${title}`,
  );
const ends = (ended: Ended): string[] =>
  tell([ended], context).ends.map(({ subject, isFailure }) => `${subject} ${isFailure ? "failed" : "well"}`);

describe("what is told of a run", () => {
  it("is nothing where it succeeded, which ends what had failed", () => {
    expect(told(runEnded())).toEqual([]);
    expect(ends(runEnded())).toEqual(["run prod well"]);
    expect(ends(runEnded({ result: { ...runResult, status: "already-done" } }))).toEqual([]);
  });

  it("is that it failed, with the models and what was not attempted", () => {
    const models = [
      { model: "oso.a", outcome: "failed" as const },
      { model: "oso.b", outcome: "skipped" as const },
    ].map((one) => ({
      ...one,
      batches: { stored: 0, planned: 1 },
      rows: null,
      milliseconds: 0,
      audits: { passed: 0, failed: 0 },
    }));
    const due = {
      status: "failed" as const,
      models,
      failures: [{ model: "oso.a", reason: "error" as const, message: "line 1:8:\n no column", audits: [] }],
    };
    const ended = runEnded({
      result: { ...runResult, status: "failed", due },
      failure: error("TRANSFORMATION_FAILED"),
    });
    const [alert] = tell([ended], context).alerts;
    expect(alert).toMatchObject({
      event: "run_failed",
      severity: "error",
      title: "Run in prod failed",
      text: "it did not work",
      lists: [
        { title: "Failed", lines: ["oso.a: line 1:8: no column"] },
        { title: "Not attempted because of that", lines: ["oso.b"] },
      ],
      next: `oso-pipeline show ${runResult.run}`,
    });
    expect(ends(ended)).toEqual(["run prod failed"]);
  });

  it("is that somebody's work is in the way, or that it was broken off, as no more than a warning", () => {
    expect(told(runEnded({ result: null, failure: error("LEASE_HELD") }))).toEqual([
      "run_failed warning: Run in prod failed",
    ]);
    expect(told(runEnded({ result: null, failure: error("TERMINATED") }))).toEqual([
      "run_failed warning: Run in prod was interrupted",
    ]);
  });

  it("is nothing that whoever typed it sees, and all of it where nobody sees it", () => {
    for (const code of ["USAGE", "SELECTOR_UNKNOWN", "INTERRUPTED"] as const) {
      expect(told(runEnded({ result: null, failure: error(code) }), true)).toEqual([]);
      expect(told(runEnded({ result: null, failure: error(code) }), false)).toHaveLength(1);
    }
    expect(told(runEnded({ failure: error("TRANSFORMATION_FAILED") }), true)).toHaveLength(1);
  });

  it("is that it waits for an approval, which is no failure", () => {
    const ended = runEnded({ result: null, failure: error("APPROVAL_MISSING"), environment: "staging" });
    expect(told(ended)).toEqual(["approval_wanted warning: A restatement in staging waits for approval"]);
    expect(ends(ended)).toEqual([]);
  });
});

describe("what is told of a plan", () => {
  it("is that it waits for an approval, where one is required", () => {
    expect(told({ kind: "plan", result: planResult })).toEqual([
      "approval_wanted warning: A restatement in prod waits for approval",
    ]);
    expect(told({ kind: "plan", result: { ...planResult, approval: "prompt" } })).toEqual([]);
    expect(told({ kind: "plan", result: { ...planResult, restatement: null } })).toEqual([]);
  });

  it("is that it is approved", () => {
    const result = {
      digest: plan.digest,
      by: { name: "bob", from: "login" } as const,
      at: "2026-11-21T14:20:00.000Z",
      until: null,
      comment: "agreed",
      summary: { environment: "prod", models: 1, batches: 3 },
    };
    expect(tell([{ kind: "approval", result }], context).alerts).toMatchObject([
      { event: "approved", text: "bob agrees to restating 1 model in 3 batches." },
    ]);
  });
});

describe("what is told of a verification", () => {
  it("is nothing where all passed", () => {
    expect(told(verificationEnded())).toEqual([]);
    expect(ends(verificationEnded())).toEqual(["verify main well"]);
  });

  it("is which checks failed, what they found, and no row of the data", () => {
    const ended = verificationEnded({
      result: verification({
        verdict: "failed",
        checks: [check("failed"), check("passed"), check("warned")],
      }),
      failure: error("CHECKS_FAILED", "1 of 3 checks failed"),
    });
    const [alert] = tell([ended], context).alerts;
    expect(alert).toMatchObject({
      event: "checks_failed",
      title: "1 check failed on main",
      lists: [
        {
          title: "Failed",
          lines: ["oso.projects_v1 unique(project_id): 3 values are there twice (expected: each value once)"],
        },
        { title: "Warned", lines: [expect.any(String)] },
      ],
    });
    expect(JSON.stringify(alert)).not.toContain("someone@example.org");
    expect(ends(ended)).toEqual(["verify main failed"]);
  });

  it("is that checks warned, or that models were read live", () => {
    expect(
      told(verificationEnded({ result: verification({ verdict: "warned", checks: [check("warned")] }) })),
    ).toEqual(["checks_warned warning: Verification of main passed with warnings"]);
  });

  it("is that it could not be done at all", () => {
    expect(told(verificationEnded({ result: null, failure: error("SERVICE_UNAVAILABLE") }))).toEqual([
      "checks_failed error: main could not be verified",
    ]);
  });
});

describe("what is told of a publication", () => {
  it("is what readers see from now on", () => {
    expect(told(publicationEnded())).toEqual(["published info: Readers see release 2"]);
    expect(ends(publicationEnded())).toEqual(["publish consumer well"]);
  });

  it("is louder where it was not verified, and where it is a way back", () => {
    const unverified = publication({ release: releaseOf(2, { attestation: null }) });
    expect(told(publicationEnded({ result: unverified }))).toEqual([
      "published warning: Readers see release 2",
    ]);
    const back = publication({ release: releaseOf(3), backwards: true, rollbackTo: 1 });
    expect(told(publicationEnded({ result: back, isRollback: true }))).toEqual([
      "rolled_back warning: Gone back: readers see release 3, which is release 1 again",
    ]);
  });

  it("is the failing checks, and not besides that it was not published", () => {
    const failed = verification({ verdict: "failed", checks: [check("failed")] });
    const ended = publicationEnded({
      result: publication({ outcome: "refused", release: null, verification: failed }),
      failure: error("CHECKS_FAILED"),
    });
    expect(told(ended)).toEqual(["checks_failed error: 1 check failed on main"]);
    expect(ends(ended)).toEqual(["verify main failed"]);
  });

  it("is both that it was published and that checks warned", () => {
    const warned = verification({ verdict: "warned", checks: [check("warned")] });
    expect(
      told(publicationEnded({ result: publication({ verification: warned }) })).map(
        (one) => one.split(" ")[0],
      ),
    ).toEqual(["checks_warned", "published"]);
  });

  it("is nothing where there was nothing to publish, or only a look", () => {
    expect(
      told(publicationEnded({ result: publication({ outcome: "already-there", release: null }) })),
    ).toEqual([]);
    const look = publicationEnded({ result: publication({ outcome: "would-publish", release: null }) });
    expect([...told(look), ...ends(look)]).toEqual([]);
  });

  it("is that it failed, before or after it had a result", () => {
    expect(told(publicationEnded({ result: null, failure: error("TAG_MOVED") }))).toEqual([
      "publish_failed warning: Publishing to consumer failed",
    ]);
    expect(
      told(publicationEnded({ result: null, failure: error("FILES_MISSING"), isRollback: true })),
    ).toEqual(["publish_failed error: Going back to an earlier release failed"]);
  });
});

describe("a recovery", () => {
  const since = "2026-11-20T08:00:00.000Z";
  const failing = { failing: [{ subject: "run prod", since, title: "Run in prod failed" }], told: [] };

  it("is the first success of what had failed", () => {
    const { ends: well } = tell([runEnded()], context);
    expect(recovered(well, failing, "prod")).toMatchObject({
      event: "recovered",
      title: "Recovered: run in prod",
      lists: [{ lines: ["Run in prod failed, since 2026-11-20 08:00 UTC"] }],
    });
    expect(recovered(well, nothingTold, "prod")).toBeNull();
  });

  it("is none while it goes on failing, or of something else", () => {
    const { ends: again } = tell([runEnded({ failure: error("TRANSFORMATION_FAILED") })], context);
    expect(recovered(again, failing, "prod")).toBeNull();
    expect(recovered(tell([verificationEnded()], context).ends, failing, "prod")).toBeNull();
  });
});
