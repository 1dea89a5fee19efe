import { Secret } from "../../../src/core/secret.js";
import type { PipelineEvent } from "../../../src/core/events.js";
import { nothingTold, type Memory } from "../../../src/notify/memory.js";
import { Notifier, type NotifierParts } from "../../../src/notify/notifier.js";
import type { AlertMemory, TargetSettings } from "../../../src/notify/ports.js";
import { createTarget } from "../../../src/notify/targets.js";
import { context } from "../../unit/notify/ends.js";

/** A notifier of real targets, that remembers for as long as the test. */
export function notifierOf(
  targets: readonly TargetSettings[],
  change: Partial<NotifierParts> & { readonly timeoutMilliseconds?: number } = {},
) {
  let known: Memory = nothingTold;
  const events: PipelineEvent[] = [];
  const memory: AlertMemory = {
    read: async () => known,
    change: async (remember) => {
      known = remember(known);
    },
  };
  const { timeoutMilliseconds = 20_000, ...parts } = change;
  const notifier = new Notifier({
    settings: {
      targets,
      routes: [
        {
          to: targets.map(({ name }) => name),
          events: null,
          severity: "info",
          environments: null,
          quietHours: null,
        },
      ],
      timeoutMilliseconds,
      repeatMilliseconds: 3_600_000,
      slowdown: { factor: 2, atLeastMilliseconds: 600_000 },
      reportUrl: "https://reports.example.org/{run}.html",
    },
    targets: targets.map((settings) => createTarget(settings, Date.now)),
    memory,
    runs: async () => [],
    learned: async () => [],
    stale: async () => null,
    context,
    links: {
      trinoUrl: "https://trino.example.org",
      started: { title: "CI run", url: "https://ci.example.org/jobs/7" },
      reportUrl: "https://reports.example.org/{run}.html",
    },
    redact: (text) => text.replaceAll("hunter2", "***"),
    report: (event) => events.push(event),
    now: Date.now,
    newId: () => "delivery-1",
    ...parts,
  });
  return { notifier, events, memory };
}

export const TOKEN = "a-token-that-nobody-may-see";

export const discord = (url: string, name = "channel"): TargetSettings => ({
  type: "discord",
  name,
  url: Secret.of(`${url}/api/webhooks/1234567890/${TOKEN}`),
});
