import { dirname, join } from "node:path";
import { type Surround, unsurrounded } from "../core/stage.js";
import { once } from "./once.js";
import type { Outside } from "./outside.js";

/** Hooks, and waiting for Trino, around each stage of the work; nothing where none is configured. */
export function surrounding(outside: Outside): () => Promise<Surround> {
  const { edge, configuration, trino } = outside;
  return once(async () => {
    const loaded = await configuration();
    const { hooks, trino: settings } = loaded.config;
    const isBare = Object.values(hooks).every((list) => list.length === 0);
    if (isBare && settings.waitUntilReady === null) return unsurrounded;
    const [{ surroundWith }, { redactorOf }] = await Promise.all([
      import("../hooks/surround.js"),
      import("./redacting.js"),
    ]);
    return surroundWith({
      hooks,
      ready: settings.waitUntilReady && (await waiting(settings.waitUntilReady)),
      workingDirectory: dirname(loaded.file),
      environment: loaded.environment,
      logFile: join(edge.workingDirectory, ".oso-pipeline", "logs", logName(new Date())),
      redact: redactorOf(loaded),
      report: edge.report,
      signal: edge.signal,
      monotonic: () => performance.now(),
    });
  });

  async function waiting(wait: {
    readonly timeoutMilliseconds: number;
    readonly minimumWorkers: number;
  }): Promise<(signal: AbortSignal) => Promise<void>> {
    const [{ config }, client, { waitUntilReady }, { systemClock }] = await Promise.all([
      configuration(),
      trino(),
      import("../trino/ready.js"),
      import("../state/clock.js"),
    ]);
    const { url, tls } = config.trino;
    return async (signal) =>
      waitUntilReady(
        {
          trino: client,
          http: { baseUrl: url, tls },
          ...wait,
          report: edge.report,
          monotonic: () => systemClock.now(),
          sleep: async (milliseconds, until) => systemClock.sleep(milliseconds, { signal: until }),
        },
        signal,
      );
  }
}

const logName = (now: Date): string =>
  `hooks-${now.toISOString().replaceAll(/[:.]/g, "-")}-${process.pid}.log`;
