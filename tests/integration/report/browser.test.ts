import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderHtml } from "../../../src/report/html/page.js";
import { releaseReport } from "../../../src/report/model/release.js";
import type { Report } from "../../../src/report/model/report.js";
import { runReport } from "../../../src/report/model/run.js";
import { verificationReport } from "../../../src/report/model/verification.js";
import { type StartedBrowser, startBrowser } from "../../support/browser.js";
import { hostile } from "../../support/hostile.js";
import { lookAt, screens } from "../../support/look-at-page.js";
import { releaseOf } from "../../support/releases.js";
import { failedEntry } from "../../support/restatement-plans.js";
import {
  around,
  attempt,
  BEGAN,
  bigMemory,
  chainOf,
  iso,
  journalOf,
  MAIN_AFTER,
  pastCheck,
  pastVerification,
  runMemory,
} from "../../support/reports.js";

let browser: StartedBrowser;
let folder: string;

beforeAll(async () => {
  browser = await startBrowser();
  folder = await mkdtemp(join(tmpdir(), "oso-pipeline-report-"));
}, 120_000);

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

const failing = (): Report => {
  const plan = chainOf(
    ["oso.stg_github__events", "oso.int_events__github", "oso.events_daily_to_project"],
    6,
  );
  return runReport(
    runMemory({
      plan,
      journal: [
        ...journalOf(plan).slice(0, 9),
        {
          ...failedEntry("oso.int_events__github", { message: "boom ".repeat(200) }),
          at: iso(BEGAN + 30_000),
        },
      ],
      earlier: [{ run: { id: "20261114-142051-aaaa" }, journal: journalOf(plan) }],
      logs: [
        {
          attempt: 2,
          file: "/var/log/x.log",
          lines: ["Traceback (most recent call last):", "x".repeat(500)],
        },
      ],
      run: {
        status: "failed",
        attempts: [
          attempt({
            endedAt: iso(BEGAN + 20_000),
            failure: { code: "INTERRUPTED", message: "interrupted", hint: null, next: [] },
          }),
          attempt({
            number: 2,
            startedAt: iso(BEGAN + 86_400_000),
            endedAt: iso(BEGAN + 86_460_000),
            failure: {
              code: "TRANSFORMATION_FAILED",
              message: "oso.int_events__github failed",
              hint: "mend it",
              next: [],
            },
          }),
        ],
      },
      verifications: checked,
    }),
  );
};

const checked = [
  pastVerification({
    verdict: "failed",
    checks: [
      pastCheck({
        outcome: "failed",
        observed: "3 rows",
        failingRows: 3,
        rowsQuery: "SELECT * FROM iceberg.oso.a WHERE id IS NULL",
      }),
      pastCheck({ check: "fresh", outcome: "warned", severity: "warn" }),
      pastCheck({ check: "odd", outcome: "error", observed: "line 1:1: no such column" }),
      pastCheck({ check: "well" }),
    ],
    unpinned: [{ model: "oso.v", reason: "it asks for now()" }],
  }),
  pastVerification({
    at: "2026-11-20T14:30:00.000Z",
    checks: ["unique(id)", "fresh", "odd", "well"].map((check) => pastCheck({ check })),
  }),
];

const commit = { asked: "x", base: MAIN_AFTER, at: MAIN_AFTER, release: null };
const difference = {
  name: "oso.projects_v1",
  kind: "model",
  change: "changed",
  ways: ["rows", "columns"],
  from: { physical: null, rows: { rows: 10, exact: true } },
  to: { physical: null, rows: { rows: 12, exact: false } },
  columns: [{ column: "id", from: "int", to: "long" }],
  looked: true,
} as const;

const reports: Readonly<Record<string, () => Report>> = {
  "a run that failed in its second attempt": failing,
  "a run of many models": () => runReport(bigMemory(130, 2, 5)),
  "a run of hostile names": () => {
    const plan = chainOf(hostile, 2);
    return runReport(runMemory({ plan, logs: [{ attempt: 1, file: "x", lines: hostile }] }));
  },
  "a verification": () =>
    verificationReport(checked[0] ?? pastVerification(), { ...around, verifications: checked }),
  "a release": () =>
    releaseReport({
      ...around,
      release: releaseOf(7, { base: MAIN_AFTER }),
      isSeen: true,
      verifications: checked,
      comparison: {
        comparison: { from: commit, to: commit, differences: [difference], others: [] },
        release: 6,
      },
    }),
};

describe.each(Object.entries(reports))("the report of %s", (name, make) => {
  it.each(screens)(
    "is whole, quiet, accessible and as wide as the screen: $name",
    async (screen) => {
      const file = join(folder, `${name.replaceAll(" ", "-")}.html`);
      await writeFile(file, renderHtml(make()));
      const sight = await lookAt(browser.browser, file, screen);
      expect(sight.complaints).toEqual([]);
      expect(sight.requests).toEqual([]);
      expect(sight.violations).toEqual([]);
      expect(sight.overflow).toBe(0);
      expect(sight.landmarks).toEqual(["body > header", "main", "body > footer"]);
      expect(sight.headings.filter((heading) => heading.startsWith("H1"))).toHaveLength(1);
      expect(sight.background).toBe(screen.colorScheme === "dark" ? "rgb(15, 19, 24)" : "rgb(246, 247, 249)");
    },
    120_000,
  );
});
