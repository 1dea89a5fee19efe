import { beforeAll, describe, expect, it } from "vitest";
import type { FinishedBatch, Interval } from "../../src/core/events.js";
import type { EvaluationPlan, ModelRange, PlannedModel } from "../../src/restatement/ports.js";
import type { SqlMeshClient } from "../../src/sqlmesh/client.js";
import { deploy } from "../support/bridge-scenario.js";
import { errorOf } from "../support/errors.js";
import { interpreterFor, releases } from "./environments.js";
import { copiedProject, projectsWith, quiet } from "./resumed-projects.js";

const RESTATED = "2024-02-02T06:00:00.000Z";
const restateDaily = { ...deploy, restate: ["lab.daily"], executionTime: RESTATED };

const dev = { ...deploy, environment: "dev", start: "2024-01-01" };

const days = (from: number, to: number): Interval => {
  const day = (number: number): string => `2024-01-${String(number).padStart(2, "0")}T00:00:00.000Z`;
  return { start: day(from), end: day(to) };
};
const planned: Readonly<Record<string, readonly Interval[]>> = {
  "lab.daily": [days(1, 4), days(4, 7), days(7, 10), days(10, 13)],
  "lab.history": [days(1, 6), days(6, 11), days(11, 13)],
  "lab.log": [days(1, 13)],
  "lab.report": [days(1, 13)],
  "lab.totals": [days(1, 13)],
};

const batchesIn = (models: readonly PlannedModel[]): Record<string, readonly Interval[]> =>
  Object.fromEntries(models.map(({ model, intervals }) => [model, intervals]));

const namesOf = (ranges: readonly Pick<FinishedBatch, "model" | "interval">[]): string[] =>
  ranges.map(({ model, interval }) => `${model} ${interval.start.slice(0, 10)}`).toSorted();

/** One range per model, from its first batch that is not stored to its last. */
function unfinished(plan: EvaluationPlan, stored: readonly ModelRange[]): ModelRange[] {
  const done = new Set(namesOf(stored));
  return plan.restatements.flatMap(({ model, intervals }) => {
    const left = intervals.filter((interval) => !done.has(namesOf([{ model, interval }])[0] ?? ""));
    const [first, last] = [left[0], left.at(-1)];
    return first && last ? [{ model, interval: { start: first.start, end: last.end } }] : [];
  });
}

