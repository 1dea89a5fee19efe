import { randomUUID } from "node:crypto";
import { PipelineError } from "../core/errors.js";
import type { Ended } from "../notify/ended.js";
import type { Delivery, Notifier } from "../notify/notifier.js";
import type { Target } from "../notify/ports.js";
import { once } from "./once.js";
import type { Outside } from "./outside.js";

export interface Notifying {
  /** Never throws: whatever becomes of alerts changes nothing of what they tell. */
  notify(ended: readonly Ended[]): Promise<readonly Delivery[]>;
}

/** Requests for what earlier commands told: an alert does not wait for them long. */
const PATIENCE = { timeoutMs: 5_000, retry: { retries: 1 } } as const;

export function notifying(outside: Outside): Notifying {
  const { edge, configuration } = outside;
  // Ends what is still being asked when the command ends, and would keep the process from ending.
  const over = new AbortController();

  const notifier = once(async (): Promise<Notifier | null> => {
    const loaded = await configuration();
    const { config } = loaded;
    if (config.notifications.targets.length === 0) return null;
    const [
      { Notifier },
      { alertMemory },
      { startedBy },
      { redactorOf },
      { freshnessIn },
      targets,
      { records, state },
    ] = await Promise.all([
      import("../notify/notifier.js"),
      import("../state/alert-memory.js"),
      import("../orchestrators/trigger.js"),
      import("./redacting.js"),
      import("../status/freshness.js"),
      targetsOf(outside),
      outside.remembered({ ...PATIENCE, signal: over.signal }),
    ]);
    return new Notifier({
      settings: config.notifications,
      targets,
      memory: alertMemory(records),
      runs: async () => state.runs(),
      learned: async (run) => (await state.knownModels()).find((one) => one.run === run)?.models ?? [],
      stale: async (environment) =>
        freshnessIn(environment, await state.knownModels(), Date.now())?.stale ?? null,
      context: {
        environment: config.sqlmesh.environment,
        consumerTag: config.nessie.consumerTag,
        isAttended: edge.ask !== null,
      },
      links: {
        trinoUrl: config.trino.url,
        started: startedBy(edge.environment),
        reportUrl: config.notifications.reportUrl,
      },
      redact: redactorOf(loaded),
      report: edge.report,
      now: Date.now,
      newId: randomUUID,
    });
  });

  return {
    async notify(ended) {
      if (ended.length === 0) return [];
      try {
        const built = await notifier();
        return built === null ? [] : await built.notify(ended, edge.signal);
      } catch (thrown) {
        // Without a configuration nobody is known whom to tell, and the command's own error says what is wrong with it.
        if (!(thrown instanceof PipelineError)) throw thrown;
        return [];
      } finally {
        over.abort();
      }
    },
  };
}

/** Those that are configured; none is asked anything yet. */
export async function targetsOf({
  configuration,
}: Pick<Outside, "configuration">): Promise<readonly Target[]> {
  const [{ config }, { createTarget }] = await Promise.all([configuration(), import("../notify/targets.js")]);
  return config.notifications.targets.map((settings) => createTarget(settings, Date.now));
}
