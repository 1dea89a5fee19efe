import type { CommonMemory, RunMemory } from "../../src/report/model/memory.js";
import { describeRun } from "../../src/restatement/history.js";
import type { RestatementPlan } from "../../src/restatement/restatement-plan.js";
import type { JournalEntry, RunRecord } from "../../src/restatement/runs.js";
import type { PastCheck, PastVerification } from "../../src/verification/past.js";
import { alice, days, restated, restatementPlan, runRecord, storedEntry } from "./restatement-plans.js";

export const RUN = "20261121-142051-3f9a";
export const BEGAN = Date.UTC(2026, 10, 21, 14, 20, 51);
export const MAIN_AFTER = "ab".repeat(32);

export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

export const around: CommonMemory = {
  verifications: [],
  releases: [],
  trinoUrl: "https://trino.example.org",
  producedAt: "2026-11-21T15:00:00.000Z",
  toolVersion: "1.2.3",
};

export interface Remembered extends Partial<Omit<RunMemory, "details">> {
  readonly run?: Partial<RunRecord>;
  readonly plan?: RestatementPlan | null;
}

/** A plan of `models` one after the other, each reading the one before; batches of each take a second. */
export const chainOf = (names: readonly string[], batches = 1): RestatementPlan =>
  restatementPlan(
    names.map((name, index) =>
      restated(name, batches, {
        askedBy: index === 0 ? [name] : [],
        downstreamOf: names.slice(Math.max(0, index - 1), index),
      }),
    ),
  );

/** All batches of the plan stored, one after the other. */
export function journalOf(plan: RestatementPlan, attempt = 1): JournalEntry[] {
  let at = BEGAN;
  return plan.models.flatMap(({ model, batches }) =>
    batches.map((interval, index) => {
      at += 1000;
      const queries = [`20261121_142051_${String(index).padStart(5, "0")}_abcde`];
      return storedEntry(model, interval, { at: iso(at), attempt, queries });
    }),
  );
}

export const attempt = (overrides: Partial<RunRecord["attempts"][number]> = {}) => ({
  number: 1,
  startedAt: iso(BEGAN),
  endedAt: null,
  host: "vm",
  pid: 1,
  by: alice,
  link: null,
  sqlmeshVersion: "0.236.4",
  trinoUser: "oso",
  failure: null,
  logFile: "/var/log/sqlmesh.log",
  ...overrides,
});

/** A run that has succeeded in storing all of its plan, unless something else is said. */
export function runMemory(remembered: Remembered = {}): RunMemory {
  const { plan = chainOf(["oso.a", "oso.b", "oso.c"]), run, ...rest } = remembered;
  const journal = rest.journal ?? (plan === null ? [] : journalOf(plan));
  const record = runRecord(RUN, {
    startedAt: iso(BEGAN),
    endedAt: iso(BEGAN + 60_000),
    mainAtEnd: MAIN_AFTER,
    planDigest: plan?.digest ?? null,
    attempts: [attempt({ endedAt: iso(BEGAN + 60_000) })],
    ...run,
  });
  return {
    ...around,
    earlier: [],
    comparison: { missing: "nothing had been released before" },
    logs: [],
    ...rest,
    journal,
    details: describeRun(record, plan, journal, []),
  };
}

export const pastCheck = (overrides: Partial<PastCheck> = {}): PastCheck => ({
  model: "oso.a",
  check: "unique(id)",
  severity: "fail",
  outcome: "passed",
  expected: "id unique",
  observed: "none",
  failingRows: null,
  rowsQuery: null,
  from: null,
  where: "oso-pipeline.yaml:20:7",
  ...overrides,
});

export const pastVerification = (overrides: Partial<PastVerification> = {}): PastVerification => ({
  at: "2026-11-21T14:30:00.000Z",
  by: alice,
  base: MAIN_AFTER,
  release: null,
  comparedWith: null,
  selected: [],
  verdict: "passed",
  checks: [pastCheck()],
  unpinned: [],
  milliseconds: 1200,
  until: null,
  ...overrides,
});

/** As wide and deep as the warehouses that this is for: models in layers, each reading up to three of the layer before. */
export function bigMemory(models: number, batches: number, failing = 0): RunMemory {
  const width = 40;
  const name = (index: number): string =>
    `oso.int_events_daily_to_artifact_by_project_layer${Math.floor(index / width)}_${index % width}`;
  const plan = restatementPlan(
    Array.from({ length: models }, (_, index) =>
      restated(name(index), batches, {
        batches: days(batches),
        askedBy: index < 3 ? [name(index)] : [],
        downstreamOf:
          index < width
            ? []
            : [0, 7, 13].map((step) =>
                name((Math.floor(index / width) - 1) * width + ((index + step) % width)),
              ),
      }),
    ),
  );
  const failed = new Set(plan.models.slice(0, failing).map(({ model }) => model));
  const journal: JournalEntry[] = journalOf(plan)
    .filter((entry) => entry.type !== "batch-stored" || !failed.has(entry.model))
    .concat(
      [...failed].map((model, index) => ({
        type: "model-failed",
        attempt: 1,
        at: iso(BEGAN + 1000 * index),
        failure: {
          model,
          reason: "error",
          message: `line 1:1: Column '${model}' cannot be resolved`,
          audits: [],
        },
      })),
    );
  const earlier = Array.from({ length: 5 }, (_, index) => ({
    run: { id: `20261114-00000${index}-aaaa` },
    journal: journalOf(plan),
  }));
  const checks = plan.models.flatMap(({ model }) => [
    pastCheck({ model, check: "unique(event_id, project_id)" }),
    pastCheck({ model, check: "not_null(event_id, project_id, bucket_day)" }),
    pastCheck({ model, check: "row_count" }),
  ]);
  const verifications = Array.from({ length: 10 }, (_, index) =>
    pastVerification({ at: iso(BEGAN + 120_000 - index * 86_400_000), checks }),
  );
  const over = failing === 0 ? {} : ({ status: "failed", endedAt: null, mainAtEnd: null } as const);
  return runMemory({ plan, journal, earlier, verifications, run: over });
}
