import { hostname } from "node:os";
import type { App } from "./cli/app.js";
import { diagnosing } from "./composition/diagnosing.js";
import { once } from "./composition/once.js";
import { type Edge, outsideOf } from "./composition/outside.js";
import { type Notifying, notifying } from "./composition/notifying.js";
import { looking } from "./composition/looking.js";
import { publishing } from "./composition/publishing.js";
import { surrounding } from "./composition/surrounding.js";
import { reporting } from "./composition/reporting.js";
import { settingUp } from "./composition/setting-up.js";
import { seeding } from "./composition/seeding.js";
import { verifying } from "./composition/verifying.js";
import type { MainHistory, RunningQueries, TransformationEngine } from "./restatement/ports.js";
import type { Trigger } from "./restatement/runs.js";

export type { Edge, Observe, ObservedPart } from "./composition/outside.js";

export interface Composition extends Notifying {
  readonly parts: App;
  /** Ends what was started, the bridge above all. */
  close(): Promise<void>;
}

/**
 * Joins the rooms: only here is known which adapter stands behind a port. Each part is imported and built when it is
 * first asked for, and once.
 */
export function createApp(edge: Edge): Composition {
  const { report, signal, workingDirectory } = edge;
  const outside = outsideOf(edge);
  const { observe, configuration, sqlmesh, trino, nessie, state } = outside;
  const others: Composition[] = [];

  const queriesOfRuns = once(async (): Promise<RunningQueries> => {
    const { runningQueries } = await import("./trino/queries.js");
    return observe("running-queries", runningQueries(await trino()));
  });

  async function triggerOf(runKey: string | null, requestDigest: string): Promise<Trigger> {
    const { config } = await configuration();
    const { triggerFrom } = await import("./orchestrators/trigger.js");
    return triggerFrom(edge.environment, { runKey, requestDigest, identity: config.approval.identity });
  }

  const surround = surrounding(outside);
  const verification = verifying(outside, surround);
  const { releases, releaseHistory, ledger } = publishing(outside, verification, surround);

  const parts: App = {
    report,
    print: edge.print,
    ask: edge.ask,
    signal,
    workingDirectory,
    configuration,
    forConfiguration: (file) => {
      const other = createApp({ ...edge, globals: { ...edge.globals, config: file } });
      others.push(other);
      return other.parts;
    },
    verification,
    releases,
    releaseHistory,
    doctor: diagnosing(outside),
    init: settingUp(edge),
    queries: trino,
    open: async (file) => (await import("./cli/open-file.js")).openFile(file),
    reports: reporting(outside, { ledger, releaseHistory }),
    seeds: seeding(outside, queriesOfRuns),
    runs: once(async () => {
      const { config } = await configuration();
      const [{ RunService }, { systemClock }] = await Promise.all([
        import("./restatement/run.js"),
        import("./state/clock.js"),
      ]);
      return new RunService({
        engine: observe<TransformationEngine>("engine", await sqlmesh()),
        state: await state(),
        main: observe<MainHistory>("main-history", await nessie()),
        queries: await queriesOfRuns(),
        policy: config.approval,
        trigger: triggerOf,
        report,
        signal,
        now: Date.now,
        monotonic: () => systemClock.now(),
        sleep: (milliseconds, until) => systemClock.sleep(milliseconds, { signal: until }),
        random: Math.random,
        surround: await surround(),
        host: { name: hostname(), pid: process.pid },
        clientTimeoutMilliseconds: config.trino.clientTimeoutMilliseconds,
      });
    }),
    history: once(async () => {
      const { RunHistory } = await import("./restatement/run-history.js");
      return new RunHistory(await state());
    }),
    status: looking(outside),
  };
  return {
    parts,
    ...notifying(outside),
    close: async () => {
      await Promise.all([...others, outside].map((one) => one.close()));
    },
  };
}
