import { describe, expect, it } from "vitest";
import { releaseReport } from "../../../src/report/model/release.js";
import { runReport } from "../../../src/report/model/run.js";
import { verificationReport } from "../../../src/report/model/verification.js";
import { failedEntry, storedEntry } from "../../support/restatement-plans.js";
import { releaseOf } from "../../support/releases.js";
import {
  around,
  attempt,
  BEGAN,
  chainOf,
  iso,
  journalOf,
  MAIN_AFTER,
  pastCheck,
  pastVerification,
  RUN,
  runMemory,
} from "../../support/reports.js";

const plan = chainOf(["oso.a", "oso.b", "oso.c"], 2);
const failing = {
  plan,
  journal: [
    ...journalOf(plan).slice(0, 2),
    {
      ...failedEntry("oso.b", { message: "line 1:1: boom (query 20261121_142059_00042_x7k2q)" }),
      at: iso(BEGAN + 9000),
    },
  ],
  run: {
    status: "failed" as const,
    endedAt: null,
    mainAtEnd: null,
    attempts: [
      attempt({
        endedAt: iso(BEGAN + 10_000),
        failure: { code: "TRANSFORMATION_FAILED", message: "oso.b failed", hint: "mend it", next: [] },
      }),
    ],
  },
};

describe("a run's report", () => {
  it("says how it ended, and of each model what became of it and what it reads", () => {
    const report = runReport(runMemory(failing));
    expect(report.outcome).toEqual({ tone: "bad", word: "failed" });
    expect(
      report.models.map(({ model, outcome, reads, asked }) => ({ model, outcome, reads, asked })),
    ).toEqual([
      { model: "oso.a", outcome: "done", reads: [], asked: true },
      { model: "oso.b", outcome: "failed", reads: ["oso.a"], asked: false },
      { model: "oso.c", outcome: "left", reads: ["oso.b"], asked: false },
    ]);
    expect(report.summary).toBe("In prod, restating oso.stg_events: 1 model done, 1 failed, 4 batches left.");
    expect(report.next.map(({ command }) => command)).toContain(`oso-pipeline resume ${RUN}`);
  });

  it("tells failures with Trino's pages of the queries that they name, and the end of the log", () => {
    const logs = [{ attempt: 1, file: "/var/log/x.log", lines: ["Traceback", "boom"] }];
    const { failures } = runReport(runMemory({ ...failing, logs }));
    expect(failures[0]).toMatchObject({
      model: "oso.b",
      queries: [{ href: "https://trino.example.org/ui/query.html?20261121_142059_00042_x7k2q" }],
    });
    expect(failures.at(-1)).toMatchObject({ message: "oso.b failed", hint: "mend it", log: logs[0] });
  });

  it("places batches where they were stored, each as long as it took, and failures where they happened", () => {
    const { timeline } = runReport(runMemory(failing));
    expect(
      timeline?.lanes.map(({ model, bars }) => [
        model,
        bars.map(({ start, end }) => [start - BEGAN, end - BEGAN]),
      ]),
    ).toEqual([
      [
        "oso.a",
        [
          [0, 1000],
          [1000, 2000],
        ],
      ],
      ["oso.b", [[9000, 9000]]],
    ]);
    expect(timeline?.attempts).toEqual([
      { number: 1, start: BEGAN, end: BEGAN + 10_000, failure: "oso.b failed" },
    ]);
  });

  it("has no timeline where an older release did not write down when, and says so", () => {
    const journal = plan.models.flatMap(({ model, batches }) =>
      batches.map((one) => storedEntry(model, one)),
    );
    const report = runReport(runMemory({ plan, journal }));
    expect(report.timeline).toBeNull();
    expect(report.remarks).toContain("When each batch was stored is not known of this run.");
  });

  it("draws what deploying and cadence stored too, each as a step of its own", () => {
    const interval = { start: iso(0), end: iso(1) };
    const batch = {
      model: "oso.x",
      interval,
      rows: 3,
      milliseconds: 500,
      queries: ["q1"],
      at: iso(BEGAN + 900),
    };
    const outcome = {
      model: "oso.x",
      outcome: "done" as const,
      batches: { stored: 1, planned: 1 },
      rows: 3,
      milliseconds: 500,
      audits: { passed: 0, failed: 0 },
    };
    const report = runReport(
      runMemory({
        plan: null,
        journal: [
          { type: "step-ended", attempt: 1, step: "due", models: [outcome], failures: [], batches: [batch] },
        ],
      }),
    );
    expect(report.timeline?.lanes).toMatchObject([{ model: "oso.x", step: "due" }]);
    expect(report.models).toMatchObject([
      { model: "oso.x", step: "due", rows: 3, queries: [{ label: "q1" }] },
    ]);
  });

  it("lets a dead attempt last as long as it is known to have worked", () => {
    const attempts = [
      attempt(),
      attempt({ number: 2, startedAt: iso(BEGAN + 500_000), endedAt: iso(BEGAN + 510_000) }),
    ];
    const { timeline } = runReport(runMemory({ plan, run: { attempts, endedAt: null, status: "running" } }));
    expect(timeline?.attempts.map(({ start, end }) => [start - BEGAN, end - BEGAN])).toEqual([
      [0, 6000],
      [500_000, 510_000],
    ]);
  });

  it("compares rows with earlier runs of as many batches, oldest first, and with no others", () => {
    const earlier = (id: string, batches: number, rows: number) => ({
      run: { id },
      journal: journalOf(chainOf(["oso.a"], batches)).map((entry) =>
        entry.type === "batch-stored" ? { ...entry, rows } : entry,
      ),
    });
    const report = runReport(
      runMemory({ plan, earlier: [earlier("r3", 2, 30), earlier("r2", 7, 20), earlier("r1", 2, 10)] }),
    );
    expect(report.models[0]?.earlier.map(({ run, rows }) => [run, rows])).toEqual([
      ["r1", 20],
      ["r3", 60],
    ]);
    expect(report.models[1]?.earlier).toEqual([]);
  });

  it("compares rows with what readers saw, and knows what did not change", () => {
    const commit = { asked: "x", base: MAIN_AFTER, at: MAIN_AFTER, release: null };
    const difference = {
      name: "oso.a",
      kind: "model" as const,
      change: "changed" as const,
      ways: ["rows" as const],
      from: { physical: null, rows: { rows: 10, exact: true } },
      to: { physical: null, rows: { rows: 12, exact: false } },
      columns: [],
      looked: true,
    };
    const comparison = {
      comparison: { from: commit, to: commit, differences: [difference], others: [] },
      release: 3,
    };
    const [a, b] = runReport(runMemory({ plan, comparison })).models;
    expect(a?.readers).toEqual({ seen: { rows: 10, exact: true }, now: { rows: 12, exact: false } });
    expect(b?.readers).toBe("same");
  });

  it("shows the last verification of what it left, each check with its history, the worst first", () => {
    const look = (at: string, outcome: "passed" | "failed", base = MAIN_AFTER) =>
      pastVerification({
        at,
        base,
        verdict: outcome,
        checks: [pastCheck(), pastCheck({ check: "row_count", outcome })],
      });
    const verifications = [
      look("2026-11-21T16:00:00.000Z", "passed", "cd".repeat(32)),
      look("2026-11-21T15:00:00.000Z", "failed"),
      look("2026-11-20T15:00:00.000Z", "passed", "ef".repeat(32)),
      look("2026-11-19T15:00:00.000Z", "failed", "ef".repeat(32)),
    ];
    const { checks } = runReport(runMemory({ verifications }));
    expect(checks?.at).toBe("2026-11-21T15:00:00.000Z");
    expect(
      checks?.checks.map(({ check, outcome, history }) => [
        check,
        outcome,
        history.map((one) => one.outcome),
      ]),
    ).toEqual([
      ["row_count", "failed", ["failed", "passed"]],
      ["unique(id)", "passed", ["passed", "passed"]],
    ]);
  });

  it("links to whatever started it, and to nothing that is no address of the web", () => {
    const started = (link: string, source: "github" | "dagster") =>
      runReport(
        runMemory({ run: { trigger: { source, key: "k", by: { name: "ci", from: "github" }, link } } }),
      ).links;
    expect(started("https://user:secret@ci.example.org/run/7", "github")).toEqual([
      { label: "CI run", href: "https://ci.example.org/run/7" },
    ]);
    expect(started("https://dagster.example.org/runs/x", "dagster")).toMatchObject([
      { label: "Dagster run" },
    ]);
    expect(started("javascript:alert(1)", "github")).toEqual([]);
  });

  it("asks for nothing that has been done: what was published needs no publishing", () => {
    const releases = [releaseOf(7, { run: RUN, status: "published" })];
    expect(runReport(runMemory({ releases })).next).toEqual([]);
    expect(runReport(runMemory()).next.map(({ command }) => command)).toEqual(["oso-pipeline tag-consumer"]);
  });
});

