import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { renderAbandoned, renderApproval } from "../../../src/report/text/approval.js";
import { renderLeases, renderReleasedLease } from "../../../src/report/text/leases.js";
import { renderPlan } from "../../../src/report/text/plan.js";
import { renderRun } from "../../../src/report/text/run.js";
import { renderRuns } from "../../../src/report/text/runs.js";
import { renderRunDetails } from "../../../src/report/text/show-run.js";
import { renderStatus } from "../../../src/report/text/status.js";
import type { Terminal } from "../../../src/report/terminal.js";
import type { RunDetails } from "../../../src/restatement/history.js";
import type { RunRecord } from "../../../src/restatement/runs.js";
import {
  attempt,
  failed,
  failure,
  lease,
  outcome,
  plan,
  planResult,
  record,
  run,
  runResult,
  status,
  summaries,
  terminalOf,
} from "./fixtures.js";

const main = "99aa".padEnd(64, "1");
const approval = {
  digest: plan.digest,
  by: { name: "bob", from: "login" },
  at: "2026-11-21T14:20:00.000Z",
  until: "2026-11-28T14:20:00.000Z",
  comment: "agreed in the weekly meeting",
  summary: { environment: "prod", models: 5, batches: 38 },
  file: "plan.json",
} as const;

describe("the text of runs", () => {
  it("has one line for each, newest first, and the command that tells more", () => {
    expect(renderRuns({ runs: summaries, total: 7 }, terminalOf(120)).split("\n")).toEqual([
      "run                   state      batches        took  restates                in    by     started (UTC)",
      "20261122-060000-77aa  died          2/38              oso.stg_github__events  prod  alice  2026-11-21 14:20",
      `${run}  failed       15/38              oso.stg_github__events  prod  alice  2026-11-21 14:20`,
      "20261114-060002-b1c2  succeeded           48 min 7 s  nothing                 prod  bob    2026-11-14 06:00",
      "",
      "3 of 7 runs",
      "",
      "next: oso-pipeline show 20261122-060000-77aa  tells what is left",
    ]);
    expect(renderRuns({ runs: [], total: 0 }, terminalOf(80))).toBe("No run is remembered.");
  });
});

