import type { NextCommand } from "../core/errors.js";
import { commandLine } from "../restatement/command-line.js";
import type { WarehouseStatus } from "./status.js";

/** What makes sense next, most likely first: what is unfinished, then what readers wait for, then what is late. */
export function nextCommands(status: Omit<WarehouseStatus, "next">): readonly NextCommand[] {
  const { unfinished, unknown, main, consumer, verification, freshness } = status;
  const [open] = unfinished;
  if (open) return open.next;
  if (unknown.length > 0)
    return [{ command: commandLine("doctor"), does: "finds what does not answer, and why" }];
  const isBehind = main !== null && main !== consumer?.base;
  const run =
    freshness && freshness.stale.length > 0
      ? [{ command: commandLine("run"), does: "brings what is behind its cadence up to date" }]
      : [];
  if (!isBehind) return run;
  const failed = verification?.base === main && !isGood(verification.verdict);
  if (failed)
    return [{ command: commandLine("verify"), does: "shows which checks fail, and their rows" }, ...run];
  const publish = consumer === null ? commandLine("tag-consumer", "--create") : commandLine("tag-consumer");
  return [
    ...run,
    { command: publish, does: "verifies main and publishes it" },
    ...(consumer === null
      ? []
      : [{ command: commandLine("diff"), does: "shows what main has that readers do not see" }]),
  ];
}

const isGood = (verdict: string): boolean => verdict === "passed" || verdict === "warned";
