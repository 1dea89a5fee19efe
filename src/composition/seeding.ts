import { hostname } from "node:os";
import { dirname, join, relative } from "node:path";
import type { RunningQueries } from "../restatement/ports.js";
import type { LeaseParts } from "../restatement/under-lease.js";
import type { SeedService } from "../seeds/add.js";
import type { Workbench } from "../seeds/ports.js";
import { once } from "./once.js";
import type { Outside } from "./outside.js";

/** Makes seeds. SQLMesh is started once their files are there, for it loads a project once. */
export function seeding(
  outside: Outside,
  queries: () => Promise<RunningQueries>,
): () => Promise<Pick<SeedService, "add">> {
  const { edge, configuration, trino } = outside;
  return once(async () => {
    const { config, file } = await configuration();
    const [{ SeedService }, { projectFiles }] = await Promise.all([
      import("../seeds/add.js"),
      import("../sqlmesh/project-files.js"),
    ]);
    const keyPath = join(dirname(file), ".oso-pipeline", "seed-mask.key");
    return new SeedService({
      source: await trino(),
      files: projectFiles(config.sqlmesh.project, {
        path: keyPath,
        shown: relative(edge.workingDirectory, keyPath),
      }),
      workbench: workbench(outside, queries),
      report: edge.report,
      signal: edge.signal,
      now: Date.now,
      catalog: config.trino.catalogs.producer,
    });
  });
}

/** SQLMesh under the lease of its state, as a run has it. */
function workbench(outside: Outside, queries: () => Promise<RunningQueries>): Workbench {
  const { edge, configuration, sqlmesh, state } = outside;
  const { report, signal } = edge;
  return {
    async build(models, environment) {
      const [{ config }, engine] = await Promise.all([configuration(), sqlmesh()]);
      const [{ scopeOf }, { drainDead, sourceOf, underLease }, { newRunId }, { systemClock }, { whoActs }] =
        await Promise.all([
          import("../restatement/planner.js"),
          import("../restatement/under-lease.js"),
          import("../restatement/run-id.js"),
          import("../state/clock.js"),
          import("../orchestrators/trigger.js"),
        ]);
      const parts: LeaseParts = {
        engine,
        state: await state(),
        queries: await queries(),
        report,
        signal,
        now: Date.now,
        monotonic: () => systemClock.now(),
        sleep: (milliseconds, until) => systemClock.sleep(milliseconds, { signal: until }),
        host: { name: hostname(), pid: process.pid },
        clientTimeoutMilliseconds: config.trino.clientTimeoutMilliseconds,
      };
      const project = await engine.load();
      const id = newRunId(new Date(), Math.random);
      const by = whoActs(edge.environment, config.approval.identity);
      const work = { run: id, scope: scopeOf(project), trigger: { by }, waitMilliseconds: 0 };
      return underLease(parts, work, async (lease) => {
        await drainDead(parts, lease, []);
        await engine.mark({ source: sourceOf(id), clientTags: ["oso-pipeline", "seed"] });
        const plan = await engine.plan({
          environment,
          restate: [],
          start: null,
          end: null,
          skipTests: true,
          allowDestructive: [],
          executionTime: null,
          onlyModels: models,
        });
        const { failures, skipped } = plan.hasWork
          ? await engine.apply(plan.planId, report)
          : { failures: [], skipped: [] };
        const tables = new Map(
          [...plan.modified, ...plan.backfills].flatMap(({ model, table }) =>
            table === null ? [] : [[model, table]],
          ),
        );
        return { failures, skipped, tables, sqlmeshVersion: project.sqlmeshVersion };
      });
    },
  };
}