describe("a verification's report", () => {
  it("counts its checks by outcome and tells which release it is of", () => {
    const checks = [pastCheck(), pastCheck({ check: "x", outcome: "warned", severity: "warn" })];
    const report = verificationReport(pastVerification({ verdict: "warned", checks, release: 3 }), around);
    expect(report.title).toBe("Verification of release 3");
    expect(report.outcome).toEqual({ tone: "warning", word: "warned" });
    expect(report.figures.map(({ label, value }) => [label, value])).toEqual([
      ["passed", "1"],
      ["warned", "1"],
    ]);
  });
});

describe("a release's report", () => {
  it("tells who made it, by which proof, and what is wrong with it", () => {
    const made = releaseOf(7, {
      status: "withdrawn",
      trouble: "the marker could not be read",
      attestation: null,
      reason: "hotfix",
    });
    const report = releaseReport({
      ...around,
      release: made,
      isSeen: false,
      comparison: { missing: "gone" },
    });
    expect(report.outcome).toEqual({ tone: "warning", word: "withdrawn" });
    expect(report.facts).toContainEqual({ label: "proof", text: "without verification: hotfix", href: null });
    expect(report.failures[0]?.message).toBe("the marker could not be read");
    expect(report.remarks).toEqual(["What changed is not told: gone."]);
  });
});