describe.each(releases.filter(({ restates }) => restates))(
  "with SQLMesh $version a restatement",
  (release) => {
    let python = "";
    beforeAll(async () => {
      python = await interpreterFor(release);
    });

    const { using, built, run, data } = projectsWith(() => python);

    it.each(["lab.daily 2024-01-07", "lab.history 2024-01-06", "lab.log 2024-01-01", "lab.totals"])(
      "that died before %s goes on with exactly what is left, and gives the data of an undisturbed one",
      async (killAt) => {
        const undisturbed = await built();
        await using(undisturbed, async (client) => {
          const plan = await client.plan(restateDaily);
          expect((await client.apply(plan.planId, quiet)).status).toBe("succeeded");
        });

        const project = await built();
        const told: FinishedBatch[] = [];
        const first = await using(
          project,
          async (client) => {
            const plan = await client.plan(restateDaily);
            const error = await errorOf(() =>
              client.apply(plan.planId, (event) => {
                if (event.type === "batch-finished") told.push(event.batch);
              }),
            );
            expect(error).toMatchObject({
              code: "BRIDGE_FAILED",
              message: expect.stringContaining("SIGKILL"),
            });
            return plan;
          },
          { environment: { KILL_AT: killAt } },
        );
        expect(batchesIn(first.restatements)).toEqual(planned);

        await using(project, async (client) => {
          const again = await client.plan(restateDaily);
          expect(again.restatements).toEqual(first.restatements);
          expect(again).toMatchObject({ executionTime: RESTATED, environmentFinalized: true });
          expect(again.environmentPlanId).toBe(first.environmentPlanId);
          const stored = await client.stored(again.planId, first.evidenceSince);
          expect(namesOf(stored)).toEqual(namesOf(told));

          const left = unfinished(again, stored);
          const narrowed = await client.narrow(again.planId, left);
          const count = (models: readonly PlannedModel[]): number =>
            models.reduce((sum, { batches }) => sum + batches, 0);
          expect(count(narrowed.restatements)).toBe(count(again.restatements) - stored.length);
          const { status, batches } = await client.apply(narrowed.planId, quiet);
          expect(status).toBe("succeeded");
          expect(batches).toHaveLength(count(narrowed.restatements));

          const after = await client.plan(restateDaily);
          expect(after).toMatchObject({ environmentPlanId: narrowed.planId, environmentFinalized: true });
          expect(await client.stored(after.planId, first.evidenceSince)).toHaveLength(
            Object.values(planned).flat().length,
          );
        });
        expect(await data(project)).toBe(await data(undisturbed));
      },
    );

    it("says of each model what a resumption needs to know", async () => {
      const project = await built();
      await using(project, async (client) => {
        expect((await client.load()).project).toBe("resumed");
        const { restatements } = await client.plan(restateDaily);
        const known = restatements.map(({ model, repetition, restatedParents, table }) => [
          model,
          repetition,
          restatedParents,
          table?.replace(/\d+$/, "#") ?? null,
        ]);
        expect(known).toEqual([
          ["lab.daily", "each", [], "sqlmesh__lab.lab__daily__#"],
          ["lab.history", "last", ["lab.daily"], "sqlmesh__lab.lab__history__#"],
          ["lab.log", "whole", ["lab.daily"], "sqlmesh__lab.lab__log__#"],
          ["lab.report", "each", ["lab.totals"], null],
          ["lab.totals", "each", ["lab.daily"], "sqlmesh__lab.lab__totals__#"],
        ]);
        for (const { version, fingerprint } of restatements) {
          expect(version).toMatch(/^\d+$/);
          expect(fingerprint).toMatch(/^\d+(-\d+){3}$/);
        }
      });
    });

    it("without dates ends where production is, and means the same when it is built again after others ran", async () => {
      const project = await built("2024-01-06T12:00:00.000Z");
      await using(project, async (client) => {
        const then = { ...restateDaily, executionTime: "2024-01-06T12:00:00.000Z" };
        const first = await client.plan(then);
        expect(batchesIn(first.restatements)["lab.daily"]).toEqual([days(1, 4), days(4, 6)]);
        // What production has not built yet is no part of a restatement, whenever it is asked for.
        const now = await client.plan({ ...then, executionTime: null });
        expect(batchesIn(now.restatements)).toEqual(batchesIn(first.restatements));

        expect((await client.runDue({ environment: "prod" }, quiet)).status).toBe("succeeded");
        const again = await client.plan(then);
        expect(again.restatements).toEqual(first.restatements);
        // These days were run since; the table would not be replaced but added to.
        const error = await errorOf(() => client.apply(again.planId, quiet));
        expect(error).toMatchObject({
          code: "PLAN_STALE",
          message: expect.stringMatching(/lab\.(history|log)/),
        });
      });
    });

    const development = async (project: string): Promise<void> => {
      await using(
        project,
        async (client) => {
          const plan = await client.plan(dev);
          expect((await client.apply(plan.planId, quiet)).status).toBe("succeeded");
        },
        { environment: { FACTOR: "2" } },
      );
    };
    const missingInDevelopment = (project: string): Promise<string[]> =>
      using(project, async (client) => (await client.plan(dev)).backfills.map(({ model }) => model), {
        environment: { FACTOR: "2" },
      });

    it.each([
      ["nothing is left", []],
      ["a part is left", [{ model: "lab.report", interval: days(1, 13) }]],
    ])("of which %s clears other environments for all that it began with", async (_, left) => {
      const project = await built();
      await development(project);
      expect(await missingInDevelopment(project)).toEqual([]);
      await using(project, async (client) => {
        const plan = await client.plan({ ...restateDaily, start: "2024-01-02", end: "2024-01-03" });
        const narrowed = await client.narrow(plan.planId, left);
        expect(narrowed.restatements.map(({ model }) => model)).toEqual(left.map(({ model }) => model));
        const evaluation = await client.apply(narrowed.planId, quiet);
        expect(evaluation).toMatchObject({ status: "succeeded", replacedMeanwhile: [] });
        expect(namesOf(evaluation.batches)).toEqual(namesOf(left));
      });
      expect(await missingInDevelopment(project)).toContain("lab.daily");
    });

    it("succeeds where another environment has versions of which nothing was ever built", async () => {
      const project = await built();
      await run(
        project,
        `from sqlmesh import Context
context = Context(paths=".")
context.apply(context.plan_builder("dev", skip_backfill=True, skip_tests=True).build())`,
        { FACTOR: "2" },
      );
      await using(project, async (client) => {
        const plan = await client.plan(restateDaily);
        expect((await client.apply(plan.planId, quiet)).status).toBe("succeeded");
        const after = await client.plan(restateDaily);
        expect(after).toMatchObject({ environmentPlanId: plan.planId, environmentFinalized: true });
      });
    });

    it("names the models of which another plan deployed new versions meanwhile", async () => {
      const project = await built();
      await using(
        project,
        async (client) => {
          const plan = await client.plan(restateDaily);
          const evaluation = await client.apply(plan.planId, quiet);
          expect(evaluation).toMatchObject({ status: "succeeded", failures: [] });
          expect(evaluation.replacedMeanwhile).toEqual(
            expect.arrayContaining(["lab.daily", "lab.report", "lab.totals"]),
          );
        },
        { environment: { DEPLOY_AT: "lab.history 2024-01-11" } },
      );
    });

    it("in a development environment is found again in the tables of that environment", async () => {
      const project = await built();
      const work = async (client: SqlMeshClient): Promise<readonly PlannedModel[]> => {
        const plan = await client.plan(dev);
        const { batches } = await client.apply(plan.planId, quiet);
        const restating = { ...dev, restate: ["lab.daily"] };
        const restated = await client.plan(restating);
        const done = await client.apply(restated.planId, quiet);
        expect(done.batches).toHaveLength(batches.length);
        const again = await client.plan({ ...restating, executionTime: restated.executionTime });
        const stored = await client.stored(again.planId, restated.evidenceSince);
        expect(namesOf(stored)).toEqual(namesOf(done.batches));
        return plan.backfills;
      };
      const backfills = await using(project, work, { environment: { FACTOR: "2" } });
      const tables = await run(
        project,
        `import duckdb
rows = duckdb.connect("warehouse.db").execute("SELECT table_schema || '.' || table_name FROM information_schema.tables")
print("\\n".join(name for name, in rows.fetchall()))`,
      );
      const written = backfills.flatMap(({ table }) => (table === null ? [] : [table]));
      expect(tables.split("\n")).toEqual(expect.arrayContaining(written));
    });

    it("takes a batch as written of which a person says so", async () => {
      const project = await built();
      await using(project, async (client) => {
        const plan = await client.plan(restateDaily);
        expect(await client.stored(plan.planId, plan.evidenceSince)).toEqual([]);
        const written = [{ model: "lab.history", interval: days(1, 6) }];
        await client.acceptAsWritten(plan.planId, written);
        expect(await client.stored(plan.planId, plan.evidenceSince)).toEqual(written);
      });
    });

    it("that is broken off has told every batch that SQLMesh stored", async () => {
      const project = await built();
      const controller = new AbortController();
      const told: FinishedBatch[] = [];
      const since = await using(
        project,
        async (client) => {
          const plan = await client.plan(restateDaily);
          const error = await errorOf(() =>
            client.apply(plan.planId, (event) => {
              if (event.type !== "batch-finished") return;
              told.push(event.batch);
              controller.abort();
            }),
          );
          expect(error.code).toBe("INTERRUPTED");
          return plan.evidenceSince;
        },
        { signal: controller.signal },
      );
      await using(project, async (client) => {
        const plan = await client.plan(restateDaily);
        const stored = await client.stored(plan.planId, since);
        expect(namesOf(stored)).toEqual(namesOf(told));
        expect(told.length).toBeLessThan(Object.values(planned).flat().length);
      });
    });

    it("ends when nobody says any more that it may write", async () => {
      const project = await built();
      await using(project, async (client) => {
        const plan = await client.plan(restateDaily);
        client.permit(1);
        const error = await errorOf(() => client.apply(plan.planId, quiet));
        expect(error).toMatchObject({ code: "LEASE_LOST", exitCode: 8 });
      });
      await using(project, async (client) => {
        const plan = await client.plan(restateDaily);
        expect(plan.environmentFinalized).toBe(true);
      });
    });
  },
);

describe.each(releases.filter(({ restates }) => !restates))(
  "with SQLMesh $version a restatement",
  (release) => {
    it("is neither narrowed nor looked for", async () => {
      const python = await interpreterFor(release);
      const { using } = projectsWith(() => python);
      await using(await copiedProject(), async (client) => {
        const plan = await client.plan(deploy);
        expect((await client.apply(plan.planId, quiet)).status).toBe("succeeded");
        for (const asked of [
          () => client.narrow(plan.planId, []),
          () => client.stored(plan.planId, 0),
          () => client.acceptAsWritten(plan.planId, []),
        ]) {
          expect((await errorOf(asked)).code).toBe("VERSION_UNSUPPORTED");
        }
      });
    });
  },
);