describe("the text of one run", () => {
  it("says what it was to do, what each attempt came to, what is left and what to type next", () => {
    expect(renderRunDetails(failed, terminalOf(80)).split("\n")).toEqual([
      `Run ${run} failed in prod`,
      "",
      "  restates  oso.stg_github__events: 5 models in 38 batches",
      "  by        alice, on GitHub",
      "  link      https://github.example.org/oso/actions/runs/42",
      "  started   2026-11-21 14:20 UTC",
      "  main      366be0c80000 before",
      "  plan      3fa94c1e77d0, agreed to by bob",
      "",
      "attempt  started (UTC)           took  host and pid   end",
      "      1  2026-11-21 14:20  20 min 9 s  runner-1 4711  BRIDGE_FAILED",
      "      2  2026-11-21 14:43   7 min 0 s  runner-2 4711  TRANSFORMATION_FAILED",
      "log on runner-2: .oso-pipeline/logs/sqlmesh.log",
      "",
      "Deployed in attempt 1",
      "model                  outcome  batches   rows    audits   work",
      "oso.stg_new__releases  done           2  2 000  2 passed  5.0 s",
      "",
      "Restated",
      "model                          outcome  batches    rows     audits   work",
      "oso.events_daily_to_project    left        0/12",
      "oso.int_events__github         failed      3/12   3 000   3 passed  7.5 s",
      "oso.int_repositories_history   left         0/1",
      "oso.key_metrics_by_project_v0  left         0/1",
      "oso.stg_github__events         done          12  12 000  12 passed   30 s",
      "✗ oso.int_events__github in attempt 2: Audits failed: not_null on the column",
      "  to_artifact_id, 17 failing rows",
      "",
      "Left: 23 of 38 batches of 4 models, then what is due",
      "",
      `next: oso-pipeline resume ${run}            does what is left`,
      `      oso-pipeline resume ${run} --abandon  gives it up`,
    ]);
  });

  it("that was killed says so of the attempt, which could not say why", () => {
    const attempts = [
      attempt(1),
      attempt(2, { failure: failure("BRIDGE_FAILED", "the bridge ended", "look at its log") }),
      attempt(3, { host: "runner-3" }),
    ];
    const text = (state: RunDetails["state"]) =>
      renderRunDetails({ ...failed, state, run: { ...record, attempts } }, terminalOf(80)).split("\n");
    expect(text("died")).toEqual(
      expect.arrayContaining([
        "      1  2026-11-21 14:20        runner-1 4711  died",
        "      3  2026-11-21 14:20        runner-3 4711  died",
        "log on runner-3: .oso-pipeline/logs/sqlmesh.log",
      ]),
    );
    expect(text("died").join("\n")).not.toContain("the bridge ended");
    expect(text("running")).toEqual(
      expect.arrayContaining([
        "      3  2026-11-21 14:20        runner-3 4711  at work",
        "✗ attempt 2: the bridge ended",
        "log on runner-1: .oso-pipeline/logs/sqlmesh.log",
      ]),
    );
    expect(text("running").join("\n")).not.toContain("look at its log");
  });

  it("that is not far says which steps are left, and one that was given up what it did not restate", () => {
    const left = (change: Partial<RunDetails>, step: RunRecord["step"] = "deploy") =>
      renderRunDetails({ ...failed, ...change, run: { ...record, step } }, terminalOf(100))
        .split("\n")
        .filter((line) => /^(Left|Given)/.test(line));
    const nothing = { batches: null, plan: null, models: [] };
    expect(left({})).toEqual(["Left: local changes, then 23 of 38 batches of 4 models, then what is due"]);
    expect(left(nothing)).toEqual(["Left: local changes, then what is due"]);
    expect(left({ batches: { planned: 38, stored: 0 } }, "restate")).toEqual([
      "Left: 38 batches of 4 models, then what is due",
    ]);
    expect(left(nothing, "due")).toEqual(["Left: what is due"]);
    expect(left({ state: "abandoned" })).toEqual(["Given up: 23 of 38 batches of 4 models"]);
    expect(left({ state: "abandoned", ...nothing })).toEqual([]);
  });

  it("that succeeded says when, and nothing of attempts or of what is left", () => {
    const text = renderRunDetails(
      {
        ...failed,
        state: "succeeded",
        run: {
          ...record,
          status: "succeeded",
          trigger: { source: "key", key: "weekly", by: { name: "ci", from: "configuration" }, link: null },
          endedAt: "2026-11-21T15:00:00.000Z",
          mainAtEnd: main,
          approvedBy: null,
          forcedAfter: "20261114-060002-b1c2",
          attempts: [attempt(1, { endedAt: "2026-11-21T15:00:00.000Z" })],
        },
        deployment: null,
        models: [],
        failures: [],
        due: { attempt: 1, models: [outcome("oso.hourly", 1, 1)], failures: [] },
        batches: { planned: 38, stored: 38 },
        holder: lease,
        next: [],
      },
      terminalOf(100),
    );
    expect(text.split("\n")).toEqual([
      `Run ${run} succeeded in prod`,
      "",
      "  restates  oso.stg_github__events: 5 models in 38 batches",
      "  by        ci, with the key weekly",
      "  started   2026-11-21 14:20 UTC",
      "  ended     2026-11-21 15:00 UTC, after 39 min 9 s",
      "  main      366be0c80000 before, 99aa11111111 after",
      "  plan      3fa94c1e77d0",
      "  after     run 20261114-060002-b1c2, which --force started anew",
      "  lease     alice on runner-2 (pid 4711) since 2026-11-21 14:20 UTC",
      "",
      "Ran by cadence",
      "model       outcome  batches   rows    audits   work",
      "oso.hourly  done           1  1 000  1 passed  2.5 s",
    ]);
  });
});

