import { formatDuration } from "../core/duration.js";
import { workInWords } from "../core/lease.js";
import { count, few } from "../core/words.js";
import { fine, type Finding, warning } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import type { DoctorParts } from "./ports.js";

const TIME_LIMIT = 20_000;

/** What is at work, and what was left unfinished. */
export function work(parts: DoctorParts): readonly Examination[] {
  const needs = parts.settings.isStateInNessie ? ["nessie"] : [];
  return [
    {
      name: "leases",
      looked: "who is at work",
      needs,
      timeLimitMilliseconds: TIME_LIMIT,
      look: async () => ofLeases(parts),
    },
    {
      name: "unfinished-runs",
      looked: "runs that did not finish",
      needs,
      timeLimitMilliseconds: TIME_LIMIT,
      look: async () => ofRuns(parts),
    },
  ];
}

async function ofLeases({ leases }: DoctorParts): Promise<Finding | readonly Finding[]> {
  const held = await leases();
  if (held.length === 0) return fine("nobody holds a lease");
  return held.map((lease) => {
    const { scope, by, host, pid, holder, ttlMilliseconds } = lease;
    const who = `${scope} is held for ${workInWords(lease)} by ${by.name} on ${host} (pid ${pid})`;
    return holder === "dead"
      ? warning(
          `${who}, whose process is gone`,
          `the next one takes it over, from another machine after ${formatDuration(ttlMilliseconds)}; \`oso-pipeline lease release\` gives it up at once`,
        )
      : fine(who);
  });
}

async function ofRuns({ unfinishedRuns, leases }: DoctorParts): Promise<Finding> {
  // Runs first: one that ends meanwhile gives its lease back after it has said so.
  const unfinished = await unfinishedRuns();
  const working = new Set(
    (await leases()).flatMap(({ run, holder }) => (holder === "dead" ? [] : (run ?? []))),
  );
  const left = unfinished.filter(({ id }) => !working.has(id));
  if (left.length === 0)
    return fine(
      unfinished.length === 0
        ? "every run has ended"
        : `run ${few(unfinished.map(({ id }) => id))} is at work`,
    );
  const [oldest] = left;
  return warning(
    `${count(left.length, "run")} did not finish: ${few(left.map(({ id, startedAt }) => `${id} of ${startedAt.slice(0, 10)}`))}; what was committed since it began is not published`,
    `\`oso-pipeline resume ${oldest?.id}\` does what is left, with --abandon it is given up`,
  );
}