describe("the text of leases", () => {
  it("says who holds them, whether they live, and how to free them", () => {
    const leases = [lease, { ...lease, scope: "dev/local", holder: "dead" as const }];
    expect(renderLeases({ leases }, terminalOf(120)).split("\n")).toEqual([
      "lease      run                   holder     since (UTC)       by     host and pid   silent for at most",
      `oso/trino  ${run}  elsewhere  2026-11-21 14:20  alice  runner-2 4711           1 min 0 s`,
      `dev/local  ${run}  dead       2026-11-21 14:20  alice  runner-2 4711           1 min 0 s`,
      "",
      "next: oso-pipeline lease release oso/trino  takes it from its holder, which then stops",
      "      oso-pipeline lease release dev/local  frees it, as the next run does by itself",
    ]);
    expect(renderLeases({ leases: [] }, terminalOf(80))).toBe("Nobody holds a lease.");
    expect(renderReleasedLease({ scope: "oso/trino", holder: lease }, terminalOf(140)).split("\n")).toEqual([
      `Released the lease of oso/trino, held by run ${run} of alice on runner-2 (pid 4711) since 2026-11-21 14:20 UTC`,
      "",
      `next: oso-pipeline show ${run}  tells what that run has left`,
    ]);
  });
});

describe("the text of an approval", () => {
  it("says what was agreed to, by whom and until when, and the command that needs it", () => {
    expect(renderApproval(approval, terminalOf(80)).split("\n")).toEqual([
      "Approved 3fa94c1e77d0: 5 models in 38 batches in prod",
      "  by       bob",
      "  until    2026-11-28 14:20 UTC",
      "  comment  agreed in the weekly meeting",
      "",
      "next: oso-pipeline run --plan plan.json  restates exactly this",
    ]);
    const lasting = renderApproval({ ...approval, file: null, until: null, comment: null }, terminalOf(100));
    expect(lasting).toContain("  by     bob\n  until  for ever\n");
    expect(lasting).toContain(
      "next: oso-pipeline run --approval 3fa94c1e77d0  with the options of the plan restates it",
    );
  });
});

describe("the text of a run given up", () => {
  it("says what was not restated", () => {
    const text = renderAbandoned({ run, left: [{ model: "oso.a", batches: 3 }] }, terminalOf(100));
    expect(text.split("\n").slice(0, 4)).toEqual([
      `Abandoned run ${run}; not restated: 3 batches of 1 model`,
      "model  batches",
      "oso.a        3",
      "",
    ]);
    expect(renderAbandoned({ run, left: [] }, terminalOf(100))).toContain("; nothing of it was left\n");
  });
});

const everything: Readonly<Record<string, (terminal: Terminal) => string>> = {
  plan: (terminal) => renderPlan(planResult, terminal),
  run: (terminal) => renderRun(runResult, terminal, { failure: undefined, next: true }),
  runs: (terminal) => renderRuns({ runs: summaries, total: 3 }, terminal),
  show: (terminal) => renderRunDetails({ ...failed, holder: lease }, terminal),
  status: (terminal) => renderStatus(status, terminal),
  leases: (terminal) => renderLeases({ leases: [lease] }, terminal),
  "released lease": (terminal) => renderReleasedLease({ scope: "oso/trino", holder: lease }, terminal),
  approval: (terminal) => renderApproval(approval, terminal),
  "abandoned run": (terminal) => renderAbandoned({ run, left: [{ model: "oso.a", batches: 3 }] }, terminal),
};

describe.each(Object.entries(everything))("the text of the %s", (_, render) => {
  it.each([60, 80, 100, 120])("fits %i columns, commands to be copied apart", (columns) => {
    const lines = render(terminalOf(columns))
      .split("\n")
      .filter((line) => !line.includes("oso-pipeline "));
    expect(lines.filter((line) => stringWidth(line) > columns)).toEqual([]);
  });
});
